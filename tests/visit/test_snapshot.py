import hashlib
import json

from visit.canonical import canonical_bytes
from visit.document import VisitDocument
from visit.provenance import FromTemplate
from visit.questions import OpenQuestion
from visit.sections import SECTIONS
from visit.snapshot import NoteSnapshot, as_plain_text, make_snapshot, snapshot_sha256

TEXTS = {"chief_complaint": "Knee pain", "hpi": "Left knee, 3 days. Café 😀", "assessment_and_plan": "Rest."}


def sha(texts: dict[str, str], visit_id: str = "v1") -> str:
    return snapshot_sha256(make_snapshot(visit_id, texts))


def test_the_hash_is_stable_over_releases() -> None:
    # a signature made today is checked in ten years: neither may ever change
    canonical = (
        '{"format":"alcove.note/1","loinc":"11506-3","sections":['
        '{"heading":"Chief complaint","key":"chief_complaint","loinc":"10154-3","text":"Knee pain"},'
        '{"heading":"History of present illness","key":"hpi","loinc":"10164-2","text":"Left knee, 3 days. Café 😀"},'
        '{"heading":"Assessment and plan","key":"assessment_and_plan","loinc":"51847-2","text":"Rest."}'
        '],"visit_id":"v1"}'
    )
    assert canonical_bytes(make_snapshot("v1", TEXTS)) == canonical.encode()
    assert sha(TEXTS) == hashlib.sha256(canonical.encode()).hexdigest()
    assert sha(TEXTS) == "aa49c2e910c0b66831379723ad56531ac0cbbfa84d8c45fcd42822e216e2f88c"


def test_open_questions_count_and_a_note_without_any_is_as_it_was() -> None:
    asked = [OpenQuestion("assessment_and_plan", 5, 7, "q-2"), OpenQuestion("hpi", 2, 4, "q-1")]
    snapshot = make_snapshot("v1", TEXTS, asked)
    canonical = canonical_bytes(snapshot).decode()
    assert canonical.startswith('{"format":"alcove.note/2","loinc":"11506-3","questions":[')
    assert '[{"end":4,"question_id":"q-1","section":"hpi","start":2},{"end":7,"question_id":"q-2"' in canonical
    assert snapshot_sha256(snapshot) == snapshot_sha256(make_snapshot("v1", TEXTS, reversed(asked)))
    others = (OpenQuestion("hpi", 2, 4, "q-3"), OpenQuestion("hpi", 3, 4, "q-1"), OpenQuestion("hpi", 2, 4, None))
    hashes = {snapshot_sha256(make_snapshot("v1", TEXTS, [asked[0], other])) for other in others}
    assert len({sha(TEXTS), snapshot_sha256(snapshot), *hashes}) == 5
    assert snapshot_sha256(make_snapshot("v1", TEXTS, [OpenQuestion("hpi", 2, 4, None)])) == sha(TEXTS)
    assert NoteSnapshot.model_validate_json(snapshot.model_dump_json()) == snapshot
    plain = make_snapshot("v1", TEXTS)
    assert "questions" not in plain.model_dump_json()
    assert NoteSnapshot.model_validate_json(plain.model_dump_json()) == plain


def test_marks_do_not_count() -> None:
    document = VisitDocument()
    document.replace("hpi", 0, 0, "Pain ??")
    before = sha(document.texts())
    document.add_mark("hpi", 0, 4, FromTemplate(template_id="t"))
    assert sha(document.texts()) == before


def test_the_canonical_form_is_that_of_rfc_8785() -> None:
    data = canonical_bytes(make_snapshot("v1", TEXTS))
    plain = json.loads(data)
    assert data == json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    assert [section["key"] for section in plain["sections"]] == ["chief_complaint", "hpi", "assessment_and_plan"]
    assert {section["loinc"] for section in plain["sections"]} == {"10154-3", "10164-2", "51847-2"}


def test_the_order_of_the_mapping_does_not_count() -> None:
    assert sha(dict(reversed(TEXTS.items()))) == sha(TEXTS)


def test_empty_sections_and_trailing_white_space_do_not_count() -> None:
    assert sha({**TEXTS, "ros": "", "vital_signs": " \n\t"}) == sha(TEXTS)
    assert sha({**TEXTS, "hpi": TEXTS["hpi"] + " \n"}) == sha(TEXTS)
    assert sha({**TEXTS, "nowhere": "x"}) == sha(TEXTS)


def test_everything_else_counts() -> None:
    other = [
        sha(TEXTS, "v2"),
        sha({**TEXTS, "hpi": " " + TEXTS["hpi"]}),
        sha({**TEXTS, "hpi": TEXTS["hpi"].replace("3", "4")}),
        sha({**TEXTS, "hpi": TEXTS["hpi"].replace("é", "e\u0301")}),
        sha({"chief_complaint": TEXTS["hpi"], "hpi": TEXTS["chief_complaint"]}),
        sha({**TEXTS, "ros": "Negative."}),
    ]
    assert len({sha(TEXTS), *other}) == 7


def test_the_plain_text_has_headings_and_ends_with_the_attestation() -> None:
    text = as_plain_text(make_snapshot("v1", TEXTS), "Signed.")
    assert text == (
        "CHIEF COMPLAINT\nKnee pain\n\nHISTORY OF PRESENT ILLNESS\nLeft knee, 3 days. Café 😀\n\n"
        "ASSESSMENT AND PLAN\nRest.\n\nSigned.\n"
    )


def test_every_section_with_text_is_in_it_in_catalogue_order() -> None:
    texts = {section.key: f"Words of {section.key}." for section in reversed(SECTIONS)}
    made = make_snapshot("v1", texts)
    assert [section.key for section in made.sections] == [section.key for section in SECTIONS]
    text = as_plain_text(made, "Signed.")
    assert all(f"{section.heading.upper()}\nWords of {section.key}.\n" in text for section in SECTIONS)
