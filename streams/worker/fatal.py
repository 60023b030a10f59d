"""The only functions that end the process immediately."""

from __future__ import annotations

import os
import sys
from typing import Any, NoReturn

import structlog

log = structlog.get_logger()

EXIT_FATAL = 70


def leave(message: str) -> NoReturn:
    """Exit with 0 on request. Allowed only while no record is being processed."""
    log.info(message, action="exit")
    sys.stderr.flush()
    sys.stdout.flush()
    os._exit(0)


def fatal(message: str, **context: Any) -> NoReturn:
    """Exit without committing; the supervisor restarts the process."""
    log.critical(message, **context, action="exit; restart from the last committed offset")
    sys.stderr.flush()
    sys.stdout.flush()
    os._exit(EXIT_FATAL)
