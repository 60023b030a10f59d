"""A user's database of IP addresses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import maxminddb
import pytest

from streams.pipeline.geo.database import IpLookup, IpPlace, database_lookup


class Database:
    """Replaces an opened database: the tests cover the reading of records."""

    def __init__(self, ip_version: int, record: Any) -> None:
        self.ip_version, self.record = ip_version, record

    def metadata(self) -> Database:
        return self

    def get(self, ip: str) -> Any:
        return self.record


def lookup(monkeypatch: pytest.MonkeyPatch, record: Any, ip_version: int = 6) -> IpLookup:
    monkeypatch.setattr(maxminddb, "open_database", lambda _: Database(ip_version, record))
    return database_lookup(Path("x.mmdb"))


RECORD = {
    "country": {"iso_code": "GB"},
    "city": {"names": {"en": "London"}},
    "subdivisions": [{"names": {"en": "England"}}],
    "location": {"latitude": 51.5, "longitude": -0.1, "accuracy_radius": 20},
}


def test_a_database_record_becomes_a_place(monkeypatch: pytest.MonkeyPatch) -> None:
    find = lookup(monkeypatch, RECORD)
    assert find("81.2.69.142") == IpPlace("GB", "England", "London", 51.5, -0.1, 20)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (None, None),
        ("x", None),
        ({}, IpPlace()),
        ({"country": {"iso_code": "GB"}}, IpPlace("GB")),
        ({"country": None, "location": 3}, None),
        ({"location": {"latitude": "51", "longitude": True}}, None),
    ],
)  # fmt: skip
def test_a_poor_record_is_no_failure(
    monkeypatch: pytest.MonkeyPatch, record: Any, expected: Any
) -> None:
    assert lookup(monkeypatch, record)("81.2.69.142") == expected


def test_a_database_is_not_asked_what_it_cannot_know(monkeypatch: pytest.MonkeyPatch) -> None:
    find = lookup(monkeypatch, RECORD, ip_version=4)
    assert [find(ip) for ip in ("10.0.0.1", "junk", "2001:4860:4860::8888")] == [None] * 3


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "x.mmdb"
    file.write_bytes(b"no database")
    with pytest.raises(maxminddb.InvalidDatabaseError):
        database_lookup(file)
    with pytest.raises(OSError, match="missing"):
        database_lookup(tmp_path / "missing.mmdb")
