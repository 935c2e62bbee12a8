"""Words that a scribe taught: kept in the vault, read again, and what is no word there passed over."""

from desktop.workflows.own_words import LONGEST, MOST_WORDS, OWN_WORDS, OwnWords
from tests.desktop.workflows.doubles import MemoryVault, SteppedJobs


def taught(vault: MemoryVault) -> tuple[OwnWords, SteppedJobs]:
    jobs = SteppedJobs(vault)
    words = OwnWords(jobs)
    words.start()
    jobs.run()
    return words, jobs


def test_a_word_is_there_in_the_next_run() -> None:
    vault = MemoryVault()
    words, jobs = taught(vault)
    words.add("xanthoma")
    words.add("zyx\u00f6ma")
    words.add("xanthoma")
    words.remove("none")
    jobs.run()
    again, jobs = taught(vault)
    assert again.words == {"xanthoma", "zyx\u00f6ma"}
    again.remove("xanthoma")
    jobs.run()
    assert taught(vault)[0].words == {"zyx\u00f6ma"}


def test_a_word_that_was_taught_before_the_vault_was_read_is_kept() -> None:
    vault = MemoryVault()
    vault.values[OWN_WORDS] = '["old"]'
    jobs = SteppedJobs(vault)
    words = OwnWords(jobs)
    words.add("early")
    words.start()
    jobs.run()
    assert words.words == {"old", "early"}
    assert taught(vault)[0].words == {"old", "early"}


def test_a_full_vault_is_said_and_the_word_holds() -> None:
    vault = MemoryVault()
    words, jobs = taught(vault)
    said: list[str] = []
    words.on_failed = lambda: said.append("failed")
    vault.broken = True
    words.add("xanthoma")
    jobs.run()
    assert said == ["failed"]
    assert words.words == {"xanthoma"}


def test_there_is_an_end_to_words_and_to_their_length() -> None:
    words, _ = taught(MemoryVault())
    words.add("")
    words.add("x" * (LONGEST + 1))
    assert words.words == frozenset()
    for number in range(MOST_WORDS + 1):
        words.add(f"w{number}")
    assert len(words.words) == MOST_WORDS


def test_what_is_no_list_of_words_is_none() -> None:
    vault = MemoryVault()
    for value in ("{", "5", '{"a": 1}', "[1, null]"):
        vault.values[OWN_WORDS] = value
        assert taught(vault)[0].words == frozenset()
