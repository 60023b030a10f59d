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
FRAUD_SHARES = (0.25, 0.05, 0.01)


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
    figures = score.as_json() | {"cases": _cases(given.seeds, given.honest, given.oddities)}
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
    write("\ncases, by the share of fraud among sessions\n")
    for share, row in figures["cases"].items():
        write(
            f"{share:>5}  honest in MEDIUM or more {row['honest_in_medium_share']:.2%}, in HIGH "
            f"{row['honest_in_high_share']:.2%}; fraud in MEDIUM or more "
            f"{row['fraud_in_medium_share']:.1%}; precision MEDIUM {row['medium_precision']:.3f}, "
            f"HIGH {row['high_precision']:.3f}\n"
        )
    by_story = (f"{len(who)} {story}" for story, who in sorted(score.alerted_by.items()))
    write(f"honest subjects alerted, by story: {', '.join(by_story)}\n")
    write(f"took {time.perf_counter() - began:.0f} s\n")
    write(f"SIMULATE {json.dumps(figures)}\n")


def _cases(seeds: list[int], honest: int, oddities: float) -> dict[str, dict[str, float]]:
    """Share of fraud among sessions → the figures of cases. The share hangs on how often the
    stories are told, so the first run says how often that is.
    """
    plain = simulate(seeds[:1], honest, SHARES.scaled(oddities, 1.0)).sessions
    found = {}
    for share in FRAUD_SHARES:
        times = share / (1 - share) * plain[True] / plain[False]
        score = simulate(seeds, honest, SHARES.scaled(oddities, times))
        found[f"{share:.0%}"] = score.case_figures()
    return found


if __name__ == "__main__":
    main()
