"""The screens that stand in the place of all others: a vault that is closed, was locked, or is being erased."""

from collections.abc import Callable

from desktop.ports import Given, VaultProblem
from desktop.ui.arrival import LockedView
from desktop.ui.main_window import MainWindow
from desktop.ui.parts import Page
from desktop.ui.vault_problem import VaultProblemView
from desktop.ui.wipe_view import WipeView
from desktop.workflows.wiping import WipeState


class StartPages:
    """Shows them; while one is `held`, no patient's name or word is on the screen and no other page comes in front."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._problem: VaultProblemView | None = None
        self._locked: LockedView | None = None
        self._wipe: WipeView | None = None
        self.held = False
        self._kept = False
        self._warned = False
        self.offers_passphrase = True
        """Whether policy lets a passphrase keep the key of a new vault."""
        self.on_retry: Callable[[], None] = lambda: None
        self.on_write: Callable[[], None] = lambda: None
        self.on_given: Callable[[Given], None] = lambda _given: None
        self.on_typed: Callable[[str], None] = lambda _text: None
        self.on_unlock: Callable[[], None] = lambda: None
        self.on_other: Callable[[], None] = lambda: None
        self.on_erase: Callable[[], None] = lambda: None
        self.on_keep: Callable[[], None] = lambda: None
        self.on_end: Callable[[], None] = lambda: None

    def vault_problem(self, problem: VaultProblem, *, new: bool, on_again: Callable[[], None]) -> None:
        """The vault cannot be opened."""
        view = self._problem_view(on_again)
        view.show_vault_problem(problem, new=new, offer=self.offers_passphrase)

    def policy_problem(self, problem: str, on_again: Callable[[], None]) -> None:
        """The organisation's policy cannot be used."""
        self._problem_view(on_again).show_policy_problem(problem)

    def start_problem(self, on_again: Callable[[], None], *, can_write: bool) -> None:
        """A part that visits need did not start."""
        self._problem_view(on_again).show_start_problem(can_write=can_write)

    def typed_is_kept(self, kept: bool) -> None:
        """Whether what is typed meanwhile is on the disk, sealed."""
        self._kept = kept
        if self._problem is not None:
            self._problem.meanwhile.show_kept(kept)

    def typed(self) -> str:
        """What was typed meanwhile."""
        return self._problem.meanwhile.box.toPlainText() if self._problem is not None else ""

    def locked(self, *, locking: bool = False, opening: bool = False, problem: str = "") -> None:
        """Nobody wrote for a while; everything is hidden until somebody unlocks."""
        if self._locked is None:
            self._locked = LockedView()
            self._locked.unlock_requested.connect(lambda: self.on_unlock())
            self._locked.other_requested.connect(lambda: self.on_other())
        self._locked.show_busy(locking=locking, opening=opening)
        self._locked.show_problem(problem)
        self._hold(self._locked)

    def wipe(self, state: WipeState) -> None:
        """This laptop was taken out of the practice."""
        if self._wipe is None:
            self._wipe = WipeView()
            self._wipe.erase_requested.connect(lambda: self.on_erase())
            self._wipe.kept.connect(lambda: self.on_keep())
            self._wipe.ended.connect(lambda: self.on_end())
        self._hold(self._wipe)
        self._wipe.show_state(state)

    def release(self) -> None:
        """Other pages may come in front again."""
        self.held = False
        self._window.vault_strip.cover(False)

    def _problem_view(self, on_again: Callable[[], None]) -> VaultProblemView:
        self.on_retry, self.held = on_again, False
        if self._problem is None:
            view = self._problem = VaultProblemView()
            view.retried.connect(lambda: self.on_retry())
            view.quit_requested.connect(self._quit)
            view.write_requested.connect(lambda: self.on_write())
            view.given.connect(lambda given: self.on_given(given))
            view.typed.connect(lambda text: self.on_typed(text))
        self._window.show_page(self._problem)
        self._window.banner.show_plain("Alcove")
        return self._problem

    def _quit(self) -> None:
        """Words that are in this window alone are given up by two presses, not by one."""
        if self._problem is not None and self.typed() and not self._kept and not self._warned:
            self._warned = True
            self._problem.meanwhile.warn()
        else:
            self._window.close()

    def _hold(self, page: Page) -> None:
        self.held = True
        window = self._window
        window.show_page(page)
        window.banner.show_plain("Alcove")
        window.rail.show_place("", can_visit=False, signed_in=False)
        window.vault_strip.cover(True)
        for strip in (window.tab_strip, window.notice):
            strip.setVisible(False)
