"""Coordinates as AiPrise gives them, numbers or text, and where a browser says that it is.

Source: AiPrise docs, "User Verification Response": ip_insights.location, geolocation_insights.
"""

from __future__ import annotations

from typing import Any

from streams.model import Address, AddressRole
from streams.values import number
from streams.vendors.aiprise.payload import Geolocation
from streams.vendors.aiprise.sections import Findings, add_checks


def coordinates(
    latitude: Any, longitude: Any, path: str, found: Findings
) -> tuple[float | None, float | None]:
    """Both or none. Null Island and points off the globe (often swapped ones) are no location."""
    if latitude is None and longitude is None:
        return None, None
    lat, lon = number(latitude), number(longitude)
    if lat is None or lon is None or abs(lat) > 90 or abs(lon) > 180 or (lat == 0 and lon == 0):
        found.reason(f"invalid_coordinates:{path}")
        return None, None
    return lat, lon


def read_geolocation(value: Any, path: str, found: Findings) -> None:
    insight = found.reader.part(value, Geolocation, path)
    if insight is None:
        return
    add_checks("geolocation_consistent", insight, path, found)
    latitude, longitude = coordinates(insight.latitude, insight.longitude, path, found)
    if latitude is None:
        return
    metres = number(insight.accuracy)
    found.addresses.append(
        Address(
            role=AddressRole.GEOLOCATION,
            latitude=latitude,
            longitude=longitude,
            radius_km=round(metres / 1000, 3) if metres is not None and metres >= 0 else None,
            source="browser",
        )
    )
