"""Practice, exam room, forwarder and desktop, ready to be joined; sender and receiver each on a core of their own."""

import base64
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from bench.feed import speech
from bench.feed.arms import RECEIVER_CORE
from bench.feed.watch import family, pin
from bench.screen_probe import ScreenProbe
from demo.page import ProviderPage, RoomPage, chromium
from demo.practice import Practice, start_practice
from demo.private_network import private_network
from demo.processes import Command, Running, start
from demo.scribe import DesktopPlan, ScribeHand
from demo.stage import Stage, stage
from wire.record import ConsentBy, ConsentDecision, ConsentHow

SENDER_CORE = 0
ABROAD = "abroad"
START_MS = 30_000
HERE = Path(__file__).parent


@dataclass(slots=True)
class World:
    """What every trial uses."""

    sender: Page
    display: str
    stage_env: dict[str, str]
    probe: ScreenProbe
    forwarder: Running
    receiver: Mapping[str, Any]
    """What a receiver must know of the way: `relay`, an RTCIceServer, and `flag`, by which Chromium trusts it."""

    def network(self, name: str, seed: int) -> float:
        """Change the network; the Unix time of the change."""
        stdin = self.forwarder.process.stdin
        if stdin is None:
            raise AssertionError("it is a pipe")
        stdin.write(f"{name} {seed}\n".encode())
        stdin.flush()
        until = time.monotonic() + 5
        while time.monotonic() < until:
            lines = [line for line in self.forwarder.log.read_text().splitlines() if line.startswith(f"now {name} ")]
            if lines and float(lines[-1].split()[2]) > time.time() - 1:
                return float(lines[-1].split()[2])
            time.sleep(0.005)
        raise TimeoutError("the forwarder does not answer")


@contextmanager
def start_world(
    source: speech.Sound, way: str = "forwarder", turn_port: int | None = None
) -> Iterator[tuple[World, ScribeHand, Stage]]:
    """Practice, room and desktop, the desktop with its visit open; sender and receiver each on a core.

    `way` is the program of `bench.feed` that carries the media: `forwarder`, or ABROAD, whose cables end in a network
    of this process's own.
    """
    _stay_on(SENDER_CORE)
    argv = (sys.executable, "-m", f"bench.feed.{way}")
    alone = private_network() if way == ABROAD else nullcontext()
    with alone, start_practice() as practice, start(Command(way, argv)) as forwarder, chromium() as browser:
        told = json.loads(forwarder.address)
        if turn_port is not None:
            _name_turn_server(practice, turn_port)
        if "gateway" in told:
            _configure(practice, told["gateway"])
        address = practice.gateway.address
        provider = ProviderPage(browser, address, "okafor")
        provider.sign_in()
        room = RoomPage(browser, address)
        samples = base64.b64encode(speech.to_levels(source)).decode()
        setup = told["sender"] | {"speech": {"rate": speech.RATE, "samples": samples}}
        room.page.add_init_script(f"window.benchSetup = {json.dumps(setup)}")
        room.page.add_init_script(path=HERE / "sender.js")
        room.pair(provider.pairing_code())
        room.choose("Rivera")
        room.record_consent(ConsentDecision.AGREED, ConsentBy.PATIENT, ConsentHow.VERBAL)
        room.page.get_by_role("button", name="Start", exact=True).click()
        room.page.get_by_role("button", name="Stop").wait_for(timeout=START_MS)
        with (
            _on_receiver_core() as theatre,
            ScribeHand(theatre, DesktopPlan(theatre.folder / "desktop-data")) as hand,
            ScreenProbe(theatre.env["DISPLAY"]) as probe,
        ):
            _open_visit(practice, hand)
            display = theatre.env["DISPLAY"]
            yield World(room.page, display, theatre.env, probe, forwarder, told.get("receiver", {})), hand, theatre


def _name_turn_server(practice: Practice, port: int) -> None:
    config = practice.gateway.plan.config
    secret = config.with_name("turn.secret")
    secret.touch(mode=0o600)
    secret.write_text("no server reads this")
    _configure(
        practice, f'[[ice.servers]]\nurls = "turn:127.0.0.1:{port}?transport=udp"\nsecret_file = "{secret.name}"\n'
    )


def _configure(practice: Practice, ice: str) -> None:
    """As the practice's IT does, before anybody connects."""
    config = practice.gateway.plan.config
    config.write_text(f"{config.read_text()}\n{ice}")
    practice.gateway.restart()


@contextmanager
def _on_receiver_core() -> Iterator[Stage]:
    before = set(family(os.getpid()))
    with stage() as theatre:
        pin([pid for pid in family(os.getpid()) if pid not in before], RECEIVER_CORE)
        yield theatre


def _open_visit(practice: Practice, hand: ScribeHand) -> None:
    hand.enroll(practice.gateway.address, practice.enrolment_code("santos"))
    hand.sign_in()
    hand.open_visit("Rivera")
    pin(family(hand.process.pid), RECEIVER_CORE)


def _stay_on(core: int) -> None:
    """This process and what it starts from now on."""
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {core})
