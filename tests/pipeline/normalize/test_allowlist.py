"""Allow-lists match their values in any vendor's form, and refuse values that cannot match."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from streams.contracts.model import ContactKind, RawRecord, Verification
from streams.pipeline.normalize.allowlist import SealedAllowList, seal_allow_list
from streams.pipeline.normalize.keyring import Keyring
from streams.pipeline.normalize.normalize import Normalized, normalize
from streams.pipeline.normalize.parse import parse
from streams.pipeline.normalize.seal import document_number, is_junk
from streams.rules.base import AllowList
from streams.vendors import VENDORS
from streams.vendors.base.draft import Draft
from tests.support.paths import SAMPLES

KEYRING = Keyring({"k2": b"the key that writes", "k1": b"the key before it"})
RAW = sorted(SAMPLES.glob("*/*.raw.json"))


def sealed(**listed: Any) -> SealedAllowList:
    return seal_allow_list(AllowList(**listed), KEYRING, frozenset(VENDORS))


def event_and_draft(path: Path) -> tuple[Verification, Draft] | None:
    record = RawRecord("idv.raw.x", 0, 0, 0, None, path.read_bytes())
    vendor = path.parent.name
    result = normalize(vendor, record, KEYRING)
    if not isinstance(result, Normalized):
        return None
    payload = parse(path.read_bytes())
    assert isinstance(payload, dict)
    draft = VENDORS[vendor](payload)
    assert isinstance(draft, Draft)
    return result.event, draft


def lists_of(draft: Draft, vendor: str) -> list[dict[str, Any]]:
    """One list per value of a draft that can be listed."""
    found: list[dict[str, Any]] = [
        {"devices": {vendor: [device.fingerprint]}}
        for device in draft.devices
        if device.fingerprint and not is_junk(device.fingerprint)
    ]
    for document in draft.documents:
        country = document.document.issuing_country
        if country and document_number(country, document.number):
            found.append({"documents": [f"{country}:{document.number}"]})
    for contact in draft.contacts:
        name = "phones" if contact.kind is ContactKind.PHONE else "emails"
        found.append({name: [contact.value]})
    if subject := draft.subject_id or draft.vendor_subject_id:
        found.append({"subjects": [subject]})
    if len(draft.networks) == 1 and draft.networks[0].ip:
        found.append({"networks": [draft.networks[0].ip]})
    return found


@pytest.mark.parametrize("path", RAW, ids=lambda p: f"{p.parent.name}/{p.name[:-9]}")
def test_what_an_event_holds_can_be_listed(path: Path) -> None:
    if (found := event_and_draft(path)) is None:
        return
    event, draft = found
    for listed in lists_of(draft, path.parent.name):
        assert sealed(**listed).matches(event), [*listed]
        bare = msgspec.structs.replace(
            event, devices=[], documents=[], contacts=[], networks=[], subject_id=None,
            vendor_subject_id=None,
        )  # fmt: skip
        assert not sealed(**listed).matches(bare), [*listed]


def test_samples_hold_every_kind_of_value() -> None:
    kinds = {
        kind
        for path in RAW
        if (found := event_and_draft(path))
        for listed in lists_of(found[1], path.parent.name)
        for kind in listed
    }
    assert kinds == set(AllowList.__struct_fields__)


@pytest.mark.parametrize(
    ("listed", "where"),
    [
        ({"devices": {"didit": ["unknown"]}}, r"devices\.didit\.0 can match nothing"),
        ({"devices": {"didit": ["aaaaaaaaaaaa"]}}, r"devices\.didit\.0 can match nothing"),
        ({"devices": {"nobody": ["4f1c9a2b7d"]}}, "no vendor is called nobody"),
        ({"documents": ["AUT:1"]}, r"documents\.0 can match nothing"),
        ({"documents": ["AUT:P1234567", "AUT:0000000"]}, r"documents\.1 can match nothing"),
        ({"documents": ["P1234567"]}, r"documents\.0 must be"),
        ({"documents": ["AT:P1234567"]}, r"documents\.0 must be"),
        ({"documents": ["QQQ:P1234567"]}, r"documents\.0 must be"),
        ({"phones": ["0664 1234567"]}, r"phones\.0 must be a phone number in international form"),
        ({"emails": ["nobody"]}, r"emails\.0 must be an e-mail address"),
        ({"networks": ["300.1.1.1"]}, r"networks\.0 must be an IP address or a network"),
        ({"subjects": ["cust-1", "  "]}, r"subjects\.1 is blank"),
    ],
)
def test_what_can_match_nothing_is_refused(listed: dict[str, Any], where: str) -> None:
    with pytest.raises(ValueError, match=where) as refused:
        sealed(**listed)
    assert "P1234567" not in str(refused.value)


def test_an_older_key_matches_until_it_is_dropped() -> None:
    listed = AllowList(devices={"didit": ["4f1c9a2b7d3e"]})
    old = seal_allow_list(listed, Keyring({"k1": b"the key before it"}), frozenset(VENDORS))
    assert old.hashes < sealed(devices=listed.devices).hashes
