"""Words, numbers, times, places and contacts in the forms that vendors write them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import pycountry
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from streams.contracts.model import Decision, DocumentType, Lifecycle
from streams.vendors.base import values
from streams.vendors.base.countries import country2, country3, names_no_country
from streams.vendors.base.draft import Draft
from streams.vendors.base.reader import Reader
from tests.support.json_fuzz import JSON

ANYTHING = JSON | st.text(max_size=60) | st.binary(max_size=20).map(repr)


@pytest.mark.parametrize(
    "total",
    [
        values.word, values.text, values.identifier, values.number, values.boolean,
        values.fraction, values.millis, values.day, values.fold, values.gender, values.phone,
        values.email, values.ip, values.document_type, country2, country3, names_no_country,
    ],
)  # fmt: skip
@given(ANYTHING)
def test_every_reader_takes_anything(total: Any, value: Any) -> None:
    if total is values.fold and not isinstance(value, str):
        return
    assert total(value) == total(value)


@given(ANYTHING, ANYTHING)
def test_coordinates_take_anything(latitude: Any, longitude: Any) -> None:
    found = values.point(latitude, longitude)
    assert found is None or (abs(found[0]) <= 90 and abs(found[1]) <= 180)


# -- words and numbers --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw", ["In Review", "IN_REVIEW", " in-review ", "in  review", "In - Review"]
)
def test_one_word_in_many_spellings(raw: str) -> None:
    assert values.word(raw) == "in_review"


@given(st.text(max_size=30))
def test_a_word_is_its_own_word(raw: str) -> None:
    once = values.word(raw)
    assert values.word(once) == once
    assert values.word(raw.upper()) in (once, values.word(raw.upper()))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (7, "7"),
        (2**127, str(2**127)),
        (2**200, None),
        (True, None),
        (1.5, None),
        (" a ", "a"),
        ("", None),
        (None, None),
        ([], None),
    ],
)
def test_identifier(raw: Any, expected: str | None) -> None:
    assert values.identifier(raw) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (1, 1.0),
        ("12.5", 12.5),
        (" 7 ", 7.0),
        ("1e3", 1000.0),
        (True, None),
        ("1_000", None),
        ("1,5", None),
        ("nan", None),
        ("inf", None),
        (10**400, None),
        ("9" * 41, None),
        ({}, None),
    ],
)
def test_number(raw: Any, expected: float | None) -> None:
    assert values.number(raw) == expected


@given(st.floats(0, 100))
def test_a_score_lies_between_0_and_1(score: float) -> None:
    found = values.fraction(score)
    assert found is not None
    assert 0 <= found <= 1
    assert values.fraction(score + 100.1) is None


# -- times --------------------------------------------------------------------------------------

NOON = 1_779_019_200_000  # 2026-05-17T12:00:00Z


@pytest.mark.parametrize(
    "raw",
    [
        NOON,
        NOON // 1000,
        float(NOON // 1000),
        str(NOON),
        str(NOON // 1000),
        "2026-05-17T12:00:00Z",
        "2026-05-17T12:00:00",
        "2026-05-17 12:00:00",
        "2026-05-17T12:00:00.000Z",
        "2026-05-17T12:00:00.000000000Z",
        "2026-05-17T14:00:00+02:00",
        "2026-05-17T18:00:00+0600",
        "2026-05-17T04:00:00-08",
        "2026-05-17 12:00:00 UTC",
        "2026-05-17T12:00:00 GMT",
        "2026-05-17t12:00:00z",
        "2026-05-17T12:00:00.000999Z",
        " 2026-05-17T12:00:00Z ",
        "20260517T120000Z",
    ],
)
def test_one_moment_in_many_forms(raw: Any) -> None:
    assert values.millis(raw) == NOON


def test_a_moment_without_a_time_of_day_is_its_first() -> None:
    assert values.millis("2026-05-17") == NOON - 12 * 3_600_000


@pytest.mark.parametrize(
    "raw",
    [
        None,
        "",
        0,
        -1,
        True,
        "yesterday",
        "17/05/2026 12:00",
        "2026-02-30T00:00:00Z",
        10**20,
        "12:00",
    ],
)
def test_what_is_no_moment(raw: Any) -> None:
    assert values.millis(raw) is None


@given(st.datetimes(datetime(1990, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC)))
def test_a_moment_survives_every_form(moment: datetime) -> None:
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    expected = round(moment.timestamp() * 1000)
    assert values.millis(moment.isoformat()) == expected
    assert values.millis(moment.isoformat().replace("+00:00", "Z")) == expected
    assert values.millis(expected if expected >= 1e11 else expected / 1000) == expected


@pytest.mark.parametrize(
    "raw",
    ["1990-02-03", "1990-2-3", "1990-02-03T00:00:00Z", "1990-02-03 10:00", "1990/02/03",
     "1990.02.03", "19900203", "03.02.1990", "3.2.1990", " 1990-02-03 "],
)  # fmt: skip
def test_one_day_in_many_forms(raw: str) -> None:
    assert values.day(raw) == date(1990, 2, 3)


@pytest.mark.parametrize(
    "raw",
    ["03/02/1990", "02-03-1990", "1990-02-30", "1990-13-01", "0001-01-01", "1990-02", "90-02-03",
     "1990-02-03garbage", "3 Feb 1990", "", None, 19900203],
)  # fmt: skip
def test_what_is_no_day_or_could_be_two(raw: Any) -> None:
    assert values.day(raw) is None


@given(st.dates(date(1850, 1, 1), date(2199, 12, 31)))
def test_a_day_survives_every_form(day: date) -> None:
    forms = (day.isoformat(), f"{day:%Y%m%d}", f"{day:%d.%m.%Y}", f"{day:%Y/%m/%d}")
    assert {values.day(form) for form in forms} == {day}


# -- countries ----------------------------------------------------------------------------------


@pytest.mark.parametrize("entry", list(pycountry.countries), ids=lambda e: e.alpha_3)
def test_a_country_in_every_form_of_iso(entry: Any) -> None:
    forms = [entry.alpha_2, entry.alpha_3, entry.numeric, entry.alpha_2.lower(), entry.name]
    forms += [f"{entry.alpha_3}<<", f"{entry.alpha_2}-01", entry.name.upper()]
    forms += [
        n for n in (getattr(entry, "common_name", None), getattr(entry, "official_name", None)) if n
    ]
    assert {country3(form) for form in forms} == {entry.alpha_3}
    assert {country2(form) for form in forms} == {entry.alpha_2}


@pytest.mark.parametrize(
    ("raw", "alpha3", "alpha2"),
    [
        ("D", "DEU", "DE"),
        ("D<<", "DEU", "DE"),
        ("GBN", "GBR", "GB"),
        ("GBO", "GBR", "GB"),
        ("GBS", "GBR", "GB"),
        ("GBD", "GBR", "GB"),
        ("GBP", "GBR", "GB"),
        ("UK", "GBR", "GB"),
        ("RKS", "XKX", "XK"),
        ("Kosovo", "XKX", "XK"),
        ("XK", "XKX", "XK"),
        ("USA", "USA", "US"),
        ("U.S.A.", "USA", "US"),
        ("United States of America", "USA", "US"),
        ("the Netherlands", "NLD", "NL"),
        ("España", "ESP", "ES"),
        ("Côte d'Ivoire", "CIV", "CI"),
        ("Turkey", "TUR", "TR"),
        ("South Korea", "KOR", "KR"),
        ("Czech Republic", "CZE", "CZ"),
        ("Viet Nam", "VNM", "VN"),
        ("Republic of Korea", "KOR", "KR"),
        ("Democratic Republic of the Congo", "COD", "CD"),
        ("the State of Palestine", "PSE", "PS"),
        ("Bosnia & Herzegovina", "BIH", "BA"),
        ("St. Kitts and Nevis", "KNA", "KN"),
        ("Hong Kong SAR", "HKG", "HK"),
        ("British Virgin Islands", "VGB", "VG"),
        ("US-CA", "USA", "US"),
        ("724", "ESP", "ES"),
    ],
)
def test_countries_in_daily_use_and_on_documents(raw: str, alpha3: str, alpha2: str) -> None:
    assert (country3(raw), country2(raw)) == (alpha3, alpha2)


@pytest.mark.parametrize("raw", ["UNO", "XXA", "XXB", "XXC", "XXX", "EUE", "xom", "XPO", "UTO"])
def test_issuers_that_are_no_country(raw: str) -> None:
    assert country3(raw) is None
    assert names_no_country(raw)


@pytest.mark.parametrize("raw", ["ZZ", "QQQ", "Atlantis", "", None, 5, "TEST_COUNTRY", "x" * 200])
def test_what_is_no_country(raw: Any) -> None:
    assert (country3(raw), country2(raw), names_no_country(raw)) == (None, None, False)


# -- people and networks ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "region", "expected"),
    [
        ("+34 612 345 678", None, ("+34612345678", "ES")),
        ("0034612345678", None, ("+34612345678", "ES")),
        ("612345678", "ES", ("+34612345678", "ES")),
        ("(212) 555-0123", "US", ("+12125550123", "US")),
        ("+1 416 555 0123", None, ("+14165550123", "CA")),
        ("+883510012345678", None, ("+883510012345678", None)),
        ("612345678", None, None),
        ("+34", None, None),
        ("not a number", "ES", None),
        ("9" * 50, "US", None),
        (None, "US", None),
    ],
)
def test_phones(raw: Any, region: str | None, expected: Any) -> None:
    assert values.phone(raw, region) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Ilse.Vogt@Example.COM ", "ilse.vogt@example.com"),
        ("[email\xa0protected]", None),
        ("a@b", None),
        ("@example.com", None),
        ("a b@example.com", None),
        ("a@" + "x" * 300 + ".com", None),
    ],
)
def test_emails(raw: str, expected: str | None) -> None:
    assert values.email(raw) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("8.8.8.8", ("8.8.8.8", True)),
        (" 8.8.8.8 ", ("8.8.8.8", True)),
        ("::ffff:8.8.8.8", ("8.8.8.8", True)),
        ("::ffff:10.0.0.1", ("10.0.0.1", False)),
        ("2001:4860:4860::8888", ("2001:4860:4860::8888", True)),
        ("2001:4860:4860:0:0:0:0:8888", ("2001:4860:4860::8888", True)),
        ("203.0.113.42", ("203.0.113.42", False)),
        ("100.64.0.1", ("100.64.0.1", False)),
        ("127.0.0.1", ("127.0.0.1", False)),
        ("224.0.0.251", ("224.0.0.251", False)),
        ("239.1.1.1", ("239.1.1.1", False)),
        ("ff0e::1", ("ff0e::1", False)),
        ("fe80::1", ("fe80::1", False)),
        ("111.22.333.44", None),
        ("8.8.8.8:443", None),
        ("010.0.0.1", None),
        ("", None),
        (134744072, None),
    ],
)
def test_ip(raw: Any, expected: Any) -> None:
    assert values.ip(raw) == expected


@given(st.ip_addresses(v=4) | st.ip_addresses(v=6))
def test_ip_agrees_with_the_standard_library(address: IPv4Address | IPv6Address) -> None:
    mapped = getattr(address, "ipv4_mapped", None) or address
    expected = (str(mapped), mapped.is_global and not mapped.is_multicast)
    assert values.ip(str(address)) == expected


@pytest.mark.parametrize(
    ("latitude", "longitude", "expected"),
    [
        (40.4, -3.7, (40.4, -3.7)),
        ("40.4", "-3.7", (40.4, -3.7)),
        (0, 12.5, (0.0, 12.5)),
        (0, 0, None),
        ("0.0", "0", None),
        (103.7, 1.35, None),
        (12, 181, None),
        (40.4, None, None),
        (True, 3, None),
    ],
)
def test_points(latitude: Any, longitude: Any, expected: Any) -> None:
    assert values.point(latitude, longitude) == expected


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ("Passport", DocumentType.PASSPORT),
        ("Identity Card", DocumentType.ID_CARD),
        ("ID Card", DocumentType.ID_CARD),
        ("idcard", DocumentType.ID_CARD),
        ("DRIVER_LICENSE", DocumentType.DRIVER_LICENSE),
        ("driverlicense", DocumentType.DRIVER_LICENSE),
        ("Residence Permit", DocumentType.RESIDENCE_PERMIT),
        ("utility_bill", DocumentType.UTILITY_BILL),
        ("library card", DocumentType.OTHER),
        (" ", None),
        (None, None),
    ],
)
def test_document_types(raw: Any, kind: DocumentType | None) -> None:
    assert values.document_type(raw) is kind


@given(st.text(max_size=30))
@example("𝕬İﬁ")
def test_a_folded_name_is_its_own(name: str) -> None:
    assert values.fold(values.fold(name)) == values.fold(name)


@pytest.mark.parametrize(
    ("one", "other"),
    [("José María", "JOSE MARIA"), ("O'Brien-Smith", "o brien smith"), ("Müller", "MÜLLER")],
)
def test_names_that_are_the_same(one: str, other: str) -> None:
    assert values.fold(one) == values.fold(other)


# -- what a reader cannot understand -----------------------------------------------------------


def finished(reader: Reader) -> Draft:
    return reader.finish(Draft("s", Decision.APPROVED, Lifecycle.COMPLETED))


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        ("date", "03/02/1990", "invalid_date:x"),
        ("time", "yesterday", "invalid_time:x"),
        ("gender", "Q", "invalid_gender:x"),
        ("country2", "Atlantis", "invalid_country:x"),
        ("country3", "QQQ", "invalid_country:x"),
        ("ip", "1.2.3", "invalid_ip:x"),
        ("email", "nobody", "invalid_email:x"),
    ],
)
def test_a_bad_value_leaves_a_reason_and_no_flag(kind: str, value: str, reason: str) -> None:
    reader = Reader()
    assert getattr(reader, kind)(value, "x") in (None, (None, None))
    assert (finished(reader).reasons, finished(reader).flags) == ([reason], [])


@pytest.mark.parametrize("kind", ["date", "time", "gender", "country2", "country3", "ip", "email"])
@pytest.mark.parametrize("value", [None, "", "  ", "N/A", "unknown", "null"])
def test_nothing_leaves_no_reason(kind: str, value: Any) -> None:
    reader = Reader()
    assert getattr(reader, kind)(value, "x") in (None, (None, None))
    assert finished(reader).reasons == []


def test_a_stateless_person_is_no_bad_country() -> None:
    reader = Reader()
    assert reader.country3("XXA", "x") is None
    assert finished(reader).reasons == []


@given(st.permutations([f"p{i}" for i in range(60)]))
def test_reasons_do_not_depend_on_the_order_of_fields(paths: list[str]) -> None:
    reader = Reader()
    for path in paths:
        reader.note(path)
    draft = finished(reader)
    assert draft.reasons == sorted(f"partial:p{i}" for i in range(60))[:32]
    assert draft.flags == ["partial"]
