"""What a resource must pass before it is kept: the independent validators, and what those are blind to."""

import base64
import hashlib
import re
from collections.abc import Iterator

from demo.fhir.outcome import FhirRefusal, Resource
from demo.fhir.search import PARAMETERS, values
from demo.fhir.store import Store
from demo.validator import Issue, Validator

KINDS = frozenset(PARAMETERS)
_LOCAL_REFERENCE = re.compile(r"^([A-Z][A-Za-z]+)/([A-Za-z0-9.-]{1,64})$")
# Bindings that R4 leaves extensible but that this practice holds to be required.
_EXPECTED_SYSTEMS = {
    "Encounter": (("class", "http://terminology.hl7.org/CodeSystem/v3-ActCode"),),
    "ServiceRequest": (("code.coding", "http://loinc.org"), ("category.coding", "http://snomed.info/sct")),
    "DocumentReference": (("type.coding", "http://loinc.org"),),
}


async def check(resource: Resource, kind: str, store: Store, validator: Validator) -> None:
    """Refuse (400) a resource of another kind than expected, an invalid one, or one that points to nothing."""
    if resource.get("resourceType") != kind:
        raise FhirRefusal(400, "invalid", f"the body is no {kind}")
    issues = [*await validator.check(resource), *_own_issues(resource, store)]
    if issues:
        raise FhirRefusal(400, "invalid", "the resource is invalid", tuple(issues))


def _own_issues(resource: Resource, store: Store) -> Iterator[Issue]:
    yield from _empty_places(resource, resource["resourceType"])
    yield from _dangling_references(resource, store, resource["resourceType"])
    yield from _foreign_systems(resource)
    if resource["resourceType"] == "DocumentReference":
        yield from _damaged_attachments(resource)


def _empty_places(value: object, at: str) -> Iterator[Issue]:
    """FHIR's JSON has no empty list, object or string; neither validator minds all of them."""
    if value in ([], {}, ""):
        yield Issue("server", "an element is empty", at)
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _empty_places(inner, f"{at}.{name}")
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _empty_places(inner, f"{at}[{place}]")


def _dangling_references(value: object, store: Store, at: str) -> Iterator[Issue]:
    """References to resources of this server must lead to one that it keeps."""
    if isinstance(value, dict):
        reference = value.get("reference")
        if isinstance(reference, str):
            local = _LOCAL_REFERENCE.match(reference)
            if local is None or not store.exists(local.group(1), local.group(2)):
                yield Issue("server", "the reference leads to nothing here", f"{at}.reference")
        for name, inner in value.items():
            yield from _dangling_references(inner, store, f"{at}.{name}")
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _dangling_references(inner, store, f"{at}[{place}]")


def _foreign_systems(resource: Resource) -> Iterator[Issue]:
    for path, system in _EXPECTED_SYSTEMS.get(resource["resourceType"], ()):
        systems = [coding.get("system") for coding in values(resource, path) if isinstance(coding, dict)]
        if system not in systems:
            yield Issue("server", f"a code of {system} is needed", f"{resource['resourceType']}.{path}")


def _damaged_attachments(resource: Resource) -> Iterator[Issue]:
    """`hash` is the base64 of the data's SHA-1 and `size` its bytes (R4 Attachment); wrong ones mean damage."""
    for place, attachment in enumerate(values(resource, "content.attachment")):
        if not isinstance(attachment, dict) or "data" not in attachment:
            continue
        at = f"DocumentReference.content[{place}].attachment"
        data = base64.b64decode(str(attachment["data"]), validate=False)
        digest = base64.b64encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode()
        if attachment.get("hash", digest) != digest:
            yield Issue("server", "the hash is not the data's SHA-1", f"{at}.hash")
        if attachment.get("size", len(data)) != len(data):
            yield Issue("server", "the size is not the data's", f"{at}.size")
