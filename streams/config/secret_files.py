"""Secrets from files: `IDV_<NAME>_FILE` is the path of a file with the secret `<name>`.

This keeps secrets mounted by Kubernetes or Docker out of the environment of the process.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource

from streams.kafka.security import SettingsError


class SecretFiles(PydanticBaseSettingsSource):
    """Raises SettingsError for an unreadable file, or a secret that is set twice."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        del field
        return _read(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        found = {name: _read(name) for name in _secrets(self.settings_cls)}
        return {name: value for name, value in found.items() if value is not None}


def variables(settings: type[BaseModel]) -> set[str]:
    """Names of the variables for secret files."""
    return {_variable(name) for name in _secrets(settings)}


def _secrets(settings: type[BaseModel]) -> list[str]:
    fields = settings.model_fields
    return [
        name
        for name, field in fields.items()
        if SecretStr in (field.annotation, *get_args(field.annotation))
        # A setting of that name exists, and its file is read repeatedly.
        and f"{name}_file" not in fields
    ]


def _variable(name: str) -> str:
    return f"IDV_{name.upper()}_FILE"


def _read(name: str) -> str | None:
    file = os.environ.get(_variable(name))
    if file is None:
        return None
    if f"IDV_{name.upper()}" in os.environ:
        raise SettingsError(f"both IDV_{name.upper()} and {_variable(name)} are set; keep one")
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(f"{_variable(name)} names {file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{_variable(name)} names {file}, which is not UTF-8") from error
