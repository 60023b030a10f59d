"""Loads the settings for commands."""

from __future__ import annotations

from typing import Any

from streams.cli.commands.terminal import fail
from streams.config.settings import Settings, SettingsError, load


def load_or_fail(kind: type[Settings] = Settings, **overrides: Any) -> Settings:
    """The settings with `overrides` that are not None; exits with a message if invalid."""
    try:
        return load(kind, **overrides)
    except SettingsError as error:
        fail(
            str(error),
            hint="settings come from IDV_* variables and the TOML file of IDV_CONFIG; "
            "docs/settings.md explains each",
        )
