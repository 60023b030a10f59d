"""`ip_insights` and `device_insights`: the network and the device behind a session.

Source: AiPrise docs, "User Verification Response": ip_insights, device_insights; OpenAPI
description: IPInsights, DeviceInsights.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from streams.contracts.model import Check, Device, Network, Strength
from streams.vendors.aiprise import payload as p
from streams.vendors.aiprise import tables
from streams.vendors.aiprise.checks import (
    codes,
    outcome_of,
    outcome_with_concerns,
    section_checks,
)
from streams.vendors.base.draft import FAIL, DraftDevice, Part, check
from streams.vendors.base.reader import Reader
from streams.vendors.base.values import boolean, identifier, text, word


def with_networks(
    reader: Reader, insights: p.FraudInsights, path: str, parts: list[Part]
) -> list[Part]:
    """The parts, and those of the network and the device."""
    parts = [*parts]
    ip_path, device_path = f"{path}.ip_insights", f"{path}.device_insights"
    ip = reader.part(insights.ip_insights, p.IpInsights, ip_path)
    device = reader.part(insights.device_insights, p.DeviceInsights, device_path)
    if ip is not None:
        parts += _network(reader, ip, ip_path)
    if device is not None:
        parts = _with_device_checks(reader, device, device_path, parts)
    if ip is not None and boolean(ip.bot_status):
        bot = check(
            "device_not_bot",
            FAIL,
            vendor_key=ip_path,
            raw_value=ip.bot_status,
            reasons=["bot_status"],
        )
        parts.append(bot)
    parts += _device(ip, device)
    return parts


_SIGNS = ("vpn", "proxy", "tor", "active_vpn", "active_tor")
_NO_NETWORK, _NO_DEVICE = Network(), Device()


def _network(reader: Reader, ip: p.IpInsights, path: str) -> Sequence[Part]:
    signs = _known_flags(ip, _SIGNS)
    concerns = [name for name, sign in signs.items() if sign]
    outcome = outcome_with_concerns(reader, ip, path, concerns)
    checks = section_checks(reader, "ip_not_anonymous", ip, path, outcome=outcome, reasons=concerns)
    warned = not tables.ANONYMOUS.isdisjoint(codes(ip.warnings))
    at = f"{path}.location"
    where = reader.part(ip.location, p.Location, at) or p.Location()
    address, is_global = reader.ip(ip.ip_address, f"{path}.ip_address")
    point = reader.point(where.latitude, where.longitude, at)
    latitude, longitude = point or (None, None)
    network = Network(
        ip=address,
        is_global=is_global,
        country=reader.country2(where.country_code, f"{at}.country_code")
        or reader.country2(where.country, f"{at}.country"),
        region=text(where.region),
        city=text(where.city),
        latitude=latitude,
        longitude=longitude,
        isp=text(ip.internet_service_provider),
        is_anonymous=True if concerns or warned else False if signs else None,
        is_hosting=True if word(ip.connection_type) in tables.HOSTING else None,
        connection_type=text(ip.connection_type),
        time_zone=text(where.timezone),
    )
    return checks if network == _NO_NETWORK else (*checks, network)


def _known_flags(section: p.Section, names: tuple[str, ...]) -> dict[str, bool]:
    """The fields of these names that are true or false."""
    return {n: flag for n in names if (flag := boolean(getattr(section, n))) is not None}


def _with_device_checks(
    reader: Reader, device: p.DeviceInsights, path: str, parts: list[Part]
) -> list[Part]:
    bot = boolean(device.bot_status)
    checks = section_checks(
        reader,
        "device_not_bot",
        device,
        path,
        outcome=FAIL if bot else None,
        raw_value=device.bot_status,
        reasons=["bot_status"] if bot else [],
    )
    parts = [*parts, *checks]
    signs = _known_flags(device, ("incognito", "privacy_settings"))
    if not signs:
        return parts
    concerns = [name for name, sign in signs.items() if sign]
    for i, part in enumerate(parts):
        if isinstance(part, Check) and part.name == "device_integrity":
            with_signs = replace(part, reasons=[*part.reasons, *concerns])
            return [*parts[:i], with_signs, *parts[i + 1 :]]
    outcome, reasons = outcome_of(reader, device, path)
    integrity = check(
        "device_integrity",
        outcome_with_concerns(reader, device, path, concerns) or outcome,
        instance=identifier(device.section_id),
        vendor_key=path,
        reasons=[*reasons, *concerns],
    )
    return [*parts, integrity]


def _device(ip: p.IpInsights | None, device: p.DeviceInsights | None) -> Sequence[DraftDevice]:
    """The hash is among the IP's insights although it is the browser's: nobody documents what it
    hashes, so it is of medium strength.
    """
    fingerprint = identifier(ip.unique_hash) if ip else None
    device = device or p.DeviceInsights()
    os = " ".join(filter(None, (text(device.os), identifier(device.os_version)))) or None
    bots = (boolean(device.bot_status), boolean(ip.bot_status) if ip else None)
    described = Device(
        model=text(device.device),
        os=os,
        browser=text(device.browser_name),
        is_bot=True if True in bots else False if False in bots else None,
    )
    if fingerprint is None and described == _NO_DEVICE:
        return ()
    described.strength = Strength.MEDIUM if fingerprint else Strength.WEAK
    return (DraftDevice(described, fingerprint=fingerprint),)
