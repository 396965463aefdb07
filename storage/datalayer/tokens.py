"""What an erasure writes in place of a value: a fitting constant, or a token per value where rows are joined by it.

Equal values get equal tokens within one act, so that rows stay joined and unique columns stay unique. The key of the
tokens is made for the act and forgotten, so nobody can go back from a token to the value.
"""

import hmac
import unicodedata
from typing import Any

import sqlalchemy as sa

from storage.datalayer.errors import Refused

ERASED = "erased"
ERASED_MAIL = "@erased.invalid"
"""How an address ends that an erasure wrote; it can never be delivered."""
_NO_DATE = "1900-01-01"
_NO_INSTANT = "1900-01-01 00:00:00"


def constant(column: sa.Column[Any]) -> Any:
    """The neutral value of the column's type, or NULL where there is none; raises Refused where the column forbids it.

    What somebody is known by or joined by never comes here: that gets a token.
    """
    kind = column.info["kind"]
    if isinstance(kind, sa.Enum):
        return _empty(column)
    if isinstance(kind, sa.ARRAY):
        return []
    if isinstance(kind, sa.DateTime | sa.Date):
        return _no_date(column, kind)
    for type_, value in ((sa.Boolean, False), (sa.Numeric, 0), (sa.Integer, 0), (sa.LargeBinary, b""), (sa.JSON, {})):
        if isinstance(kind, type_):
            return value
    if isinstance(kind, sa.String):
        return _fitting(ERASED, kind.length)
    return _empty(column)


def _empty(column: sa.Column[Any]) -> None:
    if not column.nullable:
        raise Refused((f"no_neutral_value:{column}",))


def _no_date(column: sa.Column[Any], kind: Any) -> Any:
    text = _NO_INSTANT if isinstance(kind, sa.DateTime) else _NO_DATE
    return text if isinstance(column.type, sa.String) else kind.python_type.fromisoformat(text)


def _fitting(text: str, length: int | None) -> str:
    """A short column gets dashes: the first letters of a word would read as a code (a country, a currency)."""
    return text if length is None or length >= len(text) else "-" * length


def token(key: bytes, column: sa.Column[Any], value: Any) -> Any:
    """The token for one value of a joined or unique column; for an e-mail address one that can never be delivered.

    It depends on the value and not on the column, so that both ends of a reference get the same.
    """
    email = isinstance(value, str) and "@" in value
    plain = unicodedata.normalize("NFKC", value).strip().lower() if email else str(value)
    digest = hmac.digest(key, plain.encode(), "sha256").hex()
    kind = column.info["kind"]
    if isinstance(kind, sa.Integer):
        return -int(digest[:7], 16)
    text = f"{ERASED}-{digest[:20]}" + (ERASED_MAIL if email else "")
    if isinstance(kind, sa.String) and kind.length is not None and kind.length < len(text):
        return digest[: kind.length]
    return text


def can_token(column: sa.Column[Any]) -> bool:
    """Whether tokens of this column are surely distinct: text of at least 12 places, or whole numbers."""
    kind = column.info["kind"]
    if isinstance(kind, sa.Date | sa.DateTime | sa.Enum):
        return False
    if isinstance(kind, sa.String):
        return kind.length is None or kind.length >= 12
    return isinstance(kind, sa.Integer)
