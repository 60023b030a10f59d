"""JSON for property tests: any values, and real payloads with some nodes replaced."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import strategies as st

from tests.support.paths import SAMPLES

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(["", " ", "ok", "Passed", "Complete", "0", "50", "2026-01-01", "::1", "N/A"])
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


def payloads(vendor: str) -> list[dict[str, Any]]:
    """The vendor's sample payloads that are JSON at all."""
    found = []
    for path in sorted((SAMPLES / vendor).glob("*.raw.json")):
        try:
            found.append(json.loads(path.read_text()))
        except ValueError:
            continue
    return found


@st.composite
def damaged(draw: st.DrawFn, vendor: str) -> dict[str, Any]:
    """A sample payload with one to four of its nodes replaced by arbitrary JSON or taken out."""
    payload = copy.deepcopy(draw(st.sampled_from(payloads(vendor))))
    for _ in range(draw(st.integers(1, 4))):
        nodes = list(_nodes(payload))
        if not nodes:
            break
        parent, key = draw(st.sampled_from(nodes))
        if draw(st.booleans()):
            parent[key] = draw(JSON)
        else:
            del parent[key]
    return payload


def _nodes(value: Any) -> Any:
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], dict | list):
            yield from _nodes(value[key])


def reversed_keys(value: Any) -> Any:
    """The same JSON with the keys of every object in the opposite order."""
    if isinstance(value, dict):
        return {k: reversed_keys(v) for k, v in reversed(value.items())}
    return [reversed_keys(v) for v in value] if isinstance(value, list) else value
