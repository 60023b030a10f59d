"""What an analyst does, in a real browser, at a real console on a real Kafka."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from playwright.sync_api import Page, expect

from streams.contracts.avro import decode, typed
from streams.contracts.model import Audit, AuditAction, Case, CaseState, Disposition, Verdict
from streams.contracts.topics import AUDIT, DISPOSITIONS
from tests.console.conftest import NewPage
from tests.console.desk import PASSWORD, users_file
from tests.console.process import ConsoleProcess
from tests.console.records import case, case_id, cases, outgoing, told
from tests.support.cluster import Cluster

pytestmark = pytest.mark.xdist_group("kafka-console")

AXE = next(
    iter(sorted((Path.home() / ".cache/idv-streams/tools").glob("axe-*.js"), reverse=True)), None
)
EVENTS, ALERTS = told()
CASES = [*cases(EVENTS, ALERTS), case("cust-1001", [], EVENTS[:1])]
FAR = case_id("cust-1005")


@pytest.fixture(scope="module")
def console(cluster: Cluster) -> Iterator[ConsoleProcess]:
    cluster.produce(outgoing(*EVENTS, *ALERTS, *CASES))
    process = ConsoleProcess(cluster.bootstrap, cluster.folder / "console")
    cluster.workers.append(process)
    process.start()
    process.wait_until_ready()
    yield process
    assert process.stop() == 0
    log = process.log.read_text()
    assert "Traceback" not in log
    for event in EVENTS:  # Names of people are in the records, and must not get into the log.
        if event.person and event.person.last_name:
            assert event.person.last_name not in log


def aside(call: Callable[..., Any], *arguments: Any) -> Any:
    """In another thread: Playwright keeps an event loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(call, *arguments).result()


def sent(cluster: Cluster, kind: type, topic: str) -> list:  # type: ignore[type-arg]
    return [typed(decode(r.value)[1], kind) for r in aside(cluster.read, topic)]


def test_the_list_is_ranked_filtered_and_searched_without_loading_anew(
    console: ConsoleProcess, new_page: NewPage
) -> None:
    page = new_page()
    page.goto(f"{console.url}/?search=cust-100")
    page.evaluate("window.stays = true")
    links = page.locator("a.to-case")
    ranked = sorted(CASES, key=lambda c: (-c.score, -c.changed_at))
    expect(links).to_have_text([c.subject_key for c in ranked])
    page.get_by_label("Sign").select_option("ip_distance")
    expect(links).to_have_text(["cust-1005"])
    page.get_by_label("Sign").select_option("")
    page.get_by_label("Subject or session").fill("cust-1004")
    expect(links).to_have_text(["cust-1004"])
    assert "search=cust-1004" in page.url
    page.get_by_label("Subject or session").fill("nobody")
    expect(page.get_by_text("No case fits this filter.")).to_be_visible()
    assert page.evaluate("window.stays")
    page.reload()
    expect(page.get_by_label("Subject or session")).to_have_value("nobody")


def test_a_new_case_appears_by_itself_and_focus_stays(
    console: ConsoleProcess, cluster: Cluster, new_page: NewPage
) -> None:
    page = new_page()
    page.goto(console.url)
    page.evaluate("window.stays = true")
    focused = page.get_by_role("link", name="cust-1004")
    focused.focus()
    newcomer = replace(case("cust-new", [], []), score=100)
    aside(cluster.produce, outgoing(newcomer))
    expect(page.locator("a.to-case").first).to_have_text("cust-new")
    expect(focused).to_be_focused()
    expect(page.get_by_role("status").last).to_contain_text("cases")
    assert page.evaluate("window.stays")


