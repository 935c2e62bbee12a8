"""A visit's template and its provider's layer, through the real services: opened, chosen, judged, kept."""

import pytest

from tests.gateway.test_commands import AGREE
from tests.gateway.world import COMPLETE, OTHER_SCRIBE, SCRIBE, World, ehr_visit, open_world
from visit.document import VisitDocument
from visit.provider_layer import OwnExam, OwnHeading, ProviderLayer, layer_json
from visit.snapshot import make_snapshot, snapshot_sha256
from visit.template_choice import visit_template
from visit.template_files import template_by_id
from visit.template_text import exam_to_insert
from visit.templates import Template
from wire.capture import Modality
from wire.commands import ChooseTemplate, MarkReady, SendNote, SetModality, StartCapture, StopCapture
from wire.live import CommandAccepted, CommandRefused
from wire.refusals import Refusal, RefusalCode

pytestmark = pytest.mark.anyio


def own_layer(world: World, version: int = 1, **changes: object) -> ProviderLayer:
    values: dict[str, object] = {
        "provider_id": world.provider.id,
        "version": version,
        "headings": (OwnHeading(section="hpi", heading="Story"),),
        "normal_exam": (OwnExam(section="physical_exam", findings=("Heart sounds are quiet.",)),),
        "required": ("ros",),
    }
    return ProviderLayer.model_validate(values | changes)


async def put(world: World, layer: ProviderLayer) -> ProviderLayer | Refusal:
    return await world.services.layers.put(world.provider, layer_json(layer).encode())


def template_of(world: World, visit_id: str = "") -> Template:
    return visit_template(world.services.ledger.loaded(visit_id or world.visit_id).record)


async def send(world: World, document: VisitDocument) -> CommandAccepted | CommandRefused:
    await world.scribe(MarkReady())
    sha256 = snapshot_sha256(make_snapshot(world.visit_id, document.texts()))
    return await world.scribe(SendNote(sha256=sha256, state_vector=document.state_vector()))


async def test_a_visit_opens_with_the_template_for_its_specialty_and_keeps_it(database_url: str) -> None:
    async with open_world(database_url) as world:
        assert template_of(world).id == "cardiology.follow_up"
        entry = world.services.ledger.loaded(world.visit_id).entries[1]
        assert (entry.author.id, entry.fact.type) == ("gateway", "template_chosen")
    async with open_world(database_url, world.clock) as again:
        assert template_of(again).id == "cardiology.follow_up"
        kinds = [one.fact.type for one in again.services.ledger.loaded(again.visit_id).entries]
        assert kinds.count("template_chosen") == 1


async def test_a_layer_is_kept_by_template_version_by_version(world: World) -> None:
    assert await put(world, own_layer(world)) == own_layer(world)
    assert await put(world, own_layer(world)) == Refusal(code=RefusalCode.CHANGED_MEANWHILE, params={"version": "1"})
    second = own_layer(world, 2, required=())
    assert await put(world, second) == second
    knee = own_layer(world, template_id="orthopedics.knee")
    assert await put(world, knee) == knee
    assert await world.services.layers.own(world.provider) == (second, knee)
    audited = [row.entry for row in await world.services.database.audit_rows() if row.entry.action == "layer_put"]
    assert [entry.details["version"] for entry in audited] == [1, 2, 1]
    assert audited[2].subject == {"person_id": world.provider.id, "template_id": "orthopedics.knee"}


