"""Every sentence is in the catalogue, every key is used, and no refusal is without words."""

import json
import re
from pathlib import Path

from tests.gateway.pages.edge import PAGES
from wire.record import ConsentBy, ConsentDecision, ConsentHow
from wire.refusals import RefusalCode
from wire.visits import NoteState

SCRIPTS = sorted(PAGES.glob("static/*/*.js"))
HTML = sorted(PAGES.glob("*.html"))
WORDS: dict[str, str] = json.loads((PAGES / "static" / "words" / "en.json").read_text())
FORMS = (".one", ".other")


def source(paths: list[Path]) -> str:
    return "\n".join(path.read_text() for path in paths)


def used_keys() -> set[str]:
    """Keys that scripts and pages name whole."""
    scripts = source(SCRIPTS)
    named = set(re.findall(r'"([a-z_]+(?:\.[a-z_]+)+)"', scripts)) | {"brand"}
    return named | set(re.findall(r'data-(?:label-)?word="([^"]+)"', source(HTML)))


def used_prefixes() -> set[str]:
    """Beginnings of keys that scripts make from a value: word(`order.state.${...}`)."""
    return set(re.findall(r"`([a-z_]+(?:\.[a-z_]+)*\.)\$\{", source(SCRIPTS)))


def test_every_refusal_has_a_sentence() -> None:
    missing = [code for code in RefusalCode if not WORDS.get(f"refusal.{code.value}", "").strip()]
    assert missing == []


def test_every_value_of_the_wire_that_is_shown_has_a_word() -> None:
    wanted = [f"consent.choice.{value}" for value in ConsentDecision]
    wanted += [f"consent.line.{value}" for value in ConsentDecision]
    wanted += [f"consent.who.{value}" for value in ConsentBy]
    wanted += [f"consent.{form}.{value}" for value in ConsentHow for form in ("form", "in_form")]
    wanted += [f"note_state.{value}" for value in NoteState]
    assert [key for key in wanted if key not in WORDS] == []


def test_every_key_that_is_used_exists() -> None:
    areas = {name.split(".")[0] for name in WORDS}

    def exists(key: str) -> bool:
        is_form = all(key + form in WORDS for form in FORMS)
        return key in WORDS or is_form or any(name.startswith(key + ".") for name in WORDS)

    keys = {key for key in used_keys() if key.split(".")[0] in areas}
    assert len(keys) > 100
    assert [key for key in sorted(keys) if not exists(key)] == []


def test_every_sentence_is_used() -> None:
    keys = used_keys()
    prefixes = (*used_prefixes(), *(f"{key}." for key in keys))

    def base(key: str) -> str:
        return key.rsplit(".", 1)[0] if key.endswith(FORMS) else key

    unused = [key for key in WORDS if base(key) not in keys and key not in keys and not key.startswith(prefixes)]
    assert unused == []


def test_no_sentence_stands_in_a_script_or_a_page() -> None:
    code = re.sub(r"/\*.*?\*/|(?<!:)//[^\n]*", "", source(SCRIPTS), flags=re.S)
    literals = re.findall(r'"([^"\n]*)"|`([^`]*)`', code)
    sentences = [one for pair in literals for one in pair if re.search(r"[A-Z][a-z]+ [a-z]+", one)]
    assert sentences == []
    texts = re.findall(r">\s*([^<>\s][^<>]*)<", source(HTML))
    assert {text.strip() for text in texts} <= {"Alcove", "‹"}


def test_pages_hold_no_inline_script_style_or_handler() -> None:
    html = source(HTML)
    assert re.search(r"<style|\sstyle=|\son\w+=", html) is None
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", html))
    assert re.search(r"innerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", source(SCRIPTS)) is None
    assert re.search(r"https?://(?!www\.w3\.org)", source([*SCRIPTS, *HTML, *PAGES.glob("static/*/*.css")])) is None


def test_modules_stay_small() -> None:
    assert [path.name for path in SCRIPTS if path.read_text().count("\n") > 300] == []