def test_a_case_tells_its_story(console: ConsoleProcess, new_page: NewPage) -> None:
    page = new_page()
    page.goto(f"{console.url}/cases/{FAR}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("cust-1005")
    expect(page.locator(".why")).to_contain_text("IP address far from the applicant's other places")
    expect(page.locator(".timeline .decision")).to_contain_text("didit decides APPROVED")
    alert = page.locator(".timeline .alert")
    expect(alert).to_contain_text("What to do: look at the other distances")
    alert.get_by_text("What it means").click()
    expect(alert).to_contain_text("Usual false alarms: travellers")
    expect(page.locator(".map .spot")).to_have_count(2)
    expect(page.locator(".map .gap-label")).to_have_text("10,253 km")
    expect(page.get_by_text("Raw record").first).to_contain_text("idv.raw.didit/0/")
    for _ in range(2):  # What a person has opened stays open while the page looks for news.
        with page.expect_response(page.url):
            pass
    expect(alert.locator("details")).to_have_attribute("open", "")


def test_what_is_shared_leads_to_the_others_case(
    console: ConsoleProcess, new_page: NewPage
) -> None:
    page = new_page()
    page.goto(f"{console.url}/cases/{case_id('cust-1004')}")
    graph = page.locator(".graph")
    expect(graph).to_contain_text("device")
    graph.get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("cust-1001")


def test_personal_data_are_masked_until_revealed_and_that_is_recorded(
    console: ConsoleProcess, cluster: Cluster, new_page: NewPage
) -> None:
    page = new_page()
    page.goto(f"{console.url}/cases/{FAR}")
    (event,) = (e for e in EVENTS if e.subject_id == "cust-1005")
    assert event.person is not None
    private = [event.person.full_name, str(event.person.birth_date), event.networks[0].ip,
               event.addresses[0].formatted]  # fmt: skip
    for text in private:
        assert text
        assert text not in page.content()
    page.get_by_role("button", name="Reveal").click()
    for text in private:
        assert text
        expect(page.locator("#live")).to_contain_text(text)
    (act,) = (a for a in sent(cluster, Audit, AUDIT) if a.action is AuditAction.REVEAL)
    assert (act.done_by, act.case_id, act.subject_key) == ("local", FAR, "cust-1005")
    assert act.address == "127.0.0.1"
    other = new_page()
    other.goto(f"{console.url}/cases/{FAR}")
    expect(other.get_by_role("button", name="Reveal")).to_be_visible()


def test_a_verdict_needs_a_reason_and_closes_the_case(
    console: ConsoleProcess, cluster: Cluster, new_page: NewPage
) -> None:
    judged = case("judged", ALERTS[:1], EVENTS[:1])
    aside(cluster.produce, outgoing(judged))
    page = new_page()
    page.goto(f"{console.url}/?search=judged")
    page.get_by_role("link", name="judged").click()
    page.get_by_role("button", name="Confirmed fraud").click()
    assert page.evaluate("document.activeElement.id") == "reason"  # The browser asks for it.
    page.get_by_label("Reason").fill("   ")
    page.get_by_role("button", name="Confirmed fraud").click()
    expect(page.locator("main").get_by_role("alert")).to_contain_text("Write down why")
    with page.expect_response(f"{console.url}/cases/{judged.case_id}"):
        pass  # It goes on looking for news, though its own address is that of the form.
    expect(page.get_by_text("The console does not answer.")).to_be_hidden()
    page.get_by_label("Reason").fill("The document is of somebody else")
    page.get_by_role("button", name="Confirmed fraud").click()
    expect(page.get_by_text("The verdict is recorded.")).to_be_visible()
    found = sent(cluster, Disposition, DISPOSITIONS)
    (given,) = (d for d in found if d.case_id == judged.case_id)
    assert given.verdict is Verdict.CONFIRMED_FRAUD
    assert given.reason == "The document is of somebody else"
    assert given.rules == sorted({alert.rule for alert in judged.alerts})
    assert given.decided_by == "local"
    acts = [a for a in sent(cluster, Audit, AUDIT) if a.disposition_id == given.disposition_id]
    assert [(a.action, a.done_by) for a in acts] == [(AuditAction.VERDICT, "local")]
    aside(cluster.produce, outgoing(closed(judged, given)))
    expect(page.locator(".summary")).to_contain_text("Confirmed fraud by local")
    expect(page.get_by_text("The verdict is recorded.")).to_be_hidden()


def closed(of: Case, given: Disposition) -> Case:
    """As a worker makes it."""
    return replace(
        of, state=CaseState.CLOSED, verdict=given.verdict, closed_at=given.decided_at,
        closed_by=given.decided_by, reason=given.reason, change_id="closed",
    )  # fmt: skip


def test_everything_is_done_by_keyboard(
    console: ConsoleProcess, cluster: Cluster, new_page: NewPage
) -> None:
    aside(cluster.produce, outgoing(replace(case("keyboard", [], []), score=99)))
    page = new_page()
    page.goto(f"{console.url}/?search=keyboard")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    _tab_until(page, "a.to-case")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("keyboard")
    _tab_until(page, "#reason")
    page.keyboard.type("Seen before")
    _tab_until(page, "button.duplicate")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The verdict is recorded.")).to_be_visible()


def test_arrows_go_from_case_to_case(console: ConsoleProcess, new_page: NewPage) -> None:
    page = new_page()
    page.goto(f"{console.url}/?search=cust-100&state=")
    links = page.locator("a.to-case")
    links.first.focus()
    page.keyboard.press("ArrowDown")
    expect(links.nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(links.first).to_be_focused()


def test_it_works_without_scripts(console: ConsoleProcess, new_page: NewPage) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(console.url)
    page.get_by_label("Sign").select_option("ip_distance")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("a.to-case")).to_have_text(["cust-1005"])


@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible_in_light_and_dark_wide_and_narrow(
    console: ConsoleProcess, new_page: NewPage, scheme: str, width: int
) -> None:
    if AXE is None:
        pytest.skip("no axe-core here (`make tools` gets it, with npm)")
    page = new_page(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    for path in ("/", "/?search=nobody", f"/cases/{FAR}", f"/cases/{case_id('cust-1004')}",
                 "/health", "/login"):  # fmt: skip
        page.goto(console.url + path)
        assert serious(page) == [], path
        # Nothing is cut off, nothing has to be moved to be read.
        assert page.evaluate("document.scrollingElement.scrollWidth") <= width, path


def serious(page: Page) -> list[str]:
    """What axe-core finds, but for hints."""
    assert AXE is not None
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{v['id']}: {node['html'][:200]}"
        for v in found["violations"]
        if v["impact"] in ("serious", "critical")
        for node in v["nodes"]
    ]


def test_who_works_here_logs_in_and_out(
    console: ConsoleProcess, cluster: Cluster, new_page: NewPage
) -> None:
    del console  # Its records are on the topics.
    folder = cluster.folder / "guarded"
    folder.mkdir()
    settings = {"IDV_CONSOLE__USERS_FILE": str(users_file(folder))}
    process = ConsoleProcess(cluster.bootstrap, folder, settings)
    cluster.workers.append(process)
    process.start()
    process.wait_until_ready()
    page = new_page()
    page.goto(f"{process.url}/cases/{FAR}")
    page.get_by_label("Name").fill("ana")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("cust-1005")
    expect(page.locator(".who")).to_contain_text("ana analyst")
    page.get_by_label("Reason").fill("A trip")
    page.get_by_role("button", name="False alarm").click()
    expect(page.locator(".timeline .verdict")).to_contain_text("ana: False alarm")
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    page.goto(process.url)
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    process.stop()


def _tab_until(page: Page, selector: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"the keyboard does not get to {selector}")
