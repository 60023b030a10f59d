"""The enrichments: findings about one event from this event alone. One module each, found by name;
settings, policy, metrics, reload and explain derive from the table here. Findings that need several
sessions belong to `pipeline.links`.

An enrichment module has

- `NAME` (the module's name): its section in the settings, its label in metrics of failures;
- `DESCRIPTION`: a line for docs/settings.md;
- `Config`: its thresholds, each with a default; raises ValueError where they contradict each other;
- `enrich(event, normalized, lookups, config)`: pure; returns a new event with its findings;
- `COUNTS`, `LABEL`, `LABEL_VALUES` and `counted(event)`: the metric `idv_<name>_findings_total`.
  COUNTS describes it, `counted` returns the label's value of each finding.
"""

from __future__ import annotations

import importlib
import pkgutil

from streams.pipeline.enrichments.base import Enrichment


def _load(name: str) -> Enrichment:
    module = importlib.import_module(f"{__name__}.{name}")
    return Enrichment(
        name=module.NAME,
        description=module.DESCRIPTION,
        config=module.Config,
        enrich=module.enrich,
        counts=module.COUNTS,
        label=module.LABEL,
        label_values=module.LABEL_VALUES,
        counted=module.counted,
    )


ENRICHMENTS: dict[str, Enrichment] = {
    name: _load(name)
    for name in sorted(module.name for module in pkgutil.iter_modules(__path__))
    if name != "base"
}
"""Enrichment name → enrichment."""
