"""`idv explain` agrees with the pipeline about an event's rules: for every rule that raises an
alert in a scenario, with the rule on, off, in shadow, in cooldown, and allow-listed.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from streams.contracts.model import Alert, Rejection, Verification
from streams.pipeline.geo.database import database_lookup
from streams.pipeline.inspect.explain_rules import previous_of, rule_results
from streams.pipeline.local import Offline
from streams.pipeline.messages import Output, Shadowed, Suppressed
from streams.pipeline.pipeline import Pipeline
from streams.pipeline.policy import policy_from
from streams.rules import RULES
from tests.pipeline.test_scenarios import KEYRING, NAMES, expected, gazetteer, records
from tests.support import mmdb

SENT = {Alert: "fires", Shadowed: "shadow", Suppressed: "suppressed"}
MODES: dict[str, dict[str, Any]] = {
    "as it is": {},
    "off": {"enabled": False},
    "shadow": {"shadow": True},
    "cooling": {"cooldown_minutes": 90 * 1440},
}


class Run:
    """One scenario under one policy."""

    def __init__(
        self, name: str, folder: Path, rule: str = "", change: Mapping[str, Any] = {}
    ) -> None:
        told = expected(name)
        settings = dict(told.get("settings", {}))
        rules = dict(settings.get("rules", {}))
        if rule:
            settings["rules"] = rules | {rule: {**rules.get(rule, {}), **change}}
        self.policy = policy_from(KEYRING, settings)
        database = told.get("database")
        lookup = database and database_lookup(mmdb.write(folder / "city.mmdb", database))
        self.offline = Offline(Pipeline(KEYRING, self.policy, gazetteer(), lookup))
        self.outputs: list[Output[Verification]] = [
            output
            for vendor, record in records(name)
            for output in self.offline.outputs(vendor, record, record.timestamp)
        ]
        self.events = [o for o in self.outputs if isinstance(o, Verification)]
        assert not [o for o in self.outputs if isinstance(o, Rejection)]

    def sent(self, rule: str, event_id: str) -> set[str]:
        """What became of the rule's alerts about an event."""
        alerts = [(type(o), o if isinstance(o, Alert) else o.alert)
                  for o in self.outputs if type(o) in SENT]  # fmt: skip
        return {SENT[kind] for kind, a in alerts if (a.rule, a.event_id) == (rule, event_id)}

    def explained(self, rule: str, event_id: str) -> set[str]:
        event = next(e for e in self.events if e.event_id == event_id)
        session = [e for e in self.events if e.session_key == event.session_key]
        links = {key: state for key, state in self.offline.links.items() if state}
        results = rule_results(
            event,
            previous_of(session, event),
            links,
            self.offline.sessions[event.session_key],
            self.policy,
            KEYRING.hash,
        )
        return {result.outcome for result in results if result.rule == rule}


def last_alerts(name: str, folder: Path) -> dict[str, Alert]:
    """Rule → its last standing alert in a scenario."""
    alerts = [o for o in Run(name, folder).outputs if isinstance(o, Alert)]
    superseded = {alert.supersedes for alert in alerts}
    return {
        alert.rule: alert
        for alert in alerts
        if alert.alert_id not in superseded and "withdrawn" not in alert.evidence
    }


@pytest.mark.parametrize("name", [n for n in NAMES if expected(n)["alerts"]])
def test_explain_agrees_with_the_pipeline(name: str, tmp_path: Path) -> None:
    for rule, alert in last_alerts(name, tmp_path).items():
        allowed = {"allow": {"subjects": [alert.subject_id]}} if alert.subject_id else {}
        for mode, change in {**MODES, "allowed": allowed}.items():
            if mode == "allowed" and not allowed:
                continue
            run = Run(name, tmp_path, rule, change)
            sent = run.sent(rule, alert.event_id)
            explained = run.explained(rule, alert.event_id)
            shown = explained & set(SENT.values())
            assert shown == sent, (rule, mode, explained)
            if mode in ("off", "allowed"):
                assert mode in explained, (rule, mode)


def test_every_rule_is_held_against_the_pipeline() -> None:
    assert {alert["rule"] for name in NAMES for alert in expected(name)["alerts"]} == set(RULES)
