"""Cases: the same in any order of arrival, written once per change, closed by verdicts."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from streams.contracts.model import (
    Alert,
    Case,
    CaseAlert,
    CaseBand,
    CaseDecision,
    CaseState,
    Decision,
    Disposition,
    Environment,
    Linked,
    Severity,
    Verdict,
)
from streams.pipeline.cases.case import (
    ALERTS_MAX,
    DECISIONS_MAX,
    CaseRecord,
    apply,
    of_alert,
    of_disposition,
    without,
)
from streams.pipeline.cases.score import DAY_MS, CaseConfig, Weight
from streams.pipeline.messages import CaseMessage, Judged, Mute

CONFIG = CaseConfig()
T = 1_778_760_000_000
LIVE = Environment.LIVE
ME = "cust-1"
LOW, MEDIUM, HIGH = Severity.LOW, Severity.MEDIUM, Severity.HIGH


def sign(
    rule: str = "ip_distance", severity: Severity = MEDIUM, at: int = T, **given: Any
) -> CaseMessage:
    name = given.pop("name", f"{rule}-{severity}-{at}")
    alert = CaseAlert(name, rule, severity, f"event-{name}", "didit", "s", at)
    return CaseMessage(ME, LIVE, "didit", alert=alert, **given)


def decided(decision: Decision = Decision.APPROVED, at: int = T, session: str = "s") -> CaseMessage:
    found = CaseDecision("didit", session, f"{session}-{at}", decision, at)
    return CaseMessage(ME, LIVE, "didit", decision=found)


def verdict(
    kind: Verdict = Verdict.FALSE_ALARM,
    at: int = T + DAY_MS,
    rules: tuple[str, ...] = ("ip_distance",),
) -> CaseMessage:
    return of_disposition(
        Disposition(f"d-{kind}-{at}", "case", ME, LIVE, kind, "because", "ana", at, list(rules))
    )


def run(*messages: CaseMessage) -> tuple[CaseRecord | None, list[Case]]:
    record: CaseRecord | None = None
    written: list[Case] = []
    for message in messages:
        record, sent = apply(record, message, CONFIG, "p1")
        written += (output for output in sent if isinstance(output, Case))
    return record, written


def last(*messages: CaseMessage) -> Case:
    return run(*messages)[1][-1]


def told(case: Case) -> dict[str, Any]:
    """All but what tells one change from another."""
    return {k: v for k, v in msgspec.to_builtins(case).items() if k != "change_id"}


# -- what makes a case ------------------------------------------------------------------------


def test_decisions_alone_are_no_case() -> None:
    record, written = run(decided(), decided(Decision.DECLINED, T + 1))
    assert record
    assert written == []


def test_an_alert_opens_one_with_what_came_before() -> None:
    case = last(decided(at=T - 5), sign())
    assert (case.state, case.band, case.score) == (CaseState.OPEN, CaseBand.MEDIUM, 22)
    assert [d.decision for d in case.decisions] == [Decision.APPROVED]
    assert [(c.rule, c.points) for c in case.contributions] == [("ip_distance", 22.0)]
    assert (case.opened_at, case.changed_at) == (T, T)


@pytest.mark.parametrize(
    ("rule", "severity"),
    [
        ("anonymous_ip", LOW),
        ("anonymous_ip", MEDIUM),
        ("ip_distance", LOW),
        ("ip_country_mismatch", LOW),
        ("duplicate_device", LOW),
        ("duplicate_device", MEDIUM),
        ("duplicate_device", HIGH),
        ("same_person", LOW),
        ("shared_device", MEDIUM),
        ("verification_lapsed", LOW),
        ("decision_reversed", HIGH),
    ],
)
def test_what_is_weak_alone_stays_low(rule: str, severity: Severity) -> None:
    assert last(sign(rule, severity)).band is CaseBand.LOW
    again = [sign(rule, severity, T + n * 1000) for n in range(20)]
    assert last(*again).band is CaseBand.LOW


def test_signs_of_different_kinds_add_up_and_those_of_one_kind_do_not() -> None:
    one = last(sign("ip_distance")).score
    same = last(sign("ip_distance"), sign("impossible_travel")).score
    different = last(sign("ip_distance"), sign("same_person")).score
    assert one < same <= one + 1
    assert different >= 2 * one - 1
    assert last(sign("ip_distance"), sign("same_person")).band is CaseBand.HIGH


def test_contributions_add_up_to_the_score() -> None:
    case = last(sign(), sign("anonymous_ip", LOW), sign("same_person"), sign("impossible_travel"))
    assert case.score == round(sum(c.points for c in case.contributions))


def test_time_lets_a_sign_fade() -> None:
    half = int(CONFIG.half_life_days * DAY_MS)
    assert last(sign(), decided(at=T + half)).score == 11
    assert last(sign(), decided(at=T + half)).band is CaseBand.LOW


def test_a_score_is_at_most_100() -> None:
    rules = ("ip_distance", "same_person", "anonymous_ip")
    heavy = CaseConfig(weights=dict.fromkeys(rules, Weight(high=99)))
    record = None
    for rule in rules:
        record, sent = apply(record, sign(rule, HIGH), heavy, "p")
    assert isinstance(sent[0], Case)
    assert sent[0].score == 100


# -- order, repeats, bounds -------------------------------------------------------------------


MESSAGES = st.one_of(
    st.builds(
        lambda rule, severity, at, gone: sign(rule, severity, T + at, gone=gone),
        st.sampled_from(["ip_distance", "same_person", "anonymous_ip"]),
        st.sampled_from([LOW, MEDIUM, HIGH]), st.integers(0, 5),
        st.lists(st.sampled_from([f"ip_distance-MEDIUM-{T + n}" for n in range(3)]), max_size=1),
    ),
    st.builds(
        lambda decision, at, session: decided(decision, T + at, session),
        st.sampled_from(list(Decision)), st.integers(0, 5), st.sampled_from(["s1", "s2"]),
    ),
    st.builds(
        lambda kind, at, rules: verdict(kind, T + at, tuple(rules)),
        st.sampled_from([Verdict.FALSE_ALARM, Verdict.CONFIRMED_FRAUD]), st.integers(0, 5),
        st.lists(st.sampled_from(["ip_distance", "same_person"]), max_size=2),
    ),
    st.builds(
        lambda at: CaseMessage(ME, LIVE, "didit", mute=Mute("ip_distance", T + at)),
        st.integers(0, 5),
    ),
)  # fmt: skip


def same_ids_say_the_same(messages: list[CaseMessage]) -> list[CaseMessage]:
    """A decision of one time and session, a verdict of one id: one content, as in reality."""
    known: dict[Any, CaseMessage] = {}
    for message in messages:
        key: Any = None
        if message.decision:
            key = message.decision.event_id
        elif message.verdict:
            key = message.verdict.disposition_id
        elif message.alert:
            key = message.alert.alert_id
        known.setdefault(key or message.mute, message)
    return list(known.values())


@given(st.lists(MESSAGES, max_size=12), st.randoms(use_true_random=False))
def test_any_order_of_arrival_ends_in_the_same_case(
    messages: list[CaseMessage], random: Any
) -> None:
    messages = same_ids_say_the_same(messages)
    shuffled = list(messages)
    random.shuffle(shuffled)
    ends = []
    for order in (messages, shuffled, [*shuffled, *messages]):
        record, written = run(*order)
        ends.append((written[-1] if written else None, record))
    first = ends[0]
    for case, record in ends[1:]:
        assert (case is None) is (first[0] is None)
        if case and first[0]:
            assert told(case) == told(first[0])
        assert record is None or first[1] is None or _facts(record) == _facts(first[1])


def _facts(record: CaseRecord) -> CaseRecord:
    return replace(record, change_id=None, digest=None)


@given(st.lists(MESSAGES, max_size=10))
def test_what_is_repeated_changes_nothing_and_writes_nothing(messages: list[CaseMessage]) -> None:
    messages = same_ids_say_the_same(messages)
    record, written = run(*messages)
    for message in messages:
        again, sent = apply(record, message, CONFIG, "p1")
        assert again is record
        assert sent == []
    assert len({case.change_id for case in written}) == len(written)
    assert len({case.case_id for case in written}) <= 1


def test_it_is_bounded_and_keeps_the_latest() -> None:
    messages = [sign(at=T + n) for n in range(3 * ALERTS_MAX)]
    messages += [decided(at=T + n, session=f"s{n}") for n in range(3 * DECISIONS_MAX)]
    record, _ = run(*messages)
    assert record
    assert [a.occurred_at - T for a in record.alerts] == list(range(2 * ALERTS_MAX, 3 * ALERTS_MAX))
    assert len(record.decisions) == DECISIONS_MAX


# -- verdicts ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Verdict.CONFIRMED_FRAUD, Verdict.DUPLICATE, Verdict.FALSE_ALARM])
def test_a_verdict_closes_the_case(kind: Verdict) -> None:
    case = last(sign(), verdict(kind))
    assert (case.state, case.verdict) == (CaseState.CLOSED, kind)
    assert (case.closed_by, case.closed_at, case.reason) == ("ana", T + DAY_MS, "because")


def test_a_false_alarm_mutes_the_same_finding_for_a_time() -> None:
    soon, late = T + 30 * DAY_MS, T + 200 * DAY_MS
    quiet = last(sign(), verdict(), sign(at=soon))
    assert (quiet.state, quiet.score) == (CaseState.CLOSED, 0)
    assert all(alert.muted for alert in quiet.alerts)
    assert last(sign(), verdict(), sign(at=late)).state is CaseState.OPEN


def test_a_different_sign_opens_it_again() -> None:
    case = last(sign(), verdict(), sign("same_person", at=T + 2 * DAY_MS))
    assert case.state is CaseState.OPEN
    assert [(c.rule, c.muted) for c in case.contributions] == [
        ("same_person", False), ("ip_distance", True),
    ]  # fmt: skip
    unseen = last(sign(), sign("same_person"), verdict())
    assert unseen.state is CaseState.OPEN  # the analyst had not seen that one


def test_confirmed_fraud_opens_again_with_the_next_sign() -> None:
    case = last(sign(), verdict(Verdict.CONFIRMED_FRAUD), sign(at=T + 2 * DAY_MS))
    assert (case.state, case.verdict) == (CaseState.OPEN, Verdict.CONFIRMED_FRAUD)
    assert case.score >= 22


def test_a_verdict_is_counted_for_the_rules_that_it_covers() -> None:
    record, _ = run(sign(), sign("same_person"), sign("anonymous_ip", LOW))
    _, sent = apply(record, verdict(rules=("ip_distance", "anonymous_ip")), CONFIG, "p1")
    assert [o for o in sent if isinstance(o, Judged)] == [
        Judged(Verdict.FALSE_ALARM, ["anonymous_ip", "ip_distance"])
    ]


def test_a_false_alarm_about_a_link_is_one_for_all_that_share_it() -> None:
    household = sign("duplicate_device", LOW, linked=["cust-2", "didit:s9"])
    record, _ = run(household)
    _, sent = apply(record, verdict(rules=("duplicate_device",)), CONFIG, "p1")
    muted = [o for o in sent if isinstance(o, CaseMessage)]
    assert [(m.subject_key, m.mute and m.mute.rule) for m in muted] == [
        ("cust-2", "duplicate_device"), ("didit:s9", "duplicate_device"),
    ]  # fmt: skip
    theirs = replace(sign("duplicate_device", LOW), subject_key="cust-2")
    record, _ = apply(None, theirs, CONFIG, "p1")
    _, sent = apply(record, muted[0], CONFIG, "p1")
    assert isinstance(sent[0], Case)
    assert (sent[0].alerts[0].muted, sent[0].score) == (True, 0)


# -- from alerts ------------------------------------------------------------------------------


def alert(**given: Any) -> Alert:
    told: dict[str, Any] = {
        "alert_id": "a1", "rule": "ip_distance", "severity": MEDIUM, "title": "t",
        "event_id": "e", "vendor": "didit", "session_id": "s", "environment": LIVE,
        "occurred_at": T, "raised_at": T, "subject_id": ME,
    }  # fmt: skip
    return Alert(**{**told, **given})


def test_an_alert_that_is_withdrawn_or_superseded_goes() -> None:
    first = of_alert(alert())
    withdrawn = of_alert(alert(alert_id="a2", supersedes="a1", evidence={"withdrawn": True}))
    better = of_alert(alert(alert_id="a3", supersedes="a1", severity=HIGH))
    assert withdrawn.alert is None
    for order in ((first, better), (better, first)):
        assert [a.alert_id for a in last(*order).alerts] == ["a3"]
    record, written = run(first, withdrawn)
    assert record
    assert record.alerts == []
    assert written[-1].score == 0


def test_other_subjects_are_kept_by_their_keys() -> None:
    linked = [Linked("didit", "s2", ME), Linked("didit", "s3", "cust-3"), Linked("alice", "s4")]
    assert of_alert(alert(linked=linked)).linked == ["alice:s4", "cust-3"]


def test_an_erased_subject_is_forgotten_where_it_was_linked() -> None:
    record, _ = run(sign("duplicate_device", LOW, linked=["cust-2", "cust-3"]))
    assert record
    left = without(record, {"cust-2"})
    assert list(left.linked.values()) == [["cust-3"]]
    assert without(left, {"cust-2"}) is left
