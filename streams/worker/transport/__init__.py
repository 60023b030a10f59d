"""What is fetched when, delivered once, and committed: Faust's Kafka driver, hardened."""
