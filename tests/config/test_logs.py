"""Logged exceptions of libraries have the line of code, but no data."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from streams.config import logs

SECRET = "Marta Lindqvist"


@pytest.fixture
def root() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in logs._QUIET:
        logging.getLogger(name).setLevel(logging.NOTSET)
    structlog.reset_defaults()


def test_an_exception_is_told_by_its_class_and_lines(
    root: None, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("info", "json")
    try:
        raise ValueError(SECRET)
    except ValueError as error:
        logging.getLogger("mode").exception("Crashed reason=%r", error)
    said = capsys.readouterr().err
    assert SECRET not in said
    line = json.loads(said)
    assert line["event"] == "Crashed reason=ValueError"
    assert line["error"] == "ValueError"
    assert line["at"][-1].startswith("test_logs.py:")


def test_noise_is_kept_down_and_the_rest_is_not(
    root: None, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("info", "json")
    logger = logging.getLogger("faust")
    logger.warning("Heartbeat failed for group idv")
    logger.warning("the disk is full")
    assert [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()] == [
        "the disk is full"
    ]
