"""Deterministic ids: one name always gives the same id."""

from __future__ import annotations

import hashlib
from uuid import UUID

_VARIANTS = "89ab" * 4
"""RFC 9562: the highest two bits of this digit are `10`."""


def uuid5(namespace: UUID, name: str) -> str:
    """`str(uuid.uuid5(namespace, name))` at a fifth of its cost: it builds no UUID object. Every
    event and alert has such an id.
    """
    digits = hashlib.sha1(namespace.bytes + name.encode(), usedforsecurity=False).hexdigest()
    variant = _VARIANTS[int(digits[16], 16)]
    return f"{digits[:8]}-{digits[8:12]}-5{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:32]}"
