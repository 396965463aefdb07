"""What staff read in Slack, as tables from the codes of bot/core to English words; the staff's screens are English.

Promise: every right, state, door, flag, verdict, ground and log line has its words here, and a code without words shows
in plain letters instead of getting lost. Limits: words for persons stand in templates/ and are never here; nothing in
these tables names or quotes anybody.
"""

from collections.abc import Mapping
from typing import Final

from bot.core.model import Door, Flag, Level, Right, Status, Task, Ticket
from bot.core.plans import Verb
from bot.core.rights import Decision, Verdict
from bot.core.seeing import QUIET_FLAGS
from bot.core.sorting import is_unsorted, was_placed

__all__ = ["QUIET_FLAGS"]

RIGHTS: Final[Mapping[Right, str]] = {
    Right.ACCESS: "Access",
    Right.PORTABILITY: "Portability",
    Right.RECTIFICATION: "Correction",
    Right.RECTIFICATION_CONTACT: "Contact change",
    Right.ERASURE: "Erasure",
    Right.RESTRICTION: "Restriction",
    Right.OBJECTION: "Objection",
    Right.OBJECTION_MARKETING: "No marketing",
    Right.CONSENT_WITHDRAWAL: "Consent withdrawal",
    Right.TESTIMONIAL_REMOVAL: "Testimonial",
    Right.POST_MORTEM: "After death",
    Right.COMPLAINT: "Complaint",
    Right.UNCLEAR: "Unclear message",
}

MAIL: Final = "Unplaced mail"
PLACED: Final = "Placed mail"
"""What a mail in the shared mailbox is called before and after staff said whose it is."""


def named(ticket: Ticket) -> str:
    """What a ticket is called: its right, or that it is a mail and no request yet."""
    if is_unsorted(ticket):
        return MAIL
    return PLACED if was_placed(ticket) else RIGHTS[ticket.right]


STATES: Final[Mapping[Status, str]] = {
    Status.VERIFYING: "waits for proof of identity",
    Status.LOCATING: "looking in the systems",
    Status.REVIEW: "waits for a decision",
    Status.SCHEDULED: "approved, waiting time runs",
    Status.WORKING: "approved, being done",
    Status.DONE: "done",
    Status.REFUSED: "refused",
    Status.WITHDRAWN: "taken back by the person",
    Status.LAPSED: "ended: identity not established",
    Status.FORWARDED: "not for the privacy desk",
}

DOORS: Final[Mapping[Door, str]] = {
    Door.WEB: "web chat",
    Door.MAIL: "e-mail",
    Door.TELEGRAM: "Telegram",
    Door.PHONE: "phone",
    Door.POST: "post",
}

LANGUAGES: Final[Mapping[str, str]] = {
    "en": "English",
    "nl": "Dutch",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "it": "Italian",
    "pl": "Polish",
    "pt": "Portuguese",
}

WHO: Final[Mapping[Level, str]] = {
    Level.CLAIMED: "Nothing proved yet",
    Level.MAILBOX: "Mailbox code, not signed in",
    Level.SESSION: "Signed in",
}

FLAGS: Final[Mapping[Flag, str]] = {
    Flag.ALARM: "Red alert from the person: delivery is frozen until somebody has looked.",
    Flag.STOPPED: "Somebody who reads a contact on file pressed stop: nothing happens until you have looked.",
    Flag.LEGAL_HOLD: "On legal hold: nothing happens to the data.",
    Flag.SOLE_ADMINISTRATOR: (
        "Only administrator of a client account: the client's lists are not this person's and stay. "
        "Name a new administrator first."
    ),
    Flag.STAFF_SUBJECT: "A colleague's own data: whoever asked can't decide.",
    Flag.SEVERAL_TENANTS: "Found in more than one client account: read each part of the plan.",
    Flag.MAILBOX_ONLY: "Proved by a mailbox alone: look for a recent change of address.",
    Flag.SHARED_ROWS: "Some rows are used by other people too: they stay as they are.",
    Flag.THIRD_PARTY: "Values about other people were found: they are left out.",
    Flag.PROCESSOR: "On a client's list: correct or delete in that list and tell the client; forward all else.",
    Flag.INCOMPLETE: "A system is missing from this plan.",
    Flag.UNREACHABLE: "A system didn't answer; it is tried again by itself.",
    Flag.PLAN_CHANGED: "The data changed after an approval: earlier approvals are void, look at the new plan.",
    Flag.MARKETING_ONLY: "Marketing data only, no account.",
    Flag.UNREAD: "The person wrote something nobody has read yet.",
    Flag.UNDELIVERED: "Mail to this person is refused for good: reach them another way.",
    Flag.FOLDED: "One of many that came at once: it has no card of its own.",
    Flag.UNSORTED: "A mail nobody could place: say in Slack whether it is for the privacy desk.",
}

