"""Keyed hashes: values that link people are stored only as HMAC-SHA256 under a versioned key.

A hash has the form `<version>:<base64url>`. The first key of a ring writes. Keep older keys until
their links have expired: look-ups use them, so that a rotation loses no link.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from functools import lru_cache


class Keyring:
    """`versions` maps a key's version to its secret, the writing one first."""

    def __init__(self, versions: dict[str, bytes]) -> None:
        if not versions:
            raise ValueError("a keyring needs at least one key: add one to the settings")
        (self._version, self._key), *self._older = versions.items()

    def hash(self, namespace: str, value: str) -> str:
        """The hash under the writing key. Equal values of two namespaces have unequal hashes."""
        return _hash(self._version, self._key, namespace, value)

    def older(self, namespace: str, value: str) -> list[str]:
        """The hashes under the keys that no longer write, newest first."""
        return [_hash(version, key, namespace, value) for version, key in self._older]


# The same devices, people and networks come again and again.
@lru_cache(maxsize=16_384)
def _hash(version: str, key: bytes, namespace: str, value: str) -> str:
    keyed = _keyed(key).copy()
    keyed.update(f"{namespace}\x1f{value}".encode(errors="replace"))
    return f"{version}:{urlsafe_b64encode(keyed.digest()).decode().rstrip('=')}"


# Setting up a key costs more than hashing a short value under it.
@lru_cache(maxsize=16)
def _keyed(key: bytes) -> hmac.HMAC:
    return hmac.new(key, digestmod="sha256")
