"""What our own border server found about a mail's sender: SPF, DKIM and DMARC as hints for the card.

Promise: only fields that bear our server's name count, and of those only the topmost run: what a sender forged lies
further down (RFC 8601, 5). Limits: hints of risk, no proof of anybody; without a configured name there are none.
"""

import re
from typing import Final

from handlers.mime.headers import Head

_COMMENT = re.compile(r"\([^()]{0,500}\)")
_RESULT = re.compile(
    r"\s*(spf|dkim|dmarc)\s*=\s*(pass|fail|softfail|hardfail|neutral|none|temperror|permerror|policy)\b"
)
_FIELD: Final = "authentication-results"


def border_results(head: Head, authserv: str) -> tuple[str, ...]:
    """Takes a head and the name of our border server; returns hints such as `dmarc_pass`, the first per method."""
    found: dict[str, str] = {}
    for value in _topmost(head, authserv.strip().lower()) if authserv.strip() else ():
        for match in map(_RESULT.match, value.split(";")[1:]):
            if match:
                found.setdefault(match[1], match[2])
    return tuple(f"{method}_{result}" for method, result in found.items())


def _topmost(head: Head, authserv: str) -> list[str]:
    """Our server's fields that stand together, the first of them being the first at all that bears its name."""
    kept: list[str] = []
    for name, value in head.fields:
        told = _COMMENT.sub(" ", value).lower()
        is_ours = name == _FIELD and told.partition(";")[0].split()[:1] == [authserv]
        if is_ours:
            kept.append(told)
        elif kept:
            break
    return kept
