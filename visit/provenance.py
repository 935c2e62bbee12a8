"""Where a statement in the note comes from, and what still has to be confirmed of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from visit.time_anchor import TimeAnchor
from wire.base import Count, Id, Line, Model


class Speaker(StrEnum):
    """Who said it in the room."""

    PATIENT = "patient"
    PROVIDER = "provider"
    FAMILY = "family"
    CAREGIVER = "caregiver"
    INTERPRETER = "interpreter"


class Heard(Model):
    """Heard in the room, so many milliseconds after the first Start."""

    kind: Literal["heard"] = "heard"
    at_ms: Count
    speaker: Speaker
    relation: Line = ""
    """Of family or a caregiver to the patient, as it was said (`mother`)."""


class Chart(Model):
    """Read in the practice's chart."""

    kind: Literal["chart"] = "chart"
    document_id: Id
    title: Line
    dated: date


class ChatAnswer(Model):
    """What the provider answered in the chat, to a question where there was one."""

    kind: Literal["chat_answer"] = "chat_answer"
    message_id: Id
    question_id: Id | None = None


class FromTemplate(Model):
    """Words of a template, which say nothing of this patient."""

    kind: Literal["template"] = "template"
    template_id: Id


class Carried(Model):
    """Pulled forward from an earlier note of that date."""

    kind: Literal["carried"] = "carried"
    note_id: Id
    dated: date
    reviewed: bool = False
    """Confirmed as it stands. Text that was edited needs no confirmation (`visit.marks.PlacedMark.edited`)."""


class Finding(Model):
    """A finding of a normal-exam macro: not yet heard until it has the time at which the provider said so."""

    kind: Literal["finding"] = "finding"
    macro_id: Id
    heard_ms: Count | None = None


class Question(Model):
    """No source: here stands what the provider was asked, by the id that the record knows the question by."""

    kind: Literal["question"] = "question"
    question_id: Id


Provenance = Heard | Chart | ChatAnswer | FromTemplate | Carried | Finding | Question
AnyProvenance = Annotated[Provenance, Field(discriminator="kind")]


@dataclass(frozen=True, slots=True)
class Description:
    """What words are made of: the sentence's key, its values, and whether something is still to be done."""

    key: str
    values: Mapping[str, str] = field(default_factory=dict)
    open: bool = False


DESCRIPTION_KEYS = (
    *(f"heard.{speaker}" for speaker in Speaker),
    "heard.family_as",
    "heard.caregiver_as",
    "chart",
    "chat_answer",
    "template",
    "carried",
    "carried.reviewed",
    "finding",
    "finding.heard",
    "question",
)
"""Every key that `describe` gives, for whoever words them."""


def describe(provenance: Provenance) -> Description:
    """The values for a sentence about it: times as `04:12`, dates as ISO 8601."""
    match provenance:
        case Heard(at_ms=at_ms, speaker=speaker, relation=relation):
            related = relation and speaker in (Speaker.FAMILY, Speaker.CAREGIVER)
            values = {"time": str(TimeAnchor(at_ms))} | ({"relation": relation} if related else {})
            return Description(f"heard.{speaker}_as" if related else f"heard.{speaker}", values)
        case Chart(title=title, dated=dated):
            return Description("chart", {"title": title, "date": dated.isoformat()})
        case ChatAnswer(message_id=message_id):
            return Description("chat_answer", {"message": message_id})
        case FromTemplate(template_id=template_id):
            return Description("template", {"template": template_id})
        case Carried(dated=dated, reviewed=reviewed):
            values = {"date": dated.isoformat()}
            return Description("carried.reviewed" if reviewed else "carried", values, open=not reviewed)
        case Finding(heard_ms=None, macro_id=macro_id):
            return Description("finding", {"macro": macro_id}, open=True)
        case Finding(heard_ms=int(heard_ms), macro_id=macro_id):
            return Description("finding.heard", {"macro": macro_id, "time": str(TimeAnchor(heard_ms))})
        case Question(question_id=question_id):
            return Description("question", {"question": question_id}, open=True)
    raise ValueError(provenance)


def heard(finding: Finding, at: TimeAnchor) -> Finding:
    """The finding, confirmed: the provider said so at that time."""
    return finding.model_copy(update={"heard_ms": at.ms})


def reviewed(carried: Carried) -> Carried:
    """The carried text, confirmed as it stands."""
    return carried.model_copy(update={"reviewed": True})
