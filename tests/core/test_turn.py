"""The sheet on which one step is drawn up."""

from bot.core.messages import Menu
from bot.core.model import Asking, Status
from bot.core.turn import Opening, Turn
from tests.core.builders import DAY, MINUTE, NOW, Parlour, ticket


def sheet() -> Turn:
    parlour = Parlour()
    parlour.tickets = {"t-1": ticket(), "t-2": ticket(id="t-2", status=Status.DONE)}
    scene = parlour.scene()
    return Turn(scene=scene, talk=scene.talk)


def test_every_id_is_used_once():
    turn = sheet()
    assert turn.fresh() != turn.fresh()


def test_a_new_question_replaces_the_old_one():
    turn = sheet()
    turn.ask(Asking.CHANGE, about="t-1")
    turn.ask(Asking.MEANING, offers=("access",))
    assert (turn.talk.asking, turn.talk.about, turn.talk.offers) == (Asking.MEANING, None, ("access",))


def test_a_later_message_never_replaces_the_first_of_the_clock():
    turn = sheet()
    turn.start_clock(NOW)
    turn.start_clock(NOW + DAY)
    assert turn.talk.unclear_since == NOW
    turn.settle()
    assert (turn.talk.asking, turn.talk.unclear_since) == (Asking.NOTHING, None)


def test_open_tickets_are_those_of_the_conversation_and_of_this_very_turn():
    turn = sheet()
    turn.opened.append(Opening(ticket=ticket(id="t-3"), words=""))
    assert [one.id for one in turn.open_tickets()] == ["t-1", "t-3"]


def test_the_step_is_a_frozen_copy_stamped_with_the_instant():
    parlour = Parlour()
    parlour.wait(MINUTE)
    turn = Turn(scene=parlour.scene(), talk=parlour.talk)
    turn.say(Menu())
    step = turn.step()
    turn.say(Menu())
    assert len(step.says) == 1
    assert step.talk.last_at == NOW + MINUTE
