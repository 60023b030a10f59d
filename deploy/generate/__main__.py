"""Writes all generated files anew."""

from __future__ import annotations

from deploy.generate import ROOT, files


def main() -> None:
    for path, text in files().items():
        file = ROOT / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
            print(f"written: {path}")  # noqa: T201


if __name__ == "__main__":
    main()
