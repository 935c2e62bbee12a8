"""A CSV file of people is taken whole, or its wrong line is named and nobody is taken."""

import pytest

from gateway.people_file import MOST_PEOPLE, read_people
from wire.people import Role

HEAD = "subject,name,role,ehr\n"
ISSUER = "https://id.example.org"


def test_everybody_is_read() -> None:
    text = HEAD + 'santos,J. Santos,scribe,\nokafor,"Okafor, A.",provider, Practitioner/okafor \n'
    scribe, provider = read_people(text, ISSUER)
    assert (scribe.subject, scribe.name, scribe.role, scribe.ehr_practitioner) == (
        "santos",
        "J. Santos",
        Role.SCRIBE,
        None,
    )
    assert (provider.name, provider.role, provider.ehr_practitioner) == (
        "Okafor, A.",
        Role.PROVIDER,
        "Practitioner/okafor",
    )
    assert {person.issuer for person in (scribe, provider)} == {ISSUER}


def test_nobody_is_fine() -> None:
    assert read_people(HEAD, ISSUER) == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "line 1"),
        ("name,subject,role,ehr\n", "line 1"),
        (HEAD + "santos,J. Santos,scribe\n", "line 2"),
        (HEAD + "a,A,scribe,\nb,B,scribe,,more\n", "line 3"),
        (HEAD + "santos,J. Santos,room,\n", "line 2"),
        (HEAD + "santos,J. Santos,admin,\n", "line 2"),
        (HEAD + ",J. Santos,scribe,\n", "line 2"),
        (HEAD + "santos, ,scribe,\n", "line 2"),
        (HEAD + "okafor,A. Okafor,provider,Patient/1\n", "line 2"),
        (HEAD + f"santos,{'x' * 201},scribe,\n", "line 2"),
        (HEAD + "santos,A,scribe,\nsantos,B,scribe,\n", "twice"),
        (HEAD + "".join(f"s{n},A,scribe,\n" for n in range(MOST_PEOPLE + 1)), "more than"),
    ],
    ids=lambda value: str(value)[-20:],
)
def test_wrong_file_is_refused_by_line(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_people(text, ISSUER)
