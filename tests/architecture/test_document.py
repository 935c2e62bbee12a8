"""Only one place puts text into a document or takes it out, behind the one converter of positions."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("wire", "visit", "desktop", "gateway", "demo", "bench", "installers")
DOCUMENT = ROOT / "visit" / "document.py"


def imports_pycrdt(source: str) -> bool:
    """Whether a module can name a pycrdt type at all."""
    for node in ast.walk(ast.parse(source)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        if any(name.split(".")[0] == "pycrdt" for name in names):
            return True
    return False


def text_edits(source: str) -> list[tuple[str, str]]:
    """(function, what) of everything that may change a sequence in place: calls, `del x[...]`, `x += ...`."""
    found = []
    for function in ast.walk(ast.parse(source)):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in ast.walk(function):
                what = _edit(node)
                if what is not None:
                    found.append((function.name, what))
    return found


def _edit(node: ast.AST) -> str | None:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        named = node.func.attr in ("insert", "insert_embed", "extend", "format", "clear")
        return f"{ast.unparse(node.func.value)}.{node.func.attr}" if named else None
    if isinstance(node, ast.Delete):
        return f"del {ast.unparse(node.targets[0])}"
    if isinstance(node, ast.AugAssign) and not isinstance(getattr(node.value, "value", None), int):
        return f"{ast.unparse(node.target)} +="
    return None


def test_only_the_document_knows_pycrdt() -> None:
    paths = [path for name in PACKAGES for path in (ROOT / name).rglob("*.py") if "node_modules" not in path.parts]
    assert [path for path in paths if imports_pycrdt(path.read_text())] == [DOCUMENT]


def test_only_replace_edits_a_text_and_only_at_converted_positions() -> None:
    edits = [(name, what) for name, what in text_edits(DOCUMENT.read_text()) if "entries" not in what]
    assert [edit for edit in edits if edit[1] != "offset +="] == [
        ("replace", "del text[first:last]"),
        ("replace", "text.insert"),
    ]
    replace = next(node for node in ast.walk(ast.parse(DOCUMENT.read_text())) if getattr(node, "name", "") == "replace")
    assert "first = utf16_to_utf8(before, start)" in ast.unparse(replace)
    assert "last = utf16_to_utf8(before, end)" in ast.unparse(replace)


def test_other_ways_would_be_found() -> None:
    source = "def f(text):\n    text += 'x'\n    text.insert(0, 'x')\n    del text[1:2]\n    text.clear()\n"
    assert {what for _, what in text_edits(source)} == {"text +=", "text.insert", "text.clear", "del text[1:2]"}
    assert imports_pycrdt("def f():\n    from pycrdt import Text\n")
    assert imports_pycrdt("import pycrdt.something as x\n")
    assert not imports_pycrdt("import visit.document\n")
