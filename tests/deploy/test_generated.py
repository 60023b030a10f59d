"""Generated files are up to date (`make docs` writes them)."""

from __future__ import annotations

import pytest

from deploy.generate import ROOT, files
from streams.config.settings import Settings

FILES = files()


@pytest.mark.parametrize("path", FILES)
def test_a_generated_file_is_up_to_date(path: str) -> None:
    written = ROOT / path
    assert written.is_file(), "run `make docs`"
    assert written.read_text(encoding="utf-8") == FILES[path], "run `make docs`"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_says_what_it_is_for(name: str) -> None:
    assert Settings.model_fields[name].description
