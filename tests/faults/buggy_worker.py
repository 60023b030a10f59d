"""A worker with a bug in every part that reads events: `python -m tests.faults.buggy_worker`.

Each bug affects only sessions with its name. Production code has no hooks for this: the entry point
here breaks the parts and then runs the unchanged worker.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from streams.config.logs import configure
from streams.config.settings import load
from streams.pipeline import pipeline
from streams.pipeline.enrichments import distance
from streams.rules import RULES
from streams.vendors import VENDORS
from streams.worker import outputs
from streams.worker.main import run

# Bug → what of the pipeline it sits in, and how that part learns which session it has.
PARTS: dict[str, tuple[Any, str, Callable[..., str]]] = {
    "bug-distance": (distance, "distances", lambda event, *_: str(event.session_id)),
    "bug-sightings": (pipeline, "links_of", lambda event, *_: str(event.session_id)),
    "bug-links": (pipeline, "update", lambda _key, _state, sighting, *_: str(sighting.session_id)),
    "bug-order": (pipeline, "apply", lambda _state, event: str(event.session_id)),
}
SESSION_RULE, LINK_RULE = "ip_distance", "duplicate_device"


class PlantedError(Exception):
    """Never raised by our own code."""


def _breaking(function: Callable[..., Any], bug: str, session: Callable[..., str]) -> Any:
    def broken(*args: Any, **kwargs: Any) -> Any:
        if bug in session(*args):
            raise PlantedError(bug)
        return function(*args, **kwargs)

    return broken


def plant() -> None:
    VENDORS["didit"] = _breaking(
        VENDORS["didit"], "bug-vendor", lambda payload: str(payload.get("session_id"))
    )
    for bug, (module, name, session) in PARTS.items():
        setattr(module, name, _breaking(getattr(module, name), bug, session))
    for bug, name, session in (
        ("bug-session-rule", SESSION_RULE, lambda o, _: o.event.session_id),
        ("bug-link-rule", LINK_RULE, lambda o, _: o.seen.session_id),
    ):
        rule = RULES[name]
        RULES[name] = replace(rule, evaluate=_breaking(rule.evaluate, bug, session))
    outputs.encode_verification = _breaking(  # type: ignore[attr-defined]
        outputs.encode_verification, "bug-encoding", lambda event, *_: str(event.session_id)
    )


def main() -> None:
    plant()
    settings = load()
    configure(settings.log_level, settings.log_format)
    run(settings)


if __name__ == "__main__":
    main()
