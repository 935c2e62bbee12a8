"""A private stage for the desktop: screen, session bus, accessibility bus, keyring and sound of its own.

It stands in for the scribe's laptop session, so that demo, tests and benchmarks touch nothing of the person
who runs them. With `virtual_screen=False` the person's own screen is used and the rest stays private.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from demo.processes import Command, start

KEYRING_PASSWORD = "demo"
SINK = "headset"


@dataclass(frozen=True, slots=True)
class Stage:
    """The environment that programs on the stage are started with, and its folder."""

    env: dict[str, str]
    folder: Path
    width: int
    height: int

    def run(self, *argv: str, timeout: float = 20.0) -> str:
        """Run a short command on the stage; its output."""
        done = subprocess.run(argv, env=self.env, capture_output=True, text=True, timeout=timeout, check=True)
        return done.stdout

    def screenshot(self, path: Path) -> None:
        """Save the whole screen as PNG."""
        from PIL import ImageGrab

        ImageGrab.grab(xdisplay=self.env["DISPLAY"]).save(path)


@contextmanager
def stage(
    width: int = 1440, height: int = 900, *, virtual_screen: bool = True, keyring: bool = True
) -> Iterator[Stage]:
    """Set the stage up, and take it down again whatever happens."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="alcove-stage-")))
        env = _environment(folder)
        if virtual_screen:
            env["DISPLAY"] = _screen(stack, env, folder, width, height)
        env["DBUS_SESSION_BUS_ADDRESS"] = _session_bus(stack, env, folder, keyring=keyring)
        if virtual_screen:
            _window_manager(stack, env, folder)
        if keyring:
            _keyring(stack, env, folder)
        own_sound = Path(os.environ.get("XDG_RUNTIME_DIR", "/nonexistent")) / "pulse" / "native"
        if not virtual_screen and own_sound.exists():
            env["PULSE_SERVER"] = f"unix:{own_sound}"  # whoever watches wants to hear it
        else:
            _sound(stack, env, folder)
        yield Stage(env, folder, width, height)


def _environment(folder: Path) -> dict[str, str]:
    env = {
        name: os.environ[name] for name in ("PATH", "LANG", "TZ", "TERM", "DISPLAY", "XAUTHORITY") if name in os.environ
    }
    env["LC_ALL"] = "C.UTF-8"
    for name in ("HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        place = folder / name.lower()
        place.mkdir(mode=0o700)
        env[name] = str(place)
    env["QT_LINUX_ACCESSIBILITY_ALWAYS_ON"] = "1"
    env["QT_ACCESSIBILITY"] = "1"
    env["NO_AT_BRIDGE"] = "0"
    return env


def _screen(stack: ExitStack, env: dict[str, str], folder: Path, width: int, height: int) -> str:
    """Start Xvfb on a display number that it picks itself."""
    screen = ("-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp", "-dpi", "96")
    errors = folder / "xvfb.errors"  # kept apart: the first line of its output must be the number alone
    argv = ("/bin/sh", "-c", f'exec 3>&1 >/dev/null 2>"{errors}"; exec Xvfb -displayfd 3 {" ".join(screen)}')
    running = stack.enter_context(start(Command("Xvfb", argv, folder / "xvfb.log", ready="", env=env)))
    return f":{running.address}"


BUS_WITHOUT_KEYRING = """<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen>
<servicedir>{services}</servicedir>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
</policy>
</busconfig>"""
"""A session bus that starts no keyring by itself when somebody asks for one; only the accessibility bus."""


def _session_bus(stack: ExitStack, env: dict[str, str], folder: Path, *, keyring: bool) -> str:
    config = "--session"
    if not keyring:
        services = folder / "services"
        services.mkdir()
        shutil.copy("/usr/share/dbus-1/services/org.a11y.Bus.service", services)
        (folder / "bus.conf").write_text(BUS_WITHOUT_KEYRING.format(services=services))
        config = f"--config-file={folder / 'bus.conf'}"
    argv = ("dbus-daemon", config, "--nofork", "--print-address=1")
    running = start(Command("dbus-daemon", argv, folder / "dbus.log", ready="unix:", env=env))
    stack.enter_context(running)
    return f"unix:{running.address}"


def _window_manager(stack: ExitStack, env: dict[str, str], folder: Path) -> None:
    """Openbox without decorations, so that a window can fill the screen and take the keyboard."""
    config = folder / "openbox.xml"
    config.write_text(
        '<openbox_config xmlns="http://openbox.org/3.4/rc"><applications><application class="*">'
        "<decor>no</decor><focus>yes</focus></application></applications></openbox_config>"
    )
    process = subprocess.Popen(
        ["openbox", "--config-file", str(config)], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    stack.callback(_end, process)


def _keyring(stack: ExitStack, env: dict[str, str], folder: Path) -> None:
    """The real gnome-keyring, unlocked, as after a login."""
    log = (folder / "keyring.log").open("ab")
    stack.callback(log.close)
    process = subprocess.Popen(
        ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"],
        env=env,
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=log,
    )
    stack.callback(_end, process)
    if process.stdin is None:
        raise AssertionError("it is a pipe")
    process.stdin.write(KEYRING_PASSWORD.encode())
    process.stdin.close()
    _wait_for_name(env, "org.freedesktop.secrets")


def _wait_for_name(env: dict[str, str], name: str) -> None:
    """Wait until a service has its name on the session bus (bounded by gdbus's own time-out)."""
    subprocess.run(["gdbus", "wait", "--session", "--timeout", "20", name], env=env, check=True, capture_output=True)


def _sound(stack: ExitStack, env: dict[str, str], folder: Path) -> None:
    """PulseAudio with one null sink: a headset whose sound can be recorded from its monitor."""
    if shutil.which("pulseaudio") is None:
        return
    socket = Path(env["XDG_RUNTIME_DIR"]) / "pulse.sock"
    argv = (
        "pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--log-target=stderr",
        "--log-level=notice",
        "-L", f"module-null-sink sink_name={SINK} rate=48000",
        "-L", f"module-native-protocol-unix auth-anonymous=1 socket={socket}",
    )  # fmt: skip
    log = (folder / "pulse.log").open("ab")
    stack.callback(log.close)
    process = subprocess.Popen(argv, env=env, stdout=log, stderr=log)
    stack.callback(_end, process)
    env["PULSE_SERVER"] = f"unix:{socket}"
    for _ in range(100):
        if subprocess.run(["pactl", "info"], env=env, capture_output=True, check=False).returncode == 0:
            return
        try:
            process.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
        break
    raise RuntimeError(f"PulseAudio did not start: {(folder / 'pulse.log').read_text()[-500:]}")


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
