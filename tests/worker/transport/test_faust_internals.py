"""The transport depends on internals of one version of Faust and aiokafka.

These tests fail when they change: then compare every override with the new source.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import pytest
from aiokafka.consumer.consumer import AIOKafkaConsumer
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.producer.producer import AIOKafkaProducer
from aiokafka.producer.sender import Sender
from faust.assignor.partition_assignor import PartitionAssignor
from faust.channels import Channel
from faust.stores import rocksdb
from faust.streams import Stream
from faust.tables import manager, recovery
from faust.transport import conductor
from faust.transport import consumer as base
from faust.transport.drivers import aiokafka as driver
from mode import threads
from mode.utils.queues import FlowControlEvent

VERSIONS = {"faust-streaming": "0.15.3", "aiokafka": "0.14.0", "rocksdict": "0.3.29"}


@pytest.mark.parametrize(("package", "pinned"), VERSIONS.items())
def test_the_versions_are_those_that_were_read(package: str, pinned: str) -> None:
    assert version(package) == pinned


SIGNATURES: list[tuple[Callable[..., Any], list[str]]] = [
    (driver.Consumer._getmany, ["self", "active_partitions", "timeout"]),
    (driver.Consumer._to_message, ["self", "tp", "record"]),
    (driver.Consumer._new_consumer_thread, ["self"]),
    (driver.Consumer._commit, ["self", "offsets"]),
    (driver.Consumer.seek_to_committed, ["self"]),
    (driver.AIOKafkaConsumerThread.on_start, ["self"]),
    (driver.AIOKafkaConsumerThread._gather_remaining_tasks, ["self"]),
    (driver.AIOKafkaConsumerThread._keepalive2, ["self"]),
    (driver.AIOKafkaConsumerThread.getmany, ["self", "active_partitions", "timeout"]),
    (
        driver.AIOKafkaConsumerThread._fetch_records,
        ["self", "consumer", "active_partitions", "timeout", "max_records"],
    ),
    (driver.AIOKafkaConsumerThread.seek_to_beginning, ["self", "partitions"]),
    (driver.Producer._settings_extra, ["self"]),
    (driver.Producer._ensure_producer, ["self"]),
    (driver.Producer.on_start, ["self"]),
    (base.Consumer.ack, ["self", "message"]),
    (base.Consumer._filter_tps_with_pending_acks, ["self", "topics"]),
    (base.Consumer._new_offset, ["self", "tp"]),
    (base.Consumer._drain_messages, ["self", "fetcher"]),
    (base.Consumer._wait_next_records, ["self", "timeout"]),
    (base.Consumer.on_partitions_assigned, ["self", "assigned", "generation_id"]),
    (base.Consumer.resume_flow, ["self"]),
    (base.Consumer.resume_partitions, ["self", "tps"]),
    (base.Consumer.on_buffer_drop, ["self", "tp"]),
    (base.Consumer.on_partitions_revoked, ["self", "revoked"]),
    (base.Consumer.perform_seek, ["self"]),
    (base.Consumer.verify_all_partitions_active, ["self"]),
    (base.Consumer._is_changelog_tp, ["self", "tp"]),
    (GroupCoordinator._do_heartbeat, ["self"]),
    (GroupCoordinator._do_rejoin_group, ["self", "subscription"]),
    (Sender._send_produce_req, ["self", "node_id", "batches"]),
    (AIOKafkaProducer.create_batch, ["self"]),
    (AIOKafkaProducer.send_batch, ["self", "batch", "topic", "partition"]),
    (rocksdb.Store._open_for_partition, ["self", "partition"]),
    (rocksdb.Store._db_for_partition, ["self", "partition"]),
    (rocksdb.Store.persisted_offset, ["self", "tp"]),
    (FlowControlEvent.is_active, ["self"]),
    (Stream.noack, ["self"]),
]


@pytest.mark.parametrize(
    ("function", "parameters"), SIGNATURES, ids=lambda x: getattr(x, "__qualname__", "")
)
def test_what_is_overridden_or_called_is_as_it_was(
    function: Callable[..., Any], parameters: list[str]
) -> None:
    assert list(inspect.signature(function).parameters) == parameters


# What the overrides take for granted about their surroundings, as it stands in the source.
TAKEN_FOR_GRANTED: list[tuple[Any, str]] = [
    (base.Consumer.__init__, "self.callback = callback"),
    (base.Consumer.__init__, "self._unacked_messages"),
    (base.Fetcher, "await consumer._drain_messages(self)"),
    (base.Consumer._drain_messages, "await self.wait_first("),
    (conductor.ConductorCompiler.build, "if queue.full():"),
    (conductor.Conductor, "_tp_index"),
    (base.Consumer.getmany, "yield tp, to_message(tp, record)"),
    (base.Consumer._wait_next_records, "await self._getmany("),
    (base.Consumer._filter_committable_offsets, "offset = self._new_offset(tp)"),
    (base.Consumer.on_partitions_revoked, "self._on_partitions_revoked"),
    (base.Consumer.wait_empty, "self._unacked_messages"),
    (threads.ServiceThread.start, "self.add_future(self._keepalive2())"),
    (threads.ServiceThread.start, "self._thread = self.Worker(self)"),
    (threads.ServiceThread.start, "await self._thread_running"),
    (threads.ServiceThread.stop, "self._thread.stop()"),
    (threads.ServiceThread._start_thread, "run_until_complete(self._serve())"),
    (recovery.Recovery.on_recovery_completed, "consumer.perform_seek()"),
    (recovery.Recovery.on_recovery_completed, "self.app.flow_control.resume()"),
    (driver.ConsumerRebalanceListener, "app.consumer_generation_id = generation"),
    (AIOKafkaConsumer.start, "self._coordinator = GroupCoordinator("),
    (GroupCoordinator._heartbeat_routine, "await self._do_heartbeat()"),
    (GroupCoordinator.reset_generation, "DEFAULT_GENERATION_ID"),
    (GroupCoordinator._on_join_prepare, "self._group_subscription = None"),
    (GroupCoordinator._handle_metadata_update, "self._metadata_snapshot != metadata_snapshot"),
    (PartitionAssignor.on_assignment, "metadata.external_topic_distribution"),
    (Sender._sender_routine, "self._send_produce_req(node_id, node_batches)"),
    (AIOKafkaProducer.__init__, "self._sender = Sender("),
    (Channel, "clear_on_resume=True"),
    (rocksdb.Store.apply_changelog_batch, "self.set_persisted_offset(tp, offset)"),
    (recovery.Recovery, "if seen_offset is None or offset > seen_offset:"),
    (recovery.Recovery, "table.apply_changelog_batch(buf)"),
    (manager.TableManager, "maxsize=self.app.conf.stream_buffer_maxsize"),
    (manager.TableManager.on_start, "await self._update_channels()"),
    (manager.TableManager.on_start, "await self.recovery.start()"),
]


@pytest.mark.parametrize(("where", "line"), TAKEN_FOR_GRANTED)
def test_what_is_taken_for_granted_stands_in_the_source(where: Any, line: str) -> None:
    assert line in inspect.getsource(where)
