"""The canonical types that subscribers and stages read.

`Verification` and `Alert` mirror `avro/verification.avsc` and `avro/alert.avsc` field by field
(a test compares them). Times are epoch milliseconds UTC, dates are `datetime.date`, countries are
ISO 3166-1. Secrets that link people (fingerprints, document numbers, phones, e-mails) appear only
as keyed HMACs.

This file is long on purpose: it mirrors the contracts, and holds little but fields.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from msgspec import Struct, field


class Decision(StrEnum):
    """The business verdict. A value that no table lists is UNDETERMINED, never an approval."""

    APPROVED = "APPROVED"
    DECLINED = "DECLINED"
    REVIEW = "REVIEW"
    PENDING = "PENDING"
    EXPIRED = "EXPIRED"
    ERROR = "ERROR"
    UNDETERMINED = "UNDETERMINED"

    @property
    def final(self) -> bool:
        """True where the vendor does not change the verdict without a new event."""
        return self in _FINAL


_FINAL = frozenset({Decision.APPROVED, Decision.DECLINED, Decision.EXPIRED})


class Lifecycle(StrEnum):
    """The progress of the vendor's session; a second axis beside the verdict."""

    NOT_STARTED = "NOT_STARTED"
    SUBMITTED = "SUBMITTED"
    IN_PROGRESS = "IN_PROGRESS"
    AWAITING_THIRD_PARTY = "AWAITING_THIRD_PARTY"
    AWAITING_USER = "AWAITING_USER"
    COMPLETED = "COMPLETED"
    SUPERSEDED = "SUPERSEDED"
    ABANDONED = "ABANDONED"
    EXPIRED = "EXPIRED"
    VALIDITY_LAPSED = "VALIDITY_LAPSED"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"


class DecidedBy(StrEnum):
    SYSTEM = "SYSTEM"
    MANUAL = "MANUAL"
    UNKNOWN = "UNKNOWN"


class SessionKind(StrEnum):
    PERSON = "PERSON"
    BUSINESS = "BUSINESS"


class Environment(StrEnum):
    LIVE = "LIVE"
    SANDBOX = "SANDBOX"


class Outcome(StrEnum):
    """The result of one check. Not run, pending and null are NOT_APPLICABLE, never FAIL."""

    PASS = "PASS"
    FAIL = "FAIL"
    REVIEW = "REVIEW"
    NOT_APPLICABLE = "NOT_APPLICABLE"


class ScoreKind(StrEnum):
    """VENDOR: the vendor's number, rescaled. DERIVED: from the outcome alone."""

    VENDOR = "VENDOR"
    DERIVED = "DERIVED"


class AddressRole(StrEnum):
    ID_DOCUMENT = "ID_DOCUMENT"
    PROOF_OF_ADDRESS = "PROOF_OF_ADDRESS"
    DECLARED = "DECLARED"
    GEOLOCATION = "GEOLOCATION"


class Strength(StrEnum):
    """How well a fingerprint identifies one device."""

    STRONG = "STRONG"
    MEDIUM = "MEDIUM"
    WEAK = "WEAK"


class ContactKind(StrEnum):
    PHONE = "PHONE"
    EMAIL = "EMAIL"


class DocumentType(StrEnum):
    PASSPORT = "PASSPORT"
    ID_CARD = "ID_CARD"
    DRIVER_LICENSE = "DRIVER_LICENSE"
    RESIDENCE_PERMIT = "RESIDENCE_PERMIT"
    HEALTH_INSURANCE_CARD = "HEALTH_INSURANCE_CARD"
    VOTER_ID = "VOTER_ID"
    VISA = "VISA"
    TAX_ID = "TAX_ID"
    UTILITY_BILL = "UTILITY_BILL"
    BANK_STATEMENT = "BANK_STATEMENT"
    GOVERNMENT_LETTER = "GOVERNMENT_LETTER"
    BUSINESS_DOCUMENT = "BUSINESS_DOCUMENT"
    OTHER = "OTHER"


