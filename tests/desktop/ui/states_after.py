"""States of a note after it was sent, and of a visit of the wrong patient: a part of `states`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from tests.desktop.ui.desk import ANA, BAO, OKAFOR, SANTOS, Desk, summary
from visit.compare import compare_notes
from visit.sections import SECTION_BY_KEY
from wire.people import Person
from wire.record import Fact, VisitFrozen, VisitMoved, VisitUnfrozen
from wire.versions import NoteVersion, VersionComparison, VersionSection, VersionState, VersionText
from wire.visits import VisitPhase

SENT = {
    "chief_complaint": "Follow-up of exertional chest pain.",
    "hpi": (
        "54-year-old woman, seen 3 weeks after ED evaluation for exertional chest pressure. Pressure now occurs twice "
        "weekly, lasts 5–10 minutes, relieved by rest. No radiation. Mother had an MI at 58."
    ),
    "physical_exam": "General: no distress. Heart: regular rate and rhythm, no murmur. Left knee: effusion.",
    "assessment_and_plan": "Stable angina: stress test.",
}
SIGNED = SENT | {
    "hpi": SENT["hpi"].replace("twice weekly", "three times weekly").replace(" No radiation.", ""),
    "ros": "Respiratory: dyspnea on two flights, no cough.",
    "assessment_and_plan": "Stable angina: stress test on 2 December. Aspirin 81 mg daily goes on.",
}


@dataclass
class Kept:
    """A gateway with two versions."""

    at: datetime

    def _version(self, seq: int) -> NoteVersion:
        state, author = ((VersionState.SENT, SANTOS), (VersionState.SIGNED, OKAFOR))[seq - 1]
        return NoteVersion(seq=seq, state=state, version=seq + 3, sha256=str(seq) * 64, author=author, at=self.at)

    def _text(self, seq: int) -> VersionText:
        texts = (SENT, SIGNED)[seq - 1]
        order = [key for key in SECTION_BY_KEY if key in texts]
        sections = (VersionSection(key=k, heading=SECTION_BY_KEY[k].heading, text=texts[k]) for k in order)
        return VersionText(version=self._version(seq), sections=tuple(sections))

    async def versions(self, _visit_id: str) -> list[NoteVersion]:
        return [self._version(1), self._version(2)]

    async def version(self, _visit_id: str, seq: int) -> VersionText:
        return self._text(seq)

    async def compared(self, _visit_id: str, left: int, right: int) -> VersionComparison:
        one, other = self._text(left), self._text(right)
        both = compare_notes(one.sections, other.sections)
        return VersionComparison(left=one.version, right=other.version, sections=both)


def signed(desk: Desk) -> None:
    """A signed note, as `states` has it, which takes these states in."""
    from tests.desktop.ui import states

    states.signed(desk)


def signed_late(desk: Desk) -> None:
    """Words came after the signature."""
    signed(desk)
    desk.flows.sync.open["v1"].edit("hpi", 0, 0, "Since spring. ")
    desk.controller.record_changed("v1")


def namesakes(desk: Desk, *facts: Fact) -> None:
    """A visit of the wrong patient, beside one of the same name."""
    other = ANA.model_copy(update={"patient_id": "9", "mrn_tail": "9902"})
    frozen = summary("v1", ANA).model_copy(update={"phase": VisitPhase.ENDED, "frozen": True})
    right = summary("v9", other, 40).model_copy(update={"scribe": Person(person_id=SANTOS.id, name=SANTOS.name)})
    desk.sign_in(frozen, right, summary("v2", BAO, 30))
    desk.open()
    desk.record(VisitFrozen(reason="Another patient of the same name"), SANTOS)
    for fact in facts:
        desk.record(fact)
    assert desk.controller.current is not None
    pane = desk.controller.current.view.put_right
    pane.choice.setCurrentIndex(1)


def frozen(desk: Desk) -> None:
    namesakes(desk)


def frozen_asked(desk: Desk) -> None:
    """The second press, with the patient in full."""
    namesakes(desk)
    assert desk.controller.current is not None
    desk.controller.current.view.put_right.move_button.click()


def frozen_moved(desk: Desk) -> None:
    namesakes(desk, VisitMoved(to_visit_id="v9"))


def frozen_today(desk: Desk) -> None:
    namesakes(desk)
    desk.controller.go("today")


def unfrozen(desk: Desk) -> None:
    namesakes(desk, VisitUnfrozen(reason="It is the same Rivera after all"))


def versions(desk: Desk) -> None:
    """Two versions beside each other, at the second change."""
    signed(desk)
    at = desk.flows.sync.open["v1"].entries[-1].at
    desk.flows.session.gateway = Kept(at)  # type: ignore[assignment]  # the three calls of versions
    assert desk.controller.current is not None
    desk.controller.current.after.open_versions()
    desk.jobs.run()
    pane = desk.controller.current.view.versions
    assert pane is not None
    pane.left.setCurrentIndex(0)
    pane.right.setCurrentIndex(1)
    desk.jobs.run()
    for _ in range(2):
        desk.controller.current.after.step_change(True)


def versions_offline(desk: Desk) -> None:
    signed(desk)
    assert desk.controller.current is not None
    desk.controller.current.after.open_versions()


AFTER: dict[str, Callable[[Desk], None]] = {
    show.__name__: show
    for show in (
        signed_late, frozen, frozen_asked, frozen_moved, frozen_today, unfrozen, versions, versions_offline,
    )
}  # fmt: skip
