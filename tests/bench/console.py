"""The analysts' page before many cases: how long its index takes, and then each page.

Records are on Kafka before `idv console` starts. Pages are asked for one after the other over HTTP,
as a browser does; what they take while the index is still being filled is measured too.
"""

from __future__ import annotations

import random
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

import psutil
from msgspec.structs import replace

from streams.contracts.avro import encode_alert, encode_case, encode_verification
from streams.contracts.model import CaseBand, Severity
from streams.contracts.topics import ALERTS, CASES, VERIFICATIONS
from streams.rules import RULES
from tests.bench.stack import Load, Stack
from tests.console.process import ConsoleProcess
from tests.console.records import case, case_id, told

SEED = 20260514
ROUNDS = 20
READY_S = 900

Figures = dict[str, Any]


def records(cases: int, alerts: int) -> Iterator[Load]:
    """So many cases, each with a decision and its share of the alerts."""
    rng = random.Random(SEED)
    events, raised = told()
    for number in range(cases):
        subject = f"cust-{number:06}"
        key = subject.encode()
        event = replace(
            rng.choice(events),
            event_id=_id("e", number),
            subject_id=subject,
            session_id=_id("s", number),
        )
        mine = [
            replace(
                rng.choice(raised),
                alert_id=_id("a", number * 1000 + i),
                rule=rng.choice(list(RULES)),
                severity=rng.choice(list(Severity)),
                subject_id=subject,
                session_id=event.session_id,
                vendor=event.vendor,
                occurred_at=event.occurred_at + i * 60_000,
            )
            for i in range(alerts // cases)
        ]
        score = min(100, int(rng.expovariate(1 / 20)))
        band = CaseBand.HIGH if score > 60 else CaseBand.MEDIUM if score > 30 else CaseBand.LOW
        found = replace(case(subject, mine, [event]), score=score, band=band)
        yield Load(VERIFICATIONS, key, encode_verification(event))
        for alert in mine:
            yield Load(ALERTS, key, encode_alert(alert))
        yield Load(CASES, key, encode_case(found))


def measure(stack: Stack, cases: int, alerts: int, say: Callable[[str], None]) -> Figures:
    """Seconds to a complete index, its size, and the milliseconds of each page."""
    say(f"publishing {cases:,} cases and {alerts:,} alerts …")
    published = stack.publish(records(cases, alerts))
    folder = stack.folder / "console"
    console = ConsoleProcess(stack.broker.bootstrap, folder)
    pages = {
        "first page": "/",
        "a rule": "/?rule=same_person&state=OPEN",
        "a band": "/?band=HIGH&state=OPEN",
        "all filters": "/?band=LOW&rule=ip_distance&vendor=didit&environment=LIVE&state=OPEN",
        "by subject": f"/?search=cust-{cases // 2:06}",
        "by session": f"/?search={_id('s', cases // 2)[:13]}",
        "page 100": "/?page=100",
        "a case": f"/cases/{case_id(f'cust-{cases // 2:06}')}",
        "health": "/health",
    }
    started = time.perf_counter()
    console.start()
    try:
        while not console.answers("/live"):
            time.sleep(0.05)
        filling: list[float] = []
        while not console.answers("/ready"):
            assert time.perf_counter() - started < READY_S, console.log.read_text()[-2000:]
            filling.append(_ms(console.url))
            time.sleep(0.2)
        seconds = time.perf_counter() - started
        waits = {
            name: [_ms(console.url + path) for _ in range(ROUNDS)] for name, path in pages.items()
        }
        rss = psutil.Process(console.pid).memory_info().rss / 2**20
    finally:
        console.stop()
    index = (folder / "state" / "console.sqlite").stat().st_size / 2**20
    return {
        "cases": cases,
        "alerts": alerts,
        "index_s": round(seconds, 1),
        "rate": round(published / seconds),
        "index_mib": round(index),
        "rss_mib": round(rss),
        "filling_p50_ms": round(median(filling), 1) if filling else None,
        "filling_max_ms": round(max(filling), 1) if filling else None,
        "pages": {
            name: {"p50": round(median(found), 1), "max": round(max(found), 1)}
            for name, found in waits.items()
        },
    }


def _ms(url: str) -> float:
    began = time.perf_counter()
    with urllib.request.urlopen(url, timeout=60) as answer:
        answer.read()
    return (time.perf_counter() - began) * 1000


def _id(kind: str, number: int) -> str:
    return str(uuid.UUID(int=random.Random(f"{kind}{number}").getrandbits(128)))
