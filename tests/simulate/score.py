"""The definition of correct alerts.

- Rules that *suspect* a person count from MEDIUM: a LOW alert is for the record, and its runbook
  requires no action. They are right only about planted fraud; an alert about an honest household,
  traveller or returning customer is false, even if its figures are true.
- Rules that *state a fact* count at every severity, and are right if the fact is true, for any
  person: most people with a VPN are honest, and the alert states only the VPN.

Precision is the share of right alerts among those counted. Recall is the share of units (a planted
farm, session, identity; a fact) with at least one right, counted alert. Superseded alerts count
too, since an analyst has read them.

There are three shares of honest subjects. *Alerted* have a suspicion of MEDIUM or more about a
session: an analyst reviews a person who did nothing. *In a medium alert* also have facts of that
severity, mostly a VPN. *In any alert* have any alert at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any

import msgspec

from streams.contracts.model import Alert, Case, CaseBand, RawRecord, Severity, Verification
from streams.pipeline.geo.gazetteer import Gazetteer
from streams.pipeline.local import Offline
from streams.pipeline.normalize.keyring import Keyring
from streams.pipeline.pipeline import Pipeline
from streams.pipeline.policy import policy_from
from tests.simulate.figures import Shares
from tests.simulate.payloads import Attempt, payload
from tests.simulate.stories import KIOSKS, SHARES, population

SUSPICIONS = (
    "duplicate_device", "same_person", "duplicate_identity", "ip_distance",
    "ip_country_mismatch", "impossible_travel",
)  # fmt: skip
FACTS = (
    "anonymous_ip", "shared_device", "decision_reversed", "verification_lapsed",
    "vendors_disagree",
)  # fmt: skip
_SPEAKS_FOR = {"ip_distance": "ip_country_mismatch", "ip_country_mismatch": "ip_distance"}
"""Which of the two finds a far document depends on whether its city's name is known."""

BANDS = list(CaseBand)
SETTINGS: dict[str, Any] = {"devices": {"didit": list(KIOSKS)}}
"""Defaults, and the company's own kiosks: what any installation has to enter."""


