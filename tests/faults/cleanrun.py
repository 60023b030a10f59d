"""Compares the topics with a run without faults over the same records.

Two clean runs, both of the pure pipeline in this process:

- *exact*: the stage topics, record by record in their order. State and alerts must be equal: faults
  of the workers must have left no trace.
- *from the start*: the raw topics through the whole pipeline. Records of different partitions are
  in another order there, so only what does not depend on order is compared: the subjects of each
  link, and the events of each session.
"""

from __future__ import annotations

from typing import Any

from msgspec import Raw, Struct

from streams.config.settings import Settings
from streams.contracts.avro import decode
from streams.contracts.model import Alert, Verification
from streams.pipeline.cases.case import CaseRecord
from streams.pipeline.links.link import LinkState
from streams.pipeline.local import Offline
from streams.pipeline.messages import CaseMessage, EventEnvelope, LinkMessage, Output
from streams.pipeline.pipeline import Pipeline
from streams.pipeline.sessions.session import SessionState
from streams.worker.codec import Packed, raw_record
from tests.support.accounts import RAW
from tests.support.cluster import Cluster

LINKS, SESSIONS, CASES = Packed(LinkState), Packed(SessionState), Packed(CaseRecord)
MESSAGES, ENVELOPES = Packed(LinkMessage[Raw]), Packed(EventEnvelope[Verification])
CASE_MESSAGES = Packed(CaseMessage)


class Comparison(Struct):
    """Keys and ids that differ; all lists are empty where the state is equal."""

    links: list[str] = []
    sessions: list[str] = []
    cases: list[str] = []
    seen: list[str] = []
    emitted: list[str] = []
    alerts_lost: list[str] = []
    alerts_unknown: list[str] = []
    compared: int = 0

    @property
    def equal(self) -> bool:
        return not (
            self.links
            or self.sessions
            or self.cases
            or self.seen
            or self.emitted
            or self.alerts_lost
            or self.alerts_unknown
        )


def compare(cluster: Cluster) -> Comparison:
    settings = Settings()
    pipeline = Pipeline(
        settings.keyring(), settings.policy(), settings.places(), settings.ip_lookup()
    )
    links, sessions, cases, alerts = _exact(cluster, pipeline)
    kept_links = _last(cluster, "idv-links-changelog")
    kept_sessions = _last(cluster, "idv-sessions-changelog")
    sent = _alerts(cluster)
    seen, emitted = _from_the_start(cluster, pipeline)
    return Comparison(
        links=_unequal(links, kept_links, LINKS),
        sessions=_unequal(sessions, kept_sessions, SESSIONS),
        cases=_unequal(cases, _last(cluster, "idv-cases-changelog"), CASES),
        seen=sorted(
            key
            for key, clean in seen.items()
            for kept in [LINKS.decode(kept_links[key])]
            if not (clean.more or clean.shared or kept.more or kept.shared)
            and clean.seen != kept.seen
        ),
        emitted=sorted(
            key for key, ids in emitted.items() if ids != set(_session(kept_sessions, key).emitted)
        ),
        alerts_lost=sorted(alerts - sent),
        alerts_unknown=sorted(sent - alerts),
        compared=len(links) + len(sessions) + len(cases),
    )


def _session(kept: dict[str, bytes], key: str) -> SessionState:
    return SESSIONS.decode(kept[key]) if key in kept else SessionState()


def _unequal(clean: dict[str, bytes], kept: dict[str, bytes], packed: Packed[Any]) -> list[str]:
    """Keys whose states differ as values: an encoding may order a map as it likes."""
    return sorted(
        key
        for key in clean.keys() | kept.keys()
        if clean.get(key) != kept.get(key)
        and (
            key not in clean
            or key not in kept
            or packed.decode(clean[key]) != packed.decode(kept[key])
        )
    )


def _exact(
    cluster: Cluster, pipeline: Pipeline
) -> tuple[dict[str, bytes], dict[str, bytes], dict[str, bytes], set[str]]:
    links: dict[str, bytes] = {}
    sessions: dict[str, bytes] = {}
    cases: dict[str, bytes] = {}
    alerts: set[str] = set()

    def keep(
        states: dict[str, bytes], packed: Packed[Any], key: str, state: Any, outputs: list[Output]
    ) -> None:
        if state is not None:
            states[key] = packed.encode(state)
        alerts.update(o.alert_id for o in outputs if isinstance(o, Alert))

    def link(record: Any) -> None:
        message = MESSAGES.decode(record.value)
        key = message.visit.key
        before = LINKS.decode(links[key]) if key in links else None
        after, outputs = pipeline.link(message, before, 0)
        keep(links, LINKS, key, after, outputs)

    def session(record: Any) -> None:
        envelope = ENVELOPES.decode(record.value)
        key = envelope.session_key
        before = SESSIONS.decode(sessions[key]) if key in sessions else None
        after, outputs = pipeline.session(envelope, before, 0)
        keep(sessions, SESSIONS, key, after, outputs)

    def case(record: Any) -> None:
        message = CASE_MESSAGES.decode(record.value)
        before = CASES.decode(cases[message.key]) if message.key in cases else None
        after, outputs = pipeline.case(message, before, 0)
        keep(cases, CASES, message.key, after, outputs)

    cluster.each(link, "idv.stage.links")
    cluster.each(session, "idv.stage.sessions")
    cluster.each(case, "idv.stage.cases")
    return links, sessions, cases, alerts


def _from_the_start(
    cluster: Cluster, pipeline: Pipeline
) -> tuple[dict[str, LinkState], dict[str, set[str]]]:
    offline = Offline(pipeline)

    def run(record: Any) -> None:
        for _ in offline.run(record.topic.rpartition(".")[2], raw_record(record), 0):
            pass

    cluster.each(run, *RAW)
    return (
        {key: state for key, state in offline.links.items() if state is not None},
        {key: set(state.emitted) for key, state in offline.sessions.items() if state is not None},
    )


def _last(cluster: Cluster, changelog: str) -> dict[str, bytes]:
    """The last value per key: what compaction leaves, and what a recovery reads."""
    kept: dict[str, bytes] = {}

    def take(record: Any) -> None:
        key = record.key.decode()
        if record.value is None:
            kept.pop(key, None)
        else:
            kept[key] = record.value

    cluster.each(take, changelog)
    return kept


def _alerts(cluster: Cluster) -> set[str]:
    sent: set[str] = set()
    cluster.each(lambda record: sent.add(decode(record.value)[1]["alert_id"]), "idv.alerts")
    return sent
