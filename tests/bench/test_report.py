"""What a benchmark prints can be read by a program, and says no when a limit is missed."""

import json

import pytest
from PIL import Image, ImageDraw

from bench.join import _marks
from bench.report import Goal, finish, quantile


def test_the_last_line_is_json_with_every_goal(capsys: pytest.CaptureFixture[str]) -> None:
    assert finish("x", {"n": 3}, {"a_s": Goal(0.2, 0.2), "b_s": Goal(0.21, 0.2)}) == 0
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert line == {
        "bench": "x",
        "figures": {"n": 3},
        "goals": {
            "a_s": {"value": 0.2, "limit": 0.2, "met": True},
            "b_s": {"value": 0.21, "limit": 0.2, "met": False},
        },
    }


def test_quantiles_are_values_that_were_measured() -> None:
    values = [float(number) for number in range(30, 0, -1)]
    assert (quantile(values, 0.5), quantile(values, 0.95), quantile(values, 0.99)) == (15.0, 29.0, 30.0)
    assert quantile([7.0], 0.99) == 7.0


@pytest.mark.parametrize(
    ("colour", "is_mark"), [((255, 0, 255), True), ((32, 80, 160), False), ((255, 255, 255), False)]
)
def test_the_cameras_bars_are_told_from_everything_else(colour: tuple[int, int, int], is_mark: bool) -> None:
    strip = Image.new("RGB", (4, 200), (32, 80, 160))
    ImageDraw.Draw(strip).rectangle((0, 90, 3, 94), fill=colour)
    assert _marks(strip) is is_mark
