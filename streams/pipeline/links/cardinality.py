"""How many different values came, by a small sample of them: the least of their hashes.

It is a k-minimum-values sketch (Bar-Yossef et al. 2002).

A sample depends on which values came, not on their order nor on how often one came. It is exact
while it is not full; beyond, the estimate is off by less than 18 % in two cases of three. The more
values came, the rarer one changes it: a hundred thousand change it some 290 times.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

SIZE = 32
_HASHES = 2**64


def hash_of(value: str) -> int:
    return int.from_bytes(hashlib.blake2b(value.encode(errors="replace"), digest_size=8).digest())


def sampled(sample: list[int], values: Iterable[str]) -> list[int]:
    """The sample with more values; itself where they change nothing."""
    new = {h for h in map(hash_of, values) if len(sample) < SIZE or h < sample[-1]}
    if new.issubset(sample):
        return sample
    return sorted(new.union(sample))[:SIZE]


def estimated(sample: list[int]) -> int:
    """How many different values came."""
    if len(sample) < SIZE:
        return len(sample)
    return round((SIZE - 1) * _HASHES / (sample[-1] + 1))
