"""What the desk answers: one input and the scene in, one Step out.

Promise: plain functions over frozen values and four tables (what an open question expects, what an intent leads to,
what a button does, what time does); a reading alone never starts an act: what is clear is filed and read back, what is
not is asked with buttons, and nothing dead-ends. Limits: it sends nothing, looks nothing up and knows no door.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from bot.core import linking, requests, talkabout
from bot.core.clock import legal_dates
from bot.core.events import Alarmed, AnswerCame
from bot.core.filing import OF_INTENT, UNCLEAR_AFTER, by_staff, for_colleague, rights_of
from bot.core.messages import (
    AlarmTaken,
    AskMeaning,
    Button,
    EarlierHidden,
    Fact,
    HandedOver,
    Hello,
    Menu,
    NoMailbox,
    NotOurLanguage,
    NumberHidden,
    PassedOn,
    Unclear,
)
from bot.core.model import Asking, Talk
from bot.core.proving import ask_address, judged, send_code, signed_in
from bot.core.turn import (
    Heard,
    Input,
    LinkAnswered,
    Linked,
    LinkOpened,
    Opened,
    Pressed,
    Scene,
    SignedIn,
    SignedOut,
    Step,
    Turn,
    WaitedLong,
)

REQUESTS = frozenset(OF_INTENT)
MENU = tuple(
    Button(act=f"mean_{intent}") for intent in ("access", "rectification", "erasure", "objection_marketing", "status")
)


def step(scene: Scene, came: Input) -> Step:
    """One turn: what the desk says and wants done when `came` happens in `scene`."""
    turn = Turn(scene=scene, talk=scene.talk)
    INPUTS[type(came)](turn, came)
    return turn.step()


def wakes_at(talk: Talk) -> datetime | None:
    """When an unanswered question becomes a ticket (UTC instant), or None."""
    return talk.unclear_since + UNCLEAR_AFTER if talk.unclear_since and talk.asking is not Asking.NOTHING else None


# ---- what can come in


def _opened(turn: Turn, came: Input) -> None:
    assert isinstance(came, Opened)
    if came.hidden:
        turn.say(EarlierHidden())
    turn.say(Hello(buttons=(*MENU, Button(act="person"))))


def _signed_in(turn: Turn, came: Input) -> None:
    assert isinstance(came, SignedIn)
    turn.talk = replace(turn.talk, session=came.session)
    requests.marketing_by_login(turn)
    signed_in(turn)


def _signed_out(turn: Turn, came: Input) -> None:
    assert isinstance(came, SignedOut)
    turn.talk = replace(turn.talk, session=None, identity=None)


def _waited_long(turn: Turn, came: Input) -> None:
    """Nobody answered the open question for a day: a colleague reads it, with the first message's clock."""
    assert isinstance(came, WaitedLong)
    if turn.talk.unclear_since is None:
        return
    made = by_staff(turn)
    turn.say(Unclear(ref=made.ref, latest=legal_dates(made).queue_date))


def _pressed(turn: Turn, came: Input) -> None:
    assert isinstance(came, Pressed)
    act, arg = came.act, came.arg
    if act.startswith("mean_"):
        meant = act.removeprefix("mean_")
        understood(turn, Heard(text="", intents=(meant,), sure=True, marketing=meant == "objection_marketing"))
    elif act in BUTTONS:
        BUTTONS[act](turn, arg)
    else:
        turn.say(Menu(buttons=(*MENU, Button(act="person"))))


def _heard(turn: Turn, came: Input) -> None:
    assert isinstance(came, Heard)
    turn.words = came.text
    if came.lang_known and came.lang != turn.talk.lang and not turn.scene.tickets:
        turn.talk = replace(turn.talk, lang=came.lang)
    if came.hidden:
        turn.say(NumberHidden())
    if came.alarm:
        alarm(turn, came.alarm)
    elif came.code is not None:
        judged(turn, came)
    elif not answers_question(turn, came):
        understood(turn, came)


