"""Effects of settings: known values, allow-lists, shadow, cooldown, severities, kinds."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
import pytest

from streams.contracts.model import Alert, RawRecord, Verification
from streams.pipeline.geo.gazetteer import Gazetteer
from streams.pipeline.local import Offline
from streams.pipeline.messages import Output, Shadowed, Suppressed
from streams.pipeline.normalize.keyring import Keyring
from streams.pipeline.pipeline import Pipeline
from streams.pipeline.policy import policy_from
from streams.rules import RULES
from tests.simulate.payloads import Attempt, payload
from tests.simulate.world import City, Device, Line, Person

MINUTE = 60_000
NOW = 1_767_225_600_000
KEYRING = Keyring({"k2": b"the key that writes now", "k1": b"the key that wrote once"})
GRAZ = City("Graz", "AT", "AUT", 47.07, 15.44)
RECIFE = City("Recife", "BR", "BRA", -8.05, -34.9)
DEVICE = Device("3f9c2b7a11de4f60", "Acme", "P1")


@cache
def gazetteer() -> Gazetteer:
    return Gazetteer()


def attempt(number: int, minute: float = 0, **told: Any) -> Attempt:
    """Each subject has its own document, device and line unless `told`."""
    person = Person("Aino", f"Lind-{number}", "1990-01-01", f"P{number:07}9", GRAZ)
    line = Line(f"81.10.{number}.7", "fixed", GRAZ, 47.07, 15.44)
    fixed: dict[str, Any] = {
        "at": NOW + round(minute * MINUTE), "vendor": "didit", "session": f"s{number}",
        "subject": f"c{number}", "person": person, "device": Device(f"{number}a5c3e" * 3, "A", "B"),
        "line": line, "decision": "approved", "units": {}, "honest": True,
    }  # fmt: skip
    return Attempt(**{**fixed, **told})


def run(attempts: list[Attempt], **settings: Any) -> list[Output]:
    policy = policy_from(KEYRING, settings)
    offline = Offline(Pipeline(KEYRING, policy, gazetteer()))
    found: list[Output] = []
    for n, a in enumerate(attempts):
        value = msgspec.json.encode(payload(a, n))
        record = RawRecord(f"idv.raw.{a.vendor}", 0, n, a.at, None, value)
        found += offline.outputs(a.vendor, record, a.at)
    assert sum(isinstance(output, Verification) for output in found) == len(attempts)
    return found


def rules(outputs: list[Output]) -> list[str]:
    return sorted(output.rule for output in outputs if isinstance(output, Alert))


TWO_ON_ONE_DEVICE = [attempt(1, 0, device=DEVICE), attempt(2, 5, device=DEVICE)]
ONE_PERSON = [
    attempt(1, 0),
    attempt(2, 5, person=attempt(1).person),
]
VPN = Line("81.10.1.7", "fixed", GRAZ, 47.07, 15.44, anonymous=True)
FAR = Line("81.10.1.7", "fixed", RECIFE, -8.05, -34.9)


@pytest.mark.parametrize(
    ("attempts", "rule", "known"),
    [
        (TWO_ON_ONE_DEVICE, "duplicate_device", {"devices": {"didit": [DEVICE.fingerprint]}}),
        (TWO_ON_ONE_DEVICE, "duplicate_device", {"subjects": ["c2"]}),
        (ONE_PERSON, "same_person", {"documents": ["AUT:p-0000 0019"]}),
        (ONE_PERSON, "same_person", {"subjects": ["c2"]}),
        ([attempt(1, line=VPN)], "anonymous_ip", {"networks": ["81.10.1.0/24"]}),
        ([attempt(1, line=VPN)], "anonymous_ip", {"networks": ["81.10.1.7"]}),
        ([attempt(1, line=VPN)], "anonymous_ip", {"subjects": ["c1"]}),
        ([attempt(1, line=FAR)], "ip_distance", {"subjects": ["c1"]}),
        ([attempt(1, line=FAR)], "ip_distance", {"documents": ["AUT:P00000019"]}),
    ],
)
def test_known_values_raise_nothing(attempts: list[Attempt], rule: str, known: dict) -> None:
    assert rules(run(attempts)) == [rule]
    assert rules(run(attempts, known=known)) == []
    assert rules(run(attempts, rules={rule: {"allow": known}})) == []
    others = {name: {"allow": known} for name in RULES if name != rule}
    assert rules(run(attempts, rules=others)) == [rule], "a rule's list is its own"


@pytest.mark.parametrize(
    ("attempts", "rule", "known"),
    [
        # The fingerprint is another vendor's, the network another one, the case of an id differs.
        (TWO_ON_ONE_DEVICE, "duplicate_device", {"devices": {"aiprise": [DEVICE.fingerprint]}}),
        ([attempt(1, line=VPN)], "anonymous_ip", {"networks": ["81.10.2.0/24"]}),
        ([attempt(1, line=VPN)], "anonymous_ip", {"subjects": ["C1"]}),
        (ONE_PERSON, "same_person", {"documents": ["DEU:P00000019"]}),
    ],
)
def test_others_are_not_known(attempts: list[Attempt], rule: str, known: dict) -> None:
    assert rules(run(attempts, known=known)) == [rule]


def test_a_known_subject_is_not_counted_with_others() -> None:
    three = [*TWO_ON_ONE_DEVICE, attempt(3, 9, device=DEVICE)]
    severities = [o.severity for o in run(three) if isinstance(o, Alert)]
    assert severities == ["LOW", "HIGH"]
    less = run(three, known={"subjects": ["c1"]})
    assert [o.severity for o in less if isinstance(o, Alert)] == ["LOW"]


def test_a_known_device_leaves_no_finding() -> None:
    outputs = run(TWO_ON_ONE_DEVICE, known={"devices": {"didit": [DEVICE.fingerprint]}})
    events = [output for output in outputs if isinstance(output, Verification)]
    assert not any(event.enrichment.duplicates for event in events)


@pytest.mark.parametrize(
    "settings",
    [
        {"known": {"documents": ["P1"]}},
        {"known": {"networks": ["81.10.1.0/33"]}},
        {"known": {"devices": {"nobody": ["x"]}}},
        {"known": {"people": []}},
        {"rules": {"ip_distance": {"allow": {"people": []}}}},
        {"rules": {"ip_distance": {"grades": {"worst": "HIGH"}}}},
        {"rules": {"ip_distance": {"grades": {"low": "URGENT"}}}},
        {"rules": {"ip_distance": {"cooldown_minutes": -1}}},
        {"rules": {"duplicate_device": {"tiers": {"medium": 0}}}},
        {"rules": {"nothing": {}}},
        {"links": {"kinds": ["face"]}},
        {"links": {"kinds": "device"}},
        {"links": {"shared_above": 1}},
        {"distance": {"pass_km": 800.0}},
    ],
)
def test_what_cannot_be_used_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w+"):
        policy_from(KEYRING, settings)


def test_shadow_off_and_severities() -> None:
    for setting, kind in (({"shadow": True}, Shadowed), ({"enabled": False}, None)):
        outputs = run(TWO_ON_ONE_DEVICE, rules={"duplicate_device": setting})
        assert rules(outputs) == []
        assert bool([o for o in outputs if kind and isinstance(o, kind)]) is bool(kind)
    graded = run(TWO_ON_ONE_DEVICE, rules={"duplicate_device": {"grades": {"low": "MEDIUM"}}})
    assert [o.severity for o in graded if isinstance(o, Alert)] == ["MEDIUM"]


def test_only_the_kinds_of_links_that_are_asked_for() -> None:
    assert rules(run(ONE_PERSON, links={"kinds": ["device"]})) == []
    assert rules(run(ONE_PERSON, links={"kinds": ["device", "person"]})) == ["same_person"]


def test_cooldown_of_a_session() -> None:
    """Approved and declined in turns, a quarter of an hour apart."""
    turns = [
        attempt(1, 15 * n, decision="declined" if n % 2 else "approved", device=DEVICE)
        for n in range(9)
    ]
    assert rules(run(turns)) == ["decision_reversed"] * 8
    outputs = run(turns, rules={"decision_reversed": {"cooldown_minutes": 60}})
    told = [(o.occurred_at - NOW) // MINUTE for o in outputs if isinstance(o, Alert)]
    # HIGH at 15, all others within the hour are no worse; then HIGH again at 75.
    assert told == [15, 75]
    assert sum(isinstance(o, Suppressed) for o in outputs) == 6


def test_every_alert_tells_the_policy_that_raised_it() -> None:
    versions = set()
    for settings in ({}, {"rules": {"duplicate_device": {"tiers": {"medium": 4}}}}):
        policy = policy_from(KEYRING, settings)
        (alert,) = (o for o in run(TWO_ON_ONE_DEVICE, **settings) if isinstance(o, Alert))
        assert alert.evidence["policy_version"] == policy.version
        versions.add(policy.version)
    assert len(versions) == 2
    assert policy_from(KEYRING).version == policy_from(KEYRING).version


def test_a_new_policy_holds_from_the_next_record_on() -> None:
    pipeline = Pipeline(KEYRING, policy_from(KEYRING), gazetteer())
    offline, seen = Offline(pipeline), []
    for n, a in enumerate([attempt(1, line=VPN), attempt(2, 1, line=VPN), attempt(3, 2, line=VPN)]):
        if n:
            off = {"anonymous_ip": {"enabled": n == 2}}
            pipeline.adopt(policy_from(KEYRING, {"rules": off}))
        record = RawRecord("idv.raw.didit", 0, n, a.at, None, msgspec.json.encode(payload(a, n)))
        seen.append(rules(list(offline.outputs("didit", record, a.at))))
    assert seen == [["anonymous_ip"], [], ["anonymous_ip"]]
