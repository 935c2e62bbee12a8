"""The page of phrases by keyboard and mouse: search, write, remove and undo, versions, files, and who wins."""

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.ui.phrases_view import PhrasesView
from desktop.ui.present_phrases import preview
from desktop.ui.words import say
from desktop.workflows.quick_text import shipped_library
from tests.desktop.ui.conftest import settle
from tests.desktop.ui.desk import START, Desk
from visit.phrases import OwnerKind

USER, PROVIDER, PRACTICE = OwnerKind


@pytest.fixture
def page(desk: Desk) -> PhrasesView:
    desk.sign_in()
    desk.flows.phrases.start(shipped_library())
    desk.jobs.run()
    desk.controller.go("phrases")
    settle()
    return desk.controller.phrases.page()


def names(page: PhrasesView) -> list[str]:
    items = (page.list.item(row) for row in range(page.list.count()))
    return [item.text().partition(" ")[0] for item in items if item is not None]


def write(page: PhrasesView, name: str, text: str) -> None:
    """A new phrase, by keys."""
    page.new_asked.emit()
    QTest.keyClicks(page.editor.name, name)
    page.editor.text.setFocus()
    QTest.keyClicks(page.editor.text, text)
    page.editor.save_button.click()
    settle()


def test_a_phrase_is_written_found_and_expands(desk: Desk, page: PhrasesView) -> None:
    write(page, ".Quagga", "Chest pain for *** days.")
    assert page.told.text() == say("phrases.saved", name="quagga", number=1)
    assert page.editor.title.text() == ".quagga"
    page.search.setText("for *** days.")
    assert ".quagga" in names(page)
    page.search.setText(".quag")
    assert names(page) == [".quagga"]
    desk.jobs.run()
    found = desk.flows.quick_text.expand(".quagga", 7)
    assert found is not None
    assert found.inserted == "Chest pain for *** days."


def test_the_preview_shows_what_is_left_open(page: PhrasesView) -> None:
    page.new_asked.emit()
    page.editor.text.setPlainText("{left|right} knee, *** days \\{x\\} \U0001f980 ***")
    for _ in range(100):  # it is looked at once the person rests
        QTest.qWait(50)
        if page.editor.preview.text().startswith("["):
            break
    assert page.editor.preview.text() == "[1 left · 2 right] knee, [blank] days {x} \U0001f980 [blank]"
    assert page.editor.open_fields.text() == "2 blanks, 1 list"
    assert preview("plain") == "plain"


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [("1a", "x", "bad_name"), ("a", " ", "empty_text"), ("a", "{x|y", "bad_list"), ("", "x", "bad_name")],
)
def test_what_cannot_be_kept_is_said_and_stays(page: PhrasesView, name: str, text: str, problem: str) -> None:
    write(page, name, text)
    assert page.editor.problem.text() == say(f"phrases.problem.{problem}", list="{a|b}")
    assert page.editor.text.toPlainText() == text
    page.search.setText("zzz")
    assert page.editor.text.toPlainText() == text


def test_a_name_that_is_taken_is_not_written_over(page: PhrasesView) -> None:
    write(page, "chest", "First.")
    write(page, "CHEST", "Second.")
    assert page.editor.problem.text() == say("phrases.name_taken", name="chest")


def test_what_was_typed_is_kept_while_another_is_looked_at(desk: Desk, page: PhrasesView) -> None:
    write(page, "one", "First.")
    write(page, "two", "Second.")
    QTest.keyClicks(page.editor.text, " More")
    typed = page.editor.text.toPlainText()
    assert typed != "Second."
    desk.controller.phrases.choose((USER, "one"))
    page.search.setText("two")
    assert say("phrases.unsaved") in page.list.item(0).text()
    desk.controller.phrases.choose((USER, "two"))
    assert page.editor.text.toPlainText() == typed
    page.editor.discard_button.click()
    assert page.editor.text.toPlainText() == "Second."
    assert not page.editor.dirty


