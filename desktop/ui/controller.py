"""Connects the window to the workflows: implements Screen, decides which page is in front, owns the visit views."""

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QGuiApplication

from desktop.ports import FrameRef, LinkState, SaveState, VaultProblem
from desktop.ui.actions import Actions
from desktop.ui.arrival import FirstRunView, SignInView, VaultProblemView
from desktop.ui.device_view import DeviceView
from desktop.ui.feed_controller import FeedController
from desktop.ui.key_bindings import OnVisit, bind_keys
from desktop.ui.main_window import MainWindow, StatusBar
from desktop.ui.parts import Page
from desktop.ui.present import Now, refusal_words, visit_row
from desktop.ui.present_gate import around, gate_state
from desktop.ui.surroundings import Flows, empty_day, show_banner, show_status, show_visit_time
from desktop.ui.talk_controller import TalkController
from desktop.ui.talk_hold import TalkHold
from desktop.ui.theme import Theme
from desktop.ui.today import TodayView
from desktop.ui.tokens import Tokens
from desktop.ui.visit_controller import VisitController
from desktop.ui.visit_view import VisitView
from desktop.ui.words import say
from desktop.workflows.join import JoinPhase
from desktop.workflows.open_visit import OpenVisit
from desktop.workflows.screen import Notice
from desktop.workflows.session import SessionPhase
from visit.document import TextChange
from wire.refusals import Refusal, RefusalCode
from wire.visits import Patient

TICK_MS = 1000