async def test_what_a_layer_says_rests_sealed(tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("gateway") / "gateway.db"
    async with open_world(f"sqlite+aiosqlite:///{file}") as world:
        await put(world, own_layer(world))
        await world.services.visits.upsert_from_ehr(ehr_visit("Encounter/2"))
    kept = b"".join(path.read_bytes() for path in file.parent.iterdir())
    assert b"Heart sounds" not in kept
    assert b"Story" not in kept


@pytest.mark.parametrize(
    ("changes", "code", "params"),
    [
        ({"provider_id": "somebody"}, RefusalCode.ROLE_NOT_ALLOWED, {"reason": "another provider's layer"}),
        ({"template_id": "orthopedics.elsewhere"}, RefusalCode.TEMPLATE_UNKNOWN, {}),
        (
            {"required": ("hpi", "nowhere")},
            RefusalCode.LAYER_INVALID,
            {"problem": "unknown_section", "where": "required.nowhere", "template": "general.visit"},
        ),
        (
            {"required": ("plan_of_treatment",)},
            RefusalCode.LAYER_INVALID,
            {"problem": "mixed_assessment", "where": "required.plan_of_treatment", "template": "general.visit"},
        ),
        (
            {"headings": (OwnHeading(section="hpi", heading="Medications"),), "template_id": "cardiology.follow_up"},
            RefusalCode.LAYER_INVALID,
            {"problem": "heading_taken", "where": "headings.hpi", "template": "cardiology.follow_up"},
        ),
    ],
)
async def test_a_layer_that_would_not_take_effect_is_refused_by_name(
    sqlite_world: World, changes: dict[str, object], code: RefusalCode, params: dict[str, str]
) -> None:
    assert await put(sqlite_world, own_layer(sqlite_world, 1, **changes)) == Refusal(code=code, params=params)
    assert await sqlite_world.services.layers.own(sqlite_world.provider) == ()


@pytest.mark.parametrize(
    ("body", "params"),
    [
        (b"no JSON", {"problem": "malformed", "where": ""}),
        (b'{"provider_id": "p", "version": 0}', {"problem": "malformed", "where": "version"}),
        (b" " * 50_000, {"problem": "too_large", "where": ""}),
    ],
)
async def test_what_is_no_layer_is_refused_with_its_place(
    sqlite_world: World, body: bytes, params: dict[str, str]
) -> None:
    answer = await sqlite_world.services.layers.put(sqlite_world.provider, body)
    assert answer == Refusal(code=RefusalCode.LAYER_INVALID, params=params)


async def test_a_providers_layer_shapes_the_visits_that_begin_after_it_and_no_begun_note(world: World) -> None:
    empty = await world.services.visits.upsert_from_ehr(ehr_visit("Encounter/2"))
    await world.admit()
    await world.write({"hpi": "Begun."})
    await put(world, own_layer(world))
    later = await world.services.visits.upsert_from_ehr(ehr_visit("Encounter/3"))
    other = ehr_visit("Encounter/4", practitioner="Practitioner/2", practitioner_name="Dr. Other")
    others = await world.services.visits.upsert_from_ehr(other)
    section = template_of(world, later).section("hpi")
    assert section is not None
    assert section.shown_heading == "Story"
    for visit_id in (empty, others):
        untouched = template_of(world, visit_id).section("hpi")
        assert untouched is not None
        assert untouched.heading == ""
    # The empty note of the second visit takes the layer at Start; the begun one does not.
    for visit_id, heading in ((empty, "Story"), (world.visit_id, "History of present illness")):
        await world.in_room(AGREE, visit_id=visit_id)
        answer = await world.in_room(StartCapture(), visit_id=visit_id)
        assert isinstance(answer, CommandAccepted), answer
        started = template_of(world, visit_id).section("hpi")
        assert started is not None
        assert started.shown_heading == heading
        await world.in_room(StopCapture(), visit_id=visit_id)


async def test_the_layer_stays_when_the_scribe_changes(world: World) -> None:
    await put(world, own_layer(world))
    visit_id = await world.services.visits.upsert_from_ehr(
        ehr_visit("Encounter/5", scribes=(SCRIBE.id, OTHER_SCRIBE.id))
    )
    for scribe in (SCRIBE, OTHER_SCRIBE):
        await world.admit(scribe, visit_id=visit_id)
        knee = await world.scribe(ChooseTemplate(template_id="orthopedics.knee"), principal=scribe, visit_id=visit_id)
        assert isinstance(knee, CommandAccepted)
        section = template_of(world, visit_id).section("physical_exam")
        assert section is not None
        assert section.normal_exam == ("Heart sounds are quiet.",)
        back = ChooseTemplate(template_id="cardiology.follow_up")
        assert isinstance(await world.scribe(back, principal=scribe, visit_id=visit_id), CommandAccepted)


async def test_the_room_changes_the_template_of_an_unbegun_note_only(world: World) -> None:
    await world.in_room(SetModality(modality=Modality.VIDEO_VISIT))
    assert template_of(world).id == "cardiology.remote"
    await world.admit()
    await world.write({"hpi": "Begun."})
    await world.in_room(SetModality(modality=Modality.IN_PERSON))
    assert template_of(world).id == "cardiology.remote"


async def test_the_gateway_judges_by_its_own_text_and_marks(world: World) -> None:
    await put(world, own_layer(world))
    await world.admit()
    template = template_by_id("cardiology.follow_up")
    assert template is not None
    exam = exam_to_insert(template, "physical_exam")
    assert exam is not None
    document = VisitDocument()
    made: list[bytes] = []
    document.on_update = made.append
    for section, text in COMPLETE.items():
        document.replace(section, 0, 0, text)
    document.replace_marked("physical_exam", 0, 0, exam)
    for data in made:
        assert await world.send(data, document.client_id) is None
    refused = await send(world, document)
    assert isinstance(refused, CommandRefused)
    assert refused.refusal.code is RefusalCode.NOTE_INCOMPLETE
    assert refused.refusal.params["sections"] == "physical_exam"
    assert refused.refusal.params["kinds"] == "unheard_finding"
    # The template's own layer asks for a review of systems: chosen anew, that is missing, too.
    assert isinstance(await world.scribe(ChooseTemplate(template_id="cardiology.consult")), CommandAccepted)
    refused = await send(world, document)
    assert isinstance(refused, CommandRefused)
    assert refused.refusal.params["sections"] == "ros,physical_exam"
    made.clear()
    document.replace("ros", 0, 0, "No fever.")
    document.replace("physical_exam", 0, len(exam.text), "Regular rate.")
    for data in made:
        assert await world.send(data, document.client_id) is None
    assert isinstance(await send(world, document), CommandAccepted)
    late = await world.scribe(ChooseTemplate(template_id="cardiology.follow_up"))
    assert isinstance(late, CommandRefused)
    assert late.refusal.code is RefusalCode.WRONG_STATE
