"""The verifier: reads the topics and accounts for every raw record.

The pure normalizer gives the expected result of each raw record. The topics must agree: nothing
lost, no event with two ids, order kept within each session.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from msgspec import Struct

from streams.config.settings import Settings
from streams.contracts.avro import decode
from streams.contracts.model import RawRecord, Rejection, Verification
from streams.pipeline.messages import EventEnvelope
from streams.pipeline.normalize.keyring import Keyring
from streams.pipeline.normalize.normalize import Normalized, normalize
from streams.worker.codec import Packed, raw_record
from tests.support.cluster import Cluster

RAW = tuple(f"idv.raw.{vendor}" for vendor in ("alice", "didit", "aiprise", "idwise"))

Where = tuple[str, int, int]


class Accounts(Struct):
    """The result. `lost` are raw records without output; `second_ids` raw records with more than
    one event id; `unknown` outputs without a raw record; `inversions` events that left a session in
    another order than they arrived; `repeats` outputs beyond the first; `foreign` rejections of
    records on stage topics that no stage wrote.
    """

    raw: int = 0
    verifications: int = 0
    rejected: int = 0
    dropped: int = 0
    repeats: int = 0
    foreign: int = 0
    lost: list[Where] = []
    second_ids: list[Where] = []
    unknown: list[Where] = []
    inversions: int = 0

    @property
    def balanced(self) -> bool:
        return (
            not self.lost
            and not self.second_ids
            and not self.unknown
            and self.inversions == 0
            and self.raw == self.verifications + self.rejected + self.dropped
        )


def account(cluster: Cluster) -> Accounts:
    """Read all topics and draw the balance."""
    keyring = Settings().keyring()
    events: dict[str, list[Where]] = defaultdict(list)
    rejections: set[Where] = set()
    dropped = 0
    accounts = Accounts()

    def take(record: Any) -> None:
        nonlocal dropped
        accounts.raw += 1
        expected = _expected(raw_record(record), keyring)
        if isinstance(expected, str):
            events[expected].append(_where(record))
        elif isinstance(expected, Rejection):
            rejections.add(_where(record))
        else:
            dropped += 1

    cluster.each(take, *RAW)
    _verifications(cluster, events, accounts)
    _rejected(cluster, rejections, accounts)
    accounts.dropped = dropped + sum(len(w) - 1 for w in events.values())
    accounts.inversions = _inversions(cluster)
    return accounts


def _expected(record: RawRecord, keyring: Keyring) -> str | Rejection | None:
    """The event id, the rejection, or None for a declared drop."""
    result = normalize(record.topic.rpartition(".")[2], record, keyring)
    if isinstance(result, Normalized):
        return result.event.event_id
    return result if isinstance(result, Rejection) else None


def _verifications(cluster: Cluster, events: dict[str, list[Where]], accounts: Accounts) -> None:
    ids_of: dict[Where, set[str]] = defaultdict(set)
    seen: set[str] = set()

    def take(record: Any) -> None:
        event = decode(record.value)[1]
        where = (event["raw"]["topic"], event["raw"]["partition"], event["raw"]["offset"])
        ids_of[where].add(event["event_id"])
        if event["event_id"] in seen:
            accounts.repeats += 1
        seen.add(event["event_id"])
        if where not in events.get(event["event_id"], ()):
            accounts.unknown.append(where)

    cluster.each(take, "idv.verifications")
    accounts.verifications = len(seen)
    accounts.second_ids = [where for where, ids in ids_of.items() if len(ids) > 1]
    accounts.lost += [places[0] for event_id, places in events.items() if event_id not in seen]


def _rejected(cluster: Cluster, expected: set[Where], accounts: Accounts) -> None:
    found: set[Where] = set()
    for record in cluster.read("idv.rejected"):
        # Its own come last, so they win over a header of that name from outside.
        headers = dict(record.headers)
        where = (
            headers["__streams.errors.topic"].decode(),
            int(headers["__streams.errors.partition"]),
            int(headers["__streams.errors.offset"]),
        )
        if where[0] not in RAW:
            accounts.foreign += 1
            continue
        accounts.repeats += where in found
        found.add(where)
    accounts.rejected = len(found & expected)
    accounts.lost += sorted(expected - found)
    accounts.unknown += sorted(found - expected)


def _inversions(cluster: Cluster) -> int:
    """Events that came to their session in one order and left it in another, repeats dropped."""
    came: dict[str, dict[str, None]] = defaultdict(dict)
    left: dict[str, dict[str, None]] = defaultdict(dict)
    envelope = Packed(EventEnvelope[Verification])

    def take_came(record: Any) -> None:
        try:
            event = envelope.decode(record.value or b"").event
        except ValueError:
            return  # Garbage from outside.
        came[event.session_key].setdefault(event.event_id)

    def take_left(record: Any) -> None:
        event = decode(record.value)[1]
        session = f"{event['environment']}|{event['vendor']}:{event['session_id']}"
        # One session's events share a partition as long as its subject is known from the start.
        left[f"{session}@{record.partition}"].setdefault(event["event_id"])

    cluster.each(take_came, "idv.stage.sessions")
    cluster.each(take_left, "idv.verifications")
    return sum(
        a != b
        for key, ids in left.items()
        for order in [[e for e in came[key.rpartition("@")[0]] if e in ids]]
        for a, b in zip(order, ids, strict=True)
    )


def _where(record: Any) -> Where:
    return record.topic, record.partition, record.offset
