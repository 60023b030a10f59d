"""The three stages on one page, pure: records and state in, values out.

    raw record ─ normalize ─┬─ event with strong fingerprints ─ link ─ … ─ link ─┐
                            ├─ event without ────────────────────────────────────┤
                            │                                                    ▼
                            └─ sightings of its other links ─ link ─▶ alerts   session ─▶ event,
                                                                                          alerts

A bug in a vendor module costs that record its event: it is rejected as `internal_error` with its
bytes kept. A bug in an enrichment or a rule costs the event this finding: it goes on, flagged
`enrichment_failed`. Enrichment never withholds a decision.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from streams.enrichment import distance, order
from streams.enrichment.duplicates import LinkState, Observed, observe
from streams.enrichment.geo import Places
from streams.enrichment.order import SessionState
from streams.enrichment.raised import Claim, Raise, settle
from streams.enrichment.sightings import sightings
from streams.findings import EventObservation, Finding, alert_id
from streams.keyring import Keyring
from streams.model import Alert, Drop, Environment, RawRecord, Rejection, Verification
from streams.normalize import Normalized, normalize
from streams.policy import Policy
from streams.rules import RULES
from streams.stages import (
    Carried,
    Failed,
    Hop,
    LinkMessage,
    Output,
    Replayed,
    Shadowed,
    ToLink,
    ToSession,
)

SESSION_RULES = [rule for rule in RULES.values() if rule.stage == "session"]
LINK_RULES = [rule for rule in RULES.values() if rule.stage == "link"]
FAILED_FLAG = "enrichment_failed"


class Pipeline:
    """The stages with their thresholds and look-ups. `now` is the wall clock in epoch ms, used
    only for `processed_at` and `raised_at`.
    """

    def __init__(self, keyring: Keyring, policy: Policy, places: Places) -> None:
        self._keyring = keyring
        self._places = places
        self.policy = policy

    def normalize(
        self, vendor: str, record: RawRecord, default: Environment = Environment.LIVE
    ) -> list[Output]:
        """One raw record: a rejection, a drop, or the event and sightings of its links."""
        try:
            result = normalize(vendor, record, self._keyring, default)
        except Exception as error:  # A bug must cost its own record only.
            return [Rejection("internal_error", _where(error))]
        if not isinstance(result, Normalized):
            return [result]
        outputs: list[Output] = []
        event = self._measured(result, outputs)
        carried = Carried(event, result.digest, result.may_regress, result.thin)
        hops, sighted = self._links(event, outputs)
        outputs += [ToLink(LinkMessage(hop)) for hop in sighted]
        outputs.append(_onward(carried, hops))
        return outputs

    def link(
        self, message: LinkMessage, state: LinkState | None, now: int
    ) -> tuple[LinkState | None, list[Output]]:
        """One sighting of one link; the event it carries goes on with what is known of it."""
        hop, carried = message.hop, message.carried
        outputs: list[Output] = []
        duplicate = None
        try:
            observed = observe(hop.key, state, hop.sighting, self.policy.links)
            state, duplicate = self._settled(observed, now, outputs), observed.duplicate
        except Exception:  # The event goes on without the finding.
            outputs = [Failed("links")]
            carried = _flagged(carried)
        if carried is not None:
            if duplicate is not None:
                carried.event.enrichment.duplicates.append(duplicate)
            outputs.append(_onward(carried, message.onward))
        return state, outputs

    def session(
        self, carried: Carried, state: SessionState | None, now: int
    ) -> tuple[SessionState | None, list[Output]]:
        """One event of one session: order, then the rules that look at a single session."""
        advanced = order.advance(
            state,
            carried.event,
            may_regress=carried.may_regress,
            thin=carried.thin,
            digest=carried.digest,
        )
        if isinstance(advanced.result, order.Replay):
            return state, [Replayed()]
        if isinstance(advanced.result, Drop):
            return advanced.state, [advanced.result]
        event = advanced.result
        alerts = self._session_alerts(event, advanced, now)
        event.processed_at = now
        return advanced.state, [event, *alerts]
