"""A payload with very many different codes is read up to a limit and flagged. `make slow` measures
the cost.
"""

from __future__ import annotations

from typing import Any

import pytest

from streams.vendors import VENDORS
from streams.vendors.base.draft import Draft
from streams.vendors.base.reader import MOST_ITEMS

MANY = 40_000

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
def test_very_many_codes_are_read_to_a_bound(vendor: str, fields: dict[str, Any]) -> None:
    made = VENDORS[vendor]({**IDS[vendor], **fields})
    assert isinstance(made, Draft)
    assert "truncated" in made.flags
    assert any(reason.startswith("too_many:") for reason in made.reasons)
    assert len(set(made.reasons)) == len(made.reasons) < 2 * MOST_ITEMS
