"""One person, several accounts."""

from __future__ import annotations

from msgspec import field

from streams.contracts.model import Decision, LinkKind, Severity
from streams.rules.base import Finding, LinkObservation, RuleConfig, SeverityMap, link_inputs

NAME = "same_person"
TITLE = "One person verified under several subjects"
RUNBOOK = """
One document, or one name with one birth date, was verified under different subject ids within 90
days, possibly by different vendors. By document: two subjects MEDIUM, three HIGH. By name and birth
date: one level lower, since namesakes exist.

What to do: compare the linked sessions. A customer with a second account is often harmless. One
document under several names or with declined sessions is not.

Usual false alarms: customers who registered again, subject ids that a company mints per attempt,
namesakes (key `name`).

Dedupe: link, severity. The first alert of each severity stands. Where a late event moves it to
another session, a new alert supersedes it.
"""
STAGE = "link"
KINDS = (LinkKind.PERSON,)
inputs = link_inputs


class Config(RuleConfig, frozen=True):
    """`many`: subjects that make the finding worse."""

    many: int = 3
    grades: SeverityMap = field(default_factory=SeverityMap)


_BY_DOCUMENT = (Severity.MEDIUM, Severity.HIGH)
_BY_NAME = (Severity.LOW, Severity.MEDIUM)


def evaluate(observation: LinkObservation, config: Config) -> list[Finding]:
    """One finding where the person has other subject ids too."""
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
                "vendors_count": len({o.vendor for o in (*others, observation.seen)}),
                "declined_count": len(
                    {o.session for o in others if o.decision is Decision.DECLINED}
                ),
            },
            linked=observation.linked,
        )
    ]
