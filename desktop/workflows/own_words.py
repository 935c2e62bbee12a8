"""The words that a scribe taught the spelling check: kept in the vault, the same in every note."""

import json
from collections.abc import Callable

from desktop.ports import Jobs, Vault, VaultUnavailable

OWN_WORDS = "own_words"
"""The vault's setting with them."""
MOST_WORDS = 5_000
LONGEST = 60
"""Characters of a word."""


class OwnWords:
    """Runs on the UI thread. Words are given as they are compared: in lower case, without `'s`."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self.words: frozenset[str] = frozenset()
        self._read = False
        self.on_changed: Callable[[], None] = lambda: None
        self.on_failed: Callable[[], None] = lambda: None
        """They could not be kept; they hold until the program ends."""

    def start(self) -> None:
        """Read what the vault has."""

        def done(found: frozenset[str]) -> None:
            self._read = True
            taught, self.words = self.words, found | self.words
            if taught - found:
                self._keep()  # taught before they were read
            self.on_changed()

        self._jobs.on_store(_read, done, self._failed)

    def add(self, word: str) -> None:
        """Teach one; one that is there, too long, or one too many changes nothing."""
        if word and word not in self.words and len(word) <= LONGEST and len(self.words) < MOST_WORDS:
            self.words |= {word}
            self._keep()
            self.on_changed()

    def remove(self, word: str) -> None:
        """Unteach one."""
        if word in self.words:
            self.words -= {word}
            self._keep()
            self.on_changed()

    def _keep(self) -> None:
        if self._read:
            value = json.dumps(sorted(self.words), ensure_ascii=False)
            self._jobs.on_store(lambda vault: vault.put(OWN_WORDS, value), lambda _: None, self._failed)

    def _failed(self, _problem: VaultUnavailable) -> None:
        self.on_failed()


def _read(vault: Vault) -> frozenset[str]:
    """What is kept; store thread. Of a value that is no list of words, none."""
    try:
        kept = json.loads(vault.get(OWN_WORDS) or "[]")
    except ValueError:
        return frozenset()
    words = kept if isinstance(kept, list) else []
    return frozenset(word for word in words if isinstance(word, str))
