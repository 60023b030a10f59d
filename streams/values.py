"""Values that all vendors write in their own way: words, countries, times, numbers, contacts.

Every function is total: it takes whatever JSON holds, never raises, and answers None where the
value is absent or not to be understood. The caller decides whether that is worth a reason.
"""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from typing import Any

import phonenumbers
import pycountry

from streams.model import DocumentType

_SEPARATORS = re.compile(r"[\s_\-]+")


def word(value: Any) -> str:
    """A vendor's status word made comparable: `" In Review"`, `IN_REVIEW` → `in_review`.

    The empty string for everything that is not text.
    """
    return _word(value) if isinstance(value, str) else ""


@lru_cache(maxsize=4096)
def _word(value: str) -> str:
    return _SEPARATORS.sub("_", value.strip().casefold()).strip("_")


def text(value: Any) -> str | None:
    """Text that says something; None for other types, blanks and the usual place-holders."""
    if not isinstance(value, str):
        return None
    stripped = value.strip()
    return stripped or None


def number(value: Any) -> float | None:
    """A finite number, also from clean text (`"12.5"`); None for booleans and the rest."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        if len(value) > 40 or "_" in value:
            return None
        try:
            value = float(value.strip())
        except ValueError:
            return None
    if not isinstance(value, int | float):
        return None
    try:
        result = float(value)
    except OverflowError:
        return None
    return result if math.isfinite(result) else None


_BOOLEANS = {
    "true": True, "yes": True, "y": True, "1": True,
    "false": False, "no": False, "n": False, "0": False,
}  # fmt: skip


def boolean(value: Any) -> bool | None:
    """True or False, also from 0, 1 and the usual words; None is unknown, which is not false."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and value in (0, 1):
        return bool(value)
    return _BOOLEANS.get(word(value))


def fraction(value: Any, scale: float = 100.0) -> float | None:
    """A score of 0 to `scale` as 0–1, rounded to four places; None where it lies outside."""
    result = number(value)
    if result is None or not 0.0 <= result <= scale:
        return None
    return round(result / scale, 4)


# -- countries ---------------------------------------------------------------------------------

# Codes of machine-readable documents (ICAO Doc 9303-3) that ISO 3166-1 does not have. Those of
# organisations and of stateless persons name no country.
_ICAO_ONLY: dict[str, str | None] = {
    "D": "DEU", "GBD": "GBR", "GBN": "GBR", "GBO": "GBR", "GBP": "GBR", "GBS": "GBR",
    "RKS": "XKX", "KS": "XKX", "XK": "XKX", "XKX": "XKX", "UK": "GBR", "EL": "GRC", "ROM": "ROU",
    "UNO": None, "UNA": None, "UNK": None, "XXA": None, "XXB": None, "XXC": None, "XXX": None,
    "EUE": None, "XOM": None, "XPO": None, "XCC": None, "XBA": None, "XIM": None, "UTO": None,
}  # fmt: skip

# Names in daily use that differ from those of ISO 3166-1.
_NAMES = {
    "england": "GBR", "great britain": "GBR", "scotland": "GBR", "wales": "GBR",
    "northern ireland": "GBR", "usa": "USA", "america": "USA", "south korea": "KOR",
    "north korea": "PRK", "russia": "RUS", "kosovo": "XKX", "turkey": "TUR", "laos": "LAO",
    "ivory coast": "CIV", "cape verde": "CPV", "swaziland": "SWZ", "macedonia": "MKD",
    "burma": "MMR", "palestine": "PSE", "holland": "NLD", "espana": "ESP", "deutschland": "DEU",
}  # fmt: skip


@cache
def _countries() -> tuple[dict[str, str], dict[str, str]]:
    """`(alpha-2, alpha-3 or folded name → alpha-3, alpha-3 → alpha-2)`."""
    to_alpha3: dict[str, str] = {}
    to_alpha2: dict[str, str] = {"XKX": "XK"}
    for entry in pycountry.countries:
        to_alpha2[entry.alpha_3] = entry.alpha_2
        to_alpha3[entry.alpha_2] = to_alpha3[entry.alpha_3] = entry.alpha_3
        for attribute in ("name", "common_name", "official_name"):
            if name := getattr(entry, attribute, None):
                to_alpha3[fold(name)] = entry.alpha_3
    to_alpha3.update(_NAMES)
    return to_alpha3, to_alpha2


@lru_cache(maxsize=4096)
def _alpha3(value: str) -> str | None:
    code = value.upper()
    if code in _ICAO_ONLY:
        return _ICAO_ONLY[code]
    by_key = _countries()[0]
    return by_key.get(code if len(code) <= 3 else fold(value)) or by_key.get(fold(value))


def country3(value: Any) -> str | None:
    """ISO 3166-1 alpha-3 from alpha-2, alpha-3, an ICAO-only code or an English name."""
    stripped = text(value)
    return _alpha3(stripped) if stripped and len(stripped) <= 100 else None


def country2(value: Any) -> str | None:
    """ISO 3166-1 alpha-2 (and XK) from the same forms as `country3`."""
    alpha3 = country3(value)
    return _countries()[1].get(alpha3) if alpha3 else None


# -- times -------------------------------------------------------------------------------------