INPUTS: Mapping[type[Input], Callable[[Turn, Input], None]] = {
    Opened: _opened,
    SignedIn: _signed_in,
    SignedOut: _signed_out,
    WaitedLong: _waited_long,
    Pressed: _pressed,
    Heard: _heard,
    LinkOpened: linking.link_opened,
    LinkAnswered: linking.link_answered,
    Linked: linking.linked,
}


# ---- an open question is answered first, unless the person clearly says something else


def answers_question(turn: Turn, heard: Heard) -> bool:
    """True when the message answered what was asked; a clear other wish goes its own way."""
    if heard.sure and set(heard.intents) & {"human", "status", "cancel", "complaint"}:
        return False
    return ANSWERS[turn.talk.asking](turn, heard)


def _not_asked(turn: Turn, heard: Heard) -> bool:
    return False


def _wants_else(heard: Heard) -> bool:
    return heard.sure and bool(set(heard.intents) & (REQUESTS | {"inform"}))


def _address(turn: Turn, heard: Heard) -> bool:
    if heard.address and heard.mailbox:
        send_code(turn, heard.address, heard.mailbox)
        return True
    if _wants_else(heard):
        return False
    ask_address(turn)
    return True


def _code(turn: Turn, heard: Heard) -> bool:
    if _wants_else(heard):
        return False
    if heard.address and heard.mailbox:
        send_code(turn, heard.address, heard.mailbox)
    else:
        turn.say(NoMailbox(buttons=(Button(act="new_code"), Button(act="sign_in"), Button(act="person"))))
    return True


def _staff_question(turn: Turn, heard: Heard) -> bool:
    ticket = next((one for one in turn.open_tickets() if one.id == turn.talk.about), None)
    if ticket is None:
        return False
    turn.move(ticket, AnswerCame(by="person"))
    turn.passed_on.append(ticket.id)
    turn.settle()
    turn.say(PassedOn(buttons=(Button(act="follow", arg=ticket.id),)))
    return True


ANSWERS: Mapping[Asking, Callable[[Turn, Heard], bool]] = {
    Asking.NOTHING: _not_asked,
    Asking.MEANING: _not_asked,
    Asking.ADDRESS: _address,
    Asking.CODE: _code,
    Asking.NEW_ADDRESS_CODE: _not_asked,
    Asking.CHANGE: requests.change_answer,
    Asking.CONFIRM_CHANGE: requests.change_answer,
    Asking.MARKETING_ADDRESS: requests.marketing_answer,
    Asking.STAFF_QUESTION: _staff_question,
}


# ---- what was understood


def understood(turn: Turn, heard: Heard) -> None:
    """File what is clear, answer what is asked, and ask once about the rest."""
    if not heard.lang_known and not heard.sure:
        _foreign(turn)
    elif heard.sure and set(heard.intents) & REQUESTS:
        _requested(turn, heard)
    elif heard.sure and heard.intents and heard.intents[0] in INTENTS:
        INTENTS[heard.intents[0]](turn, heard)
    elif turn.talk.with_staff and not heard.sure:
        for_colleague(turn)
    else:
        ask_meaning(turn, heard)


def _requested(turn: Turn, heard: Heard) -> None:
    """A question in the same message is answered first, a colleague asked for comes last."""
    if "inform" in heard.intents:
        _inform(turn, heard)
    rights = rights_of(heard.intents, marketing=heard.marketing, changes=heard.changes)
    requests.begin(turn, rights, heard)
    if "human" in heard.intents:
        hand_over(turn)


def ask_meaning(turn: Turn, heard: Heard) -> None:
    """One short question with the likely meanings; if it could be a request, its clock runs from this message."""
    if heard.offers and heard.offers[0] == "other" and not set(heard.offers[:2]) & REQUESTS:
        turn.say(Menu(buttons=(*MENU, Button(act="person"))))
        return
    if set(heard.offers) & REQUESTS:
        turn.start_clock(turn.scene.since)
    offers = tuple(offer for offer in heard.offers if offer not in {"other", "human"})[:3] or ("access", "erasure")
    turn.ask(Asking.MEANING, offers=offers)
    buttons = tuple(Button(act=f"mean_{offer}") for offer in offers)
    turn.say(AskMeaning(buttons=(*buttons, Button(act="mean_other"), Button(act="person"))))


