"""New values that a person may have written into the platform: checked and brought into stored form.

A validator gives the value to store, or None when it is not one. Nothing is looked up outside.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType

import phonenumbers
from email_validator import EmailNotValidError, validate_email

_TEXT = re.compile(r"text<=([1-9]\d{0,4})")
# The shapes the EU's VIES service takes: country letters, then 2-13 letters and digits (some with + or *).
_VAT = re.compile(
    r"(?:AT|B[EG]|C[YZ]|D[EK]|E[ELS]|F[IR]|GB|H[RU]|I[ET]|L[TUV]|MT|NL|P[LT]|RO|S[EIK]|XI)[A-Z0-9+*]{2,13}"
)
_COUNTRY = re.compile(r"[A-Z]{2}")


def _email(value: str) -> str | None:
    try:
        return validate_email(value, check_deliverability=False).normalized
    except EmailNotValidError:
        return None


def _phone(value: str) -> str | None:
    """E.164; a number without a country is read as a Dutch one, where Seleqt is."""
    try:
        number = phonenumbers.parse(value, "NL")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _country(value: str) -> str | None:
    """An ISO 3166 code of two letters, as the telephone plan knows them."""
    code = value.upper()
    return code if _COUNTRY.fullmatch(code) and code in phonenumbers.SUPPORTED_REGIONS else None


def _vat(value: str) -> str | None:
    plain = re.sub(r"[\s.-]", "", value).upper()
    return plain if _VAT.fullmatch(plain) else None


VALIDATORS: Mapping[str, Callable[[str], str | None]] = MappingProxyType(
    {"email": _email, "phone": _phone, "country": _country, "vat": _vat}
)


def known(validator: str) -> bool:
    """Whether the map names a validator that exists: email, phone, country, vat or text<=N."""
    return validator in VALIDATORS or bool(_TEXT.fullmatch(validator))


def longest_text(validator: str) -> int | None:
    """The N of text<=N; None for the others."""
    text = _TEXT.fullmatch(validator)
    return int(text[1]) if text else None


def valid(validator: str, value: str) -> str | None:
    """The value to store, or None when the validator refuses it. Control and bidi characters never pass."""
    plain = unicodedata.normalize("NFC", value).strip()
    if not plain or any(unicodedata.category(one) in ("Cc", "Cf", "Cs", "Zl", "Zp") for one in plain):
        return None
    text = _TEXT.fullmatch(validator)
    if text:
        return plain if len(plain) <= int(text[1]) else None
    return VALIDATORS[validator](plain)
