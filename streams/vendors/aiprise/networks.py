"""`ip_insights` and `device_insights`: the network and the device behind a session.

Source: AiPrise docs, "User Verification Response": ip_insights, device_insights; OpenAPI
description: IPInsights, DeviceInsights.
"""

from __future__ import annotations

from typing import Any

from streams.contracts.model import Device, Network, Outcome, Strength
from streams.vendors.aiprise.codes import ANONYMOUS
from streams.vendors.aiprise.payload import DeviceInsights, IpInsights, Location, Section
from streams.vendors.aiprise.sections import (
    Findings,
    add_checks,
    codes,
    verdict,
    with_concerns,
)
from streams.vendors.aiprise.tables import HOSTING
from streams.vendors.base.draft import DraftDevice, check
from streams.vendors.base.values import boolean, identifier, text, word


def read_ip_and_device(ip_insights: Any, device_insights: Any, path: str, found: Findings) -> None:
    ip_path, device_path = f"{path}.ip_insights", f"{path}.device_insights"
    ip = found.reader.part(ip_insights, IpInsights, ip_path)
    device = found.reader.part(device_insights, DeviceInsights, device_path)
    if ip is not None:
        _add_network(ip, ip_path, found)
    if device is not None:
        _add_device_checks(device, device_path, found)
    if ip is not None and boolean(ip.bot_status):
        _add_bot(ip.bot_status, ip_path, found)
    _add_device(ip, device, found)


_SIGNS = ("vpn", "proxy", "tor", "active_vpn", "active_tor")
_NO_NETWORK = Network()


def _add_network(ip: IpInsights, path: str, found: Findings) -> None:
    signs = _told(ip, _SIGNS)
    concerns = [name for name, sign in signs.items() if sign]
    add_checks(
        "ip_not_anonymous",
        ip,
        path,
        found,
        outcome=with_concerns(ip, path, found, concerns),
        reasons=concerns,
    )
    warned = not ANONYMOUS.isdisjoint(codes(ip.warnings))
    location_path = f"{path}.location"
    where = found.reader.part(ip.location, Location, location_path) or Location()
    reader = found.reader
    address, is_global = reader.ip(ip.ip_address, f"{path}.ip_address")
    point = reader.point(where.latitude, where.longitude, location_path)
    latitude, longitude = point or (None, None)
    network = Network(
        ip=address,
        is_global=is_global,
        country=reader.country2(where.country_code, f"{location_path}.country_code")
        or reader.country2(where.country, f"{location_path}.country"),
        region=text(where.region),
        city=text(where.city),
        latitude=latitude,
        longitude=longitude,
        isp=text(ip.internet_service_provider),
        is_anonymous=True if concerns or warned else False if signs else None,
        is_hosting=True if word(ip.connection_type) in HOSTING else None,
        connection_type=text(ip.connection_type),
        time_zone=text(where.timezone),
    )
    if network != _NO_NETWORK:
        found.networks.append(network)


def _told(section: Section, names: tuple[str, ...]) -> dict[str, bool]:
    """The fields of these names that say yes or no."""
    told = {}
    for name in names:
        if (sign := boolean(getattr(section, name))) is not None:
            told[name] = sign
    return told


def _add_bot(raw_value: Any, path: str, found: Findings) -> None:
    found.checks.append(
        check(
            "device_not_bot",
            Outcome.FAIL,
            vendor_key=path,
            raw_value=raw_value,
            reasons=["bot_status"],
        )
    )


def _add_device_checks(device: DeviceInsights, path: str, found: Findings) -> None:
    bot = boolean(device.bot_status)
    add_checks(
        "device_not_bot",
        device,
        path,
        found,
        outcome=Outcome.FAIL if bot else None,
        raw_value=device.bot_status,
        reasons=["bot_status"] if bot else [],
    )
    signs = _told(device, ("incognito", "privacy_settings"))
    if not signs:
        return
    concerns = [name for name, sign in signs.items() if sign]
    warned = next((c for c in found.checks if c.name == "device_integrity"), None)
    if warned is not None:
        warned.reasons.extend(concerns)
        return
    outcome, reasons = verdict(device, path, found)
    found.checks.append(
        check(
            "device_integrity",
            with_concerns(device, path, found, concerns) or outcome,
            instance=identifier(device.section_id),
            vendor_key=path,
            reasons=[*reasons, *concerns],
        )
    )


def _add_device(ip: IpInsights | None, device: DeviceInsights | None, found: Findings) -> None:
    """The hash stands among the IP's insights although it is the browser's: nobody documents what
    it hashes, so it is of medium strength.
    """
    fingerprint = identifier(ip.unique_hash) if ip else None
    device = device or DeviceInsights()
    os = " ".join(filter(None, (text(device.os), identifier(device.os_version)))) or None
    bots = (boolean(device.bot_status), boolean(ip.bot_status) if ip else None)
    described = Device(
        model=text(device.device),
        os=os,
        browser=text(device.browser_name),
        is_bot=True if True in bots else False if False in bots else None,
    )
    if fingerprint is None and described == Device():
        return
    described.strength = Strength.MEDIUM if fingerprint else Strength.WEAK
    found.devices.append(DraftDevice(described, fingerprint=fingerprint))
