"""FHIR's names, concepts and allergies as the short texts of the patient banner."""

from collections.abc import Iterable

from fhir.resources.R4B.allergyintolerance import AllergyIntolerance
from fhir.resources.R4B.codeableconcept import CodeableConcept
from fhir.resources.R4B.condition import Condition
from fhir.resources.R4B.humanname import HumanName
from fhir.resources.R4B.identifier import Identifier

from gateway.ehr.codes import ICD10CM, IDENTIFIER_TYPE, MEDICAL_RECORD_NUMBER
from wire.visits import Coding

MOST_LINE = 300
MOST_NAME = 200
MRN_TAIL = 4
_NOT_REAL = frozenset({"entered-in-error", "refuted"})


def clipped(text: str, most: int = MOST_LINE) -> str:
    """The text in one line of at most so many characters; a cut shows as an ellipsis."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def patient_name(names: Iterable[HumanName] | None) -> str:
    """`Rivera, Ana M`, from the official name if there is one; empty when nobody is named."""
    name = _best_name(names)
    if name is None:
        return ""
    given = " ".join(str(each) for each in name.given or ())
    parts = [part for part in (str(name.family or ""), given) if part]
    return clipped(", ".join(parts) or str(name.text or ""), MOST_NAME)


def practitioner_name(names: Iterable[HumanName] | None) -> str:
    """`Dr. A. Okafor`: the name as the record words it, else put together; empty when nobody is named."""
    name = _best_name(names)
    if name is None:
        return ""
    parts = [*(name.prefix or ()), *(name.given or ()), name.family or ""]
    return clipped(str(name.text or "") or " ".join(str(part) for part in parts if part), MOST_NAME)


def _best_name(names: Iterable[HumanName] | None) -> HumanName | None:
    ordered = sorted(
        names or (), key=lambda name: ("official", "usual").index(name.use) if name.use in ("official", "usual") else 2
    )
    return ordered[0] if ordered else None


def mrn_tail(identifiers: Iterable[Identifier] | None) -> str:
    """The last four characters of the medical record number; empty when the record gives none."""
    for identifier in identifiers or ():
        if _has_code(identifier.type, IDENTIFIER_TYPE, MEDICAL_RECORD_NUMBER) and identifier.value:
            return str(identifier.value)[-MRN_TAIL:]
    return ""


def concept_text(concept: CodeableConcept | None) -> str:
    """The concept in words: its own text, else a display, else a code."""
    if concept is None:
        return ""
    codings = concept.coding or []
    texts = [concept.text, *(coding.display for coding in codings), *(coding.code for coding in codings)]
    return clipped(next((str(text) for text in texts if text), ""))


def allergy_line(allergy: AllergyIntolerance) -> str:
    """`Penicillin (hives)`: the substance with the reactions that are recorded."""
    substance = concept_text(allergy.code) or "Unnamed substance"
    reactions = [concept_text(each) for reaction in allergy.reaction or () for each in reaction.manifestation or ()]
    known = ", ".join(reaction for reaction in reactions if reaction)
    return clipped(f"{substance} ({known})" if known else substance)


def is_meant(verification: CodeableConcept | None) -> bool:
    """Whether an allergy or condition is one: neither refuted nor entered in error."""
    return not any(coding.code in _NOT_REAL for coding in (verification.coding or () if verification else ()))


def problem_coding(condition: Condition) -> Coding | None:
    """The problem's code, ICD-10-CM before any other; None when it has only text."""
    concept = condition.code
    codings = [each for each in (concept.coding or () if concept else ()) if each.system and each.code]
    if not codings:
        return None
    best = min(codings, key=lambda each: str(each.system) != ICD10CM)
    display = clipped(str(best.display or concept_text(concept)), MOST_NAME)
    return Coding(system=str(best.system), code=str(best.code), display=display)


def _has_code(concept: CodeableConcept | None, system: str, code: str) -> bool:
    codings = concept.coding or () if concept else ()
    return any(coding.code == code and str(coding.system) == system for coding in codings)
