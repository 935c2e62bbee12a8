"""Phrases: the scribe's own kept in the vault, the provider's and the practice's fetched, and there offline."""

from datetime import UTC, date, datetime, timedelta

import pytest

from desktop.ports import LinkFailed, LinkProblem
from desktop.workflows.begin import Begun, begin
from desktop.workflows.phrase_keeping import BUCKETS, bucket_of, read_phrases
from tests.desktop.workflows.doubles import MemoryVault, RememberingScreen, SteppedJobs
from visit.phrase_files import FileProblem, Import
from visit.phrase_files import read_phrases as read_file
from visit.phrases import MAX_PHRASES, OwnerKind, Phrase, PhraseLibrary, PhraseProblem
from wire.live import Visits, Welcome
from wire.people import Person, Principal, Role, Room
from wire.phrases import PhrasePage, SharedPhrase
from wire.visits import Patient, VisitSummary

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
USER, PROVIDER, PRACTICE = OwnerKind
ANA = Patient(patient_id="1", name="Rivera, Ana M", birth_date=date(1972, 3, 11), sex="female", mrn_tail="4471")
SHIPPED = PhraseLibrary([Phrase(PRACTICE, "shipped", "From the pack.", 1, NOW - timedelta(days=1))])


def shared(name: str, text: str, version: int = 1, *, removed: bool = False) -> SharedPhrase:
    return SharedPhrase(name=name, text=text, version=version, updated_at=NOW, removed=removed)


class Gateway:
    """Serves phrases in pages of two, by revision."""

    def __init__(self) -> None:
        self.practice: list[SharedPhrase] = []
        self.providers: dict[str, list[SharedPhrase]] = {}
        self.asked: list[tuple[str, int]] = []
        self.away = False

    async def practice_phrases(self, after: int) -> PhrasePage:
        return self._page("practice", self.practice, after)

    async def provider_phrases(self, visit_id: str, after: int) -> PhrasePage:
        return self._page(visit_id, self.providers[visit_id], after)

    def _page(self, whose: str, phrases: list[SharedPhrase], after: int) -> PhrasePage:
        self.asked.append((whose, after))
        if self.away:
            raise LinkFailed(LinkProblem.UNREACHABLE)
        shown = phrases[after : after + 2]
        complete = after + 2 >= len(phrases)
        return PhrasePage(phrases=tuple(shown), revision=after + len(shown), complete=complete)


class Laptop:
    """A run of the program over a vault that outlives it."""

    def __init__(self, vault: MemoryVault, gateway: Gateway) -> None:
        self.jobs = SteppedJobs(vault)
        self.flows: Begun = begin(self.jobs, RememberingScreen(), lambda _url: None)
        self.flows.session.gateway = gateway  # type: ignore[assignment]
        self.flows.session.person = Person(person_id="sam", name="Sam")
        self.phrases = self.flows.phrases

    def start(self) -> "Laptop":
        self.phrases.start(SHIPPED)
        self.jobs.run()
        return self

    def expand(self, name: str) -> str:
        found = self.flows.quick_text.expand(name, len(name))
        return found.inserted if found is not None else ""

    def open(self, visit_id: str, provider: str) -> None:
        of = VisitSummary(
            visit_id=visit_id, patient=ANA, provider=Person(person_id=provider, name=provider),
            room=Room(room_id="r4", name="Room 4"), scheduled_at=NOW, reason="Knee", specialty="orthopedics",
        )  # fmt: skip
        self.flows.sync.frame_received(Visits(visits=(of,)).model_dump_json())
        self.flows.sync.open_visit(visit_id, self.phrases.front)
        self.jobs.run()
        self.phrases.front(self.flows.sync.open[visit_id])
        self.jobs.run()


@pytest.fixture
def vault() -> MemoryVault:
    return MemoryVault()


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


