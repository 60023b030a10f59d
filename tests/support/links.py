"""A link with the rules at work, and sightings of it, for the tests about links."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from streams.contracts.model import Decision, Duplicate, Severity
from streams.pipeline.links.alerts import Candidate, Raise, reconcile
from streams.pipeline.links.link import (
    LinkConfig,
    LinkState,
    LinkUpdate,
    update,
)
from streams.rules import RULES
from streams.rules.base import Sighting

DEVICE = "LIVE|device|k1:aGFzaA"
PERSON = "LIVE|person|document:k1:AAA"
SUBJECT = "LIVE|subject|company|customer-1"
NOW = 1_767_225_600_000
MINUTE = 60_000
LINK_RULES = [rule for rule in RULES.values() if rule.stage == "link"]
JUDGES = {rule.name for rule in LINK_RULES}
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
    """A link with the rules at work, as the pipeline drives them."""

    def __init__(
        self, key: str, policy: LinkConfig = POLICY, cooldowns: Mapping[str, int] = {}
    ) -> None:
        self.key, self.policy, self.cooldowns = key, policy, cooldowns
        self.state: LinkState | None = None
        self.sent: list[Raise] = []

    def see(self, one: Sighting) -> LinkUpdate:
        observed = update(self.key, self.state, one, self.policy)
        claims = [
            Candidate(rule.name, observation, finding)
            for observation in observed.observations
            for rule in LINK_RULES
            for finding in rule.evaluate(observation, rule.config())
        ]
        raised, sent = reconcile(
            observed.state.raised,
            observed.observations,
            claims,
            whole=observed.whole,
            judges=JUDGES,
            cooldowns=self.cooldowns,
        )
        self.sent += sent
        self.state = msgspec.structs.replace(observed.state, raised=raised)
        return msgspec.structs.replace(observed, state=self.state)

    def see_all(self, many: Iterable[Sighting]) -> Link:
        for one in many:
            self.see(one)
        return self

    @property
    def standing(self) -> dict[str, tuple[str, Severity, str, list[str]]]:
        """What a subscriber who drops superseded alerts is left with, by alert id."""
        assert len({alert.alert_id for alert in self.sent}) == len(self.sent)
        superseded = {alert.supersedes for alert in self.sent}
        return {
            a.alert_id: (a.rule, a.finding.severity, a.seen.event_id, sorted(names(a)))
            for a in self.sent
            if a.alert_id not in superseded and not a.withdrawn
        }


def names(alert: Raise) -> list[str]:
    return [linked.session_id for linked in alert.finding.linked]


def finding(*many: Sighting, link: str = DEVICE) -> Duplicate | None:
    *before, last = many
    return Link(link).see_all(before).see(last).duplicate
