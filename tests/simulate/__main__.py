"""`python -m tests.simulate`: precision and recall of every rule on populations of invented people.

The default seeds were run once, after rules, figures and stories were final; during development
seeds 1 to 9 were used. The last line is `SIMULATE ` and one JSON object.
"""

from __future__ import annotations

import argparse
import json
import sys
import time

from streams.rules import RULES
from tests.simulate.score import simulate
from tests.simulate.stories import SHARES

REPORTED = (3101, 3102, 3103, 3104)


def main() -> None:
    parser = argparse.ArgumentParser(prog="simulate", description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(REPORTED))
    parser.add_argument("--honest", type=int, default=10_000, help="honest people per seed")
    parser.add_argument("--oddities", type=float, default=1.0, metavar="TIMES",
                        help="so many times as many honest people who do odd things")  # fmt: skip
    parser.add_argument("--fraud", type=float, default=1.0, metavar="TIMES",
                        help="so many times as much fraud")  # fmt: skip
    given = parser.parse_args()
    began = time.perf_counter()
    shares = SHARES.scaled(given.oddities, given.fraud)
    score = simulate(given.seeds, given.honest, shares)
    figures = score.as_json()
    write = sys.stdout.write
    write(f"seeds {given.seeds}, {given.honest} honest people each\n\n")
    write(f"{'rule':<22}{'precision':>10}{'recall':>8}{'counted':>9}{'all':>7}{'units':>7}\n")
    for rule, row in figures.items():
        if rule in RULES:
            write(
                f"{rule:<22}{row['precision']:>10.3f}{row['recall']:>8.3f}{row['alerts']:>9}"
                f"{row['alerts_of_any_severity']:>7}{row['units']:>7}\n"
            )
    for name, figure in figures.items():
        if name.endswith("_share"):
            write(f"{name.replace('_', ' ')}: {figure:.2%}\n")
    by_story = (f"{len(who)} {story}" for story, who in sorted(score.alerted_by.items()))
    write(f"honest subjects alerted, by story: {', '.join(by_story)}\n")
    write(f"took {time.perf_counter() - began:.0f} s\n")
    write(f"SIMULATE {json.dumps(figures)}\n")


if __name__ == "__main__":
    main()
