"""The page on which an analyst works: cases out of Kafka, verdicts back into it."""
