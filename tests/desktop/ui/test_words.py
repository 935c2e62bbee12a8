"""The catalogue has a sentence for all that the desktop can say, and nothing is asked of it that it lacks."""

import ast
import json
import re
from enum import StrEnum
from pathlib import Path

import pytest

import desktop.ui
from desktop.ports import LinkProblem, VaultProblem
from desktop.ui.words import CATALOGUE, has, say
from wire.refusals import RefusalCode

UI = Path(desktop.ui.__file__).parent
WORDS: dict[str, str] = json.loads(CATALOGUE.read_text(encoding="utf-8"))
PLACE = re.compile(r"\{(\w+)\}")


def said_keys() -> list[tuple[str, str, frozenset[str]]]:
    """Every say("literal", name=...) in the code: file, key, names of the given values."""
    found = []
    for path in sorted(UI.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "say"
                and isinstance(node.args[0], ast.Constant)
            ):
                names = frozenset(str(k.arg) for k in node.keywords)
                found.append((path.name, str(node.args[0].value), names))
    return found


def test_the_code_says_something() -> None:
    assert len(said_keys()) > 100


@pytest.mark.parametrize(("file", "key", "names"), said_keys())
def test_every_used_key_is_there_and_gets_its_values(file: str, key: str, names: frozenset[str]) -> None:
    variants = [f"{key}.one", f"{key}.other"] if "count" in names else [key]
    for variant in variants:
        assert has(variant), f"{file} says {variant}"
        if None not in names and "None" not in names:
            assert set(PLACE.findall(WORDS[variant])) <= names


MEMBERS: list[tuple[str, StrEnum]] = [
    *[("refusal", member) for member in RefusalCode],
    *[("link", member) for member in LinkProblem],
    *[("vault", member) for member in VaultProblem],
]


@pytest.mark.parametrize(("prefix", "member"), MEMBERS)
def test_every_refusal_and_problem_has_a_sentence(prefix: str, member: StrEnum) -> None:
    sentence = say(f"{prefix}.{member.value}")
    assert sentence[0].isupper()
    assert sentence.rstrip().endswith((".", "}", ":")), sentence
    assert member.value not in sentence or "_" not in member.value


@pytest.mark.parametrize("problem", list(VaultProblem))
def test_every_vault_problem_says_what_to_do(problem: VaultProblem) -> None:
    assert len(say(f"vault.{problem.value}.do")) > 20


def test_sentences_have_no_loose_ends() -> None:
    for key, text in WORDS.items():
        assert text == text.strip(), key
        assert text or key.endswith(".empty"), key
        assert "  " not in text, key
        assert [text.count("{"), text.count("}")] == [len(PLACE.findall(text))] * 2, key
        if key.endswith(".one"):
            assert key.removesuffix(".one") + ".other" in WORDS, key


def test_the_catalogue_is_in_order_and_has_no_double_keys() -> None:
    pairs: list[tuple[str, str]] = json.loads(CATALOGUE.read_text(encoding="utf-8"), object_pairs_hook=list)
    keys = [key for key, _ in pairs]
    assert len(keys) == len(set(keys))


def test_a_plural_is_chosen_and_places_are_filled() -> None:
    assert say("note.words", count=1) != say("note.words", count=2).replace("2", "1")
    assert "2" in say("note.words", count=2)


def test_a_value_with_braces_is_not_read_as_a_place() -> None:
    said = say("visit.patient", name="{details}", details="born")
    assert "{details}" in said


def test_no_sentence_is_left_over() -> None:
    """Every key stands in the code, whole or by the beginning of a formatted one."""
    code = "".join(path.read_text(encoding="utf-8") for path in UI.parent.rglob("*.py"))
    beginnings = tuple(it for it in re.findall(r'f"([a-z_]+\.[a-z_.]*)\{', code))
    unused = []
    for key in WORDS:
        counted = re.sub(r"\.(one|other)$", "", key)
        if f'"{key}"' not in code and f'"{counted}"' not in code and not key.startswith(beginnings):
            unused.append(key)
    assert unused == []
