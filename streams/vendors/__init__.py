"""The vendors: one module or package each, found by name; nothing else lists them.

A vendor module has

- `normalize(payload) -> Draft | Rejection | Drop`: pure, never raises for any JSON object;
- a docstring that names the vendor's public documents.

Rejections: `unknown_shape` (not this vendor's), `missing_identity` (no session), `invalid_type`
(a field the decision rests on has an impossible type). Drop: `unsupported_event`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any

from streams.draft import Draft
from streams.model import Drop, Rejection

Normalize = Callable[[dict[str, Any]], Draft | Rejection | Drop]


def _discover() -> dict[str, Normalize]:
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return {name: importlib.import_module(f"{__name__}.{name}").normalize for name in names}


VENDORS: dict[str, Normalize] = _discover()
"""Vendor name (lower case, as in the topic `idv.raw.<name>`) → its `normalize`."""
