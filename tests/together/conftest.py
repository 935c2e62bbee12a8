"""One line starts everything: practice, stage, browser, room, provider and desktop."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from demo.page import CAMERA, ProviderPage, RoomPage, chromium
from demo.practice import Practice, PracticeSettings, start_practice
from demo.scribe import DesktopPlan, ScribeHand
from demo.stage import Stage, stage


@dataclass(slots=True)
class World:
    """Everything that runs."""

    practice: Practice
    stage: Stage
    browser: Browser
    folder: Path
    name: str

    def provider(self) -> ProviderPage:
        """A provider, signed in."""
        made = ProviderPage(self.browser, self.practice.gateway.address, "okafor")
        made.sign_in()
        return made

    def room(self, provider: ProviderPage, patient: str = "Rivera", *, script: str = "") -> RoomPage:
        """A paired room with this patient, its camera drawn by the test; its page runs `script` first."""
        made = RoomPage(self.browser, self.practice.gateway.address, CAMERA)
        made.page.add_init_script(script)
        made.pair(provider.pairing_code())
        made.choose(patient)
        return made

    @contextmanager
    def desktop(
        self, name: str = "desktop", *, ready: bool = True, username: str = "santos", theatre: Stage | None = None
    ) -> Iterator[ScribeHand]:
        """The desktop; with `ready` it is enrolled and signed in when it was not yet; `theatre` is another laptop."""
        data = self.folder / name
        fresh = not data.exists()
        with ScribeHand(theatre or self.stage, DesktopPlan(data, username)) as hand:
            if ready and fresh:
                hand.enroll(self.practice.gateway.address, self.practice.enrolment_code(username))
                hand.sign_in()
            try:
                yield hand
            except BaseException:
                (theatre or self.stage).screenshot(_picture(f"{self.name}-{name}"))
                raise


def _picture(name: str) -> Path:
    folder = Path("test-output")
    folder.mkdir(exist_ok=True)
    return folder / f"{name}.png"


@pytest.fixture
def world(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[World]:
    with ExitStack() as stack:
        practice = stack.enter_context(start_practice(PracticeSettings(folder=tmp_path / "practice")))
        theatre = stack.enter_context(stage())
        browser = stack.enter_context(chromium())
        yield World(practice, theatre, browser, tmp_path, request.node.name)


@pytest.fixture(autouse=True)
def keep_pictures(request: pytest.FixtureRequest, world: World) -> Iterator[None]:
    """A failed test leaves pictures in test-output/: of the desktop, and of each page."""
    failed_before = request.session.testsfailed
    yield
    if request.session.testsfailed > failed_before:
        for number, context in enumerate(world.browser.contexts):
            for page in context.pages:
                page.screenshot(path=_picture(f"{world.name}-page-{number}"))
