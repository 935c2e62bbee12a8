"""Questions in the note: asked with their place, answered exactly once on the laptop that asked, over restarts."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from desktop.workflows.note_questions import answered_while_sent
from desktop.workflows.open_visit import OpenVisit
from desktop.workflows.stored_visit import read_stored
from tests.desktop.workflows.doubles import MemoryVault, RememberingScreen, SteppedJobs
from visit.answering import Outcome
from visit.document import VisitDocument
from visit.guard import CheckedUpdate
from visit.provenance import ChatAnswer
from visit.questions import Gap
from visit.record import cited
from wire.live import DocumentUpdated, RecordEntries
from wire.people import Author, Role
from wire.record import (
    Fact,
    NoteReturned,
    NoteSent,
    NoteSigned,
    QuestionAnswered,
    QuestionAsked,
    QuestionWithdrawn,
    RecordEntry,
    VisitFrozen,
)
from wire.refusals import Refusal, RefusalCode
from wire.urgent import UrgentKind

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
PROVIDER = Author(role=Role.PROVIDER, id="p-okafor", name="Dr. A. Okafor")
SCRIBE = Author(role=Role.SCRIBE, id="p-santos", name="J. Santos")
SHA = "1" * 64
TEXT = "Effusion of the ?? knee. Took [inaudible 04:12] daily."


def in_words(gap: Gap) -> tuple[str, tuple[str, ...]]:
    return f"Q: {gap.sentence}", ()


@dataclass
class Laptop:
    """One laptop with its vault; `record` is what the gateway says to it."""

    vault: MemoryVault = field(default_factory=MemoryVault)
    entries: list[RecordEntry] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.open()

    def open(self) -> None:
        """Start the program: all that is known is in the vault."""
        self.jobs = SteppedJobs(self.vault)
        self.screen = RememberingScreen()
        self.visit = OpenVisit(self.jobs, self.screen, read_stored(self.vault, "v1"))
        self.jobs.run()

    def record(self, fact: Fact, author: Author = PROVIDER) -> None:
        seq = len(self.entries) + 1
        entry = RecordEntry(visit_id="v1", seq=seq, at=NOW + timedelta(seconds=seq), author=author, fact=fact)
        self.entries.append(entry)
        self.hear(entry)

    def hear(self, *entries: RecordEntry) -> None:
        self.visit.take_record(RecordEntries(visit_id="v1", entries=entries))
        self.jobs.advance(1.0)

    def asked(self) -> list[dict[str, Any]]:
        self.jobs.run()
        commands = [dict(json.loads(row.command_json)["command"]) for row in self.vault.outbox]
        return [command for command in commands if command["type"] == "ask_question"]

    def ask(self) -> str:
        """Ask about the first gap; the gateway takes it."""
        (first, *_) = self.visit.questions.unasked()
        question_id = self.visit.questions.ask_about(first, "Which knee?", ("left", "right"))
        self.record(QuestionAsked(question_id=question_id, text="Which knee?", section="hpi"), SCRIBE)
        for row in list(self.vault.outbox):
            self.visit.command_answered(row.command_id, None)
        self.jobs.run()
        return question_id

    @property
    def hpi(self) -> str:
        return self.visit.document.text("hpi")


@pytest.fixture
def laptop() -> Laptop:
    made = Laptop()
    made.visit.edit("hpi", 0, 0, TEXT)
    made.jobs.run()
    return made


def test_a_question_is_asked_with_its_place(laptop: Laptop) -> None:
    assert [one.gap.token for one in laptop.visit.questions.unasked()] == ["??", "[inaudible 04:12]"]
    first = laptop.visit.questions.unasked()[0]
    question_id = laptop.visit.questions.ask_about(first, "Which knee?", ("left", "right"))
    assert laptop.asked() == [
        {
            "type": "ask_question",
            "question_id": question_id,
            "text": "Which knee?",
            "quick_replies": ["left", "right"],
            "section": "hpi",
        }
    ]
    assert [one.question_id for one in laptop.visit.questions.open()] == [question_id, None]
    assert [one.gap.token for one in laptop.visit.questions.unasked()] == ["[inaudible 04:12]"]


def test_the_place_is_found_again_when_others_wrote_meanwhile(laptop: Laptop) -> None:
    first = laptop.visit.questions.unasked()[0]
    laptop.visit.edit("hpi", 0, 0, "😀 Seen today. ")
    laptop.visit.questions.ask_about(first, "Which knee?", ())
    assert [one.gap.token for one in laptop.visit.questions.unasked()] == ["[inaudible 04:12]"]


def test_an_answer_goes_in_once_and_the_screen_is_told(laptop: Laptop) -> None:
    question_id = laptop.ask()
    laptop.screen.changes.clear()
    laptop.record(QuestionAnswered(question_id=question_id, text="left"))
    assert laptop.hpi == TEXT.replace("??", "left")
    assert [(c.start, c.removed, c.inserted) for c in laptop.screen.changes] == [(16, 2, ""), (16, 0, "left")]
    marks = [mark.provenance for mark in laptop.visit.document.marks("hpi")]
    assert marks == [ChatAnswer(message_id=cited(2), question_id=question_id)]
    laptop.visit.questions.settle()
    assert laptop.hpi == TEXT.replace("??", "left")
    assert laptop.visit.questions.undecided() == {}


def test_an_answer_that_came_before_the_program_ended_goes_in_at_the_next_start(laptop: Laptop) -> None:
    question_id = laptop.ask()
    rows = list(laptop.vault.rows)
    laptop.record(QuestionAnswered(question_id=question_id, text="left"))
    laptop.vault.rows = rows  # the program ended before the words were kept, not before the record was
    laptop.open()
    assert laptop.hpi == TEXT.replace("??", "left")
    laptop.open()
    assert laptop.hpi == TEXT.replace("??", "left")
    laptop.hear(*laptop.entries)
    assert laptop.hpi == TEXT.replace("??", "left")


def test_an_answer_that_came_while_the_laptop_was_away_goes_in_when_it_is_back(laptop: Laptop) -> None:
    question_id = laptop.ask()
    laptop.open()
    laptop.record(QuestionAnswered(question_id=question_id, text="left"))
    assert laptop.hpi == TEXT.replace("??", "left")


def test_another_laptop_leaves_it_to_the_one_that_asked(laptop: Laptop) -> None:
    question_id = laptop.ask()
    other = Laptop()
    update = laptop.visit.document.update_since()
    other.visit.take_update(DocumentUpdated(visit_id="v1", author=SCRIBE, update=update))
    answer = QuestionAnswered(question_id=question_id, text="left")
    other.record(QuestionAsked(question_id=question_id, text="Which knee?", section="hpi"), SCRIBE)
    other.record(answer)
    assert other.hpi == TEXT
    assert other.visit.questions.undecided() == {question_id: Outcome.FILLED}
    laptop.record(answer)
    merged = VisitDocument()
    for one in (laptop, other):
        merged.apply(CheckedUpdate(one.visit.document.update_since(), frozenset()), "x")
    assert merged.text("hpi") == TEXT.replace("??", "left")
    other.visit.questions.put(question_id)
    assert other.hpi == TEXT.replace("??", "left")


def test_an_undone_answer_stays_undone_until_the_scribe_wants_it(laptop: Laptop) -> None:
    question_id = laptop.ask()
    laptop.open()  # what was typed before is no step of this run's undo
    laptop.record(QuestionAnswered(question_id=question_id, text="left"))
    assert laptop.visit.document.undo()
    assert laptop.hpi == TEXT
    laptop.visit.questions.settle()
    assert laptop.hpi == TEXT
    assert laptop.visit.questions.undecided() == {question_id: Outcome.FILLED}


def test_a_changed_answer_replaces_untouched_words_and_asks_about_touched_ones(laptop: Laptop) -> None:
    question_id = laptop.ask()
    for text in ("left side", "right side"):
        laptop.record(QuestionAnswered(question_id=question_id, text=text))
        assert laptop.hpi == TEXT.replace("??", text)
    laptop.visit.edit("hpi", 16, 21, "RIGHT")
    laptop.record(QuestionAnswered(question_id=question_id, text="both"))
    assert "RIGHT side" in laptop.hpi
    assert laptop.visit.questions.undecided() == {question_id: Outcome.TOUCHED}
    assert laptop.visit.questions.place(question_id) == ("hpi", 21, 26)
    laptop.visit.questions.put(question_id)
    assert "RIGHT side" in laptop.hpi
    laptop.visit.questions.keep_own(question_id)
    assert laptop.visit.questions.undecided() == {}
    laptop.record(QuestionAnswered(question_id=question_id, text="neither"))
    assert laptop.visit.questions.undecided() == {question_id: Outcome.TOUCHED}


def test_a_question_that_was_taken_back_leaves_its_gap_to_the_scribe(laptop: Laptop) -> None:
    question_id = laptop.ask()
    laptop.record(QuestionWithdrawn(question_id=question_id), SCRIBE)
    assert laptop.hpi == TEXT
    assert [one.question_id for one in laptop.visit.questions.open()] == [None, None]
    assert len(laptop.visit.questions.unasked()) == 2
    again = laptop.ask()
    laptop.record(QuestionAnswered(question_id=again, text="left"))
    assert laptop.hpi == TEXT.replace("??", "left")


def test_what_the_provider_answers_in_a_sent_note_the_gateway_puts_in(laptop: Laptop) -> None:
    question_id = laptop.ask()
    laptop.record(NoteSent(version=1, sha256=SHA), SCRIBE)
    laptop.record(QuestionAnswered(question_id=question_id, text="left"))
    assert laptop.hpi == TEXT
    assert answered_while_sent(laptop.visit.entries) == {3}
    laptop.record(NoteReturned(version=1, comment="Which side?"))
    laptop.record(QuestionAnswered(question_id=question_id, text="right"))
    assert laptop.hpi == TEXT.replace("??", "right")


def test_an_answer_while_the_note_is_on_its_way_waits_for_the_gateways_word(laptop: Laptop) -> None:
    question_id = laptop.ask()
    laptop.visit.send_note()
    laptop.jobs.run()
    laptop.record(QuestionAnswered(question_id=question_id, text="left"))
    assert laptop.hpi == TEXT
    laptop.visit.command_answered(laptop.vault.outbox[-1].command_id, Refusal(code=RefusalCode.SERVER_LACKS_EDITS))
    assert laptop.hpi == TEXT.replace("??", "left")


@pytest.mark.parametrize("closing", [NoteSigned(version=1, sha256=SHA, auth_time=NOW), VisitFrozen(reason="Other")])
def test_nothing_is_put_into_a_closed_note(laptop: Laptop, closing: Fact) -> None:
    question_id = laptop.ask()
    laptop.record(closing)
    laptop.record(QuestionAnswered(question_id=question_id, text="left"))
    assert laptop.hpi == TEXT
    assert laptop.visit.questions.undecided() == {}


def test_what_nobody_asked_is_asked_before_the_note_goes(laptop: Laptop) -> None:
    laptop.ask()
    assert laptop.visit.questions.ask_all(in_words) == 1
    assert [command["text"] for command in laptop.asked()] == ["Q: Took [inaudible 04:12] daily."]
    assert laptop.visit.questions.unasked() == []
    assert laptop.visit.questions.ask_all(in_words) == 0
    assert all(one.question_id for one in laptop.visit.questions.open())


def test_a_question_that_the_gateway_did_not_take_was_not_asked(laptop: Laptop) -> None:
    first = laptop.visit.questions.unasked()[0]
    laptop.visit.questions.ask_about(first, "Which knee?", ())
    laptop.jobs.run()
    (row,) = laptop.vault.outbox
    laptop.visit.command_answered(row.command_id, Refusal(code=RefusalCode.WRONG_STATE))
    assert len(laptop.visit.questions.unasked()) == 2
    laptop.visit.questions.ask_about(laptop.visit.questions.unasked()[0], "Which knee?", ())
    assert len(laptop.visit.questions.unasked()) == 1


def test_telling_the_provider_waits_for_the_gateway(laptop: Laptop) -> None:
    laptop.visit.tell_provider(UrgentKind.CRITICAL_VALUE, "Potassium 6.8")
    laptop.jobs.run()
    (row,) = laptop.vault.outbox
    command = json.loads(row.command_json)["command"]
    assert (command["type"], command["kind"], command["text"]) == ("tell_provider", "critical_value", "Potassium 6.8")
    assert laptop.visit.waiting_for_gateway >= 1
