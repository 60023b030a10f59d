"""Shared fixtures. Kafka is real: one broker per test module with a cluster."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import nullcontext

import pytest
from hypothesis import HealthCheck, settings

from tests.support.cluster import Cluster
from tests.support.processes import ended_afterwards

# A job in the background of a script starts with it ignored, and so would all that tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile(
    "default", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
# The same examples in every CI run: what it says of a change is about the change. New ones are
# searched for wherever else the tests run.
settings.register_profile("ci", settings.get_profile("default"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A real Kafka with all topics, empty at the module's start."""
    with Cluster(tmp_path_factory.mktemp("cluster")) as running:
        yield running


@pytest.fixture(autouse=True, scope="module")
def _nothing_is_left_of_a_module() -> Iterator[None]:
    with ended_afterwards():
        yield


@pytest.fixture(autouse=True)
def _nothing_is_left_of_a_test(request: pytest.FixtureRequest) -> Iterator[None]:
    """Keep a module's cluster running, also after a test that restarted the broker."""
    with nullcontext() if "cluster" in request.fixturenames else ended_afterwards():
        yield
