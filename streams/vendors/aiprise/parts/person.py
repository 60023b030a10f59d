"""The person that an identity document names.

Source: AiPrise docs, "User Verification Response": id_info.
"""

from __future__ import annotations

from collections.abc import Sequence

from streams.contracts.model import Person
from streams.vendors.aiprise.payload import IdInfo
from streams.vendors.base.reader import Reader
from streams.vendors.base.values import text

_NOBODY = Person()


def read_person(reader: Reader, info: IdInfo, path: str) -> Sequence[Person]:
    last_names = filter(None, (text(info.last_name), text(info.second_last_name)))
    person = Person(
        first_name=text(info.first_name),
        middle_name=text(info.middle_name),
        last_name=" ".join(last_names) or None,
        full_name=text(info.full_name),
        birth_date=reader.date(info.birth_date, f"{path}.birth_date"),
        gender=reader.gender(info.gender, f"{path}.gender"),
        nationality=reader.country3(info.nationality_code, f"{path}.nationality_code")
        or reader.country3(info.nationality, f"{path}.nationality"),
    )
    return () if person == _NOBODY else (person,)
