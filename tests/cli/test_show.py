"""Text output contains no control characters for the terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from streams.cli.commands.show import as_line
from streams.cli.commands.terminal import visible

FORGED = "c\x1b[2J\x1b]0;title\x07\r\n2026-01-01  APPROVED\u202e\x9b31m[red]"

LINES = {
    "idv.verifications": {
        "occurred_at": "2026-01-01T00:00:00.000Z", "vendor": "didit", "subject_id": FORGED,
        "session_id": "s", "decision": "DECLINED", "flags": [FORGED],
    },
    "idv.alerts": {
        "occurred_at": "2026-01-01T00:00:00.000Z", "vendor": "didit", "subject_id": None,
        "session_id": FORGED, "severity": "LOW", "rule": "ip_distance", "title": FORGED,
    },
    "idv.rejected": {
        "topic": FORGED, "partition": 0, "offset": 1, "code": FORGED, "message": FORGED,
    },
}  # fmt: skip


@pytest.mark.parametrize("topic", LINES)
def test_a_vendors_text_stays_text(topic: str) -> None:
    printed = io.StringIO()
    console = Console(file=printed, highlight=False, soft_wrap=True, force_terminal=False)
    console.print(as_line(topic, LINES[topic]))
    line = printed.getvalue()
    assert line.endswith("\n")
    assert line.count("\n") == 1
    assert all(character.isprintable() for character in line[:-1])
    assert "\\x1b[2J" in line
    assert "[red]" in line


def test_what_is_printable_is_shown_as_it_is() -> None:
    assert visible("Zoë 王 😀") == "Zoë 王 😀"
