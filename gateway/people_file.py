"""The practice's people as a CSV file: what IT exports from its directory and imports here at once."""

import csv
import io

from gateway.store.people_rows import NewPerson
from wire.people import Role

COLUMNS = ("subject", "name", "role", "ehr")
MOST_PEOPLE = 10_000
_LONGEST = 200


def read_people(untrusted_text: str, issuer: str) -> list[NewPerson]:
    """The people of a CSV text with the columns subject, name, role, ehr; ValueError names the line that is wrong."""
    rows = csv.DictReader(io.StringIO(untrusted_text))
    if tuple(rows.fieldnames or ()) != COLUMNS:
        raise ValueError(f"line 1 must be {','.join(COLUMNS)}")
    found: list[NewPerson] = []
    for row in rows:
        if len(found) == MOST_PEOPLE:
            raise ValueError(f"it has more than {MOST_PEOPLE} people")
        found.append(_person(row, issuer, rows.line_num))
    subjects = [person.subject for person in found]
    if len(set(subjects)) != len(subjects):
        raise ValueError("an account is named twice")
    return found


def _person(row: dict[str, str], issuer: str, line: int) -> NewPerson:
    # Too few cells are None; too many stand under the key None.
    cells = [row.get(column) for column in COLUMNS]
    if len(row) != len(COLUMNS) or not all(isinstance(cell, str) and len(cell) <= _LONGEST for cell in cells):
        raise ValueError(f"line {line} has not the {len(COLUMNS)} columns, or a cell is too long")
    subject, name, role, ehr = (str(cell).strip() for cell in cells)
    if not subject or not name or role not in (Role.SCRIBE, Role.PROVIDER):
        raise ValueError(f"line {line} needs an account, a name, and the role scribe or provider")
    if ehr and not ehr.startswith("Practitioner/"):
        raise ValueError(f"line {line} needs Practitioner/... as the EHR reference, or none")
    return NewPerson(issuer, subject, name, Role(role), ehr or None)
