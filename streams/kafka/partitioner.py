"""Maps a key to its partition by murmur2, as the Java client does."""

from __future__ import annotations

from murmurhash2 import murmurhash2

_SEED = 0x9747B28C  # The seed in Java's `Utils.murmur2`.


def partition_of(key: bytes, partitions: int) -> int:
    """Java's `Utils.toPositive(Utils.murmur2(key)) % partitions`. aiokafka's pure-Python version
    takes 20 µs.
    """
    return (int(murmurhash2(key, _SEED)) & 0x7FFFFFFF) % partitions
