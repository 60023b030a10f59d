"""Payloads made to break a reader."""

from __future__ import annotations

import msgspec

_SESSION = b'{"session_id": "s", "status": "Approved", "vendor_data": "c", "decision": %b}'
_LONG = "x" * 3_000_000

CORPUS: dict[str, bytes | None] = {
    "tombstone": None,
    "empty": b"",
    "blank": b"   \n",
    "nan": b'{"session_id": "s", "score": NaN}',
    "infinity": b'{"session_id": "s", "score": -Infinity}',
    "too large a number": b'{"session_id": "s", "score": 1e999}',
    "2^65": _SESSION % str(2**65).encode(),
    "2^65 as an id": b'{"session_id": %d, "status": "Approved"}' % 2**65,
    "deep list": b"[" * 100_000 + b"]" * 100_000,
    "deep object": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "deep and unclosed": b'{"a":[' * 100_000,
    "lone surrogate": rb'{"session_id": "\ud800", "status": "Approved"}',
    "surrogate in a key": rb'{"session_id": "s", "\udfff": 1}',
    "duplicate key": b'{"session_id": "s", "session_id": "t", "status": "Approved"}',
    "duplicate key, escaped": rb'{"status": "Approved", "st\u0061tus": "Declined"}',
    "invalid UTF-8": b'{"session_id": "\xff\xfe", "status": "Approved"}',
    "overlong UTF-8": b'{"session_id": "\xc0\xaf"}',
    "UTF-16": '{"session_id": "s"}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"session_id": "s"}',
    "NUL bytes": b"\x00" * 1000,
    "NUL in an id": rb'{"session_id": "a\u0000b", "status": "Approved"}',
    "not JSON": b"<xml/>",
    "trailing data": b'{"session_id": "s"} {"session_id": "t"}',
    "null": b"null",
    "a list": b"[]",
    "a number": b"1",
    "5 MB": b'{"session_id": "s", "pad": "' + b"x" * 5_000_000 + b'"}',
    "an id of 3 MB": msgspec.json.encode({"session_id": _LONG, "status": "Approved"}),
    "a subject of 3 MB": msgspec.json.encode(
        {"session_id": "long", "status": "Approved", "vendor_data": _LONG, "event_id": "e"}
    ),
    "names of 3.9 MB": msgspec.json.encode(
        {
            "session_id": "names",
            "status": "Approved",
            "event_id": "names",
            "decision": {
                "session_id": "names",
                "status": "Approved",
                "id_verifications": [
                    {"status": "Approved", "first_name": _LONG, "address": _LONG[:900_000]}
                ],
            },
        }
    ),
    "everything of the wrong type": b'{"session_id": "w", "status": "Approved", "event_id": "w",'
    b' "decision": {"session_id": "w", "status": "Approved", "id_verifications": 7,'
    b' "ip_analyses": [[], null, "x", {"latitude": "north", "ip_address": 5}]}}',
    "a million items": _SESSION % (b'{"id_verifications": [' + b"{}," * 1_000_000 + b"{}]}"),
}

HEADERS: list[tuple[str, bytes]] = [
    ("idv-subject", b"\xff\xfe\x00"),
    ("idv-environment", b"\x80LIVE"),
    ("idv-received-at", b"\xffnever"),
    ("idv.error.code", b"forged"),
    ("__streams.errors.offset", b"-1"),
    ("", b""),
    ("clé", "é".encode("latin-1")),
]

GARBAGE: list[bytes | None] = [
    None,
    b"",
    b"\x00",
    b"\x01",
    b"\x02\x80",
    b"\x01\x80",
    b"\x01\xc1",
    b"\x01\xdd\xff\xff\xff\xff",
    b'{"json": true}',
    b"\xff" * 10_000,
    b"\x01" + b"\x91" * 100_000,
]
