"""Every state that a scribe can meet, shown by the real controller.

`python -m tests.desktop.ui.states FOLDER [light|dark] [WIDTH] [HEIGHT] [PIXELS] [NAME...]` saves a picture of each.
"""

import math
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from desktop.ports import (
    FeedState,
    LinkProblem,
    LinkState,
    TalkEnd,
    TalkNews,
    TalkState,
)
from desktop.replay_ports import REPLAY_PEAKS, ReplayMode, ReplayNews, ReplayProblem
from desktop.ui.theme import Theme
from desktop.workflows.join import JoinPhase
from desktop.workflows.screen import Notice
from desktop.workflows.session import SessionPhase
from tests.desktop.ui.desk import BAO, LONG, ROOM, SANTOS, START, Desk, summary, write
from tests.desktop.ui.letter_scenes import fill_work_note, two_sent
from tests.desktop.ui.source_states import SOURCE_STATES
from tests.desktop.ui.states_after import AFTER
from tests.desktop.ui.states_vault import VAULT_STATES
from tests.desktop.ui.template_states import show_left, show_template
from tests.desktop.ui.typing_states import TYPING
from tests.desktop.ui.word_states import WORD_STATES
from visit.time_anchor import TimeAnchor
from wire.capture import Curtain, Modality, SoundOnly
from wire.posture import CheckId, CheckState
from wire.record import (
    CaptureStarted,
    CaptureStopped,
    ConsentDecision,
    CurtainChanged,
    ModalitySet,
    NoteOpened,
    NoteReady,
    NoteReturned,
    NoteSent,
    NoteSigned,
    NoteWritten,
)
from wire.refusals import Refusal, RefusalCode

PASS = {
    CheckId.DISK_ENCRYPTION: (CheckState.PASS, "luks_everywhere", {}),
    CheckId.FIREWALL: (CheckState.PASS, "firewall_on", {"manager": "ufw"}),
    CheckId.UPDATES: (CheckState.PASS, "up_to_date", {}),
    CheckId.SCREEN_LOCK: (CheckState.PASS, "locks_in_time", {"seconds": "300", "max_seconds": "300"}),
    CheckId.CLOCK: (CheckState.PASS, "clock_agrees", {"seconds": "1"}),
}
FAILS = PASS | {
    CheckId.DISK_ENCRYPTION: (CheckState.FAIL, "volume_not_encrypted", {"place": "system"}),
    CheckId.UPDATES: (CheckState.FAIL, "security_updates_wait", {"number": "75"}),
    CheckId.SCREEN_LOCK: (CheckState.FAIL, "lock_too_slow", {"seconds": "900", "max_seconds": "300"}),
}
UNKNOWN = PASS | {
    CheckId.FIREWALL: (CheckState.UNKNOWN, "not_readable", {}),
    CheckId.SCREEN_LOCK: (CheckState.ERROR, "check_hung", {}),
}


def first_run(desk: Desk) -> None:
    desk.phase(SessionPhase.FIRST_RUN)


def first_run_refused(desk: Desk) -> None:
    desk.flows.session.address = "https://alcove.lakeside.example"
    desk.flows.session.policy_address = desk.flows.session.address
    desk.flows.session.refusal = Refusal(code=RefusalCode.CODE_INVALID)
    desk.phase(SessionPhase.FIRST_RUN)


def enrolling(desk: Desk) -> None:
    desk.flows.session.address = "https://alcove.lakeside.example"
    desk.phase(SessionPhase.ENROLLING)


def sign_in(desk: Desk) -> None:
    desk.know_practice()
    desk.phase(SessionPhase.SIGNED_OUT)


def sign_in_waiting(desk: Desk) -> None:
    desk.know_practice()
    desk.phase(SessionPhase.SIGNING_IN)


def sign_in_failed(desk: Desk) -> None:
    desk.flows.session.problem = LinkProblem.UNREACHABLE
    desk.phase(SessionPhase.SIGNED_OUT)


def refreshing(desk: Desk) -> None:
    desk.phase(SessionPhase.REFRESHING)


def start_problem(desk: Desk) -> None:
    desk.controller.show_start_problem(lambda: None)


