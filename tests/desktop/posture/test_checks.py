"""Every check against its corpus, and P1: however a source is damaged, nothing passes that did not pass before."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from desktop.ports import PostureFacts
from desktop.posture.reading import MAX_EVIDENCE, Problem, Reading, scrub
from tests.desktop.posture.corpus import BY_NAME, CASES, Case
from wire.posture import CheckId, CheckState

KINDS = ("pass", "fail", "unknown", "in_progress", "localized", "hostile")
FOREIGN_WORDS = {
    "yes": "ja",
    "no": "nein",
    "true": "vrai",
    "false": "faux",
    "active": "aktiv",
    "loaded": "geladen",
    "upgraded": "aktualisiert",
    "SwapTotal": "スワップ",
    "kB": "ko",
    "Inst": "Nam",
}


def names(case: Case) -> str:
    return case.name


def test_every_check_has_every_kind_of_fixture() -> None:
    assert set(BY_NAME) == {check.value for check in CheckId}
    for check in BY_NAME:
        kinds = Counter(kind for case in CASES for kind in KINDS if case.name.startswith(f"{check}/{kind}"))
        assert set(kinds) == set(KINDS), check
        assert kinds.total() == sum(case.check is BY_NAME[check] for case in CASES) >= 6


@pytest.mark.parametrize("case", CASES, ids=names)
def test_a_fixture_is_judged_as_it_must_be(case: Case) -> None:
    finding = case.parse()
    assert (finding.state, finding.reason, finding.params) == (case.state, case.reason, case.params)
    assert len(scrub(finding.raw, ["jlee"])) <= MAX_EVIDENCE
    kind = case.name.split("/")[1].split("_")[0]
    assert kind not in ("pass", "fail", "unknown") or kind == finding.state


def damaged(reading: Reading) -> Iterator[Reading]:
    """The reading in every way in which it may come wrong."""
    for problem in Problem:
        if problem is not Problem.MISSING:
            yield Reading(problem=problem)
    yield replace(reading, status=1)
    yield replace(reading, status=-9)
    yield replace(reading, text="")
    lines = reading.text.splitlines(keepends=True)
    for number in range(len(lines)):
        yield replace(reading, text="".join(lines[:number]))
        yield replace(reading, text="".join(lines[:number]) + lines[number][: len(lines[number]) // 2])
    yield replace(reading, text="\ufeff" + reading.text)
    yield replace(reading, text=reading.text.encode("utf-16").decode("latin-1"))
    yield replace(reading, text=reading.text + "\x00\x01" * 500)
    yield replace(reading, text=reading.text + "x" * 1_000_000)
    yield replace(reading, text=reading.text + "\n".join(["line"] * 200_000))
    for word, foreign in FOREIGN_WORDS.items():
        if word in reading.text:
            yield replace(reading, text=reading.text.replace(word, foreign))


@pytest.mark.parametrize("case", [case for case in CASES if case.state is not CheckState.PASS], ids=names)
def test_no_damage_turns_anything_into_a_pass(case: Case) -> None:
    assert case.parse().state is not CheckState.PASS
    for source, reading in case.raw.items():
        for worse in damaged(reading):
            finding = case.check.parse({**case.raw, source: worse}, case.facts)
            assert finding.state is not CheckState.PASS, (source, worse.problem, worse.text[:80])


@pytest.mark.parametrize("case", [case for case in CASES if case.state is CheckState.PASS and case.raw], ids=names)
def test_a_pass_does_not_survive_the_loss_of_a_source(case: Case) -> None:
    needed = {source for source, reading in case.raw.items() if reading.problem is None}
    lost = set()
    for source in needed:
        finding = case.check.parse({**case.raw, source: Reading(problem=Problem.TIMED_OUT)}, case.facts)
        if finding.state is not CheckState.PASS:
            lost.add(source)
    assert needed - lost <= {"/etc/ufw/ufw.conf", "/etc/default/ufw", "/var/log/apt/history.log", "lists fetched"}
    assert lost


@pytest.mark.parametrize("case", CASES, ids=names)
@pytest.mark.parametrize("value", ["", "0", "-1", "1e9", "600 ", "٦٠٠", "never", "9999999999999"])
def test_nothing_passes_without_a_limit_that_is_one(case: Case, value: str) -> None:
    limited = {"updates": "updates_max_days", "screen_lock": "screen_lock_max_seconds", "clock": "clock_max_seconds"}
    name = limited.get(case.check.check.value)
    if name is not None:
        facts = PostureFacts({name: value}, case.facts.clock_offset_seconds, case.facts.data_dir)
        finding = case.check.parse(case.raw, facts)
        assert (finding.state, finding.reason) == (CheckState.UNKNOWN, "limit_missing")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/home/jlee/.local on jlee-laptop", "~/.local on ~"),
        ("/home/someone.else/x; /Users/Ann/y; /media/jlee/STICK z", "/home/~/x; /Users/~/y; /media/~/STICK z"),
        ("luks-5f6c1a2b-3c4d-4e5f-8a9b-0c1d2e3f4a5b", "luks-~"),
        ("5f6c1a2b3c4d4e5f8a9b0c1d2e3f4a5b", "~"),
        ("wlan 00:1b:63:84:45:e6 at 192.168.17.4", "wlan ~ at ~"),
        ("ann@practice.example", "~"),
        ("one\ntwo\x00\x1bthree\u202efour", "one two three four"),
        ("JLEE and jleeward", "~ and jleeward"),
    ],
)
def test_evidence_names_nobody(text: str, shown: str) -> None:
    assert scrub(text, ["jlee", "jlee-laptop", "/home/jlee", "x"]) == shown


def test_evidence_is_short() -> None:
    assert len(scrub("word " * 100, [])) == MAX_EVIDENCE
