"""The vendors' payloads for an attempt, in their published shapes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

from tests.simulate.world import City, Device, Line, Person


class Attempt(NamedTuple):
    """One event of one session. `units` maps a rule to what it should find here: the name of a
    planted or factual thing, which several attempts may share. `face_of` is another session whose
    face the vendor found to be the same.
    """

    at: int
    vendor: str
    session: str
    subject: str
    person: Person
    device: Device
    line: Line
    decision: str
    units: dict[str, str]
    honest: bool
    face_of: tuple[str, str] | None = None
    story: str = "ordinary"


STATUSES = {
    "didit": {
        "approved": "Approved", "declined": "Declined", "review": "In Review",
        "expired": "Kyc Expired",
    },
    "aiprise": {"approved": "APPROVED", "declined": "DECLINED", "review": "REVIEW"},
    "alice": {"approved": "ACCEPTED", "declined": "REJECTED", "review": "TO_REVIEW"},
    "idwise": {"approved": "Complete", "declined": "rejected", "review": "Refer"},
}  # fmt: skip


SYSTEMS = {"mobile": "Android", "desktop": "Windows"}


def payload(attempt: Attempt, number: int) -> dict[str, Any]:
    return _MAKERS[attempt.vendor](attempt, number)


def _didit(a: Attempt, number: int) -> dict[str, Any]:
    status = STATUSES["didit"][a.decision]
    document = {
        "status": "Approved", "node_id": "id", "document_type": "Identity Card",
        "document_number": a.person.document, "issuing_state": a.person.home.alpha3,
        "first_name": a.person.first, "last_name": a.person.last,
        "date_of_birth": a.person.born, "nationality": a.person.home.alpha3,
        "parsed_address": _didit_address(a.person.home, number), "matches": [], "warnings": [],
    }  # fmt: skip
    return {
        "event_id": f"event-{number}", "webhook_type": "status.updated", "session_id": a.session,
        "status": status, "vendor_data": a.subject, "timestamp": a.at // 1000,
        "decision": {
            "session_id": a.session, "status": status, "vendor_data": a.subject,
            "id_verifications": [document],
            "liveness_checks": [{
                "status": "Approved", "node_id": "live", "method": "passive", "score": 91.0,
                "warnings": [], "matches": _didit_matches(a),
            }],
            "ip_analyses": [_didit_ip(a.line, a.device)],
        },
    }  # fmt: skip


def _didit_address(home: City, number: int) -> dict[str, Any]:
    address: dict[str, Any] = {"city": home.name, "country": home.country, "street_1": "Main 1"}
    if number % 5 < 3:
        point = {"latitude": home.latitude, "longitude": home.longitude}
        address["document_location"] = point
    return address


def _didit_matches(a: Attempt) -> list[dict[str, Any]]:
    if a.face_of is None:
        return []
    session, subject = a.face_of
    return [{"session_id": session, "vendor_data": subject, "status": "Approved",
             "similarity_percentage": 97.2}]  # fmt: skip


def _didit_ip(line: Line, device: Device) -> dict[str, Any]:
    name = None if line.country_only else line.city.name
    return {
        "status": "Approved", "node_id": "ip", "device_brand": device.brand,
        "device_model": device.model, "os_family": SYSTEMS[device.kind],
        "browser_family": "Chrome", "platform": device.kind,
        "device_fingerprint": device.fingerprint, "ip_address": line.ip,
        "ip_country_code": line.city.country, "ip_city": name, "ip_state": name,
        "latitude": line.latitude, "longitude": line.longitude, "isp": "Example Telecom",
        "is_vpn_or_tor": line.anonymous, "is_data_center": False, "matches": [], "warnings": [],
    }  # fmt: skip


def _aiprise(a: Attempt, number: int) -> dict[str, Any]:
    result, line = STATUSES["aiprise"][a.decision], a.line
    location = {"country_code": line.city.country}
    if not line.country_only:
        location |= {"city": line.city.name, "latitude": str(line.latitude),
                     "longitude": str(line.longitude)}  # fmt: skip
    done = {"result": "APPROVED", "status": "COMPLETED"}
    return {
        "aiprise_summary": {"verification_result": result}, "status": "COMPLETED",
        "verification_session_id": a.session, "client_reference_id": a.subject,
        "template_id": "template-1", "created_at": a.at,
        "id_info": {
            **done, "id_type": "NATIONAL_ID", "id_number": a.person.document,
            "first_name": a.person.first, "last_name": a.person.last,
            "birth_date": a.person.born, "issue_country_code": a.person.home.country,
            "address": {"parsed_address": {"address_city": a.person.home.name,
                                           "address_country": a.person.home.alpha3}},
        },
        "face_match_info": {**done, "face_match_score": 92.5}, "face_liveness_info": done,
        "fraud_insights": {
            **done,
            "ip_insights": {
                **done, "vpn": line.anonymous, "ip_address": line.ip,
                "unique_hash": a.device.fingerprint, "connection_type": line.kind,
                "internet_service_provider": "Example Telecom", "location": location,
            },
            "device_insights": {
                **done, "bot_status": False, "browser_name": "Chrome", "os": SYSTEMS[a.device.kind],
                "device": f"{a.device.brand} {a.device.model}",
            },
        },
    }  # fmt: skip


def _alice(a: Attempt, number: int) -> dict[str, Any]:
    fields = {"first_name": a.person.first, "last_name": a.person.last, "birth_date": a.person.born}
    return {
        "id": f"report-{number}", "user_id": a.session, "version": 1, "created_at": iso(a.at),
        "summary": {
            "state": {"value": STATUSES["alice"][a.decision]}, "face_liveness": 96,
            "user_data": [{"name": k, "value": v, "score": 98, "checks": []}
                          for k, v in fields.items()],
            "devices": [{"agent": "alice-web", "agent_version": "3", "ip": a.line.ip,
                         "model": a.device.model, "platform": "iOS", "platform_version": "18"}],
        },
        "selfies": [], "other_trusted_documents": [], "events": [], "duplicates": [],
        "documents": [{
            "id": f"document-{number}", "created_at": iso(a.at), "checks": [],
            "meta": {"completed": True, "issuing_country": a.person.home.alpha3,
                     "type": "idcard", "voided": False},
            "summary_fields": [{"name": "document_number", "score": 97, "checks": [],
                                "value": a.person.document}],
        }],
    }  # fmt: skip


def _idwise(a: Attempt, number: int) -> dict[str, Any]:
    return {
        "journey_id": a.session, "tenant_id": "acme", "environment_name": "live",
        "start_time": iso(a.at)[:19], "end_time": iso(a.at)[:19],
        "system_decision": STATUSES["idwise"][a.decision], "reference_number": a.subject,
        "model_version": "3.0",
        "applicant": {"applicant_id": f"applicant-{a.subject}",
                      "full_name": f"{a.person.first} {a.person.last}",
                      "birth_date": a.person.born},
    }  # fmt: skip


def iso(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")[:23] + "Z"


_MAKERS = {"didit": _didit, "aiprise": _aiprise, "alice": _alice, "idwise": _idwise}
