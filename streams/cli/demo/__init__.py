"""The demo: events of invented people through a real Kafka and a real worker."""
