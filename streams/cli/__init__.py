"""The command `idv`."""
