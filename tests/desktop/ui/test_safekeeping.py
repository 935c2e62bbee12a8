"""The lock and everybody's own vault on the real screens: what was typed is committed first, or nothing is locked."""

from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.ports import TYPED_MEANWHILE, VaultProblem, VaultUnavailable, Ways
from desktop.safekeeping import SETTLE_SECONDS, Safekeeping
from desktop.secure_store.shelf import Shelf
from desktop.settings import Settings
from desktop.ui.arrival import LockedView
from desktop.ui.idle_watch import IdleWatch
from desktop.ui.words import say
from desktop.workflows.prepare import Prepared
from desktop.workflows.session import KnownDevice
from desktop.workflows.stored_visit import CHAT_DRAFT, read_stored
from tests.desktop.ui.conftest import settle
from tests.desktop.ui.desk import Desk, write

NOBODY = Prepared(KnownDevice(None, None, None, None), None, "")


def done(value: object = None, problem: VaultProblem | None = None) -> "Future[Any]":
    future: Future[Any] = Future()
    if problem is None:
        future.set_result(value)
    else:
        future.set_exception(VaultUnavailable(problem))
    return future


@dataclass
class FakeStore:
    """A store thread that answers at once."""

    refuses: VaultProblem | None = None
    handed: list[tuple[Path, str, dict[str, str]]] = field(default_factory=list)

    def ways(self) -> "Future[Any]":
        return done(Ways(passphrase=True, recovery=True))

    def hand_over(self, folder: Path, owner: str, settings: dict[str, str]) -> "Future[Any]":
        self.handed.append((folder, owner, settings))
        return done(None, self.refuses)

    def change_passphrase(self, old: str, new: str) -> "Future[Any]":
        return done(None, None if old == "right" else VaultProblem.PASSPHRASE_WRONG)


class OneThread:
    """A bridge on the test's own thread."""

    def __init__(self, desk: Desk) -> None:
        self.on_store, self.later = desk.jobs.on_store, desk.jobs.later

    def call_soon(self, call: Any) -> None:  # noqa: ANN401
        call()


@dataclass
class Kept:
    """A desk with its safekeeping."""

    desk: Desk
    safe: Safekeeping
    store: FakeStore
    data: Path
    ended: list[str] = field(default_factory=list)

    def run(self) -> None:
        self.desk.jobs.run()
        self.desk.jobs.advance(0.1)
        settle()


@pytest.fixture
def kept(desk: Desk, tmp_path: Path) -> Kept:
    store = FakeStore()
    early = SimpleNamespace(
        store=store, shelf=Shelf(tmp_path), folder=tmp_path / "vault", loaded=SimpleNamespace(settings=Settings())
    )
    bridge = OneThread(desk)
    made = Kept(
        desk, Safekeeping(cast("Any", early), cast("Any", bridge), desk.controller, desk.window), store, tmp_path
    )
    made.safe.leave = lambda: made.ended.append("left")
    made.safe.start_again = lambda words: made.ended.append(" ".join(["again", *words]))
    made.safe.use(desk.flows, NOBODY)
    desk.sign_in()
    return made


def test_what_was_typed_is_committed_before_the_vault_is_closed(kept: Kept) -> None:
    current = kept.desk.open(note={})
    write(current.view.note, "hpi", "Knee gave way.")
    current.view.chat.box.setPlainText("Which kn")
    kept.safe.lock()
    settle()
    assert isinstance(kept.desk.window.pages.currentWidget(), LockedView)
    assert kept.ended == [], "not before it is on the disk"
    kept.run()
    assert kept.ended == ["left", "again --locked"]
    stored = read_stored(kept.desk.vault, "v1")
    assert any(b"Knee gave way." in row.update for row in stored.journal)
    assert "Which kn" in stored.chat_draft


def test_a_half_written_message_and_question_are_there_again(kept: Kept) -> None:
    current = kept.desk.open(note={})
    chat = current.view.chat
    chat.box.setPlainText("Which kn")
    chat.open_question("hpi")
    chat.question_text.setText("Left or right?")
    chat.replies.setText("left, right")
    kept.safe.lock()
    kept.run()
    kept.desk.controller.uncover()
    kept.desk.controller._close_visit("v1")
    kept.desk.jobs.run()
    again = kept.desk.open(note={}).view.chat
    assert again is not chat
    assert (again.box.toPlainText(), again.question_text.text()) == ("Which kn", "Left or right?")
    again.box.clear()
    again.question_text.clear()
    again.replies.clear()
    kept.safe.lock()
    kept.run()
    assert CHAT_DRAFT + "v1" not in kept.desk.vault.values


