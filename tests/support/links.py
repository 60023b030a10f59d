"""A link with its rules, and sightings of it, for tests about links."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from streams.contracts.model import Alert, Decision, Duplicate, Severity
from streams.pipeline.judge import Judge
from streams.pipeline.links.alerts import Candidate, reconcile
from streams.pipeline.links.link import (
    LinkConfig,
    LinkState,
    LinkUpdate,
    update,
)
from streams.pipeline.messages import Sighting, Suppressed
from streams.pipeline.normalize.keyring import Keyring
from streams.pipeline.policy import policy_from
from streams.rules import RULES

DEVICE = "LIVE|device|k1:aGFzaA"
PERSON = "LIVE|person|document:k1:AAA"
SUBJECT = "LIVE|subject|company|customer-1"
NOW = 1_767_225_600_000
MINUTE = 60_000
JUDGE = Judge(policy_from(Keyring({"k1": b"a key for tests only"})))
JUDGES = {rule.name for rule in RULES.values() if rule.stage == "link"}
POLICY = LinkConfig()
A, B = "document:k1:AAA", "document:k1:BBB"


def sighting(
    session: str, minute: float, subject: str | None = None, *, event: str | None = None, **told
) -> Sighting:
    return Sighting(
        event_id=event or f"event-{session}-{minute}",
        vendor=told.pop("vendor", "didit"),
        session_id=session,
        seen_at=NOW + round(minute * MINUTE),
        decision=told.pop("decision", Decision.PENDING),
        subject=("company", subject) if subject else None,
        named=subject is not None,
        **told,
    )


class Link:
    """A link with its rules, called like in the pipeline."""

    def __init__(
        self, key: str, policy: LinkConfig = POLICY, cooldowns: Mapping[str, int] = {}
    ) -> None:
        self.key, self.policy, self.cooldowns = key, policy, cooldowns
        self.state: LinkState | None = None
        self.sent: list[Alert | Suppressed] = []

    def see(self, one: Sighting) -> LinkUpdate:
        updated = update(self.key, self.state, one, self.policy)
        candidates = [
            Candidate(ruling.rule, observation, ruling.finding)
            for observation in updated.observations
            for ruling in JUDGE.rulings(observation)
        ]
        standing, alerts = reconcile(
            updated.state.raised,
            updated.observations,
            candidates,
            whole=updated.whole,
            judges=JUDGES,
            now=NOW,
            cooldowns=self.cooldowns,
        )
        self.sent += alerts
        self.state = msgspec.structs.replace(updated.state, raised=standing)
        return msgspec.structs.replace(updated, state=self.state)

    def see_all(self, many: Iterable[Sighting]) -> Link:
        for one in many:
            self.see(one)
        return self

    @property
    def alerts(self) -> list[Alert]:
        return [x for x in self.sent if isinstance(x, Alert)]

    @property
    def standing(self) -> dict[str, tuple[str, Severity, str, list[str]]]:
        """The alerts of a subscriber who drops superseded ones, by alert id."""
        assert len({alert.alert_id for alert in self.alerts}) == len(self.alerts)
        superseded = {alert.supersedes for alert in self.alerts}
        return {
            a.alert_id: (a.rule, a.severity, a.event_id, sorted(names(a)))
            for a in self.alerts
            if a.alert_id not in superseded and "withdrawn" not in a.evidence
        }


def names(alert: Alert) -> list[str]:
    return [linked.session_id for linked in alert.linked]


def finding(*many: Sighting, link: str = DEVICE) -> Duplicate | None:
    *before, last = many
    return Link(link).see_all(before).see(last).duplicate
