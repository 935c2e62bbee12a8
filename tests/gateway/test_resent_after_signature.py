"""An edit whose answer was lost and that is sent again after the signature: it is in the note, and not late."""

import pytest

from tests.gateway.test_documents import make_updates, sign
from tests.gateway.world import COMPLETE, open_world
from wire.refusals import RefusalCode

pytestmark = pytest.mark.anyio


async def test_what_was_saved_before_the_signature_is_saved_and_not_late(database_url: str) -> None:
    async with open_world(database_url) as world:
        await world.admit()
        document = await world.write(COMPLETE)
        (early,) = make_updates(document, ("hpi", 0, 0, "Early: "))
        (late,) = make_updates(document, ("hpi", 0, 0, "Late: "))
        assert await world.send(early, document.client_id, "early") is None
        note = await world.services.documents.opened(world.visit_id)
        await sign(world, note.document)
        assert await world.send(early, document.client_id, "early") is None
        for _ in range(2):
            refusal = await world.send(late, document.client_id, "late")
            assert refusal is not None
            assert refusal.code is RefusalCode.DOCUMENT_CLOSED
    async with open_world(database_url, world.clock) as again:
        assert await again.send(early, document.client_id, "early") is None
        refusal = await again.send(late, document.client_id, "late")
        assert refusal is not None
        assert refusal.code is RefusalCode.DOCUMENT_CLOSED
        note = await again.services.documents.opened(again.visit_id)
        assert note.document.text("hpi") == "Early: " + COMPLETE["hpi"]
        assert note.late_position == 1