HOLDS: Final[Mapping[Flag, str]] = {
    Flag.ALARM: "red alert",
    Flag.STOPPED: "somebody pressed stop",
    Flag.LEGAL_HOLD: "legal hold",
}
"""What holds a ticket, so that the person's stop is never mistaken for a hold of our own."""

LOOKED: Final[Mapping[Flag, str]] = {
    Flag.ALARM: "The red alert: I have looked into it, and it may go on.",
    Flag.STOPPED: "The stop: I have looked who pressed it, and it may go on.",
    Flag.LEGAL_HOLD: "Our legal hold: I have looked, its reason has ended.",
}

TASKS: Final[Mapping[Task, str]] = {
    Task.TELL_RECIPIENTS: "tell everyone who received the data",
    Task.TELL_CLIENT: "tell the client whose list was changed",
    Task.FORWARD: "forward the request to the client",
    Task.LIFT_RESTRICTION: "tell the person, then lift the restriction",
    Task.CONTACT: "type the address and the words on the staff page",
}

ASKED: Final[Mapping[Verb, str]] = {
    Verb.ACCESS: "Found",
    Verb.PORTABILITY: "Takes along",
    Verb.RECTIFICATION: "Changes",
    Verb.ERASURE: "Goes",
    Verb.ERASURE_MARKETING: "Goes",
    Verb.RESTRICTION: "Marks",
    Verb.OBJECTION_INTEREST: "Stops for",
    Verb.OBJECTION_MARKETING: "Stops for",
}

APPROVE: Final[Mapping[Right, str]] = {
    Right.ACCESS: "Approve and release copy",
    Right.PORTABILITY: "Approve and release file",
    Right.RECTIFICATION: "Approve correction",
    Right.RECTIFICATION_CONTACT: "Approve contact change",
    Right.ERASURE: "Approve erasure",
    Right.RESTRICTION: "Approve restriction",
    Right.OBJECTION: "Uphold objection, stop this use",
}

YES: Final[Mapping[Right, str]] = {
    Right.ACCESS: "Release copy",
    Right.PORTABILITY: "Release file",
    Right.RECTIFICATION: "Approve correction",
    Right.RECTIFICATION_CONTACT: "Approve change",
    Right.ERASURE: "Approve erasure",
    Right.RESTRICTION: "Approve restriction",
    Right.OBJECTION: "Stop this use",
}

RELEASED: Final[Mapping[Right, str]] = {
    Right.ACCESS: "copy released",
    Right.PORTABILITY: "file released",
    Right.RECTIFICATION: "corrected",
    Right.RECTIFICATION_CONTACT: "contact changed",
    Right.ERASURE: "erased",
    Right.RESTRICTION: "restricted",
    Right.OBJECTION: "use stopped",
    Right.OBJECTION_MARKETING: "marketing stopped",
}

KEPT: Final[Mapping[str, str]] = {
    "tax": "tax",
    "law": "a law",
    "evidence": "evidence",
    "claims": "legal claim",
    "shared": "others use it",
    "client": "the client's",
    "objection": "to honour an objection",
    "request": "proof of our answer",
    "contract": "running contract",
    "incident": "security",
}
"""Why something stays, as short as a card needs it; a reason of the map without words here shows as it is named."""

