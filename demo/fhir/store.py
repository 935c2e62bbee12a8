"""Resources and their versions in memory; a transaction works on a copy that replaces the whole when it succeeds."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Self

from demo.fhir.outcome import FhirRefusal, Resource
from wire.ids import new_id

Key = tuple[str, str]


class Store:
    """All versions of all resources, newest last; `now` gives the time that is stamped on each."""

    def __init__(self, now: Callable[[], datetime], versions: Mapping[Key, tuple[Resource, ...]] | None = None) -> None:
        self._now = now
        self._versions = dict(versions or {})
        self._reserved: set[Key] = set()

    def copy(self) -> Self:
        """A store that may be changed without changing this one; resources are never changed in place."""
        return type(self)(self._now, self._versions)

    def replace_with(self, other: Self) -> None:
        """Take over everything that the other store, once copied from this one, holds."""
        self._versions = other.all_versions()

    def all_versions(self) -> dict[Key, tuple[Resource, ...]]:
        """Every version of every resource."""
        return dict(self._versions)

    def read(self, kind: str, resource_id: str) -> Resource:
        """The newest version; 404 when there is none."""
        return self._versions_of(kind, resource_id)[-1]

    def read_version(self, kind: str, resource_id: str, version: str) -> Resource:
        """One version by its number; 404 when there is none."""
        versions = self._versions_of(kind, resource_id)
        if not version.isdecimal() or not 1 <= int(version) <= len(versions):
            raise FhirRefusal(404, "not-found", f"{kind}/{resource_id} has no version {version}")
        return versions[int(version) - 1]

    def history(self, kind: str, resource_id: str) -> tuple[Resource, ...]:
        """All versions, newest first; 404 when there is none."""
        return self._versions_of(kind, resource_id)[::-1]

    def exists(self, kind: str, resource_id: str) -> bool:
        """Whether a resource of this kind and id is kept, or about to be."""
        return (kind, resource_id) in self._versions or (kind, resource_id) in self._reserved

    def reserve(self, kind: str, resource_id: str) -> None:
        """Let references lead to a resource that is about to be created."""
        self._reserved.add((kind, resource_id))

    def of_kind(self, kind: str) -> Iterator[Resource]:
        """The newest version of every resource of a kind, in the order in which they were created."""
        return (versions[-1] for (each, _), versions in self._versions.items() if each == kind)

    def put_new(self, resource: Resource, resource_id: str = "") -> Resource:
        """Keep a new resource under a new id (or the one given) as version 1."""
        resource_id = resource_id or new_id()
        key = (resource["resourceType"], resource_id)
        if key in self._versions:
            raise FhirRefusal(409, "duplicate", f"{key[0]}/{resource_id} is kept already")
        return self._append(key, resource)

    def put_next(self, resource: Resource, if_match: str | None) -> Resource:
        """Keep the next version; 412 when `if_match`, an ETag, is missing or is not the newest version's."""
        kind, resource_id = resource["resourceType"], resource["id"]
        if (kind, resource_id) not in self._versions:
            raise FhirRefusal(405, "not-supported", "the server alone gives ids: create with POST")
        newest = etag(self.read(kind, resource_id))
        if if_match is None:
            raise FhirRefusal(412, "conflict", "an update needs If-Match: this server is versioned-update")
        if if_match != newest:
            raise FhirRefusal(412, "conflict", f"{kind}/{resource_id} is {newest}, not {if_match}")
        return self._append((kind, resource_id), resource)

    def _append(self, key: Key, resource: Resource) -> Resource:
        versions = self._versions.get(key, ())
        stamp = self._now().isoformat(timespec="milliseconds")
        meta: dict[str, Any] = {**resource.get("meta", {}), "versionId": str(len(versions) + 1), "lastUpdated": stamp}
        kept = {"resourceType": key[0], **resource, "id": key[1], "meta": meta}
        self._reserved.discard(key)
        self._versions[key] = (*versions, kept)
        return kept

    def _versions_of(self, kind: str, resource_id: str) -> tuple[Resource, ...]:
        versions = self._versions.get((kind, resource_id))
        if versions is None:
            raise FhirRefusal(404, "not-found", f"{kind}/{resource_id} is not known")
        return versions


def etag(resource: Resource) -> str:
    """The weak ETag of a kept resource, as FHIR's `W/"version"`."""
    return f'W/"{resource["meta"]["versionId"]}"'


def reference_to(resource: Resource) -> str:
    """The relative reference of a kept resource."""
    return f"{resource['resourceType']}/{resource['id']}"
