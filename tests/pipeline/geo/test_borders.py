"""Countries that border each other."""

from __future__ import annotations

import pytest

from streams.pipeline.geo.borders import are_neighbours


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [("ES", "PT", True), ("PT", "ES", True), ("ES", "DE", False), ("ES", "ES", False),
     ("GB", "IE", True), ("US", "MX", True), ("AU", "NZ", False), ("??", "ES", False)],
)  # fmt: skip
def test_neighbours(a: str, b: str, expected: bool) -> None:
    assert are_neighbours(a, b) is expected
    assert are_neighbours(b, a) is expected
