"""FHIR R4 resources as checked models: reading what the record says, and checking what we are about to write.

`fhir.resources.R4B` checks structure and formats; it accepts any code and an empty list, so both are checked here.
"""

from collections.abc import Iterator
from typing import TypeVar

import structlog
from pydantic import BaseModel, ValidationError

from gateway.ehr.client import Resource
from gateway.ehr.errors import EhrRefused

M = TypeVar("M", bound=BaseModel)
# The models' mark for a value set that they do not list completely.
_OPEN = "+"
_log = structlog.get_logger(__name__)


def parse(model: type[M], untrusted: Resource) -> M:
    """The resource as a model; EhrRefused when it is no valid one."""
    try:
        resource = model.model_validate(untrusted)
    except ValidationError as error:
        raise EhrRefused("a resource of the record is malformed") from error
    if next(_wrong_codes(resource), None) is not None:
        raise EhrRefused("a resource of the record has an unknown code")
    return resource


def build(model: type[M], content: Resource) -> Resource:
    """A resource of ours, checked, as JSON; EhrRefused when R4 has no place for what somebody entered."""
    try:
        resource = model.model_validate(content)
    except ValidationError as error:
        places = [".".join(str(step) for step in each["loc"]) for each in error.errors(include_input=False)]
        raise _not_fhir(model, places) from error
    places = [*_wrong_codes(resource), *_empty_lists(resource)]
    if places:
        raise _not_fhir(model, places)
    checked: Resource = resource.model_dump(mode="json", exclude_none=True)
    return checked


def _not_fhir(model: type[BaseModel], places: list[str]) -> EhrRefused:
    """Names the elements, never their values, in the log."""
    _log.error("ehr_resource_not_valid", kind=model.__name__, places=places)
    return EhrRefused("what was entered cannot be said in FHIR")


def _wrong_codes(model: BaseModel, at: str = "") -> Iterator[str]:
    """Places of codes that are outside their required value set."""
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        extra = field.json_schema_extra
        allowed = extra.get("enum_values") if isinstance(extra, dict) else None
        codes = value if isinstance(value, list) else [value] if value is not None else []
        if isinstance(allowed, list) and _OPEN not in allowed and any(code not in allowed for code in codes):
            yield f"{at}{name}"
        for inner in _models_in(value):
            yield from _wrong_codes(inner, f"{at}{name}.")


def _empty_lists(model: BaseModel, at: str = "") -> Iterator[str]:
    for name in type(model).model_fields:
        value = getattr(model, name)
        if value == []:
            yield f"{at}{name}"
        for inner in _models_in(value):
            yield from _empty_lists(inner, f"{at}{name}.")


def _models_in(value: object) -> list[BaseModel]:
    values = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, BaseModel)]
