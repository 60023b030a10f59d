"""`fraud_insights`: network, device, e-mail, phone, browser location and related sessions.

Source: AiPrise docs, "User Verification Response": fraud_insights; OpenAPI description:
IPInsights, PhoneInsights, RelatedSessionInsights.

`persons`, `social_profiles` and `breaches` come from data brokers: they tell who used the e-mail
or number at some time, somewhere. Their addresses, IPs and names are not this applicant's and are
not read.
"""

from __future__ import annotations

import ipaddress
from typing import Any

import msgspec

from streams.draft import DraftContact, DraftDevice, check
from streams.model import (
    Address,
    AddressRole,
    ContactKind,
    Device,
    Linked,
    LinkKind,
    Network,
    Outcome,
    Strength,
)
from streams.values import boolean, country2, email, millis, number, phone, text, word
from streams.vendors.aiprise.codes import ANONYMOUS
from streams.vendors.aiprise.decision import decide
from streams.vendors.aiprise.payload import (
    DeviceInsights,
    DomainInfo,
    EmailInsights,
    FraudInsights,
    Geolocation,
    IpInsights,
    Location,
    PhoneInsights,
    RelatedSession,
    RelatedSessions,
    Section,
)
from streams.vendors.aiprise.sections import (
    Findings,
    add_checks,
    add_warnings,
    codes,
    identity,
    token,
    verdict,
)
from streams.vendors.aiprise.tables import HOSTING, RELATIONS, VIRTUAL_PHONES

_PATH = "fraud_insights"


def read_insights(value: Any, found: Findings) -> None:
    insights = found.reader.part(value, FraudInsights, _PATH)
    if insights is None:
        return
    ip_path, device_path = f"{_PATH}.ip_insights", f"{_PATH}.device_insights"
    ip = found.reader.part(insights.ip_insights, IpInsights, ip_path)
    device = found.reader.part(insights.device_insights, DeviceInsights, device_path)
    if ip is not None:
        _add_network(ip, ip_path, found)
    if device is not None:
        _add_device_checks(device, device_path, found)
    if ip is not None and boolean(ip.bot_status):
        _add_bot(ip.bot_status, ip_path, found)
    _add_device(ip, device, found)
    _add_emails(insights.email_insights, f"{_PATH}.email_insights", found)
    _add_phones(insights.phone_insights, f"{_PATH}.phone_insights", found)
    _add_geolocation(insights.geolocation_insights, f"{_PATH}.geolocation_insights", found)
    _add_related(insights.related_session_insights, f"{_PATH}.related_session_insights", found)
    add_warnings(insights, _PATH, found)


def _with_concerns(
    section: Section, path: str, found: Findings, concerns: list[str]
) -> Outcome | None:
    """REVIEW where the section came to no result of its own although something is of concern."""
    outcome, reasons = verdict(section, path, found)
    silent = outcome is Outcome.NOT_APPLICABLE and not reasons
    return Outcome.REVIEW if silent and concerns else None


# -- network and device ------------------------------------------------------------------------


def _add_network(ip: IpInsights, path: str, found: Findings) -> None:
    signs = {
        "vpn": boolean(ip.vpn),
        "proxy": boolean(ip.proxy),
        "tor": boolean(ip.tor),
        "active_vpn": boolean(ip.active_vpn),
        "active_tor": boolean(ip.active_tor),
    }
    concerns = [name for name, sign in signs.items() if sign]
    add_checks(
        "ip_not_anonymous",
        ip,
        path,
        found,
        outcome=_with_concerns(ip, path, found, concerns),
        reasons=concerns,
    )
    warned = not ANONYMOUS.isdisjoint(codes(ip.warnings))
    told = any(sign is not None for sign in signs.values())
    location_path = f"{path}.location"
    where = found.reader.part(ip.location, Location, location_path) or Location()
    address, is_global = _ip(ip.ip_address, f"{path}.ip_address", found)
    latitude, longitude = _coordinates(where.latitude, where.longitude, location_path, found)
    network = Network(
        ip=address,
        is_global=is_global,
        country=country2(where.country_code) or country2(where.country),
        region=text(where.region),
        city=text(where.city),
        latitude=latitude,
        longitude=longitude,
        isp=text(ip.internet_service_provider),
        is_anonymous=True if concerns or warned else False if told else None,
        is_hosting=True if word(ip.connection_type) in HOSTING else None,
        connection_type=text(ip.connection_type),
        time_zone=text(where.timezone),
    )
    if network != Network():
        found.networks.append(network)


def _ip(value: str | None, path: str, found: Findings) -> tuple[str | None, bool | None]:
    stripped = text(value)
    if stripped is None:
        return None, None
    try:
        parsed = ipaddress.ip_address(stripped)
    except ValueError:
        found.reason(f"invalid_ip:{path}")
        return None, None
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    address = mapped or parsed
    return str(address), address.is_global


