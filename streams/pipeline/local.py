"""The whole pipeline in one process with state in memory: what the worker does, without Kafka."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from streams.contracts.model import (
    Alert,
    Drop,
    Environment,
    RawRecord,
    Rejection,
    Verification,
)
from streams.pipeline.cases.case import CaseRecord
from streams.pipeline.links.link import LinkState
from streams.pipeline.messages import Output, ToCase, ToLink, ToSession, with_findings
from streams.pipeline.pipeline import Pipeline
from streams.pipeline.sessions.session import SessionState

Result = Verification | Alert | Rejection | Drop


class Offline:
    """Runs records one by one, each through all stages before the next."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self.links: dict[str, LinkState | None] = {}
        self.sessions: dict[str, SessionState | None] = {}
        self.cases: dict[str, CaseRecord | None] = {}

    def run(
        self, vendor: str, record: RawRecord, now: int, default: Environment = Environment.LIVE
    ) -> Iterator[Result]:
        """The outputs that a worker would send for a record, in the worker's order."""
        for output in self.outputs(vendor, record, now, default):
            if isinstance(output, Result):
                yield output

    def outputs(
        self, vendor: str, record: RawRecord, now: int, default: Environment = Environment.LIVE
    ) -> Iterator[Output[Verification]]:
        """The same, and the outputs that a worker only counts: suppressed alerts, failures."""
        pending = deque(self._pipeline.normalize(vendor, record, default))
        while pending:
            match output := pending.popleft():
                case ToLink(message):
                    key = message.visit.key
                    link, more = self._pipeline.link(message, self.links.get(key), now)
                    self.links[key] = link
                    pending.extend(more)
                case ToSession(envelope):
                    key = envelope.session_key
                    session, more = self._pipeline.session(envelope, self.sessions.get(key), now)
                    self.sessions[key] = session
                    pending.extend(more)
                case ToCase(message):
                    key = message.key
                    case, more = self._pipeline.case(message, self.cases.get(key), now)
                    self.cases[key] = case
                    pending.extend(more)
                case _:
                    yield output


def normalized(pipeline: Pipeline, vendor: str, record: RawRecord) -> Result:
    """The result of the first stage alone."""
    for output in pipeline.normalize(vendor, record):
        match output:
            case Rejection() | Drop():
                return output
            case ToSession(envelope):
                return with_findings(envelope)
            case ToLink(message) if message.envelope:
                return with_findings(message.envelope)
    raise AssertionError("the normalize stage returns an event, a rejection or a drop")
