"""Kafka without Faust: clients, topics, access rules, schema registry, dead letters, a broker."""
