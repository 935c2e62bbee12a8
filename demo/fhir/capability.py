"""The CapabilityStatement: what the demo's FHIR server can do, made from the tables that it works by."""

from datetime import datetime

from demo.fhir.outcome import Resource
from demo.fhir.search import PARAMETERS


def capability_statement(now: datetime, base: str) -> Resource:
    """The server's CapabilityStatement (FHIR R4)."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "experimental": True,
        "date": now.isoformat(timespec="seconds"),
        "kind": "instance",
        "software": {"name": "Alcove's demo record"},
        "implementation": {"description": "Synthetic patients only, in memory, for one demo", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [
            {
                "mode": "server",
                "resource": [_resource(kind) for kind in PARAMETERS],
                "interaction": [{"code": "transaction"}],
            }
        ],
    }


def _resource(kind: str) -> Resource:
    codes = ("read", "vread", "history-instance", "search-type", "create", "update")
    parameters = {"_id": ("token", "id"), **PARAMETERS[kind]}
    return {
        "type": kind,
        "interaction": [{"code": code} for code in codes],
        "versioning": "versioned-update",
        "readHistory": True,
        "updateCreate": False,
        "conditionalCreate": True,
        "searchParam": [{"name": name, "type": parameter[0]} for name, parameter in parameters.items()],
    }
