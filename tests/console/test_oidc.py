"""Log-in at an OpenID Connect provider: somebody else's implementation, on this machine."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from starlette.testclient import TestClient

from streams.config.console import Console, Oidc
from tests.console.desk import client

with warnings.catch_warnings(action="ignore"):
    from oidc_provider_mock import User, run_server_in_thread

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # The provider's own.

PEOPLE = {
    "ana": {"preferred_username": "ana.lys", "groups": ["staff", "risk"]},
    "vic": {"email": "vic@company.example", "groups": ["support"]},
    "eve": {"preferred_username": "eve", "groups": ["guests"]},
    "one": {"preferred_username": "one", "groups": "risk"},
    "odd": {"preferred_username": "<b>odd</b>", "groups": ["risk"]},
}


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    users = [User(sub=sub, claims=claims) for sub, claims in PEOPLE.items()]
    with run_server_in_thread(user_claims=users, require_nonce=True) as server:
        yield f"http://127.0.0.1:{server.server_port}"


@pytest.fixture
def browser(tmp_path: Path, issuer: str) -> Iterator[TestClient]:
    oidc = Oidc(issuer=issuer, client_id="console", analysts=["risk"], viewers=["support"])
    with client(tmp_path, Console(host="0.0.0.0", oidc=oidc)) as browser:
        yield browser


def come_back(browser: TestClient, who: str, next_: str = "/") -> httpx2.Response:
    """To the provider, where a person says who they are, and back."""
    away = browser.get("/login/oidc", params={"next": next_})
    assert away.status_code == 302
    asked = away.headers["location"]
    assert "code_challenge_method=S256" in asked
    assert "state=" in asked
    assert "nonce=" in asked
    answer = httpx2.post(asked, data={"sub": who})
    assert answer.status_code == 302
    back = urlsplit(answer.headers["location"])
    assert back.path == "/login/oidc/back"
    return browser.get(f"{back.path}?{back.query}")


@pytest.mark.parametrize(
    ("who", "shown", "role"),
    [("ana", "ana.lys", "analyst"), ("vic", "vic@company.example", "viewer"),
     ("one", "one", "analyst"), ("odd", "odd", "analyst")],
)  # fmt: skip
def test_a_claim_makes_the_role(browser: TestClient, who: str, shown: str, role: str) -> None:
    answer = come_back(browser, who, "/health")
    assert (answer.status_code, answer.headers["location"]) == (303, "/health")
    page = browser.get("/health").text
    assert f'<span>{shown} <span class="quiet">{role}</span></span>' in page


def test_who_has_no_role_gets_no_page(browser: TestClient) -> None:
    answer = come_back(browser, "eve")
    assert answer.status_code == 401
    assert "no role here" in answer.text
    assert browser.get("/").status_code == 303


def test_an_answer_to_nobodys_question_logs_nobody_in(browser: TestClient) -> None:
    answer = browser.get("/login/oidc/back?code=x&state=y")
    assert answer.status_code == 401
    assert browser.get("/").status_code == 303


def test_an_answer_counts_once(browser: TestClient, tmp_path: Path, issuer: str) -> None:
    """Another browser, which a link was slipped to, is not logged in by it."""
    asked = browser.get("/login/oidc").headers["location"]
    back = urlsplit(httpx2.post(asked, data={"sub": "ana"}).headers["location"])
    oidc = Oidc(issuer=issuer, client_id="console", analysts=["risk"])
    with client(tmp_path / "other", Console(host="0.0.0.0", oidc=oidc)) as other:
        assert other.get(f"{back.path}?{back.query}").status_code == 401
    assert browser.get(f"{back.path}?{back.query}").status_code == 303
    assert browser.get(f"{back.path}?{back.query}").status_code == 401


def test_a_provider_that_is_away_is_said(tmp_path: Path) -> None:
    oidc = Oidc(issuer="http://127.0.0.1:1", client_id="console", analysts=["risk"])
    with client(tmp_path, Console(host="0.0.0.0", oidc=oidc)) as browser:
        answer = browser.get("/login/oidc")
    assert answer.status_code == 401
    assert "does not answer" in answer.text


def test_there_is_no_password_where_there_is_no_users_file(browser: TestClient) -> None:
    assert "Password" not in browser.get("/login").text
    assert browser.post("/login", data={"name": "ana", "password": "x"}).status_code == 405
