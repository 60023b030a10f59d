"""The codes of rejections, drops and flags: what each means, and what to do."""

from __future__ import annotations

from typing import NamedTuple


class Code(NamedTuple):
    """`means` continues "a record that" or "an event that"; `do` is for operators, subscribers."""

    means: str
    do: str


_PUBLISHER = "Fix the publisher, then replay."
_VENDOR = "Compare it with the vendor's documents. Fix the adapter, then replay."

REJECTIONS: dict[str, Code] = {
    "invalid_encoding": Code("is not UTF-8", _PUBLISHER),
    "invalid_json": Code(
        "is not JSON: also `NaN`, numbers beyond a double such as `1e999`, lone surrogates, and "
        "data after the object",
        _PUBLISHER,
    ),
    "duplicate_key": Code(
        "has a key twice in one object: two readers could read it differently",
        "Ask who sent it. A replay is rejected again.",
    ),
    "too_large": Code(
        "is over 4 MiB or has over 50 000 commas, or gives an output that is larger than its topic "
        "allows",
        "Remove images and other large values before publishing.",
    ),
    "too_deep": Code("is nested deeper than 64 levels", "As with `duplicate_key`."),
    "not_an_object": Code("is JSON, but no object", _PUBLISHER),
    "unknown_shape": Code(
        "has none of this vendor's shapes, or has another vendor's",
        "Check the topic. If it is right, the vendor sends a new shape: fix the adapter, then "
        "replay.",
    ),
    "missing_identity": Code("has no session id", _VENDOR),
    "invalid_type": Code(
        "has an impossible type in a field that the decision needs; the message names the path",
        _VENDOR,
    ),
    "internal_error": Code(
        "met a bug of this software; the message names the exception",
        "Report it. Replay with the release that fixes it.",
    ),
}
"""Codes of `idv.rejected`, in the header `idv.error.code`. The bytes are kept."""

DROPS: dict[str, Code] = {
    "empty": Code("has no bytes, or is a tombstone", "Nothing."),
    "duplicate": Code("repeats an event that was sent already, from another record", "Nothing."),
    "unsupported_event": Code(
        "is a vendor's event, but not a verification decision",
        "Nothing, or do not subscribe to such events at the vendor.",
    ),
}
"""Codes of valid records that give no event on purpose: counted, not kept."""

FLAGS: dict[str, Code] = {
    "unmapped_value": Code(
        "has a word that no table lists; that part is `UNDETERMINED` or `NOT_APPLICABLE`",
        "The reason `unmapped:<path>` names the field. Never treat it as an approval.",
    ),
    "partial": Code(
        "lacks a part with an impossible type; the decision does not need it",
        "The reason `partial:<path>` names the field.",
    ),
    "truncated": Code(
        "was read in part: a text has over 16 384 characters, a list over 512 items, or the "
        "payload over 4096 objects",
        "The reasons `too_long:<path>` and `too_many:<path>` name the fields. The raw record is "
        "complete.",
    ),
    "thin": Code(
        "has the decision alone: a notification without a report",
        "Earlier or later events of its session hold the findings.",
    ),
    "fetched": Code(
        "is a result that `idv fetch` asked the vendor for",
        "Its session has had the decision already where `previous_decision` is the same.",
    ),
    "not_a_decision": Code(
        "is the result of a look-up, not a verdict about a person", "Ignore it."
    ),
    "status_result_conflict": Code(
        "has two statuses that disagree; the less favourable one counts", "Look at `vendor_status`."
    ),
    "incomplete_but_ended": Code(
        "comes from a journey that ended and is not complete", "The applicant may come again."
    ),
    "regression_ignored": Code(
        "would take back a final decision, which this vendor does not do; it counts as stale",
        "`enrichment.supersession` holds the decision that counts.",
    ),
    "subject_from_session": Code(
        "has no subject id of its own; an earlier event of its session gave the id", "Nothing."
    ),
    "enrichment_failed": Code(
        "met a bug in an enrichment or a rule: findings or alerts may be missing, but not the "
        "decision",
        "Report it. `idv_enrichment_failures_total` names the part.",
    ),
}
"""Flags of a verification."""