class Place(StrEnum):
    """The ends of a distance."""

    IP = "IP"
    ID_DOCUMENT = "ID_DOCUMENT"
    PROOF_OF_ADDRESS = "PROOF_OF_ADDRESS"
    GEOLOCATION = "GEOLOCATION"
    PHONE = "PHONE"


class Band(StrEnum):
    """The meaning of a distance: PASS is near, INFO is noted, LOW and MEDIUM raise an alert."""

    PASS = "PASS"
    INFO = "INFO"
    LOW = "LOW"
    MEDIUM = "MEDIUM"
    NOT_APPLICABLE = "NOT_APPLICABLE"


class LinkKind(StrEnum):
    """The kinds of values that two sessions can share."""

    DEVICE = "DEVICE"
    PERSON = "PERSON"
    SUBJECT = "SUBJECT"
    DOCUMENT = "DOCUMENT"
    PHONE = "PHONE"
    EMAIL = "EMAIL"
    IP = "IP"
    FACE = "FACE"


class Severity(StrEnum):
    INFO = "INFO"
    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"

    @property
    def rank(self) -> int:
        return _SEVERITY_RANK[self]


_SEVERITY_RANK = {s: i for i, s in enumerate(Severity)}


class Source(StrEnum):
    """The finder: this pipeline, or the vendor."""

    OWN = "OWN"
    VENDOR = "VENDOR"


class Check(Struct, omit_defaults=True):
    """One canonical check. `score` is 0–1, higher is better for the applicant, null where the
    vendor's number means something else; `raw_value` is the vendor's value as text.
    """

    name: str
    outcome: Outcome
    score: float | None = None
    score_kind: ScoreKind | None = None
    instance: str | None = None
    vendor_key: str | None = None
    raw_value: str | None = None
    reasons: list[str] = []


class Person(Struct, omit_defaults=True):
    """The person as the vendor read them. `gender` is M, F or X; `nationality` alpha-3."""

    first_name: str | None = None
    middle_name: str | None = None
    last_name: str | None = None
    full_name: str | None = None
    birth_date: date | None = None
    gender: str | None = None
    nationality: str | None = None


class Document(Struct, omit_defaults=True):
    """An identity or address document. `issuing_country` is alpha-3, `number_hmac` versioned."""

    type: DocumentType | None = None
    number_hmac: str | None = None
    issuing_country: str | None = None
    issue_date: date | None = None
    expiry_date: date | None = None
    status: Outcome | None = None
    instance: str | None = None


class Address(Struct, omit_defaults=True):
    """`country` is alpha-2, coordinates are in degrees, `radius_km` is their uncertainty, `source`
    their origin (`vendor`, `gazetteer`, `database`, `browser`).
    """

    role: AddressRole
    formatted: str | None = None
    street: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    radius_km: float | None = None
    source: str | None = None


class Network(Struct, omit_defaults=True):
    """A network location. Null is unknown, which is not false."""

    ip: str | None = None
    is_global: bool | None = None
    country: str | None = None
    region: str | None = None
    city: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    radius_km: float | None = None
    isp: str | None = None
    is_anonymous: bool | None = None
    is_hosting: bool | None = None
    connection_type: str | None = None
    time_zone: str | None = None


class Device(Struct, omit_defaults=True):
    fingerprint: str | None = None
    strength: Strength | None = None
    brand: str | None = None
    model: str | None = None
    os: str | None = None
    browser: str | None = None
    platform: str | None = None
    is_bot: bool | None = None


class Contact(Struct, omit_defaults=True):
    """`value_hmac` of the E.164 number or the lower-case address; `country` alpha-2."""

    kind: ContactKind
    value_hmac: str | None = None
    country: str | None = None
    is_disposable: bool | None = None
    is_virtual: bool | None = None
    verified: bool | None = None


class Linked(Struct, omit_defaults=True):
    """Another session that shares a link. `seen_at` is its event time (epoch ms)."""

    vendor: str
    session_id: str
    subject_id: str | None = None
    decision: Decision | None = None
    seen_at: int | None = None


