"""Conversations, their lines, and the ways into them, on a real file."""

import asyncio
from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from bot.core.identity import ATTEMPTS_PER_CODE
from bot.core.model import Purpose, Talk
from storage.people import Conflict, hashed
from storage.store import Store, Tx
from tests.storage.made import MINUTE, NOW, a_challenge, a_talk

DAY = "2026-11-04"
BUTTONS = (("Yes, send it", "confirm", "ticket-1", ""), ("Read how", "", "", "https://desk.example/policy"))


def begun(tx: Tx, name: str = "talk-1") -> Talk:
    talk = a_talk(name)
    tx.people.add_talk(talk, key=f"key of {name}")
    return talk


def said(tx: Tx, text: str, *, who: str = "person", talk: str = "talk-1", private: bool = False, **more: object) -> int:
    return tx.people.say(talk, who=who, text=text, at=NOW, private=private, **more)  # type: ignore[arg-type]


async def test_a_conversation_is_found_by_its_id_and_by_its_devices_key(store: Store) -> None:
    talk = await store.tx(begun)
    assert await store.read(lambda tx: tx.people.talk("talk-1")) == talk
    assert await store.read(lambda tx: tx.people.talk_by_key("key of talk-1")) == talk
    assert await store.read(lambda tx: tx.people.talk("talk-2")) is None