_MILLIS_FROM = 1e11
_LATEST = 4_102_444_800_000  # 2100-01-01: beyond it a number is no time of a decision
_EARLIEST = 0


def millis(value: Any) -> int | None:
    """Epoch milliseconds UTC of an ISO 8601 text (without a zone: UTC) or an epoch number.

    Numbers from 1e11 on are milliseconds, below it seconds: vendors use both.
    """
    if isinstance(value, str) and not _is_numeric(value):
        return _iso_millis(value.strip())
    seconds_or_millis = number(value)
    if seconds_or_millis is None:
        return None
    scale = 1 if abs(seconds_or_millis) >= _MILLIS_FROM else 1000
    result = round(seconds_or_millis * scale)
    return result if _EARLIEST < result < _LATEST else None


def _is_numeric(value: str) -> bool:
    return value.strip().replace(".", "", 1).isdigit() and len(value.strip()) >= 9


def _iso_millis(value: str) -> int | None:
    if not 10 <= len(value) <= 40:
        return None
    try:
        moment = datetime.fromisoformat(value)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        result = round(aware.timestamp() * 1000)
    except (ValueError, OverflowError):
        return None
    return result if _EARLIEST < result < _LATEST else None


def day(value: Any) -> date | None:
    """A calendar date from `YYYY-MM-DD`, or from an ISO date-time's date part."""
    stripped = text(value)
    if not stripped or len(stripped) < 10:
        return None
    try:
        return date.fromisoformat(stripped[:10])
    except ValueError:
        return None


# -- people ------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def fold(value: str) -> str:
    """Text for comparing: no accents, no case, no punctuation, single spaces."""
    decomposed = unicodedata.normalize("NFKD", value.casefold())
    letters = "".join(c if c.isalnum() else " " for c in decomposed if not unicodedata.combining(c))
    return " ".join(letters.split())


_GENDERS = {
    "m": "M", "male": "M", "man": "M", "f": "F", "female": "F", "woman": "F",
    "x": "X", "u": "X", "other": "X", "unspecified": "X", "nonbinary": "X", "non_binary": "X",
}  # fmt: skip


def gender(value: Any) -> str | None:
    """M, F or X; None where the vendor's word is none of the usual ones."""
    return _GENDERS.get(word(value))


def phone(value: Any, region: str | None = None) -> tuple[str, str | None] | None:
    """`(E.164, alpha-2 country)` of a phone number; `region` (alpha-2) reads national ones."""
    stripped = text(value)
    if not stripped or len(stripped) > 40:
        return None
    try:
        parsed = phonenumbers.parse(stripped, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    country = phonenumbers.region_code_for_number(parsed)
    return e164, country2(country) or (region or None)


def email(value: Any) -> str | None:
    """An e-mail address in lower case; None for what cannot be one (also scrubbed ones)."""
    stripped = text(value)
    if not stripped or len(stripped) > 254:
        return None
    local, at, domain = stripped.casefold().rpartition("@")
    if not at or not local or "." not in domain or re.search(r"[\s\[\]]", stripped):
        return None
    return f"{local}@{domain}"


# -- documents ---------------------------------------------------------------------------------

_DOCUMENT_TYPES: dict[DocumentType, tuple[str, ...]] = {
    DocumentType.PASSPORT: ("passport", "pass", "epassport", "passport_card"),
    DocumentType.ID_CARD: (
        "id", "idcard", "id_card", "identity_card", "national_id", "identification_card",
        "national_id_card", "citizenship_id", "aadhaar", "curp", "nin", "personal_id",
    ),
    DocumentType.DRIVER_LICENSE: (
        "driverlicense", "driver_license", "drivers_license", "driving_license",
        "driving_licence", "driver_licence", "driver's_license",
    ),
    DocumentType.RESIDENCE_PERMIT: ("residencepermit", "residence_permit", "residence_card"),
    DocumentType.HEALTH_INSURANCE_CARD: ("healthinsurancecard", "health_insurance_card"),
    DocumentType.VOTER_ID: ("voter_id", "voter_card"),
    DocumentType.VISA: ("visa", "visa_document"),
    DocumentType.TAX_ID: (
        "tax_id", "pan", "pan_card", "bvn", "kenya_kra_pin", "tax_identification_number",
        "nigeria_bvn_number",
    ),
    DocumentType.UTILITY_BILL: ("utility_bill", "electricity_bill", "water_bill", "gas_bill"),
    DocumentType.BANK_STATEMENT: ("bank_statement", "bank_statement_document"),
    DocumentType.GOVERNMENT_LETTER: (
        "government_correspondence", "government_letter", "tax_letter",
    ),
    DocumentType.BUSINESS_DOCUMENT: (
        "incorporation_certificate", "shareholder_register", "business_registration_document",
        "operating_license_document",
    ),
}  # fmt: skip
_DOCUMENT_TYPE_BY_WORD = {w: kind for kind, words in _DOCUMENT_TYPES.items() for w in words}


def document_type(value: Any) -> DocumentType | None:
    """One vocabulary for document types; OTHER for a word that none of the lists has."""
    key = word(value)
    return _DOCUMENT_TYPE_BY_WORD.get(key, DocumentType.OTHER) if key else None