def test_own_phrases_are_there_in_the_next_run_with_their_versions(vault: MemoryVault, gateway: Gateway) -> None:
    laptop = Laptop(vault, gateway).start()
    assert isinstance(laptop.phrases.save("hpi", "First.", NOW), Phrase)
    laptop.phrases.save("hpi", "Second \U0001f980 {a|b}.", NOW)
    laptop.phrases.save("gone", "Away.", NOW)
    laptop.phrases.remove("gone", NOW)
    laptop.jobs.run()
    again = Laptop(vault, gateway).start()
    assert again.expand(".hpi") == "Second \U0001f980 {a|b}."
    assert again.expand(".gone") == ""
    assert isinstance(again.phrases.restore("hpi", 1, NOW), Phrase)
    assert again.expand(".hpi") == "First."
    library = again.phrases.library
    assert library is not None
    assert [it.version for it in library.versions(USER, "hpi")] == [1, 2, 3]
    assert [it.removed for it in library.versions(USER, "gone")] == [False, True]


def test_what_ships_expands_at_once_and_what_is_refused_changes_nothing(vault: MemoryVault, gateway: Gateway) -> None:
    laptop = Laptop(vault, gateway)
    laptop.phrases.start(SHIPPED)
    assert laptop.expand(".shipped") == "From the pack."
    assert laptop.phrases.save("early", "x", NOW) is PhraseProblem.NO_SUCH_VERSION, "nothing is read yet"
    laptop.jobs.run()
    assert laptop.phrases.save("1", "x", NOW) is PhraseProblem.BAD_NAME
    assert laptop.phrases.remove("none", NOW) is PhraseProblem.NO_SUCH_VERSION
    laptop.jobs.run()
    assert not any(key.startswith("phrases.user") for key in vault.values)


def test_the_practices_phrases_are_fetched_page_by_page_and_stay_offline(vault: MemoryVault, gateway: Gateway) -> None:
    gateway.practice = [shared(f"p{n}", f"Text {n}.") for n in range(5)]
    laptop = Laptop(vault, gateway).start()
    assert gateway.asked == [("practice", 0), ("practice", 2), ("practice", 4)]
    assert [laptop.expand(f".p{n}") for n in range(5)] == [f"Text {n}." for n in range(5)]
    gateway.away = True
    offline = Laptop(vault, gateway).start()
    assert gateway.asked[3:] == [("practice", 5)]
    assert offline.expand(".p4") == "Text 4."
    gateway.away = False
    gateway.practice += [shared("p4", "", 2, removed=True), shared("p0", "Newer.", 2)]
    offline.flows.sync.frame_received(welcome())
    offline.jobs.run()
    assert (offline.expand(".p4"), offline.expand(".p0")) == ("", "Newer.")


def test_the_same_page_twice_keeps_each_version_once(vault: MemoryVault, gateway: Gateway) -> None:
    gateway.practice = [shared("p", "One."), shared("p", "Two.", 2)]
    Laptop(vault, gateway).start()
    for key in [key for key in vault.values if key.endswith(".revision")]:
        del vault.values[key]
    Laptop(vault, gateway).start()
    assert [it.text for it in read_phrases(vault, "practice", PRACTICE)] == ["One.", "Two."]


def test_each_provider_has_phrases_of_their_own(vault: MemoryVault, gateway: Gateway) -> None:
    gateway.practice = [shared("exam", "The practice's.")]
    gateway.providers = {"v1": [shared("exam", "Okafor's.")], "v2": [shared("other", "Stone's.")]}
    laptop = Laptop(vault, gateway).start()
    assert laptop.expand(".exam") == "The practice's."
    laptop.open("v1", "okafor")
    assert laptop.expand(".exam") == "Okafor's."
    laptop.phrases.save("mine", "Mine.", NOW)
    laptop.open("v2", "stone")
    assert (laptop.expand(".exam"), laptop.expand(".other")) == ("The practice's.", "Stone's.")
    assert laptop.expand(".mine") == "Mine."
    gateway.away = True
    again = Laptop(vault, gateway).start()
    again.open("v1", "okafor")
    assert (again.expand(".exam"), again.expand(".mine"), again.expand(".other")) == ("Okafor's.", "Mine.", "")


