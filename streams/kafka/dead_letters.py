"""Records of idv.rejected: reason, origin, and the headers of a replay.

A dead letter has the bytes, key and headers of the rejected record, then the headers that
`codec.rejected_headers` appends. A publisher may set headers of the same names, so only the last
ones count.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

from streams.contracts.avro import iso_millis
from streams.contracts.headers import RECEIVED_AT
from streams.contracts.topics import vendor_of
from streams.vendors.base.times import millis

# In the order of appending.
CODE, STAGE, MESSAGE = "idv.error.code", "idv.error.stage", "idv.error.message"
TIMESTAMP = "idv.error.timestamp"
TOPIC, PARTITION, OFFSET = (f"__streams.errors.{part}" for part in ("topic", "partition", "offset"))
APPENDED = (CODE, STAGE, MESSAGE, TIMESTAMP, TOPIC, PARTITION, OFFSET)

# Precedes them if the letter contains only the first part of its record: the full size and hash.
CUT = "idv.error.cut"

REPLAY_OF = "idv-replay-of"
REPLAY_LETTER = "idv-replay-letter"
REPLAY_COUNT = "idv-replay-count"
_REPLACED = (RECEIVED_AT, REPLAY_OF, REPLAY_LETTER, REPLAY_COUNT)

Headers = Sequence[tuple[str, bytes]]


class DeadLetter(Struct, frozen=True):
    """One record of idv.rejected. `at` is when it was rejected, `received_at` when the rejected
    record first arrived (epoch ms); `origin` is its topic, partition and offset.
    """

    partition: int
    offset: int
    at: int
    code: str
    stage: str
    message: str
    origin: tuple[str, int, int]
    received_at: int
    key: bytes | None
    value: bytes | None
    headers: Headers

    @property
    def where(self) -> str:
        """`partition:offset` in idv.rejected; the command line uses it as the name."""
        return f"{self.partition}:{self.offset}"

    @property
    def vendor(self) -> str | None:
        """None if a later stage rejected the record."""
        return vendor_of(self.origin[0])

    @property
    def cut(self) -> str | None:
        """Size and hash of the full record, if only its first part is kept."""
        return _last(self.headers[-1:], CUT)

    @property
    def replays(self) -> int:
        """Number of replays of the record before this rejection."""
        count = _last(self.headers, REPLAY_COUNT)
        return int(count) if count and count.isdecimal() else 0

    def summary(self) -> dict[str, Any]:
        """The fields without personal data: no key, no header values, no payload."""
        topic, partition, offset = self.origin
        return {
            "letter": self.where,
            "rejected_at": iso_millis(self.at),
            "received_at": iso_millis(self.received_at),
            "code": self.code,
            "stage": self.stage,
            "message": self.message,
            "topic": topic,
            "partition": partition,
            "offset": offset,
            "bytes": len(self.value or b""),
            **({"cut": self.cut} if self.cut else {}),
            "replays": self.replays,
        }

    def replay_headers(self) -> list[tuple[str, bytes]]:
        """The record's own headers, its first arrival time, and its origin.

        `idv-replay-of` names the first record, also after several replays.
        """
        first = _last(self.headers, REPLAY_OF) or "/".join(map(str, self.origin))
        return [
            *((name, value) for name, value in self.headers if name not in _REPLACED),
            (RECEIVED_AT, iso_millis(self.received_at).encode()),
            (REPLAY_OF, first.encode()),
            (REPLAY_LETTER, f"{self.partition}/{self.offset}".encode()),
            (REPLAY_COUNT, str(self.replays + 1).encode()),
        ]


def read(record: Any) -> DeadLetter | None:
    """Parse a consumer record; None if no worker wrote it."""
    headers = [(name, value or b"") for name, value in record.headers]
    own, appended = headers[: -len(APPENDED)], headers[-len(APPENDED) :]
    if tuple(name for name, _ in appended) != APPENDED:
        return None
    why = {name: value.decode(errors="replace") for name, value in appended}
    try:
        origin = why[TOPIC], int(why[PARTITION]), int(why[OFFSET])
        timestamp = int(why[TIMESTAMP])
    except ValueError:
        return None
    received = millis(_last(own, RECEIVED_AT))
    return DeadLetter(
        partition=record.partition,
        offset=record.offset,
        at=record.timestamp,
        code=why[CODE],
        stage=why[STAGE],
        message=why[MESSAGE],
        origin=origin,
        received_at=timestamp if received is None else min(received, timestamp),
        key=record.key,
        value=record.value,
        headers=own,
    )


def _last(headers: Iterable[tuple[str, bytes]], name: str) -> str | None:
    found = [value.decode(errors="replace") for header, value in headers if header == name]
    return found[-1] if found else None