class Score:
    """Counts over one or more populations."""

    def __init__(self) -> None:
        self.right: dict[str, int] = {}
        self.counted: dict[str, int] = {}
        self.raised: dict[str, int] = {}
        self.units: dict[str, set[str]] = {}
        self.found: dict[str, set[str]] = {}
        self.honest: set[str] = set()
        self.alerted: set[str] = set()
        self.medium: set[str] = set()
        self.noted: set[str] = set()
        self.alerted_by: dict[str, set[str]] = {}
        """Story → honest subjects of it that were alerted."""
        self.sessions: Counter[bool] = Counter()
        """Sessions of honest people (True), and of others."""
        self.stories: dict[str, str] = {}
        """Planted subject → its story."""
        self.planted: dict[str, set[str]] = {}
        """Planted unit → the subjects whose attempts it is made of."""
        self.cases: dict[str, Case] = {}
        """Subject → its case at the end."""

    def add(
        self, seed: int, attempts: Iterable[Attempt], alerts: Iterable[Alert], cases: Iterable[Case]
    ) -> None:
        known: dict[str, Attempt] = {}
        truths: dict[str, dict[str, str]] = {}
        for attempt in attempts:
            self.sessions[attempt.honest] += attempt.session not in known
            known[attempt.session] = attempt
            truths.setdefault(attempt.session, {}).update(attempt.units)
            for rule, unit in attempt.units.items():
                self.units.setdefault(rule, set()).add(f"{seed}/{unit}")
            subject = f"{seed}/{attempt.subject}"
            if attempt.honest:
                self.honest.add(subject)
            else:
                self.stories[subject] = attempt.story
                for unit in attempt.units.values():
                    self.planted.setdefault(f"{seed}/{unit}", set()).add(subject)
        self.cases |= {f"{seed}/{case.subject_key}": case for case in cases}
        for alert in alerts:
            self._add_alert(seed, alert, known[alert.session_id], truths[alert.session_id])

    def _add_alert(self, seed: int, alert: Alert, attempt: Attempt, units: dict[str, str]) -> None:
        rule, subject = alert.rule, f"{seed}/{attempt.subject}"
        self.raised[rule] = self.raised.get(rule, 0) + 1
        is_suspicion, is_low = rule in SUSPICIONS, alert.severity.rank < Severity.MEDIUM.rank
        if attempt.honest:
            self.noted.add(subject)
            if not is_low:
                self.medium.add(subject)
        if is_suspicion and is_low:
            return
        self.counted[rule] = self.counted.get(rule, 0) + 1
        for planted in (rule, _SPEAKS_FOR.get(rule, rule)):
            if unit := units.get(planted):
                self.right[rule] = self.right.get(rule, 0) + 1
                self.found.setdefault(planted, set()).add(f"{seed}/{unit}")
                break
        if is_suspicion and attempt.honest:
            self.alerted.add(subject)
            self.alerted_by.setdefault(attempt.story, set()).add(subject)

    def as_json(self) -> dict[str, Any]:
        figures: dict[str, Any] = {
            rule: {
                "precision": _share(self.right.get(rule, 0), self.counted.get(rule, 0)),
                "recall": _share(len(self.found.get(rule, ())), len(self.units.get(rule, ()))),
                "alerts": self.counted.get(rule, 0),
                "alerts_of_any_severity": self.raised.get(rule, 0),
                "units": len(self.units.get(rule, ())),
            }
            for rule in (*SUSPICIONS, *FACTS)
        }
        figures["honest_subjects"] = len(self.honest)
        figures["honest_subjects_alerted_share"] = _share(len(self.alerted), len(self.honest))
        figures["honest_subjects_in_a_medium_alert_share"] = _share(
            len(self.medium), len(self.honest)
        )
        figures["honest_subjects_in_any_alert_share"] = _share(len(self.noted), len(self.honest))
        return figures

    def case_figures(self) -> dict[str, float]:
        """Shares of honest people and of planted fraud by the band of their cases."""
        in_band = {
            band: {s for s, c in self.cases.items() if BANDS.index(c.band) >= BANDS.index(band)}
            for band in BANDS
        }
        medium, high = in_band[CaseBand.MEDIUM], in_band[CaseBand.HIGH]
        fraud = set(self.stories)
        found = [unit for unit, subjects in self.planted.items() if subjects & medium]
        return {
            "fraud_share_of_sessions": _share(self.sessions[False], self.sessions.total()),
            "honest_in_medium_share": _share(len(self.honest & medium), len(self.honest)),
            "honest_in_high_share": _share(len(self.honest & high), len(self.honest)),
            "fraud_in_medium_share": _share(len(found), len(self.planted)),
            "fraudulent_subjects_in_medium_share": _share(len(fraud & medium), len(fraud)),
            "medium_precision": _share(len(fraud & medium), len(medium)),
            "high_precision": _share(len(fraud & high), len(high)),
            "high_cases": len(high),
            "medium_cases": len(medium),
        }


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def simulate(seeds: Iterable[int], honest: int, shares: Shares = SHARES) -> Score:
    """Populations of that many honest people each, through the offline pipeline."""
    score, places = Score(), Gazetteer()
    for seed in seeds:
        attempts = population(seed, honest, shares)
        score.add(seed, attempts, *_results(attempts, places))
    return score


def _results(attempts: list[Attempt], places: Gazetteer) -> tuple[list[Alert], Collection[Case]]:
    """All alerts, and the cases as they are at the end."""
    keyring = Keyring({"sim": b"a key for simulations only"})
    offline = Offline(Pipeline(keyring, policy_from(keyring, {"known": SETTINGS}), places))
    found: list[Alert] = []
    cases: dict[str, Case] = {}
    for number, attempt in enumerate(attempts):
        record = RawRecord(
            f"idv.raw.{attempt.vendor}", 0, number, attempt.at, None,
            msgspec.json.encode(payload(attempt, number)),
            (("idv-subject", attempt.subject.encode()),),
        )  # fmt: skip
        results = list(offline.outputs(attempt.vendor, record, attempt.at))
        # Every attempt is understood: a simulation of rejected payloads would show nothing.
        if not any(isinstance(result, Verification) for result in results):
            raise AssertionError(f"{attempt.vendor}: {results[0]}")
        found += (result for result in results if isinstance(result, Alert))
        cases |= {result.subject_key: result for result in results if isinstance(result, Case)}
    return found, cases.values()
