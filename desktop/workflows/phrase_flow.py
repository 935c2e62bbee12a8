"""The phrases of the scribe, of the provider in front and of the practice: kept in the vault, fetched from the gateway.

The scribe's own stay in the vault. The others are the gateway's to change; what was fetched is there offline too.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from desktop.ports import Jobs, LinkFailed, Refused, Vault, VaultUnavailable
from desktop.workflows.open_visit import OpenVisit
from desktop.workflows.phrase_keeping import (
    PRACTICE,
    USER,
    bucket_values,
    provider_key,
    put_shared,
    read_phrases,
    revision_of,
)
from desktop.workflows.quick_text import QuickText
from desktop.workflows.session import SessionFlow
from visit.phrase_files import FileProblem, Import, export_phrases, take_over
from visit.phrases import OwnerKind, Phrase, PhraseLibrary, PhraseProblem
from wire.phrases import PhrasePage

MOST_PAGES = 200
"""Of one fetching: a gateway that always has more is not asked for ever."""
KEPT_LIBRARIES = 4
Fetch = Callable[[int], Awaitable[PhrasePage]]


class PhraseFlow:
    """Runs on the UI thread. One library for each provider; the one of the visit in front is what expands."""

    def __init__(self, jobs: Jobs, session: SessionFlow, quick_text: QuickText) -> None:
        self._jobs = jobs
        self._session = session
        self._quick_text = quick_text
        self._shipped: tuple[Phrase, ...] = ()
        self._libraries: dict[str, PhraseLibrary] = {}
        self._edits = 0
        self._started = False
        self._asking: set[str] = set()
        self._visit = ""
        self.provider_id = ""
        self.provider_name = ""
        self.on_changed: Callable[[], None] = lambda: None
        self.on_failed: Callable[[], None] = lambda: None
        """A change could not be kept in the vault."""

    @property
    def library(self) -> PhraseLibrary | None:
        """What expands now; None until it is read."""
        return self._libraries.get(self.provider_id)

    def start(self, shipped: PhraseLibrary) -> None:
        """Begin with what ships as the practice's; it expands until the vault is read."""
        self._shipped = shipped.all(OwnerKind.PRACTICE)
        self._started = True
        if self.library is None:
            self._quick_text.use(shipped)
        self._load(self.provider_id)
        self.fetch()

    def front(self, visit: OpenVisit | None) -> None:
        """Another visit is in front, or its people are known now: its provider's phrases count."""
        summary = visit.summary if visit is not None else None
        provider = summary.provider if summary is not None else None
        before, self._visit = self._visit, visit.visit_id if visit is not None and provider is not None else ""
        provider_id = provider.person_id if provider is not None else ""
        changed = provider_id != self.provider_id
        self.provider_id, self.provider_name = provider_id, provider.name if provider is not None else ""
        if not self._started:
            return
        if changed and self.library is not None:
            self._use(self.library)
        elif changed:
            self._load(provider_id)
        if changed or self._visit not in ("", before):
            self.fetch()

    # --- the scribe's own ------------------------------------------------------------------------------------------

    def save(self, name: str, text: str, now: datetime) -> Phrase | PhraseProblem:
        """Keep a new version of an own phrase."""
        return self._change(lambda library: library.save(OwnerKind.USER, name, text, now))

    def restore(self, name: str, version: int, now: datetime) -> Phrase | PhraseProblem:
        """Make an older version's text the newest."""
        return self._change(lambda library: library.restore(OwnerKind.USER, name, version, now))

    def remove(self, name: str, now: datetime) -> Phrase | PhraseProblem:
        """Remove an own phrase; its versions stay."""
        return self._change(lambda it: it.remove(OwnerKind.USER, name, now) or PhraseProblem.NO_SUCH_VERSION)

    def take_over(self, imported: Import, now: datetime) -> tuple[Phrase, ...] | FileProblem:
        """Save a file's phrases as own ones."""
        library = self.library
        if library is None:
            return ()
        taken = take_over(library, OwnerKind.USER, imported, now)
        if not isinstance(taken, FileProblem) and taken:
            for other in self._others(library):
                take_over(other, OwnerKind.USER, imported, now)
            self._keep([phrase.name for phrase in taken])
        return taken

    def export(self, owner: OwnerKind) -> bytes:
        """An owner's phrases as a file."""
        return export_phrases(self.library.all(owner) if self.library is not None else ())

    def _change(self, change: Callable[[PhraseLibrary], Phrase | PhraseProblem]) -> Phrase | PhraseProblem:
        library = self.library
        if library is None:
            return PhraseProblem.NO_SUCH_VERSION
        changed = change(library)
        if isinstance(changed, Phrase):
            for other in self._others(library):
                change(other)
            self._keep([changed.name])
        return changed

    def _others(self, library: PhraseLibrary) -> list[PhraseLibrary]:
        return [other for other in self._libraries.values() if other is not library]

    def _keep(self, names: Sequence[str]) -> None:
        library = self.library
        if library is None:
            return
        self._edits += 1
        values = bucket_values(library, USER, OwnerKind.USER, names)

        def work(vault: Vault) -> None:
            for key, value in values.items():
                vault.put(key, value)

        self._jobs.on_store(work, lambda _: None, self._not_kept)
        self.on_changed()

    def _not_kept(self, _problem: VaultUnavailable) -> None:
        self.on_failed()

    # --- reading the vault -----------------------------------------------------------------------------------------

    def _load(self, provider_id: str) -> None:
        """Make a provider's library on the store thread; again when the scribe changed something meanwhile."""
        edits, shipped = self._edits, self._shipped

        def work(vault: Vault) -> PhraseLibrary:
            found = [*shipped, *read_phrases(vault, PRACTICE, OwnerKind.PRACTICE)]
            if provider_id:
                found += read_phrases(vault, provider_key(provider_id), OwnerKind.PROVIDER)
            return PhraseLibrary([*found, *read_phrases(vault, USER, OwnerKind.USER)])

        def done(library: PhraseLibrary) -> None:
            if edits != self._edits:
                self._load(provider_id)
                return
            self._libraries.pop(provider_id, None)
            self._libraries[provider_id] = library
            for old in [it for it in self._libraries if it != self.provider_id][: -KEPT_LIBRARIES + 1]:
                del self._libraries[old]
            if provider_id == self.provider_id:
                self._use(library)

        self._jobs.on_store(work, done, self._not_kept)

    def _use(self, library: PhraseLibrary) -> None:
        self._quick_text.use(library)
        self.on_changed()

    # --- the gateway's ---------------------------------------------------------------------------------------------

    def fetch(self) -> None:
        """Ask for what changed: at the start, on each connection, for each visit that is opened. Without the gateway
        what is kept stays in use."""
        gateway = self._session.gateway
        if gateway is None or not self._started or self._session.person is None:
            return
        self._fetch_owner(PRACTICE, gateway.practice_phrases)
        visit_id = self._visit
        if visit_id:
            key = provider_key(self.provider_id)
            self._fetch_owner(key, lambda after: gateway.provider_phrases(visit_id, after))

    def _fetch_owner(self, owner: str, fetch: Fetch) -> None:
        if owner not in self._asking:
            self._asking.add(owner)
            ask = lambda after: self._ask(owner, fetch, after, 0)  # noqa: E731
            self._jobs.on_store(lambda vault: revision_of(vault, owner), ask, self._not_kept)

    def _ask(self, owner: str, fetch: Fetch, after: int, number: int) -> None:
        async def work() -> PhrasePage:
            return await fetch(after)

        def done(page: PhrasePage) -> None:
            if page.phrases:
                self._take(owner, page)
            if not page.complete and page.phrases and number < MOST_PAGES:
                self._ask(owner, fetch, page.revision, number + 1)
                return
            self._asking.discard(owner)
            if number or page.phrases:
                self._reload()

        def failed(_problem: LinkFailed | Refused) -> None:
            self._asking.discard(owner)  # asked again at the next occasion
            if number:
                self._reload()

        self._jobs.on_link(work, done, failed)

    def _take(self, owner: str, page: PhrasePage) -> None:
        self._jobs.on_store(
            lambda vault: put_shared(vault, owner, page.phrases, page.revision), lambda _: None, self._not_kept
        )

    def _reload(self) -> None:
        """Every library with what was fetched: the one in front now, the others when they are needed."""
        for provider_id in [it for it in self._libraries if it != self.provider_id]:
            del self._libraries[provider_id]
        self._load(self.provider_id)
