"""Chat: Enter sends, questions carry their section, and a line counts as seen only when it is on the screen."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.ui.chat_pane import Bubble, ChatBubble, ChatPane
from tests.desktop.ui.conftest import Shown, settle


def lines(count: int, *, own_last: bool = False) -> list[ChatBubble]:
    made = [ChatBubble(f"Line {number} of the chat", "14:20", own=False) for number in range(count)]
    if own_last:
        made.append(ChatBubble("Mine", "14:21", own=True))
    return made


def shown_pane(put_up: Shown, width: int = 380, height: int = 420) -> ChatPane:
    pane = ChatPane()
    put_up(pane, width, height)
    return pane


def at_end(pane: ChatPane) -> bool:
    bar = pane.area.verticalScrollBar()
    return bar.value() == bar.maximum()


def test_enter_sends_and_shift_enter_breaks_the_line(put_up: Shown) -> None:
    pane = shown_pane(put_up)
    sent: list[str] = []
    pane.message_written.connect(sent.append)
    pane.box.setFocus()
    QTest.keyClicks(pane.box, "Left")
    QTest.keyClick(pane.box, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(pane.box, "knee")
    QTest.keyClick(pane.box, Qt.Key.Key_Return)
    assert sent == ["Left\nknee"]
    assert pane.box.toPlainText() == ""
    QTest.keyClick(pane.box, Qt.Key.Key_Return)
    assert sent == ["Left\nknee"]


def test_a_question_carries_quick_answers_and_its_section(put_up: Shown) -> None:
    pane = shown_pane(put_up)
    asked: list[tuple[str, tuple[str, ...], str]] = []
    pane.question_written.connect(lambda text, replies, section: asked.append((text, replies, section)))
    pane.open_question("physical_exam")
    QTest.keyClicks(pane.question_text, "Which knee?")
    QTest.keyClicks(pane.replies, "left, right, , both, neither, other")
    QTest.keyClick(pane.question_text, Qt.Key.Key_Return)
    assert asked == [("Which knee?", ("left", "right", "both", "neither"), "physical_exam")]
    assert not pane.question.isVisible()
    assert pane.box.hasFocus()


def test_a_question_from_a_section_outside_the_template_is_about_that_section(put_up: Shown) -> None:
    pane = shown_pane(put_up)
    asked: list[str] = []
    pane.question_written.connect(lambda _text, _replies, section: asked.append(section))
    for section in ("allergies", "allergies", "hpi"):
        pane.open_question(section)
        pane.question_text.setText("Latex?")
        QTest.keyClick(pane.question_text, Qt.Key.Key_Return)
    assert asked == ["allergies", "allergies", "hpi"]
    assert pane.section.count() == 7


def test_escape_puts_the_question_away_and_keeps_its_words(put_up: Shown) -> None:
    pane = shown_pane(put_up)
    pane.open_question()
    QTest.keyClicks(pane.question_text, "Which")
    QTest.keyClick(pane.question_text, Qt.Key.Key_Escape)
    assert not pane.question.isVisible()
    pane.open_question()
    assert pane.question_text.text() == "Which"


def test_the_newest_line_is_in_sight_unless_older_ones_are_read(put_up: Shown) -> None:
    pane = shown_pane(put_up)
    pane.show_lines(lines(30), "Dr. Okafor", "")
    settle()
    assert pane.area.verticalScrollBar().maximum() > 0
    assert at_end(pane)
    pane.area.verticalScrollBar().setValue(0)
    pane.show_lines(lines(31), "Dr. Okafor", "")
    settle()
    assert not at_end(pane)
    pane.show_lines(lines(31, own_last=True), "Dr. Okafor", "")
    settle()
    assert at_end(pane)


def test_lines_are_seen_on_the_screen_only(put_up: Shown) -> None:
    pane = ChatPane()
    seen: list[bool] = []
    pane.seen.connect(lambda: seen.append(True))
    pane.show_lines(lines(2), "Dr. Okafor", "")
    assert seen == []
    put_up(pane, 380, 420)
    assert seen


def test_lines_above_the_newest_are_no_reading_of_it(put_up: Shown) -> None:
    pane = shown_pane(put_up)
    pane.show_lines(lines(30), "Dr. Okafor", "")
    settle()
    pane.area.verticalScrollBar().setValue(0)
    seen: list[bool] = []
    pane.seen.connect(lambda: seen.append(True))
    pane.show_lines(lines(31), "Dr. Okafor", "")
    settle()
    assert seen == []
    pane.area.verticalScrollBar().setValue(pane.area.verticalScrollBar().maximum())
    assert seen


def test_no_bubble_is_cut_at_any_width(put_up: Shown) -> None:
    pane = shown_pane(put_up)
    long = ChatBubble("Is she short of breath only on exertion, or also lying flat? " * 4, "14:21 · for HPI", own=True)
    word = ChatBubble("w" * 200, "14:22", own=False)
    pane.show_lines([long, word], "Dr. Okafor", "")
    for width in (260, 380, 700, 300):
        pane.resize(width, 420)
        settle()
        room = pane.area.viewport().width()
        bubbles = pane.area.findChildren(Bubble)
        assert len(bubbles) == 2
        for bubble in bubbles:
            inner = bubble.layout()
            assert inner is not None
            assert bubble.geometry().right() <= room
            assert inner.heightForWidth(bubble.width()) <= bubble.height()
