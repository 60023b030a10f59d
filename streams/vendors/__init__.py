"""The vendors: one module or package each, found by name; nothing else lists them.

A vendor module has

- `normalize(payload) -> Draft | Rejection | Drop`: pure, never raises for any JSON object;
- `FIELDS`: what its payloads hold, read or left aside on purpose (`streams.vendors.base.fields`);
- a docstring that names the vendor's public documents.

Rejections: `unknown_shape` (not this vendor's), `missing_identity` (no session), `invalid_type`
(a field the decision rests on has an impossible type). Drop: `unsupported_event`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any

from streams.contracts.model import Drop, Rejection
from streams.vendors.base.draft import Draft
from streams.vendors.base.fields import Fields

Normalize = Callable[[dict[str, Any]], Draft | Rejection | Drop]


_MODULES = {
    name: importlib.import_module(f"{__name__}.{name}")
    for name in sorted(module.name for module in pkgutil.iter_modules(__path__))
    if name != "base"
}

VENDORS: dict[str, Normalize] = {name: module.normalize for name, module in _MODULES.items()}
"""Vendor name (lower case, as in the topic `idv.raw.<name>`) → its `normalize`."""

FIELDS: dict[str, Fields] = {name: module.FIELDS for name, module in _MODULES.items()}
"""Vendor name → what its payloads hold."""
