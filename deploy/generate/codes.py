"""docs/codes.md: every rejection, drop and flag, from streams/contracts/codes.py."""

from __future__ import annotations

from pathlib import Path

from streams.contracts.codes import DROPS, FLAGS, REJECTIONS, Code

PATH = "docs/codes.md"
_HEAD = """\
<!-- Written by `make docs` from streams/contracts/codes.py: change that instead. -->
# Codes

Every raw record becomes a verification, goes to `idv.rejected` with a code, or is dropped with a
code and counted. A sent event may have flags.
"""
_REJECTED = """\
In the header `idv.error.code` of a dead letter and the label `code` of `idv_rejected_total`. The
original bytes, key and headers are kept; `idv.error.message` names paths and types, never values.
`idv rejected list|show|replay` handles them: [operating](operating.md#dead-letters).
"""
_DROPPED = "The label `code` of `idv_dropped_total`; nothing is kept.\n"
_FLAGGED = "In `flags` of a verification.\n"
_TABLES = (
    ("Rejections", _REJECTED, "a record that", REJECTIONS),
    ("Drops", _DROPPED, "a record that", DROPS),
    ("Flags", _FLAGGED, "an event that", FLAGS),
)


def files(root: Path) -> dict[str, str]:
    """The document."""
    del root
    return {PATH: "\n".join([_HEAD, *(_section(*table) for table in _TABLES)])}


def _section(title: str, about: str, whose: str, codes: dict[str, Code]) -> str:
    rows = (f"| `{name}` | {code.means} | {code.do} |\n" for name, code in codes.items())
    return f"## {title}\n\n{about}\n| code | {whose} | what to do |\n|---|---|---|\n{''.join(rows)}"
