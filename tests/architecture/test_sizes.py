"""The size caps of the house: files of 500 lines and functions of 60 are the end."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("wire", "visit", "desktop", "gateway", "demo", "bench", "installers", "tests", "requirements")
MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 60


def sources() -> list[Path]:
    found = [path for name in PACKAGES for path in (ROOT / name).rglob("*.py")]
    found += [path for suffix in ("*.js", "*.mjs", "*.css", "*.html") for path in (ROOT / "gateway").rglob(suffix)]
    return sorted(path for path in found if "node_modules" not in path.parts)


def long_functions(source: str) -> list[str]:
    """Functions over the cap, as `name: lines`."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > MAX_FUNCTION_LINES:
                found.append(f"{node.name}: {lines}")
    return found


def test_there_are_sources() -> None:
    assert len(sources()) > 30


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_file_and_function_sizes(path: Path) -> None:
    source = path.read_text()
    assert source.count("\n") <= MAX_FILE_LINES
    if path.suffix == ".py":
        assert long_functions(source) == []


def test_a_long_function_is_found() -> None:
    assert long_functions("def f():\n" + "    x = 1\n" * 70) == ["f: 71"]
