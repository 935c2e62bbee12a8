"""Slots and conversion: the writer never waits, the newest frame wins, a shown slot stays as it is, closing wipes."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from av import VideoFrame

from desktop.av.pictures import MAX_HELD, Pictures, Shown, fitted
from desktop.av.slots import MAX_HEIGHT, MAX_WIDTH, SLOT_BYTES, SLOTS, Slots, create_memory


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def slots() -> Iterator[Slots]:
    made = Slots(create_memory())
    yield made
    made.close()


@pytest.fixture
def lane() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as made:
        yield made


def grey(luma: int, width: int = 640, height: int = 360) -> VideoFrame:
    frame = VideoFrame(width, height, "yuv420p")
    for plane, value in zip(frame.planes, (luma, 128, 128), strict=True):
        plane.update(bytes([value]) * plane.buffer_size)
    return frame


class Screen:
    """Takes pictures; says whether it wants them."""

    def __init__(self) -> None:
        self.shown: list[Shown] = []
        self.wanted = True
        self.came = asyncio.Event()

    def show(self, shown: Shown) -> bool:
        self.shown.append(shown)
        self.came.set()
        return self.wanted

    async def next(self) -> Shown:
        async with asyncio.timeout(5):
            await self.came.wait()
        self.came.clear()
        return self.shown[-1]


@pytest.mark.anyio
async def test_a_picture_is_scaled_and_lies_whole_in_its_slot(slots: Slots, lane: ThreadPoolExecutor) -> None:
    screen = Screen()
    pictures = Pictures(slots, lane, screen.show)
    pictures.resize(321, 500)
    pictures.show("c", grey(235), 1.5)
    shown = await screen.next()
    assert (shown.size, shown.received_at, shown.connection_id) == ((320, 180), 1.5, "c")
    pixels = slots.view(shown.slot, shown.stride * 180)
    assert min(bytes(pixels[:1280])) >= 250, "white, within what the fast scaler rounds"
    pixels.release()


@pytest.mark.anyio
async def test_when_every_slot_is_shown_the_newest_frame_waits_and_the_others_go(
    slots: Slots, lane: ThreadPoolExecutor
) -> None:
    screen = Screen()
    pictures = Pictures(slots, lane, screen.show)
    pictures.resize(64, 64)
    for luma in (16, 60, 100):
        pictures.show("c", grey(luma), 0.0)
        await screen.next()
    before = [bytes(slots.view(slot, 64 * 36 * 4)) for slot in range(SLOTS)]
    for luma in (120, 180, 235):
        pictures.show("c", grey(luma), float(luma))
    assert len(screen.shown) == SLOTS
    pictures.release(1)
    shown = await screen.next()
    assert (shown.slot, shown.received_at) == (1, 235.0)
    assert [bytes(slots.view(slot, 64 * 36 * 4)) for slot in (0, 2)] == [before[0], before[2]]


@pytest.mark.anyio
async def test_a_picture_that_is_no_longer_wanted_gives_its_slot_back(slots: Slots, lane: ThreadPoolExecutor) -> None:
    screen = Screen()
    screen.wanted = False
    pictures = Pictures(slots, lane, screen.show)
    pictures.resize(64, 64)
    for _ in range(2 * SLOTS):
        pictures.show("c", grey(90), 0.0)
        await screen.next()
    assert slots.used == ()


@pytest.mark.anyio
async def test_nothing_is_converted_for_a_hidden_pane(slots: Slots, lane: ThreadPoolExecutor) -> None:
    screen = Screen()
    pictures = Pictures(slots, lane, screen.show)
    pictures.show("c", grey(90), 0.0)
    pictures.resize(64, 64)
    pictures.resize(0, 0)
    pictures.show("c", grey(90), 0.0)
    await asyncio.get_running_loop().run_in_executor(lane, int)
    assert screen.shown == []
    assert slots.used == ()


@pytest.mark.anyio
async def test_wiping_comes_after_what_is_being_converted(slots: Slots, lane: ThreadPoolExecutor) -> None:
    screen = Screen()
    pictures = Pictures(slots, lane, screen.show)
    pictures.resize(1920, 1200)
    pictures.show("c", grey(235, 1280, 720), 0.0)
    pictures.wipe()
    await screen.next()
    await asyncio.get_running_loop().run_in_executor(lane, int)
    memory = slots.view(0, SLOT_BYTES)
    assert not any(memory[::97])
    memory.release()


def test_a_wiped_slot_that_the_screen_shows_is_not_taken() -> None:
    slots = Slots(create_memory())
    assert slots.take() == 0
    slots.wipe()
    assert slots.take() == 1
    assert not slots.pin(1)
    slots.give_back(0)
    assert slots.take() == 0
    slots.close()


@pytest.mark.parametrize(
    ("picture", "pane", "size"),
    [
        ((640, 360), (400, 300), (400, 224)),
        ((640, 360), (3000, 3000), (1920, 1080)),
        ((360, 640), (3000, 3000), (674, 1200)),
        ((16, 4000), (10, 10), (2, 10)),
        ((640, 360), (1, 1), (2, 2)),
    ],
)
def test_a_picture_keeps_its_shape_and_fits_its_slot(
    picture: tuple[int, int], pane: tuple[int, int], size: tuple[int, int]
) -> None:
    assert fitted(picture, pane) == size
    assert size[0] <= MAX_WIDTH
    assert size[1] <= MAX_HEIGHT


@pytest.mark.anyio
async def test_a_held_picture_comes_when_its_sound_does_and_none_overtakes_it(
    slots: Slots, lane: ThreadPoolExecutor
) -> None:
    screen = Screen()
    pictures = Pictures(slots, lane, screen.show)
    pictures.resize(64, 64)
    begun = asyncio.get_running_loop().time()
    pictures.show("c", grey(16), 1.0, hold=0.1)
    pictures.show("c", grey(60), 2.0, hold=0.0)
    pictures.show("c", grey(100), 3.0, hold=0.15)
    while not screen.shown or screen.shown[-1].received_at < 3.0:
        await screen.next()
    assert asyncio.get_running_loop().time() - begun >= 0.149
    times = [shown.received_at for shown in screen.shown]
    assert times == sorted(times)
    assert times[0] in (1.0, 2.0)


@pytest.mark.anyio
async def test_held_pictures_are_bounded_and_forgotten_with_the_feed(slots: Slots, lane: ThreadPoolExecutor) -> None:
    screen = Screen()
    pictures = Pictures(slots, lane, screen.show)
    pictures.resize(64, 64)
    for number in range(50):
        pictures.show("c", grey(16), float(number), hold=0.05)
    assert len(pictures._held) == MAX_HELD
    pictures.wipe()
    await asyncio.sleep(0.1)
    assert [shown.received_at for shown in screen.shown] == [0.0], "its conversion had begun"


@pytest.mark.anyio
async def test_pictures_that_come_faster_than_their_hold_lets_them_go_are_seen_nevertheless(
    slots: Slots, lane: ThreadPoolExecutor
) -> None:
    """After a hole of the network a second's pictures come in a third of it: the screen must not stand still."""
    screen = Screen()
    pictures = Pictures(slots, lane, screen.show)
    pictures.resize(64, 64)
    for number in range(40):
        pictures.show("c", grey(16), float(number), hold=0.25)
        await asyncio.sleep(0.01)
        for shown in screen.shown:
            pictures.release(shown.slot)
    assert max(shown.received_at for shown in screen.shown) >= 20.0
