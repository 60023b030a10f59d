"""The steps of the demo: titles and the vendors' payloads."""

from __future__ import annotations

from importlib import resources
from typing import Any

import msgspec
from msgspec import Struct


class Step(Struct, frozen=True):
    """One delivery of a vendor. `payload` is an object, or text that is sent unchanged; a
    `redelivery` has no output.
    """

    title: str
    vendor: str
    key: str
    payload: dict[str, Any] | str
    subject: str | None = None
    redelivery: bool = False

    @property
    def value(self) -> bytes:
        if isinstance(self.payload, str):
            return self.payload.encode()
        return msgspec.json.encode(self.payload)


def load() -> list[Step]:
    """The steps in order."""
    text = resources.files(__package__).joinpath("story.json").read_bytes()
    return msgspec.json.decode(text, type=list[Step])
