"""What a source says when it will not or cannot act; each kind asks for another answer from the desk.

No message carries a value of a person: table and column names, counts and codes only, so that it may be logged.
"""


class SourceDown(Exception):
    """The source did not answer; nothing happened and the same call may be made again later."""


class PlanChanged(Exception):
    """What would happen now is no longer what was approved; nothing happened and a new approval is needed."""


class Refused(Exception):
    """The call can never succeed as it is; nothing happened. `reasons` are codes with table or field names."""

    def __init__(self, reasons: tuple[str, ...]) -> None:
        """Keep the reasons; the message joins them."""
        super().__init__("; ".join(reasons))
        self.reasons = reasons


class NotReadBack(Exception):
    """After the act a planned value was still there, so all of it was rolled back; staff have to look."""
