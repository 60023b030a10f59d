"""A device of so many subjects that it is no evidence about one of them."""

from __future__ import annotations

from streams.contracts.model import LinkKind, Severity
from streams.rules.base import Finding, LinkObservation, RuleConfig, link_inputs

NAME = "shared_device"
TITLE = "A device is shared by too many subjects"
RUNBOOK = """
More than 20 different subjects used one fingerprint within 90 days. From now on it is a shared
device: `duplicate_device` no longer evaluates its sessions, and this alert is raised once.

What to do: find out which device it is. Add a kiosk or a branch's tablet to the allow-list
(`known`). A device that is not the company's is a fraud farm, or many devices have the same
fingerprint: look at the linked sessions and at the verifications with this fingerprint.

Usual false alarms: kiosks, agents who verify customers, emulators in tests, colliding
fingerprints.

Dedupe: link. It is raised again only after 90 days without a session on the link.
"""
STAGE = "link"
KINDS = (LinkKind.DEVICE,)
inputs = link_inputs
THRESHOLDS = {"shared_above": "links.shared_above"}


class Config(RuleConfig, frozen=True):
    """The setting `links.shared_above` decides when a link is shared."""

    severity: Severity = Severity.MEDIUM


def evaluate(observation: LinkObservation, config: Config) -> list[Finding]:
    """One finding, when a device becomes a shared one."""
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
