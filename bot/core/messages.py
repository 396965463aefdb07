"""Everything the desk can say to a person: one small frozen value per message; its fields are its template's variables.

Promise: the class name is the template's name (ErasureShown -> erasure_shown), buttons are acts that conversation.py
knows, and no sentence stands here. A message marked `private` may hold values of the person's data: it is said in the
chat above level L0 only, and a mail about it says no more than that there is news. Limits: dates are local dates
(Europe/Amsterdam), instants are UTC; the words are in templates/ and their catalogues.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar


@dataclass(frozen=True, kw_only=True)
class Button:
    """One quick reply or link: `act` names its label in templates/chat/buttons.j2; `href` makes it a link.

    `arg` is what the act is about (a ticket's id, an offered intent); `label` overrides the act's label key.
    """

    act: str
    arg: str = ""
    href: str = ""


@dataclass(frozen=True, kw_only=True)
class Message:
    """Base of everything the desk says."""

    private: ClassVar[bool] = False
    buttons: tuple[Button, ...] = ()

    @classmethod
    def name(cls) -> str:
        """The template's name: the class name in snake case."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()


@dataclass(frozen=True, kw_only=True)
class Item:
    """One ticket in a list: label, right, where it stands, and since when its clock stands still, if it does."""

    ref: str
    right: str
    status: str = ""
    latest: date | None = None
    paused_since: date | None = None


@dataclass(frozen=True, kw_only=True)
class Group:
    """One group of data in an overview: its label in the person's language, how many rows, why it is there."""

    label: str
    rows: int
    purpose: str = ""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One group that stays: label, rows, the reason's code (a template knows its words), last day kept."""

    label: str
    rows: int
    reason: str
    until: date | None = None


@dataclass(frozen=True, kw_only=True)
class ChangeView:
    """One correction as the person reads it back: field name (first_name ...), old value if known, new value."""

    field: str
    new: str
    old: str = ""


# ---- opening and finding out what is meant


@dataclass(frozen=True, kw_only=True)
class Hello(Message):
    """First bubble: a computer program, what it can do, how to reach a person."""


@dataclass(frozen=True, kw_only=True)
class Menu(Message):
    """Nothing to do with privacy was understood: what the desk can do, and where else to go."""


@dataclass(frozen=True, kw_only=True)
class AskMeaning(Message):
    """One short question with the likely meanings as buttons."""


@dataclass(frozen=True, kw_only=True)
class NotOurLanguage(Message):
    """A language we don't offer: plain English, a person, and a ticket."""


@dataclass(frozen=True, kw_only=True)
class NumberHidden(Message):
    """A citizen number or card number was masked before anything was stored."""


@dataclass(frozen=True, kw_only=True)
class EarlierHidden(Message):
    """After idle minutes or a change of login the earlier private lines are not shown again."""


@dataclass(frozen=True, kw_only=True)
class AskTelegram(Message):
    """In the web chat: a Telegram account opened the link; was that you? `called` is its first name, masked."""

    called: str


@dataclass(frozen=True, kw_only=True)
class TelegramBound(Message):
    """In the web chat: yes was said, and the conversation goes on in Telegram too, until `minutes` idle ones passed."""

    minutes: int


@dataclass(frozen=True, kw_only=True)
class TelegramNotBound(Message):
    """In the web chat: nothing was bound; `over` when there was a yes, but too late or by another login."""

    over: bool


@dataclass(frozen=True, kw_only=True)
class TelegramKnown(Message):
    """In Telegram: the login was carried over, and counts until `minutes` idle ones passed."""

    minutes: int


@dataclass(frozen=True, kw_only=True)
class TelegramUnknown(Message):
    """In Telegram: the answer in the web chat was no."""


@dataclass(frozen=True, kw_only=True)
class Fact(Message):
    """An answer from the privacy policy's facts; `topic` picks the words, which name the policy's section and date."""

    topic: str
    policy_date: date


# ---- filing and identity


@dataclass(frozen=True, kw_only=True)
class Filed(Message):
    """The acknowledgement: what was understood, the numbers, the latest date, what is needed, how to follow.

    `need`: nothing, identity (sign in or an address), change (which value), confirm_change, objection_mail, no_check
    (nobody has to prove anything for it, and nobody has).
    """

    items: tuple[Item, ...]
    latest: date
    need: str
    received_at: datetime


@dataclass(frozen=True, kw_only=True)
class AskAddress(Message):
    """Which e-mail address should we look for? Asked when the answer held none; `purpose` identity or marketing."""

    purpose: str = "identity"


@dataclass(frozen=True, kw_only=True)
class CodeSent(Message):
    """A mail with a code is on its way to that address; the same words for every address."""

    minutes: int


@dataclass(frozen=True, kw_only=True)
class CodeWrong(Message):
    """That code doesn't match."""


@dataclass(frozen=True, kw_only=True)
class CodeOver(Message):
    """That code has ended: too late, used, replaced or tried too often."""


@dataclass(frozen=True, kw_only=True)
class CodesSpent(Message):
    """No more codes for this address today; other ways and a person."""


@dataclass(frozen=True, kw_only=True)
class NoMailbox(Message):
    """The person cannot read that mailbox: what else works."""


@dataclass(frozen=True, kw_only=True)
class Thanks(Message):
    """The check is passed; the desk now looks. `ref` lists every ticket it was for."""

    refs: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class IdentityReminder(Message):
    """The request still waits for a login or a code; the day on which the desk must say it cannot act."""

    ref: str
    right: str
    until: date
    paused_since: date | None = None


@dataclass(frozen=True, kw_only=True)
class NothingHeld(Message):
    """We hold nothing under that address: a full answer (Art. 15(1) first half), with another address offered."""

    ref: str
    searched: int


# ---- access


@dataclass(frozen=True, kw_only=True)
class Overview(Message):
    """What was found, in groups with counts and purposes, and who received data; the copy follows after a check."""

    private: ClassVar[bool] = True
    ref: str
    groups: tuple[Group, ...]
    recipients: tuple[str, ...]
    searched: int
    systems: int
    latest: date


@dataclass(frozen=True, kw_only=True)
class Looking(Message):
    """Found, and checked by a colleague: now, or once the person has said yes to what was read back to them."""

    ref: str
    latest: date
    confirmed: bool = True


@dataclass(frozen=True, kw_only=True)
class CopyReady(Message):
    """The copy can be read or downloaded until a date; a mail carries the `link` to its landing page."""

    ref: str
    until: date
    searched: int
    systems: int
    size: int
    link: str = ""


@dataclass(frozen=True, kw_only=True)
class CopyEnding(Message):
    """Reminder: the copy has not been fetched and will be destroyed on a date."""

    ref: str
    until: date
    link: str = ""


@dataclass(frozen=True, kw_only=True)
class CopyGone(Message):
    """The copy was destroyed; a new one is one click away."""

    ref: str


@dataclass(frozen=True, kw_only=True)
class CopyNeedsLogin(Message):
    """To open the copy here the login must be younger than 15 minutes, or use the code behind the mailed link."""

    ref: str


# ---- erasure


@dataclass(frozen=True, kw_only=True)
class ErasureShown(Message):
    """What goes and what stays, before the person says yes."""

    private: ClassVar[bool] = True
    ref: str
    goes: tuple[Group, ...]
    stays: tuple[Kept, ...]


@dataclass(frozen=True, kw_only=True)
class ErasureInHand(Message):
    """Confirmed: marketing has stopped, two colleagues check, the waiting time, how to stop it."""

    ref: str
    waits_until: datetime
    latest: date


@dataclass(frozen=True, kw_only=True)
class StopNotice(Message):
    """To every contact on file: an erasure waits, or an address is to change; a button stops it. Mail only."""

    ref: str
    right: str = "erasure"
    waits_until: datetime
    link: str


@dataclass(frozen=True, kw_only=True)
class OnHold(Message):
    """Somebody pressed stop: nothing is deleted until a colleague has looked; the clock runs on."""

    ref: str


@dataclass(frozen=True, kw_only=True)
class ConfirmReminder(Message):
    """The plan still waits for the person's yes or no."""

    ref: str
    latest: date


@dataclass(frozen=True, kw_only=True)
class Erased(Message):
    """What was erased, what is kept, why and until when; who is being told; the block on new imports.

    `on_list` says that rows on a client's list went too, so that the client is told.
    """

    private: ClassVar[bool] = True
    ref: str
    on: date
    goes: tuple[Group, ...]
    stays: tuple[Kept, ...]
    recipients: tuple[str, ...]
    on_list: bool = False


# ---- rectification


@dataclass(frozen=True, kw_only=True)
class AskChange(Message):
    """Which detail is wrong, and what should it be?"""

    ref: str = ""


@dataclass(frozen=True, kw_only=True)
class ChangeRead(Message):
    """The correction read back: exactly like this?"""

    private: ClassVar[bool] = True
    changes: tuple[ChangeView, ...]


@dataclass(frozen=True, kw_only=True)
class ChangeInHand(Message):
    """A colleague makes the change by a date."""

    ref: str
    latest: date


@dataclass(frozen=True, kw_only=True)
class NewMailboxAsked(Message):
    """A code went to the new address as well: both are needed before an address is changed."""

    ref: str
    minutes: int


@dataclass(frozen=True, kw_only=True)
class ChangeNeedsLogin(Message):
    """A contact change needs a login, or the old and the new mailbox."""

    ref: str


@dataclass(frozen=True, kw_only=True)
class Corrected(Message):
    """Done: which fields, on which day, who else is being told; `on_list` as for an erasure."""

    private: ClassVar[bool] = True
    ref: str
    on: date
    changes: tuple[ChangeView, ...]
    recipients: tuple[str, ...]
    on_list: bool = False


# ---- objection, restriction, the rest


@dataclass(frozen=True, kw_only=True)
class MarketingStopped(Message):
    """Stopped as of now; one mail may be in transit; how long the note is kept (local date)."""

    ref: str
    kept_until: date


@dataclass(frozen=True, kw_only=True)
class SuppressionNoted(Message):
    """Mail to the address given: no marketing from now; one button undoes it. The same for every address."""

    link: str


@dataclass(frozen=True, kw_only=True)
class ObjectionWeighed(Message):
    """Restricted at once while a colleague weighs; answer by a date."""

    ref: str
    latest: date


@dataclass(frozen=True, kw_only=True)
class ObjectionUpheld(Message):
    """The use objected to has stopped, from a day."""

    ref: str
    on: date
    recipients: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Restricted(Message):
    """Marked: from when, what still happens, notice before lifting."""

    ref: str
    on: date
    recipients: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SettledByHand(Message):
    """A colleague did it by hand and writes what was done."""

    private: ClassVar[bool] = True
    ref: str
    on: date
    words: str


@dataclass(frozen=True, kw_only=True)
class ComplaintHelp(Message):
    """Where to complain, now and without asking us first; a colleague reads it too.

    `authority` is the one where they live, if they said so and it isn't the Dutch one; `lacks_land` is Germany alone.
    """

    ref: str
    authority: str = ""
    url: str = ""
    lacks_land: bool = False


# ---- following, withdrawing, people


@dataclass(frozen=True, kw_only=True)
class Standing(Message):
    """Where each request stands, what happens next and by when."""

    items: tuple[Item, ...]


@dataclass(frozen=True, kw_only=True)
class NoTickets(Message):
    """No request in this conversation; how to find one made elsewhere."""


@dataclass(frozen=True, kw_only=True)
class WhichTicket(Message):
    """More than one request is open: which one is meant?"""

    items: tuple[Item, ...]


@dataclass(frozen=True, kw_only=True)
class Withdrawn(Message):
    """Taken back; nothing more happens; it can be asked again."""

    ref: str


@dataclass(frozen=True, kw_only=True)
class TooLateToWithdraw(Message):
    """The work has begun or is over; what the person can do instead."""

    ref: str
    status: str


@dataclass(frozen=True, kw_only=True)
class HandedOver(Message):
    """A colleague takes over in this chat and by mail: the hours, and the day by which they answer."""

    opens: str
    closes: str
    answer_by: date
    ref: str


@dataclass(frozen=True, kw_only=True)
class AlarmTaken(Message):
    """Thanks: delivery is frozen and the privacy lead is told. Asked only what they saw."""

    refs: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class AlarmEased(Message):
    """A colleague has looked and the request goes on."""

    ref: str


@dataclass(frozen=True, kw_only=True)
class Unclear(Message):
    """Unanswered for a day: a colleague reads it, with the first message's clock."""

    ref: str
    latest: date


@dataclass(frozen=True, kw_only=True)
class PassedOn(Message):
    """What was written went to the colleague who handles this."""


@dataclass(frozen=True, kw_only=True)
class StaffWords(Message):
    """A colleague's words in the chat (theirs, shown as text)."""

    private: ClassVar[bool] = True
    words: str
    who: str


@dataclass(frozen=True, kw_only=True)
class StaffAsks(Message):
    """A colleague needs to know something to go on."""

    private: ClassVar[bool] = True
    ref: str
    words: str


@dataclass(frozen=True, kw_only=True)
class Paragraph:
    """A paragraph of a chat line in a mail, or one point of a list."""

    text: str
    is_point: bool = False


@dataclass(frozen=True, kw_only=True)
class Relayed(Message):
    """Mail: what the desk says in a conversation by mail, the words that answer it, and its links (label, address)."""

    paragraphs: tuple[Paragraph, ...]
    answers: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class MailUnread(Message):
    """Mail: what was sent could not be read (too large, or built in a way that no program opens)."""


@dataclass(frozen=True, kw_only=True)
class NewsWaits(Message):
    """Mail: there is news in the chat about a request; nothing of it stands in the mail."""

    ref: str
    right: str


# ---- letters


@dataclass(frozen=True, kw_only=True)
class CodeMail(Message):
    """Mail: the code, what it is for, when it ends, that nobody will ask for it; the acknowledgement as well.

    `purpose`: identity, new_mailbox or download. `rights` are the fixed names, never the asker's words.
    """

    code: str
    purpose: str
    rights: tuple[Item, ...]
    latest: date | None
    door: str
    made_at: datetime
    minutes: int
    link: str


@dataclass(frozen=True, kw_only=True)
class RefusalLetter(Message):
    """Which request, the ground and the facts, what is done nevertheless, complaint and court, who decided."""

    ref: str
    right: str
    on: date
    ground: str
    facts: str
    anyway: str
    decided_by: str


@dataclass(frozen=True, kw_only=True)
class ExtensionLetter(Message):
    """The new date, concrete reasons, what was done, that the 30-day promise is missed, complaint and court."""

    ref: str
    right: str
    reasons: tuple[str, ...]
    facts: str
    until: date
    promise: date


@dataclass(frozen=True, kw_only=True)
class LateNotice(Message):
    """It is late: our fault, where it stands, authority and court.

    `waits_for_you` says that the person's own word is missing (a yes, a proof): what is needed, and no fault of ours.
    """

    ref: str
    right: str
    due: date
    status: str
    waits_for_you: bool = False


@dataclass(frozen=True, kw_only=True)
class NoActionNotice(Message):
    """Identity was not established in time (Art. 12(4)): what was tried, how to reopen, complaint, court."""

    ref: str
    right: str


@dataclass(frozen=True, kw_only=True)
class StaffCall(Message):
    """Mail to the house's own contact: a request is about to be late, or a red alert; Slack may be down. No names."""

    ref: str
    right: str
    rung: str
    due: date


@dataclass(frozen=True, kw_only=True)
class RecipientsTold(Message):
    """Everybody who had received the data knows what was done (Art. 19), by name."""

    ref: str
    recipients: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class RecipientNotice(Message):
    """Letter to a recipient: what to do, under which reference; `address` only where they find the person by it."""

    ref: str
    right: str
    on: date
    address: str = ""


# ---- plain refusals of input


@dataclass(frozen=True, kw_only=True)
class TooLong(Message):
    """The message was longer than the desk reads; how long it may be (characters)."""

    limit: int


@dataclass(frozen=True, kw_only=True)
class TooFast(Message):
    """Too many messages at once; nothing was lost, try again shortly."""


@dataclass(frozen=True, kw_only=True)
class PressedTooLate(Message):
    """That button is from an earlier question; here is where things stand."""
