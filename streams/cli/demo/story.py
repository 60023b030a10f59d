"""The story that the demo publishes: what happens, and the payload that a vendor sends of it."""

from __future__ import annotations

from importlib import resources
from typing import Any

import msgspec
from msgspec import Struct


class Step(Struct, frozen=True):
    """One webhook of a vendor. `payload` is an object, or text that goes out as it is; `result` is
    what the vendor answers when it is asked. Nothing is expected of a `redelivery`.
    """

    say: str
    vendor: str
    payload: dict[str, Any] | str
    subject: str | None = None
    redelivery: bool = False
    result: dict[str, Any] | None = None


def load() -> list[Step]:
    """The steps, in the order in which they happen."""
    text = resources.files(__package__).joinpath("story.json").read_bytes()
    return msgspec.json.decode(text, type=list[Step])
