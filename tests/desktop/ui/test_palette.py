"""The registry knows of every action its words, its key and why it cannot be done now; the palette finds it."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.ui import palette as palette_module
from desktop.ui.actions import HELD, Actions, keymap
from desktop.ui.palette import Palette
from desktop.ui.shortcut_sheet import ShortcutSheet
from desktop.ui.words import say
from tests.desktop.ui.conftest import settle
from tests.desktop.ui.desk import Desk
from tests.desktop.ui.states import live

Key = Qt.Key


def shown_palette(desk: Desk) -> Palette:
    desk.window.toggle_palette()
    settle()
    found = desk.window.findChild(Palette)
    assert isinstance(found, Palette)
    assert found.isVisible()
    return found


@pytest.fixture
def visit(desk: Desk) -> Desk:
    live(desk)
    return desk


def test_every_action_has_a_name_a_key_a_scope_and_can_be_done_or_not(visit: Desk) -> None:
    commands = {it.action: it for it in visit.window.commands.commands()}
    for scope, actions in keymap().items():
        for action in actions:
            command = commands[action]
            assert command.scope == scope
            assert command.name == say(f"action.{action}")
            assert command.key
            if action not in HELD:
                assert action in visit.controller.bound_actions()
    assert len({it.name for it in commands.values()}) == len(commands), "two actions of one name cannot be told apart"
    assert commands["grid:knee"].key == ""
    assert commands["grid:knee"].why_not == ""
    assert commands["talk"].why_not


def test_without_a_visit_its_actions_say_so(desk: Desk) -> None:
    desk.sign_in()
    for command in desk.window.commands.commands():
        if command.scope == "visit" and command.action not in HELD:
            assert command.why_not == say("command.no_visit"), command.action
        elif command.scope == "window":
            assert command.why_not == ""


def test_what_cannot_be_done_is_not_done(visit: Desk) -> None:
    current = visit.controller.current
    assert current is not None
    commands = {it.action: it.why_not for it in visit.window.commands.commands()}
    assert commands["put_grid"] == say("command.no_grid")
    assert commands["mend_abbreviation"] == say("danger.none")
    assert commands["section_9"] == say("command.no_section")
    assert commands["next_blank"] == ""
    assert visit.window.commands.run("put_grid") == say("command.no_grid")
    assert visit.window.commands.run("open_grid") == ""
    assert current.view.note.entry.grid_open
    commands = {it.action: it.why_not for it in visit.window.commands.commands()}
    assert commands["put_grid"] == ""
    current.view.note.show_state("Signed", "ok", read_only=True)
    commands = {it.action: it.why_not for it in visit.window.commands.commands()}
    assert commands["enter_vitals"] == say("note.read_only")
    assert commands["grid:knee"] == say("note.read_only")


def test_an_action_of_nobody_is_not_there_yet() -> None:
    assert Actions().run("go_today") == say("command.not_here")
    assert {it.why_not for it in Actions().commands() if it.action not in HELD} == {say("command.not_here")}


def test_a_few_letters_find_it_and_enter_does_it(visit: Desk) -> None:
    current = visit.controller.current
    assert current is not None
    current.view.note.focus_section("hpi")
    found = shown_palette(visit)
    assert found.box.hasFocus()
    assert len(found.shown) > 30
    QTest.keyClicks(found.box, "knee")
    assert found.shown[0].action == "grid:knee"
    QTest.keyClick(found.box, Key.Key_Return)
    settle()
    assert not found.isVisible()
    assert current.view.note.entry.grid.key == "knee"
    assert current.view.note.entry.grid.findings.hasFocus()


def test_a_slip_is_forgiven_and_arrows_choose(visit: Desk) -> None:
    found = shown_palette(visit)
    QTest.keyClicks(found.box, "otline")
    assert "show_outline" in [it.action for it in found.shown]
    found.box.clear()
    QTest.keyClicks(found.box, "section")
    first = found.list.currentRow()
    QTest.keyClick(found.box, Key.Key_Down)
    assert found.list.currentRow() == first + 1
    QTest.keyClick(found.box, Key.Key_PageUp)
    assert found.list.currentRow() == 0


def test_what_cannot_be_done_now_says_why_and_the_palette_stays(visit: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []
    found = shown_palette(visit)
    monkeypatch.setattr(palette_module, "announce", lambda _widget, text: heard.append(text))
    QTest.keyClicks(found.box, "put the open grid")
    assert found.shown[0].action == "put_grid"
    assert any(say("command.no_grid") in text for text in heard)
    QTest.keyClick(found.box, Key.Key_Return)
    assert found.isVisible()
    assert found.foot.text() == say("command.no_grid")
    QTest.keyClick(found.box, Key.Key_Escape)
    assert not found.isVisible()


def test_escape_goes_back_to_where_the_keyboard_was(visit: Desk) -> None:
    current = visit.controller.current
    assert current is not None
    current.view.chat.box.setFocus()
    found = shown_palette(visit)
    QTest.keyClick(found.box, Key.Key_Escape)
    assert current.view.chat.box.hasFocus()
    visit.window.toggle_palette()
    visit.window.toggle_palette()
    assert not found.isVisible()


@pytest.mark.parametrize("place", ["note", "chat"])
def test_the_key_opens_it_wherever_one_writes_and_deletes_nothing(visit: Desk, place: str) -> None:
    """Ctrl+K deletes to the line's end in some programs; here it must not."""
    current = visit.controller.current
    assert current is not None
    if place == "note":
        current.view.note.focus_section("hpi")
        cursor = current.view.note.editor.textCursor()
        cursor.setPosition(cursor.position() - 5)
        current.view.note.editor.setTextCursor(cursor)
    else:
        current.view.chat.box.setFocus()
    before = current.visit.document.texts()
    QTest.keyClick(visit.window.focusWidget(), Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    settle()
    found = visit.window.findChild(Palette)
    assert isinstance(found, Palette)
    assert found.isVisible()
    assert current.visit.document.texts() == before


def test_the_sheet_shows_every_key_and_pales_what_cannot_be_done(visit: Desk) -> None:
    visit.window.toggle_shortcuts()
    settle()
    sheet = visit.window.findChild(ShortcutSheet)
    assert isinstance(sheet, ShortcutSheet)
    every = {action for actions in keymap().values() for action in actions}
    assert set(sheet._rows) == every
    assert sheet._rows["put_grid"].property("kind") == "muted"
    assert sheet._rows["put_grid"].toolTip() == say("command.no_grid")
    assert not sheet._rows["open_grid"].toolTip()
    visit.window.toggle_shortcuts()
    visit.window.commands.run("open_grid")
    visit.window.toggle_shortcuts()
    assert not sheet._rows["put_grid"].toolTip()
