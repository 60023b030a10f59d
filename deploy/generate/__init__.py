"""Everything in the repository that is written by a program: `python -m deploy.generate` (`make
docs`) writes it, and a test fails where a file is not as it would be written now.
"""

from __future__ import annotations

from pathlib import Path

from deploy.generate import asyncapi, codes, contracts, extents, helm, metrics, settings

ROOT = Path(__file__).parent.parent.parent


def files() -> dict[str, str]:
    """Path from the root → contents, of all generated files."""
    found: dict[str, str] = {}
    for source in (asyncapi, codes, contracts, extents, helm, metrics, settings):
        found |= source.files(ROOT)
    return found
