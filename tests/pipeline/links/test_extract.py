"""The links of an event, by kind."""

from __future__ import annotations

import msgspec
import pytest

from streams.contracts.model import (
    Contact,
    ContactKind,
    Decision,
    Device,
    Document,
    Environment,
    LinkKind,
    Network,
    RawRef,
    Strength,
    Verification,
)
from streams.pipeline.links.extract import Links, links_of
from streams.pipeline.links.kinds import THROUGH_MAX
from streams.pipeline.normalize.allowlist import SealedAllowList
from streams.pipeline.normalize.keyring import Keyring

KEYRING = Keyring({"k1": b"a key for tests only"})
HOME = Network(
    ip="81.2.69.160", is_global=True, country="GB", city="London",
    latitude=51.5, longitude=-0.12, radius_km=50.0,
)  # fmt: skip
PHONE_MODEL = Device(brand="Acme", model="P9", os="Android", browser="Chrome")


def event(**told) -> Verification:
    fixed = {
        "event_id": "e1",
        "event_type": "verification.approved",
        "vendor": "didit",
        "session_id": "s1",
        "decision": Decision.APPROVED,
        "raw": RawRef("idv.raw.didit", 0, 0, "00"),
        "occurred_at": 10_000,
        "ingested_at": 10_000,
    }
    return Verification(**{**fixed, **told})


def links(one: Verification, older: dict[str, list[str]] | None = None, **how) -> Links:
    return links_of(one, KEYRING.hash, older, **how)


def keys(one: Verification, **how) -> list[str]:
    return [link.key for link in links(one, **how)]


def test_event_without_anything_has_no_links() -> None:
    assert list(links(event())) == []


def test_event_passes_through_its_strong_devices_first() -> None:
    one = event(
        person_key="document:k1:PPP",
        subject_id="c1",
        devices=[
            Device(fingerprint="k1:DDD", strength=Strength.STRONG),
            Device(fingerprint="k1:EEE", strength=Strength.MEDIUM),
            Device(fingerprint="k1:DDD", strength=Strength.STRONG),
        ],
    )
    found = links(one)
    assert [x.key for x in found.through] == ["LIVE|device|k1:DDD", "LIVE|device|k1:EEE"]
    assert [x.key for x in found.beside] == [
        "LIVE|person|document:k1:PPP",
        "LIVE|subject|company|c1",
    ]
    assert [x.sighting.strength for x in found] == [Strength.STRONG, Strength.MEDIUM, None, None]
    told = found.through[0].sighting
    assert (told.subject, told.named, told.person_key) == (("company", "c1"), True, one.person_key)
    assert not any(x.muted for x in found)


def test_at_most_sixteen_fingerprints() -> None:
    devices = [Device(fingerprint=f"k1:{i}", strength=Strength.STRONG) for i in range(40)]
    assert len(links(event(devices=devices)).through) == THROUGH_MAX


def test_sandbox_never_meets_live() -> None:
    live = event(devices=[Device(fingerprint="k1:DDD", strength=Strength.STRONG)])
    sandbox = msgspec.structs.replace(live, environment=Environment.SANDBOX)
    assert keys(sandbox) == ["SANDBOX|device|k1:DDD"]


def test_weak_devices_link_within_one_network_only() -> None:
    def weak(ip: str, device: Device = PHONE_MODEL) -> list[str]:
        network = msgspec.structs.replace(HOME, ip=ip, is_global=True)
        found = links(event(devices=[device], networks=[network]))
        assert not found.through
        assert all(x.sighting.strength is Strength.WEAK for x in found)
        return [x.key for x in found]

    (key,) = weak("81.2.69.160")
    assert key.startswith("LIVE|device|weak|k1:")
    assert weak("81.2.69.7") == [key]
    assert weak("81.2.70.160") != [key]
    assert weak("81.2.69.160", msgspec.structs.replace(PHONE_MODEL, model="P8")) != [key]
    assert weak("81.2.69.160", Device(brand="Acme", os="Android", browser="Chrome")) == []
    assert weak("2a02:6b8:1:2::1") == weak("2a02:6b8:1:2:ffff::1") != []
    assert weak("2a02:6b8:1:2::1") != weak("2a02:6b8:1:3::1")
    assert weak("81.2.69.160", Device(fingerprint="k1:W", strength=Strength.WEAK)) != []


