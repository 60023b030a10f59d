"""The parts of complete payloads (2 to 20 KB) besides the decision: signed links, OCR detail,
screening hits and delivery logs, with the vendors' published field names. Their number varies like
plans and people do.
"""

from __future__ import annotations

import random
from typing import Any

Payload = dict[str, Any]

_WARNING = (
    ("POSSIBLE_DUPLICATED_USER", "Possible duplicate", "information"),
    ("LOW_FACE_MATCH_SIMILARITY", "Low face match similarity", "warning"),
    ("QR_NOT_DETECTED", "Code not detected", "information"),
)
_ALICE_CHECKS = (
    "not_a_screen_document", "not_a_printed_document", "unexpired_document", "expected_document",
    "coherent_document_dates", "face_in_front_side", "not_underage_document", "mrz_integrity",
    "not_a_synthetic_document", "coherent_document_number", "visible_document_number",
    "expected_front_side", "expected_back_side", "not_a_photocopy_document",
)  # fmt: skip
_ALICE_FIELDS = (
    "first_name", "last_name", "birth_date", "document_number", "expiration_date", "issue_date",
    "sex", "nationality", "address", "birth_place", "mrz", "support_number",
)  # fmt: skip


def whole(vendor: str, payload: Payload, rng: random.Random) -> Payload:
    """`payload`, which is changed in place, with the parts that its vendor sends beside it."""
    _PARTS[vendor](payload, rng)
    return payload


def _hex(rng: random.Random, digits: int) -> str:
    return f"{rng.getrandbits(4 * digits):0{digits}x}"


def _signed(rng: random.Random, name: str) -> str:
    return (
        f"https://media.example/verification/{_hex(rng, 32)}/{name}"
        f"?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=EXAMPLE%2F20260514%2Feu-west-1%2Fs3%2Faws4_request"
        f"&X-Amz-Date=20260514T100000Z&X-Amz-Expires=14400&X-Amz-SignedHeaders=host"
        f"&X-Amz-Signature={_hex(rng, 64)}"
    )


def _didit(payload: Payload, rng: random.Random) -> None:
    decision = payload.get("decision")
    if decision is None:
        return
    for document in decision["id_verifications"]:
        document |= {
            f"{side}_{kind}": _signed(rng, f"{side}.{kind}")
            for side in ("full_front", "full_back", "back")
            for kind in ("image", "video")
        }
        document |= {
            "portrait_image": _signed(rng, "portrait.jpg"),
            "front_image": _signed(rng, "front.jpg"),
            "personal_number": _hex(rng, 9), "age": 34, "gender": "F", "marital_status": None,
            "place_of_birth": document["issuing_state_name"], "address": "Main street 1",
            "formatted_address": f"Main street 1, {document['issuing_state_name']}",
            "front_image_quality_score": {"sharpness": round(rng.random(), 3), "glare": 0.04},
            "extra_fields": {"dl_categories": [], "first_surname": None, "second_surname": None},
            "warnings": _warnings(rng, "ID_VERIFICATION"),
        }  # fmt: skip
        document["mrz"] |= {
            "mrz_type": "TD3", "mrz_string": "P<" + "<" * 42 + _hex(rng, 44).upper(),
            "birth_date": "880101", "expiry_date": "330101", "sex": "F", "errors": [],
            "warnings": [], "final_hash": "4", "optional_data": "", "nationality": "XXX",
        }  # fmt: skip
        document["parsed_address"] |= {
            "address_type": "street", "label": "Main street", "raw_results": _geocoded(rng),
        }  # fmt: skip
    for report, kind in (("liveness_checks", "LIVENESS"), ("face_matches", "FACEMATCH")):
        for item in decision[report]:
            item["warnings"] = _warnings(rng, kind)
            item |= {n: _signed(rng, n) for n in ("reference_image", "source_image", "video_url")}
    decision["phone_verifications"] = [{
        "status": "Approved", "node_id": "phone", "phone_number_prefix": "+358",
        "phone_number": _digits(rng), "country_code": "FI", "country_name": "Finland",
        "carrier": {"name": "Example Mobile", "type": "mobile"}, "is_disposable": False,
        "is_virtual": False, "verification_method": "sms", "verification_attempts": 1,
        "verified_at": "2026-05-14T09:58:00Z", "lifecycle": _lifecycle(rng, "PHONE"),
        "matches": [], "warnings": [],
    }]  # fmt: skip
    decision["email_verifications"] = [{
        "status": "Approved", "node_id": "email", "email": f"{_hex(rng, 10)}@mail.example",
        "is_breached": True, "is_disposable": False, "is_undeliverable": False,
        "breaches": [{"name": f"Breach {n}", "date": "2019-10-16", "data_classes": ["Emails"],
                      "description": "A list of addresses of a service that closed. " * 2}
                     for n in range(rng.randrange(3))],
        "verified_at": "2026-05-14T09:59:00Z", "lifecycle": _lifecycle(rng, "EMAIL"),
        "matches": [], "warnings": [],
    }]  # fmt: skip
    if rng.random() < 0.6:
        decision["aml_screenings"] = [_screening(rng)]


