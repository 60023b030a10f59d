"""The jars of the broker: pinned by `jgo.lock.toml`, fetched by jgo, verified by SHA-256."""

from __future__ import annotations

import fcntl
import hashlib
import os
import tomllib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from pathlib import Path
from typing import Any

Progress = Callable[[str, int, int], None]
"""Called with a jar's name, the number of jars present, and their total number."""

DOWNLOADS_AT_ONCE = 8
TIMEOUT_S = 60
ELSEWHERE = "point IDV_BOOTSTRAP_SERVERS at a Kafka of your own, or run `docker compose up kafka`"


class BrokerError(Exception):
    """The broker cannot run; the message has the reason and an alternative."""


def cache_dir() -> Path:
    """The directory of downloads: `IDV_CACHE_DIR`, else the user's cache (XDG)."""
    if configured := os.environ.get("IDV_CACHE_DIR"):
        return Path(configured)
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "idv-streams"


def class_path(progress: Progress | None = None) -> list[Path]:
    """Download missing jars and return the paths of all. Raises BrokerError."""
    locked = _locked()
    try:
        from jgo.maven import MavenContext
    except ImportError as error:
        raise BrokerError(f"no jgo; pip install 'idv-streams[broker]', or {ELSEWHERE}") from error
    repository = cache_dir() / "maven"
    repository.mkdir(parents=True, exist_ok=True)
    maven = MavenContext(repo_cache=repository, timeout=TIMEOUT_S)
    found: list[Path] = []
    # jgo writes a jar in place: the lock keeps a second process from reading half of it.
    with (repository / "lock").open("w") as lock, ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for jar, path in zip(locked, pool.map(lambda j: _fetched(maven, j), locked), strict=True):
            found.append(path)
            if progress is not None:
                progress(jar["artifactId"], len(found), len(locked))
    return found


def _locked() -> list[dict[str, Any]]:
    text = resources.files(__package__).joinpath("jgo.lock.toml").read_text()
    dependencies: list[dict[str, Any]] = tomllib.loads(text)["dependencies"]
    return dependencies


def _fetched(maven: Any, jar: dict[str, Any]) -> Path:
    name = f"{jar['groupId']}:{jar['artifactId']}:{jar['version']}"
    component = maven.project(jar["groupId"], jar["artifactId"]).at_version(jar["version"])
    artifact = component.artifact(classifier=jar.get("classifier", ""), packaging="jar")
    cached = Path(artifact.cached_path)
    # Left by an interrupted download; jgo would use it as a complete jar.
    if cached.exists() and not _is_locked(cached, jar):
        cached.unlink()
    try:
        path = Path(artifact.resolve())
    except Exception as error:
        raise BrokerError(
            f"cannot download {name} from Maven Central ({type(error).__name__}); "
            f"check the network, or {ELSEWHERE}"
        ) from error
    if not _is_locked(path, jar):
        path.unlink()
        raise BrokerError(
            f"the SHA-256 of {name} differs from the lock file; it was removed, try again"
        )
    return path


def _is_locked(path: Path, jar: dict[str, Any]) -> bool:
    return hashlib.sha256(path.read_bytes()).hexdigest() == str(jar["sha256"])
