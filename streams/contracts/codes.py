"""One word for each thing that can become of a record, with what it means and what to do."""

from __future__ import annotations

from typing import NamedTuple


class Code(NamedTuple):
    """`means` goes on from the record or the event; `do` is for who operates or subscribes."""

    means: str
    do: str


_PUBLISHER = "Mend what stands between the vendor and the topic; then replay."
_VENDOR = "Compare with the vendor's documents; mend the adapter, then replay."

REJECTIONS: dict[str, Code] = {
    "invalid_encoding": Code("is not UTF-8", _PUBLISHER),
    "invalid_json": Code(
        "is not JSON; `NaN`, numbers beyond a double such as `1e999`, lone surrogates and anything "
        "after the object are not either",
        _PUBLISHER,
    ),
    "duplicate_key": Code(
        "has a key twice in one object: two readers could read it differently",
        "Ask who sent it. A replay is rejected again.",
    ),
    "too_large": Code(
        "is over 4 MiB or has over 50 000 commas, or what it leads to is larger than its topic "
        "allows",
        "Leave out images and the like before publishing.",
    ),
    "too_deep": Code("is nested deeper than 64 levels", "As with `duplicate_key`."),
    "not_an_object": Code("is JSON, but no object", _PUBLISHER),
    "unknown_shape": Code(
        "has none of this vendor's shapes, or has another vendor's",
        "Is it on the right topic? Then the vendor sends something new: mend the adapter, replay.",
    ),
    "missing_identity": Code("names no session to attach it to", _VENDOR),
    "invalid_type": Code(
        "has an impossible type in a field that the decision rests on; the message names the path",
        _VENDOR,
    ),
    "internal_error": Code(
        "met a bug of ours; the message names the exception",
        "Report it. Replay with the release that mends it.",
    ),
}
"""Codes of `idv.rejected`, in the header `idv.error.code`; the bytes are kept."""

DROPS: dict[str, Code] = {
    "empty": Code("has no bytes, or is a tombstone", "Nothing."),
    "duplicate": Code("is an event that went out already, from another record", "Nothing."),
    "unsupported_event": Code(
        "is a vendor's event that is no verification decision",
        "Nothing, or do not subscribe to such events at the vendor.",
    ),
}
"""Codes of records that are understood and deliberately not an event: counted, not kept."""

FLAGS: dict[str, Code] = {
    "unmapped_value": Code(
        "rests on a word that no table knows; that part is `UNDETERMINED` or `NOT_APPLICABLE`",
        "The reason `unmapped:<path>` says where. Never read it as an approval.",
    ),
    "partial": Code(
        "lacks a part whose type was impossible; the decision does not rest on it",
        "The reason `partial:<path>` says where.",
    ),
    "truncated": Code(
        "was read in part: a text has over 16 384 characters, a list over 512 items, or the "
        "payload over 4096 objects",
        "The reasons `too_long:<path>` and `too_many:<path>` say where; the raw record has it all.",
    ),
    "thin": Code(
        "tells the decision alone: a notification without a report",
        "Findings of its session stand in earlier or later events.",
    ),
    "not_a_decision": Code("is a look-up's result, no verdict about a person", "Leave it aside."),
    "status_result_conflict": Code(
        "has two statuses that disagree; the less favourable one counts", "Look at `vendor_status`."
    ),
    "incomplete_but_ended": Code(
        "comes from a journey that ended and is not complete", "The applicant may come again."
    ),
    "regression_ignored": Code(
        "would take back a final decision, which this vendor does not do; it counts as stale",
        "`enrichment.supersession` says what stands.",
    ),
    "subject_from_session": Code(
        "names no subject itself; the id is the last one known of its session", "Nothing."
    ),
    "enrichment_failed": Code(
        "met a bug of ours in an enrichment or a rule: findings or alerts may be missing, the "
        "decision is not",
        "Report it; `idv_enrichment_failures_total` names the part.",
    ),
}
"""Flags of a verification."""
