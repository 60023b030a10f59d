"""A payload with very many different codes takes no longer than any other of its size: work that
grows with the square of their number would stall a worker for minutes.
"""

from __future__ import annotations

import time
from typing import Any

import pytest

from streams.draft import Draft
from streams.vendors import VENDORS

MANY = 40_000
WITHIN_S = 10  # Linear work takes half a second, the square of it more than a minute.

CODES = [f"CODE_{i}" for i in range(MANY)]
RISKS = [{"risk": code, "log_type": "warning"} for code in CODES]
SESSIONS = [{"verification_session_id": f"v{i}", "relation": f"RELATION_{i}"} for i in range(MANY)]

AIPRISE: dict[str, dict[str, Any]] = {
    "warnings of a section": {"id_info": {"result": "REVIEW", "warnings": CODES}},
    "warnings of no check": {"fraud_insights": {"result": "REVIEW", "warnings": CODES}},
    "reasons of a failed run": {"status_reasons": CODES},
    "reasons of failed insights": {"fraud_insights": {"status": "FAILED", "status_reasons": CODES}},
    "related sessions": {
        "fraud_insights": {"related_session_insights": {"related_sessions": SESSIONS}}
    },
}
DIDIT: dict[str, dict[str, Any]] = {
    "warnings": {"liveness_checks": [{"status": "Approved", "warnings": RISKS}]},
    "warnings under way": {"liveness_checks": [{"status": "In Progress", "warnings": RISKS}]},
    "warnings of an IP": {"ip_analyses": [{"status": "Approved", "warnings": RISKS}]},
}
IDS = {
    "aiprise": {"verification_session_id": "v", "status": "COMPLETED"},
    "didit": {"session_id": "s", "status": "Approved"},
}


@pytest.mark.parametrize(
    ("vendor", "fields"),
    [
        *(
            pytest.param("aiprise", fields, id=f"aiprise {name}")
            for name, fields in AIPRISE.items()
        ),
        *(pytest.param("didit", fields, id=f"didit {name}") for name, fields in DIDIT.items()),
    ],
)
def test_very_many_codes_are_read_in_time(vendor: str, fields: dict[str, Any]) -> None:
    started = time.monotonic()
    made = VENDORS[vendor]({**IDS[vendor], **fields})
    assert time.monotonic() - started < WITHIN_S
    assert isinstance(made, Draft)
    assert len(set(made.reasons)) == len(made.reasons)
