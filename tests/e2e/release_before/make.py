"""Creates `data.tar.xz`: run `python -m tests.e2e.release_before.make` at the previous release.

120 records are processed, 120 more are published, and the worker is killed while it processes them.
The archive has committed offsets, state, changelogs, and unread messages of every kind.
"""

from __future__ import annotations

import tarfile
import tempfile
from pathlib import Path

from tests.support.cluster import Cluster
from tests.support.traffic import traffic

SEED, PEOPLE = 20261127, 60
DONE, PUBLISHED = 120, 240
ARCHIVE = Path(__file__).parent / "data.tar.xz"


def main() -> None:
    deliveries = list(traffic(SEED, PUBLISHED, PEOPLE))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Cluster(folder, partitions=2, lasting=True) as cluster:
            worker = cluster.worker()
            worker.start()
            worker.wait_until_ready()
            cluster.publish(deliveries[:DONE])
            cluster.wait_until_drained()
            cluster.publish(deliveries[DONE:])
            while not cluster.lag().get("idv.stage.sessions"):
                pass  # Soon some events are on their way.
            worker.kill()
        with tarfile.open(ARCHIVE, "w:xz") as archive:
            archive.add(folder / "kafka" / "log", "kafka/log")
            archive.add(folder / "worker" / "state", "worker/state")


if __name__ == "__main__":
    main()
