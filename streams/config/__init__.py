"""Settings: variables, files, secrets."""
