from datetime import date
from typing import get_args

import pytest
from pydantic import TypeAdapter, ValidationError

from visit.provenance import (
    DESCRIPTION_KEYS,
    AnyProvenance,
    Carried,
    Chart,
    ChatAnswer,
    Description,
    Finding,
    FromTemplate,
    Heard,
    Provenance,
    Question,
    Speaker,
    describe,
    heard,
    reviewed,
)
from visit.time_anchor import TimeAnchor

DAY = date(2026, 3, 1)
DESCRIBED: list[tuple[Provenance, Description]] = [
    (Heard(at_ms=252_000, speaker=Speaker.PATIENT), Description("heard.patient", {"time": "04:12"})),
    (Heard(at_ms=0, speaker=Speaker.PROVIDER), Description("heard.provider", {"time": "00:00"})),
    (Heard(at_ms=0, speaker=Speaker.INTERPRETER), Description("heard.interpreter", {"time": "00:00"})),
    (Heard(at_ms=0, speaker=Speaker.FAMILY), Description("heard.family", {"time": "00:00"})),
    (Heard(at_ms=0, speaker=Speaker.CAREGIVER), Description("heard.caregiver", {"time": "00:00"})),
    (
        Heard(at_ms=3_723_000, speaker=Speaker.FAMILY, relation="mother"),
        Description("heard.family_as", {"time": "1:02:03", "relation": "mother"}),
    ),
    (
        Heard(at_ms=0, speaker=Speaker.CAREGIVER, relation="nurse at home"),
        Description("heard.caregiver_as", {"time": "00:00", "relation": "nurse at home"}),
    ),
    (
        Chart(document_id="d-1", title="Discharge summary", dated=DAY),
        Description("chart", {"title": "Discharge summary", "date": "2026-03-01"}),
    ),
    (ChatAnswer(message_id="m-1"), Description("chat_answer", {"message": "m-1"})),
    (FromTemplate(template_id="t-1"), Description("template", {"template": "t-1"})),
    (Carried(note_id="n-1", dated=DAY), Description("carried", {"date": "2026-03-01"}, open=True)),
    (Carried(note_id="n-1", dated=DAY, reviewed=True), Description("carried.reviewed", {"date": "2026-03-01"})),
    (Finding(macro_id="knee"), Description("finding", {"macro": "knee"}, open=True)),
    (Finding(macro_id="knee", heard_ms=0), Description("finding.heard", {"macro": "knee", "time": "00:00"})),
    (Question(question_id="q-1"), Description("question", {"question": "q-1"}, open=True)),
]


@pytest.mark.parametrize(("provenance", "described"), DESCRIBED)
def test_each_is_described_and_survives_its_json(provenance: Provenance, described: Description) -> None:
    assert describe(provenance) == described
    adapter: TypeAdapter[Provenance] = TypeAdapter(AnyProvenance)
    assert adapter.validate_json(provenance.model_dump_json()) == provenance


def test_no_kind_and_no_key_is_left_out() -> None:
    assert {type(provenance) for provenance, _ in DESCRIBED} == set(get_args(Provenance))
    assert sorted({described.key for _, described in DESCRIBED}) == sorted(DESCRIPTION_KEYS)


def test_a_confirmation_keeps_what_else_is_known() -> None:
    assert heard(Finding(macro_id="knee"), TimeAnchor(61_000)) == Finding(macro_id="knee", heard_ms=61_000)
    carried = Carried(note_id="n-1", dated=DAY)
    assert reviewed(carried) == Carried(note_id="n-1", dated=DAY, reviewed=True)
    assert not carried.reviewed


def test_a_time_before_the_start_is_refused() -> None:
    with pytest.raises(ValidationError):
        Heard(at_ms=-1, speaker=Speaker.PATIENT)
