"""The parts of an Alice report, as Alice Onboarding's page "Report" describes them.

Everything is optional, unknown fields are ignored. Types are wide where the page and Alice's SDK
disagree or where a wrong type must cost no more than that one field.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Struct

from streams.vendors.alice import tables
from streams.vendors.base.fields import OneOf
from streams.vendors.base.reader import Reader

Id = str | int | None
Text = str | int | float | None


class State(Struct):
    value: Annotated[str | None, OneOf(tables.STATES)] = None


class SummaryHead(Struct):
    state: State | None = None


class Head(Struct):
    """What identity and decision rest on: read strictly."""

    user_id: Id = None
    summary: SummaryHead | None = None

    @property
    def state(self) -> str | None:
        state = self.summary.state if self.summary else None
        return (state.value or "").strip() or None if state else None


class Result(Struct):
    """The four words of `summary.result`."""

    selfie_security: Annotated[Any, OneOf(tables.RESULTS)] = None
    document_security: Annotated[Any, OneOf(tables.RESULTS)] = None
    document_read: Annotated[Any, OneOf(tables.RESULTS)] = None
    process_security: Annotated[Any, OneOf(tables.RESULTS)] = None


_CHECKS = OneOf(
    tables.SUMMARY_CHECKS, tables.SELFIE_CHECKS, tables.DOCUMENT_CHECKS, tables.FIELD_CHECKS
)


class ReportCheck(Struct):
    key: Annotated[str | None, _CHECKS] = None
    value: Any = None


# Lists that report V0 writes as objects.
Checks = Annotated[Any, list[ReportCheck] | dict[str, ReportCheck], _CHECKS]


class ReportField(Struct):
    name: str | None = None
    value: Text = None
    checks: Annotated[
        list[ReportCheck] | None, list[ReportCheck] | dict[str, ReportCheck], _CHECKS
    ] = None


class LooseField(Struct):
    """A field whatever its checks are."""

    name: str | None = None
    value: Text = None
    checks: Any = None


OcrFields = Annotated[Any, list[ReportField] | dict[str, ReportField]]


class FaceMatchingMeta(Struct):
    document_id: Id = None
    selfie_id: Id = None
    side: str | None = None


class FaceMatching(Struct):
    meta: Annotated[Any, FaceMatchingMeta] = None
    score: Any = None


class Selfie(Struct):
    id: Id = None
    checks: Checks = None
    liveness: Any = None
    number_of_faces: Any = None
    result: Annotated[Any, OneOf(tables.RESULTS)] = None
    voided: Any = None


class DocumentMeta(Struct):
    """`sides` is what the page calls the flag that its own text and the SDK describe as
    `voided`.
    """

    issuing_country: str | None = None
    type: str | None = None
    voided: Any = None
    sides: Any = None


class Side(Struct):
    fields: OcrFields = None


class Sides(Struct):
    front: Annotated[Any, Side] = None
    back: Annotated[Any, Side] = None
    internal: Annotated[Any, Side] = None


class Document(Struct):
    id: Id = None
    checks: Checks = None
    meta: Annotated[Any, DocumentMeta] = None
    sides: Annotated[Any, Sides] = None
    summary_fields: OcrFields = None


class TrustedDocumentMeta(Struct):
    category: str | None = None
    voided: Any = None


class TrustedDocument(Struct):
    id: Id = None
    meta: Annotated[Any, TrustedDocumentMeta] = None


class ReportDevice(Struct):
    platform: Text = None
    platform_version: Text = None
    model: Text = None
    ip: Any = None


class Event(Struct):
    device: Annotated[Any, ReportDevice] = None
    occurred_on: Any = None


class ExternalUserData(Struct):
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None


class DuplicateUser(Struct):
    """The page leaves the shape of a duplicate open; only a user id in it can be followed."""

    user_id: Id = None


class Summary(Struct):
    state: Annotated[Any, State] = None
    result: Annotated[Any, Result] = None
    face_liveness: Any = None
    face_matching: Annotated[Any, list[FaceMatching]] = None
    checks: Checks = None
    user_data: OcrFields = None
    external_user_data: Annotated[Any, ExternalUserData] = None
    devices: Annotated[Any, list[ReportDevice]] = None


class Report(Struct):
    id: Id = None
    user_id: Id = None
    version: Any = None
    created_at: Any = None
    summary: Annotated[Any, Summary] = None
    selfies: Annotated[Any, list[Selfie] | dict[str, Selfie]] = None
    documents: Annotated[Any, list[Document] | dict[str, Document]] = None
    other_trusted_documents: Annotated[Any, list[TrustedDocument] | dict[str, TrustedDocument]] = (
        None
    )
    events: Annotated[Any, list[Event] | dict[str, Event]] = None
    duplicates: Annotated[Any, list[DuplicateUser] | dict[str, DuplicateUser]] = None


class UserSummaryV0(Struct):
    user_id: Id = None
    fields: OcrFields = None


class ReportV0(Struct):
    """The deprecated report's own keys."""

    user_summary: Annotated[Any, UserSummaryV0] = None
    created_at: Any = None
    selfie_reports: Annotated[Any, list[Selfie] | dict[str, Selfie]] = None
    document_reports: Annotated[Any, list[Document] | dict[str, Document]] = None


class Webhook(Struct):
    report: Annotated[Any, Report | ReportV0] = None
    data: Annotated[Any, Report | ReportV0] = None


VOLATILE = frozenset({"media"})


class _Fitting(Struct):
    """Lists that fit their structs throughout: nearly all do, and are read in one step."""

    checks: list[ReportCheck] | None = None
    fields: list[ReportField] | None = None


def _fitting(lists: dict[str, Any]) -> _Fitting | None:
    try:
        return msgspec.convert(lists, _Fitting)
    except msgspec.ValidationError:
        return None


def report_checks(reader: Reader, value: Any, path: str) -> list[ReportCheck]:
    """`[{key, value, detail}]`, or `{key: value}`."""
    if (fitting := _fitting({"checks": value})) is not None:
        return reader.items(fitting.checks or [], path)
    return reader.parts(listed(value, "key"), ReportCheck, path)


def report_fields(reader: Reader, value: Any, path: str, of_checks: str) -> list[ReportField]:
    """OCR fields; what is wrong with their checks is noted at `of_checks`."""
    if (fitting := _fitting({"fields": value})) is not None:
        return reader.items(fitting.fields or [], path)
    return [
        ReportField(field.name, field.value, report_checks(reader, field.checks, of_checks))
        for field in reader.parts(listed(value, "name"), LooseField, path)
    ]


def listed(value: Any, key: str) -> Any:
    """A list as it is; the object form that report V0 uses (`{id: item}`) as a list whose items
    carry their id under `key`.
    """
    if not isinstance(value, dict):
        return value
    return [
        {key: name, **item} if isinstance(item, dict) else {key: name, "value": item}
        for name, item in sorted(value.items())
    ]
