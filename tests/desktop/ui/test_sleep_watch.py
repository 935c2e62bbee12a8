"""Before the computer sleeps what is kept is wiped, and it waits for that: on a real bus, with a logind of our own."""

import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from jeepney import DBusAddress, HeaderFields, MessageType, new_method_return, new_signal
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import DBusConnection, open_dbus_connection
from pytestqt.qtbot import QtBot

from desktop.ui.sleep_watch import LOGIND, SleepWatch

BUS = """<busconfig><type>system</type><listen>unix:path={socket}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
</policy></busconfig>"""


class Logind:
    """Answers Inhibit with a pipe's end, and sees when the other end is closed."""

    def __init__(self, connection: DBusConnection) -> None:
        self._connection = connection
        self.asked: list[tuple[str, ...]] = []
        self.readers: list[int] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def prepare_for_sleep(self, sleeps: bool) -> None:
        emitter = DBusAddress(LOGIND[1], interface=LOGIND[2])
        self._connection.send(new_signal(emitter, "PrepareForSleep", "b", (sleeps,)))

    def is_delayed(self) -> bool:
        """Whether the newest lock is still held."""
        try:
            return os.read(self.readers[-1], 1) != b""
        except BlockingIOError:
            return True

    def _serve(self) -> None:
        while True:
            try:
                message = self._connection.receive()
            except (OSError, EOFError):
                return
            if message.header.message_type is MessageType.method_call:
                self.asked.append(message.body)
                reader, writer = os.pipe()
                os.set_blocking(reader, False)
                self.readers.append(reader)
                assert message.header.fields[HeaderFields.member] == "Inhibit"
                self._connection.send(new_method_return(message, "h", (writer,)))
                os.close(writer)


@pytest.fixture
def logind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Logind]:
    socket, config = tmp_path / "bus", tmp_path / "bus.conf"
    config.write_text(BUS.format(socket=socket))
    argv = ["dbus-daemon", "--nofork", "--print-address", f"--config-file={config}"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as daemon:
        assert daemon.stdout is not None
        assert daemon.stdout.readline()
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={socket}")
        with open_dbus_connection(f"unix:path={socket}", enable_fds=True) as connection:
            connection.send_and_get_reply(message_bus.RequestName(LOGIND[0]))
            yield Logind(connection)
            daemon.kill()


def test_the_computer_waits_until_what_is_kept_is_wiped(qtbot: QtBot, logind: Logind) -> None:
    wiped: list[bool] = []
    watch = SleepWatch(lambda: wiped.append(logind.is_delayed()))
    until: Callable[[Callable[[], bool]], None] = qtbot.waitUntil
    until(lambda: watch.holds)
    assert logind.asked == [("sleep", "Alcove", "Wipes what was just heard", "delay")]
    assert logind.is_delayed()
    logind.prepare_for_sleep(True)
    until(lambda: not watch.holds)
    assert wiped == [True]
    until(lambda: not logind.is_delayed())
    logind.prepare_for_sleep(False)
    until(lambda: watch.holds)
    assert wiped == [True]
    assert logind.is_delayed()
