"""The scripted visit as typed values: who says what at which second, and what scribe and provider do."""

from functools import cache
from pathlib import Path
from typing import Literal

from wire.base import Model
from wire.orders import Collection, Priority
from wire.record import ConsentBy, ConsentDecision, ConsentHow
from wire.visits import Coding

SCRIPT = Path(__file__).parent / "data" / "script.json"


class SpokenLine(Model):
    """One line that is voiced, `at` seconds after the start."""

    at: float
    speaker: Literal["provider", "patient"]
    text: str


class NoteLine(Model):
    """What the scribe writes into a section, from second `at` on."""

    at: float
    section: str
    text: str


class Change(Model):
    """Words of a section that are replaced by others."""

    section: str
    find: str
    replace: str


class ScriptedQuestion(Model):
    """A question of the scribe; `then` is what the scribe changes once it is answered."""

    at: float
    key: str
    section: str
    text: str
    quick_replies: tuple[str, ...]
    then: Change


class ScriptedOrder(Model):
    """A laboratory order that the scribe pends; `test` is its LOINC code."""

    at: float
    key: str
    test: str
    reason: Coding
    priority: Priority
    collection: Collection
    instructions: str
    heard_at: str


class ScriptedConsent(Model):
    """What the patient decides, as the room records it."""

    decision: ConsentDecision
    by: ConsentBy
    how: ConsentHow


class Answer(Model):
    """The provider's answer to the question with this key."""

    question: str
    text: str


class ScribePart(Model):
    """Everything that the demo's scribe does."""

    username: str
    note: tuple[NoteLine, ...]
    questions: tuple[ScriptedQuestion, ...]
    orders: tuple[ScriptedOrder, ...]


class ProviderPart(Model):
    """Everything that the demo's provider does; `signs` names orders by key."""

    username: str
    consent: ScriptedConsent
    answers: tuple[Answer, ...]
    edits: tuple[Change, ...]
    signs: tuple[str, ...]


class Script(Model):
    """The whole visit; `encounter` is the FHIR id of its Encounter, `seconds` how long it is voiced."""

    synthetic: str
    encounter: str
    seconds: float
    lines: tuple[SpokenLine, ...]
    scribe: ScribePart
    provider: ProviderPart


@cache
def load_script() -> Script:
    """The demo's scripted visit."""
    return Script.model_validate_json(SCRIPT.read_text())
