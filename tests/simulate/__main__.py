"""`python -m tests.simulate`: precision and recall of every rule on populations of invented people.

The seeds that it reports on by default were not looked at while thresholds were set; those were 1
to 9. The last line is `SIMULATE ` and one JSON object.
"""

from __future__ import annotations

import argparse
import json
import sys
import time

from tests.simulate.score import simulate

REPORTED = (101, 102, 103, 104)


def main() -> None:
    parser = argparse.ArgumentParser(prog="simulate", description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(REPORTED))
    parser.add_argument("--honest", type=int, default=4000, help="honest people per seed")
    given = parser.parse_args()
    began = time.perf_counter()
    figures = simulate(given.seeds, given.honest).as_json()
    write = sys.stdout.write
    write(f"seeds {given.seeds}, {given.honest} honest people each\n\n")
    write(f"{'rule':<22}{'precision':>10}{'recall':>8}{'counted':>9}{'all':>7}{'units':>7}\n")
    for rule, row in figures.items():
        if isinstance(row, dict):
            write(
                f"{rule:<22}{row['precision']:>10.3f}{row['recall']:>8.3f}{row['alerts']:>9}"
                f"{row['alerts_of_any_severity']:>7}{row['units']:>7}\n"
            )
    for name in ("honest_subjects_alerted_share", "honest_subjects_in_any_alert_share"):
        write(f"{name.replace('_', ' ')}: {figures[name]:.2%}\n")
    write(f"took {time.perf_counter() - began:.0f} s\n")
    write(f"SIMULATE {json.dumps(figures)}\n")


if __name__ == "__main__":
    main()
