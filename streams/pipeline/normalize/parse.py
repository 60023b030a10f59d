"""Raw bytes → one JSON object, strictly. Limits come first. The parse then refuses invalid JSON
(NaN, lone surrogates, trailing data), and values that two readers could read differently (duplicate
keys, numbers beyond a double). A cheap test clears nearly all texts of these two; only the others
are searched.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import jiter
import msgspec

from streams.contracts.model import Rejection

MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 64
# Reports have some thousand values. A list of a million empty documents has few bytes, but would
# keep a worker busy for a minute.
MAX_COMMAS = 50_000

# A name, an address or a code has some hundred characters at most. Pictures and signatures have
# more, but are never read.
MAX_TEXT = 16_384

_BOM = b"\xef\xbb\xbf"
_WHERE = re.compile(r"at line \d+ column \d+$")
_JSON = msgspec.json.Encoder()
_TOO_DEEP = Rejection("too_deep", f"nested deeper than {MAX_DEPTH} levels")


def parse(value: bytes) -> dict[str, Any] | Rejection:
    """The object in `value`, or the reason why it is invalid. Messages quote nothing of it."""
    if len(value) > MAX_BYTES:
        return Rejection("too_large", f"{len(value)} bytes; the limit is {MAX_BYTES}")
    # Every value but the first of its list or object has a comma before it.
    if len(value) > MAX_COMMAS and (commas := value.count(b",")) > MAX_COMMAS:
        return Rejection("too_large", f"{commas} commas; the limit is {MAX_COMMAS}")
    text = value.removeprefix(_BOM)
    plain = _plain(text)
    if plain is None:
        return _searched(value, text)
    return _TOO_DEEP if _is_deep(text, plain) else plain


def _searched(value: bytes, text: bytes) -> dict[str, Any] | Rejection:
    """The object of any text; searches it for duplicate keys and infinities."""
    try:
        parsed = jiter.from_json(text, allow_inf_nan=False, catch_duplicate_keys=True)
    except ValueError as error:
        return _why(value, str(error))
    if not isinstance(parsed, dict):
        return Rejection("not_an_object", f"the payload is {_name(parsed)}, not an object")
    if _is_deep(text, parsed):
        return _TOO_DEEP
    if _may_be_infinite(text, parsed) and not all(map(math.isfinite, _floats(parsed))):
        return Rejection("invalid_json", "a number lies beyond the range of a double")
    return parsed


def readable(payload: dict[str, Any], raw: bytes) -> tuple[dict[str, Any], list[str]]:
    """The payload for vendor modules, and the reasons `too_long:<path>` for its cut texts. Values
    are cut after `MAX_TEXT` characters; longer keys are dropped. `raw` holds the payload's bytes.
    """
    if len(raw) <= MAX_TEXT or not _may_hold_long_text(raw):
        return payload, []
    cut: dict[str, None] = {}
    return _shortened(payload, "", cut), sorted(cut)[:_MOST_CUT]


_MOST_CUT = 8


def _may_hold_long_text(raw: bytes) -> bool:
    """False where no text is longer than `MAX_TEXT`; a walk then decides."""
    return max(map(len, raw.replace(b'\\"', b"").split(b'"'))) > MAX_TEXT


def _shortened(value: Any, path: str, cut: dict[str, None]) -> Any:
    if isinstance(value, str) and len(value) > MAX_TEXT:
        cut[f"too_long:{path}"] = None
        return value[:MAX_TEXT]
    if isinstance(value, list):
        return [_shortened(item, f"{path}[]", cut) for item in value]
    if not isinstance(value, dict):
        return value
    if any(len(key) > MAX_TEXT for key in value):
        cut[f"too_long:{path}.*".removeprefix(".")] = None
    return {
        key: _shortened(inner, f"{path}.{key}" if path else key, cut)
        for key, inner in value.items()
        if len(key) <= MAX_TEXT
    }


_NOT_TRACED = bytes(set(range(256)) - set(b"[]{}:u"))


def _plain(text: bytes) -> dict[str, Any] | None:
    r"""The object of a text that certainly has no duplicate key and no infinite number; else None.

    The search for duplicates doubles jiter's time. This function parses without it, then encodes
    the object again and compares the two texts: a replaced member loses its colon, and an infinity
    becomes `null`, which has a letter that no number has. Other compared characters stay the same,
    unless the text escapes them as `\u003a`.
    """
    if b"\\" in text and b"\\u" in text:
        return None
    try:
        parsed = jiter.from_json(text, allow_inf_nan=False)
    except ValueError:
        return None
    if not isinstance(parsed, dict):
        return None
    written = _JSON.encode(parsed)
    # Compact texts are equal byte by byte; others have blanks, or write numbers differently.
    if written == text or _trace(written) == _trace(text):
        return parsed
    return None


def _trace(text: bytes) -> bytes:
    return text.translate(None, _NOT_TRACED)


def _may_be_infinite(text: bytes, parsed: dict[str, Any]) -> bool:
    """False where no number is infinite; True: a walk decides. jiter reads 1e999 as infinity, and
    the encoder writes it as one more `null` than the text has.
    """
    return _JSON.encode(parsed).count(b"null") > text.count(b"null")


# Beyond so many brackets a walk over the parsed object is cheaper than removing pairs.
_MANY_BRACKETS = 8192
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_ROUND = bytes.maketrans(b"[]{}", b"()()")


def _is_deep(text: bytes, parsed: dict[str, Any]) -> bool:
    return _may_be_deep(text) and _depth(parsed) > MAX_DEPTH


def _may_be_deep(text: bytes) -> bool:
    """Removes the innermost pairs of brackets, layer by layer. A text with a rest is deep, or has
    odd brackets in its strings: a walk, which is far slower, decides. Only crafted strings can hide
    depth from this, and no more than the parser's own limit of 200.
    """
    brackets = text.translate(_ROUND, _NOT_BRACKETS)
    if len(brackets) > _MANY_BRACKETS:
        return True
    for _ in range(MAX_DEPTH):
        if not brackets:
            return False
        brackets = brackets.replace(b"()", b"")
    return bool(brackets)


def _why(value: bytes, error: str) -> Rejection:
    where = match.group() if (match := _WHERE.search(error)) else "in the payload"
    if error.startswith("recursion limit"):
        return Rejection("too_deep", f"nested deeper than {MAX_DEPTH} levels {where}")
    try:
        value.decode()
    except UnicodeDecodeError as bad:
        return Rejection("invalid_encoding", f"not UTF-8 at byte {bad.start}")
    if error.startswith("Detected duplicate key"):
        return Rejection("duplicate_key", f"one object has a key twice {where}")
    return Rejection("invalid_json", f"not JSON {where}")


def _name(value: Any) -> str:
    names = {type(None): "null", bool: "a boolean", str: "a string", list: "an array"}
    return names.get(type(value), "a number")


def _children(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def _depth(value: Any) -> int:
    """The number of nested containers; iterative, since the input chooses the depth."""
    level, depth = [value], 0
    while level:
        level = [c for v in level for c in _children(v) if isinstance(c, dict | list)]
        depth += 1
    return depth


def _floats(value: Any) -> Iterator[float]:
    pending = [value]
    while pending:
        for child in _children(pending.pop()):
            if isinstance(child, float):
                yield child
            elif isinstance(child, dict | list):
                pending.append(child)