def test_removing_is_undone_and_versions_come_back(desk: Desk, page: PhrasesView) -> None:
    write(page, "one", "First.")
    page.editor.text.setPlainText("Changed.")
    page.editor.save_button.click()
    page.editor.remove_button.click()
    assert desk.flows.quick_text.expand(".one", 4) is None
    assert page.undo_button.isVisible()
    QTest.keyClick(page.undo_button, Qt.Key.Key_Space)
    assert page.editor.title.text() == ".one"
    assert page.editor.text.toPlainText() == "Changed."
    page.editor.versions_button.click()
    page.editor.restored.emit(1)
    assert page.editor.text.toPlainText() == "First."
    library = desk.flows.phrases.library
    assert library is not None
    assert [it.text for it in library.versions(USER, "one")] == ["First.", "Changed.", "", "Changed.", "First."]


def test_the_practices_phrase_is_read_copied_and_then_hidden(desk: Desk, page: PhrasesView) -> None:
    desk.controller.phrases.choose((PRACTICE, "mechanism"))
    assert page.editor.text.isReadOnly()
    assert not page.editor.save_button.isVisible()
    assert not page.editor.remove_button.isVisible()
    page.editor.copy_button.click()
    assert page.editor.name.text() == "mechanism"
    assert not page.editor.text.isReadOnly()
    page.editor.save_button.click()
    assert page.editor.conflict.text() == say("phrases.wins", others=say("phrases.owner.practice"))
    desk.controller.phrases.choose((PRACTICE, "mechanism"))
    assert page.editor.conflict.text() == say("phrases.hidden", winner=say("phrases.owner.user"))
    page.scope.setCurrentIndex(page.scope.findData(USER))
    assert names(page) == [".mechanism"]


def test_a_file_is_taken_over_whole_or_not(desk: Desk, page: PhrasesView) -> None:
    phrases = desk.controller.phrases

    def file(*entries: dict[str, str]) -> bytes:
        return json.dumps({"format": "alcove phrases", "version": 1, "phrases": entries}).encode()

    phrases.take_file(file({"name": "a", "text": "A."}, {"name": "1", "text": "x"}))
    assert page.told.text().startswith(say("phrases.file_refused"))
    assert say("phrases.problem.bad_name") in page.told.text()
    phrases.take_file(b"{")
    assert say("phrases.file.not_json") in page.told.text()
    phrases.take_file(file(*({"name": "1", "text": ""} for _ in range(9))))
    assert page.told.text().endswith(say("phrases.more_problems", count=4))
    phrases.take_file(None)
    assert page.told.text() == say("phrases.not_readable")
    phrases.take_file(file({"name": "a", "text": "A."}, {"name": "b", "text": "B."}))
    assert page.told.text() == say("phrases.taken_over", taken=2, unchanged=0)
    assert json.loads(phrases.file_for(USER))["phrases"] == [{"name": "a", "text": "A."}, {"name": "b", "text": "B."}]
    desk.jobs.run()


def test_the_page_is_reached_by_key_and_the_list_by_enter(desk: Desk, page: PhrasesView) -> None:
    desk.controller.go("today")
    QTest.keyClick(desk.window, Qt.Key.Key_4, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    settle()
    assert desk.window.pages.currentWidget() is page
    assert page.search.hasFocus()
    QTest.keyClicks(page.search, "mech")
    QTest.keyClick(page.search, Qt.Key.Key_Return)
    assert page.list.hasFocus()
    QTest.keyClick(page.list, Qt.Key.Key_Down)
    assert page.editor.title.text().startswith(".")


def test_what_another_run_fetched_is_shown_without_losing_what_is_typed(desk: Desk, page: PhrasesView) -> None:
    write(page, "one", "First.")
    page.editor.text.setPlainText("Half a")
    library = desk.flows.phrases.library
    assert library is not None
    library.save(PRACTICE, "fresh", "New.", START)
    desk.flows.phrases.on_changed()
    assert page.editor.text.toPlainText() == "Half a"
    page.search.setText("fresh")
    assert names(page) == [".fresh"]
