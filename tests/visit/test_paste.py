from datetime import date

import pytest

from visit.paste import other_patient_in
from wire.visits import Patient


def patient(patient_id: str, name: str, born: date) -> Patient:
    return Patient(patient_id=patient_id, name=name, birth_date=born, sex="female", mrn_tail="4471")


RIVERA = patient("rivera", "Rivera, Ana M", date(1972, 3, 11))
BRANDT = patient("brandt", "Brandt, José", date(1958, 12, 1))
VAN_DYKE = patient("van-dyke", "Van Dyke, Al", date(1960, 2, 3))
OTHERS = (RIVERA, BRANDT, VAN_DYKE)


@pytest.mark.parametrize(
    "text",
    [
        "Brandt, José reports pain",
        "JOSÉ BRANDT",
        "José seen today. Mr. Brandt is well.",
        "Jose\u0301 Brandt",  # the accent composed otherwise
        "Brandt, born 1958-12-01",
        "Mr. Brandt (DOB 12/01/1958)",
        "brandt 12/1/1958",
        "Van Dyke 02/03/1960",
    ],
)
def test_another_patient_of_the_day_is_found(text: str) -> None:
    found = other_patient_in(text, RIVERA, OTHERS)
    assert found is (VAN_DYKE if "Dyke" in text else BRANDT)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Ana Rivera, born 1972-03-11",  # the visit's own patient
        "Brandt sign negative",  # a family name alone
        "José denies pain",
        "Colles fracture 12/01/1958",  # a date alone
        "Brandt 2/12/1958",
        "Brandt, 112/1/19580",  # the date is a part of other numbers
        "Dyke 02/03/1960",  # half of a family name
        "Brandtson Joséphine",
    ],
)
def test_other_text_may_be_pasted(text: str) -> None:
    assert other_patient_in(text, RIVERA, OTHERS) is None


def test_what_the_own_patient_shares_does_not_count() -> None:
    daughter = patient("daughter", "Rivera, Ana", date(1999, 1, 2))
    assert other_patient_in("Ana Rivera reports pain. Rivera 1999-01-02", RIVERA, [RIVERA, daughter]) is None
    assert other_patient_in("Ana M Rivera", daughter, [RIVERA]) is None  # one letter makes no other name
    mary = patient("mary", "Rivera, Mary", date(1999, 1, 2))
    assert other_patient_in("Mary Rivera", RIVERA, [mary]) is mary


@pytest.mark.parametrize("name", ["Okoye", " ", "X", "李"])
def test_odd_names_do_no_harm(name: str) -> None:
    odd = patient("odd", name, date(1980, 1, 1))
    assert other_patient_in("pain since 1980-01-01", RIVERA, [odd]) is None
    assert other_patient_in("Okoye", odd, [odd]) is None
