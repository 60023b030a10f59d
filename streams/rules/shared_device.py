"""A device of so many subjects that it says nothing about one of them."""

from __future__ import annotations

from streams.contracts.model import LinkKind, Severity
from streams.rules.base import Finding, LinkObservation, RuleConfig, link_inputs

NAME = "shared_device"
TITLE = "A device is shared by too many subjects"
RUNBOOK = """
More than 20 different subjects used one fingerprint within 90 days. From here on it is taken for a
shared one: `duplicate_device` no longer looks at its sessions, and this alert is raised once.

What to do: find out what it is. Put a kiosk or a branch's tablet on the list of known devices. If
it is none of the company's, it is a fraud farm or a fingerprint that many devices have: look at the
linked sessions and at the verifications that carry the fingerprint.

Usual false alarms: kiosks, agents who verify customers, emulators in tests, colliding
fingerprints.

Dedupe: link. It is raised again only after the link has been silent for 90 days.
"""
STAGE = "link"
KINDS = (LinkKind.DEVICE,)
inputs = link_inputs
THRESHOLDS = {"shared_above": "links.shared_above"}


class Config(RuleConfig, frozen=True):
    """From how many subjects on a link is shared is a setting of the links themselves."""

    severity: Severity = Severity.MEDIUM


def evaluate(observation: LinkObservation, config: Config) -> list[Finding]:
    """One finding, in the moment in which a device turns out to be shared."""
    if not observation.shared:
        return []
    return [
        Finding(
            severity=config.severity,
            title=f"One device verified {observation.subjects_count} subjects: taken as shared",
            dedupe=(observation.link,),
            evidence={
                "subjects_count": observation.subjects_count,
                "sessions_count": observation.sessions_count,
                **{f"subjects_{window}": n for window, n in observation.subjects.items()},
            },
            linked=observation.linked,
        )
    ]
