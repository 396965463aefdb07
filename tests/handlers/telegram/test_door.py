"""The door over real HTTP against the stand-in: what people do comes in once, what the desk says goes out in order."""

import asyncio
import subprocess
import sys

import aiohttp
import pytest

from bot.demo.telegram import Phone, running
from bot.demo.telegram.world import GROUP
from bot.ports import AddressRefused, PostDown, TryLater
from bot.turns import Reply
from tests.handlers.telegram.house import (
    CHAT,
    FakeDesk,
    a_line,
    a_place,
    a_store,
    a_world,
    at_work,
    listening,
    make,
    open_door,
)

ANNA, JORIS, MALLORY = 501_000_201, 501_000_107, 501_000_666


def methods(world):
    return [one.method for one in world.calls]


async def sent_row(door, desk, chat, *, seq=3, text="Which one?"):
    """A question with two buttons in a chat whose conversation has begun."""
    talk = await desk.come(door=door.door, address=str(chat), lang="en")
    buttons = (("Yes, do", "yes", "", ""), ("No", "no", "", ""), ("Policy", "policy", "", "https://a.example/p"))
    await door.say(a_place(talk.id, chat), (a_line(seq, text, *buttons),), key="k")
    return talk


async def begun(phone):
    """Press Start, and wait until Telegram was told that it was handled."""
    phone.start()
    await phone.world.until(lambda: not phone.world.updates)


# ---- in


async def test_typed_words_reach_the_desk_with_the_updates_number(tmp_path):
    async with open_door(tmp_path) as (world, desk, _door):
        update = Phone(world, ANNA).type("what do you have on me?")
        [asked] = await desk.was_asked(1)
        assert asked == ("hear", f"talk-of-{ANNA}-0", f"update:710001:{update['update_id']}", "what do you have on me?")


async def test_the_number_is_the_person_and_never_the_username(tmp_path):
    async with open_door(tmp_path) as (world, desk, _door):
        Phone(world, MALLORY).type("I am @annaberg")
        await desk.was_asked(1)
        assert list(desk.talks) == [str(MALLORY)]


async def test_telegram_forgets_an_update_only_after_it_was_handled(tmp_path):
    async with open_door(tmp_path) as (world, desk, _door):
        Phone(world, ANNA).type("hello")
        await desk.was_asked(1)
        await world.until(lambda: not world.updates)


async def test_a_restart_in_the_middle_of_a_batch_loses_and_doubles_nothing(tmp_path):
    world = a_world()
    phone = Phone(world, ANNA)
    for number in range(6):
        phone.type(f"message {number}")
    async with running(world) as url, a_store(tmp_path) as store:
        desk = FakeDesk(store=store)
        async with at_work(make(desk, url)):
            await desk.was_asked(3)
        seen = set(desk.heard())
        assert world.updates  # not yet confirmed: Telegram brings them again
        async with at_work(make(desk, url)):
            await world.until(lambda: not world.updates)
    assert seen <= set(desk.heard())
    by_client = {one[2]: one[3] for one in desk.asked}  # the desk itself answers a repeated client id once
    assert list(by_client.values()) == [f"message {number}" for number in range(6)]


async def test_an_update_that_comes_again_is_one_turn(tmp_path):
    async with open_door(tmp_path) as (world, desk, _door):
        first = Phone(world, ANNA).type("delete my data")
        await desk.was_asked(1)
        await world.until(lambda: not world.updates)
        world.updates.append(first)
        last = Phone(world, ANNA).type("and that is all")
        await desk.was_asked(2)
        assert desk.heard() == ["delete my data", "and that is all"]
        assert last["update_id"] > first["update_id"]