def _coordinates(
    latitude: Any, longitude: Any, path: str, found: Findings
) -> tuple[float | None, float | None]:
    """Both or none. Null Island and points off the globe (often swapped ones) are no location."""
    if latitude is None and longitude is None:
        return None, None
    lat, lon = number(latitude), number(longitude)
    if lat is None or lon is None or abs(lat) > 90 or abs(lon) > 180 or (lat == 0 and lon == 0):
        found.reason(f"invalid_coordinates:{path}")
        return None, None
    return lat, lon


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
    signs = {
        "incognito": boolean(device.incognito),
        "privacy_settings": boolean(device.privacy_settings),
    }
    if all(sign is None for sign in signs.values()):
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
            _with_concerns(device, path, found, concerns) or outcome,
            instance=identity(device.section_id),
            vendor_key=path,
            reasons=[*reasons, *concerns],
        )
    )


def _add_device(ip: IpInsights | None, device: DeviceInsights | None, found: Findings) -> None:
    """The hash stands among the IP's insights although it is the browser's: nobody documents what
    it hashes, so it is of medium strength.
    """
    fingerprint = identity(ip.unique_hash) if ip else None
    device = device or DeviceInsights()
    os = " ".join(n for n in (text(device.os), identity(device.os_version)) if n) or None
    bots = [boolean(device.bot_status), boolean(ip.bot_status) if ip else None]
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


# -- contacts ----------------------------------------------------------------------------------


def _add_emails(value: Any, path: str, found: Findings) -> None:
    for insight in found.reader.parts(value, EmailInsights, path):
        domain_path = f"{path}.domain_info"
        domain = found.reader.part(insight.domain_info, DomainInfo, domain_path) or DomainInfo()
        disposable = boolean(domain.disposable)
        concerns = ["disposable"] if disposable else []
        reasons = [*concerns, *(["breached"] if boolean(insight.is_breached) else [])]
        add_checks(
            "email_risk",
            insight,
            path,
            found,
            outcome=_with_concerns(insight, path, found, concerns),
            reasons=reasons,
        )
        address = email(insight.email)
        if address is not None:
            found.contacts.append(
                DraftContact(ContactKind.EMAIL, address, is_disposable=disposable)
            )
        elif text(insight.email):
            found.reason(f"invalid_email:{path}")


def _add_phones(value: Any, path: str, found: Findings) -> None:
    for insight in found.reader.parts(value, PhoneInsights, path):
        disposable = boolean(insight.phone_disposable)
        kind = word(insight.phone_type)
        concerns = [
            *(["disposable"] if disposable else []),
            *(["spam"] if boolean(insight.phone_is_spam) else []),
        ]
        absences = [
            *(["invalid_number"] if boolean(insight.phone_valid) is False else []),
            *(["inactive"] if boolean(insight.phone_active) is False else []),
        ]
        add_checks(
            "phone_risk",
            insight,
            path,
            found,
            outcome=_with_concerns(insight, path, found, concerns),
            reasons=[*concerns, *absences],
        )
        region = country2(insight.country)
        given = identity(insight.phone_number)
        parsed = phone(given, region)
        if parsed is not None:
            e164, country = parsed
            found.contacts.append(
                DraftContact(
                    ContactKind.PHONE,
                    e164,
                    country=country,
                    is_disposable=disposable,
                    is_virtual=kind in VIRTUAL_PHONES if kind else None,
                )
            )
        elif given:
            found.reason(f"invalid_phone:{path}")


# -- location and relations --------------------------------------------------------------------


def _add_geolocation(value: Any, path: str, found: Findings) -> None:
    insight = found.reader.part(value, Geolocation, path)
    if insight is None:
        return
    add_checks("geolocation_consistent", insight, path, found)
    latitude, longitude = _coordinates(insight.latitude, insight.longitude, path, found)
    if latitude is None:
        return
    metres = number(insight.accuracy)
    found.addresses.append(
        Address(
            role=AddressRole.GEOLOCATION,
            latitude=latitude,
            longitude=longitude,
            radius_km=round(metres / 1000, 3) if metres is not None and metres >= 0 else None,
            source="browser",
        )
    )


def _add_related(value: Any, path: str, found: Findings) -> None:
    insight = found.reader.part(value, RelatedSessions, path)
    if insight is None:
        return
    sessions_path = f"{path}.related_sessions"
    sessions = found.reader.parts(insight.related_sessions, RelatedSession, sessions_path)
    relations: dict[str, list[str]] = {}
    for session in sessions:
        kind, name = _relation(session.relation)
        relations.setdefault(name, [])
        relation = token(session.relation)
        if relation and relation not in relations[name]:
            relations[name].append(relation)
        linked = found.linked.setdefault(kind, [])
        session_id = identity(session.verification_session_id)
        if session_id is not None and all(known.session_id != session_id for known in linked):
            decision = decide(session.status, session.result).decision
            seen_at = millis(session.created_at)
            linked.append(Linked("aiprise", session_id, decision=decision, seen_at=seen_at))
    outcome = _with_concerns(insight, path, found, ["related"] if sessions else [])
    without_warnings = msgspec.structs.replace(insight, warnings=None)
    for name, reasons in (relations or {"subject_not_duplicate": []}).items():
        add_checks(name, without_warnings, path, found, outcome=outcome, reasons=reasons)
    add_warnings(insight, path, found)


def _relation(value: str | None) -> tuple[LinkKind, str]:
    words = set(word(value).split("_"))
    for row, kind, name in RELATIONS:
        if words & row:
            return kind, name
    return LinkKind.SUBJECT, "subject_not_duplicate"
