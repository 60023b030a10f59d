"""The demo: a small story of invented people through a real Kafka and a real worker."""
