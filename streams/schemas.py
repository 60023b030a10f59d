"""Where the contracts stand: `avro/` in a checkout, `streams/contracts/` in an installed wheel."""

from __future__ import annotations

from pathlib import Path

_PACKED = Path(__file__).parent / "contracts"
_CHECKOUT = Path(__file__).parent.parent / "avro"


def contract_file(name: str) -> Path:
    """The path of a contract (`verification.avsc`, `alert.avsc`, `topics.yaml`)."""
    packed = _PACKED / name
    return packed if packed.exists() else _CHECKOUT / name
