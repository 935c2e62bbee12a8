"""The feed pane paints the newest frame as it is, gives every frame back, and says what it does."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest

from desktop.ports import FeedState
from desktop.ui.feed_pane import LOOK_MS, FeedPane, Picture
from desktop.ui.words import say
from tests.desktop.ui.conftest import Shown, settle
from tests.desktop.ui.desk import ROOM, START, Desk
from tests.desktop.ui.states import live
from wire.capture import Curtain
from wire.record import CurtainChanged


def frame(colour: str, width: int = 320, height: int = 180) -> QImage:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor(colour))
    return image


def shown_pane(put_up: Shown) -> FeedPane:
    pane = FeedPane()
    put_up(pane, 400, 340)
    return pane


def has_picture(picture: Picture) -> bool:
    return picture._image is not None


def middle_of(pane: FeedPane) -> str:
    picture = pane.picture.grab().toImage()
    return picture.pixelColor(picture.width() // 2, picture.height() // 2).name()


def note_in(heard: list[str], word: str) -> Callable[[], None]:
    return lambda: heard.append(word)


def test_a_frame_is_painted_as_it_is_and_told_once(put_up: Shown) -> None:
    pane = shown_pane(put_up)
    told: list[int] = []
    pane.picture.painted.connect(told.append)
    pane.picture.show_frame(frame("#4080c0"), 7, lambda: None)
    settle()
    assert middle_of(pane) == "#4080c0"
    pane.picture.show_tag(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, "LIVE")
    settle()
    assert told == [7]


def test_a_frame_is_given_back_when_a_newer_one_takes_its_place(put_up: Shown) -> None:
    pane = shown_pane(put_up)
    back: list[str] = []
    pane.picture.show_frame(frame("#111111"), 1, note_in(back, "first"))
    assert back == []
    pane.picture.show_frame(frame("#222222"), 2, note_in(back, "second"))
    assert back == ["first"]
    pane.picture.show_none()
    pane.picture.show_none()
    assert back == ["first", "second"]
    settle()
    assert middle_of(pane) != "#222222"


def test_words_cover_the_picture_until_they_are_taken_away(put_up: Shown) -> None:
    pane = shown_pane(put_up)
    pane.picture.show_frame(frame("#4080c0"), 1, lambda: None)
    pane.picture.cover("Curtain: picture off", curtain=True)
    settle()
    shot = pane.picture.grab().toImage()
    colours = {shot.pixelColor(x, y).name() for x in range(shot.width()) for y in range(0, shot.height(), 9)}
    assert "#4080c0" not in colours
    assert pane.picture.accessibleName() == "Curtain: picture off"
    pane.picture.show_frame(frame("#806040"), 2, lambda: None)
    pane.picture.cover("")
    settle()
    assert middle_of(pane) == "#806040"
    assert pane.picture.accessibleName() != "Curtain: picture off"


def test_a_foreign_buffer_can_be_shown_with_its_stride(put_up: Shown) -> None:
    pane = shown_pane(put_up)
    width, height, stride = 100, 60, 512
    pixels = bytearray(b"\x10\x20\x30\xff" * (stride // 4) * height)
    image = QImage(memoryview(pixels), width, height, stride, QImage.Format.Format_RGB32)
    pane.picture.show_frame(image, 1, lambda: None)
    settle()
    assert middle_of(pane) == "#302010"
    pane.picture.show_none()


def test_the_pane_tells_its_size_in_device_pixels(put_up: Shown) -> None:
    pane = FeedPane()
    sizes: list[tuple[int, int]] = []
    pane.picture.resized.connect(lambda width, height: sizes.append((width, height)))
    put_up(pane, 400, 340)
    ratio = pane.picture.devicePixelRatioF()
    assert sizes[-1] == (round(pane.picture.width() * ratio), round(pane.picture.height() * ratio))


def test_the_button_joins_then_leaves(put_up: Shown) -> None:
    pane = shown_pane(put_up)
    heard: list[str] = []
    pane.gate_requested.connect(note_in(heard, "gate"))
    pane.leave_requested.connect(note_in(heard, "leave"))
    pane.show_state("Not listening.", joined=False, can_join=False)
    pane.toggle()
    assert heard == []
    pane.show_state("Not listening.", joined=False, can_join=True)
    pane.toggle()
    pane.show_state("Listening.", joined=True, can_join=False)
    QTest.mouseClick(pane.join_button, Qt.MouseButton.LeftButton)
    assert heard == ["gate", "leave"]


def test_volume_goes_from_silence_to_double(put_up: Shown) -> None:
    pane = shown_pane(put_up)
    gains: list[float] = []
    pane.volume_changed.connect(gains.append)
    pane.volume.setFocus()
    QTest.keyClick(pane.volume, Qt.Key.Key_Home)
    QTest.keyClick(pane.volume, Qt.Key.Key_End)
    assert gains == [0.0, 2.0]


def test_the_meter_says_its_level_and_shows_it(put_up: Shown) -> None:
    pane = shown_pane(put_up)
    quiet = pane.level.grab().toImage()
    silent = pane.level.accessibleName()
    pane.level.show_level(0.5)
    settle()
    assert pane.level.grab().toImage() != quiet
    assert "50" in pane.level.accessibleName()
    pane.level.show_level(None)
    assert pane.level.accessibleName() == silent


def test_a_picture_that_stands_still_says_for_how_long_and_never_passes_for_live(put_up: Shown) -> None:
    pane, now = shown_pane(put_up), [100.0]
    picture = pane.picture
    picture.clock = lambda: now[0]
    picture.look()
    assert picture.frozen == 0, "nothing is shown"
    picture.show_frame(frame("#4080c0"), 1, lambda: None)
    for passed, frozen in ((0.5, 0), (1.4, 0), (1.6, 2), (2.2, 2), (61.0, 61)):
        now[0] = 100.0 + passed
        picture.look()
        assert picture.frozen == frozen
    settle()
    assert picture.accessibleName() == say("feed.picture_frozen")
    assert middle_of(pane) != "#4080c0", "the badge stands on it"
    assert picture._tags[Qt.AlignmentFlag.AlignCenter][0] == "Picture frozen · 61 s"
    picture.show_frame(frame("#4080c0"), 2, lambda: None)
    settle()
    assert picture.frozen == 0
    assert middle_of(pane) == "#4080c0"
    assert picture.accessibleName() == say("feed.picture")


def test_it_looks_by_itself_and_no_curtain_is_said_to_be_frozen(put_up: Shown) -> None:
    pane = shown_pane(put_up)
    picture, now = pane.picture, [0.0]
    picture.clock = lambda: now[0]
    picture.show_frame(frame("#4080c0"), 1, lambda: None)
    now[0] = 3.0
    QTest.qWait(2 * LOOK_MS)
    assert picture.frozen == 3
    picture.cover("Curtain", curtain=True)
    assert picture.frozen == 0
    assert picture.accessibleName() == "Curtain"
    picture.cover("")
    assert picture.frozen == 3
    picture.show_none()
    assert picture.frozen == 0
    assert not picture._looking.isActive()


def test_a_feed_that_is_made_again_keeps_its_last_picture_and_a_curtain_or_the_end_hides_it(desk: Desk) -> None:
    live(desk)
    assert desk.controller.current is not None
    picture = desk.controller.current.view.feed.picture
    assert has_picture(picture)
    desk.feed(FeedState.WAITING, "lost")
    assert has_picture(picture)
    desk.record(CurtainChanged(curtain=Curtain.PICTURE_OFF, at=START), ROOM)
    assert picture._cover
    desk.feed(FeedState.REFUSED, "room_not_proven")
    assert not has_picture(picture)
    live(desk)
    desk.flows.join.leave()
    assert not has_picture(picture)
