"""The spelling process: questions and answers as JSON lines on stdin and stdout, one at a time.

A question is `{"n": 1, "look_up": [words]}` or `{"n": 2, "suggest": word}`; its answer has the same number and
`unknown` or `offered`. What it is asked is a patient's text: it writes nothing down, and says nothing but its answers.
"""

import json
import os
import sys
from contextlib import suppress
from typing import BinaryIO

NICENESS = 5
"""Typing goes first."""


def main() -> int:
    """Answer until stdin ends, as it does when the program that asks has ended; 1 when it is asked nonsense."""
    _keep_to_itself()
    return serve(sys.stdin.buffer, sys.stdout.buffer)


def serve(questions: BinaryIO, answers: BinaryIO) -> int:
    """Answer each line."""
    from desktop.spelling.checker import load

    checker = load()
    for line in questions:
        try:
            asked = json.loads(line)
            number = asked["n"]
            if "suggest" in asked:
                answer = {"n": number, "offered": checker.suggest(str(asked["suggest"]))}
            else:
                answer = {"n": number, "unknown": checker.misspelled([str(word) for word in asked["look_up"]])}
        except (ValueError, KeyError, TypeError):
            return 1
        try:
            answers.write(json.dumps(answer).encode() + b"\n")
            answers.flush()
        except BrokenPipeError:
            return 0
    return 0


def _keep_to_itself() -> None:
    """No compiled files, no core files with a patient's words, and typing goes first."""
    sys.dont_write_bytecode = True
    if hasattr(os, "nice"):
        with suppress(OSError):
            os.nice(NICENESS)
    try:
        import resource
    except ImportError:  # Windows writes no core files
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
