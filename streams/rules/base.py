"""The inputs and outputs of rules: the interface between the pipeline and `streams.rules`.

A stage builds an observation, `pipeline.judge` evaluates the rules on it, a rule returns findings,
and the stage builds alerts from them.
"""

from __future__ import annotations

import uuid
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct, field

from streams.contracts.ids import uuid5
from streams.contracts.model import (
    Decision,
    Environment,
    Lifecycle,
    Linked,
    LinkKind,
    Severity,
    Source,
    Strength,
    Verification,
)

# Python 3.11 looks up a member of an enum in a thousand instructions, a constant in ten. So the
# rules keep members that every event is compared with in constants.
_LOW, _MEDIUM, _HIGH = Severity.LOW, Severity.MEDIUM, Severity.HIGH


class Finding(Struct, frozen=True):
    """The result of a rule. `dedupe` identifies the finding within its environment and rule: an
    alert is raised once per value. `evidence` holds named figures, no personal data. `linked` holds
    the other sessions of the finding. `rule` names the rule that raises the alert where it is not
    the evaluated one: a vendor may report what a rule of another stage finds as well.
    """

    severity: Severity
    title: str
    dedupe: tuple[str, ...]
    evidence: dict[str, bool | int | float | str] = {}
    linked: list[Linked] = []
    source: Source = Source.OWN
    rule: str | None = None


class AllowList(Struct, frozen=True, forbid_unknown_fields=True):
    """Values that a company lists as its own or as harmless: kiosks, test customers, offices; in
    plain text, as the settings hold them. `devices` maps vendors to fingerprints, `networks` are IP
    addresses or networks (CIDR), `documents` have the form `<alpha-3>:<number>`, `subjects` are the
    company's ids or a vendor's own.
    """

    subjects: list[str] = []
    devices: dict[str, list[str]] = {}
    networks: list[str] = []
    documents: list[str] = []
    phones: list[str] = []
    emails: list[str] = []


class RuleConfig(Struct, frozen=True):
    """The settings of every rule. A rule's `Config` adds its thresholds.

    `shadow`: findings are counted, but no alert is sent. `cooldown_minutes`: within this event time
    a session (rules of the session stage) or a link (of the link stage) gets only worse alerts of
    the rule. `allow`: subjects and values that the rule raises no alert about.
    """

    enabled: bool = True
    shadow: bool = False
    cooldown_minutes: Annotated[float, Meta(ge=0, le=90 * 1440)] = 0.0
    allow: AllowList = field(default_factory=AllowList)

    @property
    def cooldown_ms(self) -> int:
        return round(self.cooldown_minutes * 60_000)


class SeverityMap(Struct, frozen=True, forbid_unknown_fields=True):
    """Severity of a finding → severity of its alert, for rules with several degrees."""

    low: Severity = Severity.LOW
    medium: Severity = Severity.MEDIUM
    high: Severity = Severity.HIGH

    def of(self, severity: Severity) -> Severity:
        """INFO stays INFO."""
        if severity is _LOW:
            return self.low
        if severity is _MEDIUM:
            return self.medium
        return self.high if severity is _HIGH else severity


class PreviousState(Struct, frozen=True):
    """The session's latest state, by event time, before this event."""

    decision: Decision
    final: bool
    event_id: str
    lifecycle: Lifecycle = Lifecycle.UNKNOWN
    verdict: Decision | None = None
    """The session's last APPROVED or DECLINED before this event."""


class EventObservation(Struct, frozen=True):
    """The input of session rules: the enriched event, and the session's state before it."""

    event: Verification
    previous: PreviousState | None = None


LINKED_MAX = 20

# Random, fixed for ever: alert ids are uuid5 of this namespace.
ALERT_NAMESPACE = uuid.UUID("b1f6c7a4-0a53-4d55-8a0c-5c3f3c6f2c1e")


def alert_id(environment: Environment, rule: str, dedupe: tuple[str, ...]) -> str:
    """The id of an alert: the same for every repeat of the finding."""
    return uuid5(ALERT_NAMESPACE, "\x1f".join((environment, rule, *dedupe)))


class Position(Struct, frozen=True, array_like=True):
    """The position of a session, by its network: degrees, and the radius of uncertainty in km.
    `country` is alpha-2, `network` a keyed hash of the IP's prefix (/24, /64).
    """

    latitude: float
    longitude: float
    radius_km: float
    country: str | None = None
    network: str | None = None


