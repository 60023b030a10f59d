"""Payloads that no vendor should send: samples with parts changed, moved, repeated and broken.

Everything derives from a seed, so that a failing mutant can be reproduced.
"""

from __future__ import annotations

import copy
import json
import random
from functools import cache
from typing import Any

from streams.vendors import VENDORS
from tests.support.json_fuzz import payloads

ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 50, 100.5, 2**65, -(10**40), 1e308, "", " ", "null", "N/A", "0",
    "Approved", "APPROVED", "ACCEPTED", "Complete", "accepted ", "approve", "Declined", "Passed",
    "COMPLETED", "2026-02-30", "1990-01-01T25:00:00Z", "999.1.1.1", "::ffff:8.8.8.8", "fe80::1%x",
    "+", "\u202eABC", "é" * 40, "e\u0301", "😀", "\x00", "ＡＰＰＲＯＶＥＤ", "x" * 5000, [], {},
    [None], [[]], [{}], {"value": None}, {"code": 5}, {"key": "liveness", "value": 50},
)  # fmt: skip


@cache
def _samples(vendor: str) -> list[dict[str, Any]]:
    return [p for p in payloads(vendor) if isinstance(p, dict)]


def mutant(vendor: str, seed: int) -> bytes:
    """One mutant of one of the vendor's samples, as bytes."""
    rng = random.Random(f"{vendor}/{seed}")
    payload = copy.deepcopy(rng.choice(_samples(vendor)))
    for _ in range(rng.choice((1, 1, 1, 2, 3, 5, 9))):
        rng.choice(_MUTATIONS)(payload, rng)
    text = json.dumps(payload, ensure_ascii=rng.random() < 0.5)
    if rng.random() < 0.1:
        text = rng.choice(_BREAKS)(text, rng)
    return text.encode("utf-8", "surrogatepass")


def _nodes(value: Any) -> list[tuple[Any, Any]]:
    """`(holder, key)` of every value within."""
    found, pending = [], [value]
    while pending:
        holder = pending.pop()
        for key in list(holder) if isinstance(holder, dict) else range(len(holder)):
            found.append((holder, key))
            if isinstance(holder[key], dict | list):
                pending.append(holder[key])
    return found


def _node(payload: dict[str, Any], rng: random.Random) -> tuple[Any, Any]:
    nodes = _nodes(payload)
    return rng.choice(nodes) if nodes else (payload, "x")


def _replace(payload: dict[str, Any], rng: random.Random) -> None:
    holder, key = _node(payload, rng)
    holder[key] = copy.deepcopy(rng.choice(ODD))


def _remove(payload: dict[str, Any], rng: random.Random) -> None:
    holder, key = _node(payload, rng)
    if isinstance(holder, list) or key in holder:
        del holder[key]


def _retype(payload: dict[str, Any], rng: random.Random) -> None:
    """A number as text, text in a list, a list's first item alone, and the like."""
    holder, key = _node(payload, rng)
    value = holder[key] if isinstance(holder, list) or key in holder else None
    forms: tuple[Any, ...] = (str(value), [value], {"value": value}, bool(value))
    holder[key] = rng.choice(forms)


def _swap(payload: dict[str, Any], rng: random.Random) -> None:
    """The values of two places change places."""
    (one, a), (other, b) = _node(payload, rng), _node(payload, rng)
    if a == "x" or b == "x":
        return
    first, second = copy.deepcopy(one[a]), copy.deepcopy(other[b])
    one[a] = second
    if isinstance(other, list) or b in other:
        other[b] = first


def _graft(payload: dict[str, Any], rng: random.Random) -> None:
    """A part of another vendor's payload, under its own key."""
    other = rng.choice(_samples(rng.choice(list(VENDORS))))
    holder, key = rng.choice([n for n in _nodes(other) if isinstance(n[0], dict)])
    target = rng.choice([payload, *(h for h, _ in _nodes(payload) if isinstance(h, dict))])
    target[key] = copy.deepcopy(holder[key])


def _repeat(payload: dict[str, Any], rng: random.Random) -> None:
    lists = [h for h, _ in _nodes(payload) if isinstance(h, list)]
    if lists:
        chosen = rng.choice(lists)
        repeated = chosen[: rng.randint(1, 4)] * rng.choice((1, 1, 20))
        chosen.extend(copy.deepcopy(item) for item in repeated)


def _nest(payload: dict[str, Any], rng: random.Random) -> None:
    holder, key = _node(payload, rng)
    value: Any = copy.deepcopy(rng.choice(ODD))
    for _ in range(rng.choice((3, 30, 61, 80))):
        value = [value] if rng.random() < 0.5 else {rng.choice(("data", "value", "a")): value}
    holder[key] = value


def _respell(payload: dict[str, Any], rng: random.Random) -> None:
    """A key in another spelling."""
    holder, key = _node(payload, rng)
    if isinstance(holder, dict) and key in holder:
        spelled = rng.choice((str.upper, str.title, str.lower, " {}".format))
        holder[spelled(key)] = holder.pop(key)


_MUTATIONS = (
    _replace, _replace, _replace, _remove, _remove, _retype, _swap, _graft, _repeat, _nest,
    _respell,
)  # fmt: skip


def _cut(text: str, rng: random.Random) -> str:
    return text[: rng.randrange(len(text))]


def _twice(text: str, rng: random.Random) -> str:
    """A duplicate key in one object."""
    return text.replace("{", '{"status": "APPROVED", "status": "APPROVED", ', 1)


def _no_number(text: str, rng: random.Random) -> str:
    return text.replace(": ", f": {rng.choice(('NaN', '-Infinity', '1e999', '01', '1e400'))}, ", 1)


def _noise(text: str, rng: random.Random) -> str:
    i = rng.randrange(len(text))
    return text[:i] + rng.choice(("\ufeff", "\ud800", "\x00", "}", '"', ",", "\\")) + text[i:]


_BREAKS = (_cut, _twice, _no_number, _noise)
