import json
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from visit import abbreviations, findings, template_files, vitals
from visit.data_files import DATA, data_names, read_data
from visit.vitals import VitalsData

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(path.relative_to(DATA).as_posix() for path in DATA.rglob("*") if path.is_file())


def test_every_data_file_is_read_by_its_module() -> None:
    grids = {f"grids/{name}.json" for name in data_names("grids")}
    templates = {f"templates/{name}.json" for name in data_names("templates")}
    assert {*FILES} == {"abbreviations.json", "vitals.json"} | grids | templates
    readers: tuple[Callable[[], object], ...] = (
        abbreviations._lists,
        vitals.data,
        lambda: [findings.grid(name) for name in data_names("grids")],
        lambda: [template_files.read_pack(name) for name in data_names("templates")],
    )
    assert all(reader() for reader in readers)


@pytest.mark.parametrize("name", FILES)
def test_no_file_names_a_field_twice_or_holds_tabs(name: str) -> None:
    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        assert len(dict(pairs)) == len(pairs)
        return dict(pairs)

    text = (DATA / name).read_text(encoding="utf-8")
    assert "\t" not in text
    assert json.loads(text, object_pairs_hook=once)


def test_a_file_that_does_not_fit_its_type_is_a_bug() -> None:
    with pytest.raises(ValidationError):
        read_data(VitalsData, "abbreviations.json")


def test_the_files_are_shipped() -> None:
    # The wheel holds whole packages; the frozen program holds what its specification lists.
    assert '("../visit/data", "visit/data")' in (ROOT / "installers" / "alcove.spec").read_text()
    assert '"visit/data/vitals.json"' in (ROOT / "installers" / "smoke_test.py").read_text()
    wheel = (ROOT / "pyproject.toml").read_text().partition("[tool.hatch.build.targets.wheel]")[2]
    assert '"visit"' in wheel.partition("]")[0]