class Occurrence(Struct, frozen=True, array_like=True):
    """One session's use of a link, as the link's state stores it. Fields are only appended.

    `seen_at` and `event_id` are those of its first sighting, when the link was used: later events
    of a session repeat its device although nobody uses it again. `decision` is the latest one, at
    `last_seen`.
    """

    vendor: str
    session_id: str
    event_id: str
    seen_at: int
    last_seen: int
    decision: Decision
    subject: tuple[str, str] | None = None
    named: bool = False
    person_key: str | None = None
    position: Position | None = None

    @property
    def session(self) -> tuple[str, str]:
        return (self.vendor, self.session_id)

    @property
    def subject_id(self) -> str | None:
        return self.subject[1] if self.subject and self.named else None

    @property
    def linked(self) -> Linked:
        return Linked(self.vendor, self.session_id, self.subject_id, self.decision, self.seen_at)


class Travel(Struct, frozen=True):
    """From one position of a subject to the next. `effective_km` is `km` less the uncertainty of
    both ends (`radius_km` is their sum); `speed_kmh` is the speed over the effective distance.
    """

    start: Occurrence
    km: float
    effective_km: float
    radius_km: float
    minutes: float
    speed_kmh: float


class LinkObservation(Struct, frozen=True):
    """The input of link rules: the occurrence `seen` of a link, and the link's state before it.

    `subjects` maps windows (`5m`, `1h`, `24h`, `7d`, `90d`) to the number of pairwise different
    subjects in them, the own one included. `others` are the occurrences of other subjects and
    `earlier` all earlier ones, both oldest first. `shared` is True once, when the link becomes a
    shared one: rules about single sessions stay silent from then on.
    """

    environment: Environment
    kind: LinkKind
    link: str
    seen: Occurrence
    subjects: dict[str, int] = {}
    sessions_count: int = 1
    strength: Strength | None = None
    shared: bool = False
    others: list[Occurrence] = []
    earlier: list[Occurrence] = []
    travel: Travel | None = None

    @property
    def subjects_count(self) -> int:
        return max(self.subjects.values(), default=1)

    @property
    def linked(self) -> list[Linked]:
        """Other subjects' sessions, each at its latest occurrence: newest first, at most 20."""
        latest: dict[tuple[str, str], Occurrence] = {}
        for occurrence in reversed(self.others):
            if len(latest) == LINKED_MAX:
                break
            latest.setdefault(occurrence.session, occurrence)
        return [occurrence.linked for occurrence in latest.values()]


class SeverityThresholds(Struct, frozen=True, forbid_unknown_fields=True):
    """Numbers of different subjects of one link → severity."""

    medium: Annotated[int, Meta(ge=2)] = 3
    """Subjects in 90 days that make a finding MEDIUM."""
    high_7d: Annotated[int, Meta(ge=2)] = 5
    high_24h: Annotated[int, Meta(ge=2)] = 3

    def severity(self, observation: LinkObservation) -> Severity | None:
        """None below two subjects. A MEDIUM link gives at most MEDIUM, a weak one LOW."""
        counts, count = observation.subjects, observation.subjects_count
        if count < 2:
            return None
        if observation.strength is Strength.WEAK or count < self.medium:
            return Severity.LOW
        is_fast = counts["7d"] >= self.high_7d or counts["24h"] >= self.high_24h
        capped = observation.strength is Strength.MEDIUM
        return Severity.HIGH if is_fast and not capped else Severity.MEDIUM


# -- inputs for `idv explain`: figures, words, ids of sessions ----------------------------------


def link_inputs(observation: LinkObservation) -> dict[str, Any]:
    """The counts of a link, and the travel between the last two positions of a subject."""
    shown: dict[str, Any] = {
        "subjects": dict(observation.subjects) or {"90d": 1},
        "sessions_count": observation.sessions_count,
    }
    if observation.strength:
        shown["strength"] = observation.strength.lower()
    if travel := observation.travel:
        shown |= {
            "effective_km": travel.effective_km,
            "radius_km": travel.radius_km,
            "minutes": travel.minutes,
            "speed_kmh": travel.speed_kmh,
            "from_session": f"{travel.start.vendor}:{travel.start.session_id}",
        }
    return shown


def distance_inputs(observation: EventObservation) -> dict[str, Any]:
    """The distances of an event, and the vendor's own comparison of countries."""
    shown: dict[str, Any] = {
        "distances": [msgspec.to_builtins(d) for d in observation.event.enrichment.distances]
    }
    checks = observation.event.checks
    if compared := {c.name: c.outcome.value for c in checks if c.name == "ip_country_match"}:
        shown["checks"] = compared
    return shown


def decision_inputs(observation: EventObservation) -> dict[str, Any]:
    """The decision of an event, and the one before it in the session."""
    event, previous = observation.event, observation.previous
    return {
        "decision": event.decision.value,
        "lifecycle": event.lifecycle.value,
        "previous_decision": previous.decision.value if previous else None,
        "last_verdict": previous.verdict.value if previous and previous.verdict else None,
    }
