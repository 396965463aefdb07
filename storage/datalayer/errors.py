"""What a source says when it will not or cannot act; the desk's own words for it, from bot.ports.

No message carries a value of a person: table and column names, counts and codes only, so that it may be logged.
"""

from bot.ports import NotReadBack, PlanChanged, SourceDown
from bot.ports import SourceRefused as Refused

__all__ = ["NotReadBack", "PlanChanged", "Refused", "SourceDown"]
