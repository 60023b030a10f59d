"""The cost of a link does not grow with the number of links, nor with the uses of one.

The tests count calls, not time. `make scale` measures the time, with a million devices and a
hundred thousand sessions.
"""

from __future__ import annotations

from pathlib import Path

from tests.scale import measure
from tests.scale.links import Links, Use, calls


def test_many_devices_cost_no_more_each(tmp_path: Path) -> None:
    few, many = measure.devices(tmp_path / "db", 20_000, 2_000, calls).values()
    assert many["new_us"] < 1.1 * few["new_us"]
    assert many["old_us"] < 1.1 * few["old_us"]


def test_a_kiosk_of_many_sessions_is_small_and_cheap(tmp_path: Path) -> None:
    found = measure.hot_key(tmp_path / "db", 30_000, calls)
    assert found["old_us"] < found["young_us"]
    assert found["bytes"] < 1024
    assert found["alerts"] == 3, "LOW, HIGH, and that it is shared"


def test_a_test_device_of_one_subject_is_bounded(tmp_path: Path) -> None:
    links = Links(tmp_path / "db", calls)
    uses = [Use("bench", n, "one", n * 2_000) for n in range(5_000)]
    early = links.cost(uses[:500])
    assert links.cost(uses[500:]) < 5 * early
    assert links.bytes_of("bench") < 16 * 1024
    assert links.alerts == 0
    links.close()


def test_events_that_come_a_week_late_cost_a_bounded_multiple(tmp_path: Path) -> None:
    """A late one has the whole link judged again: at most as many uses as a link keeps."""
    found = measure.late(tmp_path / "db", 20, calls)
    assert found["late_us"] < 100 * found["in_order_us"]
    assert found["bytes"] < 16 * 1024
