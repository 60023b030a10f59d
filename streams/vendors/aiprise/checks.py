"""The sections that are one check each: face match, liveness, AML, business registry.

Source: AiPrise docs, "User Verification Response": face_match_info, face_liveness_info, aml_info.
"""

from __future__ import annotations

from typing import Any

from streams.vendors.aiprise.payload import Aml, AmlHit, EntityHit, FaceMatch, Liveness, Section
from streams.vendors.aiprise.sections import Findings, add_checks
from streams.vendors.aiprise.tables import HIT_TYPES
from streams.vendors.base.values import fraction, number, token


def read_face_match(value: Any, path: str, found: Findings) -> None:
    info = found.reader.part(value, FaceMatch, path)
    if info is None:
        return
    given = info.face_match_score
    score = fraction(given)
    invalid = ["invalid_value"] if given is not None and score is None else []
    add_checks("face_match", info, path, found, score=score, raw_value=given, reasons=invalid)


def read_liveness(value: Any, path: str, found: Findings) -> None:
    info = found.reader.part(value, Liveness, path)
    if info is not None:
        add_checks("liveness", info, path, found)


def read_aml(value: Any, path: str, found: Findings) -> None:
    """Hits are risk, not confidence: no score, the number of hits is the raw value. Hits beside
    APPROVED were judged to be someone else.
    """
    info = found.reader.part(value, Aml, path)
    if info is None:
        return
    hits_path = f"{path}.entity_hits"
    types: list[str] = []
    for entity in found.reader.parts(info.entity_hits, EntityHit, hits_path):
        for hit in found.reader.parts(entity.aml_hits, AmlHit, f"{hits_path}[].aml_hits"):
            kind = (token(hit.hit_type) or "").upper()
            if kind and kind not in HIT_TYPES:
                found.reader.unmapped(f"{hits_path}.aml_hits.hit_type")
            if kind and kind not in types:
                types.append(kind)
    found_some = ["aml_hits"] if (number(info.num_hits) or 0) > 0 or types else []
    add_checks(
        "aml",
        info,
        path,
        found,
        derive=False,
        raw_value=info.num_hits,
        reasons=[*found_some, *types],
    )


def read_business(value: Any, path: str, found: Findings) -> None:
    info = found.reader.part(value, Section, path)
    if info is not None:
        add_checks("business_registry", info, path, found)
