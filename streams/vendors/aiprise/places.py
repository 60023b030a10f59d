"""Where a browser says that it is.

Source: AiPrise docs, "User Verification Response": geolocation_insights.
"""

from __future__ import annotations

from typing import Any

from streams.contracts.model import Address, AddressRole
from streams.vendors.aiprise.payload import Geolocation
from streams.vendors.aiprise.sections import Findings, add_checks
from streams.vendors.base.values import number


def read_geolocation(value: Any, path: str, found: Findings) -> None:
    insight = found.reader.part(value, Geolocation, path)
    if insight is None:
        return
    add_checks("geolocation_consistent", insight, path, found)
    point = found.reader.point(insight.latitude, insight.longitude, path)
    if point is None:
        return
    metres = number(insight.accuracy)
    found.addresses.append(
        Address(
            role=AddressRole.GEOLOCATION,
            latitude=point[0],
            longitude=point[1],
            radius_km=round(metres / 1000, 3) if metres is not None and metres >= 0 else None,
            source="browser",
        )
    )