class Duplicate(Struct, omit_defaults=True):
    """A finding: other subjects have this link too. Counts include the event's own."""

    link: LinkKind
    subjects_count: int
    sessions_count: int
    first_seen: int | None = None
    last_seen: int | None = None
    window: str | None = None
    strength: Strength | None = None
    source: Source = Source.OWN
    linked: list[Linked] = []


class Distance(Struct, omit_defaults=True):
    """A finding: the distance between two places of one event, in km. `effective_km` is `km` less
    the uncertainty of both ends (`radius_km` is their sum).
    """

    from_: Place = field(name="from")
    to: Place = field()
    km: float | None = None
    effective_km: float | None = None
    radius_km: float | None = None
    vendor_km: float | None = None
    band: Band = Band.NOT_APPLICABLE
    reason: str | None = None


class Supersession(Struct, omit_defaults=True):
    """The event's position in its session, by event time."""

    is_stale: bool = False
    supersedes: str | None = None
    previous_decision: Decision | None = None


class Enrichment(Struct, omit_defaults=True):
    duplicates: list[Duplicate] = []
    distances: list[Distance] = []
    supersession: Supersession | None = None


class RawRef(Struct):
    """The coordinates of the raw record in Kafka, and the SHA-256 (hex) of its bytes."""

    topic: str
    partition: int
    offset: int
    sha256: str


class Verification(Struct, omit_defaults=True):
    """One distinct decision of one vendor about one session: `avro/verification.avsc`."""

    event_id: str
    event_type: str
    vendor: str
    session_id: str
    decision: Decision
    raw: RawRef
    ingested_at: int
    occurred_at: int
    vendor_version: str | None = None
    vendor_event_id: str | None = None
    session_kind: SessionKind = SessionKind.PERSON
    subject_id: str | None = None
    vendor_subject_id: str | None = None
    person_key: str | None = None
    tenant_id: str | None = None
    workflow_id: str | None = None
    environment: Environment = Environment.LIVE
    lifecycle: Lifecycle = Lifecycle.UNKNOWN
    final: bool = False
    decided_by: DecidedBy = DecidedBy.UNKNOWN
    vendor_status: dict[str, str] = {}
    reasons: list[str] = []
    checks: list[Check] = []
    started_at: int | None = None
    ended_at: int | None = None
    processed_at: int | None = None
    person: Person | None = None
    documents: list[Document] = []
    addresses: list[Address] = []
    networks: list[Network] = []
    devices: list[Device] = []
    contacts: list[Contact] = []
    enrichment: Enrichment = field(default_factory=Enrichment)
    flags: list[str] = []

    @property
    def subject_key(self) -> str:
        """The Kafka key of all records about this subject."""
        return self.subject_id or f"{self.vendor}:{self.session_id}"

    @property
    def session_key(self) -> str:
        """The key of the session's state. Sandbox and live have different keys."""
        return f"{self.environment}|{self.vendor}:{self.session_id}"

    @property
    def subject(self) -> tuple[str, str] | None:
        """`(namespace, id)`: the namespace is `company`, or the vendor that minted the id."""
        if self.subject_id is None:
            return (self.vendor, self.vendor_subject_id) if self.vendor_subject_id else None
        if self.subject_id == self.vendor_subject_id:
            return (self.vendor, self.subject_id)
        return ("company", self.subject_id)

    @property
    def changes_decision(self) -> bool:
        """True where the session had another decision before this event: who acts on decisions acts
        on these. False for what comes late, and for a result whose webhook was here already.
        """
        found = self.enrichment.supersession
        return found is None or not (found.is_stale or found.previous_decision is self.decision)


