"""The stages, pure: raw records in, verifications and alerts out. Start with `pipeline.py`."""
