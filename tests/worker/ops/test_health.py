"""The worker's server: live, ready, and no other pages."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from streams.worker.ops.health import LOOP_STUCK_S, Health, serve


@pytest.fixture
def health() -> Health:
    return Health(assigned=True, recovering=False, rebalancing=False, barrier_limit_s=10)


@pytest.fixture
def ask(health: Health) -> Iterator[Callable[[str], tuple[int, Any]]]:
    server = serve(health, "127.0.0.1", 0)

    def get(path: str) -> tuple[int, Any]:
        url = f"http://127.0.0.1:{server.server_port}{path}"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    yield get
    server.shutdown()
    server.server_close()


def test_a_steady_worker_is_live_and_ready(ask: Callable[[str], tuple[int, Any]]) -> None:
    for path in ("/live", "/ready"):
        status, body = ask(path)
        assert (status, json.loads(body)["ok"]) == (200, True)


@pytest.mark.parametrize("path", ["/", "/table", "/router/idv", "/stats", "/graph", "/live/x"])
def test_there_is_no_view_of_state_or_routes(
    ask: Callable[[str], tuple[int, Any]], path: str
) -> None:
    assert ask(path)[0] == 404


def test_metrics_are_prometheus_text(ask: Callable[[str], tuple[int, Any]]) -> None:
    status, body = ask("/metrics")
    assert status == 200
    assert b"# TYPE idv_events_total counter" in body


@pytest.mark.parametrize(
    "change",
    [
        {"assigned": False},
        {"recovering": True},
        {"rebalancing": True},
        {"oldest_batch_at": time.monotonic() - 11},
    ],
)
def test_what_makes_a_worker_unready_leaves_it_alive(
    health: Health, ask: Callable[[str], tuple[int, Any]], change: dict[str, Any]
) -> None:
    for name, value in change.items():
        setattr(health, name, value)
    assert ask("/ready")[0] == 503
    assert ask("/live")[0] == 200


def test_a_stuck_loop_is_neither(health: Health, ask: Callable[[str], tuple[int, Any]]) -> None:
    health.beat_at = time.monotonic() - LOOP_STUCK_S - 1
    assert ask("/live")[0] == 503
    assert ask("/ready")[0] == 503
    health.beat()
    assert ask("/live")[0] == 200


def test_a_taken_port_is_an_error(health: Health) -> None:
    server = serve(health, "127.0.0.1", 0)
    try:
        with pytest.raises(OSError, match="in use"):
            serve(health, "127.0.0.1", server.server_port)
    finally:
        server.shutdown()
        server.server_close()
