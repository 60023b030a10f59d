"""Structured logs: JSON lines or coloured text, without the noise of Faust."""

from __future__ import annotations

import logging
import re
import sys
import traceback
from pathlib import Path
from typing import Any

import structlog

# Faust and aiokafka log normal steps of a rebalance as warnings and errors.
_NOISE = (
    "not found in cluster metadata",
    "has not sent fetch request",
    "Aiokafka has not",
    "Topic creation disabled",
    "Heartbeat failed for group",
    "Group Coordinator Request failed",
    "Stream has not started processing",
    "Has not committed",
    "Missing sensor state for rebalance",
)
_QUIET = ("faust", "mode", "aiokafka", "asyncio", "httpx")

LAST_FRAMES = 12
_REASON = re.compile(r"(reason=\w+)\(.*", re.DOTALL)


class _WithoutNoise(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        message = str(record.msg)
        return not any(noise in message for noise in _NOISE)


def configure(level: str, log_format: str) -> None:
    """Send the logs of structlog and of libraries to stderr in one format."""
    as_json = log_format == "json" or (log_format == "auto" and not sys.stderr.isatty())
    shared: list[structlog.types.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_WithoutNoise())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _without_texts,
                renderer,
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, getattr(logging, level.upper())))
    structlog.configure(
        processors=[
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _without_texts(_logger: Any, _method: str, event: structlog.types.EventDict) -> Any:
    """Log an exception as its class and last stack frames: its text may quote a payload."""
    given = event.pop("exc_info", None)
    error = given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)[-LAST_FRAMES:]
        event["error"] = type(error).__name__
        event["at"] = [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames]
        event["event"] = _REASON.sub(r"\1", str(event["event"]))
    return event
