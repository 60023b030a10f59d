"""`python -m tests.scale`: the cost of a finding with a million devices, on a kiosk with a hundred
thousand sessions, and for events a week late. The last line is `SCALE ` and JSON.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from tests.scale import measure


def main() -> None:
    parser = argparse.ArgumentParser(prog="scale", description=__doc__)
    parser.add_argument("--devices", type=int, default=1_000_000)
    parser.add_argument("--sessions", type=int, default=100_000, help="of one device")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="idv-scale-") as name:
        folder = Path(name)
        # First, while the process holds nothing else that could be mistaken for it.
        figures = {
            "gazetteer": measure.gazetteer(),
            "devices": measure.devices(folder / "devices", given.devices),
            "hot_key": measure.hot_key(folder / "hot", given.sessions),
            "late": measure.late(folder / "late", 500),
        }
    for part, found in figures.items():
        for name, figure in found.items():
            sys.stdout.write(f"{part:<12}{name:<16}{figure}\n")
    sys.stdout.write(f"SCALE {json.dumps(figures)}\n")


if __name__ == "__main__":
    main()
