"""The applicant's network is a VPN, Tor exit, proxy or data centre."""

from __future__ import annotations

from typing import Any

from streams.contracts.model import Outcome, Severity, Source, Verification
from streams.rules.base import EventObservation, Finding, RuleConfig

NAME = "anonymous_ip"
TITLE = "Anonymous or hosting IP address"
RUNBOOK = """
The vendor's data mark a network of this session as Tor or an open proxy (MEDIUM), as a VPN or
one of these without saying which (LOW), or only as a data centre (LOW). Such an address gives no
place, so no distance is computed from it. Source VENDOR: no network is marked, but a check of the
vendor did not pass.

What to do: alone it proves nothing. Consider it together with duplicates and the vendor's decision.

Usual false alarms: corporate VPNs, privacy relays of browsers and phones, security products.

Dedupe: session, kind (`anonymous`, `hosting`), severity.
"""
STAGE = "session"

_CHECKS = {"ip_not_anonymous": "anonymous", "ip_not_hosting": "hosting"}
_TITLES = {
    "anonymous": "The applicant's IP address is a VPN, Tor exit or proxy",
    "hosting": "The applicant's IP address stands in a data centre",
}
_RAISED = frozenset({Outcome.REVIEW, Outcome.FAIL})


# The vendors' words beside a check, as `reasons` holds them.
_HIDING = frozenset({"tor", "active_tor", "proxy", "TOR_DETECTED"})


class Config(RuleConfig, frozen=True):
    """Severities. One in three people uses a VPN now and then, so that alone says little; `hiding`
    is Tor or an open proxy, where the vendor tells them apart.
    """

    anonymous: Severity = Severity.LOW
    hiding: Severity = Severity.MEDIUM
    hosting: Severity = Severity.LOW


def evaluate(observation: EventObservation, config: Config) -> list[Finding]:
    """At most one finding: the anonymous network, else the hosting one."""
    event = observation.event
    anonymous = hosting = 0
    for network in event.networks:
        anonymous += network.is_anonymous is True
        hosting += network.is_hosting is True
    by_network = "anonymous" if anonymous else "hosting" if hosting else None
    by_check = None
    for check in event.checks:
        if check.name in _CHECKS and check.outcome in _RAISED and by_check != "anonymous":
            by_check = _CHECKS[check.name]
    # The vendor's check may find more than the network's data: anonymity outweighs hosting.
    own = by_network == "anonymous" or (by_network is not None and by_check != "anonymous")
    kind = by_network if own else by_check
    if kind is None:
        return []
    severity = config.hosting
    if kind == "anonymous":
        severity = config.hiding if _hides(event) else config.anonymous
    return [
        Finding(
            severity=severity,
            title=_TITLES[kind],
            dedupe=(event.session_key, kind, severity),
            evidence={
                "kind": kind,
                "networks_count": len(event.networks),
                "anonymous_count": anonymous,
                "hosting_count": hosting,
            },
            source=Source.OWN if own else Source.VENDOR,
        )
    ]


def _hides(event: Verification) -> bool:
    """The vendor names Tor or an open proxy."""
    return any(
        check.name == "ip_not_anonymous" and not _HIDING.isdisjoint(check.reasons)
        for check in event.checks
    )


def inputs(observation: EventObservation) -> dict[str, Any]:
    """The vendor's data and checks of the networks."""
    event = observation.event
    return {
        "networks": [
            {"is_anonymous": n.is_anonymous, "is_hosting": n.is_hosting} for n in event.networks
        ],
        "checks": {c.name: c.outcome.value for c in event.checks if c.name.startswith("ip_not_")},
    }