def _warnings(rng: random.Random, feature: str) -> list[Payload]:
    return [
        {"risk": risk, "feature": feature, "log_type": kind, "additional_data": None,
         "short_description": short, "long_description": f"{short}: have a look at it. " * 3}
        for risk, short, kind in _WARNING
        if rng.random() < 0.2
    ]  # fmt: skip


def _geocoded(rng: random.Random) -> Payload:
    names = ("street_number", "route", "locality", "administrative_area_level_1", "country")
    return {
        "place_id": _hex(rng, 27), "types": ["street_address"], "partial_match": True,
        "address_components": [
            {"long_name": f"Part {n}", "short_name": n[:3], "types": [n, "political"]}
            for n in names
        ],
        "geometry": {"location_type": "ROOFTOP",
                     "viewport": {s: {"lat": rng.uniform(-60, 60), "lng": rng.uniform(-180, 180)}
                                  for s in ("northeast", "southwest")}},
    }  # fmt: skip


def _lifecycle(rng: random.Random, kind: str) -> list[Payload]:
    steps = ("CODE_SENT", "CODE_DELIVERED", "CODE_CHECKED", "APPROVED")
    return [
        {"type": f"{kind}_VERIFICATION_{step}", "timestamp": "2026-05-14T09:58:00.123456+00:00",
         "details": {"status": step.title(), "reason": None, "id": _hex(rng, 16)}, "fee": 0.03}
        for step in steps
    ]  # fmt: skip


def _digits(rng: random.Random) -> str:
    return f"{rng.randrange(10**8, 10**9)}"


def _screening(rng: random.Random) -> Payload:
    hits = [{
        "id": _hex(rng, 32), "caption": f"Person {n}", "match": False, "review_status": "cleared",
        "score": round(rng.random(), 2), "target": None, "url": f"https://lists.example/{n}",
        "datasets": ["PEP", "PEP Level 1"], "features": None, "rca_name": "",
        "properties": {"name": [f"Person {n}"], "alias": [f"P. {n}", f"{n} Person"],
                       "country": ["fi"], "birthDate": ["1960"], "notes": None,
                       "position": ["Member of a council"] * 3, "topics": ["role.pep"]},
        "first_seen": "2024-01-20T00:00:00", "last_seen": "2026-01-20T00:00:00",
        "adverse_media_details": None, "linked_entities": [], "pep_matches": [
            {"list_name": "PEP list", "publisher": "A parliament", "source_url":
             "https://parliament.example/members", "description": "A register. " * 6,
             "aliases": [f"P. {n}"], "matched_name": f"Person {n}"}],
    } for n in range(rng.choices((0, 2, 5, 9), (70, 15, 10, 5))[0])]  # fmt: skip
    return {
        "status": "Approved", "node_id": "aml", "total_hits": len(hits), "entity_type": "person",
        "hits": hits, "score": 12.5 * bool(hits), "is_ongoing_monitoring_enabled": False,
        "screened_data": {"full_name": "As on the document", "nationality": None},
        "warnings": [],
    }  # fmt: skip


def _alice(payload: Payload, rng: random.Random) -> None:
    payload["summary"] |= {
        "face_matching": [{"score": rng.randint(60, 100), "meta": {
            "document_id": d["id"], "selfie_id": payload["selfies"][0]["id"], "side": "front",
            "created_at": "2026-05-14T10:00:00Z"}} for d in payload["documents"]],
        "sessions": 1, "sessions_until_first_succeeded_onboarding": 1,
        "external_user_data": {"first_name": None, "last_name": None,
                               "email": f"{_hex(rng, 10)}@mail.example"},
    }  # fmt: skip
    for selfie in payload["selfies"]:
        selfie["media"] = {n: _alice_media(rng) for n in ("selfie", "document_face")}
    for document in payload["documents"]:
        document["checks"] = [_alice_check(rng, key) for key in _ALICE_CHECKS]
        document["sides"] = {
            side: {
                "side": side,
                "meta": {"manual": False, "template": "2015"},
                "media": {"document": _alice_media(rng), "raw": _alice_media(rng)},
                "fields": [_alice_field(rng, name) for name in _ALICE_FIELDS],
            }
            for side in ("front", "back")
        } | {"internal": None}
        document["summary_fields"] += [
            _alice_field(rng, name) for name in _ALICE_FIELDS if name != "document_number"
        ]
    payload["events"] = [
        {"id": _hex(rng, 32), "type": kind, "version": 1, "occurred_on": "2026-05-14T09:59:00Z",
         "attributes": {"user_id": payload["user_id"], "result": "success"},
         "device": payload["summary"]["devices"][0]}
        for kind in ("USER_CREATED", "SELFIE_ADDED", "DOCUMENT_CREATED", "DOCUMENT_SIDE_ADDED")
        for _ in range(rng.randint(1, 3))
    ]  # fmt: skip