@pytest.mark.parametrize(
    ("thing", "words"),
    [
        ("photo", "can't take photos or files"),
        ("document", "can't take photos or files"),
        ("voice", "typed words only"),
        ("sticker", "typed words only"),
        ("location", "typed words only"),
        ("contact", "typed words only"),
    ],
)
async def test_what_is_not_text_gets_a_fixed_line_and_is_never_fetched(tmp_path, thing, words):
    async with open_door(tmp_path) as (world, desk, _door):
        phone = Phone(world, ANNA)
        phone.send(thing)
        note = await phone.reads(words)
        assert CHAT in note.text
        assert note.rows == [[{"text": "The chat on our own site", "url": CHAT}]]
        assert desk.asked == []
        assert not {"getFile"} & set(methods(world))


async def test_a_changed_message_is_not_read_again(tmp_path):
    async with open_door(tmp_path) as (world, desk, _door):
        phone = Phone(world, ANNA)
        phone.type("first")
        await desk.was_asked(1)
        phone.edit(phone.chat[0].id, "second")
        await phone.reads("send it as a new message")
        assert desk.heard() == ["first"]


async def test_a_group_gets_one_line_and_is_left_alone(tmp_path):
    async with open_door(tmp_path) as (world, desk, _door):
        phone = Phone(world, ANNA)
        phone.say_in_group("/start")
        phone.say_in_group("delete my account")
        phone.say_in_group("hello?")
        phone.type("hello")
        await desk.was_asked(1)
        await world.until(lambda: any("in private" in one.text for one in world.chat(GROUP)))
        assert sum(one.is_bot for one in world.chat(GROUP)) == 1
        assert list(desk.talks) == [str(ANNA)]


async def test_unreadable_updates_do_not_stop_the_others(tmp_path):
    async with open_door(tmp_path) as (world, desk, _door):
        world.updates.append({"update_id": world.number(), "message": {"message_id": "not a number"}})
        world.updates.append({"update_id": world.number(), "something_of_next_year": {"id": 1}})
        Phone(world, ANNA).type("still here")
        await desk.was_asked(1)
        assert desk.heard() == ["still here"]


async def test_a_turn_that_fails_is_tried_again_and_then_told(tmp_path):
    async with open_door(tmp_path) as (world, desk, _door):
        desk.fails = 2
        Phone(world, ANNA).type("patience")
        await desk.was_asked(1)
        assert desk.heard() == ["patience"]
        desk.fails = 5
        Phone(world, JORIS).type("no luck")
        await Phone(world, JORIS).reads("niet aangekomen")
        Phone(world, ANNA).type("the next one")
        await desk.was_asked(2)


async def test_a_flood_of_pictures_is_not_answered_for_ever(tmp_path):
    async with open_door(tmp_path) as (world, _desk, _door):
        phone = Phone(world, ANNA)
        for _ in range(40):
            phone.send("photo")
        await world.until(lambda: not world.updates)
        assert len(phone.said()) <= 20  # ten a minute, and the minute may have turned


# ---- commands


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("/help", "in your own words"),
        ("/stop", "There's nothing to switch off"),
        ("/privacy", "pass through Telegram"),
        ("/privacy@seleqt_privacy_bot", "pass through Telegram"),
        ("/start not-a-token", "That link is over"),
    ],
)
async def test_commands_are_answered_by_the_door(tmp_path, command, words):
    async with open_door(tmp_path) as (world, desk, _door):
        phone = Phone(world, ANNA)
        phone.type(command)
        await phone.reads(words)
        assert desk.heard() == []


async def test_an_unknown_command_is_heard_as_text(tmp_path):
    async with open_door(tmp_path) as (world, desk, _door):
        Phone(world, ANNA).type("/forget me")
        await desk.was_asked(1)
        assert desk.heard() == ["/forget me"]


async def test_the_language_is_chosen_by_a_button(tmp_path):
    async with open_door(tmp_path) as (world, desk, _door):
        phone = Phone(world, ANNA)
        phone.type("/language")
        await phone.reads("Which language")
        phone.press("Nederlands")
        await phone.reads("Vanaf nu spreek ik Nederlands")
        assert desk.asked == [("speak", f"talk-of-{ANNA}-0", "nl")]


