"""Nobody sees or does what they should not; nothing that a vendor wrote is markup."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from starlette.routing import Route
from starlette.testclient import TestClient

from streams.config.console import Console, Role
from streams.config.settings import StartError, WithoutKeys
from streams.console.access.headers import HEADERS
from streams.console.access.users import Users, UsersError, line
from streams.console.main import check_access
from streams.contracts.model import Linked
from streams.kafka.producer import Outgoing
from tests.console import markup
from tests.console.desk import PASSWORD, client, log_in, token, users_file
from tests.console.records import case, case_id, outgoing, renamed, told

MARKUP = (
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7*7 }}", "'-alert(1)-'",
    "</title><b>", "<svg><a href=javascript:alert(1)>",
)  # fmt: skip


@pytest.fixture
def loopback(tmp_path: Path) -> Iterator[TestClient]:
    events, alerts = told()
    found = case("cust-1005", [a for a in alerts if a.subject_id == "cust-1005"],
                 [e for e in events if e.subject_id == "cust-1005"])  # fmt: skip
    with client(tmp_path, Console(), outgoing(*events, *alerts, found)) as browser:
        yield browser


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[TestClient]:
    settings = Console(host="0.0.0.0", users_file=users_file(tmp_path))
    with client(tmp_path, settings, outgoing(case("cust-1", [], []))) as browser:
        yield browser


def test_a_page_without_log_in_is_for_this_machine_alone() -> None:
    with pytest.raises(StartError, match="users_file"):
        check_access(WithoutKeys(console=Console(host="0.0.0.0")))
    with pytest.raises(StartError, match="users_file"):
        check_access(WithoutKeys(console=Console(public_url="https://console.example")))
    check_access(WithoutKeys(console=Console(host="::1")))


def test_production_takes_no_password_in_clear(tmp_path: Path) -> None:
    clear = Console(host="0.0.0.0", users_file=users_file(tmp_path))
    with pytest.raises(StartError, match="in clear"):
        check_access(WithoutKeys(profile="production", console=clear))
    proxied = clear.model_copy(update={"trusted_proxies": ["10.0.0.0/8"]})
    check_access(WithoutKeys(profile="production", console=proxied))


@pytest.mark.parametrize("path", ["/", f"/cases/{case_id('cust-1')}", "/health", "/cases/none"])
def test_who_is_not_logged_in_sees_no_page(guarded: TestClient, path: str) -> None:
    answer = guarded.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login?next=%2F")
    assert guarded.get(path, headers={"X-Fragment": "1"}).status_code == 401


def test_every_route_is_guarded(guarded: TestClient) -> None:
    """A page that somebody adds is not forgotten: all but these ask who it is."""
    open_ = {"/login", "/logout", "/login/oidc", "/login/oidc/back"}
    routes = [r for r in guarded.app._app._app._app.routes if isinstance(r, Route)]  # type: ignore
    assert len(routes) >= 8
    for route in routes:
        if route.path not in open_:
            assert "Guard." in route.endpoint.__qualname__, route.path


def test_a_log_in_opens_the_page_and_ends(guarded: TestClient) -> None:
    assert log_in(guarded, "ana", "wrong") == 401
    assert log_in(guarded, "ana") == 303
    assert guarded.get("/").status_code == 200
    guarded.now[0] += 9 * 3_600_000  # type: ignore[attr-defined]
    assert guarded.get("/").status_code == 303


def test_who_logs_out_is_out(guarded: TestClient) -> None:
    log_in(guarded, "ana")
    assert guarded.post("/logout", data={"token": "wrong"}).status_code == 403
    assert guarded.post("/logout", data={"token": token(guarded.get("/").text)}).status_code == 303
    assert guarded.get("/").status_code == 303


def test_who_leaves_the_users_file_is_out_at_once(guarded: TestClient, tmp_path: Path) -> None:
    log_in(guarded, "ana")
    assert guarded.get("/").status_code == 200
    (tmp_path / "users").write_text(line("vic", Role.VIEWER, PASSWORD) + "\n")
    assert guarded.get("/").status_code == 303


def test_guessing_is_throttled_and_a_wrong_name_looks_like_a_wrong_password(
    guarded: TestClient,
) -> None:
    assert log_in(guarded, "ana", "wrong") == log_in(guarded, "nobody", "wrong") == 401
    answers = [log_in(guarded, "ana", f"wrong {n}") for n in range(10)]
    assert answers[-1] == 429
    assert log_in(guarded, "ana") == 429


@pytest.mark.parametrize("act", ["reveal", "verdict"])
def test_a_viewer_neither_reveals_nor_judges(guarded: TestClient, act: str) -> None:
    log_in(guarded, "vic")
    path = f"/cases/{case_id('cust-1')}"
    page = guarded.get(path).text
    assert "Confirmed fraud" not in page
    form = {"token": token(page), "verdict": "FALSE_ALARM", "reason": "because"}
    assert guarded.post(f"{path}/{act}", data=form).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"},
     {"origin": "https://evil.example"}, {"origin": "null"}],
)  # fmt: skip
@pytest.mark.parametrize("act", ["reveal", "verdict"])
def test_forged_forms_are_refused(loopback: TestClient, act: str, headers: dict[str, str]) -> None:
    path = f"/cases/{case_id('cust-1005')}"
    form = {"token": token(loopback.get(path).text), "verdict": "FALSE_ALARM", "reason": "x"}
    assert loopback.post(f"{path}/{act}", data=form, headers=headers).status_code == 403
    assert loopback.post(f"{path}/{act}", data={**form, "token": "x"}).status_code == 403
    assert loopback.post(f"{path}/{act}", data={"verdict": "FALSE_ALARM"}).status_code == 403
    # With its token it comes as far as Kafka, which is not there: nothing is done, and it is said.
    answer = loopback.post(f"{path}/{act}", data=form)
    assert answer.status_code == 503
    assert "nothing was done" in answer.text


def test_another_sites_name_for_this_machine_gets_nothing(loopback: TestClient) -> None:
    assert loopback.get("/", headers={"host": "rebound.example"}).status_code == 400


@pytest.mark.parametrize("path", ["/", "/login", "/health", "/nothing", "/static/console.js"])
def test_every_answer_has_the_headers(loopback: TestClient, path: str) -> None:
    answer = loopback.get(path)
    for name, value in HEADERS.items():
        assert answer.headers[name] == value
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] in ("no-store", "no-cache")
    assert "server" not in answer.headers


def test_pages_hold_nothing_that_the_policy_refuses(loopback: TestClient) -> None:
    for path in ("/", f"/cases/{case_id('cust-1005')}", "/health", "/login", "/nothing"):
        found = markup.tags(loopback.get(path).text)
        scripts = [attributes for tag, attributes in found if tag == "script"]
        assert scripts == [("type", "src")]
        for tag, attributes in found:
            assert tag != "style"
            assert not [name for name in attributes if name == "style" or name.startswith("on")]


def test_cookies_are_for_us_alone(guarded: TestClient, tmp_path: Path) -> None:
    assert "httponly; samesite=lax" in guarded.get("/login").headers["set-cookie"]
    (tmp_path / "tls").mkdir()
    settings = Console(host="0.0.0.0", users_file=tmp_path / "users", trusted_proxies=["127.0.0.1"])
    with client(tmp_path / "tls", settings) as browser:
        answer = browser.get("/login")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-idv_console=")
    assert cookie.endswith("httponly; samesite=lax; secure")
    assert "Strict-Transport-Security" in answer.headers


def test_bodies_are_bounded_before_they_are_read(guarded: TestClient) -> None:
    assert guarded.post("/login", content=b"x" * 20_000).status_code == 413
    assert guarded.post("/login", content=(b"x" for _ in range(3))).status_code == 411
    headers = {"content-length": "-1"}
    assert guarded.post("/login", content=b"x", headers=headers).status_code == 413
    assert "Content-Security-Policy" in guarded.post("/login", content=b"x" * 20_000).headers


def test_a_log_in_goes_nowhere_else(guarded: TestClient) -> None:
    for elsewhere in ("https://evil.example", "//evil.example", "/\\evil.example", "/\n/evil"):
        form = {
            "token": token(guarded.get("/login").text),
            "name": "ana", "password": PASSWORD, "next": elsewhere,
        }  # fmt: skip
        assert guarded.post("/login", data=form).headers["location"] == "/"


def _written_by_a_vendor(text: str) -> list[Outgoing]:
    """A case with the text in names, ids, words, evidence and reasons."""
    events, alerts = told()
    event = replace(
        renamed(events[0], text, full_name=text, first_name=text),
        session_id=text, vendor=text, vendor_status={text: text}, reasons=[text], flags=[text],
    )  # fmt: skip
    alert = replace(
        alerts[0], subject_id=text, session_id=text, title=text, evidence={text: text}, rule=text,
        linked=[Linked(text, text, text)],
    )  # fmt: skip
    return outgoing(event, alert, case(text, [alert], [event]))


@pytest.mark.parametrize("written", MARKUP)
def test_what_vendors_write_is_text(tmp_path: Path, written: str) -> None:
    """A page has the same tags whatever stands in it, and shows it as it was written."""
    pages = []
    for number, text in enumerate(("plain", written)):
        folder = tmp_path / str(number)
        with client(folder, Console(), _written_by_a_vendor(text)) as browser:
            paths = ("/", f"/?search={text}", f"/cases/{case_id(text)}", "/health")
            pages.append([browser.get(path).text for path in paths])
    for plain, found in zip(*pages, strict=True):
        assert markup.tags(found) == markup.tags(plain)
        assert written in markup.text(found)


def test_the_users_file_is_read_strictly(tmp_path: Path) -> None:
    file = users_file(tmp_path)
    assert Users(file).role("ana") is Role.ANALYST
    good = file.read_text()
    for bad in ("ana", "ana:boss:$argon2", "ana:viewer:plain", f"{good}\n{good}", "a b:viewer:x"):
        file.write_text(bad)
        with pytest.raises(UsersError) as raised:
            Users(file)
        assert "$argon2" not in str(raised.value)
    with pytest.raises(ValueError, match="12"):
        line("ana", Role.VIEWER, "short")
