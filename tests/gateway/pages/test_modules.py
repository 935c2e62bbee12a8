"""The page's pure modules, run in the browser against what Python says of the same input."""

from dataclasses import asdict
from typing import Any

import pytest
from playwright.async_api import Page
from pydantic import TypeAdapter

from tests.gateway.pages import scenes
from tests.gateway.pages.conftest import Browsing
from tests.gateway.test_letters import send_letter, sign
from tests.gateway.world import COMPLETE, World
from visit.canonical import canonical_sha256
from visit.readiness import unfilled
from visit.record import VisitRecord
from visit.snapshot import make_snapshot, snapshot_sha256
from wire.capture import Curtain, Lost, Modality
from wire.commands import (
    AddAddendum,
    AnswerQuestion,
    AnswerUrgent,
    ConfirmUrgent,
    DeclineOrder,
    LeaveOutQuestion,
    MarkChatSeen,
    MarkMoment,
    MarkWrongPatient,
    OpenNote,
    RecallNote,
    ReportGap,
    ReportListening,
    ReportTalk,
    ReturnLetter,
    ReturnNote,
    SetCurtain,
    SetModality,
    SignNote,
    SignOrder,
    TellProvider,
    UnfreezeVisit,
    WithdrawLetter,
    WithdrawQuestion,
)
from wire.record import RecordEntry
from wire.urgent import UrgentKind
from wire.visits import Moment

pytestmark = pytest.mark.anyio


@pytest.fixture
async def page(browsing: Browsing) -> Page:
    return await browsing.open("/page/")


async def call(page: Page, module: str, expression: str, argument: object = None) -> Any:  # noqa: ANN401
    """Evaluate an expression over a module `m` and an argument `a`."""
    script = f"async (a) => {{ const m = await import('/static/{module}'); return {expression}; }}"
    return await page.evaluate(script, argument)


async def a_full_visit(world: World) -> None:
    """Everything that a record can hold, through the gateway's own rules."""
    scenes.accepted(await world.in_room(SetModality(modality=Modality.VIDEO_VISIT)))
    admission_id = await scenes.listen(world)
    for curtain in (Curtain.ALL_OFF, Curtain.OPEN, Curtain.PICTURE_OFF):
        scenes.accepted(await world.in_room(SetCurtain(curtain=curtain, at=world.clock())))
    scenes.accepted(await world.provide(MarkMoment(moment=Moment.PROVIDER_IN)))
    await scenes.say(world, "Good morning")
    question_id = await scenes.ask(world, "Which knee?")
    await scenes.ask(world, "Since when?", ())
    withdrawn = await scenes.ask(world, "Never mind?")
    scenes.accepted(await world.scribe(WithdrawQuestion(question_id=withdrawn)))
    scenes.accepted(await world.provide(AnswerQuestion(question_id=question_id, text="Left")))
    scenes.accepted(await world.provide(AnswerQuestion(question_id=question_id, text="Right")))
    scenes.accepted(await world.provide(MarkChatSeen(up_to_seq=4)))
    for urgent_id in ("u1", "u2"):
        scenes.accepted(await world.scribe(TellProvider(urgent_id=urgent_id, kind=UrgentKind.ABUSE)))
    scenes.accepted(await world.provide(ConfirmUrgent(urgent_id="u1", seen=False)))
    scenes.accepted(await world.provide(AnswerUrgent(urgent_id="u1", text="I know already")))
    signed, declined = await scenes.pend(world), await scenes.pend(world)
    await scenes.pend(world)
    command = SignOrder(order_id=signed.order_id, version=1, sha256=scenes.order_hash(signed))
    scenes.accepted(await world.provide(command))
    scenes.accepted(await world.provide(DeclineOrder(order_id=declined.order_id, version=1, reason="Not needed")))
    await letters(world)
    for speaking in (True, False, True):
        scenes.accepted(await world.scribe(ReportTalk(admission_id=admission_id, speaking=speaking)))
    start = world.clock()
    world.clock.advance(90)
    gap = ReportGap(
        gap_id="g1", admission_id=admission_id, start=start, end=world.clock(), lost=Lost.BOTH, reason="silent"
    )
    scenes.accepted(await world.scribe(gap))
    scenes.accepted(await world.scribe(ReportListening(admission_id=admission_id, hears=False, reason="left")))
    scenes.accepted(await world.provide(MarkMoment(moment=Moment.PROVIDER_OUT)))
    # a visit by video may not lack how it was held
    writer = await scenes.Writer.begin(world, COMPLETE | {"visit_details": "By video."})
    await writer.send_note()
    note = await world.services.documents.opened(world.visit_id)
    scenes.accepted(await world.scribe(RecallNote(version=note.version)))
    await writer.send_note(again=True)
    scenes.accepted(await world.provide(OpenNote(version=note.version)))
    scenes.accepted(await world.provide(ReturnNote(version=note.version, comment="Say since when")))
    await writer.write("hpi", 0, 0, "Since spring. ")
    await writer.write("hpi", 0, 0, "Since ?? weeks. ")
    left_out = await writer.ask("hpi", "Since how long?")
    await writer.send_note(again=True)
    scenes.accepted(await world.provide(LeaveOutQuestion(question_id=left_out, version=note.version)))
    world.auth_time = world.clock()
    shown = note.note_text()
    scenes.accepted(await world.provide(SignNote(version=shown.version, sha256=shown.sha256)))
    addendum = AddAddendum(number=1, text="The left knee.", signed_sha256=shown.sha256)
    scenes.accepted(await world.provide(addendum))
    scenes.accepted(await world.provide(MarkWrongPatient(reason="Another Okafor")))
    scenes.accepted(await world.provide(UnfreezeVisit(reason="It is her after all")))


