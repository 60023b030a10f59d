"""Fetching, delivery and commits: Faust's Kafka driver, hardened."""