async def test_the_menu_of_commands_is_in_both_languages(tmp_path):
    async with open_door(tmp_path) as (world, _desk, _door):
        assert [one["command"] for one in world.commands[""]] == ["start", "help", "language", "privacy", "stop"]
        assert world.commands["nl"][0]["description"] == "Beginnen"


async def test_a_deep_link_is_handed_to_the_desk_with_the_first_name(tmp_path):
    async with open_door(tmp_path) as (world, desk, _door):
        desk.alive.add("a" * 22)
        Phone(world, JORIS).start("a" * 22)
        await Phone(world, JORIS).reads("Ik heb in de chat op onze eigen site gevraagd")
        assert desk.asked == [("link", "a" * 22, f"talk-of-{JORIS}-0", "Joris")]


# ---- buttons


async def test_a_press_reaches_the_desk_and_the_row_is_gone(tmp_path):
    async with open_door(tmp_path) as (world, desk, door):
        phone = Phone(world, ANNA)
        await begun(phone)
        talk = await sent_row(door, desk, ANNA)
        update = phone.press("No")
        await desk.was_asked(1)
        assert desk.asked == [("press", talk.id, f"update:710001:{update['update_id']}", 3, 1)]
        await world.until(lambda: [[key["text"] for key in row] for row in phone.said()[-1].rows] == [["Policy"]])
        await world.until(lambda: None not in world.queries.values())


async def test_typing_closes_the_row_too(tmp_path):
    async with open_door(tmp_path) as (world, desk, door):
        phone = Phone(world, ANNA)
        await begun(phone)
        await sent_row(door, desk, ANNA)
        phone.type("yes")
        await world.until(lambda: len(phone.said()[-1].rows) == 1)


async def test_new_choices_close_the_earlier_ones(tmp_path):
    async with open_door(tmp_path) as (world, desk, door):
        phone = Phone(world, ANNA)
        await begun(phone)
        await sent_row(door, desk, ANNA)
        await sent_row(door, desk, ANNA, seq=4, text="Now which one?")
        first, second = phone.said()[-2:]
        await world.until(lambda: len(world.message(ANNA, first.id).rows) == 1)
        assert len(second.rows) == 2


async def test_a_button_of_another_chat_is_refused(tmp_path):
    async with open_door(tmp_path) as (world, desk, door):
        anna, mallory = Phone(world, ANNA), Phone(world, MALLORY)
        await begun(anna)
        await begun(mallory)
        await sent_row(door, desk, ANNA)
        await sent_row(door, desk, MALLORY)
        stolen = anna.said()[-1].rows[0][0]["callback_data"]
        mallory.press_data(mallory.said()[-1], stolen)
        await world.until(lambda: "earlier question" in world.notices.get(MALLORY, ""))
        assert desk.asked == []


async def test_a_button_of_an_earlier_conversation_gets_a_small_note(tmp_path):
    async with open_door(tmp_path) as (world, desk, door):
        phone = Phone(world, ANNA)
        await begun(phone)
        await sent_row(door, desk, ANNA)
        desk.talks.pop(str(ANNA))
        desk.talks["somebody"] = None
        phone.press("No")
        await world.until(lambda: "earlier question" in world.notices.get(ANNA, ""))
        assert desk.asked == []


@pytest.mark.parametrize("data", ["", "x", "3.1.AAAAAAAAAAAAAA", "0.1", "💥" * 16])
async def test_made_up_data_presses_nothing(tmp_path, data):
    async with open_door(tmp_path) as (world, desk, door):
        phone = Phone(world, ANNA)
        await begun(phone)
        await sent_row(door, desk, ANNA)
        phone.press_data(phone.said()[-1], data)
        await world.until(lambda: "earlier question" in world.notices.get(ANNA, ""))
        assert desk.asked == []


