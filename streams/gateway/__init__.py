"""Webhooks in: who sent them is checked, and they are safe before they are answered."""
