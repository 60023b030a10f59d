"""One person, several accounts."""

from __future__ import annotations

from msgspec import field

from streams.contracts.model import Decision, LinkKind, Severity
from streams.rules.base import Finding, LinkObservation, RuleConfig, SeverityMap, link_inputs

NAME = "same_person"
TITLE = "One person verified under several subjects"
RUNBOOK = """
One document, or else one name with one birth date, was verified under different subject ids within
90 days, possibly by different vendors. By document: two subjects MEDIUM, three HIGH. By name and
birth date: one level lower, since namesakes exist.

What to do: compare the linked sessions. A customer with a second account is often harmless; one
document under several names or with declined sessions is not.

Usual false alarms: customers who registered again, subject ids that a company mints per attempt,
namesakes (key `name`).

Dedupe: link, severity. The first alert of each severity stands; one that a late event moves to
another session supersedes it.
"""
STAGE = "link"
KINDS = (LinkKind.PERSON,)
inputs = link_inputs


class Config(RuleConfig, frozen=True):
    """Subjects from which on a person counts as worse."""

    many: int = 3
    grades: SeverityMap = field(default_factory=SeverityMap)


_BY_DOCUMENT = (Severity.MEDIUM, Severity.HIGH)
_BY_NAME = (Severity.LOW, Severity.MEDIUM)


def evaluate(observation: LinkObservation, config: Config) -> list[Finding]:
    """One finding about a session of a person whom other subject ids stand for too."""
    if observation.shared:
        return []
    count = observation.subjects_count
    if count < 2:
        return []
    by_document = observation.link.split("|")[2].startswith("document:")
    tiers = _BY_DOCUMENT if by_document else _BY_NAME
    others = observation.others
    return [
        Finding(
            severity=config.grades.of(tiers[count >= config.many]),
            title=f"One person was verified under {count} subject ids",
            dedupe=(observation.link,),
            evidence={
                "key": "document" if by_document else "name",
                "subjects_count": count,
                "sessions_count": observation.sessions_count,
                "vendors_count": len({use.vendor for use in [*others, observation.seen]}),
                "declined_count": len(
                    {use.session for use in others if use.decision is Decision.DECLINED}
                ),
            },
            linked=observation.linked,
        )
    ]