async def test_signing_in_is_a_link_to_the_web_chat(tmp_path):
    async with open_door(tmp_path) as (world, desk, door):
        phone = Phone(world, ANNA)
        await begun(phone)
        await sent_row(door, desk, ANNA)
        desk.replies = [Reply(seq=4, sign_in=True)]
        phone.press("Yes, do")
        note = await phone.reads("can't sign in here")
        assert note.rows[0][0]["url"] == CHAT


async def test_a_refusal_and_a_page_are_shown(tmp_path):
    async with open_door(tmp_path) as (world, desk, _door):
        desk.replies = [Reply(refused="Too long."), Reply(open_href="https://seleqt.example/x")]
        phone = Phone(world, ANNA)
        phone.type("a" * 4050)
        await phone.reads("Too long.")
        phone.type("open it")
        await phone.reads("https://seleqt.example/x")


async def test_a_conversation_that_moved_is_looked_up_again(tmp_path):
    async with open_door(tmp_path) as (world, desk, _door):
        desk.replies = [Reply(moved=True), Reply(seq=2)]
        Phone(world, ANNA).type("hello again")
        await desk.was_asked(2)
        assert desk.heard() == ["hello again", "hello again"]


# ---- out


async def test_lines_go_out_in_order_protected_and_without_previews(tmp_path):
    async with open_door(tmp_path) as (world, _desk, door):
        phone = Phone(world, ANNA)
        await begun(phone)
        lines = (
            a_line(1, "**One** https://a.example"),
            a_line(2, "Two <b>not bold</b>"),
            a_line(3, "Three", who="staff"),
        )
        await door.say(a_place("t", ANNA), lines, key="k")
        said = phone.said()[-3:]
        assert [one.text for one in said] == [
            "One https://a.example",
            "Two <b>not bold</b>",
            "A colleague at Seleqt\nThree",
        ]
        assert all(one.protected and not one.preview for one in said)
        assert said[0].html == "<b>One</b> https://a.example"


async def test_a_long_text_goes_out_in_pieces_with_the_buttons_under_the_last(tmp_path):
    async with open_door(tmp_path) as (world, _desk, door):
        phone = Phone(world, ANNA)
        await begun(phone)
        text = "\n\n".join(f"Paragraph {number} " + "word " * 150 for number in range(12))
        await door.say(a_place("t", ANNA), (a_line(1, text, ("Go", "go", "", "")),), key="k")
        said = [one for one in phone.said() if "Paragraph" in one.text]
        assert len(said) > 1
        assert [bool(one.rows) for one in said] == [False] * (len(said) - 1) + [True]
        assert " ".join(" ".join(one.text for one in said).split()) == " ".join(text.split())


async def test_hostile_text_stays_text(tmp_path):
    async with open_door(tmp_path) as (world, _desk, door):
        phone = Phone(world, ANNA)
        await begun(phone)
        hostile = "<a href='tg://user?id=1'>x</a> </b> &bogus; ** * _ ` [a](http://b) \x00 {{ 7*7 }} 💥" + "<" * 50
        await door.say(a_place("t", ANNA), (a_line(1, hostile, ("<b>label</b>", "x", "", "")),), key="k")
        assert phone.said()[-1].text == hostile.strip()
        assert phone.said()[-1].rows[0][0]["text"] == "<b>label</b>"


async def test_a_link_that_may_not_stand_on_a_button_is_written_out(tmp_path):
    async with open_door(tmp_path) as (world, _desk, door):
        phone = Phone(world, ANNA)
        await begun(phone)
        await door.say(
            a_place("t", ANNA), (a_line(1, "Here.", ("Read", "policy", "", "http://plain.example/p")),), key="k"
        )
        assert phone.said()[-1].text == "Here.\n\nRead: http://plain.example/p"


async def test_too_many_messages_wait_as_long_as_telegram_says_and_repeat_nothing(tmp_path):
    async with open_door(tmp_path) as (world, _desk, door):
        phone = Phone(world, ANNA)
        await begun(phone)
        place, lines = a_place("t", ANNA), (a_line(1, "One"), a_line(2, "Two"))
        await world.until(lambda: "setMyCommands" in methods(world))
        await door.say(place, lines[:1], key="k")
        world.switch(ratelimited=1, retry_after=7)
        with pytest.raises(TryLater) as refused:
            await door.say(place, lines[1:], key="k")
        assert refused.value.seconds == 7
        await door.say(place, lines[1:], key="k")
        assert [one.text for one in phone.said()] == ["One", "Two"]


