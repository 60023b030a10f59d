"""AiPrise: coordinates of networks and browsers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.vendors.aiprise.payloads import fraud


@pytest.mark.parametrize(
    ("latitude", "longitude", "expected"),
    [
        (6.45, 3.39, (6.45, 3.39)),
        ("6.45", "3.39", (6.45, 3.39)),
        (-90, 180, (-90.0, 180.0)),
        (None, None, None),
        (0, 0, "bad"),
        ("0.0", "0", "bad"),
        (6.45, None, "bad"),
        (103.68, 1.35, "bad"),
        (1.35, 190, "bad"),
        ("north", "3.39", "bad"),
        (True, False, "bad"),
    ],
)
@pytest.mark.parametrize("where", ["ip_insights.location", "geolocation_insights"])
def test_coordinates(where: str, latitude: Any, longitude: Any, expected: Any) -> None:
    given = {"latitude": latitude, "longitude": longitude, "city": "Lagos"}
    if where == "geolocation_insights":
        made = fraud(geolocation_insights=given | {"accuracy": "35"})
        places = [(a.latitude, a.longitude) for a in made.addresses]
        assert all(a.role == "GEOLOCATION" and a.radius_km == 0.035 for a in made.addresses)
    else:
        made = fraud(ip_insights={"location": given})
        places = [(n.latitude, n.longitude) for n in made.networks if n.latitude is not None]
        assert made.networks[0].city == "Lagos"
    assert places == ([expected] if isinstance(expected, tuple) else [])
    bad = [f"invalid_coordinates:fraud_insights.{where}"]
    assert made.reasons == (bad if expected == "bad" else [])


@pytest.mark.parametrize(
    ("accuracy", "radius"),
    [("35", 0.035), (1500.0, 1.5), (0, 0.0), (None, None), ("-1", None), ("near", None)],
)
def test_accuracy_is_in_metres(accuracy: Any, radius: float | None) -> None:
    made = fraud(geolocation_insights={"latitude": 6.4, "longitude": 3.3, "accuracy": accuracy})
    assert made.addresses[0].radius_km == radius
