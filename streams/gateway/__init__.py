"""Receives webhooks: checks the sender, and stores each hook before it answers."""
