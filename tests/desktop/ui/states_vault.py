"""The states of a vault that is closed, locked or taken away, shown by the real controller (a part of `states`)."""

from collections.abc import Callable

from desktop.ports import DamageCause, DiskState, RescueReport, VaultProblem, VisitRescue
from desktop.ui.vault_problem import VaultProblemView
from desktop.workflows.copies import CopyState
from desktop.workflows.wiping import WipePhase, WipeState
from tests.desktop.ui.desk import Desk


def in_a_visit(desk: Desk, *, two: bool = False) -> None:
    """A scribe at work, in one visit or in two."""
    desk.sign_in()
    if two:
        desk.open("v2", {"chief_complaint": "Knee injury."})
    desk.open()
    desk.start_capture()


def keyring_missing(desk: Desk) -> None:
    desk.controller.show_vault_problem(VaultProblem.KEYRING_MISSING)


def key_missing(desk: Desk) -> None:
    desk.controller.show_vault_problem(VaultProblem.KEY_MISSING)


def passphrase_new(desk: Desk) -> None:
    """No keyring, and no vault yet."""
    desk.controller.show_vault_problem(VaultProblem.KEYRING_MISSING, new=True)


def passphrase_needed(desk: Desk) -> None:
    desk.controller.show_vault_problem(VaultProblem.PASSPHRASE_NEEDED)


def passphrase_wrong(desk: Desk) -> None:
    desk.controller.show_vault_problem(VaultProblem.PASSPHRASE_WRONG)


def keyring_locked(desk: Desk) -> None:
    """Somebody writes on while the keyring is locked; it is kept, sealed."""
    desk.controller.show_vault_problem(VaultProblem.KEYRING_LOCKED)
    write_meanwhile(desk, kept=True)


def keyring_changed(desk: Desk) -> None:
    desk.controller.show_vault_problem(VaultProblem.KEYRING_CHANGED)


def key_wrong(desk: Desk) -> None:
    desk.controller.show_vault_problem(VaultProblem.KEY_WRONG)


def code_wrong(desk: Desk) -> None:
    desk.controller.show_vault_problem(VaultProblem.CODE_WRONG)


def vault_damaged(desk: Desk) -> None:
    """Nothing keeps what is typed but the window, and quitting is warned of."""
    desk.controller.show_vault_problem(VaultProblem.DAMAGED)
    write_meanwhile(desk, kept=False)


def newer_schema(desk: Desk) -> None:
    desk.controller.show_vault_problem(VaultProblem.NEWER_SCHEMA)


def disk_full(desk: Desk) -> None:
    desk.controller.show_vault_problem(VaultProblem.DISK_FULL)


def network_folder(desk: Desk) -> None:
    desk.controller.show_vault_problem(VaultProblem.NETWORK_FOLDER, new=True)


def write_meanwhile(desk: Desk, *, kept: bool) -> None:
    page = desk.window.pages.currentWidget()
    if isinstance(page, VaultProblemView):
        page.meanwhile.box.setPlainText("Her knee gave way twice on the stairs.")
        desk.controller.start.typed_is_kept(kept)


def locked(desk: Desk) -> None:
    in_a_visit(desk)
    desk.controller.start.locked()


def locking(desk: Desk) -> None:
    in_a_visit(desk, two=True)
    desk.controller.start.locked(locking=True)


def wiping(desk: Desk) -> None:
    in_a_visit(desk)
    desk.controller.start.wipe(WipeState(WipePhase.WORKING, 12, 2))


def wiped(desk: Desk) -> None:
    in_a_visit(desk)
    desk.controller.start.wipe(WipeState(WipePhase.NOTHING_UNSENT))


def wiped_kept(desk: Desk) -> None:
    in_a_visit(desk)
    folder = "/home/santos/.local/share/alcove/kept-for-it-1"
    desk.controller.start.wipe(WipeState(WipePhase.KEPT_FOR_IT, 12, 2, folder))


def wipe_asks(desk: Desk) -> None:
    in_a_visit(desk)
    desk.controller.start.wipe(WipeState(WipePhase.ASKS, 12, 2))


def wipe_sure(desk: Desk) -> None:
    in_a_visit(desk)
    desk.controller.start.wipe(WipeState(WipePhase.SURE, 12, 2))


def wipe_failed(desk: Desk) -> None:
    in_a_visit(desk)
    desk.controller.start.wipe(WipeState(WipePhase.FAILED, 1, 1))


def rescued(desk: Desk) -> None:
    """The vault was damaged, two saved words are gone, and the disk fills up."""
    in_a_visit(desk)
    loss = (VisitRescue("v1", 3, 2),)
    report = RescueReport("r1", "2026-11-27T10:00:00Z", DamageCause.FILE_DAMAGED, "aside/20261127", 412, loss, 0)
    desk.window.vault_strip.show_vault((report,), DiskState.LOW, lambda _visit_id: "Rivera, Ana M")


def rescued_copy(desk: Desk) -> None:
    """The practice's copy of what was missing is here."""
    rescued(desk)
    desk.window.vault_strip.show_copy("r1", CopyState(0, 1, reached=True))


def typed_meanwhile(desk: Desk) -> None:
    """Words that were written while the vault was closed, and a folder on a server."""
    in_a_visit(desk)
    desk.window.vault_strip.show_typed("Her knee gave way twice on the stairs.")
    desk.window.vault_strip.show_vault((), DiskState.NETWORK, lambda _visit_id: "")


def device_passphrase(desk: Desk) -> None:
    desk.sign_in()
    desk.controller.on_device_made = lambda view: view.passphrase.setVisible(True)
    desk.controller.go("device")


VAULT_STATES: dict[str, Callable[[Desk], None]] = {
    show.__name__: show
    for show in (
        keyring_missing, key_missing, passphrase_new, passphrase_needed, passphrase_wrong, keyring_locked,
        keyring_changed, key_wrong, code_wrong, vault_damaged, newer_schema, disk_full, network_folder, locked,
        locking, wiping, wiped, wiped_kept, wipe_asks, wipe_sure, wipe_failed, rescued, rescued_copy,
        typed_meanwhile, device_passphrase,
    )
}  # fmt: skip
