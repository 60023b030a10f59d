"""A console in this process without Kafka: an index with records in it, and its pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

from starlette.testclient import TestClient

from streams.config.console import Console, Role
from streams.config.settings import WithoutKeys
from streams.console.access.guard import Guard
from streams.console.access.oidc import Provider
from streams.console.access.users import Users, line
from streams.console.app import application
from streams.console.feed import Feed
from streams.console.index.queries import Queries
from streams.console.index.rows import rows
from streams.console.index.store import Store
from streams.console.main import check_access, hosts
from streams.console.pages.desk import Desk
from streams.console.pages.login import Login
from streams.console.records import Records
from streams.console.rendering import Templates
from streams.contracts.avro import PREFIXES
from streams.kafka.producer import Outgoing

PASSWORD = "a password for tests"
KEY = "a key for tests, thirty-two long."
AT = 1_778_760_000_000


def users_file(folder: Path) -> Path:
    """`ana` is an analyst, `vic` a viewer."""
    file = folder / "users"
    people = (line("ana", Role.ANALYST, PASSWORD), line("vic", Role.VIEWER, PASSWORD))
    file.write_text("\n".join(people) + "\n")
    return file


def fill(store: Store, records: Iterable[Outgoing], at: int = AT) -> None:
    """As the feed would, the records all of one moment."""
    store.apply(
        row
        for offset, r in enumerate(records)
        for row in rows(
            SimpleNamespace(
                topic=r.topic, partition=0, offset=offset, timestamp=at, key=r.key, value=r.value,
                headers=list(r.headers),
            ),
            None,
        )
    )  # fmt: skip


@contextmanager
def client(
    folder: Path, settings: Console, records: Iterable[Outgoing] = ()
) -> Iterator[TestClient]:
    """A browser without scripts, at a console of these settings."""
    check_access(WithoutKeys(console=settings))
    now = [AT]
    store = Store(folder / "index.sqlite")
    fill(store, records)
    users = Users(settings.users_file) if settings.users_file else None
    guard = Guard(users, logs_in=settings.logs_in, hours=8, clock=lambda: now[0])
    templates = Templates(guard, {"logs_in": settings.logs_in, "refresh_ms": 500})
    nowhere = {"bootstrap_servers": "127.0.0.1:1"}
    desk = Desk(
        settings, guard, templates, store, Queries(store.file, None),
        Feed(store, nowhere, None, group="idv", days=90, clock=lambda: now[0]),
        Records(nowhere, PREFIXES, lambda: now[0]), lambda: now[0],
    )  # fmt: skip
    provider = Provider(settings.oidc, "a secret") if settings.oidc else None
    login = Login(guard, templates, users, provider, None)
    scheme = "https" if settings.encrypted else "http"
    app = application(desk, login, KEY, hosts(settings))
    with TestClient(app, base_url=f"{scheme}://127.0.0.1", follow_redirects=False) as found:
        found.now, found.feed = now, desk.feed  # type: ignore[attr-defined]
        yield found
    store.close()


def token(page: str) -> str:
    """The token of a page's first form."""
    return page.split('name="token" value="')[1].split('"')[0]


def log_in(browser: TestClient, name: str, password: str = PASSWORD) -> int:
    """The status of the answer."""
    form = {"token": token(browser.get("/login").text), "name": name, "password": password}
    return browser.post("/login", data=form).status_code
