"""What rules read and what they return: the hand-over between the pipeline and `streams.rules`.

A stage builds an observation, `pipeline.judge` evaluates the rules on it, a rule returns findings,
and the stage makes alerts of them.
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

# Python 3.11 looks a member of an enum up in a thousand instructions, a constant in ten: here
# and beside this file, members that every event is held against stand in constants.
_LOW, _MEDIUM, _HIGH = Severity.LOW, Severity.MEDIUM, Severity.HIGH


class Finding(Struct, frozen=True):
    """What a rule found. `dedupe` names the finding within its environment and rule: an alert is
    raised once per value. `evidence` holds named figures, no personal data. `linked` holds the
    other sessions that the finding is about. `rule` names the rule whose alert it is where that is
    not the one that found it: what a vendor reports, a rule of another stage may find as well.
    """

    severity: Severity
    title: str
    dedupe: tuple[str, ...]
    evidence: dict[str, bool | int | float | str] = {}
    linked: list[Linked] = []
    source: Source = Source.OWN
    rule: str | None = None


class AllowList(Struct, frozen=True, forbid_unknown_fields=True):
    """Values that a company names as its own or as harmless: kiosks, test customers, offices, in
    clear as the settings hold them. `devices` maps vendors to fingerprints, `networks`
    are IP addresses or networks (CIDR), `documents` read `<alpha-3>:<number>`, `subjects` are the
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

    `shadow`: findings are counted, and no alert is sent. `cooldown_minutes`: within this event time
    a session (rules of the session stage) or a link (of the link stage) gets no second alert of the
    rule unless it is worse. `allow`: subjects and values that the rule raises no alert about.
    """

    enabled: bool = True
    shadow: bool = False
    cooldown_minutes: Annotated[float, Meta(ge=0, le=90 * 1440)] = 0.0
    allow: AllowList = field(default_factory=AllowList)

    @property
    def cooldown_ms(self) -> int:
        return round(self.cooldown_minutes * 60_000)


class SeverityMap(Struct, frozen=True, forbid_unknown_fields=True):
    """What goes out as which severity, for rules that tell several degrees."""

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
    """What rules of the sessions stage read: the enriched event, and the state it follows."""

    event: Verification
    previous: PreviousState | None = None


LINKED_MAX = 20

# Random, fixed for ever: alert ids are uuid5 of this namespace.
ALERT_NAMESPACE = uuid.UUID("b1f6c7a4-0a53-4d55-8a0c-5c3f3c6f2c1e")


def alert_id(environment: Environment, rule: str, dedupe: tuple[str, ...]) -> str:
    """The id of an alert: the same however often the finding is made."""
    return uuid5(ALERT_NAMESPACE, "\x1f".join((environment, rule, *dedupe)))


class Position(Struct, frozen=True, array_like=True):
    """Where a session was, by its network: degrees, and the radius of uncertainty in km.
    `country` is alpha-2, `network` a keyed hash of the IP's prefix (/24, /64).
    """

    latitude: float
    longitude: float
    radius_km: float
    country: str | None = None
    network: str | None = None


class Occurrence(Struct, frozen=True, array_like=True):
    """One session's use of a link, as the link's state keeps it. Fields are only ever appended.

    `seen_at` and `event_id` are those of its first sighting, which is when the link was used:
    later events of a session repeat its device although nobody touches it again. `decision` is
    the latest one, at `last_seen`.
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
    both ends (`radius_km` is their sum); `speed_kmh` is what the effective distance asks for.
    """

    start: Occurrence
    km: float
    effective_km: float
    radius_km: float
    minutes: float
    speed_kmh: float


class LinkObservation(Struct, frozen=True):
    """What rules of the links stage read: one link as it stood when `seen` came to it.

    `subjects` maps windows (`5m`, `1h`, `24h`, `7d`, `90d`) to the number of pairwise different
    subjects in them, the own one included. `others` are the uses by other subjects and `earlier`
    all earlier uses, both oldest first. `shared` is True once, when the link turns out to be a
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
        """The latest use of each of the other subjects' sessions, newest first, at most 20."""
        latest: dict[tuple[str, str], Occurrence] = {}
        for use in reversed(self.others):
            if len(latest) == LINKED_MAX:
                break
            latest.setdefault(use.session, use)
        return [use.linked for use in latest.values()]


class SeverityThresholds(Struct, frozen=True, forbid_unknown_fields=True):
    """How severe it is that so many different subjects share one link."""

    medium: Annotated[int, Meta(ge=2)] = 3
    """From so many subjects in 90 days on."""
    high_7d: Annotated[int, Meta(ge=2)] = 5
    high_24h: Annotated[int, Meta(ge=2)] = 3

    def severity(self, observation: LinkObservation) -> Severity | None:
        """None below two subjects. MEDIUM links never rank above MEDIUM, weak ones above LOW."""
        counts, count = observation.subjects, observation.subjects_count
        if count < 2:
            return None
        if observation.strength is Strength.WEAK or count < self.medium:
            return Severity.LOW
        is_fast = counts["7d"] >= self.high_7d or counts["24h"] >= self.high_24h
        capped = observation.strength is Strength.MEDIUM
        return Severity.HIGH if is_fast and not capped else Severity.MEDIUM


# -- what `idv explain` shows of observations: figures, words, ids of sessions ------------------


def link_inputs(observation: LinkObservation) -> dict[str, Any]:
    """Counts of a link, and the journey between the last two positions of a subject."""
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
