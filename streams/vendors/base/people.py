"""Names, contacts and documents as vendors write them. Functions are total, as in `values`."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import filterfalse
from typing import Any

import phonenumbers

from streams.contracts.model import DocumentType
from streams.vendors.base.values import cached, text, word

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