async def letters(world: World) -> None:
    """One returned, changed and signed; one withdrawn; one that waits."""
    await send_letter(world)
    back = ReturnLetter(letter_id="letter-1", version=1, comment="Until Friday?")
    scenes.accepted(await world.provide(back))
    scenes.accepted(await world.provide(sign(await send_letter(world, version=2))))
    await send_letter(world, letter_id="letter-2")
    scenes.accepted(await world.scribe(WithdrawLetter(letter_id="letter-2", expected_version=1)))
    await send_letter(world, letter_id="letter-3")


async def test_the_page_folds_a_record_as_python_does(page: Page, world: World) -> None:
    await a_full_visit(world)
    entries = tuple(world.services.ledger.loaded(world.visit_id).entries)
    wired = TypeAdapter(tuple[RecordEntry, ...]).dump_python(entries, mode="json")
    assert len({entry["fact"]["type"] for entry in wired}) >= 18
    script = "a[1].reduce((r, e) => (m.apply_entry(r, e), r), m.new_record(a[0]))"
    ours = await call(page, "shared/record.js", script, [world.visit_id, wired])
    record = VisitRecord(world.visit_id)
    for entry in entries:
        record.apply(entry)
    python = TypeAdapter(VisitRecord).dump_python(record, mode="json")
    same = set(asdict(record)) - {"heard_seconds", "orders", "chat"}
    assert {name: ours[name] for name in same} == {name: python[name] for name in same}
    assert ours["chat"] == python["chat"]
    for order_id, line in python["orders"].items():
        assert {name: ours["orders"][order_id][name] for name in line} == line


async def test_hashes_are_those_of_python(page: Page, world: World) -> None:
    await world.admit()
    letter = await send_letter(world)
    ours = await call(page, "shared/jose.js", "await m.canonical_sha256(a)", letter.model_dump(mode="json"))
    assert ours == world.record.letters["letter-1"].sha256
    order = scenes.lab_order('Ünïcode µ 😀 \u2028 "quoted" \\')
    ours = await call(page, "shared/jose.js", "await m.canonical_sha256(a)", order.model_dump(mode="json"))
    assert ours == canonical_sha256(order)
    await scenes.listen(world)
    texts = COMPLETE | {"hpi": "Trailing \x1c\x85\u3000\n", "ros": " \t\n", "vital_signs": "\ufeff"}
    document = await world.write(texts)
    note = await world.services.documents.opened(world.visit_id)
    shown = note.note_text().model_dump(mode="json")
    ours = await call(page, "provider/snapshot.js", "await m.snapshot_sha256(a)", shown)
    assert ours == shown["sha256"] == snapshot_sha256(make_snapshot(world.visit_id, texts))
    writer = scenes.Writer(world, document)
    await writer.write("assessment_and_plan", 0, 0, "😀 ?? daily. ")
    await writer.write("hpi", 0, 0, "[inaudible 04:12] and ??. ")
    for section in ("assessment_and_plan", "hpi", "hpi"):
        await writer.ask(section, "What?")
    shown = note.note_text().model_dump(mode="json")
    assert [(one["section"], one["start"]) for one in shown["questions"]] == [
        ("hpi", 0), ("hpi", 22), ("assessment_and_plan", 3),
    ]  # fmt: skip
    ours = await call(page, "provider/snapshot.js", "await m.snapshot_sha256(a)", shown)
    assert ours == shown["sha256"] == snapshot_sha256(note.snapshot())


OPEN_TEXTS = [
    "", "***", "** *", "****** ***", "{a|b}", "{?a|b}", "{+a|b}{?+a|b}{+?a|b}", "{a}", "{|}", "{ | }", "{=|=}", "{a|}",
    r"\{a|b}", r"{a\|b}", r"{a\|b|c}", r"{a\}b|c}", r"\\{a|b}", "{a\n|b}", "{a|{b|c}}", "{a|b}}{", "{{{a|b}", "a|b",
    "{😀|b} *** {?x|y}", "{\u00a0|\x1c|\u3000}", "{a|\ufeff}", "\\***", "{***|b}", "{?|}", "{+}", "{?+}", "{=a|b}",
]  # fmt: skip


