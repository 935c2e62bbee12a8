"""What the EHR holds after the demo: read back from the FHIR server, written as visit.json and as a PDF."""

import json
from base64 import b64decode
from html import escape
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from demo.practice import Practice

SIGNED_HASH = "urn:alcove:signed-sha256"


class OutcomeMissing(Exception):
    """The EHR does not hold what the visit should have left there; the message says what."""


def read_outcome(practice: Practice) -> dict[str, Any]:
    """The final DocumentReference, the active order and the signed hash, each as the FHIR server gives it."""
    with practice.record() as client:
        documents = _resources(client.get("/DocumentReference").raise_for_status().json())
        orders = _resources(client.get("/ServiceRequest").raise_for_status().json())
        finals = [entry for entry in documents if entry.get("docStatus") == "final"]
        active = [entry for entry in orders if entry.get("status") == "active"]
        if len(finals) != 1 or len(active) != 1:
            raise OutcomeMissing(f"{len(finals)} final notes and {len(active)} active orders, one of each was expected")
        patient = client.get(f"/{finals[0]['subject']['reference']}").raise_for_status().json()
    return {
        "synthetic": "Made by Alcove's demo from a scripted visit of a made-up patient.",
        "patient": patient,
        "document_reference": finals[0],
        "service_request": active[0],
        "signed_sha256": _signed_hash(finals[0]),
    }


def _resources(bundle: dict[str, Any]) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in bundle.get("entry", [])]


def _signed_hash(document: dict[str, Any]) -> str:
    for identifier in document.get("identifier", []):
        if identifier.get("system") == SIGNED_HASH:
            return str(identifier["value"])
    raise OutcomeMissing("the note in the EHR has no signed hash")


def write_outcome(outcome: dict[str, Any], browser: Browser, folder: Path) -> None:
    """Leave visit.json, and the signed note as PDF made from what the EHR holds."""
    (folder / "visit.json").write_text(json.dumps(outcome, indent=2) + "\n")
    attachment = outcome["document_reference"]["content"][0]["attachment"]
    text = b64decode(attachment["data"]).decode()
    patient = outcome["patient"]
    name = f"{patient['name'][0]['family']}, {' '.join(patient['name'][0]['given'])}"
    who = f"{name} · born {patient['birthDate']} · MRN {patient['identifier'][0]['value']}"
    page = browser.new_page()
    page.set_content(
        "<!doctype html><html lang=en><title>Signed note</title><style>"
        "body{font:11pt/1.5 Inter,'DejaVu Sans',sans-serif;margin:0}pre{font:inherit;white-space:pre-wrap}"
        "footer{color:#5d6b7a;font-size:9pt;margin-top:2em}"
        "header{border-bottom:1px solid #c5cdd6;font-weight:600}"
        "</style>"
        f"<header>{escape(who)}</header><h1>Progress note</h1><pre>{escape(text)}</pre>"
        f"<footer>Synthetic patient. Signed proof {outcome['signed_sha256']}</footer>"
    )
    page.pdf(path=folder / "signed-note.pdf", format="Letter", margin={"top": "20mm", "left": "20mm", "right": "20mm"})
    page.close()
