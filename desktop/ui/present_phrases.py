"""Phrases in words: rows of the list, which one wins where names are the same, and what a text will look like."""

from collections.abc import Iterator
from dataclasses import dataclass

from desktop.ui.words import say
from visit.blanks import Field, FieldKind, fields, shown
from visit.phrase_files import FileProblem, Import, ImportProblem
from visit.phrases import OwnerKind, Phrase, PhraseLibrary, PhraseProblem
from visit.triggers import folded
from visit.unit_map import UnitMap

SHOWN = 200
"""Rows of the list; who looks for more types a part of the name."""
NAMED_PROBLEMS = 5
"""Problems of a file that are said one by one."""


@dataclass(frozen=True, slots=True)
class PhraseRow:
    """A phrase as it is listed."""

    owner: OwnerKind
    name: str
    whose: str
    first_line: str
    note: str
    """That it wins over others, or that another wins over it; else empty."""


def phrase_rows(library: PhraseLibrary, query: str, scope: OwnerKind | None) -> list[PhraseRow]:
    """The rows of a scope (None: all), by name or, with a query, the best first: by name, then by text."""
    return [_row(library, phrase) for phrase in _found(library, query.strip(), scope)]


def _found(library: PhraseLibrary, query: str, scope: OwnerKind | None) -> list[Phrase]:
    owners = list(OwnerKind) if scope is None else [scope]
    if not query:
        every = sorted((it for owner in owners for it in library.all(owner)), key=_by_name)
        return every[:SHOWN]
    found: dict[tuple[OwnerKind, str], Phrase] = {}
    for named in library.search(query, SHOWN):
        found.update({(it.owner, it.name): it for it in library.rivals(named.name) if it.owner in owners})
    for phrase in _with_text(library, owners, folded(query)):
        if len(found) >= SHOWN:
            break
        found.setdefault((phrase.owner, phrase.name), phrase)
    return list(found.values())[:SHOWN]


def _with_text(library: PhraseLibrary, owners: list[OwnerKind], query: str) -> Iterator[Phrase]:
    for owner in owners:
        yield from (phrase for phrase in library.all(owner) if query in phrase.text.casefold())


def _by_name(phrase: Phrase) -> tuple[str, int]:
    return phrase.name, list(OwnerKind).index(phrase.owner)


def _row(library: PhraseLibrary, phrase: Phrase) -> PhraseRow:
    first = shown(phrase.text.strip().partition("\n")[0])
    return PhraseRow(phrase.owner, phrase.name, whose(phrase.owner), first, conflict_words(library, phrase))


def whose(owner: OwnerKind) -> str:
    """An owner in a word."""
    return say(f"phrases.owner.{owner}")


def conflict_words(library: PhraseLibrary, phrase: Phrase) -> str:
    """Which phrase a name expands to when several owners have it; empty when one has."""
    rivals = library.rivals(phrase.name)
    others = [it for it in rivals if it.owner is not phrase.owner]
    if not others:
        return ""
    if rivals[0].owner is phrase.owner:
        return say("phrases.wins", others=" + ".join(whose(it.owner) for it in others))
    return say("phrases.hidden", winner=whose(rivals[0].owner))


def preview(text: str) -> str:
    """A text as the note will show it, its blanks and lists in brackets."""
    units, parts, at = UnitMap(text), [], 0
    for field in fields(text):
        parts.append(shown(text[at : units.index(field.start)]))
        parts.append(_field_words(field))
        at = units.index(field.end)
    return "".join([*parts, shown(text[at:])])


def _field_words(field: Field) -> str:
    if field.kind is FieldKind.BLANK:
        return say("phrases.blank")
    numbered = (f"{number} {choice}" for number, choice in enumerate(field.choices, 1))
    return say("phrases.list", choices=" · ".join(numbered))


def count_words(text: str) -> str:
    """How many blanks and pick lists a text has."""
    found = fields(text)
    blanks = sum(field.kind is FieldKind.BLANK for field in found)
    counted = [say("phrases.blanks", count=blanks)] if blanks else []
    counted += [say("phrases.lists", count=len(found) - blanks)] if len(found) > blanks else []
    return ", ".join(counted) or say("phrases.nothing_open")


def problem_words(problem: PhraseProblem) -> str:
    """Why a phrase is refused."""
    return say(f"phrases.problem.{problem}", list="{a|b}")


def import_words(imported: Import) -> str:
    """Why a file is refused: a sentence for each problem, the first ones."""
    said = [_import_problem(problem) for problem in imported.problems[:NAMED_PROBLEMS]]
    more = len(imported.problems) - len(said)
    return " ".join([say("phrases.file_refused"), *said, *([say("phrases.more_problems", count=more)] if more else [])])


def _import_problem(problem: ImportProblem) -> str:
    kind = problem.kind
    words = say(f"phrases.file.{kind}") if isinstance(kind, FileProblem) else problem_words(kind)
    return words if problem.number is None else say("phrases.in_file", number=problem.number, problem=words)