async def test_a_second_try_goes_on_behind_what_was_sent(tmp_path):
    async with open_door(tmp_path) as (world, _desk, door):
        phone = Phone(world, ANNA)
        await begun(phone)
        lines = (a_line(1, "One"), a_line(2, "Two"), a_line(3, "Three"))
        world.blocked.add(ANNA)
        with pytest.raises(AddressRefused):
            await door.say(a_place("t", ANNA), lines, key="k")
        world.blocked.clear()
        await door.say(a_place("t", ANNA), lines[:1], key="k")
        world.switch(broken=1)
        with pytest.raises(PostDown):
            await door.say(a_place("t", ANNA), lines[1:], key="k")
        await door.say(a_place("t", ANNA), lines[1:], key="k")
        assert [one.text for one in phone.said()] == ["One", "Two", "Three"]


async def test_a_blocked_or_unknown_chat_is_an_address_refused(tmp_path):
    async with open_door(tmp_path) as (world, _desk, door):
        phone = Phone(world, ANNA)
        await begun(phone)
        phone.block()
        for chat in (ANNA, 999):
            with pytest.raises(AddressRefused):
                await door.say(a_place("t", chat), (a_line(1),), key="k")


async def test_a_dead_line_is_tried_later(tmp_path):
    async with a_store(tmp_path) as store:
        door = make(FakeDesk(store=store), "http://127.0.0.1:9")
        with pytest.raises(PostDown):
            await door.say(a_place("t", ANNA), (a_line(1),), key="k")
        await door._line.close()


# ---- staying on the line


async def test_the_door_comes_back_after_telegram_was_away(tmp_path):
    pauses = []

    async def pause(seconds):
        pauses.append(seconds)
        await asyncio.sleep(0)

    world = a_world()
    world.switch(broken=4)
    async with running(world) as url, a_store(tmp_path) as store:
        desk = FakeDesk(store=store)
        async with at_work(make(desk, url, pause=pause)) as door:
            await listening(world)
            Phone(world, ANNA).type("hello")
            await desk.was_asked(1)
            assert door.is_ready
    assert pauses[:4] == [1.0, 2.0, 4.0, 8.0]


async def test_another_poller_is_told_with_the_fix(tmp_path, capsys):
    async with open_door(tmp_path) as (world, _desk, door):
        url = f"{door._setup.base_url}/bot{world.token}/getUpdates"
        async with aiohttp.ClientSession() as other:
            work = asyncio.create_task(other.post(url, data={"timeout": "20"}))
            await world.until(lambda: any(one.answer.get("error_code") == 409 for one in world.calls))
            assert (await work).status == 409  # the door polls again, and then it is the other one that is sent away
        await world.until(lambda: door.is_ready)
    assert "another process polls with this token" in capsys.readouterr().out


async def test_a_token_that_is_none_is_refused_at_once(tmp_path):
    async with a_store(tmp_path) as store:
        with pytest.raises(ValueError, match="no bot token"):
            make(FakeDesk(store=store), "http://127.0.0.1:9", token="not a token")


async def test_a_token_telegram_does_not_know_makes_the_door_not_ready(tmp_path):
    world = a_world()
    async with running(world) as url, a_store(tmp_path) as store:
        door = make(FakeDesk(store=store), url, token="710001:another")
        async with at_work(door):
            await world.until(lambda: len(world.calls) > 2)
            assert (door.state, door.is_ready) == ("refused", False)


def test_a_desk_without_telegram_never_loads_aiogram():
    look = "import sys, bot.app, bot.demo.world; sys.exit('aiogram' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", look], check=False).returncode == 0
