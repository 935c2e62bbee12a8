"""States of phrases and of the spelling check, shown by the real controller."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QTimer

from desktop.ports import FeedState
from desktop.workflows.quick_text import shipped_library
from tests.desktop.ui.desk import START, Desk, write
from visit.phrases import OwnerKind


class TwoWords:
    """A checker that knows all but two words."""

    def look_up(self, words: Sequence[str], answered: Callable[[frozenset[str]], None]) -> None:
        unknown = frozenset(words) & {"exertoinal", "hyprtension"}
        QTimer.singleShot(0, lambda: answered(unknown))

    def suggest(self, word: str, answered: Callable[[tuple[str, ...]], None]) -> None:
        QTimer.singleShot(0, lambda: answered(("exertional",)))


def misspelled(desk: Desk) -> None:
    """Two words that the checker does not know; the patient's and the provider's names are none."""
    desk.sign_in()
    desk.open()
    desk.start_capture()
    desk.feed(FeedState.LIVE)
    desk.controller.spelling.use_check(TwoWords())
    current = desk.controller.current
    if current is not None:
        write(current.view.note, "assessment_and_plan", "Ms. Rivera: exertoinal angina, hyprtension. D/w Okafor.")
        current.view.note.focus_section("hpi")
    desk.jobs.run()


PHRASES = {
    "chestpain": "Chest {pressure|pain|tightness} for *** days, {at rest|on exertion}, {?radiating to the left arm}.",
    "follow": "Follow up in *** weeks, sooner if symptoms get worse.",
    "return": "Return at once for chest pain at rest, fainting or shortness of breath.",
}


def phrases(desk: Desk) -> None:
    """The list, nothing chosen."""
    desk.sign_in()
    desk.flows.phrases.start(shipped_library())
    desk.jobs.run()
    for name, text in PHRASES.items():
        desk.flows.phrases.save(name, text, START)
    desk.controller.go("phrases")
    desk.jobs.run()


def phrases_chosen(desk: Desk) -> None:
    """An own phrase that wins over the practice's, with its versions."""
    phrases(desk)
    desk.flows.phrases.save("knee", "{left|right} knee: *** effusion.", START)
    desk.flows.phrases.save("knee", "{left|right} knee: {no|*** } effusion, full range of motion.", START)
    desk.flows.phrases.save("knee", "{left|right} knee: {no|=mild|large} effusion, full range of motion.", START)
    library = desk.flows.phrases.library
    assert library is not None
    library.save(OwnerKind.PRACTICE, "knee", "Knee: ***", START)
    page = desk.controller.phrases.page()
    page.search.setText("kne")
    desk.controller.phrases.choose((OwnerKind.USER, "knee"))
    page.editor.versions_button.click()


def phrases_hidden(desk: Desk) -> None:
    """The practice's phrase, which the scribe's own goes before."""
    phrases_chosen(desk)
    desk.controller.phrases.choose((OwnerKind.PRACTICE, "knee"))


def phrases_not_saved(desk: Desk) -> None:
    """A list that is not whole is not saved, and what was typed stays."""
    phrases(desk)
    desk.controller.phrases.choose((OwnerKind.USER, "follow"))
    editor = desk.controller.phrases.page().editor
    editor.text.setPlainText("Follow up in {one|two weeks.")
    editor.save_button.click()


def phrases_removed(desk: Desk) -> None:
    phrases(desk)
    desk.controller.phrases.choose((OwnerKind.USER, "follow"))
    desk.controller.phrases.remove()


def phrases_file_refused(desk: Desk) -> None:
    phrases(desk)
    entries = b'{"name": "1a", "text": "x"}, {"name": "b", "text": ""}, {"name": "c", "text": "{a|b"}'
    whole = b'{"format": "alcove phrases", "version": 1, "phrases": [' + entries + b"]}"
    desk.controller.phrases.take_file(whole)


def phrases_none(desk: Desk) -> None:
    phrases(desk)
    desk.controller.phrases.page().search.setText("zzzz")


WORD_STATES: tuple[Callable[[Desk], None], ...] = (
    phrases,
    phrases_chosen,
    phrases_hidden,
    phrases_not_saved,
    phrases_removed,
    phrases_file_refused,
    phrases_none,
    misspelled,
)
