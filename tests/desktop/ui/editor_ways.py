"""What a key costs in a note of 20,000 words: Alcove's editor against a bare QPlainTextEdit with the same text.

Both stand in windows of one process and take turns; a key counts from its event until its picture is painted. The
note's spelling is checked by the real process meanwhile. Then names of phrases are typed, and the key that expands
each counts, from its event until the phrase is painted.
`python -m tests.desktop.ui.editor_ways KEYS OPENINGS PHRASES` prints one JSON line.
"""

import json
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QTextEdit

from desktop.ports import JournalRow
from desktop.spelling.handle import SpellingProcess
from desktop.ui.bridge import Bridge
from desktop.ui.note_editor.places import Caret
from desktop.ui.theme import Theme
from desktop.ui.visit_controller import VisitController
from desktop.ui.visit_view import VisitView
from desktop.workflows.open_visit import OpenVisit
from desktop.workflows.quick_text import QuickText
from desktop.workflows.stored_visit import StoredVisit
from tests.desktop.workflows.doubles import MemoryVault, RememberingScreen, SteppedJobs
from visit.document import VisitDocument
from visit.phrases import OwnerKind, Phrase, PhraseLibrary
from visit.provenance import Carried, Finding, Heard, Speaker
from visit.sections import SECTIONS

SEED = 20_261
WORDS = 20_000
PARAGRAPH = 40
BLOCK = 100
LIBRARY = 5_000
STEMS = ("knee", "kneeling", "chest", "exam", "plan", "follow", "x")
PHRASES_IN = "physical_exam"
WARMING = 5
"""Expansions that are not counted: the first ones fill caches."""
LEAST_EXPANDED = 30
LINE = 60
"""Keys, then Return."""
REST_SECONDS = (0.006, 0.014)
SAID = tuple(
    word
    for line in (
        "chest pressure now occurs weekly and lasts minutes relieved by rest no radiation diaphoresis or syncope",
        "left knee effusion limits the treadmill temperature 36.7 °C SpO₂ 98 % denies fever cough café visits µg dose",
    )
    for word in line.split()
)


