"""Letters: a scribe sends and withdraws whole versions, the visit's provider signs or returns exactly one.

The gateway makes each letter itself, of the fields, of the people it knows and of its own note; the scribe's hash only
says that she saw the same.
"""

from gateway.rules.note import step_up_problem
from gateway.rules.situation import Accepted, Decision, Situation, refuse
from visit.letter_content import LetterName, letter_content, letter_sha256
from visit.letter_lines import LetterLine
from visit.letters import LetterProblem
from wire.commands import ReturnLetter, SendLetter, SignLetter, WithdrawLetter
from wire.letters import LetterState
from wire.record import LetterReturned, LetterSent, LetterSigned, LetterWithdrawn
from wire.refusals import Refusal, RefusalCode


def send_letter(situation: Situation, command: SendLetter) -> Decision:
    """A version follows the one that the scribe saw; what was signed is never replaced."""
    record = situation.record
    known = record.letters.get(command.letter_id)
    if known is not None and known.state is LetterState.SIGNED:
        return refuse(RefusalCode.WRONG_STATE)
    current = known.content.version if known is not None else 0
    if command.expected_version != current:
        return refuse(RefusalCode.CHANGED_MEANWHILE, version=str(current))
    name = LetterName(record.visit_id, command.letter_id, current + 1)
    content = letter_content(name, command.fields, situation.letter_head, situation.note.texts)
    if isinstance(content, LetterProblem):
        return refuse(RefusalCode.LETTER_INCOMPLETE, problem=content.value)
    sha256 = letter_sha256(content)
    if sha256 != command.sha256:
        return refuse(RefusalCode.HASH_MISMATCH)
    return Accepted((LetterSent(content=content, fields=command.fields, sha256=sha256),))


def withdraw_letter(situation: Situation, command: WithdrawLetter) -> Decision:
    """A letter goes back until it is signed, in the version that the scribe saw; withdrawn already is as good."""
    line = _known(situation, command.letter_id, command.expected_version)
    if isinstance(line, Refusal):
        return line
    if line.state is LetterState.SIGNED:
        return refuse(RefusalCode.WRONG_STATE)
    withdrawn = LetterWithdrawn(letter_id=command.letter_id, version=command.expected_version)
    return Accepted(() if line.state is LetterState.WITHDRAWN else (withdrawn,))


def return_letter(situation: Situation, command: ReturnLetter) -> Decision:
    """A sent letter goes back with a comment, in the version that was on the screen."""
    line = _sent(situation, command.letter_id, command.version)
    if isinstance(line, Refusal):
        return line
    fact = LetterReturned(letter_id=command.letter_id, version=command.version, comment=command.comment)
    return Accepted((fact,))


def sign_letter(situation: Situation, command: SignLetter) -> Decision:
    """The signature names version and hash of what was on the screen, and needs a fresh step-up."""
    line, auth_time = _sent(situation, command.letter_id, command.version), situation.auth_time
    if isinstance(line, Refusal):
        return line
    if line.sha256 != command.sha256:
        return refuse(RefusalCode.HASH_MISMATCH)
    refusal = step_up_problem(situation)
    if refusal is not None or auth_time is None:
        return refusal or refuse(RefusalCode.STEP_UP_NEEDED)
    fact = LetterSigned(letter_id=command.letter_id, version=command.version, sha256=line.sha256, auth_time=auth_time)
    return Accepted((fact,))


def _known(situation: Situation, letter_id: str, version: int) -> LetterLine | Refusal:
    line = situation.record.letters.get(letter_id)
    if line is None:
        return refuse(RefusalCode.UNKNOWN_LETTER)
    if line.content.version != version:
        return refuse(RefusalCode.CHANGED_MEANWHILE, version=str(line.content.version))
    return line


def _sent(situation: Situation, letter_id: str, version: int) -> LetterLine | Refusal:
    line = _known(situation, letter_id, version)
    if isinstance(line, LetterLine) and line.state is not LetterState.SENT:
        return refuse(RefusalCode.WRONG_STATE)
    return line
