"""Orders: a scribe pends and withdraws immutable versions, the visit's provider signs or declines exactly one."""

from gateway.rules.situation import Accepted, Decision, Situation, refuse
from visit.orders import missing_fields, order_sha256
from visit.record import OrderLine
from wire.commands import DeclineOrder, PendOrder, SignOrder, WithdrawOrder
from wire.orders import OrderState
from wire.record import OrderDeclined, OrderPended, OrderSigned, OrderWithdrawn
from wire.refusals import Refusal, RefusalCode
from wire.visits import NoteState


def pend_order(situation: Situation, command: PendOrder) -> Decision:
    """A version follows the one that the scribe saw; what was signed is never replaced."""
    order = command.order
    known = situation.record.orders.get(order.order_id)
    if situation.record.note_state is NoteState.SIGNED:
        return refuse(RefusalCode.WRONG_STATE)
    if known is not None and known.state in (OrderState.SIGNED, OrderState.ORDERED):
        return refuse(RefusalCode.WRONG_STATE)
    current = known.order.version if known is not None else 0
    if command.expected_version != current:
        return refuse(RefusalCode.CHANGED_MEANWHILE, version=str(current))
    if order.version != current + 1:
        return refuse(RefusalCode.MALFORMED, field="version")
    # A coding without a code is a blank form field in another dress.
    values: dict[str, object] = dict(order) | {"test": order.test.code, "reason": order.reason.code}
    missing = missing_fields(values)
    if missing:
        return refuse(RefusalCode.ORDER_INCOMPLETE, fields=",".join(missing))
    return Accepted((OrderPended(order=order, sha256=order_sha256(order)),))


def withdraw_order(situation: Situation, command: WithdrawOrder) -> Decision:
    """Only a pended order can be withdrawn, in the version that the scribe saw."""
    line = _pended(situation, command.order_id, command.expected_version)
    if isinstance(line, Refusal):
        return line
    return Accepted((OrderWithdrawn(order_id=command.order_id, version=command.expected_version),))


def sign_order(situation: Situation, command: SignOrder) -> Decision:
    """The signature names version and hash of what was on the screen."""
    line = _pended(situation, command.order_id, command.version)
    if isinstance(line, Refusal):
        return line
    if line.sha256 != command.sha256:
        return refuse(RefusalCode.HASH_MISMATCH)
    return Accepted((OrderSigned(order_id=command.order_id, version=command.version, sha256=command.sha256),))


def decline_order(situation: Situation, command: DeclineOrder) -> Decision:
    """Declining names the version that was on the screen."""
    line = _pended(situation, command.order_id, command.version)
    if isinstance(line, Refusal):
        return line
    return Accepted((OrderDeclined(order_id=command.order_id, version=command.version, reason=command.reason),))


def _pended(situation: Situation, order_id: str, version: int) -> OrderLine | Refusal:
    line = situation.record.orders.get(order_id)
    if line is None:
        return refuse(RefusalCode.UNKNOWN_ORDER)
    if line.order.version != version:
        return refuse(RefusalCode.CHANGED_MEANWHILE, version=str(line.order.version))
    if line.state is not OrderState.PENDED:
        return refuse(RefusalCode.WRONG_STATE)
    return line
