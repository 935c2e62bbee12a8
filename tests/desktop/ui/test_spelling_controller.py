"""The spelling check in the whole window: the visit's people, a scribe's own words, one note's ignored ones."""

from collections.abc import Callable, Sequence

import pytest
from PySide6.QtCore import QTimer

from desktop.workflows.own_words import OWN_WORDS
from tests.desktop.ui.conftest import settle
from tests.desktop.ui.desk import Desk
from tests.desktop.ui.note_bench import underlined


class NothingKnown:
    """Knows no word."""

    def look_up(self, words: Sequence[str], answered: Callable[[frozenset[str]], None]) -> None:
        QTimer.singleShot(0, lambda: answered(frozenset(words)))

    def suggest(self, word: str, answered: Callable[[tuple[str, ...]], None]) -> None:
        QTimer.singleShot(0, lambda: answered(()))


@pytest.fixture
def checked(desk: Desk) -> Desk:
    desk.sign_in()
    desk.flows.own_words.start()
    desk.jobs.run()
    desk.controller.spelling.use_check(NothingKnown())
    return desk


def marked(desk: Desk) -> list[str]:
    settle()
    assert desk.controller.current is not None
    return underlined(desk.controller.current.view.note.editor, "hpi")


def test_the_visits_people_are_not_marked_and_another_patient_is(checked: Desk) -> None:
    checked.open(note={"hpi": "Rivera told Dr. Okafor of Nguyen."})
    assert marked(checked) == ["told", "of", "Nguyen"]


def test_people_who_come_later_are_spared_then(checked: Desk) -> None:
    checked.open(note={"hpi": "Santos wrote."})
    assert marked(checked) == ["Santos", "wrote"]
    checked.start_capture()
    checked.talk()
    assert marked(checked) == ["wrote"]


def test_an_own_word_holds_in_every_note_and_run_an_ignored_one_in_its_note(checked: Desk) -> None:
    current = checked.open(note={"hpi": "zebroid quagga"})
    teaching = current.view.note.editor.teaching
    assert teaching is not None
    teaching.add("Zebroid")
    teaching.ignore("quagga")
    checked.jobs.run()
    assert marked(checked) == []
    assert checked.vault.values[OWN_WORDS] == '["zebroid"]'
    assert not any("quagga" in value for value in checked.vault.values.values())
    checked.open("v2", {"hpi": "zebroid quagga"})
    assert marked(checked) == ["quagga"]


def test_a_closed_note_asks_nothing_more(checked: Desk) -> None:
    current = checked.open("v2", {"hpi": "zebroid"})
    editor = current.view.note.editor
    checked.controller._close_visit("v2")
    assert editor.speller is None


def test_without_a_checker_nothing_is_marked(desk: Desk) -> None:
    desk.sign_in()
    desk.open(note={"hpi": "zebroid"})
    assert marked(desk) == []
    desk.controller.spelling.use_check(NothingKnown())
    assert marked(desk) == ["zebroid"]
    desk.controller.spelling.use_check(None)
    assert marked(desk) == []
