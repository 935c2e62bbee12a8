"""States of a visit with questions in the note, and with what cannot wait, shown by the real controller.

`python -m tests.desktop.ui.question_states FOLDER [light|dark] [WIDTH] [HEIGHT] [PIXELS] [NAME...]` saves pictures.
"""

import sys
from collections.abc import Callable

from desktop.ports import LinkState
from tests.desktop.ui.desk import SANTOS, Desk, write
from tests.desktop.ui.states import STATES, complete, live, main
from wire.record import UrgentTold
from wire.urgent import UrgentKind


def question_offered(desk: Desk) -> None:
    """A sentence with a gap was left: its question is ready, and typing goes on."""
    live(desk)
    current = desk.controller.current
    if current is not None:
        write(current.view.note, "physical_exam", " Effusion of the ?? knee. ")
        current.questions.look()


def urgent_form(desk: Desk) -> None:
    """Which value is critical is asked for."""
    live(desk)
    current = desk.controller.current
    if current is not None:
        current.questions.tell_now()
        current.view.chat.urgent.choose(UrgentKind.CRITICAL_VALUE)


def urgent_waits(desk: Desk) -> None:
    """Told at once, and not delivered yet."""
    live(desk)
    desk.record(UrgentTold(urgent_id="u1", kind=UrgentKind.PHQ9_ITEM_9, text="2 of 3"), SANTOS)
    desk.flows.sync.link_changed(LinkState.OFFLINE, None)
    desk.flows.sync.open["v1"].tell_provider(UrgentKind.CRITICAL_VALUE, "Potassium 6.8")
    desk.jobs.run()


def finish_with_question(desk: Desk) -> None:
    """Nothing is missing but an answer."""
    question_offered(desk)
    complete(desk)
    desk.controller.finish()


QUESTION_STATES: dict[str, Callable[[Desk], None]] = {
    show.__name__: show for show in (question_offered, urgent_form, urgent_waits, finish_with_question)
}

if __name__ == "__main__":
    STATES.update(QUESTION_STATES)
    folder, *rest = sys.argv[1:]
    main(folder, *(rest + ["light", "1440", "900", "13", *QUESTION_STATES][len(rest) :]))
