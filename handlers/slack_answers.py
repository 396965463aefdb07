"""What a colleague reads after a press that changed nothing, or only half: one clear sentence with the next step.

Promise: pure; a refusal says why and who can go on, a lost race says who decided and when. Limits: only the person who
pressed sees it; nothing here is about the data.
"""

from collections.abc import Iterable
from datetime import datetime

from bot.core.model import Staffer, Status, Ticket
from bot.core.rights import Decision, Verdict, approvals_needed, approvers, is_approved, may_decide
from bot.ports import TicketView
from handlers import slack_words as words
from handlers.slack_blocks import Marked, counted, mention
from handlers.slack_cards import after

UNKNOWN_CARD = Marked(
    "This card belongs to no request any more, so nothing happened. Open the desk's Home for the list."
)
OLD_CARD = Marked(words.NO[Verdict.PLAN_DIFFERS])
FAILED = Marked(
    "Something failed on our side. The card always shows what was really decided: look there before you press again."
)
NO_PREVIEW = "The letter could not be drawn just now. Nothing was sent and nothing you typed is lost: press once more."
OPEN_FIRST = Marked(
    "Something is odd about this request, so open its plan first: then your approval counts. Nothing happened yet."
)
DONE = Marked("Done.")
NO_SUCH_REF = Marked("No request has that number. It looks like SEL-2026-00417; 417 is enough.")
NO_SUCH_DAY = Marked("Give a day from today on, within a year: */privacy away until 2026-12-01*.")
STRANGER = Marked(words.NO[Verdict.NOT_STAFF])
TRY_AGAIN = "That took too long just now. Nothing you chose is lost: press once more."
NOT_THEM = Marked("That colleague can't take this request. Choose another one: nothing was changed.")
TRIED = Marked("It is tried again now. The card says what came of it.")
TOO_SLOW = Marked("Slack was too slow to open that window. Press the button once more.")
ALREADY_LATE = Marked("The month to tell the person has passed, or it was extended before, so it can't be extended.")


def why_not(verdict: Verdict, decision: Decision, view: TicketView, staff: Iterable[Staffer], now: datetime) -> Marked:
    """Why this press did nothing, as mrkdwn: the rule, and who can decide instead."""
    every = tuple(staff)
    if verdict is Verdict.TWICE:
        return Marked(f"You already approved. {_next(view.ticket, every)}")
    if verdict is Verdict.NO_ROLE:
        return Marked(f"{words.NO[verdict]} {_who_can(view.ticket, decision, every)}".strip())
    if verdict is Verdict.WRONG_STATE:
        return too_late(view, every, now)
    return Marked(words.NO.get(verdict, words.NO[Verdict.WRONG_STATE]))


def approved_so_far(view: TicketView, staff: Iterable[Staffer]) -> Marked:
    """What the colleague reads whose approval was not the last one needed; empty when it was."""
    ticket = view.ticket
    if ticket.status is not Status.REVIEW:
        return Marked("")
    if is_approved(ticket):
        return Marked("You approved. It goes on as soon as the person has said yes to the plan.")
    return Marked(f"You approved. {_next(ticket, tuple(staff))}")


def too_late(view: TicketView, staff: Iterable[Staffer], now: datetime) -> Marked:
    """Who was first: the decisions on the ticket as it stands now."""
    decided = "; ".join(after(view, tuple(staff), now)).replace("*", "")
    if decided:
        return Marked(f"Already decided, so nothing happened now. {decided}.")
    state = words.STATES[view.ticket.status]
    return Marked(f"That isn't possible now, so nothing happened. The request: {state}.")


def _next(ticket: Ticket, staff: tuple[Staffer, ...]) -> str:
    missing = approvals_needed(ticket) - len(approvers(ticket))
    if missing <= 0:
        return "No more approvals are needed."
    able = [one for one in staff if may_decide(ticket, one, Decision.APPROVE) is Verdict.YES]
    more = "One more colleague is needed" if missing == 1 else f"{counted(missing, 'more colleague')} are needed"
    return f"{more}: {_either(able)}."


def _who_can(ticket: Ticket, decision: Decision, staff: tuple[Staffer, ...]) -> str:
    able = [one for one in staff if may_decide(ticket, one, decision) is Verdict.YES]
    role = "the legal role" if decision is Decision.REFUSE else "an approver"
    return f"It needs {role}: {_either(able)}." if able else f"It needs {role}, and nobody free has it."


def _either(able: list[Staffer]) -> str:
    """ "@joris or @mina"; nobody left is said, because then the list of colleagues has to grow."""
    names = [mention(one.user) for one in able]
    if not names:
        return "nobody on the list is left to ask; tell the privacy lead"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