GROUNDS: Final[Mapping[str, tuple[str, str]]] = {
    "art_15_4": ("Art. 15(4)", "it would harm other people's rights"),
    "art_20_4": ("Art. 20(4)", "it would harm other people's rights"),
    "art_20_basis": ("Art. 20(1)(a)", "not based on consent or a contract"),
    "art_12_5_excessive": ("Art. 12(5)(b)", "the request is excessive (high bar)"),
    "art_11_2": ("Art. 11(2)", "we can't tell which data is theirs"),
    "art_16_accurate": ("Art. 16", "we checked, and the detail is correct"),
    "art_16_opinion": ("Art. 16", "an opinion, recorded as it was given"),
    "art_17_3_b": ("Art. 17(3)(b)", "a law makes us keep it"),
    "art_17_3_e": ("Art. 17(3)(e)", "we need it for a legal claim"),
    "art_17_1_none": ("Art. 17(1)", "none of the cases for erasure applies"),
    "art_18_none": ("Art. 18(1)", "none of the cases for restriction applies"),
    "art_21_1_compelling": ("Art. 21(1)", "our grounds are compelling, and weigh more"),
    "art_21_1_claims": ("Art. 21(1)", "we need this use for a legal claim"),
    "no_answer": ("Art. 12(4)", "they never said yes to what we showed them"),
    "not_a_request": ("Art. 12-22", "not a request about own personal data"),
}

EXTENSIONS: Final[Mapping[str, str]] = {
    "complexity": "Complexity of this request",
    "number": "Number of requests of this person",
}

DECISIONS: Final[Mapping[Decision, str]] = {
    Decision.APPROVE: "approve",
    Decision.REFUSE: "refuse",
    Decision.EXTEND: "extend",
    Decision.ASK: "ask the person",
    Decision.SETTLE: "answer by hand",
    Decision.HOLD: "put on hold",
    Decision.LIFT: "lift the hold",
    Decision.RETRY: "try again",
    Decision.REPLY: "reply",
    Decision.LOOK: "open the file",
    Decision.ASSIGN: "hand it to a colleague",
    Decision.DONE: "note a task as done",
    Decision.SORT_OURS: "say it's for the privacy desk",
    Decision.SORT_NOT: "say it's not for us",
}

NO: Final[Mapping[Verdict, str]] = {
    Verdict.NOT_STAFF: "You're not on the list of colleagues who decide here, so nothing happened.",
    Verdict.NO_ROLE: "Your role doesn't cover this decision, so nothing happened.",
    Verdict.IS_REQUESTER: "This is your own data: another colleague has to decide. Nothing happened.",
    Verdict.HELD: "This request is on hold. Lift the hold first, after you have looked.",
    Verdict.PLAN_DIFFERS: "The plan has changed since this card was drawn. Look at the new card before you decide.",
    Verdict.WRONG_STATE: "This can't be done any more.",
}

ERRANDS: Final[Mapping[str, str]] = {
    "access": "send a copy of what it holds",
    "portability": "send what the person gave, as a file",
    "rectification": "make the correction there too",
    "erasure": "erase the person there too",
    "restriction": "mark and no longer use",
    "objection_interest": "stop this use there too",
    "tell": "tell this recipient (Art. 19)",
    "tell_client": "tell the client whose list was changed",
}
"""What a colleague does by hand, by the code of the errand; names and addresses are on the staff page."""

