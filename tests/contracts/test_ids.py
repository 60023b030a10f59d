"""Ids: the standard library's uuid5, as text."""

from __future__ import annotations

import uuid

from hypothesis import given
from hypothesis import strategies as st

from streams.contracts.ids import uuid5


@given(st.uuids(), st.text())
def test_an_id_is_that_of_the_standard_library(namespace: uuid.UUID, name: str) -> None:
    assert uuid5(namespace, name) == str(uuid.uuid5(namespace, name))
