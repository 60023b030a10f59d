"""The parts of an IDWise result or webhook, as IDWise's pages "Get Spot Check Result", "Get
Journey Result" and "Webhooks" describe them.

Results are written in snake_case, webhooks in camelCase; both are read as snake_case. Everything
is optional and unknown fields are ignored.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from msgspec import Struct

from streams.vendors.base.fields import OneOf
from streams.vendors.base.values import cached, identifier
from streams.vendors.idwise import tables

Id = str | int | None


class Head(Struct):
    """What identity and decision rest on: read strictly."""

    journey_id: Id = None
    spot_check_journey_id: Id = None
    ongoing_check_id: Id = None
    system_decision: Annotated[str | None, OneOf(tables.DECISIONS)] = None
    manual_decision: Annotated[str | None, OneOf(tables.DECISIONS)] = None
    final_decision: Annotated[str | None, OneOf(tables.DECISIONS)] = None

    @property
    def session_id(self) -> str | None:
        """A later check of an onboarded person is a session of its own: its webhook's `journeyId`
        is the onboarding that it checks against, whose decision stays as it is.
        """
        ids = (self.ongoing_check_id, self.spot_check_journey_id, self.journey_id)
        return next(filter(None, map(identifier, ids)), None)


class Selfie(Struct):
    status: Annotated[str | None, OneOf(tables.SELFIE_STATUSES)] = None
    is_live: Any = None
    liveness_status_code: Annotated[str | None, OneOf(tables.LIVENESS_CODES)] = None


class ReferenceObject(Struct):
    object_key: str | None = None


class RuleDetail(Struct):
    result: Annotated[str | None, OneOf(tables.RESULTS)] = None
    reference_object: Annotated[Any, ReferenceObject] = None


class RuleResult(Struct):
    result: Annotated[str | None, OneOf(tables.RESULTS)] = None
    details: Annotated[Any, list[RuleDetail]] = None


class FaceMatch(Struct):
    is_matched: Any = None
    score: Any = None


class Applicant(Struct):
    applicant_id: Id = None
    full_name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    birth_date: str | None = None
    gender: str | None = None
    sex: str | None = None
    nationality: str | None = None


class ValidationCheck(Struct):
    key: str | None = None
    name: str | None = None
    result: Annotated[str | None, OneOf(tables.RESULTS)] = None


class Document(Struct):
    document_type: str | None = None
    type: str | None = None
    issuing_country_code: str | None = None
    issuing_country: str | None = None
    document_number: Id = None
    issue_date: str | None = None
    expiry_date: str | None = None
    expiration_date: str | None = None
    status: Annotated[str | None, OneOf(tables.DOCUMENT_STATUSES)] = None
    validation_checks: Annotated[Any, list[ValidationCheck]] = None


class Aml(Struct):
    applicability: Annotated[str | None, OneOf(tables.AML_NOT_APPLICABLE, ["applicable"])] = None
    matches: Any = None


class Context(Struct):
    """What describes a decision without being it."""

    event_id: Id = None
    reference_number: Id = None
    reference_no: Id = None
    tenant_id: Id = None
    customer_id: Id = None
    flow_id: Id = None
    journey_definition_id: Id = None
    journey_definintion_id: Id = None  # as the journey's page spells it
    environment_name: Annotated[str | None, OneOf(tables.ENVIRONMENTS)] = None
    model_version: str | int | float | None = None
    applicant_id: Id = None
    start_time: str | int | float | None = None
    end_time: str | int | float | None = None
    previous_system_decision: str | None = None
    action: str | None = None
    selfie: Annotated[Any, Selfie] = None
    applicant: Annotated[Any, Applicant] = None
    rule_results: Annotated[Any, dict[str, RuleResult], OneOf(tables.RULES)] = None
    spot_checks: Annotated[Any, dict[str, FaceMatch], OneOf(tables.FACE_MATCHES)] = None
    documents: Annotated[Any, dict[str, Document]] = None
    aml: Annotated[Any, Aml] = None

    @property
    def subject_id(self) -> str | None:
        return identifier(self.reference_number) or identifier(self.reference_no)

    @property
    def workflow_id(self) -> str | None:
        ids = (self.flow_id, self.journey_definition_id, self.journey_definintion_id)
        return next(filter(None, map(identifier, ids)), None)

    @property
    def has_ended(self) -> bool:
        return self.end_time not in (None, "")


class Body(Struct):
    timestamp: Any = None


class Webhook(Struct):
    """A webhook; its `timestamp` is beside the body or within."""

    event: Annotated[Any, OneOf(tables.EVENTS, tables.STEP_EVENTS)] = None
    body: Annotated[Any, (Head, Context, Body)] = None
    timestamp: Any = None


VOLATILE = frozenset({"image_path", "video_path", "profile_image_path"})

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def _spell(key: str) -> str:
    return _HUMP.sub("_", key).lower()


_spelled = cached(_spell)


def spelled(key: str) -> str:
    """A key in snake_case."""
    return _spelled(key)


def snake(value: Any) -> Any:
    """An object with its own keys in snake_case (`journeyId` → `journey_id`); where both
    spellings are there, the one that is not null, snake_case first. Other values as they are.
    """
    if not isinstance(value, dict):
        return value
    keys = "".join(value)
    if keys == keys.lower():  # all are in snake_case, as in every pulled result
        return value
    found: dict[str, Any] = {}
    for key in sorted(value):  # upper case sorts first, so snake_case comes last and wins
        name = spelled(key)
        if value[key] is not None or name not in found:
            found[name] = value[key]
    return found
