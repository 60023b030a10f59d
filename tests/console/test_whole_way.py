"""From a published payload to the case on the screen, and from a verdict to the next alert."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy

import pytest
from playwright.sync_api import expect

from streams.cli.demo.story import Step
from tests.console.conftest import NewPage
from tests.console.process import ConsoleProcess
from tests.console.records import ring, value
from tests.console.test_page import aside
from tests.support.cluster import Cluster
from tests.support.traffic import Delivery

pytestmark = pytest.mark.xdist_group("kafka-console-whole-way")


@pytest.fixture(scope="module")
def console(cluster: Cluster) -> Iterator[ConsoleProcess]:
    worker = cluster.worker()
    worker.start()
    process = ConsoleProcess(cluster.bootstrap, cluster.folder / "console")
    cluster.workers.append(process)
    process.start()
    worker.wait_until_ready()
    process.wait_until_ready()
    yield process
    assert (process.stop(), worker.stop()) == (0, 0)


def published(*steps: Step) -> list[Delivery]:
    return [Delivery(step.vendor, b"key", value(step)) for step in steps]


def reversed_(step: Step) -> Step:
    """The same session, declined an hour later."""
    assert isinstance(step.payload, dict)
    payload = deepcopy(step.payload)
    at = payload["timestamp"] + 3600
    payload |= {"status": "Declined", "event_id": "ev-reversed", "timestamp": at, "created_at": at}
    payload["decision"] |= {"status": "Declined"}
    return Step("reversed", step.vendor, payload)


def test_a_ring_becomes_a_case_that_is_judged_and_opens_again(
    console: ConsoleProcess, cluster: Cluster, new_page: NewPage
) -> None:
    page = new_page()
    page.goto(console.url)
    expect(page.get_by_text("No case is open.")).to_be_visible()
    aside(cluster.publish, published(*ring()))
    page.get_by_label("Subject or session").fill("cust-2003")
    link = page.get_by_role("link", name="cust-2003")
    # A verdict covers what its page has shown: a sign that comes later opens the case again.
    row = page.get_by_role("row").filter(has=link)
    expect(row).to_contain_text("ip distance", timeout=30_000)
    expect(row).to_contain_text("duplicate device", timeout=30_000)
    link.click()
    summary = page.locator(".summary")
    expect(page.locator(".why")).to_contain_text("One device verified several subjects")
    expect(page.locator(".timeline .decision")).to_contain_text("didit decides APPROVED")
    page.get_by_label("Reason").fill("A family on one phone")
    page.get_by_role("button", name="False alarm").click()
    expect(summary).to_contain_text("False alarm by local")
    expect(page.locator(".why .muted").first).to_be_visible()
    # Another sign than those that were judged.
    aside(cluster.publish, published(reversed_(ring()[2])))
    expect(page.locator(".timeline")).to_contain_text("APPROVED became DECLINED")
    expect(summary.get_by_text("OPEN", exact=True)).to_be_visible()
