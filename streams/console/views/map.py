"""The places of a case as a drawing: countries' outlines, places with their uncertainty, distances.

An equirectangular projection, true to scale in the middle of what is shown. No tiles: the outlines
are those of outlines.json (Natural Earth).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import resources

import msgspec
from msgspec import Struct

WIDTH, HEIGHT = 640.0, 320.0
SMALLEST_SPAN = 4.0  # degrees of latitude: a country, not a suburb
MARGIN = 1.5
POLAR = 75.0  # beyond, degrees of longitude would be nothing
KM_A_DEGREE = 111.2
FINEST, SHORTEST = 1.5, 30.0  # units of the drawing

_Point = tuple[float, float]


class Spot(Struct, frozen=True):
    """A place in degrees, and its radius of uncertainty. `kind` is a CSS class."""

    kind: str
    label: str
    latitude: float
    longitude: float
    radius_km: float = 0.0


class Gap(Struct, frozen=True):
    """A distance between two spots, by their numbers in the list."""

    start: int
    end: int
    label: str


class Mark(Struct, frozen=True):
    """A spot as drawn; lengths are units of the drawing."""

    kind: str
    label: str
    x: float
    y: float
    radius: float
    label_y: float


class Line(Struct, frozen=True):
    """A distance as drawn."""

    x1: float
    y1: float
    x2: float
    y2: float
    label: str

    @property
    def length(self) -> float:
        return math.hypot(self.x2 - self.x1, self.y2 - self.y1)

    @property
    def middle(self) -> tuple[float, float]:
        return round((self.x1 + self.x2) / 2, 1), round((self.y1 + self.y2) / 2 - 6, 1)


class Map(Struct, frozen=True):
    """The drawing: `land` are SVG paths."""

    land: list[str]
    marks: list[Mark]
    lines: list[Line]
    width: float = WIDTH
    height: float = HEIGHT


def draw(spots: Sequence[Spot], gaps: Iterable[Gap] = ()) -> Map | None:
    """All spots in view; None where there are none."""
    if not spots:
        return None
    frame = _Frame(spots)
    marks = [
        Mark(
            spot.kind,
            spot.label,
            *frame.at(spot.longitude, spot.latitude),
            radius=round(spot.radius_km / KM_A_DEGREE * frame.scale, 1),
            label_y=0,
        )
        for spot in spots
    ]
    lines = [
        Line(marks[g.start].x, marks[g.start].y, marks[g.end].x, marks[g.end].y, g.label)
        for g in gaps
    ]
    return Map(frame.land(), _apart(marks), [line for line in lines if line.length > SHORTEST])


class _Frame:
    """What is in view, and where it is drawn."""

    def __init__(self, spots: Sequence[Spot]) -> None:
        self._west = _seam([spot.longitude for spot in spots])
        lons = [self._east_of(spot.longitude) for spot in spots]
        lats = [spot.latitude for spot in spots]
        reach = max(spot.radius_km for spot in spots) / KM_A_DEGREE
        middle = (min(lats) + max(lats)) / 2
        self._shrink = math.cos(math.radians(min(max(middle, -POLAR), POLAR)))
        span_lat = max(SMALLEST_SPAN, (max(lats) - min(lats) + 2 * reach) * MARGIN)
        span_lon = (max(lons) - min(lons)) * MARGIN + 2 * reach / self._shrink
        span_lat = max(span_lat, span_lon * self._shrink * HEIGHT / WIDTH)
        self.scale = HEIGHT / span_lat
        self._x0 = (min(lons) + max(lons)) / 2 - WIDTH / 2 / (self.scale * self._shrink)
        self._y0 = middle + span_lat / 2

    def at(self, longitude: float, latitude: float) -> _Point:
        return self._drawn(self._east_of(longitude), latitude)

    def land(self) -> list[str]:
        """Of each country's rings what comes into view, also beyond the date line."""
        width = WIDTH / (self.scale * self._shrink)
        bottom = self._y0 - HEIGHT / self.scale
        paths = []
        for (west, south, east, north), ring in _rings():
            if north < bottom or south > self._y0:
                continue
            paths += [
                self._path(ring, turn)
                for turn in (-720, -360, 0, 360, 720)
                if west + turn < self._x0 + width and east + turn > self._x0
            ]
        return paths

    def _path(self, ring: list[_Point], turn: float) -> str:
        """Without points that nobody would see apart."""
        points: list[_Point] = []
        for lon, lat in ring:
            x, y = self._drawn(lon + turn, lat)
            if not points or abs(x - points[-1][0]) + abs(y - points[-1][1]) > FINEST:
                points.append((x, y))
        return "M" + "L".join(f"{x:g},{y:g}" for x, y in points) + "Z"

    def _drawn(self, lon: float, lat: float) -> _Point:
        x = (lon - self._x0) * self.scale * self._shrink
        return round(x, 1), round((self._y0 - lat) * self.scale, 1)

    def _east_of(self, longitude: float) -> float:
        """The longitude as degrees on from the seam, so that Fiji is beside Samoa."""
        return self._west + (longitude - self._west) % 360


def _seam(longitudes: list[float]) -> float:
    """The longitude east of the widest stretch without a spot."""
    ordered = sorted(lon % 360 for lon in longitudes)
    stretches = [
        ((after - before) % 360 or 360, after)
        for before, after in zip([ordered[-1], *ordered[:-1]], ordered, strict=True)
    ]
    seam = max(stretches)[1]
    return seam - 360 if seam > 180 else seam


def _apart(marks: list[Mark]) -> list[Mark]:
    """Labels one below the other where spots are close."""
    placed: list[Mark] = []
    for mark in sorted(marks, key=lambda m: (m.y, m.x)):
        label_y = mark.y + 4
        while any(abs(label_y - p.label_y) < 14 and abs(mark.x - p.x) < 170 for p in placed):
            label_y += 14
        placed.append(msgspec.structs.replace(mark, label_y=round(label_y, 1)))
    return placed


@cache
def _rings() -> list[tuple[tuple[float, float, float, float], list[_Point]]]:
    """`((west, south, east, north), ring)` of every ring."""
    file = resources.files(__package__) / "outlines.json"
    rings = msgspec.json.decode(file.read_bytes(), type=list[list[_Point]])
    found = []
    for ring in rings:
        lons, lats = [p[0] for p in ring], [p[1] for p in ring]
        found.append(((min(lons), min(lats), max(lons), max(lats)), ring))
    return found
