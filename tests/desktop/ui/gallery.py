"""Every screen with sample values, for the tests and for looking at them.

`python -m tests.desktop.ui.gallery FOLDER [light|dark] [WIDTH HEIGHT]` saves a picture of each.
All people are invented.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter
from PySide6.QtWidgets import QApplication

from desktop.ports import VaultProblem
from desktop.ui.arrival import FirstRunView, SignInView
from desktop.ui.chat_pane import ChatBubble
from desktop.ui.device_view import DeviceView
from desktop.ui.finish_pane import FinishState
from desktop.ui.gate import CheckRow, GateState, GateView
from desktop.ui.main_window import MainWindow, StatusBar
from desktop.ui.obstacle_list import ObstacleLine
from desktop.ui.orders_pane import OrderRow
from desktop.ui.theme import Theme
from desktop.ui.today import TodayView, VisitRow
from desktop.ui.tokens import LIGHT, Tokens
from desktop.ui.vault_problem import VaultProblemView
from desktop.ui.visit_view import VisitView
from desktop.ui.words import say

NOTE = {
    "chief_complaint": "Follow-up of exertional chest pain.",
    "hpi": (
        "54-year-old woman with hypertension and hyperlipidemia, seen 3 weeks after ED evaluation for exertional chest "
        "pressure. Pressure now occurs *** weekly, lasts 5–10 minutes, relieved by rest. No radiation, diaphoresis or "
        "syncope. Left knee effusion limits the treadmill. Mother had an MI at 58."
    ),
    "ros": (
        "Cardiovascular: chest pressure, no palpitations, no edema. Respiratory: dyspnea on two flights, no cough. ***"
    ),
    "vital_signs": "BP 138/84, pulse 76, SpO₂ 98 %, temperature 36.7 °C, BMI 29.4.",
    "physical_exam": (
        "General: no distress. Heart: regular rate and rhythm, no murmur. Lungs: clear. Left knee: moderate "
        "effusion, no warmth, Lachman negative."
    ),
    "assessment_and_plan": "",
}
CHAT = [
    ChatBubble(
        "Which knee was the effusion: left or right?",
        "14:19 · for History of present illness · answered",
        True,
    ),
    ChatBubble("Left", "Dr. Okafor answers: Which knee was the effusion: left or right? · 14:20", False),
    ChatBubble("Also add BNP.", "Dr. Okafor · 14:20", False),
    ChatBubble(
        "Pended BNP. Is she short of breath only on exertion, or also lying flat?",
        "14:21 · for History of present illness · not answered yet",
        True,
    ),
]
ORDERS = [
    OrderRow(
        "1",
        1,
        "B-type natriuretic peptide",
        "Lab · LOINC 30934-4 · for Dyspnea · Routine",
        "Sent to sign",
        "accent",
        True,
    ),
    OrderRow(
        "2",
        2,
        "Lipid panel",
        "Lab · LOINC 24331-1 · for Hyperlipidemia · Routine",
        "Ordered",
        "ok",
        False,
    ),
    OrderRow("3", 1, "Hemoglobin A1c", "Declined: done in May", "Declined", "bad", False),
]
TESTS = [("30934-4", "B-type natriuretic peptide"), ("24331-1", "Lipid panel"), ("4548-4", "Hemoglobin A1c")]
REASONS = [("R06.09", "Dyspnea on exertion"), ("I20.89", "Stable angina"), ("E78.5", "Hyperlipidemia")]
TODAY = [
    VisitRow(
        "1",
        "14:10",
        "Rivera, Ana M",
        "54 F · 1972-03-11 · ··4471 · Chest pain follow-up",
        "Dr. Okafor · Room 4",
        (("Live", "accent"), ("Draft", "warn")),
    ),
    VisitRow(
        "2",
        "14:40",
        "Nguyen, Bao",
        "31 M · 1995-07-02 · ··0912 · Knee injury",
        "Dr. Lindqvist · Room 2",
        (("Scheduled", "plain"), ("Draft", "plain")),
    ),
    VisitRow(
        "3",
        "13:20",
        "O’Connell, Sadie",
        "7 F · 2019-01-30 · ··3305 · Ear pain",
        "Dr. Haddad · Room 1",
        (("Ended", "plain"), ("Signed", "ok")),
    ),
]
CHECKS = (
    CheckRow("Disk encryption", "ok", "LUKS on every writable volume", "", "Required"),
    CheckRow("Firewall", "ok", "nftables drops inbound by default", "", "Required"),
    CheckRow(
        "System updates",
        "warn",
        "Could not be read: the package lists are 9 days old",
        "Run the system's update once.",
        "Allowed until 25 Nov",
    ),
    CheckRow(
        "Screen lock",
        "bad",
        "Locks after 15 min; the practice allows 5 min",
        "You can fix this: Settings › Privacy › Screen lock.",
        "Required",
    ),
    CheckRow("Clock", "ok", "0.08 s from the practice", "", "Required"),
)
REFUSED = GateState(
    title="Join Dr. Okafor, Room 4", subtitle="Rivera, Ana M · 14:10 · Chest pain follow-up",
    checked="policy \"Lakeside Clinic\" 7 · report signed by this device's key", rows=CHECKS,
    verdict="3 pass · 1 until 25 Nov · 1 fails",
    tone="bad", waits_for="Join waits for: Screen lock", may_join=False, checking=False, sent='{"report": 1}',
)  # fmt: skip
UNFINISHED = FinishState(
    say("finish.not_ready"),
    (("!", "1 question is not answered"),),
    may_send=False, sent=False,
    obstacles=(
        ObstacleLine("History of present illness: blank in “Pressure now occurs *** weekly”", "hpi", 0, 3),
        ObstacleLine("Assessment and plan: needed, and nothing is written", "assessment_and_plan", 0, 0),
    ),
    attestation="Scribed for Dr. A. Okafor on 2026-11-23 by J. Santos, scribe, who did not listen to the room.",
)  # fmt: skip


def picture(width: int, height: int) -> QImage:
    """A frame as the room would send it: a plain room, no face."""
    image = QImage(width, height, QImage.Format.Format_RGB32)
    ground = QLinearGradient(0, 0, width, height)
    ground.setColorAt(0, QColor("#56646c"))
    ground.setColorAt(1, QColor("#a9b2b8"))
    painter = QPainter(image)
    painter.fillRect(image.rect(), ground)
    painter.end()
    return image


def visit_window(tokens: Tokens) -> tuple[MainWindow, VisitView]:
    """The visit's window as it stands in the middle of a visit."""
    window, view = MainWindow(), VisitView("1", tokens)
    banner = window.banner
    banner.show_patient(
        "Rivera, Ana M",
        "54 F · 1972-03-11 · ··4471",
        "Allergy: penicillin (hives)",
        "Dr. Okafor · Room 4",
    )
    banner.consent.show_state("Patient agreed", "ok")
    banner.time.show_state("12:41 in visit", "accent")
    banner.show_link("Link good", "Link good · 41 ms · 0.2% loss", "ok")
    banner.device.show_state("Device admitted", "ok")
    banner.finish.setVisible(True)
    window.rail.show_place("visit", can_visit=True, signed_in=True)
    fill_status(window.status)
    fill_visit(view, tokens)
    window.show_page(view)
    view.note.focus_section("hpi")
    return window, view