def texts(chance: random.Random) -> dict[str, str]:
    """A note of 20,000 words in paragraphs, with a blank in each section."""
    found = {}
    for section in SECTIONS:
        paragraphs = [
            " ".join(chance.choice(SAID) for _ in range(PARAGRAPH)) + "."
            for _ in range(WORDS // len(SECTIONS) // PARAGRAPH)
        ]
        found[section.key] = "\n".join([*paragraphs, "*** to be asked"])
    return found


def by_chance() -> random.Random:
    """The same each time."""
    return random.Random(SEED)  # noqa: S311  # not a secret


class Painted(QObject):
    """Whether a widget's viewport was painted since `seen` was cleared."""

    def __init__(self, editor: QPlainTextEdit | QTextEdit) -> None:
        super().__init__()
        self.seen = False
        editor.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  # Qt's name
        """Look, and let it go on."""
        if event.type() is QEvent.Type.Paint:
            self.seen = True
        return super().eventFilter(watched, event)


@dataclass
class Arm:
    """An editor that is typed in."""

    editor: QPlainTextEdit | QTextEdit
    painted: Painted
    keys: Iterator[str]

    def type(self, count: int, chance: random.Random) -> list[tuple[float, float]]:
        """Seconds from key to paint, on the clock and of this process."""
        self.editor.activateWindow()
        self.editor.setFocus()
        rest(0.3)
        times = []
        for _ in range(count):
            rest(chance.uniform(*REST_SECONDS))
            times.append(self.press(next(self.keys)))
        return times

    def press(self, char: str) -> tuple[float, float]:
        key = Qt.Key.Key_Return if char == "\n" else Qt.Key.Key_unknown
        event = QKeyEvent(QKeyEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier, char)
        self.painted.seen = False
        began, used = time.perf_counter(), time.process_time()
        QApplication.sendEvent(self.editor, event)
        while not self.painted.seen:
            QApplication.processEvents()
        return time.perf_counter() - began, time.process_time() - used


def rest(seconds: float) -> None:
    """The event loop runs, as between two keys of a person."""
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        QApplication.processEvents()
        time.sleep(0.001)


def typed(chance: random.Random) -> Iterator[str]:
    """What is typed: words, and Return now and then."""
    number = 0
    while True:
        for char in chance.choice(SAID) + " ":
            number += 1
            yield "\n" if number % LINE == 0 else char


def stored(note: dict[str, str]) -> StoredVisit:
    """A visit as the vault holds it, its note in one journal row."""
    document = VisitDocument()
    for section, text in note.items():
        document.replace(section, 0, 0, text)
    update = document.update_since(None)
    return StoredVisit("v1", "", "", [JournalRow("u1", "v1", document.client_id, update, "", acknowledged=True)])


def opened(kept: StoredVisit, theme: Theme) -> tuple[VisitController, float]:
    """A visit's screen over its real document, and the seconds until its note was painted."""
    began = time.perf_counter()
    visit = OpenVisit(SteppedJobs(MemoryVault()), RememberingScreen(), kept)
    view = VisitView("v1", theme.tokens)
    controller = VisitController(visit, view, lambda: [])
    view.resize(1440, 860)
    painted = Painted(view.note.editor)
    view.show()
    view.note.focus_last()
    while not painted.seen:
        QApplication.processEvents()
    return controller, time.perf_counter() - began


def open_again(kept: StoredVisit, theme: Theme, times: int) -> list[float]:
    """Seconds of so many openings, each of a screen of its own."""
    seconds = []
    for _ in range(times):
        controller, took = opened(kept, theme)
        seconds.append(took)
        controller.view.close()
        controller.view.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    return seconds


def both(controller: VisitController) -> dict[str, Arm]:
    """The note with others' words and sources marked, and a plain editor of the same size and text, the same caret."""
    for section, text in controller.visit.document.texts().items():
        mark_sources(controller.visit.document, section, len(text))
        controller.view.note.mark_authors(section, [(place, 30, "Dr. Okafor") for place in range(0, 10_000, 1_000)])
    rest(1.5)
    ours, plain = controller.view.note.editor, QPlainTextEdit()
    ours.set_caret(Caret("physical_exam", 2_000))
    plain.setPlainText(ours.toPlainText())
    plain.resize(ours.size())
    plain.show()
    at = plain.textCursor()
    at.setPosition(ours.textCursor().position())
    plain.setTextCursor(at)
    return {name: Arm(it, Painted(it), typed(by_chance())) for name, it in (("note", ours), ("plain", plain))}


def mark_sources(document: VisitDocument, section: str, length: int) -> None:
    """Ten statements of a section say where they come from: some wait to be confirmed, some were heard."""
    sources = (
        Finding(macro_id="normal"),
        Carried(note_id="n1", dated=date(2026, 8, 2)),
        Heard(at_ms=252_000, speaker=Speaker.PATIENT),
    )
    for number, place in enumerate(range(100, length - 40, max(40, length // 10))):
        document.add_mark(section, place, place + 40, sources[number % len(sources)])


def library(chance: random.Random) -> PhraseLibrary:
    """5,000 phrases of three owners, each of one to six lines with a blank and a list."""
    owners, phrases = list(OwnerKind), []
    for number in range(LIBRARY):
        lines = [" ".join(chance.choice(SAID) for _ in range(12)) for _ in range(chance.randint(1, 6))]
        text = "\n".join([*lines, "{left|right|both} for *** days."])
        phrases.append(
            Phrase(owners[number % len(owners)], phrase_name(number), text, 1, datetime(2026, 1, 1, tzinfo=UTC))
        )
    return PhraseLibrary(phrases)


def phrase_name(number: int) -> str:
    """Names that begin and sound alike, as people's do."""
    return f"{STEMS[number % len(STEMS)]}{number}"


def expanded(controller: VisitController, painted: Painted, count: int, chance: random.Random) -> list[float]:
    """Seconds from the expanding key to the phrase's paint; each phrase is taken out again."""
    quick = QuickText()
    quick.use(library(chance))
    editor = controller.view.note.editor
    editor.expand = quick.expand
    editor.activateWindow()
    editor.setFocus()
    keys = ((Qt.Key.Key_Space, " "), (Qt.Key.Key_Return, "\r"), (Qt.Key.Key_Tab, "\t"))
    before = editor.text(PHRASES_IN)
    place = Caret(PHRASES_IN, before.index(" ", 1_000))
    seconds = []
    for turn in range(count + WARMING):
        editor.set_caret(place)
        for char in f" .{phrase_name(chance.randrange(LIBRARY))}":
            rest(0.002)
            QApplication.sendEvent(
                editor, QKeyEvent(QKeyEvent.Type.KeyPress, Qt.Key.Key_unknown, Qt.KeyboardModifier.NoModifier, char)
            )
        rest(chance.uniform(*REST_SECONDS))
        key, char = keys[turn % len(keys)]
        event = QKeyEvent(QKeyEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier, char)
        typed_length = len(editor.text(PHRASES_IN))
        painted.seen = False
        began = time.perf_counter()
        QApplication.sendEvent(editor, event)
        while not painted.seen:
            QApplication.processEvents()
        seconds.append(time.perf_counter() - began)
        length = len(editor.text(PHRASES_IN))
        if length - typed_length < LEAST_EXPANDED:
            raise AssertionError("the name was expanded")
        editor.set_caret(place, length - len(before))
        editor.replace_selection("")
        if editor.text(PHRASES_IN) != before:
            raise AssertionError("each phrase is typed into the same note")
        rest(0.05)
    return seconds[WARMING:]


def main(keys: int, openings: int, phrases: int) -> None:
    """Measure and print."""
    app = QApplication(["alcove"])
    app.setCursorFlashTime(0)  # a blinking caret's picture is no key's
    theme = Theme(app, "light")
    theme.prepare()
    theme.dress()
    note = texts(by_chance())
    kept = stored(note)
    seconds = open_again(kept, theme, openings)
    controller, _ = opened(kept, theme)
    bridge = Bridge(_raise)
    spelling = SpellingProcess(bridge.call_soon, bridge.later)
    controller.view.note.editor.use_speller(spelling)
    while not spelling.idle:
        rest(0.05)
    arms = both(controller)
    order, chance = list(arms), by_chance()
    for name in order:
        arms[name].type(BLOCK, chance)  # not counted: the first keys fill caches
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in arms}
    while len(times[order[-1]]) < keys:
        for name in order:
            times[name] += arms[name].type(min(BLOCK, keys - len(times[name])), chance)
        order.reverse()
        if len(times["note"]) != len(times["plain"]):
            raise AssertionError("both arms have the same keys")
    expansions = expanded(controller, arms["note"].painted, phrases, chance)
    spelling.stop()
    document, shown = controller.visit.document, controller.view.note.editor
    if any(shown.text(section) != document.text(section) for section in note):
        raise AssertionError("the screen shows another text than the document")
    words = sum(len(text.split()) for text in note.values())
    print(json.dumps({"open_s": seconds, "words": words, "phrase_s": expansions, "phrases": LIBRARY, **times}))


def _raise(problem: BaseException) -> None:
    raise problem


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