def today(desk: Desk) -> None:
    desk.sign_in()


def today_empty(desk: Desk) -> None:
    desk.sign_in()
    desk.flows.sync.visits = {}
    desk.controller.visits_changed()


def today_offline(desk: Desk) -> None:
    desk.know_practice()
    desk.flows.session.problem = LinkProblem.UNREACHABLE
    desk.phase(SessionPhase.OFFLINE)


def today_error(desk: Desk) -> None:
    desk.sign_in()
    desk.controller.noticed(Notice.VAULT_FAILED, None)


def device(desk: Desk) -> None:
    desk.sign_in()
    desk.controller.go("device")


def preparing(desk: Desk) -> None:
    desk.sign_in()
    desk.open(note={})


def visit_waiting(desk: Desk) -> None:
    desk.sign_in()
    desk.open()
    desk.consent()


def consent_declined(desk: Desk) -> None:
    desk.sign_in()
    desk.open()
    desk.consent(ConsentDecision.DECLINED)


def gate_checking(desk: Desk) -> None:
    visit_waiting(desk)
    desk.gate({}, decided=False).challenge = None
    desk.flows.join.phase = JoinPhase.CHECKING
    desk.controller.join_changed()


def gate_refused(desk: Desk) -> None:
    visit_waiting(desk)
    desk.gate(FAILS)


def gate_unknown(desk: Desk) -> None:
    visit_waiting(desk)
    desk.gate(UNKNOWN)


def gate_admitted(desk: Desk) -> None:
    visit_waiting(desk)
    desk.gate(PASS)


def gate_not_judged(desk: Desk) -> None:
    visit_waiting(desk)
    gate = desk.gate(UNKNOWN, decided=False)
    gate.refusal = Refusal(code=RefusalCode.CONSENT_MISSING)
    desk.controller.join_changed()


def live(desk: Desk) -> None:
    desk.sign_in()
    desk.open()
    desk.start_capture()
    desk.talk()
    desk.pend_three()
    desk.provider_writes("physical_exam", " Left knee: moderate effusion.")
    desk.feed(FeedState.LIVE)


def live_speaking(desk: Desk) -> None:
    """A press whose microphone is open and whose sound the room plays."""
    live(desk)
    desk.flows.talk.press()
    desk.media.on_talk(TalkNews(TalkState.SPEAKING, None, 0.4, 1))
    desk.flows.talk.heard = True
    desk.flows.talk.on_changed()


def said(seconds: float = 60.0) -> bytes:
    """The peaks of a voice: words and pauses, the last so many seconds."""
    loud = (round(150 + 80 * math.sin(n * 0.9) * math.sin(n * 0.13)) for n in range(REPLAY_PEAKS))
    begun = round((1 - seconds / 60) * REPLAY_PEAKS)
    return bytes(max(0, level) if n >= begun and n % 37 > 6 else 0 for n, level in enumerate(loud))


def live_kept(desk: Desk) -> None:
    """Live; the last 40 s can be heard again."""
    live(desk)
    desk.media.on_replay(ReplayNews(ReplayMode.LIVE, 60, 40.0, live_level=0.2, peaks=said(40)))


def live_replay(desk: Desk) -> None:
    """What was said 23 s ago is heard, slowly, while somebody speaks."""
    live(desk)
    desk.flows.replay.choose_speed(0.75)
    desk.media.on_replay(ReplayNews(ReplayMode.REPLAY, 60, 60.0, 23.0, 0.75, 0.2, said()))


def live_replay_gone(desk: Desk) -> None:
    """A time in the visit that is kept no longer."""
    live(desk)
    desk.media.on_replay(ReplayNews(ReplayMode.LIVE, 60, 60.0, live_level=0.2, peaks=said()))
    desk.flows.replay.hear("v1", TimeAnchor(0))


def live_not_locked(desk: Desk) -> None:
    """The system locks no memory, so there is no replay."""
    live(desk)
    desk.media.on_replay(ReplayNews(problem=ReplayProblem.NOT_LOCKED))


def live_no_microphone(desk: Desk) -> None:
    live(desk)
    desk.flows.talk.press()
    desk.media.on_talk(TalkNews(TalkState.SILENT, TalkEnd.NO_MICROPHONE, 0.0, 1))