async def test_the_devices_key_itself_is_not_in_the_file(store: Store) -> None:
    await store.tx(begun)
    await store.raw(lambda link: link.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").all())
    assert b"key of talk-1" not in store.path.read_bytes()


async def test_a_dropped_key_opens_nothing_any_more(store: Store) -> None:
    await store.tx(begun)
    await store.tx(lambda tx: tx.people.drop_key("talk-1"))
    assert await store.read(lambda tx: tx.people.talk_by_key("key of talk-1")) is None
    assert await store.read(lambda tx: tx.people.talk("talk-1")) is not None


async def test_a_conversation_is_saved_over_the_version_that_was_read(store: Store) -> None:
    talk = await store.tx(begun)
    newer = replace(talk, version=1, with_staff=True)
    await store.tx(lambda tx: tx.people.save_talk(newer, was=0, subject="s", wake_at=None))
    assert await store.read(lambda tx: tx.people.talk("talk-1")) == newer
    with pytest.raises(Conflict):
        await store.tx(lambda tx: tx.people.save_talk(newer, was=0, subject="s", wake_at=None))


async def test_the_newest_conversation_of_a_subject_is_the_one_that_is_told(store: Store) -> None:
    def write(tx: Tx) -> None:
        for name, minutes in (("old", 0), ("newest", 5), ("between", 3)):
            talk = begun(tx, name)
            moved = replace(talk, version=1, last_at=NOW + minutes * MINUTE)
            tx.people.save_talk(moved, was=0, subject="sanne", wake_at=None)

    await store.tx(write)
    newest = await store.read(lambda tx: tx.people.newest_talk_of({"sanne"}))
    assert newest is not None
    assert newest.id == "newest"
    assert await store.read(lambda tx: tx.people.newest_talk_of({"nobody"})) is None


async def test_conversations_wake_when_their_time_has_come_the_longest_waiting_first(store: Store) -> None:
    def write(tx: Tx) -> None:
        for name, minutes in (("later", 9), ("second", 2), ("first", 1)):
            tx.people.save_talk(
                replace(begun(tx, name), version=1), was=0, subject=None, wake_at=NOW + minutes * MINUTE
            )
        begun(tx, "never")

    assert await store.read(lambda tx: tx.people.next_wake()) is None
    await store.tx(write)
    assert await store.read(lambda tx: tx.people.talks_to_wake(NOW + 2 * MINUTE)) == ["first", "second"]
    assert await store.read(lambda tx: tx.people.talks_to_wake(NOW + 9 * MINUTE, limit=1)) == ["first"]
    assert await store.read(lambda tx: tx.people.next_wake()) == NOW + MINUTE


async def test_lines_are_numbered_from_one_without_gaps_in_each_conversation(store: Store) -> None:
    await store.tx(lambda tx: (begun(tx), begun(tx, "talk-2")))
    numbers = await asyncio.gather(*(store.tx(lambda tx: said(tx, "hello")) for _ in range(50)))
    assert sorted(numbers) == list(range(1, 51))
    assert await store.tx(lambda tx: said(tx, "hello", talk="talk-2")) == 1
    assert await store.read(lambda tx: tx.people.last_seq("talk-1")) == 50
    assert await store.read(lambda tx: tx.people.last_seq("nobody")) == 0


async def test_a_number_is_not_lost_when_a_turn_fails(store: Store) -> None:
    await store.tx(begun)

    def fail(tx: Tx) -> None:
        said(tx, "never heard")
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        await store.tx(fail)
    assert await store.tx(lambda tx: said(tx, "heard")) == 1


async def test_a_line_comes_back_as_it_was_said(store: Store) -> None:
    await store.tx(begun)
    await store.tx(lambda tx: said(tx, "Zeg „ja” 🙂", who="desk", buttons=BUTTONS, client_id="c1"))
    line = await store.read(lambda tx: tx.people.line("talk-1", 1))
    assert line is not None
    assert (line.seq, line.who, line.text, line.buttons) == (1, "desk", "Zeg „ja” 🙂", BUTTONS)
    assert (line.at, line.client_id, line.private) == (NOW, "c1", False)
    assert await store.read(lambda tx: tx.people.line("talk-1", 2)) is None


async def test_a_devices_message_is_known_by_the_devices_own_id(store: Store) -> None:
    await store.tx(begun)
    await store.tx(lambda tx: said(tx, "hello", client_id="c1"))
    assert await store.read(lambda tx: tx.people.line_of_client("talk-1", "c1")) == 1
    assert await store.read(lambda tx: tx.people.line_of_client("talk-1", "c2")) is None
    with pytest.raises(Exception, match="UNIQUE"):
        await store.tx(lambda tx: said(tx, "hello", client_id="c1"))


async def test_a_device_gets_what_it_missed_and_private_lines_only_when_they_are_for_it(store: Store) -> None:
    await store.tx(begun)
    for number in range(1, 6):
        await store.tx(lambda tx, number=number: said(tx, f"line {number}", private=number % 2 == 0))
    everything = await store.read(lambda tx: tx.people.lines_after("talk-1", 1, with_private=True))
    public = await store.read(lambda tx: tx.people.lines_after("talk-1", 1, with_private=False))
    two = await store.read(lambda tx: tx.people.lines_after("talk-1", 0, with_private=True, limit=2))
    assert [one.seq for one in everything] == [2, 3, 4, 5]
    assert [one.seq for one in public] == [3, 5]
    assert [one.seq for one in two] == [1, 2]


async def test_the_newest_question_is_the_desks_newest_line_with_buttons(store: Store) -> None:
    await store.tx(begun)
    assert await store.read(lambda tx: tx.people.newest_desk_line("talk-1")) is None
    for who, buttons in (("desk", BUTTONS), ("desk", ()), ("person", ())):
        await store.tx(lambda tx, who=who, buttons=buttons: said(tx, "a line", who=who, buttons=buttons))
    newest = await store.read(lambda tx: tx.people.newest_desk_line("talk-1"))
    assert newest is not None
    assert newest.seq == 1


async def test_an_instant_from_another_zone_is_kept_as_the_same_instant(store: Store) -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=-5)))
    talk = replace(a_talk(), last_at=elsewhere)
    await store.tx(lambda tx: tx.people.add_talk(talk, key="k"))
    await store.tx(lambda tx: tx.people.save_talk(replace(talk, version=1), was=0, subject=None, wake_at=elsewhere))
    assert await store.read(lambda tx: tx.people.next_wake()) == NOW
    with pytest.raises(Exception, match="time zone"):
        await store.tx(lambda tx: tx.people.talks_to_wake(NOW.replace(tzinfo=None)))


# ---- codes


async def test_fifty_guesses_at_once_get_five_attempts(store: Store) -> None:
    await store.tx(lambda tx: tx.people.add_challenge(a_challenge()))
    tries = [store.tx(lambda tx: tx.people.try_challenge("challenge-1", NOW)) for _ in range(50)]
    assert sum(await asyncio.gather(*tries)) == ATTEMPTS_PER_CODE
    known = await store.read(lambda tx: tx.people.challenge("challenge-1"))
    assert known is not None
    assert known.attempts == ATTEMPTS_PER_CODE


async def test_fifty_right_answers_at_once_spend_a_code_once(store: Store) -> None:
    await store.tx(lambda tx: tx.people.add_challenge(a_challenge()))
    uses = [store.tx(lambda tx: tx.people.use_challenge("challenge-1", NOW)) for _ in range(50)]
    assert sum(await asyncio.gather(*uses)) == 1
    known = await store.read(lambda tx: tx.people.challenge("challenge-1"))
    assert known is not None
    assert known.used_at == NOW
    assert not await store.tx(lambda tx: tx.people.try_challenge("challenge-1", NOW))


