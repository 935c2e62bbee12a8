"""Pasted text that names another patient is refused: the commonest wrong-patient error of copied notes."""

import re
import unicodedata
from collections.abc import Iterable

from wire.visits import Patient


def other_patient_in(untrusted_text: str, own: Patient, others: Iterable[Patient]) -> Patient | None:
    """The first other patient of the day whose name or birth date stands in the text, or None.

    A name counts when all its words of two letters and more stand in it, in any order, ignoring case and how
    accents are composed; a birth date counts in ISO and US forms together with the family name. Own values never
    count.
    """
    words = _words(untrusted_text)
    own_words = _words(own.name)
    for other in others:
        if other.patient_id == own.patient_id:
            continue
        name = _words(other.name)
        if name and name <= words and not name <= own_words:
            return other
        family = _family_words(other.name)
        if family and family <= words and not family <= own_words and _born_in(untrusted_text, other):
            return other
    return None


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]{2,}", unicodedata.normalize("NFKC", text).casefold()))


def _family_words(name: str) -> set[str]:
    """The words before the comma (`Rivera, Ana M`); without one, the last word."""
    family, comma, _ = name.partition(",")
    return _words(family if comma else (name.split() or [""])[-1])


def _born_in(text: str, patient: Patient) -> bool:
    born = patient.birth_date
    forms = (born.isoformat(), f"{born:%m/%d/%Y}", f"{born.month}/{born.day}/{born.year}")
    return any(re.search(rf"(?<!\d){form}(?!\d)", text) for form in forms)
