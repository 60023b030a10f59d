"""Explains the fields and alerts of an event, and the effect of another policy."""
