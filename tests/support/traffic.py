"""Generated vendor traffic: decisions of all four vendors about invented people, in any number.

Volume tests and benchmarks use this generator. Everything derives from a seed, so a run can be
repeated. Besides decisions there are redeliveries, later states of a session, shared devices,
broken payloads, and vendor events without a decision.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from tests.support.traffic_whole import whole as with_all_parts

START_S = 1_778_752_800  # 2026-05-14T10:00:00Z

_FIRST = ("Aino", "Bilal", "Chiara", "Dmytro", "Efua", "Farid", "Greta", "Hana", "Ivo", "Jun")
_LAST = ("Aaltonen", "Baptista", "Conti", "Dlamini", "Eriksen", "Fuchs", "Gomes", "Horvat")
_CITIES = (
    ("Helsinki", "FI", "FIN", 60.17, 24.94), ("Lisboa", "PT", "PRT", 38.72, -9.14),
    ("Milano", "IT", "ITA", 45.46, 9.19), ("Nairobi", "KE", "KEN", -1.29, 36.82),
    ("Bergen", "NO", "NOR", 60.39, 5.32), ("Graz", "AT", "AUT", 47.07, 15.44),
    ("Recife", "BR", "BRA", -8.05, -34.9), ("Zagreb", "HR", "HRV", 45.81, 15.98),
)  # fmt: skip


class Delivery(NamedTuple):
    """One raw record as a publisher would send it."""

    vendor: str
    key: bytes
    value: bytes


class _Person(NamedTuple):
    number: int
    first: str
    last: str
    born: str
    city: tuple[str, str, str, float, float]
    device: str
    ip: str

    @property
    def subject(self) -> str:
        return f"cust-{self.number}"


def traffic(
    seed: int, count: int, subjects: int | None = None, *, whole: bool = False
) -> Iterator[Delivery]:
    """`count` deliveries about `subjects` people (by default one person to four deliveries).

    Payloads have only what decisions need, 1 to 2 KB; `whole` ones are complete, 2 to 20 KB.
    """
    rng = random.Random(seed)
    people = max(1, subjects or count // 4)
    recent: list[Delivery] = []
    for number in range(count):
        roll = rng.random()
        if roll < 0.03 and recent:
            yield rng.choice(recent)
            continue
        person = _person(rng.randrange(people), seed)
        vendor, payload = _MAKERS[rng.choices(range(4), (5, 2, 2, 1))[0]](rng, person, number)
        if whole:
            payload = with_all_parts(vendor, payload, rng)
        value = msgspec.json.encode(payload)
        if roll > 0.985:
            value = value[: len(value) // 2]
        delivery = Delivery(vendor, person.subject.encode(), value)
        recent = [*recent[-50:], delivery]
        yield delivery


def _person(number: int, seed: int) -> _Person:
    rng = random.Random(f"{seed}/{number}")
    return _Person(
        number=number,
        first=rng.choice(_FIRST),
        last=rng.choice(_LAST),
        born=f"{rng.randint(1950, 2005)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}",
        city=rng.choice(_CITIES),
        # One device in fifty is used by more than one person.
        device=f"fp-{seed}-{number if rng.random() > 0.02 else number // 50:012x}",
        ip=f"91.{rng.randint(1, 250)}.{rng.randint(1, 250)}.{rng.randint(1, 250)}",
    )


def _didit(rng: random.Random, person: _Person, number: int) -> tuple[str, dict[str, Any]]:
    city, alpha2, alpha3, latitude, longitude = person.city
    session = f"didit-{person.number}-{rng.randrange(2)}"
    status = rng.choices(("Approved", "Declined", "In Review", "In Progress"), (70, 10, 10, 10))[0]
    if rng.random() < 0.02:
        return "didit", {"webhook_type": "user.status.updated", "event_id": f"u-{number}",
                         "vendor_data": person.subject, "status": "ACTIVE",
                         "timestamp": START_S + number}  # fmt: skip
    return "didit", {
        "event_id": f"didit-event-{number}",
        "webhook_type": "status.updated",
        "session_id": session,
        "status": status,
        "vendor_data": person.subject,
        "workflow_id": "5f4dcc3b-5aa7-65d6-8327-deb882cf9912",
        "timestamp": START_S + number,
        "decision": {
            "session_id": session,
            "status": status,
            "vendor_data": person.subject,
            "id_verifications": [{
                "status": status, "node_id": "id", "document_type": "Passport",
                "document_number": f"P{person.number:08}", "issuing_state": alpha3,
                "issuing_state_name": city, "first_name": person.first,
                "last_name": person.last, "date_of_birth": person.born, "nationality": alpha3,
                "expiration_date": "2033-01-01", "date_of_issue": "2023-01-01",
                "portrait_image": f"https://media.example/{number}.jpg?sig={rng.random()}",
                "front_image": f"https://media.example/{number}f.jpg?sig={rng.random()}",
                "parsed_address": {"city": city, "country": alpha2, "street_1": "Main 1",
                                   "document_location": {"latitude": latitude,
                                                         "longitude": longitude}},
                "mrz": {"document_number": f"P{person.number:08}", "surname": person.last},
                "matches": [], "warnings": [], "extra_files": [],
            }],
            "liveness_checks": [{"status": "Approved", "node_id": "live", "method": "passive",
                                 "score": round(rng.uniform(60, 99), 2), "warnings": [],
                                 "matches": []}],
            "face_matches": [{"status": "Approved", "node_id": "face",
                              "score": round(rng.uniform(60, 99), 2), "warnings": []}],
            "ip_analyses": [{
                "status": "Approved", "node_id": "ip", "device_brand": "Samsung",
                "device_model": "A54", "os_family": "Android", "browser_family": "Chrome",
                "platform": "mobile", "device_fingerprint": person.device,
                "ip_address": person.ip, "ip_country_code": alpha2, "ip_city": city,
                "ip_state": city, "latitude": latitude, "longitude": longitude,
                "isp": "Example Telecom", "is_vpn_or_tor": rng.random() < 0.02,
                "is_data_center": False, "time_zone": "Europe/Vienna",
                "ip": {"location": {"latitude": latitude, "longitude": longitude},
                       "distance_from_id_document": 0.0, "distance_from_poa_document": None},
                "matches": [], "warnings": [],
            }],
        },
    }  # fmt: skip


def _alice(rng: random.Random, person: _Person, number: int) -> tuple[str, dict[str, Any]]:
    state = rng.choices(("ACCEPTED", "REJECTED", "TO_REVIEW", "IN_PROGRESS"), (70, 10, 10, 10))[0]
    checks = [{"key": k, "detail": k, "value": rng.choice((None, 40, 80, 95, 100))} for k in (
        "not_a_screen_document", "not_a_printed_document", "unexpired_document",
        "coherent_document_dates", "expected_document", "face_in_front_side",
    )]  # fmt: skip
    return "alice", {
        "id": f"alice-report-{number}",
        "user_id": f"alice-user-{person.number}",
        "version": 1,
        "created_at": f"2026-05-14T{10 + number // 3600 % 12}:{number // 60 % 60:02}:00.000Z",
        "summary": {
            "state": {"value": state},
            "face_liveness": rng.randint(50, 100),
            "result": {"selfie_security": "ok", "document_security": "ok",
                       "document_read": "ok", "process_security": "n/a"},
            "checks": [{"key": "only_one_device_check", "detail": "device", "value": 100}],
            "user_data": [{"name": "first_name", "value": person.first, "score": 98, "checks": []},
                          {"name": "last_name", "value": person.last, "score": 98, "checks": []},
                          {"name": "birth_date", "value": person.born, "score": 98,
                           "checks": [{"key": "over_18", "value": 100}]}],
            "devices": [{"agent": "alice-web", "agent_version": "3", "ip": person.ip,
                         "model": "iPhone 15", "platform": "iOS", "platform_version": "18"}],
        },
        "selfies": [{"id": f"selfie-{number}", "created_at": "2026-05-14T10:00:00Z",
                     "voided": False, "liveness": 97, "number_of_faces": 1,
                     "checks": [{"key": "liveness", "value": 97},
                                {"key": "only_one_face", "value": 100}]}],
        "documents": [{"id": f"document-{person.number}", "created_at": "2026-05-14T10:00:00Z",
                       "meta": {"completed": True, "issuing_country": person.city[2],
                                "type": "idcard", "voided": False},
                       "checks": checks,
                       "summary_fields": [{"name": "document_number", "score": 97, "checks": [],
                                           "value": f"ID{person.number:09}"}]}],
        "other_trusted_documents": [], "events": [], "duplicates": [],
    }  # fmt: skip


def _aiprise(rng: random.Random, person: _Person, number: int) -> tuple[str, dict[str, Any]]:
    city, alpha2, alpha3, latitude, longitude = person.city
    result = rng.choices(("APPROVED", "DECLINED", "REVIEW", "UNKNOWN"), (70, 10, 10, 10))[0]
    return "aiprise", {
        "aiprise_summary": {"verification_result": result},
        "status": "COMPLETED",
        "verification_session_id": f"aiprise-{person.number}",
        "client_reference_id": person.subject,
        "template_id": "template-1",
        "created_at": (START_S + number) * 1000,
        "id_info": {"result": result, "status": "COMPLETED", "id_type": "NATIONAL_ID",
                    "id_number": f"N{person.number:08}", "first_name": person.first,
                    "last_name": person.last, "birth_date": person.born,
                    "issue_country_code": alpha2,
                    "address": {"parsed_address": {"address_city": city,
                                                   "address_country": alpha3}}},
        "face_match_info": {"result": "APPROVED", "status": "COMPLETED",
                            "face_match_score": round(rng.uniform(70, 99), 2)},
        "face_liveness_info": {"result": "APPROVED", "status": "COMPLETED"},
        "aml_info": {"result": "APPROVED", "status": "COMPLETED", "num_hits": 0},
        "fraud_insights": {
            "result": "UNKNOWN", "status": "COMPLETED",
            "ip_insights": {"result": "UNKNOWN", "status": "COMPLETED", "vpn": False,
                            "ip_address": person.ip, "unique_hash": f"h{person.device}",
                            "internet_service_provider": "Example Telecom",
                            "location": {"city": city, "country_code": alpha2,
                                         "latitude": latitude, "longitude": longitude}},
            "device_insights": {"result": "UNKNOWN", "status": "COMPLETED", "bot_status": False,
                                "browser_name": "Chrome", "os": "Android", "device": "Pixel"},
        },
    }  # fmt: skip


def _idwise(rng: random.Random, person: _Person, number: int) -> tuple[str, dict[str, Any]]:
    decision = rng.choices(("Complete", "Refer", "Incomplete"), (80, 15, 5))[0]
    return "idwise", {
        "journey_id": f"idwise-{number}",
        "tenant_id": "acme",
        "environment_name": "live",
        "start_time": "2026-05-14T10:00:00",
        "end_time": None if decision == "Incomplete" else "2026-05-14T10:01:00",
        "system_decision": decision,
        "reference_number": person.subject,
        "model_version": "3.0",
        "selfie": {"status": "Complete", "is_live": True, "liveness_status_code": None},
        "applicant": {"applicant_id": f"app-{person.number}",
                      "full_name": f"{person.first} {person.last}", "birth_date": person.born},
        "rule_results": {"selfie_liveness": {"name": "Selfie Liveness", "result": "Passed",
                                             "details": []}},
        "spot_checks": {"applicant_selfie_face_match": {"is_matched": True,
                                                        "score": rng.randint(70, 99)}},
    }  # fmt: skip


_MAKERS = (_didit, _alice, _aiprise, _idwise)
