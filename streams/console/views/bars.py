"""A row of numbers as a small drawing of bars."""

from __future__ import annotations

from collections.abc import Sequence

WIDTH, HEIGHT, BAR = 192, 28, 4


def bars(numbers: Sequence[int]) -> list[tuple[int, int, int]]:
    """`(x, y, height)` of each bar; a number above 0 is seen, however small."""
    largest = max(numbers, default=0)
    found = []
    for at, number in enumerate(numbers):
        if number:
            height = max(2, round(number / largest * HEIGHT))
            found.append((at * BAR, HEIGHT - height, height))
    return found