def live_waiting(desk: Desk) -> None:
    visit_waiting(desk)
    desk.feed(FeedState.WAITING)


def live_lost(desk: Desk) -> None:
    live(desk)
    desk.feed(FeedState.WAITING, "lost")


def live_frozen(desk: Desk) -> None:
    """The picture stands still, the sound goes on."""
    live(desk)
    assert desk.controller.current is not None
    picture = desk.controller.current.view.feed.picture
    came = picture.clock()
    picture.clock = lambda: came + 4.0
    picture.look()


def live_curtain(desk: Desk) -> None:
    live(desk)
    desk.record(CurtainChanged(curtain=Curtain.PICTURE_OFF, at=START), ROOM)


def live_curtain_all(desk: Desk) -> None:
    live(desk)
    desk.record(CurtainChanged(curtain=Curtain.ALL_OFF, at=START), ROOM)


def live_sound_only(desk: Desk) -> None:
    desk.sign_in()
    desk.open()
    desk.consent()
    desk.record(ModalitySet(modality=Modality.VIDEO_VISIT, sound_only=SoundOnly.BANDWIDTH), ROOM)
    desk.record(CaptureStarted(), ROOM)
    desk.feed(FeedState.LIVE)


def order_form(desk: Desk) -> None:
    live(desk)
    current = desk.controller.current
    if current is not None:
        current.view.show_new_order()
        current.view.orders.form.pend_button.click()


def question_form(desk: Desk) -> None:
    live(desk)
    current = desk.controller.current
    if current is not None:
        current.view.chat.open_question("hpi")


def offline(desk: Desk) -> None:
    live(desk)
    desk.flows.sync.link_changed(LinkState.OFFLINE, None)
    current = desk.controller.current
    if current is not None:
        write(current.view.note, "ros", " No fever.")
        current.visit.send_chat("Are you there?")
    desk.jobs.run()


def signed_out(desk: Desk) -> None:
    live(desk)
    desk.flows.sync.link_changed(LinkState.SIGNED_OUT, RefusalCode.TOKEN_EXPIRED)
    desk.flows.session.session_ended(RefusalCode.TOKEN_EXPIRED)


def not_saved(desk: Desk) -> None:
    live(desk)
    desk.vault.broken = True
    current = desk.controller.current
    if current is not None:
        write(current.view.note, "ros", " No fever.")
        current.visit.send_chat("Disk?")
    desk.jobs.run()
    desk.jobs.advance(3.0)


def finish_not_ready(desk: Desk) -> None:
    live(desk)
    desk.controller.finish()


def finish_ready(desk: Desk) -> None:
    live(desk)
    complete(desk)
    desk.controller.finish()


def complete(desk: Desk) -> None:
    """Nothing is missing in the note."""
    current = desk.controller.current
    if current is None:
        return
    current.view.note.editor.go_to("hpi")
    current.view.note.editor.select_more()
    current.view.note.editor.insertPlainText("Pressure twice weekly.")
    write(current.view.note, "assessment_and_plan", "Stable angina: stress test.")
    desk.jobs.run()
    desk.acknowledge()


def sent(desk: Desk) -> None:
    finish_ready(desk)
    desk.record(CaptureStopped(reason="stopped"), ROOM)
    desk.flows.join.leave("stopped")
    desk.record(NoteReady(), SANTOS)
    desk.record(NoteSent(version=1, sha256="0" * 64), SANTOS)


def opened(desk: Desk) -> None:
    sent(desk)
    desk.record(NoteOpened(version=1))


def returned(desk: Desk) -> None:
    opened(desk)
    desk.record(NoteReturned(version=1, comment="Please add the stress test's date.", section="assessment_and_plan"))


def signed(desk: Desk) -> None:
    opened(desk)
    desk.record(NoteSigned(version=1, sha256="0" * 64, auth_time=desk.flows.sync.open["v1"].entries[0].at))
    reference = "DocumentReference/01a20932-3d35-7d63-b0d0-527f2072edaa"
    desk.record(NoteWritten(version=1, ehr_reference=reference, ehr_version="1"))


