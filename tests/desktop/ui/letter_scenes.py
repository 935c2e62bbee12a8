"""What a scribe does with letters, on a desk with an open visit: pictures and tests begin from here."""

from datetime import date

from desktop.ui.letters.form import LetterForm
from tests.desktop.ui.desk import OKAFOR, SANTOS, START, Desk
from wire.letters import LetterBlock, LetterContent, LetterKind, WorkNoteFields
from wire.record import LetterReturned, LetterSent, LetterSigned

ASKED = "Until Friday, and no night shifts, please."


def work_letter(letter_id: str) -> LetterSent:
    """A work note as it was sent."""
    paragraphs = ("Rivera, Ana M was seen at Lakeside Clinic.", "May return to work on November 30, 2026.")
    content = LetterContent(
        visit_id="v1",
        letter_id=letter_id,
        version=1,
        kind=LetterKind.WORK_NOTE,
        title="Work note",
        blocks=(LetterBlock(heading="", paragraphs=paragraphs),),
        signer=(OKAFOR.name, "Lakeside Clinic"),
    )
    fields = WorkNoteFields(kind=LetterKind.WORK_NOTE, may_return=date(2026, 11, 30))
    return LetterSent(content=content, fields=fields, sha256="0" * 64)


def choose(form: LetterForm, kind: LetterKind) -> None:
    form.kind.setCurrentIndex(form.kind.findData(kind.value))


def enter(form: LetterForm, **typed: str) -> None:
    """Fill in lines and areas, as typing does."""
    for name, text in typed.items():
        if name in form.areas:
            form.areas[name].setPlainText(text)
        else:
            form.lines[name].setText(text)
            form.lines[name].textEdited.emit(text)


def open_form(desk: Desk, kind: LetterKind) -> LetterForm:
    current = desk.controller.current
    assert current is not None
    current.letters.open()
    choose(current.letters.sheet.form, kind)
    return current.letters.sheet.form


def fill_work_note(desk: Desk) -> None:
    """A work note that is filled in, with the letter beside it."""
    form = open_form(desk, LetterKind.WORK_NOTE)
    enter(form, excused_to="+2", may_return="+3", restrictions="No lifting over 10 lb.\nSit down every hour.")
    desk.jobs.run()


def two_sent(desk: Desk) -> None:
    """One letter is signed, one returned; a referral in the form lacks its question."""
    for letter_id in ("letter-1", "letter-2"):
        desk.record(work_letter(letter_id), SANTOS)
    desk.record(LetterSigned(letter_id="letter-1", version=1, sha256="0" * 64, auth_time=START))
    desk.record(LetterReturned(letter_id="letter-2", version=1, comment=ASKED))
    open_form(desk, LetterKind.REFERRAL)
    desk.jobs.run()
