"""Who wrote what stays known without the gateway: offline nobody else's words are called the scribe's own."""

from collections.abc import Sequence

import pytest

from desktop.ports import JournalRow
from desktop.workflows.open_visit import NAMELESS
from desktop.workflows.stored_visit import WROTE
from tests.desktop.workflows.test_sync import ME, PROVIDER, Desk
from tests.desktop.workflows.test_sync_losses import OTHER, Restarted, edit_by_provider
from visit.document import VisitDocument
from visit.guard import CheckedUpdate
from wire.live import DocumentState, DocumentUpdated, WriterClients
from wire.people import Author, Person, Role

HERSELF = Person(person_id=ME.id, name=ME.name)
MINE = Author(role=Role.SCRIBE, id=ME.id, name=ME.name)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def whole(desk: Desk, writers: dict[VisitDocument, Author]) -> DocumentState:
    """What a follower without anything is given, with whose client ids are whose."""
    return DocumentState(
        visit_id="v1",
        epoch=1,
        update=desk.gateway.update_since(desk.visit.document.state_vector()),
        state_vector=desk.gateway.state_vector(),
        writers=tuple(WriterClients(author=author, client_ids=(of.client_id,)) for of, author in writers.items()),
    )


def written_by(desk: Desk, author: Author, text: str) -> VisitDocument:
    """Somebody's replica, whose words are at the gateway."""
    pen = VisitDocument()
    pen.apply(CheckedUpdate(desk.gateway.update_since(), frozenset()), "gateway")
    before = pen.state_vector()
    pen.replace("hpi", len(pen.text("hpi")), len(pen.text("hpi")), text)
    desk.gateway.apply(CheckedUpdate(pen.update_since(before), frozenset()), author.id)
    return pen


def names(desk: Desk) -> list[tuple[int, str]]:
    """Each run of the history section with its writer's name; '' is the scribe at this laptop."""
    visit = desk.visit
    found = []
    for length, author_id in visit.document.author_runs("hpi"):
        author = visit.author_of(author_id, HERSELF)
        found.append((length, author.name if author is not None else ""))
    return found


def restarted(desk: Desk) -> Restarted:
    again = Restarted(desk)
    again.visit = again.open()
    return again


def test_a_note_that_was_fetched_whole_names_its_writers_after_a_restart_offline(desk: Desk) -> None:
    pens = {written_by(desk, author, text): author for author, text in ((PROVIDER, "one "), (OTHER, "two "))}
    desk.type("mine ")
    desk.hear(whole(desk, pens))
    shown = sorted(names(desk))
    assert shown == [(4, PROVIDER.name), (4, OTHER.name), (5, "")]
    assert sorted(names(restarted(desk))) == shown


def test_words_of_this_scribe_that_came_back_from_the_gateway_are_her_own(desk: Desk) -> None:
    pens = {written_by(desk, author, text): author for author, text in ((MINE, "hers "), (PROVIDER, "his "))}
    desk.hear(whole(desk, pens))
    assert names(desk) == [(5, ""), (4, PROVIDER.name)]
    assert names(restarted(desk)) == [(5, ""), (4, PROVIDER.name)]


def test_a_person_who_did_nothing_but_write_keeps_a_name_over_a_restart(desk: Desk) -> None:
    desk.connect()
    desk.hear(edit_by_provider(desk, "theirs "))
    assert names(desk) == [(7, PROVIDER.name)]
    assert names(restarted(desk)) == [(7, PROVIDER.name)]


def test_a_writer_whom_nobody_named_is_nobody_known_and_not_the_scribe(desk: Desk) -> None:
    written_by(desk, PROVIDER, "whose? ")
    desk.hear(whole(desk, {}))
    assert names(desk) == [(7, NAMELESS)]
    assert names(restarted(desk)) == [(7, NAMELESS)]
    pens = {written_by(desk, PROVIDER, "his "): PROVIDER}
    his = {pen.client_id for pen in pens}
    told = WriterClients(author=OTHER, client_ids=tuple(one for one in desk.gateway.clocks() if one not in his))
    frame = whole(desk, pens)
    desk.hear(frame.model_copy(update={"writers": (*frame.writers, told)}))
    assert names(desk) == [(7, OTHER.name), (4, PROVIDER.name)]


def test_names_are_in_the_vault_before_the_words_that_they_name(desk: Desk) -> None:
    pen = written_by(desk, PROVIDER, "his ")
    order: list[str] = []
    put, append = desk.vault.put, desk.vault.append

    def put_noted(key: str, value: str) -> None:
        order.append(key)
        put(key, value)

    def append_noted(rows: Sequence[JournalRow]) -> None:
        order.append("rows")
        append(rows)

    desk.vault.put, desk.vault.append = put_noted, append_noted  # type: ignore[method-assign]
    desk.hear(whole(desk, {pen: PROVIDER}))
    assert [key for key in order if key in (WROTE + "v1", "rows")] == [WROTE + "v1", "rows"]


def test_a_writer_who_is_known_already_is_not_kept_again(desk: Desk) -> None:
    desk.connect()
    desk.hear(edit_by_provider(desk, "a"))
    kept = desk.vault.values[WROTE + "v1"]
    desk.vault.values[WROTE + "v1"] = "untouched"
    desk.hear(edit_by_provider(desk, "b"))
    assert desk.vault.values[WROTE + "v1"] == "untouched"
    assert PROVIDER.name in kept


def test_an_update_that_lacks_what_went_before_names_nobody(desk: Desk) -> None:
    desk.connect()
    edit_by_provider(desk, "missed ")
    second = edit_by_provider(desk, "next ", 7, 7)
    assert isinstance(second, DocumentUpdated)
    assert not desk.visit.take_update(second)
    assert desk.visit.writers == {}
