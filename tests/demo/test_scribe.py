"""The hand that works the desktop finds a section in the text of the whole note."""

from demo.scribe import section_begin, section_of
from visit.sections import SECTIONS


def test_each_section_is_found_between_its_heading_and_the_next() -> None:
    texts = {section.key: f"{section.heading} is\nnamed" for section in SECTIONS} | {SECTIONS[2].key: ""}
    whole = "\n".join(f"{section.heading}\n{texts[section.key]}" for section in SECTIONS)
    assert {section.key: section_of(whole, section.key) for section in SECTIONS} == texts
    for section in SECTIONS:
        assert whole[section_begin(whole, section.key) :].startswith(texts[section.key])
