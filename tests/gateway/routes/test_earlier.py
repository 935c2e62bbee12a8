"""Earlier notes over HTTP: the real gateway, a signed-in desktop, and everybody who is not."""

import httpx2
import pytest

from gateway.store.document_rows import keep_snapshot
from tests.gateway.routes.desktop import Desktop
from tests.gateway.world import ehr_visit
from visit.snapshot import make_snapshot, snapshot_sha256
from wire.earlier import EarlierNote, EarlierNoteText
from wire.people import Author, Role
from wire.record import NoteSent, NoteSigned
from wire.refusals import RefusalCode

TEXTS = {"hpi": "Three weeks of it.", "assessment_and_plan": "Heart failure?"}
PATHS = ("", "/n1")


def refusal(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["refusal"]["code"]


def signed_visit(desktop: Desktop) -> str:
    """A visit of ten days ago whose note was signed."""
    practice = desktop.practice
    practice.clock.advance(-10 * 86_400)
    visit_id = practice.run(
        practice.context.services.visits.upsert_from_ehr(ehr_visit("Encounter/9", practice.clock(), scribes=()))
    )
    ledger = practice.context.services.ledger
    snapshot = make_snapshot(visit_id, TEXTS)
    sha256, provider = snapshot_sha256(snapshot), ledger.loaded(visit_id).facts.provider

    async def sign() -> None:
        author = Author(role=Role.PROVIDER, id=provider.person_id, name=provider.name)
        async with ledger.changing() as change:
            await keep_snapshot(change.tx, ledger.envelope, 1, snapshot)
            sent = NoteSent(version=1, sha256=sha256)
            signed = NoteSigned(version=1, sha256=sha256, auth_time=practice.clock())
            await change.append(visit_id, author, (sent, signed))

    practice.run(sign())
    practice.clock.advance(10 * 86_400)
    return visit_id


@pytest.mark.parametrize("path", PATHS)
def test_who_is_not_signed_in_reads_nothing(desktop: Desktop, path: str) -> None:
    visit_id = desktop.practice.add_visit()
    with desktop.practice.client() as client:
        answer = client.get(f"/v1/visits/{visit_id}/earlier-notes{path}")
        page = client.get(f"/page/visits/{visit_id}/earlier-notes{path}")
    assert refusal(answer) == (401, RefusalCode.NOT_SIGNED_IN)
    assert page.status_code == 404


def test_the_scribe_lists_and_reads_and_the_audit_says_so(desktop: Desktop) -> None:
    note_id, visit_id = signed_visit(desktop), desktop.practice.add_visit()
    listed = desktop.get(f"/v1/visits/{visit_id}/earlier-notes")
    assert listed.status_code == 200
    (note,) = [EarlierNote.model_validate(one) for one in listed.json()]
    assert (note.note_id, note.provider.name) == (note_id, "Dr. Ruth Provider")
    read = desktop.get(f"/v1/visits/{visit_id}/earlier-notes/{note_id}")
    text = EarlierNoteText.model_validate_json(read.content)
    assert {one.key: one.text for one in text.sections} == TEXTS
    assert desktop.practice.actions()[-2:] == ["earlier_notes_listed", "earlier_note_read"]


def test_what_is_not_in_the_list_is_unknown_and_foreign_visits_are_closed(desktop: Desktop) -> None:
    visit_id = desktop.practice.add_visit()
    other = desktop.practice.add_person("other", Role.SCRIBE)
    foreign = desktop.practice.add_visit("Encounter/7", scribes=(other,))
    here = f"/v1/visits/{visit_id}/earlier-notes"
    assert desktop.get(here).json() == []
    for note_id in (foreign, visit_id, "none"):
        assert refusal(desktop.get(f"{here}/{note_id}")) == (404, RefusalCode.VERSION_UNKNOWN)
    for path in PATHS:
        closed = desktop.get(f"/v1/visits/{foreign}/earlier-notes{path}")
        assert refusal(closed) == (403, RefusalCode.NOT_ASSIGNED)
    assert refusal(desktop.get("/v1/visits/none/earlier-notes")) == (404, RefusalCode.VISIT_UNKNOWN)
    assert refusal(desktop.get(f"{here}/%20")) == (400, RefusalCode.MALFORMED)
