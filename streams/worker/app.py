"""Builds the Faust app: agents, tables, and the settings that stock Faust needs."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Mapping
from typing import Any

import faust
from faust.serializers.schemas import Schema

from streams.config.clock import wall_clock
from streams.config.settings import Settings
from streams.contracts.avro import PREFIXES
from streams.contracts.topics import STAGE_TOPICS
from streams.pipeline.pipeline import Pipeline
from streams.vendors import VENDORS
from streams.worker import stages
from streams.worker.monitor import HealthMonitor
from streams.worker.ops.health import Health
from streams.worker.ops.reload import Reload
from streams.worker.runtime import Runtime, Stage
from streams.worker.state.sweep import sweep_forever
from streams.worker.state.tables import Tables

# Queued batches (of 500 records or half a megabyte) per agent, and in recovery.
WAITING_BATCHES = 16
NEVER_S = 1_000_000.0


class BatchSchema(Schema[Any, Any]):
    """Passes a batch to its agent without decoding it."""

    def compile(self, app: Any, **_: Any) -> Any:
        create_event = app.create_event

        async def decode(message: Any, *, propagate: bool = False) -> Any:
            del propagate
            return create_event(None, message.value, None, message)

        return decode


def build(
    settings: Settings, health: Health, prefixes: Mapping[str, bytes] = PREFIXES
) -> tuple[faust.App, Runtime, HealthMonitor]:
    """The app with its agents and tables, their runtime, and the health monitor, not yet started.

    `prefixes` are the leading bytes of encoded values. A thread begins to load the gazetteer.
    """
    app = faust.App(
        settings.app_id,
        broker=[f"idv+kafka://{server}" for server in settings.bootstrap_servers.split(",")],
        broker_credentials=settings.credentials(),
        store="idv+rocksdb://",
        TableManager=Tables,
        datadir=settings.data_dir,
        # All topics are created from avro/topics.yaml before the start.
        topic_allow_declare=False,
        topic_disable_leader=True,
        # At-least-once with deterministic ids; Faust's transactions do not cover our outputs.
        processing_guarantee="at_least_once",
        producer_acks=-1,
        producer_linger=0.0,
        producer_max_batch_size=1024 * 1024,
        producer_max_request_size=8 * 1024 * 1024,
        producer_request_timeout=60.0,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=1024 * 1024,
        consumer_group_instance_id=settings.member_name(),
        # Faust identifies members by this URL and refuses an assignment made for another one, so a
        # worker that restarts on another host must keep it.
        canonical_url=f"http://worker/{settings.member_name()}",
        consumer_metadata_max_age_ms=round(settings.metadata_max_age_s * 1000),
        broker_commit_interval=settings.commit_interval_s,
        broker_session_timeout=settings.session_timeout_s,
        broker_heartbeat_interval=min(3.0, settings.session_timeout_s / 10),
        # A spare worker without partitions fetches nothing and would exceed the poll interval.
        # HealthMonitor detects a stalled worker instead.
        broker_max_poll_interval=NEVER_S,
        broker_request_timeout=max(90.0, settings.session_timeout_s),
        stream_wait_empty=True,
        stream_buffer_maxsize=WAITING_BATCHES,
        table_standby_replicas=settings.standby_replicas,
        # Health and metrics have their own server; Faust's would expose state.
        web_enabled=False,
        worker_redirect_stdouts=False,
    )
    runtime = Runtime(app, health, wall_clock)
    policy = settings.policy()
    places = settings.places()
    # Loads in parallel with the start; the first look-up waits until it is done.
    threading.Thread(target=places.load, name="places", daemon=True).start()
    pipeline = Pipeline(settings.keyring(), policy, places, settings.ip_lookup())
    tables: dict[str, Any] = {
        # Changelogs are applied in batches, one write each. With a recovery buffer of 1 Faust would
        # read a changelog after recovery too, and overwrite new values with old ones.
        name: app.Table(name, schema=BatchSchema(), recovery_buffer_size=2, standby_buffer_size=1)
        for name in STAGE_TOPICS
    }
    for stage in stages.stages(pipeline, tables, settings.environments, VENDORS, prefixes):
        _agent(app, runtime, stage)
    monitor = HealthMonitor(app, health)
    monitor.start()
    reload = Reload(pipeline, policy.version)

    async def follow_settings() -> None:
        await reload.follow(lambda: bool(app.should_stop))

    async def reclaim_space() -> None:
        stores = {name: table.data for name, table in tables.items()}
        await sweep_forever(stores, stages.lifetimes(policy))

    app.task(follow_settings)
    app.task(reclaim_space)
    return app, runtime, monitor


def _agent(app: faust.App, runtime: Runtime, stage: Stage) -> None:
    async def consume(stream: faust.StreamT[Any]) -> AsyncIterator[None]:
        await runtime.consume(stage, stream)
        yield

    channel = app.topic(stage.topic, schema=BatchSchema())
    app.agent(channel, name=f"{stage.name}:{stage.topic}")(consume)
