"""Findings about events and their links: pure functions, clock and look-ups handed in."""
