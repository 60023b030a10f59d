"""Values that all vendors write in their own way: words, ids, numbers, times, points, contacts.

Every function is total: it takes whatever JSON holds, never raises, and answers None where the
value is absent or not to be understood. The caller decides whether that is worth a reason.
"""

from __future__ import annotations

import ipaddress
import math
import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import filterfalse
from socket import AF_INET, inet_pton
from typing import Any, TypeVar

import phonenumbers

from streams.contracts.model import DocumentType

T = TypeVar("T")

_CACHED_LENGTH = 256


def cached(read: Callable[[str], T]) -> Callable[[str], T]:
    """`read` with a memory of short texts: a publisher chooses how much a long one would hold."""
    again = lru_cache(maxsize=4096)(read)

    def look_up(value: str) -> T:
        return again(value) if len(value) <= _CACHED_LENGTH else read(value)

    return look_up


_SEPARATORS = re.compile(r"[\s_\-]+")


def word(value: Any) -> str:
    """A vendor's status word made comparable: `" In Review"`, `IN_REVIEW` → `in_review`.

    The empty string for everything that is not text.
    """
    if not isinstance(value, str):
        return ""
    # As `cached` does, without its call: nothing else is called as often.
    return _short_word(value) if len(value) <= _CACHED_LENGTH else _make_word(value)


def _make_word(value: str) -> str:
    return _SEPARATORS.sub("_", value.strip().casefold()).strip("_")


_short_word = lru_cache(maxsize=4096)(_make_word)


def text(value: Any) -> str | None:
    """Text that is not blank; None for other types."""
    return value.strip() or None if isinstance(value, str) else None


# A code is one word; free text beside it may name the person, and is never read.
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,79}")


def token(value: Any) -> str | None:
    """A vendor's code as it is; None for everything that could be free text."""
    stripped = text(value)
    return stripped if stripped and _CODE.fullmatch(stripped) else None


_LARGEST_ID_BITS = 128


def identifier(value: Any) -> str | None:
    """An id as text, whole numbers in decimals; None where it is blank, another type, or a number
    larger than an id can be.
    """
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if value.bit_length() <= _LARGEST_ID_BITS else None
    return None


def number(value: Any) -> float | None:
    """A finite number, also from clean text (`"12.5"`); None for booleans and the rest."""
    if value is None or isinstance(value, bool):
        return None
    if not isinstance(value, float):
        try:
            if isinstance(value, int):
                value = float(value)
            elif isinstance(value, str) and len(value) <= 40 and "_" not in value:
                value = float(value.strip())
            else:
                return None
        except (ValueError, OverflowError):
            return None
    return value if math.isfinite(value) else None


_BOOLEANS = {
    "true": True, "yes": True, "y": True, "1": True,
    "false": False, "no": False, "n": False, "0": False,
}  # fmt: skip


