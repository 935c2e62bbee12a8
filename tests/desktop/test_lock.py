"""The program itself: locked and unlocked it is a fresh process with every word and the caret where they were."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from demo.scribe import DesktopPlan, ScribeHand
from demo.stage import Stage, stage
from desktop.ports import LEAST_PASSPHRASE
from desktop.secure_store.keys import SystemRing
from desktop.secure_store.vault import open_vault
from desktop.ui.words import say
from desktop.workflows.session import DEVICE, GATEWAY, PERSON, REFRESH
from desktop.workflows.stored_visit import read_stored, replay
from desktop.workflows.sync import LAST_VISIT
from visit.document import VisitDocument
from wire.people import Person, Room
from wire.visits import Patient, VisitSummary

SANTOS = Person(person_id="p-santos", name="J. Santos")
SUMMARY = VisitSummary(
    visit_id="v1",
    patient=Patient(patient_id="1", name="Rivera, Ana M", birth_date=date(1972, 3, 11), sex="female", mrn_tail="4471"),
    provider=Person(person_id="p-okafor", name="Dr. A. Okafor"),
    room=Room(room_id="r4", name="Room 4"),
    scheduled_at=datetime(2026, 11, 27, tzinfo=UTC),
    reason="Knee injury",
    specialty="orthopedics",
)


def with_a_draft(place: Stage, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A vault as a scribe left it: a draft open, the gateway away."""
    for name, value in place.env.items():
        if name.startswith(("DBUS_", "XDG_", "HOME")):
            monkeypatch.setenv(name, value)
    vault = open_vault(data / "vault", SystemRing(seconds=60.0))
    settings = {GATEWAY: "http://127.0.0.1:9", DEVICE: "d1", REFRESH: "token", LAST_VISIT: "v1"}
    for key, value in (settings | {PERSON: SANTOS.model_dump_json()}).items():
        vault.put(key, value)
    vault.put_visit("v1", SUMMARY.model_dump_json(), "[]")
    vault.close()


def text_of(data: Path) -> str:
    vault = open_vault(data / "vault", SystemRing(seconds=60.0))
    document = VisitDocument()
    replay(document, read_stored(vault, "v1").journal)
    vault.close()
    return document.text("hpi")


def test_a_locked_program_hides_everything_and_goes_on_at_the_same_caret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "alcove"
    with stage() as place:
        with_a_draft(place, data, monkeypatch)
        with ScribeHand(place, DesktopPlan(data)) as hand:
            hand.write("hpi", "Knee way twice.")
            hand.keys(*["Left"] * 10)
            hand.keys("ctrl+shift+3")
            hand.press(say("device.lock"))
            hand.find(say("locked.text"))
            hand.press(say("locked.go"))
            hand.find("Note section ", "text").focus()
            hand.type("gave ")
            hand.keys("ctrl+End")
            assert hand.close() == 0
        assert text_of(data) == "Knee gave way twice."


def test_without_a_keyring_a_passphrase_opens_the_drafts_and_nothing_else_does(tmp_path: Path) -> None:
    data, words = tmp_path / "alcove", "correct horse battery staple"

    def fill(hand: ScribeHand, name: str, text: str) -> None:
        hand.find(name, "text").focus()
        hand.type(text)

    with stage(keyring=False) as place:
        with ScribeHand(place, DesktopPlan(data)) as hand:
            hand.find(say("vault.keyring_missing"))
            fill(hand, say("way.new_passphrase", least=LEAST_PASSPHRASE), words)
            fill(hand, say("way.once_more"), words)
            hand.press(say("way.use_passphrase"))
            hand.find(say("first_run.address"), "text", 60.0)
            assert hand.close() == 0
        with ScribeHand(place, DesktopPlan(data)) as hand:
            hand.find(say("vault.passphrase_needed"))
            fill(hand, say("way.passphrase"), "something else")
            hand.keys("Return")
            hand.find(say("vault.passphrase_wrong"), "", 60.0)
            fill(hand, say("way.passphrase"), words)
            hand.keys("Return")
            hand.find(say("first_run.address"), "text", 60.0)
            assert hand.close() == 0
    files = [path for path in data.rglob("*") if path.is_file()]
    assert [path for path in files if words.encode() in path.read_bytes()] == []