async def test_blanks_and_lists_are_counted_as_python_counts_them(page: Page) -> None:
    ours = await call(page, "provider/blanks.js", "a.map((text) => m.count_unfilled(text))", OPEN_TEXTS)
    assert dict(zip(OPEN_TEXTS, ours, strict=True)) == {text: len(unfilled(text)) for text in OPEN_TEXTS}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "a"),
        ("aaa", "aa"),
        ("abab", "ababab"),
        ("left leg", "right leg"),
        ("a😀b", "a😁b"),
        ("😀😀", "😀"),
        ("𝒜𝒜", "𝒜𝒞𝒜"),
        ("same", "same"),
    ],
)
async def test_the_smallest_edit_makes_the_text_and_splits_no_character(page: Page, before: str, after: str) -> None:
    edit = await call(page, "provider/diff.js", "m.smallest_edit(a[0], a[1])", [before, after])
    if before == after:
        assert edit is None
        return
    units = before.encode("utf-16-le")
    made = units[: edit["start"] * 2] + edit["text"].encode("utf-16-le") + units[edit["end"] * 2 :]
    assert made.decode("utf-16-le") == after  # a split pair would not decode
    units[: edit["start"] * 2].decode("utf-16-le")
    units[edit["end"] * 2 :].decode("utf-16-le")


SYNC = """(() => {
  const s = new m.SectionSync(a.text, 1);
  const log = [];
  for (const [step, ...values] of a.steps) {
    if (step === "type") s.set_local(values[0]);
    if (step === "send") { const e = s.next_edit(); log.push(e); if (e) s.sent("c", e); }
    if (step === "accepted") s.accepted();
    if (step === "changed") s.changed_meanwhile();
    if (step === "closed") s.given_up();
    if (step === "take") s.take_text(values[0], values[1]);
  }
  return { local: s.local, shadow: s.shadow, kept: s.kept, base: s.base_version, log };
})()"""


async def sync(page: Page, text: str, *steps: tuple[Any, ...]) -> Any:  # noqa: ANN401
    return await call(page, "provider/section_sync.js", SYNC, {"text": text, "steps": steps})


async def test_typed_words_survive_a_change_elsewhere_in_the_section(page: Page) -> None:
    end = await sync(
        page,
        "left leg swollen",
        ("type", "left leg very swollen"),
        ("send",),
        ("take", "The left leg swollen", 2),
        ("changed",),
        ("send",),
        ("accepted",),
    )
    assert end["local"] == end["shadow"] == "The left leg very swollen"
    assert (end["base"], end["kept"]) == (2, "")
    assert end["log"][1]["start"] == end["log"][0]["start"] + 4


async def test_typed_words_are_kept_aside_when_the_same_words_changed(page: Page) -> None:
    end = await sync(
        page,
        "left leg swollen",
        ("type", "right leg swollen"),
        ("send",),
        ("changed",),
        ("send",),
        ("take", "both legs swollen", 3),
        ("send",),
    )
    assert end["local"] == "both legs swollen"
    assert end["kept"] == "righ"  # the smallest edit: `left` became `right`, the t stayed
    assert end["log"][1:] == [None, None]


async def test_text_older_than_an_accepted_edit_does_not_undo_it(page: Page) -> None:
    end = await sync(
        page, "leg", ("type", "left leg"), ("send",), ("take", "leg", 5), ("accepted",), ("take", "left leg", 6)
    )
    assert (end["local"], end["shadow"], end["base"]) == ("left leg", "left leg", 6)


async def test_long_text_goes_in_parts_of_whole_characters(page: Page) -> None:
    long = "a" + "😀" * 3000
    end = await sync(page, "", ("type", long), ("send",), ("accepted",), ("send",), ("accepted",), ("send",))
    parts = [edit["text"] for edit in end["log"] if edit]
    assert "".join(parts) == long
    assert all(len(part.encode("utf-16-le")) // 2 <= 4000 for part in parts)
    assert end["log"][2] is None


async def test_a_closed_note_keeps_the_words(page: Page) -> None:
    end = await sync(page, "done", ("type", "done twice"), ("send",), ("closed",))
    assert (end["local"], end["kept"]) == ("done", " twice")


@pytest.mark.parametrize(
    ("paragraphs", "text", "expected"),
    [
        (["Ice, 20 minutes.", "", "Rest."], "\nIce, 20 minutes.\n\nRest.  ", []),
        (["Ice, 20 minutes."], "Ice, 10 minutes.", ["Instructions"]),
        (["Ice, 20 minutes."], "", ["Instructions"]),
    ],
)
async def test_a_letter_says_where_the_note_has_other_words(
    page: Page, paragraphs: list[str], text: str, expected: list[str]
) -> None:
    blocks = [{"heading": "Patient", "paragraphs": ["A"]}, {"heading": "Instructions", "paragraphs": paragraphs}]
    sections = [{"heading": "Instructions", "text": text}]
    found = await call(page, "provider/paper.js", "m.other_words(a[0], a[1])", [{"blocks": blocks}, sections])
    assert found == expected
