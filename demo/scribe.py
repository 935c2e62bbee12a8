"""The hand that works the unchanged desktop from outside: keys, and the accessibility tree."""

import subprocess
import sys
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

from demo.accessibility import Node, Tree
from demo.browser import install_browser
from demo.stage import Stage
from visit.sections import SECTION_BY_KEY
from visit.template_files import templates_of
from visit.templates import Specialty

KEYED = 9
"""So many sections have a key of their own; the others come after them."""
ROOT = Path(__file__).resolve().parent.parent
END_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class DesktopPlan:
    """How the desktop is started: from source, or a frozen program."""

    data_dir: Path
    username: str = "santos"
    program: tuple[str, ...] = (sys.executable, "-m", "desktop")
    arguments: tuple[str, ...] = ("--loopback-candidates",)


class ScribeHand:
    """A running desktop on a stage, with what a scribe does there."""

    def __init__(self, stage: Stage, plan: DesktopPlan) -> None:
        self._stage = stage
        self._plan = plan
        self.log = stage.folder / "desktop.log"
        env = dict(stage.env)
        install_browser(env, stage.folder / "bin", plan.username)
        command = [*plan.program, "--data-dir", str(plan.data_dir), *plan.arguments]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=log, stderr=log)
        self.tree = Tree(stage.env)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.tree.__exit__()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    # --- keys and looks --------------------------------------------------------------------------------------------

    def keys(self, *names: str) -> None:
        """Press keys, as xdotool names them."""
        self._stage.run("xdotool", "key", "--clearmodifiers", *names)

    def type(self, text: str, *, delay_ms: int = 8) -> None:
        """Type text where the keyboard is."""
        self._stage.run("xdotool", "type", "--delay", str(delay_ms), "--", text, timeout=120)

    def screenshot(self, path: Path) -> None:
        """Save the screen."""
        self._stage.screenshot(path)

    def find(self, name: str, role: str = "", timeout: float = 20.0, *, enabled: bool = False) -> Node:
        """Wait for a control; when none comes, say what the program wrote."""
        return self.tree.find(name, role, timeout, enabled=enabled)

    def press(self, name: str, timeout: float = 20.0) -> None:
        """Press a button once it can be pressed."""
        self.find(name, "push button", timeout, enabled=True).press()

    # --- a scribe's way ----------------------------------------------------------------------------------------------

    def enroll(self, address: str, code: str) -> None:
        """First run: address and one-time code."""
        self.find("Address of the practice's gateway", "text").set_text(address)
        self.find("One-time code", "text").set_text(code)
        self.press("Set up")

    def sign_in(self) -> None:
        """Sign in through the browser; returns when the day's visits are there."""
        self.press("Sign in with browser")
        self.find("Open visit: ")

    def open_visit(self, patient: str) -> None:
        """Open a visit from Today."""
        self.press(f"Open visit: {patient}")
        self.find("Note section Chief complaint")

    def join(self) -> None:
        """Through the gate into the room."""
        self.press("Check device and join")
        self.press("Join visit")

    def write(self, section: str, text: str) -> None:
        """Type into a section of the note, at its end."""
        self.go_to(section)
        self.type(text)

    def replace(self, section: str, find: str, replacement: str) -> None:
        """Select words of a section and type others in their place."""
        node = self.go_to(section)
        whole = node.text
        start = whole.index(find, section_begin(whole, section))
        node.select(start, start + len(find))
        self.type(replacement)

    def go_to(self, section: str) -> Node:
        """Put caret and keyboard at the end of a section, by its key; the note's text, named by that section."""
        note = self.find("Note section ", "text")
        note.focus()
        number = sections_shown(note.text).index(section) + 1
        self.keys(f"alt+{min(number, KEYED)}", *["ctrl+Down"] * (number - KEYED))
        return self.find(f"Note section {SECTION_BY_KEY[section].heading}", "text")

    def section_text(self, section: str) -> str:
        """What a section holds: what stands in the note between its heading and the next."""
        return section_of(self.find("Note section ", "text").text, section)

    def ask(self, question: str, replies: tuple[str, ...], section: str) -> None:
        """Ask the provider."""
        self.go_to(section)
        self.keys("ctrl+shift+q")
        self.find("Question for the provider", "text").set_text(question)
        self.find("Quick answers", "text").set_text(", ".join(replies))
        self.press("Ask now")

    def say(self, text: str) -> None:
        """A chat message."""
        self.find("Message", "text").focus()
        self.type(text)
        self.keys("Return")

    def pend(self, test: str, reason: str, priority: str, collection: str) -> None:
        """Pend a laboratory order: each choice by its words."""
        self.press("New lab order")
        self.fill_order(test, reason, priority, collection)

    def fill_order(self, test: str, reason: str, priority: str, collection: str) -> None:
        """Fill the open order form and pend it."""
        self.find("Test", "text").focus()
        self.keys("ctrl+a")
        self.type(test)
        self.keys("Tab")
        for words in (reason, priority, collection):  # Tab goes down the form
            self.type(words)
            self.keys("Tab")
        self.press("Pend order")

    def finish(self) -> None:
        """Open the checklist and send the note for signature."""
        self.press("Finish visit")
        self.press("Send for signature")

    def close(self) -> int:
        """Close the window as a person does; the exit code."""
        self.keys("alt+F4")
        return self.process.wait(END_SECONDS)

    def kill(self) -> None:
        """End the program without warning."""
        self.process.kill()
        self.process.wait()

    def wait_for_text(self, section: str, part: str, timeout: float = 20.0) -> str:
        """Wait until a section holds some words."""
        until = time.monotonic() + timeout
        while part not in (text := self.section_text(section)):
            if time.monotonic() > until:
                raise TimeoutError(f"{part!r} is not in {text!r}")
            time.sleep(0.05)
        return text


@cache
def heading_keys() -> dict[str, str]:
    """Every heading that a note may show, the catalogue's and the templates' own, and its section."""
    templates = (template for specialty in Specialty for template in templates_of(specialty))
    own = {section.shown_heading: section.key for template in templates for section in template.sections}
    return own | {section.heading: key for key, section in SECTION_BY_KEY.items()}


def sections_shown(whole: str) -> list[str]:
    """The sections of the note's text in the order shown: lines that are headings."""
    return [heading_keys()[line] for line in whole.split("\n") if line in heading_keys()]


def section_begin(whole: str, section: str) -> int:
    """Where a section's text begins in the text of the whole note: after the line of its heading."""
    lines = (f"{heading}\n" for heading, key in heading_keys().items() if key == section)
    found = next(line for line in lines if whole.startswith(line) or f"\n{line}" in whole)
    return len(found) if whole.startswith(found) else whole.index(f"\n{found}") + 1 + len(found)


def section_of(whole: str, section: str) -> str:
    """A section's text, out of the text of the whole note."""
    begin = section_begin(whole, section)
    ends = [whole.find(f"\n{heading}\n", begin) for heading in heading_keys()]
    return whole[begin : min((end for end in ends if end >= 0), default=len(whole))]
