"""What goes out: the canonical types, their Avro schemas, topics, ids and codes."""
