"""Who shares what: sessions of a case, what links them to others, the others' subjects.

Three columns, drawn from left to right in the order of time. A layout by forces would look livelier
and move every node whenever one is added; columns are read from one side to the other, and stay.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

ROW, TOP = 34, 34
OWN_X, LINK_X, OTHER_X, WIDTH = 10, 300, 470, 760
BOX, LINK_BOX, OTHER_BOX = 220, 110, 280
MOST = 20


class Sharing(Struct, frozen=True):
    """An own session shares something with another session. `what` is a kind: device, person."""

    what: str
    own: tuple[str, str]
    other: tuple[str, str]
    subject: str | None = None


class Box(Struct, frozen=True):
    """A node as drawn. `kind` is a CSS class, `of` a subject that a box links to."""

    kind: str
    text: str
    x: int
    y: int
    width: int
    of: str | None = None


class Graph(Struct, frozen=True):
    """The drawing; `lines` are `(x1, y1, x2, y2)`, `left_out` the sessions beyond the first."""

    boxes: list[Box]
    lines: list[tuple[int, int, int, int]]
    height: int
    left_out: int = 0
    width: int = WIDTH


def draw(sharings: Iterable[Sharing]) -> Graph | None:
    """None where nothing is shared."""
    distinct = list(dict.fromkeys(sharings))
    if not distinct:
        return None
    others = list(dict.fromkeys((s.other, s.subject) for s in distinct))
    shown = set(others[:MOST])
    kept = [s for s in distinct if (s.other, s.subject) in shown]
    own = _column(dict.fromkeys(s.own for s in kept))
    links = _column(dict.fromkeys(s.what for s in kept))
    right = _column(dict.fromkeys((s.other, s.subject) for s in kept))
    boxes = [
        *(Box("own", f"{v} {_short(i)}", OWN_X, y, BOX) for (v, i), y in own.items()),
        *(Box("link", what, LINK_X, y, LINK_BOX) for what, y in links.items()),
        *(
            Box("other", _named(vendor, session, subject), OTHER_X, y, OTHER_BOX, subject)
            for ((vendor, session), subject), y in right.items()
        ),
    ]
    lines = dict.fromkeys(
        line
        for s in kept
        for line in (
            (OWN_X + BOX, own[s.own], LINK_X, links[s.what]),
            (LINK_X + LINK_BOX, links[s.what], OTHER_X, right[s.other, s.subject]),
        )
    )
    rows = max(len(own), len(links), len(right))
    return Graph(boxes, list(lines), TOP + rows * ROW, len(others) - len(shown))


def _column(nodes: Iterable[Any]) -> dict[Any, int]:
    return {node: TOP + number * ROW for number, node in enumerate(nodes)}


def _named(vendor: str, session: str, subject: str | None) -> str:
    return (
        f"{_short(subject)} · {vendor} {session[:8]}" if subject else f"{vendor} {_short(session)}"
    )


def _short(text: str) -> str:
    return text if len(text) <= 22 else f"{text[:12]}…{text[-8:]}"
