"""Every code and flag of the sources is documented, and no others."""

from __future__ import annotations

import re

import pytest

from streams.contracts.codes import DROPS, FLAGS, REJECTIONS
from tests.support.paths import ROOT

STREAMS = ROOT / "streams"
SOURCES = "".join(path.read_text() for path in STREAMS.rglob("*.py"))
USES = {
    "rejections": (REJECTIONS, r'Rejection\(\s*"([a-z_]+)"'),
    "drops": (DROPS, r'Drop\(\s*"([a-z_]+)"'),
    "flags": (FLAGS, r'(?:_FLAG = |flags = \[|flags, |_flags\.add\()"([a-z_]+)"'),
}


@pytest.mark.parametrize("kind", USES)
def test_what_is_explained_is_what_is_said(kind: str) -> None:
    explained, pattern = USES[kind]
    assert set(re.findall(pattern, SOURCES)) == set(explained)
