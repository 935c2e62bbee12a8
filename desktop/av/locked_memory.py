"""Memory that is never written to disk: locked against swapping, left out of core dumps and of forked processes.

Linux and macOS by mlock (POSIX), Windows by VirtualLock. A suspend to disk writes locked memory as well: whoever keeps
something here wipes it before.
"""

import ctypes
import mmap
import sys


class LockRefused(OSError):
    """The system gives so much locked memory to nobody, or not to this process (RLIMIT_MEMLOCK)."""


class LockedMemory:
    """So many bytes, zero at first; `view` is their one buffer. LockRefused when they cannot be locked."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._map = mmap.mmap(-1, size) if sys.platform == "win32" else mmap.mmap(-1, size, mmap.MAP_PRIVATE)
        self._address = ctypes.addressof(ctypes.c_char.from_buffer(self._map))
        for name in ("MADV_DONTDUMP", "MADV_DONTFORK"):  # Linux; elsewhere the process makes no core dumps
            if hasattr(mmap, name):
                self._map.madvise(getattr(mmap, name))
        try:
            _lock(self._address, size)
        except LockRefused:
            self._map.close()
            raise
        self.view = memoryview(self._map)

    def wipe(self) -> None:
        """Overwrite every byte with zero."""
        ctypes.memset(self._address, 0, self._size)

    def close(self) -> None:
        """Wipe it and give it back; BufferError while somebody still holds a slice of the view."""
        if self._map.closed:
            return
        self.wipe()
        self.view.release()
        self._map.close()


def _lock(address: int, size: int) -> None:
    if sys.platform == "win32":
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.VirtualLock.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
        kernel.SetProcessWorkingSetSize.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t]
        kernel.GetCurrentProcess.restype = ctypes.c_void_p
        # The least working set bounds what may be locked; a megabyte of it is for everything else.
        least = size + (1 << 20)
        kernel.SetProcessWorkingSetSize(kernel.GetCurrentProcess(), least, least + (256 << 20))
        if not kernel.VirtualLock(address, size):
            raise LockRefused(ctypes.get_last_error(), "VirtualLock")
    else:
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_MEMLOCK)
        if soft != hard:
            resource.setrlimit(resource.RLIMIT_MEMLOCK, (hard, hard))
        system = ctypes.CDLL(None, use_errno=True)
        system.mlock.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
        if system.mlock(address, size) != 0:
            raise LockRefused(ctypes.get_errno(), "mlock")
