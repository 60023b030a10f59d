"""State on RocksDB: read per key, written once per batch, restored from changelogs."""
