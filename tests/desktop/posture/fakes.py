"""A machine that answers only what a test lists; anything else that a check asks is an error of the check."""

import json
from collections.abc import Mapping

from desktop.posture.reading import Problem, Reading

MISSING = Reading(problem=Problem.MISSING)


class ListedMachine:
    """Answers by the exact question: `read /etc/os-release`, or the words of a command."""

    def __init__(self, answers: Mapping[str, Reading | str], environment: Mapping[str, str] | None = None) -> None:
        self._answers = answers
        self._environment = environment or {}
        self.asked: list[str] = []

    def read(self, path: str) -> Reading:
        return self._answer(f"read {path}")

    def modified(self, path: str) -> Reading:
        return self._answer(f"modified {path}")

    def listing(self, path: str) -> Reading:
        return self._answer(f"listing {path}")

    def run(self, *command: str) -> Reading:
        return self._answer(" ".join(command))

    def setting(self, *names: str) -> Reading:
        return Reading(json.dumps({name: self._environment.get(name, "") for name in names}))

    def now(self) -> Reading:
        return self._answer("now")

    def _answer(self, question: str) -> Reading:
        self.asked.append(question)
        if question not in self._answers:
            raise AssertionError(f"not listed: {question}")
        answer = self._answers[question]
        return Reading(answer) if isinstance(answer, str) else answer
