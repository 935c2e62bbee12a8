"""The visit's template as a scribe meets it, in a visit that is open: for the states that are shown."""

from tests.desktop.ui.desk import OKAFOR, SANTOS, Desk
from visit.provider_layer import OwnHeading, ProviderLayer
from visit.template_choice import chosen_fact
from visit.template_files import template_by_id
from wire.record import ListeningStarted, ScribeAdmitted


def show_template(desk: Desk) -> None:
    """A cardiologist's own way with the template; the normal exam is inserted and nothing of it is heard yet."""
    current = desk.controller.current
    found = template_by_id("cardiology.follow_up")
    if current is None or found is None:
        raise AssertionError("a visit is open, and the template ships")
    headings = (OwnHeading(section="hpi", heading="Interval history"),)
    own = ProviderLayer(provider_id=OKAFOR.id, version=1, headings=headings)
    desk.record(chosen_fact(found, (own,)), OKAFOR)
    current.view.note.focus_section("physical_exam")
    current.insert_exam()
    current.view.note.focus_section("medications")
    current.insert_skeleton()
    desk.jobs.run()


def show_left(desk: Desk) -> None:
    """All that is left to do in that note, and who scribed."""
    desk.record(ScribeAdmitted(admission_id="a1", device_id="d1", report_sha256="0" * 64, policy_version="7"), SANTOS)
    desk.record(ListeningStarted(admission_id="a1"), SANTOS)
    desk.controller.finish()
