"""One batch's view of the state.

When all outputs of the batch are acknowledged, one write stores its values together with their
changelog offset. After a crash before that, the batch is replayed on the old values.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec

S = TypeVar("S")


class Overlay(Generic[S]):
    """Reads the state of one partition from the store and buffers the writes of one batch."""

    def __init__(
        self,
        read: Callable[[bytes], bytes | None],
        decode: Callable[[bytes], S],
        encode: Callable[[S], bytes],
    ) -> None:
        self._read = read
        self._decode = decode
        self._encode = encode
        self._states: dict[str, S | None] = {}
        self._changed: set[str] = set()
        self.unreadable: list[bytes] = []
        """States that could not be decoded; their keys start with empty state."""

    def get(self, key: str) -> S | None:
        if key not in self._states:
            stored = self._read(key.encode())
            self._states[key] = None if stored is None else self._decoded(stored)
        return self._states[key]

    def _decoded(self, stored: bytes) -> S | None:
        try:
            return self._decode(stored)
        except (ValueError, msgspec.MsgspecError):
            self.unreadable.append(stored)
            return None

    def set(self, key: str, state: S | None) -> None:
        """Replace the state of a key; None deletes it."""
        self._states[key] = state
        self._changed.add(key)

    def changes(self) -> dict[bytes, bytes | None]:
        """The changed keys with their encoded states."""
        changed = ((key, self._states[key]) for key in sorted(self._changed))
        return {k.encode(): None if s is None else self._encode(s) for k, s in changed}