def letters_form(desk: Desk) -> None:
    live(desk)
    fill_work_note(desk)


def letters_returned(desk: Desk) -> None:
    live(desk)
    two_sent(desk)


def two_visits(desk: Desk) -> None:
    live(desk)
    desk.open("v2", {"chief_complaint": "Knee injury."})


def paste_refused(desk: Desk) -> None:
    live(desk)
    QGuiApplication.clipboard().setText("Bao Nguyen, born 1995-07-02")
    current = desk.controller.current
    if current is not None:
        current.view.note.editor.go_to("hpi")
        current.view.note.editor.paste()


def shortcuts(desk: Desk) -> None:
    live(desk)
    desk.window.toggle_shortcuts()


def long_names(desk: Desk) -> None:
    desk.sign_in(summary("v1", LONG), summary("v2", BAO))
    desk.open("v2", {})
    desk.open("v1")
    desk.start_capture()
    desk.talk()
    desk.pend_three()
    desk.feed(FeedState.LIVE)


def update_refused(desk: Desk) -> None:
    live(desk)
    refusal = Refusal(code=RefusalCode.STORAGE_FULL)
    desk.controller.noticed(Notice.UPDATE_REFUSED, refusal, "v1")


def pick_list(desk: Desk) -> None:
    """What a phrase left open: the next pick list is selected."""
    live(desk)
    current = desk.controller.current
    if current is not None:
        write(current.view.note, "assessment_and_plan", "Stable angina: {stress test|angiography} in *** days.")
        current.view.note.focus_section("assessment_and_plan")
        current.view.note.editor.step(False)
        current.view.note.find_blank(True)
    desk.jobs.run()


def over_live(show: Callable[[Desk], None]) -> Callable[[Desk], None]:
    """A state that comes up in the middle of a live visit."""

    def shown(desk: Desk) -> None:
        live(desk)
        show(desk)

    return shown


def template(desk: Desk) -> None:
    live(desk)
    show_template(desk)


def finish_left(desk: Desk) -> None:
    template(desk)
    show_left(desk)


STATES: dict[str, Callable[[Desk], None]] = {
    show.__name__: show
    for show in (
        start_problem, first_run, first_run_refused, enrolling, sign_in, sign_in_waiting, sign_in_failed, refreshing,
        today, today_empty, today_offline, today_error, device, preparing,
        visit_waiting, consent_declined, gate_checking, gate_refused, gate_unknown, gate_admitted, gate_not_judged,
        live, live_speaking, live_no_microphone, live_kept, live_replay, live_replay_gone, live_not_locked,
        live_waiting, live_lost, live_frozen, live_curtain, live_curtain_all, live_sound_only, order_form,
        question_form, offline, signed_out, not_saved, finish_not_ready,
        finish_ready, sent, opened, returned, signed, two_visits, paste_refused, shortcuts, long_names,
        update_refused, pick_list, *SOURCE_STATES, letters_form, letters_returned,
        *WORD_STATES, template, finish_left,
    )
} | AFTER | VAULT_STATES  # fmt: skip
STATES |= {name: over_live(show) for name, show in TYPING.items()}


def main(
    folder: str, appearance: str = "light", width: str = "1440", height: str = "900", pixels: str = "13", *names: str
) -> None:
    app = QApplication(["alcove"])
    theme = Theme(app, appearance, int(pixels))
    theme.prepare()
    theme.dress()
    for name in names or STATES:
        desk = Desk(theme)
        desk.window.resize(int(width), int(height))
        desk.window.show()
        desk.window.activateWindow()
        app.processEvents()
        STATES[name](desk)
        desk.controller._on_tick()
        for _ in range(10):
            app.processEvents()
        desk.window.resize(int(width), int(height))
        app.processEvents()
        size = desk.window.size()
        if size.width() > int(width) or size.height() > int(height):
            print(name, "needs", size.width(), size.height())
        target = Path(folder) / f"{name}-{appearance}-{width}-{pixels}.png"
        desk.window.grab().save(str(target))
        desk.close()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


if __name__ == "__main__":
    main(*sys.argv[1:])
