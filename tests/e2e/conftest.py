"""A real schema registry in memory, one per module that uses it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.apicurio import Apicurio


@pytest.fixture(scope="module")
def apicurio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apicurio]:
    """Skips the tests where the registry cannot be downloaded."""
    registry = Apicurio(tmp_path_factory.mktemp("registry"))
    registry.start()
    try:
        yield registry
    finally:
        registry.stop()