def test_opening_another_visit_asks_anew(vault: MemoryVault, gateway: Gateway) -> None:
    gateway.providers = {"v1": [], "v2": []}
    laptop = Laptop(vault, gateway).start()
    laptop.open("v1", "okafor")
    gateway.asked.clear()
    gateway.practice = [shared("new", "New.")]
    laptop.open("v2", "okafor")
    assert ("practice", 0) in gateway.asked
    assert laptop.expand(".new") == "New."


def test_what_is_saved_while_the_vault_is_read_is_not_lost(vault: MemoryVault, gateway: Gateway) -> None:
    gateway.practice = [shared("p", "The practice's.")]
    laptop = Laptop(vault, gateway).start()
    gateway.practice.append(shared("q", "Too."))
    laptop.phrases.fetch()
    laptop.phrases.save("mine", "Mine.", NOW)
    laptop.jobs.run()
    assert (laptop.expand(".mine"), laptop.expand(".q")) == ("Mine.", "Too.")


def test_without_a_person_nothing_is_asked(vault: MemoryVault, gateway: Gateway) -> None:
    laptop = Laptop(vault, gateway)
    laptop.flows.session.person = None
    laptop.start()
    assert gateway.asked == []


def test_a_vault_that_takes_nothing_is_said(vault: MemoryVault, gateway: Gateway) -> None:
    laptop = Laptop(vault, gateway).start()
    said: list[str] = []
    laptop.phrases.on_failed = lambda: said.append("failed")
    vault.broken = True
    laptop.phrases.save("hpi", "x", NOW)
    laptop.jobs.run()
    assert said == ["failed"]
    assert laptop.expand(".hpi") == "x"


def test_a_file_goes_out_and_comes_in_elsewhere(vault: MemoryVault, gateway: Gateway) -> None:
    laptop = Laptop(vault, gateway).start()
    for number in range(200):
        laptop.phrases.save(f"n{number}", f"Text {number}.", NOW)
    data = laptop.phrases.export(USER)
    other = Laptop(MemoryVault(), gateway).start()
    other.phrases.save("n7", "Text 7.", NOW)
    taken = other.phrases.take_over(read_file(data), NOW)
    assert not isinstance(taken, FileProblem)
    assert len(taken) == 199
    other.jobs.run()
    assert other.phrases.export(USER) == data
    many = Import(tuple((f"m{number}", "x") for number in range(MAX_PHRASES)))
    assert other.phrases.take_over(many, NOW) is FileProblem.TOO_MANY


def test_a_change_rewrites_one_bucket(vault: MemoryVault, gateway: Gateway) -> None:
    laptop = Laptop(vault, gateway).start()
    for number in range(300):
        laptop.phrases.save(f"n{number}", "x", NOW)
    laptop.jobs.run()
    before = dict(vault.values)
    laptop.phrases.save("n5", "y", NOW)
    laptop.jobs.run()
    changed = [key for key, value in vault.values.items() if before.get(key) != value]
    assert changed == [f"phrases.user.{bucket_of('n5'):02}"]
    assert len({bucket_of(f"n{number}") for number in range(300)}) > BUCKETS // 2


def test_what_is_no_phrase_in_the_vault_is_passed_over(vault: MemoryVault, gateway: Gateway) -> None:
    good = '[1, "2026-11-27T12:00:00+00:00", false, "Good."]'
    bad = ('[1, "no time", false, "x"]', '["1"]', "5", '[1, "2026-11-27T12:00:00", false, "{a|b"]')
    for bucket, entry in enumerate((good, *bad)):
        vault.values[f"phrases.user.{bucket:02}"] = f'{{"name{bucket}": [{entry}], "other": 5}}'
    for bucket, value in enumerate(("{", "[]", "null"), 20):
        vault.values[f"phrases.user.{bucket}"] = value
    assert [it.text for it in read_phrases(vault, "user", USER)] == ["Good."]
    assert Laptop(vault, gateway).start().expand(".name0") == "Good."


def welcome() -> str:
    principal = Principal(role=Role.SCRIBE, id="sam", name="Sam")
    return Welcome(protocol=1, principal=principal, server_time=NOW).model_dump_json()
