"""A page as a browser takes it apart."""

from __future__ import annotations

from html.parser import HTMLParser

Tag = tuple[str, tuple[str, ...]]


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[Tag] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def tags(page: str) -> list[Tag]:
    """Each tag and the names of its attributes, in order."""
    parser = _Parser()
    parser.feed(page)
    return parser.tags


def text(page: str) -> str:
    """What a person reads."""
    parser = _Parser()
    parser.feed(page)
    return "".join(parser.text)
