"""`make demo`: a practice in a box. With a screen you watch and play; without one the scripted visit plays itself.

Exit code 0 after an ordinary end; 1 when the visit did not leave in the EHR what it should.
"""

import os
import shutil
import signal
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

from playwright.sync_api import Error as PlaywrightError

from demo.accessibility import NotFound
from demo.browser import USER
from demo.identity import DEMO_PASSWORD
from demo.outcome import OutcomeMissing, read_outcome, write_outcome
from demo.page import ProviderPage as Provider
from demo.page import RoomPage, chromium
from demo.play import Album, Cast, act, arrive, hand_in, tell_room
from demo.practice import Practice, start_practice
from demo.processes import Command, Running, start
from demo.provider import pairing_code
from demo.scribe import DesktopPlan, ScribeHand
from demo.script import load_script
from demo.stage import stage

ROOT = Path(__file__).resolve().parent.parent
OUTPUT = ROOT / "demo-output"


def main() -> int:
    """Run the demo that this machine allows."""
    signal.signal(signal.SIGTERM, _end)
    if has_screen():
        return watch()
    print("No screen here: the visit plays itself on a virtual one.", flush=True)
    return play(OUTPUT)


def has_screen() -> bool:
    """Whether an X display answers."""
    if not os.environ.get("DISPLAY"):
        return False
    from Xlib.display import Display
    from Xlib.error import DisplayError

    try:
        Display(os.environ["DISPLAY"]).close()
    except (DisplayError, OSError):
        return False
    return True


def play(output: Path) -> int:
    """Drive the unchanged desktop through the scripted visit; leave pictures, PDF and visit.json."""
    started = time.monotonic()
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir()
    album = Album(output)
    script = load_script()
    with ExitStack() as stack:
        _say("starting identity provider, FHIR server and gateway")
        practice = stack.enter_context(start_practice())
        theatre = stack.enter_context(stage())
        browser = stack.enter_context(chromium())
        provider = Provider(browser, practice.gateway.address, script.provider.username)
        provider.sign_in()
        album.take("page-today", provider)
        room_page = RoomPage(browser, practice.gateway.address)
        room_page.pair(provider.pairing_code())
        album.take("room-who-is-here", room_page)
        room_page.choose("Rivera")
        album.take("room-consent", room_page)
        room_page.page.close()
        room = stack.enter_context(start_room(practice, theatre.folder / "room.log"))
        plan = DesktopPlan(theatre.folder / "desktop-data", script.scribe.username)
        hand = stack.enter_context(ScribeHand(theatre, plan))
        cast = Cast(practice, hand, provider, room, script)
        try:
            arrive(cast, album, _say)
            act(cast, album, _say)
            hand_in(cast, album, _say)
            outcome = read_outcome(practice)
        except (NotFound, OutcomeMissing, TimeoutError, PlaywrightError) as problem:
            hand.screenshot(output / "failed-desktop.png")
            provider.screenshot(output / "failed-page.png")
            print(f"The visit did not end as it should: {problem}", file=sys.stderr)
            return 1
        write_outcome(outcome, browser, output)
        hand.close()
    print(f"Done in {time.monotonic() - started:.0f} s. {output}/ holds {len(album.names)} pictures,")
    print("signed-note.pdf and visit.json, read back from the FHIR server.")
    return 0


def watch() -> int:
    """Open the desktop on this screen, signed in as the demo scribe, beside a room that plays the visit."""
    with ExitStack() as stack:
        _say("starting identity provider, FHIR server and gateway")
        practice = stack.enter_context(start_practice())
        theatre = stack.enter_context(stage(virtual_screen=False))
        room = stack.enter_context(start_room(practice, theatre.folder / "room.log", "--voice-on-listener"))
        tell_room(room, "consent")
        tell_room(room, "start")
        hand = stack.enter_context(ScribeHand(theatre, DesktopPlan(theatre.folder / "desktop-data")))
        hand.enroll(practice.gateway.address, practice.enrolment_code("santos"))
        hand.sign_in()
        print(f"\nThe desktop is open, signed in as the demo scribe ({USER}=santos).")
        print("Open Rivera, press 'Check device and join', then 'Join visit'.\n")
        print(f"  provider's page  {practice.gateway.address}/page/   user okafor, password {DEMO_PASSWORD}")
        print(f"  room's page      {practice.gateway.address}/room/   (a headless room plays Room 4 already)\n")
        print("Close the desktop's window, or press Ctrl+C here, to end. All patients are synthetic.", flush=True)
        try:
            hand.process.wait()
        except KeyboardInterrupt:
            hand.process.terminate()
    return 0


def start_room(practice: Practice, log: Path, *options: str) -> Running:
    """Pair and start the headless exam room."""
    code = pairing_code(practice.gateway.address, load_script().provider.username).code
    address = practice.gateway.address
    command = (sys.executable, "-m", "demo.room", "--gateway", address, "--code", code, *options)
    return start(Command("room", command, log))


def _say(line: str) -> None:
    print(f"  {line}", flush=True)


def _end(_number: int, _frame: FrameType | None) -> None:
    """Being told to end is an ordinary end: everything that was started ends too."""
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main())
