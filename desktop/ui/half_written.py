"""Messages and questions that somebody began and has not sent: kept over a lock and a restart, beside the note."""

import json
from collections.abc import Mapping

from desktop.ui.chat_pane import ChatPane
from desktop.ui.visit_view import VisitView


def half_written(views: Mapping[str, VisitView]) -> dict[str, str]:
    """What stands in each visit's boxes, as JSON by visit; empty when nothing does."""
    return {visit_id: _of(view.chat) for visit_id, view in views.items()}


def show_half_written(chat: ChatPane, kept: str) -> None:
    """Put back what was kept; what cannot be read is left out."""
    try:
        found = json.loads(kept) if kept else {}
        message, question, replies, section = (str(found.get(name, "")) for name in NAMES)
    except (ValueError, AttributeError):
        return
    if message:
        chat.box.setPlainText(message)
    if question:
        chat.open_question(section)
        chat.question_text.setText(question)
        chat.replies.setText(replies)


NAMES = ("message", "question", "replies", "section")


def _of(chat: ChatPane) -> str:
    message, question, replies = chat.box.toPlainText(), chat.question_text.text(), chat.replies.text()
    if not message and not question:
        return ""
    values = (message, question, replies, str(chat.section.currentData() or ""))
    return json.dumps(dict(zip(NAMES, values, strict=True)))