def fill_status(bar: StatusBar) -> None:
    """The status bar of a good moment."""
    StatusBar.put(bar.saved, say("status.saved"), "small")
    StatusBar.put(bar.waiting, say("status.waiting", count=2))
    StatusBar.put(bar.link, say("status.online", practice="Lakeside Clinic"))
    StatusBar.put(bar.time, say("status.time", time="14:22 (CST)"))
    StatusBar.put(bar.version, say("status.version", version="0.1.0"))


def fill_visit(view: VisitView, tokens: Tokens) -> None:
    """Note, chat, orders and feed of a visit."""
    view.note.show_texts(NOTE)
    view.note.show_state("Draft", "warn", read_only=False)
    start = NOTE["hpi"].index("Left knee")
    view.note.mark_authors("hpi", [(start, 41, "Dr. Okafor")])
    view.chat.show_lines(CHAT, "Dr. Okafor", "seen 14:21")
    view.orders.show_rows(ORDERS, can_pend=True)
    view.orders.form.offer(TESTS, REASONS)
    view.feed.show_state(say("feed.live_sentence", room="Room 4"), joined=True, can_join=True)
    view.feed.level.show_level(0.3)
    view.feed.picture.show_frame(picture(400, 225), 1, lambda: None)
    corner = Qt.AlignmentFlag
    view.feed.picture.show_tag(corner.AlignLeft | corner.AlignTop, "LIVE", "#ccb3261e")
    view.feed.picture.show_tag(corner.AlignRight | corner.AlignTop, "You listen")
    view.feed.picture.show_tag(corner.AlignLeft | corner.AlignBottom, "Dr. Okafor · Room 4")
    view.feed.picture.show_tag(corner.AlignRight | corner.AlignBottom, "J. Santos · 14:22", "#40000000")


