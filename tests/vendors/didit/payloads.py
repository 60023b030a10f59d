"""Shared by the tests of Didit: payloads to vary, and helpers for drafts."""

from __future__ import annotations

from typing import Any

from streams.contracts.model import Check
from streams.vendors.base.draft import Draft
from streams.vendors.didit import normalize

SESSION = "8d1f0b6e-4c1d-4f0e-9a2b-6c5d4e3f2a1b"


def draft(payload: dict[str, Any]) -> Draft:
    result = normalize(payload)
    assert isinstance(result, Draft), result
    return result


def bare(**fields: Any) -> dict[str, Any]:
    return {"session_id": SESSION, "status": "Approved", "vendor_data": "customer-7", **fields}


def envelope(**fields: Any) -> dict[str, Any]:
    return {
        "webhook_type": "status.updated",
        "event_id": "evt-1",
        "timestamp": 1_779_013_333,
        "session_id": SESSION,
        "status": "Approved",
        **fields,
    }


def checks(d: Draft, name: str) -> list[Check]:
    return [c for c in d.checks if c.name == name]


def the(d: Draft, name: str) -> Check:
    found = checks(d, name)
    assert len(found) == 1, [c.name for c in d.checks]
    return found[0]


def places(**ip_analysis: Any) -> Draft:
    return draft(bare(ip_analyses=[{"status": "Approved", **ip_analysis}]))


IDENTITY = {
    "status": "Approved",
    "node_id": "first_id_verification",
    "document_type": "Identity Card",
    "document_number": "BAA000589",
    "issuing_state": "ESP",
    "first_name": "Nerea",
    "last_name": "Agirre Lasa",
    "full_name": "Nerea Agirre Lasa",
    "date_of_birth": "1988-11-30",
    "date_of_issue": "2021-01-15",
    "expiration_date": "2031-01-15",
    "gender": "F",
    "nationality": "ESP",
}
