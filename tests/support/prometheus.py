"""A real Prometheus with our rules, scraping our services every second."""

from __future__ import annotations

import json
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from streams.cli.demo.processes import ServiceProcess
from streams.kafka.broker.server import free_port
from tests.support.paths import ROOT

RULES = ROOT / "deploy" / "prometheus" / "rules"


class Prometheus:
    """Runs from its making until `stop`."""

    def __init__(
        self,
        folder: Path,
        workers: Sequence[ServiceProcess],
        gateways: Sequence[ServiceProcess] = (),
        consoles: Sequence[ServiceProcess] = (),
        fetchers: Sequence[ServiceProcess] = (),
    ) -> None:
        self.url = f"http://127.0.0.1:{free_port()}"
        jobs = {
            "idv-worker": workers, "idv-gateway": gateways, "idv-console": consoles,
            "idv-fetch": fetchers,
        }  # fmt: skip
        config = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(file) for file in sorted(RULES.glob("*.yml"))],
            "scrape_configs": [
                {"job_name": job, "static_configs": [{"targets": list(map(_target, processes))}]}
                for job, processes in jobs.items()
            ],
        }
        file = folder / "prometheus.yml"
        file.write_text(yaml.safe_dump(config))
        self._log = (folder / "prometheus.log").open("wb")
        self._process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={file}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address={self.url.removeprefix('http://')}",
            ],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
        )

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(30)
        self._log.close()

    def get(self, path: str, **parameters: str) -> Any:
        """What the API answers at `path`."""
        url = f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.load(answer)["data"]

    def find(self, query: str) -> list[float]:
        """The values of an instant query that are numbers."""
        result = self.get("query", query=query)["result"]
        values = [float(series["value"][1]) for series in result]
        return [value for value in values if value == value]

    def answers(self) -> bool:
        try:
            return bool(self.find("up == 1"))
        except OSError:
            return False


def _target(process: ServiceProcess) -> str:
    return f"127.0.0.1:{process.port}"