def _alice_media(rng: random.Random) -> Payload:
    box = {side: rng.randrange(400) for side in ("x", "y", "width", "height")}
    return {"href": f"https://alice.example/media/{_hex(rng, 32)}", "extension": "jpg",
            "objects": {"face": box}}  # fmt: skip


def _alice_check(rng: random.Random, key: str) -> Payload:
    return {"key": key, "value": rng.choice((None, 80, 100, 100)),
            "detail": f"This check looks for {key.replace('_', ' ')}"}  # fmt: skip


def _alice_field(rng: random.Random, name: str) -> Payload:
    value = "1990-01-01" if name.endswith("date") else f"{name} {_hex(rng, 6)}"
    checks = [_alice_check(rng, f"coherent_{name}"), _alice_check(rng, f"visible_{name}")]
    return {"name": name, "value": value, "score": rng.randint(60, 100), "checks": checks}


def _aiprise(payload: Payload, rng: random.Random) -> None:
    payload["id_info"] |= {"section_id": _hex(rng, 32), "nationality": "As issued", "images": [
        {"file_type": "image/jpeg", "file_uuid": _hex(rng, 32), "url": _signed(rng, n)}
        for n in ("front", "back")]}  # fmt: skip
    payload["face_liveness_info"]["images"] = [
        {"file_uuid": _hex(rng, 32), "url": _signed(rng, f"{n}.jpg")} for n in range(3)
    ]
    hits = rng.choices((0, 1, 4), (70, 20, 10))[0]
    payload["aml_info"] |= {"num_hits": hits, "entity_hits": [
        {"name": f"Entity {n}", "aml_hits": [
            {"hit_type": "PEP", "source": {"name": "A register", "url": "https://lists.example"},
             "fields": {"country": ["FI"], "position": ["Member of a council"] * 2}}] * 3}
        for n in range(hits)]}  # fmt: skip
    profiles = [
        {"platform": name, "registered": rng.random() < 0.5, "account_id": None, "name": None,
         "photo": None, "last_seen": None}
        for name in ("apple", "google", "facebook", "instagram", "skype", "whatsapp", "viber")
    ]  # fmt: skip
    value = {"last_seen": None, "valid_since": "2023-09-27T00:00:00Z"}
    payload["fraud_insights"] |= {
        "section_id": _hex(rng, 32),
        "email_insights": [{
            "result": "FOUND", "status": "COMPLETED", "email": f"{_hex(rng, 10)}@mail.example",
            "is_breached": True, "no_of_breaches": 1, "email_tenure": 4.49,
            "breaches": [{"breach_date": "2019-10-16", "platform_name": "Example"}],
            "domain_info": {"disposable": False, "free_provider": True, "registered": True,
                            "domain_name": "mail.example", "company_name": "Example"},
            "persons": [{"addresses": [value | {"address_city": "Somewhere", "postal_code": "1",
                                                "address_line_1": "Main street 1"}],
                         "names": [value | {"value": f"Name {n}"} for n in range(3)],
                         "ip_addresses": [value | {"value": "91.10.20.30"}]}
                        for _ in range(rng.randrange(3))],
            "social_profiles": profiles,
        }],
        "phone_insights": [{
            "result": "FOUND", "status": "COMPLETED", "phone_number": _digits(rng),
            "country": "FI", "phone_type": "MOBILE", "phone_valid": True, "phone_active": "YES",
            "phone_disposable": False, "social_profiles": profiles,
            "original_carrier": "Example Mobile", "current_carrier": "Example Mobile",
        }],
    }  # fmt: skip
    payload["fraud_insights"]["device_insights"]["user_agent"] = (
        "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/124.0.6367.180 Mobile Safari/537.36"
    )


def _idwise(payload: Payload, rng: random.Random) -> None:
    payload["selfie"] |= {n: f"/media/{_hex(rng, 32)}" for n in ("image_path", "video_path")}
    payload["applicant"] |= {
        "personal_number": _hex(rng, 11), "profile_image_path": f"/media/{_hex(rng, 32)}",
    }  # fmt: skip
    for rule in ("selfie_liveness", "document_expiry", "document_photocopy", "face_match",
                 "age_limit", "supported_documents"):  # fmt: skip
        name = rule.replace("_", " ")
        payload["rule_results"][rule] = {
            "name": name.title(), "result": rng.choice(("Passed", "Passed", "CouldNotApply")),
            "description": f"Verifies the {name} of what the applicant supplied.",
            "information": f"This check looks at the {name} during the verification. " * 2,
            "tips": f"If this check fails, look at the {name}.",
            "details": [{"title": "Selfie", "result": "Passed",
                         "result_description": f"The {name} appears to be in order.",
                         "reference_object": {"object_key": "selfie", "instance_key": "0"}}],
        }  # fmt: skip
    payload["spot_checks"]["applicant_selfie_face_match"]["images"] = [
        {"image_path": _hex(rng, 32), "image_source": s} for s in ("Selfie", "Applicant")
    ]


_PARTS = {"didit": _didit, "alice": _alice, "aiprise": _aiprise, "idwise": _idwise}