async def test_a_code_that_is_over_or_unknown_takes_no_attempt(store: Store) -> None:
    await store.tx(lambda tx: tx.people.add_challenge(a_challenge()))
    assert not await store.tx(lambda tx: tx.people.try_challenge("challenge-1", NOW + 10 * MINUTE))
    assert not await store.tx(lambda tx: tx.people.try_challenge("nobody", NOW))
    assert await store.read(lambda tx: tx.people.challenge("nobody")) is None


async def test_a_new_code_ends_the_earlier_ones_of_its_conversation_and_purpose_only(store: Store) -> None:
    def write(tx: Tx) -> None:
        tx.people.add_challenge(a_challenge("old"))
        tx.people.add_challenge(a_challenge("other purpose", purpose=Purpose.DOWNLOAD))
        tx.people.add_challenge(a_challenge("other talk", talk="talk-2"))
        tx.people.add_challenge(a_challenge("new"))

    await store.tx(write)
    names = ("old", "other purpose", "other talk", "new")
    alive = [name for name in names if await store.tx(lambda tx, name=name: tx.people.try_challenge(name, NOW))]
    assert alive == ["other purpose", "other talk", "new"]


async def test_what_was_found_when_the_code_was_sent_is_kept_and_the_attempts_stay(store: Store) -> None:
    challenge = a_challenge()
    await store.tx(lambda tx: (tx.people.add_challenge(challenge), tx.people.try_challenge(challenge.id, NOW)))
    await store.tx(lambda tx: tx.people.save_challenge_match(replace(challenge, stored=True)))
    assert await store.read(lambda tx: tx.people.challenge(challenge.id)) == replace(challenge, stored=True, attempts=1)


async def test_fifty_counts_at_once_are_fifty(store: Store) -> None:
    counts = await asyncio.gather(*(store.tx(lambda tx: tx.people.count("codes:m", DAY)) for _ in range(50)))
    assert sorted(counts) == list(range(1, 51))
    assert await store.read(lambda tx: tx.people.counted("codes:m", DAY)) == 50
    assert await store.read(lambda tx: tx.people.counted("codes:m", "2026-11-05")) == 0


# ---- links


def given(tx: Tx, token: str, *, kind: str = "staff", owner: str = "ticket-1") -> None:
    tx.people.add_link(token, kind=kind, owner=owner, who="T1:U1", made_at=NOW, ends_at=NOW + 5 * MINUTE)


async def test_a_link_opens_in_time_for_its_kind_and_its_token_is_not_in_the_file(store: Store) -> None:
    await store.tx(lambda tx: given(tx, "token"))
    link = await store.read(lambda tx: tx.people.link("token", "staff", NOW))
    assert link is not None
    assert (link.owner, link.who, link.ends_at, link.used_at) == ("ticket-1", "T1:U1", NOW + 5 * MINUTE, None)
    assert await store.read(lambda tx: tx.people.link("token", "copy", NOW)) is None
    assert await store.read(lambda tx: tx.people.link("token", "staff", NOW + 5 * MINUTE)) is None
    assert await store.read(lambda tx: tx.people.link(hashed("token"), "staff", NOW)) is None


async def test_fifty_presses_at_once_use_a_link_once(store: Store) -> None:
    await store.tx(lambda tx: given(tx, "token"))
    uses = await asyncio.gather(*(store.tx(lambda tx: tx.people.use_link("token", NOW)) for _ in range(50)))
    assert sum(uses) == 1
    link = await store.read(lambda tx: tx.people.link("token", "staff", NOW))
    assert link is not None
    assert link.used_at == NOW


async def test_a_session_that_is_prolonged_ends_later(store: Store) -> None:
    await store.tx(lambda tx: given(tx, "token"))
    await store.tx(lambda tx: tx.people.prolong_link("token", NOW + 15 * MINUTE))
    assert await store.read(lambda tx: tx.people.link("token", "staff", NOW + 14 * MINUTE)) is not None


async def test_links_are_revoked_by_owner_and_kind(store: Store) -> None:
    def write(tx: Tx) -> None:
        given(tx, "copy", kind="copy")
        given(tx, "grant", kind="grant")
        given(tx, "staff", kind="staff")
        given(tx, "other", kind="copy", owner="ticket-2")
        tx.people.drop_links("ticket-1", "copy", "grant")

    await store.tx(write)
    kinds = {"copy": "copy", "grant": "grant", "staff": "staff", "other": "copy"}
    left = [
        one
        for one, kind in kinds.items()
        if await store.read(lambda tx, one=one, kind=kind: tx.people.link(one, kind, NOW))
    ]
    assert left == ["staff", "other"]