class Controller(QObject):
    """The one object between window and workflows."""

    def __init__(self, window: MainWindow, theme: Theme, version: str) -> None:
        super().__init__()
        self._window = window
        self._theme = theme
        theme.on_changed = self._on_theme_changed
        self._version = version
        self._flows: Flows | None = None
        self._visits: dict[str, VisitController] = {}
        self._current = ""
        self._place = "today"
        self._pages: dict[str, Page] = {}
        self._actions = Actions()
        self.feeds = FeedController()
        self.talk = TalkController(TalkHold(window, window.pages))
        self._saved_at: datetime | None = None
        self._on_retry: Callable[[], None] = lambda: None
        self.on_retry_vault: Callable[[], None] = lambda: None
        self.on_appearance: Callable[[str, int], None] = lambda _name, _pixels: None
        self.device_facts: Callable[[], dict[str, str]] = dict
        window.rail.place_chosen.connect(self.go)
        window.tab_chosen.connect(self._show_visit)
        window.tab_closed.connect(self._close_visit)
        window.banner.finish_requested.connect(self.finish)
        window.notice.sign_in_requested.connect(lambda: self.go("today"))
        window.banner.show_plain("Alcove")
        window.rail.show_place("", can_visit=False, signed_in=False)
        StatusBar.put(window.status.version, say("status.version", version=version))
        bind_keys(self._actions, window, window.pages, self)
        self._ticker = QTimer(self)
        self._ticker.setInterval(TICK_MS)
        self._ticker.timeout.connect(self._on_tick)

    def use(self, flows: Flows) -> None:
        """From now on there are workflows to show."""
        self._flows = flows
        self.feeds.use(flows.join, flows.replay)
        self.feeds.replay.on_turned = self.join_changed
        self.talk.use(flows.talk)
        flows.join.on_frame = self._on_frame
        self._ticker.start()

    # --- pages -----------------------------------------------------------------------------------------------------

    def _page(self, name: str) -> Page:
        """Pages are made when they are first shown: only the visit's is needed for typing."""
        if name not in self._pages:
            self._pages[name] = getattr(self, f"_make_{name}")()
        return self._pages[name]

    def _make_today(self) -> TodayView:
        view = TodayView()
        view.visit_chosen.connect(self.open_visit)
        return view

    def _make_device(self) -> DeviceView:
        view = DeviceView(self._theme.appearance)
        view.sign_out_requested.connect(self._on_sign_out)
        view.appearance_chosen.connect(self._on_appearance)
        view.zoomed.connect(self.zoom)
        return view

    def _make_first_run(self) -> FirstRunView:
        view = FirstRunView()
        view.submitted.connect(self._on_enroll)
        return view

    def _make_sign_in(self) -> SignInView:
        view = SignInView()
        view.sign_in_requested.connect(self._on_sign_in)
        view.cancelled.connect(self._on_cancel_sign_in)
        view.set_up_requested.connect(self._on_set_up_again)
        return view

    def _make_vault_problem(self) -> VaultProblemView:
        view = VaultProblemView()
        view.retried.connect(lambda: self._on_retry())
        view.quit_requested.connect(self._window.close)
        view.write_requested.connect(lambda: self.go("visit"))
        return view

    def _make_gate(self) -> Page:
        view = self.feeds.make_gate()
        view.closed.connect(self._on_gate_closed)
        view.join_requested.connect(self._on_join)
        return view

    def go(self, place: str) -> None:
        """Show a place of the rail."""
        if place == "visit" and not self._current:
            place = "today"
        self._place = place
        self._arrange()

    def _arrange(self) -> None:
        """Put the right page in front for the session's phase and the chosen place."""
        flows = self._flows
        if flows is None:
            return
        phase = flows.session.phase
        signed_in = phase in (SessionPhase.SIGNED_IN, SessionPhase.OFFLINE, SessionPhase.REFRESHING)
        self._window.rail.show_place(self._place, can_visit=bool(self._visits), signed_in=signed_in)
        if phase in (SessionPhase.FIRST_RUN, SessionPhase.ENROLLING):
            self._front("first_run", "Alcove")
        elif self._place == "visit" and self._current in self._visits:
            self._window.show_page(self._visits[self._current].view)
        elif self._place == "gate":
            self._window.show_page(self._page("gate"))
        elif self._place == "device":
            self._front("device", say("device.title"))
            view = self._page("device")
            if isinstance(view, DeviceView):
                view.show_facts(self.device_facts(), signed_in=signed_in)
        elif not signed_in and phase is not SessionPhase.STARTING:
            self._front("sign_in", "Alcove")
        else:
            self._front("today", say("today.title"))
        self._refresh_banner()

    def _front(self, name: str, title: str) -> None:
        self._window.show_page(self._page(name))
        self._window.banner.show_plain(title)

    def show_vault_problem(self, problem: VaultProblem) -> None:
        """Nothing can be written safely: say so, and offer to try again."""
        self._on_retry = lambda: self.on_retry_vault()
        view = self._page("vault_problem")
        if isinstance(view, VaultProblemView):
            self._window.show_page(view)
            view.show_vault_problem(problem.value)
        self._window.banner.show_plain("Alcove")

    def show_policy_problem(self, problem: str, on_again: Callable[[], None]) -> None:
        """The organisation's policy cannot be used: say so, open nothing, and offer to read it again."""
        self._on_retry = on_again
        view = self._page("vault_problem")
        if isinstance(view, VaultProblemView):
            self._window.show_page(view)
            view.show_policy_problem(problem)
        self._window.banner.show_plain("Alcove")

    def settings_not_read(self) -> None:
        """The user's own file of settings was not taken."""
        self._window.notice.show_text(say("notice.settings_invalid"))

    def show_start_problem(self, on_again: Callable[[], None]) -> None:
        """A part that visits need did not start: say so, and offer to try again or to quit."""
        self._on_retry = on_again
        view = self._page("vault_problem")
        if isinstance(view, VaultProblemView):
            self._window.show_page(view)
            view.show_start_problem(can_write=bool(self._visits))
        self._window.banner.show_plain("Alcove")

    # --- visits ----------------------------------------------------------------------------------------------------

    def open_visit(self, visit_id: str) -> None:
        """Open a visit from Today."""
        if self._flows is not None:
            self._flows.sync.open_visit(visit_id, self.adopt_visit)

    def adopt_visit(self, visit: OpenVisit) -> None:
        """Show an opened visit, ready to type."""
        controller = self._visits.get(visit.visit_id)
        if controller is None:
            view = VisitView(visit.visit_id, self._theme.tokens)
            controller = VisitController(visit, view, self._other_patients)
            self._visits[visit.visit_id] = controller
            if self._flows is not None:
                controller.use_quick_text(self._flows.quick_text)
            self.feeds.attach(visit.visit_id, view.feed)
            self.talk.attach(visit, view.feed.talk)
            view.feed.gate_requested.connect(self._on_gate)
            view.feed.leave_requested.connect(self._on_leave)
        self._show_visit(visit.visit_id)
        self.record_changed(visit.visit_id)
        controller.view.note.focus_last()

    def _show_visit(self, visit_id: str) -> None:
        self._current = visit_id
        self._place = "visit"
        self._window.show_tabs([(v, self._tab_words(v)) for v in self._visits], visit_id)
        self._arrange()

    def _tab_words(self, visit_id: str) -> str:
        summary = self._visits[visit_id].visit.summary
        if summary is None:
            return "…"
        key = "visit.tab_live" if self._visits[visit_id].listening else "visit.tab"
        return say(key, name=summary.patient.name, mrn=summary.patient.mrn_tail)

    def _close_visit(self, visit_id: str) -> None:
        flows = self._flows
        if flows is None or visit_id not in self._visits:
            return
        if self._visits[visit_id].listening:
            summary = self._visits[visit_id].visit.summary
            self._window.notice.show_text(say("visit.leave_first", name=summary.patient.name if summary else ""))
            return
        controller = self._visits.pop(visit_id)
        self.feeds.detach(visit_id)
        self.talk.detach(visit_id)
        flows.sync.close_visit(visit_id)
        self._window.pages.removeWidget(controller.view)
        controller.view.deleteLater()
        if self._current == visit_id:
            self._current = next(iter(self._visits), "")
        self._window.show_tabs([(v, self._tab_words(v)) for v in self._visits], self._current)
        self.go("visit")

    def _other_patients(self) -> list[Patient]:
        return [summary.patient for summary in self._flows.sync.visits.values()] if self._flows else []

    @property
    def current(self) -> VisitController | None:
        """The visit in front."""
        return self._visits.get(self._current)

    # --- the gate and the feed ---------------------------------------------------------------------------------------

    def _on_gate(self) -> None:
        flows = self._flows
        if flows is None or not self._current:
            return
        if flows.join.phase is JoinPhase.JOINED and flows.join.feed.visit_id != self._current:
            flows.join.leave("other_visit")
        flows.join.close_gate()
        flows.join.check(self._current)
        self._place = "gate"
        self._arrange()
        self.join_changed()

    def _on_gate_closed(self) -> None:
        if self._flows is not None:
            self._flows.join.close_gate()
        self.go("visit")

    def _on_join(self) -> None:
        if self._flows is not None:
            self._flows.join.join()
        self.go("visit")
        if self.current is not None:
            self.current.view.note.focus_last()

    def _on_leave(self) -> None:
        if self._flows is not None:
            self._flows.join.leave()

    def _on_sign_in(self) -> None:
        if self._flows is not None:
            self._flows.session.sign_in()

    def _on_set_up_again(self) -> None:
        if self._flows is not None:
            self._flows.session.set_up_again()

    def _on_cancel_sign_in(self) -> None:
        if self._flows is not None:
            self._flows.session.cancel_sign_in()

    def _on_frame(self, frame: FrameRef) -> None:
        self.feeds.show_frame(frame)

    # --- Screen ------------------------------------------------------------------------------------------------------

    def session_changed(self) -> None:
        """Sign-in, enrolment or the link's state changed."""
        flows = self._flows
        if flows is None:
            return
        session = flows.session
        problem = self._session_problem()
        first_run, sign_in = self._pages.get("first_run"), self._pages.get("sign_in")
        self._arrange()
        first_run, sign_in = self._pages.get("first_run"), self._pages.get("sign_in")
        if isinstance(first_run, FirstRunView):
            first_run.show_address(session.address, by_policy=bool(session.policy_address))
            first_run.show_busy(session.phase is SessionPhase.ENROLLING)
            first_run.show_problem(problem)
        if isinstance(sign_in, SignInView):
            practice = session.info.practice if session.info else ""
            sign_in.show_waiting(session.phase is SessionPhase.SIGNING_IN, practice)
            sign_in.show_problem(problem)
            unknown = session.refusal is not None and session.refusal.code is RefusalCode.DEVICE_NOT_ENROLLED
            sign_in.set_up.setVisible(unknown)
        for controller in self._visits.values():
            controller.me = session.person
            controller.online = flows.sync.state is LinkState.ONLINE
        if session.phase is SessionPhase.SIGNED_IN:
            self._window.notice.hide_sign_in()
        self._refresh_status()
        self.visits_changed()

    def visits_changed(self) -> None:
        """The day's list changed."""
        view = self._pages.get("today")
        flows = self._flows
        if isinstance(view, TodayView) and flows is not None:
            now = self._now()
            rows = [visit_row(v, now) for v in sorted(flows.sync.visits.values(), key=lambda v: v.scheduled_at)]
            day = now.at.astimezone(now.zone).strftime("%A, %d %B %Y")
            view.show_rows(rows, day, empty_day(flows))
        self._refresh_banner()

    def record_changed(self, visit_id: str) -> None:
        """Chat, orders, note state, consent or banner."""
        controller = self._visits.get(visit_id)
        if controller is not None:
            controller.refresh(self._now())
            self._refresh_banner()
            self.join_changed()

    def text_changed(self, visit_id: str, change: TextChange) -> None:
        """Somebody else's text change, or an undo."""
        if visit_id in self._visits:
            self._visits[visit_id].show_change(change)

    def authors_changed(self, visit_id: str) -> None:
        """Who wrote what changed."""
        if visit_id in self._visits:
            self._visits[visit_id].show_authors()

    def saved_changed(self, visit_id: str, state: SaveState) -> None:
        """Saving here, or waiting for the gateway, changed."""
        if state is SaveState.SAVED:
            self._saved_at = datetime.now(UTC)
        controller = self._visits.get(visit_id)
        if controller is not None:
            controller.saved(self._now())
        open_visits = self._flows.sync.open.values() if self._flows else ()  # one that was closed may not be saved yet
        unsaved = any(visit.save_state is SaveState.NOT_SAVED for visit in open_visits)
        self._window.notice.keep_text(say("notice.not_saved"), shown=unsaved)
        self._refresh_status()

    def join_changed(self) -> None:
        """Admission or the feed changed."""
        flows = self._flows
        if flows is None:
            return
        join = flows.join
        for visit_id, controller in self._visits.items():
            listening = join.phase is JoinPhase.JOINED and join.feed.visit_id == visit_id
            if controller.listening != listening:
                controller.listening = listening
                self._window.rename_tab(visit_id, self._tab_words(visit_id))
        elsewhere = next((c.visit.summary for c in self._visits.values() if c.listening), None)
        for visit_id, controller in self._visits.items():
            self.feeds.refresh(visit_id, around(controller.visit, flows.session, elsewhere, self._now()))
        self.talk.refresh()
        if self._place == "gate" and join.gate is not None:
            summary = flows.sync.visits.get(join.gate.visit_id)
            self.feeds.refresh_gate(gate_state(join.gate, join.phase, summary, self._now()))
        self._refresh_banner()

    def noticed(self, notice: Notice, refusal: Refusal | None, visit_id: str = "") -> None:
        """Something was refused or failed; nothing was lost."""
        why = refusal_words(refusal) if refusal else ""
        match notice:
            case Notice.REFUSED | Notice.LATE_EDITS:
                self._window.notice.show_text(why)
            case Notice.SIGNED_OUT:
                if self._place in ("visit", "gate"):  # elsewhere the sign-in page itself says so
                    self._window.notice.show_text(why, sign_in=True)
            case Notice.UPDATE_REFUSED:
                self._window.notice.show_text(say("notice.update_refused", why=why))
            case Notice.LINK_FAILED:
                self._window.notice.show_text(say("notice.link_failed"))
            case Notice.VAULT_FAILED:
                self._window.notice.show_text(say("notice.vault_failed"))
        if visit_id:
            self.record_changed(visit_id)

    def bug_noticed(self) -> None:
        """An unexpected failure of ours was caught at a boundary."""
        self._window.notice.show_text(say("notice.bug"))

    # --- inside ------------------------------------------------------------------------------------------------------

    def _now(self) -> Now:
        info = self._flows.session.info if self._flows else None
        zone: tzinfo = ZoneInfo(info.zone) if info else datetime.now().astimezone().tzinfo or UTC
        return Now(datetime.now(UTC), zone)

    def _session_problem(self) -> str:
        session = self._flows.session if self._flows else None
        if session is None:
            return ""
        if session.refusal is not None:
            return refusal_words(session.refusal)
        return say(f"link.{session.problem}") if session.problem is not None else ""

    def _refresh_banner(self) -> None:
        visit = self.current.visit if self.current is not None else None
        if visit is None or visit.summary is None or self._place not in ("visit", "gate"):
            return
        join = self._flows.join if self._flows else None
        show_banner(self._window, visit, visit.summary, join, self._now())
        self._window.banner.finish.setVisible(self._place == "visit")

    def _refresh_status(self) -> None:
        if self._flows is not None:
            show_status(self._window.status, self._flows, list(self._flows.sync.open.values()))

    def _on_tick(self) -> None:
        now = self._now()
        if self._flows is not None and self._flows.session.info is not None:
            StatusBar.put(self._window.status.time, say("status.time", time=f"{now.clock(now.at)}"))
        if self.current is not None and self._place == "visit":
            show_visit_time(self._window, self.current.visit)

    def _on_enroll(self, address: str, code: str) -> None:
        if self._flows is not None:
            self._flows.session.enroll(address, code, _device_name())

    def _on_sign_out(self) -> None:
        if self._flows is not None:
            self._flows.join.leave("signed_out")
            self._flows.session.sign_out()
            self.go("today")

    def finish(self) -> None:
        """Open the checklist of the visit in front."""
        if self.current is not None:
            self.go("visit")
            self.current.open_finish(self._now())

    def _on_theme_changed(self, tokens: Tokens) -> None:
        for controller in self._visits.values():
            controller.view.use_tokens(tokens)

    def _on_appearance(self, name: str) -> None:
        self._theme.appearance = name
        self._theme.apply()
        self.on_appearance(name, self._theme.pixels)

    def zoom(self, step: int) -> None:
        """Make the type larger or smaller; 0 is the usual size."""
        self._theme.zoom(step)
        self.on_appearance(self._theme.appearance, self._theme.pixels)

    def on_visit(self, handler: OnVisit) -> Callable[[], None]:
        """A handler that runs for the visit in front, while one is."""

        def run() -> None:
            if self.current is not None and self._place == "visit":
                handler(self.current)

        return run

    def bound_actions(self) -> set[str]:
        """Ids of the actions that work."""
        return self._actions.bound()


def _device_name() -> str:
    import platform

    return f"{platform.system()} laptop {platform.node()}"[:200] or QGuiApplication.applicationName()
