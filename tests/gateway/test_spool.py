"""The queue on disk: order, limits, a full disk, SIGKILL, and erased hooks."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from streams.gateway.spool import HEAD_BYTES, HEAD_RECORDS, Spool, SpoolError
from streams.kafka.producer import Outgoing

LIMIT = 64 * 1024 * 1024


def records(*values: bytes, topic: str = "t") -> list[Outgoing]:
    return [Outgoing(topic, b"key", value, [("idv-received-at", b"now")]) for value in values]


@pytest_asyncio.fixture
async def spool(tmp_path: Path) -> AsyncIterator[Spool]:
    made = Spool(tmp_path / "spool", LIMIT)
    yield made
    await made.close()


async def test_what_comes_out_is_what_went_in_in_order(spool: Spool) -> None:
    await spool.append(7, records(b"1", b"2", b"other"[:0]))
    await spool.append(8, [Outgoing("u", None, b"\x00\xff", [])])
    last = await spool.append(9, records(b"3"))
    assert spool.records == {"t": 4, "u": 1}
    assert spool.oldest_ms == {"t": 7, "u": 8}
    found, head = await spool.head("t")
    assert (found, head) == (last, records(b"1", b"2", b"", b"3"))
    assert (await spool.head("u"))[1] == [Outgoing("u", None, b"\x00\xff", [])]
    await spool.remove("t", last - 2)  # An id of another topic lies between.
    assert (await spool.head("t"))[1] == records(b"3")
    assert spool.oldest_ms == {"t": 9, "u": 8}
    await spool.remove("t", last)
    await spool.remove("u", last)
    assert (spool.bytes, dict(spool.records), spool.oldest_ms) == (0, {"t": 0, "u": 0}, {})
    assert await spool.head("t") == (-1, [])


async def test_heads_are_bounded(spool: Spool) -> None:
    await spool.append(1, records(*[b"x"] * (HEAD_RECORDS + 1)))
    assert len((await spool.head("t"))[1]) == HEAD_RECORDS
    large = bytes(HEAD_BYTES)
    await spool.append(1, records(large, large, topic="u"))
    assert len((await spool.head("u"))[1]) == 1


async def test_a_full_spool_takes_nothing_and_keeps_what_it_has(tmp_path: Path) -> None:
    small = Spool(tmp_path / "spool", 1000)
    await small.append(1, records(bytes(500)))
    with pytest.raises(SpoolError, match="full"):
        await small.append(1, records(b"1", bytes(500)))
    await small.append(1, records(b"2"))
    last, head = await small.head("t")
    assert [r.value for r in head] == [bytes(500), b"2"]
    await small.remove("t", last)
    await small.append(1, records(bytes(700)))
    await small.close()


async def test_a_full_disk_is_an_error_and_no_loss(spool: Spool) -> None:
    await spool.append(1, records(b"before"))
    before = spool.bytes
    spool._db.execute("PRAGMA max_page_count = 8")  # What SQLite then reports is a full disk.
    with pytest.raises(SpoolError, match="SQLITE_FULL"):
        await spool.append(2, records(bytes(1024 * 1024), b"small"))
    assert (spool.bytes, dict(spool.records)) == (before, {"t": 1})
    spool._db.execute("PRAGMA max_page_count = 100000")
    await spool.append(3, records(b"after"))
    assert [r.value for r in (await spool.head("t"))[1]] == [b"before", b"after"]


async def test_one_process_has_it(spool: Spool, tmp_path: Path) -> None:
    with pytest.raises(SpoolError, match="locked"):
        Spool(tmp_path / "spool", LIMIT)
    await spool.append(1, records(b"1"))


async def test_what_is_no_spool_is_refused(tmp_path: Path) -> None:
    (tmp_path / "spool").write_bytes(b"something else entirely" * 100)
    with pytest.raises(SpoolError, match="not a database"):
        Spool(tmp_path / "spool", LIMIT)
    with pytest.raises(SpoolError, match="cannot be used"):
        Spool(tmp_path / "spool" / "inside a file", LIMIT)


def _contents(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


async def test_nothing_of_a_hook_stays_on_disk(tmp_path: Path) -> None:
    made = Spool(tmp_path / "spool", LIMIT)
    last = await made.append(1, records(b"personal-data-of-somebody" * 1000))
    assert b"personal-data" in _contents(tmp_path)
    await made.remove("t", last)
    assert b"personal-data" not in _contents(tmp_path)
    await made.close()
    assert (tmp_path / "spool").stat().st_mode & 0o777 == 0o600


async def test_a_requester_that_leaves_takes_nothing_along(spool: Spool) -> None:
    task = asyncio.create_task(spool.append(1, records(b"1")))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await spool.append(2, records(b"2"))
    last, head = await spool.head("t")
    assert len(head) == 2
    await spool.remove("t", last)
    assert (spool.bytes, spool.records["t"]) == (0, 0)


_KILLED = """
    import asyncio, sys
    from pathlib import Path
    from streams.gateway.spool import Spool
    from streams.kafka.producer import Outgoing

    async def main():
        spool = Spool(Path(sys.argv[1]), 1 << 30)
        for number in range(100_000):
            await spool.append(number, [Outgoing("t", b"k", b"%d" % number, [])])
            print(number, flush=True)

    asyncio.run(main())
"""


@pytest.mark.parametrize("lines", [1, 40, 300])
def test_what_was_durable_is_there_after_sigkill(tmp_path: Path, lines: int) -> None:
    file = tmp_path / "spool"
    command = [sys.executable, "-c", textwrap.dedent(_KILLED), str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        durable = [int(process.stdout.readline()) for _ in range(lines)]
        os.kill(process.pid, signal.SIGKILL)
    with sqlite3.connect(file) as database:
        found = [int(v) for (v,) in database.execute("SELECT value FROM hooks ORDER BY id")]
    assert found[: len(durable)] == durable
    assert found == list(range(len(found)))