class Alert(Struct, omit_defaults=True):
    """One alert: `avro/alert.avsc`. `evidence` holds named figures."""

    alert_id: str
    rule: str
    severity: Severity
    title: str
    event_id: str
    vendor: str
    session_id: str
    environment: Environment
    occurred_at: int
    raised_at: int
    subject_id: str | None = None
    evidence: dict[str, bool | int | float | str] = {}
    linked: list[Linked] = []
    source: Source = Source.OWN
    supersedes: str | None = None

    @property
    def subject_key(self) -> str:
        return self.subject_id or f"{self.vendor}:{self.session_id}"


class Verdict(StrEnum):
    """What an analyst made of a case. UNKNOWN is a newer release's."""

    UNKNOWN = "UNKNOWN"
    CONFIRMED_FRAUD = "CONFIRMED_FRAUD"
    FALSE_ALARM = "FALSE_ALARM"
    DUPLICATE = "DUPLICATE"


GIVEN_VERDICTS = (Verdict.CONFIRMED_FRAUD, Verdict.FALSE_ALARM, Verdict.DUPLICATE)


class CaseState(StrEnum):
    OPEN = "OPEN"
    CLOSED = "CLOSED"


class CaseBand(StrEnum):
    """How soon somebody should look."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"


class Contribution(Struct, omit_defaults=True):
    """What one kind of sign adds to a case's score, in decibans."""

    rule: str
    severity: Severity
    points: float
    alerts: int
    first_at: int
    last_at: int
    muted: bool = False


class CaseAlert(Struct, frozen=True, omit_defaults=True):
    """An alert in short."""

    alert_id: str
    rule: str
    severity: Severity
    event_id: str
    vendor: str
    session_id: str
    occurred_at: int
    muted: bool = False


class CaseDecision(Struct, frozen=True):
    """The latest decision of one session."""

    vendor: str
    session_id: str
    event_id: str
    decision: Decision
    occurred_at: int


class Case(Struct, omit_defaults=True):
    """What is known against one subject: `avro/case.avsc`."""

    change_id: str
    case_id: str
    subject_key: str
    environment: Environment
    state: CaseState
    score: int
    band: CaseBand
    opened_at: int
    changed_at: int
    policy_version: str
    verdict: Verdict | None = None
    contributions: list[Contribution] = []
    alerts: list[CaseAlert] = []
    decisions: list[CaseDecision] = []
    closed_at: int | None = None
    closed_by: str | None = None
    reason: str | None = None

    @property
    def key(self) -> str:
        """The Kafka key: the subject key, which a sandbox marks, since the topic is compacted."""
        live = self.environment is Environment.LIVE
        return self.subject_key if live else f"{self.environment}|{self.subject_key}"


class Disposition(Struct, frozen=True, omit_defaults=True):
    """An analyst's verdict on a case: `avro/disposition.avsc`."""

    disposition_id: str
    case_id: str
    subject_key: str
    environment: Environment
    verdict: Verdict
    reason: str
    decided_by: str
    decided_at: int
    rules: list[str] = []


class AuditAction(StrEnum):
    """What somebody did on the analysts' page. UNKNOWN is a newer release's."""

    UNKNOWN = "UNKNOWN"
    REVEAL = "REVEAL"
    VERDICT = "VERDICT"


class Audit(Struct, frozen=True, omit_defaults=True):
    """Who did what on the analysts' page: `avro/audit.avsc`."""

    audit_id: str
    action: AuditAction
    done_by: str
    done_at: int
    case_id: str
    subject_key: str
    environment: Environment
    address: str | None = None
    disposition_id: str | None = None


class RawRecord(Struct, frozen=True):
    """A record of a raw topic, as Kafka holds it. `timestamp` is epoch ms."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()

    def header(self, name: str) -> str | None:
        """The last header of that name as text; None where absent, empty or not UTF-8."""
        for key, value in reversed(self.headers):
            if key == name:
                try:
                    return value.decode().strip() or None
                except UnicodeDecodeError:
                    return None
        return None


class Rejection(Struct, frozen=True):
    """The reason why a raw record gives no event. `message` names paths and types, no values."""

    code: str
    message: str
    stage: str = "normalize"


class Drop(Struct, frozen=True):
    """A valid record that gives no event on purpose."""

    code: str
