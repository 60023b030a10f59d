"""The one place that ends the process at once."""

from __future__ import annotations

import os
import sys
from typing import Any, NoReturn

import structlog

log = structlog.get_logger()

EXIT_FATAL = 70


def leave(message: str) -> NoReturn:
    """End the process at once, as it was wished. Only where no record is at work."""
    log.info(message, action="exit")
    sys.stderr.flush()
    sys.stdout.flush()
    os._exit(0)


def fatal(message: str, **context: Any) -> NoReturn:
    """End the process at once, without committing: its supervisor starts it again."""
    log.critical(message, **context, action="exit; restart from the last committed offset")
    sys.stderr.flush()
    sys.stdout.flush()
    os._exit(EXIT_FATAL)
