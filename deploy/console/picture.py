"""Takes the pictures of the page for the README: `python -m deploy.console.picture docs`.

A real Kafka, a worker and `idv console` in a real Chromium (Debian's), with what they make of
invented people: the demo's story, four who share a phone, and two days of other traffic.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from aiokafka import AIOKafkaProducer
from msgspec.structs import replace
from playwright.sync_api import Page, sync_playwright

from streams.cli.demo.story import load as story
from streams.kafka.producer import Outgoing
from tests.console.conftest import ARGUMENTS, CHROMIUM
from tests.console.process import ConsoleProcess
from tests.console.records import outgoing, ring, told, value
from tests.support.cluster import Cluster
from tests.support.traffic import Delivery

HOURS = 47
WIDTH, HEIGHT = 1280, 760
SHOWN = "cust-2003"


def main(folder: Path) -> None:
    """Publish, open, take the pictures."""
    with tempfile.TemporaryDirectory() as work, Cluster(Path(work) / "cluster") as cluster:
        worker = cluster.worker()
        worker.start()
        worker.wait_until_ready()
        steps = [*story(), *ring()]
        cluster.publish(Delivery(step.vendor, b"key", value(step)) for step in steps)
        cluster.wait_until_drained()
        asyncio.run(_publish(cluster.bootstrap, _records()))
        console = ConsoleProcess(cluster.bootstrap, Path(work) / "console")
        console.start()
        try:
            console.wait_until_ready()
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
                page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
                _take(page, console.url, folder)
                browser.close()
        finally:
            console.stop()


def _take(page: Page, url: str, folder: Path) -> None:
    page.goto(url)
    page.screenshot(path=folder / "console-cases.png")
    page.get_by_role("link", name=SHOWN).click()
    page.locator(".map").wait_for()
    page.wait_for_load_state("networkidle")
    page.screenshot(path=folder / "console-case.png", full_page=True)
    page.goto(f"{url}/health")
    page.get_by_text("idv.raw.didit").wait_for()
    page.screenshot(path=folder / "console-health.png")


def _records() -> Iterator[tuple[int, Outgoing]]:
    """Records with the times (epoch ms) at which they came."""
    now = round(time.time() * 1000)
    events, _ = told()
    rng = random.Random(20260514)
    for hour in range(HOURS):
        for event in events[:8]:
            for number in range(rng.randint(1, 12 - abs(12 - hour % 24) // 2)):
                other = replace(event, event_id=f"{hour}/{event.event_id}/{number}", subject_id="x")
                (record,) = outgoing(other)
                yield now - hour * 3_600_000, record


async def _publish(bootstrap: str, records: Iterable[tuple[int, Outgoing]]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    try:
        for at, r in records:
            await producer.send(
                r.topic, r.value, key=r.key, headers=list(r.headers), timestamp_ms=at
            )
        await producer.flush()
    finally:
        await producer.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
