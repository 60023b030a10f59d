"""The vendors: one package each, found by name; nothing else lists them.

A vendor has

- `normalize(payload) -> Draft | Rejection | Drop`: pure, never raises for any JSON object;
- `FIELDS`: what its payloads hold, read or left aside (`streams.vendors.base.fields`);
- `webhook`, a module: who sent a webhook, and which session it is about
  (`streams.vendors.base.webhook`);
- `fetch`, a module: how its results are fetched (`streams.vendors.base.fetch`).

All have the same files; `docs/extending.md` has the recipe. Functions take the payload's `Reader`
and what they read, and return their parts; none changes what its caller holds.

Rejections: `unknown_shape` (not this vendor's), `missing_identity` (no session), `invalid_type`
(a field the decision rests on has an impossible type). Drop: `unsupported_event`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any, cast

from streams.contracts.model import Drop, Rejection
from streams.vendors.base.draft import Draft
from streams.vendors.base.fetch import Fetch
from streams.vendors.base.fields import Fields
from streams.vendors.base.webhook import Webhook

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

WEBHOOKS: dict[str, Webhook] = {
    name: cast("Webhook", importlib.import_module(f"{__name__}.{name}.webhook"))
    for name in _MODULES
}
"""Vendor name → the checks of its webhooks."""

FETCHES: dict[str, Fetch] = {
    name: cast("Fetch", importlib.import_module(f"{__name__}.{name}.fetch")) for name in _MODULES
}
"""Vendor name → how its results are fetched."""
