"""Pasted text that names another patient is refused: the commonest wrong-patient error of copied notes."""

import re
from collections.abc import Iterable

from wire.visits import Patient


def other_patient_in(untrusted_text: str, own: Patient, others: Iterable[Patient]) -> Patient | None:
    """The first other patient of the day whose name or birth date stands in the text, or None.

    A name counts when all its words of two letters and more stand in it, in any order, ignoring case;
    a birth date counts in ISO and US forms together with the family name. Own values never count.
    """
    words = set(re.findall(r"[^\W\d_]{2,}", untrusted_text.casefold()))
    own_words = _name_words(own)
    for other in others:
        if other.patient_id == own.patient_id:
            continue
        name_words = _name_words(other)
        if name_words and name_words <= words and not name_words <= own_words:
            return other
        family = next(iter(re.findall(r"[^\W\d_]{2,}", other.name.casefold())), "")
        born = other.birth_date
        forms = (born.isoformat(), f"{born:%m/%d/%Y}", f"{born.month}/{born.day}/{born.year}")
        if family in words and family not in own_words and any(form in untrusted_text for form in forms):
            return other
    return None


def _name_words(patient: Patient) -> set[str]:
    return set(re.findall(r"[^\W\d_]{2,}", patient.name.casefold()))
