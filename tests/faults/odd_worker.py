"""A worker with a fault, selected by `ODD`.

- `impatient`: Kafka's client considers a member idle 125 times earlier than configured: after eight
  seconds with Faust's default;
- `deaf`: fetches fail once the file named by `ODD_MARK` exists, and the monitor's limits are short.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.consumer.fetcher import Fetcher

from streams.config.logs import configure
from streams.config.settings import load
from streams.worker import monitor
from streams.worker.main import run

MARK = Path(os.environ.get("ODD_MARK", "/nowhere"))
_make = AIOKafkaConsumer.__init__
_ask = Fetcher._proc_fetch_request


async def _ask_unless_deaf(self: Any, *arguments: Any) -> Any:
    if MARK.exists():  # noqa: ASYNC240 - a look that costs nothing
        raise KeyError("no error of Kafka's")
    return await _ask(self, *arguments)


def _make_impatient(self: Any, *topics: Any, max_poll_interval_ms: int, **given: Any) -> None:
    _make(self, *topics, max_poll_interval_ms=max_poll_interval_ms // 125, **given)


if __name__ == "__main__":
    if os.environ["ODD"] == "impatient":
        AIOKafkaConsumer.__init__ = _make_impatient
    else:
        Fetcher._proc_fetch_request = _ask_unless_deaf
        monitor.COMPARE_EVERY_S, monitor.STALL_S = 1.0, 5.0
    configure("info", "json")
    run(load())
