"""Builds and runs the Faust app: agents, tables, and the settings that stock Faust needs."""

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

# Batches, of 500 records or half a megabyte, that wait in memory per agent, and for recovery.
WAITING_BATCHES = 16
NEVER_S = 1_000_000.0


class BatchSchema(Schema[Any, Any]):
    """Hands a batch to its agent as it is; nothing is decoded, so nothing can fail to decode."""

    def compile(self, app: Any, **_: Any) -> Any:
        create_event = app.create_event

        async def decode(message: Any, *, propagate: bool = False) -> Any:
            del propagate
            return create_event(None, message.value, None, message)

        return decode


def build(
    settings: Settings, health: Health, prefixes: Mapping[str, bytes] = PREFIXES
) -> tuple[faust.App, Runtime, HealthMonitor]:
    """The app with its agents and tables, what runs them, and what watches them. Nothing is started
    yet, but cities are being loaded.

    `prefixes` open encoded values.
    """
    app = faust.App(
        settings.app_id,
        broker=[f"idv+kafka://{server}" for server in settings.bootstrap_servers.split(",")],
        broker_credentials=settings.credentials(),
        store="idv+rocksdb://",
        TableManager=Tables,
        datadir=settings.data_dir,
        # Every topic is created beforehand from avro/topics.yaml.
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
        # Faust tells members apart by it, and refuses an assignment made for another one: a worker
        # that starts again on another host has to keep it.
        canonical_url=f"http://worker/{settings.member_name()}",
        consumer_metadata_max_age_ms=round(settings.metadata_max_age_s * 1000),
        broker_commit_interval=settings.commit_interval_s,
        broker_session_timeout=settings.session_timeout_s,
        broker_heartbeat_interval=min(3.0, settings.session_timeout_s / 10),
        # A spare without partitions fetches nothing, and would be taken for dead. Whether a worker
        # gets on is for its own watch to say.
        broker_max_poll_interval=NEVER_S,
        broker_request_timeout=max(90.0, settings.session_timeout_s),
        stream_wait_empty=True,
        stream_buffer_maxsize=WAITING_BATCHES,
        table_standby_replicas=settings.standby_replicas,
        # Health and metrics have a server of their own; Faust's would show state to anybody.
        web_enabled=False,
        worker_redirect_stdouts=False,
    )
    runtime = Runtime(app, health, wall_clock)
    policy = settings.policy()
    places = settings.places()
    # Beside what the start waits for; the first look-up waits for the rest of it.
    threading.Thread(target=places.load, name="places", daemon=True).start()
    pipeline = Pipeline(settings.keyring(), policy, places, settings.ip_lookup())
    tables: dict[str, Any] = {
        # In batches, each applied in one write. With a recovery buffer of one Faust would go on
        # reading a changelog after recovery, and write old values over new ones.
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
