"""Countries in every form that vendors write."""

from __future__ import annotations

from typing import Any

import pycountry
import pytest

from streams.vendors.base.countries import country2, country3, names_no_country


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