def test_weak_devices_without_a_network_of_their_own_link_nothing() -> None:
    private = Network(ip="10.0.0.7", is_global=False)
    assert keys(event(devices=[PHONE_MODEL], networks=[private])) == []
    for shared in ({"is_anonymous": True}, {"is_hosting": True}):
        exit_ = msgspec.structs.replace(HOME, **shared)
        assert keys(event(devices=[PHONE_MODEL], networks=[exit_])) == []
    assert keys(event(devices=[PHONE_MODEL])) == []


def test_subjects_link_by_namespace_where_there_is_something_to_tell() -> None:
    assert keys(event(subject_id="c1")) == ["LIVE|subject|company|c1"]
    assert keys(event(vendor_subject_id="u1")) == ["LIVE|subject|didit|u1"]
    assert keys(event(subject_id="c1", decision=Decision.PENDING)) == []
    assert keys(event(subject_id="c1", decision=Decision.EXPIRED)) != []
    assert keys(event(subject_id="c1", decision=Decision.PENDING, networks=[HOME])) != []
    (link,) = links(event(vendor_subject_id="u1"))
    assert not link.sighting.named


@pytest.mark.parametrize(
    "changed",
    [
        {"is_anonymous": True},
        {"is_hosting": True},
        {"latitude": None},
        {"latitude": 0.0, "longitude": 0.0},
        {"radius_km": 1000.0},
        {"radius_km": None},
        {"connection_type": "Cellular"},
        {"connection_type": "mobile"},
    ],
)
def test_only_a_place_that_can_be_trusted_is_one(changed: dict) -> None:
    (link,) = links(event(subject_id="c1", networks=[HOME]))
    position = link.sighting.position
    assert position is not None
    assert (position.latitude, position.longitude, position.radius_km) == (51.5, -0.12, 50.0)
    doubtful = msgspec.structs.replace(HOME, **changed)
    (link,) = links(event(subject_id="c1", networks=[doubtful]))
    assert link.sighting.position is None
    (link,) = links(event(subject_id="c1", networks=[doubtful, HOME]))
    assert link.sighting.position == position


def test_no_ip_address_in_clear() -> None:
    one = event(subject_id="c1", devices=[PHONE_MODEL], networks=[HOME])
    told = msgspec.json.encode(links(one, enabled=frozenset(LinkKind)))
    assert b"81.2.69" not in told


def test_other_kinds_are_lines_that_can_be_enabled() -> None:
    one = event(
        documents=[Document(number_hmac="k1:NNN")],
        contacts=[
            Contact(kind=ContactKind.PHONE, value_hmac="k1:TTT"),
            Contact(kind=ContactKind.EMAIL, value_hmac="k1:MMM"),
        ],
        networks=[HOME],
    )
    assert keys(one) == []
    *found, ip = keys(one, enabled=frozenset(LinkKind))
    assert found == ["LIVE|document|k1:NNN", "LIVE|phone|k1:TTT", "LIVE|email|k1:MMM"]
    assert ip.startswith("LIVE|ip|k1:")


def test_known_devices_are_ignored() -> None:
    device = Device(fingerprint="k2:NEW", strength=Strength.STRONG)
    one = event(devices=[device])
    assert keys(one, known=SealedAllowList(frozenset({"k2:NEW"}))) == []
    older = {"k2:NEW": ["k1:OLD"]}
    assert not [*links(one, older, known=SealedAllowList(frozenset({"k1:OLD"})))]


def test_rotated_key_speaks_until_it_is_dropped() -> None:
    one = event(
        person_key="document:k3:PPP",
        devices=[Device(fingerprint="k3:NEW", strength=Strength.STRONG)],
    )
    older = {"k3:NEW": ["k2:MID", "k1:OLD"], "k3:PPP": ["k2:QQQ"]}
    visits = links(one, older)
    found = {x.key: (x in visits.through, x.muted) for x in visits}
    assert found == {
        "LIVE|device|k1:OLD": (True, False),
        "LIVE|device|k3:NEW": (False, True),
        "LIVE|device|k2:MID": (False, True),
        "LIVE|person|document:k2:QQQ": (False, False),
        "LIVE|person|document:k3:PPP": (False, True),
    }


def test_very_long_ids_are_told_short_and_apart() -> None:
    def told(subject: str) -> tuple[str, str]:
        (link,) = links(event(subject_id=subject, session_id="s" * 500))
        assert len(link.sighting.session_id) <= 64
        assert link.sighting.subject is not None
        assert not link.sighting.named
        return link.key, link.sighting.subject[1]

    one, other = told("x" * 500), told("x" * 499)
    assert one != other
    assert len(one[0]) < 100
    (link,) = links(event(person_key="document:k1:" + "P" * 200))
    assert link.sighting.person_key is not None
    assert link.sighting.person_key.startswith("document:k1:~")
