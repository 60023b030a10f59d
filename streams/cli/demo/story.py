"""The steps of the demo: titles and the vendors' payloads."""

from __future__ import annotations

from importlib import resources
from typing import Any

import msgspec
from msgspec import Struct


class Step(Struct, frozen=True):
    """One webhook of a vendor. `payload` is an object, or text that is sent unchanged; `result` is
    the vendor's answer to a fetch. A `redelivery` has no output.
    """

    title: str
    vendor: str
    payload: dict[str, Any] | str
    subject: str | None = None
    redelivery: bool = False
    result: dict[str, Any] | None = None


def load() -> list[Step]:
    """The steps in order."""
    text = resources.files(__package__).joinpath("story.json").read_bytes()
    return msgspec.json.decode(text, type=list[Step])