FAILURES: Final[Mapping[str, str]] = {
    "source_down": "didn't answer",
    "down": "didn't answer",
    "refused": "refused the call",
    "mail_down": "waits, because mail doesn't go out",
    "slack_busy": "waits, because Slack is busy",
    "address_refused": "could not be mailed: the address was refused",
    "restored": "was set back to a backup: nothing is done there until `restore` has run",
    "register_down": "waits, because the erasure register can't be written",
    "flood": "waits, because too much is asked by people who have proved nothing",
    "by_hand": "waits for a colleague to do it by hand",
    "not_read_back": "still held a value after the act; all of it was rolled back",
    "mailbox_down": "waits, because the shared mailbox doesn't answer",
    "mailbox_shared": "knows several people under this mailbox, and nobody is guessed at",
    "too_many_rows": "holds more rows of this person than are taken on at once (SELEQT_PLATFORM_ROWS)",
    "trigger_refused": "has a trigger that refused it; nothing was written",
    "unique_conflict": "refused a value because of a UNIQUE rule; nothing was written",
    "check_conflict": "refused a value because of a CHECK rule; nothing was written",
    "not_null_conflict": "refused a value because of a NOT NULL rule; nothing was written",
    "foreign_key_conflict": "refused a value because of a foreign key; nothing was written",
    "value_does_not_fit": "has a column that a new value doesn't fit; nothing was written",
    "schema_changed": "has other tables than its data map; the map needs a look and the desk a restart",
    "map_unfit": "doesn't fit its data map (`datamap check` says where)",
    "not_permitted": "doesn't give the desk's user the right to do that",
    "not_installed": "lacks the desk's own tables (`datamap install`)",
    "no_neutral_value": "has a column that takes no neutral value; the data map needs a look",
    "keep_without_reason": "keeps rows without a reason; the data map needs a look",
    "key_used_for_another_call": "has already done something else under this key",
    "malformed": "didn't understand the call",
    "processor_rows_are_not_exported": "holds this person for a client only, and exports nothing",
    "field_not_allowed": "doesn't allow this field to be corrected",
    "nothing_stored": "has nothing stored in this field",
    "already_so": "holds the new value already",
    "invalid_value": "doesn't take the new value",
    "ambiguous": "holds several values, and none is the old one given",
    "changed_twice": "was asked to change one field twice",
    "no_change": "was asked to correct nothing",
    "no_accounts": "has no accounts to look in",
    "email_missing": "was given no e-mail address",
    "empty_subject": "was asked about nobody",
    "key_missing": "was given no key for the act",
    "subject_missing": "was asked about nobody",
    "subject_of_another_type": "has no such account number",
    "subject_unknown_kind": "doesn't know this kind of key",
    "tenant_missing": "was not told in which tenant to look",
}
"""Why a system has not done its part, behind its name; a code without an entry says no more than that."""

FLOODS: Final[Mapping[str, str]] = {
    "answers_mail": (
        "More mails than usual from people who have proved nothing: further answers to them wait for the next hour. "
        "Nothing is lost, every clock runs from arrival. If it goes on, look at the mail server."
    ),
    "answers_chat": (
        "More codes than usual asked for in chats: further ones wait for the next hour, and so do their mails. "
        "Signed-in people notice nothing. If it goes on, somebody is using the desk to send mail."
    ),
    "cards": (
        "Many mails at once that may be requests: further ones of this hour stand in the Home, without cards of their "
        "own. Their clocks run; `/privacy ours` and `/privacy not-ours` place them."
    ),
    "forged": (
        "Many mails whose sender our mail server calls forged: further ones of this hour are not answered before "
        "somebody has looked. They stand in the Home as mails to place."
    ),
}
"""What the channel reads, once an hour, when a fuse of the house has blown."""

LINES: Final[Mapping[str, str]] = {
    "received": "Received{door}.",
    "proved": "Identity: {level}.",
    "mailbox_proved": "The new mailbox answered its code.",
    "identity_asked": "Asked who is asking.",
    "confirmed": "The person saw the plan and said yes.",
    "amended": "The person gave other values; the earlier plan is void.",
    "recognised": "The systems said whose request this is.",
    "located": "Found {rows} in {groups}. Plan {plan}.",
    "source_failed": "{source} {reason}. It is tried again.",
    "source_refused": "{source} {reason}. Somebody has to look, then try again.",
    "plan_moved": "The data changed after approval: approvals are void, nothing was touched.",
    "acted": "Done and read back clean. The person is told.",
    "approved": "{who} approved plan {plan}{count}.",
    "refused": "{who} refused: {ground}. The letter is on its way.",
    "extended": "{who} extended to {until}. The letter is on its way.",
    "asked": "{who} asked the person something. The clock runs on.",
    "answer_came": "The person answered; read it on the staff page.",
    "settled": "{who} answered by hand. The person is told.",
    "informed": "{source} knows what was done (Art. 19).",
    "not_informed": "{source} could not be told: {reason}.",
    "errand_set": "To be done by hand until {until}: {errand} ({source}).",
    "errand_done": "{who} did by hand: {errand} ({source}). The proof note is on the staff page.",
    "withdrew": "The person took the request back.",
    "stopped": "Somebody who reads a contact on file pressed stop. On hold.",
    "hold_set": "{who} put it on legal hold; why stands on the staff page.",
    "hold_lifted": "{who} looked and lifted: {lifted}.",
    "alarmed": "Red alert from the person. Delivery is frozen{breach}.",
    "retried": "{who} asked to try again.",
    "fetched": "Delivered: downloaded {times}.",
    "assigned": "{who} handed it to {to}.",
    "proof_noted": "{who} did it by hand, proof noted: {task}.",
    "contact_given": "{who} typed the address that came with it.",
    "filed_by_hand": "{who} filed it; it came{door}.",
    "sorted": "{who} read the mail and said: {ours}.",
    "quarantined": "Quarantined: it answers {about} but comes from another address.",
    "undelivered": "A mail was refused for good: that address takes none. Reach the person another way.",
    "opened_sheet": "{who} opened the request on the staff page.",
    "looked": "{who} looked at the rows of {what} on the staff page, and said why.",
    "replied": "{who} wrote to the person on the staff page.",
    "gate_locating": "Verified; looking in the systems.",
    "gate_review": "Ready for a decision.",
    "gate_scheduled": "Approved.",
    "gate_working": "Waiting time over; work begins.",
}
"""Log lines by the name of what happened; the names in braces are filled in by slack_thread from facts alone."""

