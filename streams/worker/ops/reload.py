"""Reloads thresholds without a restart, when the settings file changes or on SIGHUP.

Invalid settings are logged and counted, and the current policy stays.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path

import structlog

from streams.config.settings import Settings, SettingsError, config_file, load
from streams.pipeline.pipeline import Pipeline
from streams.pipeline.policy import SECTIONS
from streams.worker.ops import metrics

log = structlog.get_logger()

LOOK_EVERY_S = 1.0

Stamp = tuple[int, int, int]


class Reload:
    """Applies the policy of the current settings to a pipeline. `read` loads settings; `version` is
    the pipeline's policy version.
    """

    def __init__(
        self, pipeline: Pipeline, version: str, read: Callable[[], Settings] = load
    ) -> None:
        self._pipeline = pipeline
        self._read = read
        # Loaded without the overrides of the command line, to compare with later.
        self._settings = read()
        self._version = version
        self._file = config_file()
        self._stamp = _stamp(self._file)
        metrics.policy_info.labels(self._version).set(1)

    async def follow(self, until: Callable[[], bool]) -> None:
        """Check the file every second; reload immediately on SIGHUP."""
        request = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, request.set)
        while not until():
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    await request.wait()
            except TimeoutError:
                self.look()
            else:
                request.clear()
                self.reload()

    def look(self) -> None:
        """Reload if the file has changed since it was last read."""
        stamp = _stamp(self._file)
        # A missing file is being replaced.
        if stamp is not None and stamp != self._stamp:
            self.reload()

    def reload(self) -> bool:
        """Load the settings and adopt their policy; False if they are invalid."""
        self._stamp = _stamp(self._file)
        try:
            settings = self._read()
            policy = settings.policy()
        except (SettingsError, ValueError, OSError) as error:
            metrics.policy_reloads.labels("refused").inc()
            log.error("settings refused", problem=str(error), policy=self._version,
                      action="the policy stays; `idv config check` shows all problems")  # fmt: skip
            return False
        for name in type(settings).model_fields.keys() - set(SECTIONS):
            if getattr(settings, name) != getattr(self._settings, name):
                log.warning("setting needs a restart", setting=name)
        self._settings = settings
        if policy.version == self._version:
            metrics.policy_reloads.labels("unchanged").inc()
            return True
        self._pipeline.adopt(policy)
        metrics.policy_info.clear()
        metrics.policy_info.labels(policy.version).set(1)
        metrics.policy_reloads.labels("adopted").inc()
        log.info("policy adopted", policy=policy.version, before=self._version)
        self._version = policy.version
        return True


def _stamp(file: Path | None) -> Stamp | None:
    """Changes with a file's content, also if Kubernetes switches a symbolic link."""
    try:
        found = file.stat() if file else None
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino) if found else None
