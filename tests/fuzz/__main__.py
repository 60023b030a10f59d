"""`make fuzz`: many mutants of every vendor's samples; prints their results.

python -m tests.fuzz [COUNT [FIRST_SEED]]
"""

from __future__ import annotations

import sys
import time

from rich.progress import Progress

from streams.vendors import VENDORS
from tests.fuzz.properties import run

COUNT = 100_000
STEP = 500


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    each = -(-count // len(VENDORS))
    started = time.monotonic()
    with Progress(transient=True) as progress:
        for vendor in VENDORS:
            task = progress.add_task(vendor, total=each)
            found = run(vendor, range(0))
            for start in range(first, first + each, STEP):
                found += run(vendor, range(start, min(start + STEP, first + each)))
                progress.advance(task, STEP)
            parts = ", ".join(f"{n} {what}" for what, n in found.most_common())
            progress.console.print(f"{vendor}: {each} mutants: {parts}", soft_wrap=True)
    took = time.monotonic() - started
    sys.stdout.write(f"{each * len(VENDORS)} mutants in {took:.0f} s, every property held\n")


if __name__ == "__main__":
    main()