NOTES: Final[Mapping[str, str]] = {
    "hold_set": "Why it is on legal hold",
    "proof_noted": "What proves a task",
    "looked": "Why the data was looked at",
}
"""What a note on the staff page is about, by the log's word."""

RUNGS: Final[Mapping[str, str]] = {
    "reminder": "Still undecided on the day we aim at.",
    "deputies": "Five working days left to finish.",
    "lead": "Two working days left to finish, and nothing is decided.",
    "contact": "Today is the last working day to finish this in time.",
    "late_notice": "It is late. The person has been told, and that it is our fault.",
    "late_unsorted": "It is late, and nobody has said yet whether this mail is for the privacy desk.",
    "sort": "Nobody has said yet whether this mail is for the privacy desk. Read it on the staff page.",
    "sort_over": "Nobody placed this mail in 14 days: its copy here is destroyed. Look for it in the shared mailbox.",
    "late_unanswered": "It is late, because the person hasn't said yes or proved who they are. They have been told.",
    "source_failed": "A system has failed three times. Somebody has to look.",
    "source_refused": "A system can't do this as it is; the card says why. Somebody has to look, then try again.",
    "plan_changed": "The data changed after approval. A new look is needed.",
    "answer_came": "The person answered.",
    "stopped": "Somebody who reads a contact on file pressed stop. Look before anything is erased.",
    "alarm": "The person saw somebody else's data, or didn't ask for this. Delivery is frozen, 72 hours run.",
    "breach_24h": "Red alert: a day of the 72 hours to tell the authority has gone (Art. 33(1)).",
    "breach_12h": "Red alert: 12 of the 72 hours to tell the authority are left (Art. 33(1)).",
    "breach_over": "Red alert: the 72 hours to tell the authority are over; a later report says why (Art. 33(1)).",
    "stopped_too_late": "Carried out although somebody had just pressed stop: look at once, and write to them.",
    "address_changed": "The address on file changed after verification. Nothing was delivered: look first.",
    "wait_past_work_by": "The waiting time ends after the day we should be done.",
    "tell_recipients": "Done. Now tell everyone who received the data (Art. 19); they are named on the staff page.",
    "tell_client": "Done on a client's list. Now tell that client, within two working days.",
    "forward": "Found on a client's list: forward the request to that client within two working days.",
    "forward_due": "Found on a client's list: today is the last day to forward the request to that client.",
    "tell_client_due": "Done on a client's list: today is the last day to tell that client.",
    "lift_restriction": "The objection has ended, its restriction still stands. Tell the person, then lift it by hand.",
    "undelivered": "Mail to the person is refused for good. Reach them another way, or ask for another address.",
    "errand_set": "Something has to be done by hand. Mark it as done with a note of what was done.",
    "not_informed": "A recipient could not be told three times what was done (Art. 19). It is tried again by itself.",
    "errand_due": "Something that has to be done by hand is due today.",
    "handed_over": "A person asks for a colleague; the conversation is on the staff page.",
}