def test_words_that_cannot_be_saved_are_not_locked_away(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    current = kept.desk.open(note={})
    kept.desk.vault.broken = True
    write(current.view.note, "hpi", "Only here.")
    kept.desk.jobs.run()
    now = [0.0]
    monkeypatch.setattr("desktop.safekeeping.time.monotonic", lambda: now[0])
    kept.safe.lock()
    kept.run()
    now[0] = SETTLE_SECONDS + 1
    kept.run()
    assert kept.ended == []
    assert kept.desk.window.pages.currentWidget() is current.view
    assert kept.desk.window.notice.text.text() == say("locked.not_saved")
    assert current.visit.document.text("hpi") == "Only here."


def test_the_screen_locks_after_a_while_of_silence_and_not_while_listening(kept: Kept) -> None:
    locked: list[bool] = []
    listening = [True]
    watch = IdleWatch(kept.desk.window, 5, lambda: listening[0], lambda: locked.append(True))
    now = [watch.clock()]
    watch.clock = lambda: now[0]
    for _ in range(10):
        now[0] += 120
        watch.look()
    listening[0] = False
    now[0] += 290
    handle = kept.desk.window.windowHandle()
    QTest.keyClick(handle, Qt.Key.Key_A)
    now[0] += 290
    watch.look()
    assert locked == [], "a key begins the time anew"
    now[0] += 20
    watch.look()
    watch.look()
    assert locked == [True], "once"
    watch.again()
    watch.look()
    assert locked == [True]


@pytest.mark.parametrize("problem", [None, VaultProblem.PASSPHRASE_NEEDED, VaultProblem.DAMAGED])
def test_somebody_elses_sign_in_begins_anew_in_their_vault(kept: Kept, problem: VaultProblem | None) -> None:
    kept.store.refuses = problem
    current = kept.desk.open(note={})
    write(current.view.note, "hpi", "The first scribe's.")
    on_elsewhere = kept.desk.flows.session.on_elsewhere
    assert on_elsewhere is not None
    on_elsewhere("ab" * 16, {"refresh_token": "theirs"})
    kept.run()
    ((folder, owner, settings),) = kept.store.handed
    assert (folder, owner, settings) == (kept.data / f"vault-{'ab' * 8}", "ab" * 16, {"refresh_token": "theirs"})
    assert Shelf(kept.data).last() == folder
    assert kept.ended == ["left", "again"]
    assert any(b"The first scribe's." in row.update for row in kept.desk.vault.journal("v1")), "committed before"


def test_what_was_typed_meanwhile_is_put_where_the_caret_is_and_forgotten_once_it_is_there(kept: Kept) -> None:
    kept.desk.vault.values[TYPED_MEANWHILE] = "Gave way twice."
    strip = kept.desk.window.vault_strip
    kept.safe._take_typed("Gave way twice.")
    assert "3 words" in strip.texts()[0]
    strip.typed_wanted.emit()
    assert kept.desk.window.notice.text.text() == say("meanwhile.no_note")
    current = kept.desk.open(note={})
    current.view.note.editor.go_to("hpi")
    strip.typed_wanted.emit()
    assert TYPED_MEANWHILE in kept.desk.vault.values, "not before the note has it"
    kept.run()
    assert current.visit.document.text("hpi") == "Gave way twice."
    assert TYPED_MEANWHILE not in kept.desk.vault.values
    assert strip.texts() == ()


def test_the_device_page_says_how_the_key_is_reached_and_changes_the_passphrase(kept: Kept) -> None:
    facts = kept.safe.facts()
    assert facts["recovery"] == say("device.recovery_set")
    assert facts["vault"] == say("device.vault_passphrase", folder=str(kept.data / "vault"))
    kept.desk.controller.go("device")
    settle()
    page = cast("Any", kept.desk.window.pages.currentWidget())
    assert page.passphrase.isVisible()
    page.passphrase_changed.emit("wrong", "another passphrase altogether")
    assert page.passphrase.said.text() == say("vault.passphrase_wrong")
    page.passphrase_changed.emit("right", "another passphrase altogether")
    assert page.passphrase.said.text() == say("way.changed")
    page.lock.click()
    kept.run()
    assert kept.ended[-1] == "again --locked"
