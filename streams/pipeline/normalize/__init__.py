"""One raw record → one canonical event: strict parse, vendor module, seal."""
