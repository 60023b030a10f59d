"""streams/console/views/outlines.json: the countries of Natural Earth (1:110m, public domain), out
of the npm package world-atlas, which `make tools` fetches:

    .venv/bin/python -m deploy.generate.outlines ~/.cache/idv-streams/tools/countries-2.0.2.json

Not among what `make docs` writes, since npm may be missing there.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[2] / "streams" / "console" / "views" / "outlines.json"
# A hundredth of a degree is a kilometre, and the outlines are no better.
DECIMALS = 2

Ring = list[list[float]]


def outlines(topology: dict[str, Any]) -> str:
    """A JSON array of rings, one a line; a ring is an array of `[longitude, latitude]`."""
    rings = sorted(_rings(topology), key=lambda ring: (ring[0], len(ring)))
    return "[\n" + ",\n".join(json.dumps(ring, separators=(",", ":")) for ring in rings) + "\n]\n"


def _rings(topology: dict[str, Any]) -> Iterator[Ring]:
    arcs = [_arc(arc, topology["transform"]) for arc in topology["arcs"]]
    for country in topology["objects"]["countries"]["geometries"]:
        shapes = country["arcs"] if country["type"] == "MultiPolygon" else [country["arcs"]]
        for shape in shapes:
            for chain in shape:
                yield _unwrapped(_joined(chain, arcs))


def _arc(deltas: list[list[int]], transform: dict[str, list[float]]) -> Ring:
    """TopoJSON's points are differences to the point before, in units of `scale`."""
    (scale_x, scale_y), (start_x, start_y) = transform["scale"], transform["translate"]
    x = y = 0
    points = []
    for dx, dy in deltas:
        x, y = x + dx, y + dy
        points.append(
            [round(x * scale_x + start_x, DECIMALS), round(y * scale_y + start_y, DECIMALS)]
        )
    return points


def _joined(chain: list[int], arcs: list[Ring]) -> Ring:
    """Arcs one after the other; `~n` is the arc n backwards. Neighbours share a point."""
    ring: Ring = []
    for number in chain:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        ring += arc[1:] if ring else arc
    return ring


def _unwrapped(ring: Ring) -> Ring:
    """Longitudes that go on beyond 180 where a ring crosses the date line, not back around."""
    found = [ring[0]]
    for lon, lat in ring[1:]:
        turns = round((found[-1][0] - lon) / 360)
        found.append([round(lon + turns * 360, DECIMALS), lat])
    return found


if __name__ == "__main__":
    TARGET.write_text(outlines(json.loads(Path(sys.argv[1]).read_bytes())), encoding="utf-8")