def boolean(value: Any) -> bool | None:
    """True or False, also from 0, 1 and the usual words; None is unknown, which is not false."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return bool(value) if value in (0, 1) else None
    return _BOOLEANS.get(word(value))


def fraction(value: Any, scale: float = 100.0) -> float | None:
    """A score of 0 to `scale` as 0–1, rounded to four places; None where it lies outside."""
    result = number(value)
    if result is None or not 0.0 <= result <= scale:
        return None
    return round(result / scale, 4)


# -- times -------------------------------------------------------------------------------------

_MILLIS_FROM = 1e11
_ZONE_NAMES = ("UTC", "GMT", "Z")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_LATEST = 4_102_444_800_000  # 2100-01-01: beyond it a number is no time of a decision
_EARLIEST = 0


def millis(value: Any) -> int | None:
    """Epoch milliseconds UTC of an ISO 8601 text (without a zone: UTC) or an epoch number.

    Numbers from 1e11 on are milliseconds, below it seconds: vendors use both.
    """
    if value is None:
        return None
    if isinstance(value, str):
        stripped = value.strip()
        if not _is_numeric(stripped):
            return _iso_millis(stripped)
    seconds_or_millis = number(value)
    if seconds_or_millis is None:
        return None
    scale = 1 if abs(seconds_or_millis) >= _MILLIS_FROM else 1000
    result = round(seconds_or_millis * scale)
    return result if _EARLIEST < result < _LATEST else None


def _is_numeric(value: str) -> bool:
    return len(value) >= 9 and value.replace(".", "", 1).isdigit()


def _iso_millis(value: str) -> int | None:
    if not 10 <= len(value) <= 40:
        return None
    try:
        moment = _moment(value)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        # Cut, not rounded: no state lies after the time that the vendor gave it.
        result = (aware - _EPOCH) // _MILLISECOND
    except (ValueError, OverflowError):
        return None
    return result if _EARLIEST < result < _LATEST else None


def _moment(value: str) -> datetime:
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        zone = next((z for z in _ZONE_NAMES if value.upper().endswith(z)), None)
        if zone is None:
            raise
        return datetime.fromisoformat(f"{value[: -len(zone)].rstrip()}Z")


# Year first needs no guess, and dots are written with the day first everywhere. What other forms
# mean (03/04/1990) depends on the country, so they are not read.
_DAYS = (
    re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})(?:[T ].*)?"),
    re.compile(r"(?P<y>\d{4})[/.](?P<m>\d{1,2})[/.](?P<d>\d{1,2})"),
    re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})"),
    re.compile(r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})"),
)
_FIRST_YEAR = 1850  # Earlier ones are fillers such as 0001-01-01.


@lru_cache(maxsize=4096)
def _day(value: str) -> date | None:
    for form in _DAYS:
        if match := form.fullmatch(value):
            year, month, day_of_month = (int(match.group(part)) for part in "ymd")
            try:
                return date(year, month, day_of_month) if year >= _FIRST_YEAR else None
            except ValueError:
                return None
    return None


def day(value: Any) -> date | None:
    """A calendar date: `YYYY-MM-DD` (also the date part of a time), year first with other
    separators or none, or `DD.MM.YYYY`.
    """
    if not isinstance(value, str):
        return None
    stripped = value.strip()
    if not 8 <= len(stripped) <= 40:
        return None
    if len(stripped) == 10 and stripped[4] == stripped[7] == "-":
        # Nearly all dates have this form.
        try:
            found = date.fromisoformat(stripped)
            return found if found.year >= _FIRST_YEAR else None
        except ValueError:
            pass
    return _day(stripped)


# -- points ------------------------------------------------------------------------------------

Point = tuple[float, float]


def point(latitude: Any, longitude: Any) -> Point | None:
    """`(latitude, longitude)` in degrees, from numbers or texts."""
    return coordinates(number(latitude), number(longitude))


def coordinates(latitude: float | None, longitude: float | None) -> Point | None:
    """Both, where they name a point on Earth; None for half a pair, NaN, values out of range, which
    often are swapped ones, and (0, 0), which software writes that has no place.
    """
    if latitude is None or longitude is None or latitude == longitude == 0:
        return None
    if -90 <= latitude <= 90 and -180 <= longitude <= 180:  # also false for NaN
        return latitude, longitude
    return None


# First numbers of IPv4 addresses of which some are not one host on the public internet (IANA's
# registries of special-purpose and multicast addresses); all the other addresses are.
_SPECIAL_IPV4 = frozenset({0, 10, 100, 127, 169, 172, 192, 198, 203, *range(224, 256)})


def ip(value: Any) -> tuple[str, bool] | None:
    """`(address, is it one host on the public internet)`; IPv4 inside IPv6 is taken out."""
    stripped = text(value)
    return _ip(stripped) if stripped and len(stripped) <= 64 else None


@lru_cache(maxsize=4096)
def _ip(value: str) -> tuple[str, bool] | None:
    try:
        if inet_pton(AF_INET, value)[0] not in _SPECIAL_IPV4:
            return value, True
    except (OSError, ValueError):
        pass  # IPv6, or no address
    address = ip_address(value)
    if address is None:
        return None
    return str(address), address.is_global and not address.is_multicast


def is_global(value: str) -> bool:
    """True where the internet routes the address to one host: not for private, loopback,
    link-local, carrier-grade NAT, documentation, reserved and multicast ones, nor for junk.
    """
    found = ip(value)
    return found is not None and found[1]


IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


@lru_cache(maxsize=8192)
def ip_address(value: str) -> IpAddress | None:
    """The address, an IPv4 address inside IPv6 as IPv4; None for everything else."""
    try:
        address = ipaddress.ip_address(value.strip())
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


@lru_cache(maxsize=8192)
def network_prefix(value: str) -> str | None:
    """The network that one customer usually holds: /24 of IPv4, /64 of IPv6."""
    address = ip_address(value)
    if address is None:
        return None
    if address.version == 4:
        return f"{str(address).rpartition('.')[0]}.0/24"
    return str(ipaddress.ip_network(f"{address}/64", strict=False))


# -- people ------------------------------------------------------------------------------------


_NO_LETTERS = re.compile(r"[\W_]+")


def fold_once(value: str) -> str:
    """`fold` without its memory, for texts that come once."""
    letters = value.casefold()
    if not letters.isascii():
        decomposed = unicodedata.normalize("NFKD", letters)
        # Decomposing makes letters of letter-like signs, in upper case too.
        letters = "".join(filterfalse(unicodedata.combining, decomposed)).casefold()
    return _NO_LETTERS.sub(" ", letters).strip()


_fold = cached(fold_once)


def fold(value: str) -> str:
    """Text for comparing: no accents, no case, no punctuation, single spaces."""
    return _fold(value)


_GENDERS = {
    "m": "M", "male": "M", "man": "M", "f": "F", "female": "F", "woman": "F",
    "masculino": "M", "masculin": "M", "hombre": "M", "varon": "M", "femenino": "F",
    "feminino": "F", "feminin": "F", "mujer": "F", "weiblich": "F",
    "x": "X", "u": "X", "other": "X", "unspecified": "X", "nonbinary": "X", "non_binary": "X",
}  # fmt: skip


def gender(value: Any) -> str | None:
    """M, F or X; None where the vendor's word is none of the usual ones."""
    return _GENDERS.get(word(value))


_LONGEST_PHONE = 40


def phone(value: Any, region: str | None = None) -> tuple[str, str | None] | None:
    """`(E.164, alpha-2 country)` of a phone number; `region` (alpha-2) reads national ones."""
    stripped = text(value)
    return _phone(stripped, region) if stripped and len(stripped) <= _LONGEST_PHONE else None


@lru_cache(maxsize=4096)
def _phone(value: str, region: str | None) -> tuple[str, str | None] | None:
    if region is None and value.startswith("00"):
        value = f"+{value[2:]}"
    try:
        parsed = phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    country = phonenumbers.region_code_for_number(parsed)
    # "001" is for numbers of no country, such as satellite phones.
    return e164, country if country and country.isalpha() else region


_NO_EMAIL = re.compile(r"[\s\[\]]")


def email(value: Any) -> str | None:
    """An e-mail address in lower case; None for what cannot be one (also scrubbed ones)."""
    stripped = text(value)
    if not stripped or len(stripped) > 254:
        return None
    local, at, domain = stripped.casefold().rpartition("@")
    if not at or not local or "." not in domain or _NO_EMAIL.search(stripped):
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