def plain_window(title: str, place: str, *, signed_in: bool) -> MainWindow:
    """A window without a patient."""
    window = MainWindow()
    window.banner.show_plain(title)
    window.rail.show_place(place, can_visit=False, signed_in=signed_in)
    fill_status(window.status)
    return window


def show_visit(tokens: Tokens) -> MainWindow:
    return visit_window(tokens)[0]


def show_tabs(tokens: Tokens) -> MainWindow:
    window, view = visit_window(tokens)
    window.show_tabs([("1", "Rivera, Ana M ··4471"), ("2", "Nguyen, Bao ··0912")], "1")
    window.notice.show_text(say("refusal.changed_meanwhile"))
    view.note.show_message(say("note.other_patient"))
    return window


def show_waiting(tokens: Tokens) -> MainWindow:
    window, view = visit_window(tokens)
    view.feed.picture.show_none()
    view.feed.show_state(say("feed.off"), joined=False, can_join=True)
    corner = Qt.AlignmentFlag
    for place in (corner.AlignLeft | corner.AlignTop, corner.AlignRight | corner.AlignTop):
        view.feed.picture.show_tag(place, "")
    view.chat.open_question("hpi")
    view.orders.open_form()
    view.open_drawer()
    return window


def show_finish(tokens: Tokens) -> MainWindow:
    window, view = visit_window(tokens)
    view.finish.show_state(UNFINISHED)
    view.finish.setVisible(True)
    view.open_drawer()
    return window


def show_today(_tokens: Tokens) -> MainWindow:
    window, view = plain_window(say("today.title"), "today", signed_in=True), TodayView()
    view.show_rows(TODAY, "Monday, 23 November", "")
    window.show_page(view)
    return window


def show_empty_day(_tokens: Tokens) -> MainWindow:
    window, view = plain_window(say("today.title"), "today", signed_in=True), TodayView()
    view.show_rows([], "Monday, 23 November", say("today.none"))
    window.show_page(view)
    return window


def show_gate(tokens: Tokens) -> MainWindow:
    window, _ = visit_window(tokens)
    view = GateView()
    view.show_state(REFUSED)
    window.show_page(view)
    return window


def show_device(_tokens: Tokens) -> MainWindow:
    window, view = plain_window(say("device.title"), "device", signed_in=True), DeviceView("system")
    view.show_facts(
        {
            "person": "J. Santos", "gateway": "https://alcove.lakeside.example", "device": "8c1f",
            "key": say("device.key_keyring"), "vault": say("device.vault_text", folder="/home/santos/alcove"),
            "version": "0.1.0",
        },
        signed_in=True,
    )  # fmt: skip
    window.show_page(view)
    return window


def show_first_run(_tokens: Tokens) -> MainWindow:
    window, view = plain_window("Alcove", "", signed_in=False), FirstRunView()
    view.show_address("https://alcove.lakeside.example", by_policy=True)
    view.show_problem(say("refusal.code_invalid"))
    window.show_page(view)
    return window


def show_sign_in(_tokens: Tokens) -> MainWindow:
    window, view = plain_window("Alcove", "", signed_in=False), SignInView()
    view.show_waiting(True, "Lakeside Clinic")
    window.show_page(view)
    return window


def show_vault_problem(_tokens: Tokens) -> MainWindow:
    window, view = plain_window("Alcove", "", signed_in=False), VaultProblemView()
    view.show_vault_problem(VaultProblem.KEYRING_MISSING)
    window.show_page(view)
    return window


SCREENS: dict[str, Callable[[Tokens], MainWindow]] = {
    "visit": show_visit,
    "tabs": show_tabs,
    "waiting": show_waiting,
    "finish": show_finish,
    "today": show_today,
    "empty_day": show_empty_day,
    "gate": show_gate,
    "device": show_device,
    "first_run": show_first_run,
    "sign_in": show_sign_in,
    "vault_problem": show_vault_problem,
}


def main(folder: str, appearance: str = "light", width: str = "1440", height: str = "900", pixels: str = "13") -> None:
    app = QApplication(["alcove"])
    theme = Theme(app, appearance, int(pixels))
    for name, show in SCREENS.items():
        app.setStyleSheet("")
        theme.prepare()
        window = show(theme.tokens)
        theme.dress()
        window.resize(int(width), int(height))
        window.show()
        for _ in range(20):
            app.processEvents()
        target = Path(folder) / f"{name}-{appearance}-{width}.png"
        window.grab().save(str(target))
        window.close()
        window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


if __name__ == "__main__":
    main(*sys.argv[1:])

__all__ = ["LIGHT", "SCREENS", "visit_window"]
