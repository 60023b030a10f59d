"""AiPrise: networks and devices."""

from __future__ import annotations

from typing import Any

import pytest

from tests.vendors.aiprise.payloads import fraud, only


@pytest.mark.parametrize("sign", ["vpn", "proxy", "tor", "active_vpn", "active_tor"])
@pytest.mark.parametrize(
    ("given", "anonymous"),
    [
        (True, True), ("true", True), ("YES", True), (1, True),
        (False, False), ("false", False), (None, None), ("maybe", None),
    ],
)  # fmt: skip
def test_signs_of_anonymity(sign: str, given: Any, anonymous: bool | None) -> None:
    silent = fraud(ip_insights={"result": "UNKNOWN", "ip_address": "41.58.0.10", sign: given})
    assert silent.networks[0].is_anonymous is anonymous
    check = only(silent, "ip_not_anonymous")
    assert (check.outcome, check.reasons) == (
        ("REVIEW", [sign]) if anonymous else ("NOT_APPLICABLE", [])
    )
    judged = fraud(ip_insights={"result": "APPROVED", sign: given})
    assert only(judged, "ip_not_anonymous").outcome == "PASS"


@pytest.mark.parametrize("result", ["APPROVED", "UNKNOWN", "REVIEW", None])
@pytest.mark.parametrize("bot", [True, "true"])
def test_a_bot_fails_whatever_the_result(result: str | None, bot: Any) -> None:
    made = fraud(device_insights={"result": result, "bot_status": bot})
    assert only(made, "device_not_bot").outcome == "FAIL"
    assert made.devices[0].device.is_bot is True
    assert only(fraud(ip_insights={"result": result, "bot_status": bot}), "device_not_bot").reasons


@pytest.mark.parametrize("sign", ["incognito", "privacy_settings"])
@pytest.mark.parametrize(
    ("result", "given", "outcome"),
    [
        ("UNKNOWN", True, "REVIEW"),
        ("UNKNOWN", False, "NOT_APPLICABLE"),
        ("APPROVED", True, "PASS"),
        ("APPROVED", False, "PASS"),
        ("REVIEW", True, "REVIEW"),
    ],
)
def test_signs_of_a_guarded_device(sign: str, result: str, given: bool, outcome: str) -> None:
    made = fraud(device_insights={"result": result, sign: given})
    found = only(made, "device_integrity")
    assert (found.outcome, found.reasons) == (outcome, [sign] if given else [])


@pytest.mark.parametrize(
    ("given", "ip", "is_global", "reason"),
    [
        ("41.58.0.10", "41.58.0.10", True, None),
        ("::ffff:41.58.0.10", "41.58.0.10", True, None),
        ("10.0.0.4", "10.0.0.4", False, None),
        ("100.64.0.9", "100.64.0.9", False, None),
        ("203.0.113.7", "203.0.113.7", False, None),
        ("111.22.333.44", None, None, "invalid_ip:fraud_insights.ip_insights.ip_address"),
        ("", None, None, None),
    ],
)
def test_ip_addresses(given: str, ip: str | None, is_global: bool | None, reason: Any) -> None:
    made = fraud(ip_insights={"ip_address": given, "internet_service_provider": "Example Net"})
    assert (made.networks[0].ip, made.networks[0].is_global) == (ip, is_global)
    assert made.reasons == ([reason] if reason else [])


@pytest.mark.parametrize("hash_", ["null", "unknown", "q7RmT0xW2cVb9LzK4eYd", 8137742])
def test_the_hash_of_the_browser_is_handed_on_as_it_is(hash_: Any) -> None:
    made = fraud(ip_insights={"unique_hash": hash_})
    assert [(d.fingerprint, d.device.strength) for d in made.devices] == [(str(hash_), "MEDIUM")]


@pytest.mark.parametrize("hash_", [None, "", "  "])
def test_no_hash_no_device(hash_: Any) -> None:
    assert fraud(ip_insights={"unique_hash": hash_}).devices == []


@pytest.mark.parametrize("code", ["TOR_DETECTED", "VPN_DETECTED"])
def test_a_code_makes_the_network_anonymous(code: str) -> None:
    ip = {"ip_address": "91.12.13.14", "result": "REVIEW", "warnings": [code]}
    assert [n.is_anonymous for n in fraud(ip_insights=ip).networks] == [True]


@pytest.mark.parametrize(
    ("kind", "hosting"),
    [
        ("data center", True),
        ("datacenter", True),
        ("Hosting", True),
        ("server", True),
        ("cable", None),
    ],
)
def test_hosting(kind: str, hosting: bool | None) -> None:
    made = fraud(ip_insights={"ip_address": "91.12.13.14", "connection_type": kind})
    assert [n.is_hosting for n in made.networks] == [hosting]
