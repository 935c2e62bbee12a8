"""The program itself on a screen of its own: where it cannot start safely or whole, it says so and offers a way on."""

import sys
from pathlib import Path

from demo.scribe import DesktopPlan, ScribeHand
from demo.stage import stage
from desktop.ui.words import say

NO_MEDIA_ONCE = """
import pathlib, subprocess, sys
marker, real = pathlib.Path(sys.argv.pop(1)), subprocess.Popen
class Popen(real):
    def __init__(self, argv, *rest, **named):
        if "--media" in argv and not marker.exists():
            marker.touch()
            raise OSError("no more processes")
        super().__init__(argv, *rest, **named)
subprocess.Popen = Popen
from desktop.__main__ import main
sys.exit(main())
"""
"""Starts the unchanged program on a system that refuses the first media process."""


def test_without_a_keyring_nothing_is_kept_and_the_screen_says_so(tmp_path: Path) -> None:
    data = tmp_path / "alcove"
    with stage(keyring=False) as place, ScribeHand(place, DesktopPlan(data)) as hand:
        hand.find(say("vault.keyring_missing"))
        hand.find(say("vault.keyring_missing.do"))
        hand.press(say("vault.again"))
        hand.find(say("vault.keyring_missing"))
        assert [it for it in data.rglob("*") if it.is_file() and it.stat().st_size] == []
        hand.press(say("start.quit"))
        assert hand.process.wait(15) == 0


def test_a_media_process_that_does_not_start_leaves_a_sentence_and_a_way_on(tmp_path: Path) -> None:
    program = (sys.executable, "-c", NO_MEDIA_ONCE, str(tmp_path / "refused"))
    with stage() as place, ScribeHand(place, DesktopPlan(tmp_path / "alcove", program=program)) as hand:
        hand.find(say("start.text"))
        hand.press(say("vault.again"))
        hand.find(say("first_run.address"), "text")
        assert hand.close() == 0