def _foreign(turn: Turn) -> None:
    """A language the desk does not offer: plain English, a colleague, and a ticket, at once."""
    for_colleague(turn)
    turn.say(NotOurLanguage(buttons=(*MENU, Button(act="person"))))


def _inform(turn: Turn, heard: Heard) -> None:
    """Answer from the policy's facts, one bubble per topic, two at most; the buttons stand under the last."""
    *before, last = heard.topics[:2]
    for topic in before:
        turn.say(Fact(topic=topic, policy_date=turn.scene.policy_date))
    policy = Button(act="policy", href=turn.scene.policy_url)
    buttons = (Button(act="mean_access"), policy, Button(act="person"))
    turn.say(Fact(topic=last, policy_date=turn.scene.policy_date, buttons=buttons))


def _human(turn: Turn, heard: Heard) -> None:
    hand_over(turn)


def _other(turn: Turn, heard: Heard) -> None:
    if turn.talk.with_staff:
        for_colleague(turn)
        return
    turn.say(Menu(buttons=(*MENU, Button(act="person"))))


def _status(turn: Turn, heard: Heard) -> None:
    if not _proves_by_mail_first(turn):
        talkabout.status(turn, heard)


def _cancel(turn: Turn, heard: Heard) -> None:
    if not _proves_by_mail_first(turn):
        talkabout.cancel(turn, heard)


def _proves_by_mail_first(turn: Turn) -> bool:
    """Who writes by mail about a request made elsewhere proves the mailbox first; then everything is found."""
    knows = turn.scene.tickets or turn.talk.identity is not None
    if turn.scene.own_address is None or knows:
        return False
    ask_address(turn)
    return True


INTENTS: Mapping[str, Callable[[Turn, Heard], None]] = {
    "inform": _inform,
    "human": _human,
    "status": _status,
    "cancel": _cancel,
    "other": _other,
}


# ---- people and alarms


def hand_over(turn: Turn) -> None:
    """A colleague takes over in this chat; there is always a ticket, so that it always reaches somebody."""
    ticket = for_colleague(turn)
    turn.talk = replace(turn.talk, with_staff=True)
    hours = turn.scene.hours
    turn.say(
        HandedOver(
            opens=hours.opens.strftime("%H:%M"),
            closes=hours.closes.strftime("%H:%M"),
            answer_by=talkabout.next_answer_day(turn.scene),
            ref=ticket.ref,
            buttons=(Button(act="follow", arg=ticket.id),),
        )
    )


def alarm(turn: Turn, kind: str) -> None:
    """Somebody else's data, or a request the person did not make: freeze, tell staff, thank; ask only what they saw."""
    concerned = tuple(one for one in turn.every_ticket() if one.is_open or one.copy is not None)
    tickets = concerned or turn.scene.tickets[-1:] or (by_staff(turn),)
    for ticket in tickets:
        turn.move(ticket, Alarmed(by="person", kind=kind))
        turn.passed_on.append(ticket.id)
    turn.talk = replace(turn.talk, with_staff=True)
    turn.say(AlarmTaken(refs=tuple(ticket.ref for ticket in tickets), buttons=(Button(act="person"),)))


# ---- buttons


def _person(turn: Turn, arg: str) -> None:
    hand_over(turn)


def _sign_in(turn: Turn, arg: str) -> None:
    turn.wants_sign_in = True


def _new_code(turn: Turn, arg: str) -> None:
    ask_address(turn)


def _alarm_button(kind: str) -> Callable[[Turn, str], None]:
    return lambda turn, _arg: alarm(turn, kind)


BUTTONS: Mapping[str, Callable[[Turn, str], None]] = {
    "person": _person,
    "sign_in": _sign_in,
    "new_code": _new_code,
    "by_code": _new_code,
    "wrong_person": _alarm_button("wrong_person"),
    "not_me": _alarm_button("not_me"),
    **talkabout.BUTTONS,
    **requests.BUTTONS,
}
"""Every button the desk offers, except links and the `mean_...` family."""
