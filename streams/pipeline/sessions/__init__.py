"""One session: the order of its events."""
