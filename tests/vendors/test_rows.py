"""Every row of every vendor's tables has a case that fails without it.

Each row is removed from its table, in all modules that use it, and the cases with the row's words
run again: samples with their expected events, and the tests of this folder. If all of them pass, no
case covers the row, and the test names it.
"""

from __future__ import annotations

import copy
import importlib
import inspect
import itertools
import json
import pkgutil
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from msgspec import Struct

import streams.vendors
from streams.vendors import VENDORS
from tests.pipeline import test_samples

Table = dict[Any, Any] | frozenset[Any] | tuple[Any, ...]
Row = tuple[Any, ...]

# Tables from which others are made when the module is imported: those hold the same rows.
SOURCES = {("didit", "_RISKS"), ("aiprise", "_CODES_OF")}


class Case(Struct):
    run: Callable[[], Any]
    text: str = ""
    """The payloads that it met, in the tables' spelling."""


def folded(value: Any) -> str:
    return re.sub(r"[\s_\-]+", "_", json.dumps(value, default=str).casefold())


# -- cases --------------------------------------------------------------------------------------


def modules_of(vendor: str) -> list[ModuleType]:
    here = Path(__file__).parent
    found = [p.relative_to(here).with_suffix("") for p in (here / vendor).rglob("*.py")]
    names = sorted(".".join(p.parts) for p in found if p.name != "__init__")
    return [importlib.import_module(f"tests.vendors.{name}") for name in names]


def calls(function: Callable[..., Any]) -> Iterator[Callable[[], Any]]:
    """Every call by the function's parametrize marks."""
    sets: list[list[dict[str, Any]]] = []
    for mark in getattr(function, "pytestmark", []):
        if mark.name != "parametrize":
            continue
        names, values = mark.args[0], mark.args[1]
        names = [n.strip() for n in names.split(",")] if isinstance(names, str) else list(names)
        rows = [
            getattr(value, "values", value) if hasattr(value, "marks") else value
            for value in values
        ]
        sets.append(
            [dict(zip(names, row if len(names) > 1 else _single(row), strict=True)) for row in rows]
        )
    for chosen in itertools.product(*sets):
        arguments = {k: v for row in chosen for k, v in row.items()}
        if arguments.keys() == inspect.signature(function).parameters.keys():
            yield partial(_call, function, arguments)


def _call(function: Callable[..., Any], arguments: dict[str, Any]) -> None:
    """Some tests change the payload that they are given; the marks' own stays as it is."""
    function(**copy.deepcopy(arguments))


def _single(row: Any) -> tuple[Any, ...]:
    return (row,)


def cases(vendor: str, monkeypatch: pytest.MonkeyPatch) -> list[Case]:
    """All cases of a vendor, run once to see which payloads they meet."""
    found = [
        Case(partial(test_samples.test_payload_becomes_its_expected_event, raw))
        for raw in test_samples.RAW
        if raw.parent.name == vendor
    ]
    modules = modules_of(vendor)
    for module in modules:
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if name.startswith("test_") and not hasattr(function, "hypothesis"):
                found += [Case(call) for call in calls(function)]
    normalize, met = VENDORS[vendor], []

    def meeting(payload: dict[str, Any]) -> Any:
        met.append(folded(payload))
        return normalize(payload)

    with monkeypatch.context() as patch:
        for module in modules:
            for name, value in vars(module).items():
                if value is normalize:
                    patch.setattr(module, name, meeting)
        patch.setitem(VENDORS, vendor, meeting)
        for case in found:
            met.clear()
            case.run()
            case.text = "\n".join(met)
    for case in found:
        case.run()  # One that fails the second time would seem to notice everything.
    # Short ones first: they are quicker, and say more about one row.
    return sorted((c for c in found if len(c.text) < 200_000), key=lambda c: len(c.text))


# -- rows ---------------------------------------------------------------------------------------


def package(vendor: str) -> list[ModuleType]:
    root = importlib.import_module(f"{streams.vendors.__name__}.{vendor}")
    names = [m.name for m in pkgutil.walk_packages(root.__path__, f"{root.__name__}.")]
    return [root, *map(importlib.import_module, names)]


def tables(vendor: str) -> dict[str, Table]:
    module = importlib.import_module(f"{streams.vendors.__name__}.{vendor}.tables")
    return {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, dict | frozenset | tuple)
        and not name.startswith("__")
        and (vendor, name) not in SOURCES
    }


def rows(table: Table) -> Iterator[Row]:
    """The path of each row: its key, and what is listed under it."""
    if isinstance(table, dict):
        for key, value in table.items():
            yield (key,)
            if isinstance(value, dict) or (
                isinstance(value, tuple) and len(value) > 1 and all(type(v) is str for v in value)
            ):
                yield from ((key, *inner) for inner in rows(value))
    else:
        yield from ((item,) for item in table)


def without(table: Table, row: Row) -> Table:
    first, *rest = row
    if isinstance(table, dict):
        if rest:
            return {k: without(v, tuple(rest)) if k == first else v for k, v in table.items()}
        return {k: v for k, v in table.items() if k != first}
    return type(table)(item for item in table if item != first)


@contextmanager
def replaced(vendor: str, table: Table, by: Table) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        modules = package(vendor)
        for module in modules:
            for name, value in list(vars(module).items()):
                if value is table:
                    patch.setattr(module, name, by)
        _clear_caches(modules)
        try:
            yield
        finally:
            patch.undo()
            _clear_caches(modules)


def _clear_caches(modules: list[ModuleType]) -> None:
    for module in modules:
        for value in vars(module).values():
            if hasattr(value, "cache_clear"):
                value.cache_clear()


def concerned(row: Row, found: list[Case]) -> list[Case]:
    """The cases with the row's words, then the others."""
    words = [part for part in row if isinstance(part, str) and part]
    near = [bool(words) and all(folded(w).strip('"') in c.text for w in words) for c in found]
    return [c for c, own in sorted(zip(found, near, strict=True), key=lambda pair: not pair[1])]


def unnoticed(vendor: str, name: str, table: Table, row: Row, found: list[Case]) -> bool:
    with replaced(vendor, table, without(table, row)):
        for case in concerned(row, found):
            try:
                case.run()
            except (Exception, pytest.fail.Exception):
                return False
    return True


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_row_has_a_case(vendor: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = cases(vendor, monkeypatch)
    assert found
    checked, silent = 0, []
    for name, table in tables(vendor).items():
        for row in rows(table):
            checked += 1
            if unnoticed(vendor, name, table, row, found):
                silent.append((name, *map(str, row)))
    sys.stdout.write(f"{vendor}: {checked} rows, {len(found)} cases\n")
    assert silent == []
