"""What a page says while it is not complete, empty, or failing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from streams.config.console import Console
from streams.contracts.model import Environment
from tests.console.desk import client
from tests.console.records import case, case_id, outgoing


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[TestClient]:
    with client(tmp_path, Console(), outgoing(case("cust-1", [], []))) as browser:
        yield browser


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/?state=CLOSED", "There is no such case yet."),
        ("/?search=nobody", "No case fits this filter."),
        (f"/?environment={Environment.SANDBOX}", "No case fits this filter."),
        ("/cases/nothing", "There is no such case, or it is not read yet."),
        ("/nothing", "Nothing is here"),
        (f"/cases/{case_id('cust-1')}", "The index holds no event of this subject."),
        (f"/cases/{case_id('cust-1')}", "No place of this subject has coordinates."),
        (f"/cases/{case_id('cust-1')}", "No session of this subject shares"),
        ("/health", "none in 48 hours"),
    ],
)
def test_nothing_is_said_in_words(browser: TestClient, path: str, said: str) -> None:
    browser.feed.caught_up = True  # type: ignore[attr-defined]
    assert said in browser.get(path).text


def test_reading_has_a_progress_bar_and_an_outage_a_banner(browser: TestClient) -> None:
    for path in ("/", f"/cases/{case_id('cust-1')}", "/health"):
        assert "Kafka does not answer" in browser.get(path).text
    feed = browser.feed  # type: ignore[attr-defined]
    feed.up = True
    page = browser.get("/?search=nobody").text
    assert '<progress id="reading" max="100" value="0">' in page
    assert "No case is read yet." in page
    feed.caught_up = True
    assert "<progress" not in browser.get("/").text


def test_a_page_that_fails_says_so_and_no_more(
    browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("Marta Lindqvist")

    monkeypatch.setattr("streams.console.index.queries.Queries.cases", broken)
    broken_page = TestClient(browser.app, "http://127.0.0.1", raise_server_exceptions=False)
    answer = broken_page.get("/")
    assert answer.status_code == 500
    assert "Something failed here" in answer.text
    assert "Marta" not in answer.text
    assert "Content-Security-Policy" in answer.headers


def test_a_fragment_is_the_changing_part_alone_and_only_when_it_changed(
    browser: TestClient,
) -> None:
    for path in ("/", f"/cases/{case_id('cust-1')}"):
        whole = browser.get(path)
        part = browser.get(path, headers={"X-Fragment": "1"})
        assert "<html" not in part.text
        assert part.text.strip() in whole.text
        again = {"X-Fragment": "1", "If-None-Match": part.headers["ETag"]}
        assert browser.get(path, headers=again).status_code == 304
    assert browser.get("/nothing", headers={"X-Fragment": "1"}).text == ""


def test_help_does_not_need_the_packages_of_the_page() -> None:
    """And the command says which are missing."""
    code = "import sys; sys.modules['argon2'] = None; from streams.cli.main import main; main()"
    shown = subprocess.run([sys.executable, "-c", code, "--help"], capture_output=True, text=True)
    assert shown.returncode == 0
    assert "console" in shown.stdout
    ended = subprocess.run([sys.executable, "-c", code, "console"], capture_output=True, text=True)
    assert ended.returncode == 1
    assert "idv-streams[console]" in ended.stderr
