"""From an approved copy to the person's screen: the package, the two ways in, what counts, and the end of it."""

import asyncio
import csv
import io
import json
import socket
import sqlite3
import zipfile
from contextlib import closing
from datetime import timedelta
from secrets import token_urlsafe
from urllib.parse import urlsplit

import pytest

from bot.core.clock import FETCHES
from bot.core.model import Right, Status
from bot.demo.platform.seeds import ANNA, BRAM
from tests.walks import house, moves

SEE = "I want to see everything you have on me"
READY = "Your copy for"


async def copy_by_login(world, visit, person=ANNA):
    """Somebody signed in whose copy is ready; returns the chat."""
    visitor = await visit(person)
    await visitor.say(SEE)
    ref = moves.refs_in(await visitor.hears("This is what we found"))[0]
    await house.approve(world, ref, "lotte")
    await visitor.hears(READY)
    return visitor


async def copy_by_code(world, visit):
    """Somebody with a mailbox whose copy is ready; returns the address of the landing page in the mail."""
    visitor = await visit()
    await visitor.say(SEE)
    await visitor.hears("One check before we look")
    await moves.prove(world, visitor, "bram.jansen@example.nl", to=BRAM.email)
    ref = moves.refs_in(await visitor.hears("is found"))[0]
    await house.approve(world, ref, "lotte")
    return moves.link_in(await moves.mail(world, BRAM.email, "copy is ready"), "copy")


async def grant_of(world, link):
    """Ask for the second code, type it, and land on the page of ten minutes."""
    had = len(moves.letters(world, BRAM.email, moves.COPY_CODE_MAIL))
    assert "A code is on its way" in (await moves.post(f"{link}/code")).text
    letter = await moves.mail(world, BRAM.email, moves.COPY_CODE_MAIL, count=had + 1)
    page = await moves.post(f"{link}/open", code=moves.code_in(letter))
    assert page.url != link
    return page.url


async def opened_in_chat(visitor):
    """Press the chat's button; returns the page it opens."""
    had = len(visitor.opened)
    await visitor.press("Open my copy")
    return (await visitor.until(lambda: visitor.opened[had:]))[0]


async def access(world):
    return await house.ticket_of(world, Right.ACCESS)


# ---- what is in it


async def test_the_package_opens_offline_and_holds_the_person_and_nobody_else(world, visit):
    anna = await copy_by_login(world, visit)
    got = await moves.post(f"{await opened_in_chat(anna)}/download")
    assert got.status == 200
    assert got.headers["Content-Disposition"].endswith('.zip"')
    assert got.headers["Cache-Control"] == "no-store"
    package = zipfile.ZipFile(io.BytesIO(got.body))
    assert package.testzip() is None
    names = package.namelist()
    (start,) = [name for name in names if name.endswith("START-HERE.html")]
    page = package.read(start).decode()
    for words in (
        "Anna",
        "Lindengracht 12",
        "To provide the service",
        "Contract, Art. 6(1)(b)",
        "Contoso CRM",
        "complain",
    ):
        assert words in page, words
    assert "<script" not in page
    assert "http-equiv" not in page or "refresh" not in page

    records = {name.rsplit("/", 1)[-1]: package.read(name).decode("utf-8-sig") for name in names}
    everything = "\n".join(records.values())
    assert ANNA.email in everything
    for foreign in ("Daan Mulder", "Kees from the helpdesk", "not-a-real-hash", "demo-session-101", "Kaya"):
        assert foreign not in everything, foreign
    tables = {name: json.loads(text) for name, text in records.items() if name.endswith(".json")}
    assert tables
    account = next(table for name, table in tables.items() if "account" in name and "address" not in name)
    assert "de Vries" in json.dumps(account)
    for name, text in records.items():
        if name.endswith(".csv"):
            assert len({len(row) for row in csv.reader(io.StringIO(text)) if row}) == 1, name


async def test_the_copy_lies_encrypted_in_the_vault(world, visit):
    anna = await copy_by_login(world, visit)
    kept = b"".join(file.read_bytes() for file in world.app.settings.vault.rglob("*") if file.is_file())
    assert kept
    for word in (b"Lindengracht", b"START-HERE", b"anna.devries"):
        assert word not in kept
    assert anna.tickets[0]["stage"] == 5


# ---- the way in: a mailbox


async def test_opening_the_mailed_link_releases_nothing(world, visit):
    link = await copy_by_code(world, visit)
    before = await access(world)
    page = await moves.get(link)
    assert page.status == 200
    assert "Send me the code" in page.text
    for word in ("Bram", "Keizersgracht", BRAM.email, "Download"):
        assert word not in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    for place in ("read", "download"):
        assert (await moves.get(f"{link}/{place}")).status == 405
        assert (await moves.post(f"{link}/{place}")).status == 404, "a mailed link is no grant"
    await house.settled(world)
    assert await access(world) == before
    assert moves.letters(world, BRAM.email, moves.COPY_CODE_MAIL) == []


async def test_a_second_code_to_the_stored_address_opens_the_copy_for_ten_minutes(world, visit):
    link = await copy_by_code(world, visit)
    await moves.post(f"{link}/code")
    letter = await moves.mail(world, BRAM.email, moves.COPY_CODE_MAIL)
    wrong = await moves.post(f"{link}/open", code="0000 0000")
    assert "That code doesn" in wrong.text
    page = await moves.post(f"{link}/open", code=moves.code_in(letter))
    assert "Read it here" in page.text
    again = await moves.post(f"{link}/open", code=moves.code_in(letter))
    assert "Read it here" not in again.text, "a code works once"

    read = await moves.post(f"{page.url}/read")
    assert "Keizersgracht 88" in read.text
    assert "sandbox" in read.headers["Content-Security-Policy"]
    assert zipfile.is_zipfile(io.BytesIO((await moves.post(f"{page.url}/download")).body))
    world.clock.advance(timedelta(minutes=11))
    assert (await moves.post(f"{page.url}/download")).status == 404
    assert (await moves.get(page.url)).status == 404
    assert "Send me the code" in (await moves.get(link)).text


async def test_the_code_that_proved_the_request_does_not_open_the_copy(world, visit):
    link = await copy_by_code(world, visit)
    first = moves.code_in(moves.letters(world, BRAM.email, moves.CODE_MAIL)[0])
    assert "Read it here" not in (await moves.post(f"{link}/open", code=first)).text
    await moves.post(f"{link}/code")
    await moves.mail(world, BRAM.email, moves.COPY_CODE_MAIL)
    assert "Read it here" not in (await moves.post(f"{link}/open", code=first)).text


async def test_guesses_on_the_page_end_the_code(world, visit):
    link = await copy_by_code(world, visit)
    await moves.post(f"{link}/code")
    code = moves.code_in(await moves.mail(world, BRAM.email, moves.COPY_CODE_MAIL))
    for _ in range(5):
        await moves.post(f"{link}/open", code="0000 0000")
    assert "Read it here" not in (await moves.post(f"{link}/open", code=code)).text
    assert await grant_of(world, link)


# ---- the way in: a login


async def test_a_login_opens_the_copy_only_while_it_is_fresh(world, visit):
    anna = await copy_by_login(world, visit)
    world.clock.advance(timedelta(minutes=16))
    await anna.press("Open my copy")
    await anna.hears("One more check before", "Sign in again")
    assert anna.opened == []
    await anna.log_in(world.platform.token(ANNA))
    await house.settled(world)
    page = await opened_in_chat(anna)
    assert "Read it here" in (await moves.get(page)).text


async def test_a_grant_is_good_for_its_own_copy_only(world, visit):
    anna, bram = await copy_by_login(world, visit), await copy_by_login(world, visit, BRAM)
    hers, his = await opened_in_chat(anna), await opened_in_chat(bram)
    assert "Lindengracht" in (await moves.post(f"{hers}/read")).text
    his_copy = (await moves.post(f"{his}/read")).text
    assert "Keizersgracht" in his_copy
    assert "Lindengracht" not in his_copy
    assert (await moves.post(f"{world.url}/copy/{'A' * 43}/download")).status == 404


# ---- counting


async def fetched(world):
    return (await access(world)).copy.fetched


async def test_five_completed_downloads_count_and_reading_does_not(world, visit):
    anna = await copy_by_login(world, visit)
    page = await opened_in_chat(anna)
    for number in range(FETCHES):
        await moves.get(page)
        await moves.post(f"{page}/read")
        assert (await moves.post(f"{page}/download")).status == 200
        await house.until(world, lambda tx, want=number + 1: copy_in(tx).fetched == want)
    assert (await moves.post(f"{page}/download")).status == 404
    assert "downloaded five times" in (await moves.get(page)).text
    assert (await moves.post(f"{page}/read")).status == 200
    assert await fetched(world) == FETCHES


def copy_in(tx):
    return house.newest(tx, Right.ACCESS).copy


def used_much(world, number):
    """So many log-ins that a copy does not fit between two sockets."""
    rows = ((f"2026-01-01 00:00:{one % 60:02}", token_urlsafe(150)) for one in range(number))
    with closing(sqlite3.connect(world.platform_database)) as platform, platform:
        platform.executemany(
            "INSERT INTO logins (tenant, account_id, ip_address, at, user_agent) VALUES ('acme', 101, '::1', ?, ?)",
            rows,
        )


async def begin(url):
    """Ask for a download and read a little of it with a small window; returns what came, and the open line."""
    place = urlsplit(url)
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.setblocking(False)
    await asyncio.get_running_loop().sock_connect(line, (place.hostname, place.port))
    reader, writer = await asyncio.open_connection(sock=line, limit=1024)
    writer.write(f"POST {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Length: 0\r\n\r\n".encode())
    return await reader.readexactly(200), writer


async def begin_and_hang_up(url):
    begun, line = await begin(url)
    line.transport.abort()
    return begun


async def test_an_aborted_download_does_not_count_and_can_be_resumed(world, visit, caplog):
    used_much(world, 12_000)
    anna = await copy_by_login(world, visit)
    page = await opened_in_chat(anna)
    assert b"200 OK" in await begin_and_hang_up(f"{page}/download")
    whole = (await moves.post(f"{page}/download")).body
    await house.until(world, lambda tx: copy_in(tx).fetched == 1)
    half = len(whole) // 2
    rest = await moves.post(f"{page}/download", headers={"Range": f"bytes={half}-"})
    assert rest.status == 206
    assert rest.headers["Content-Range"] == f"bytes {half}-{len(whole) - 1}/{len(whole)}"
    assert rest.body == whole[half:]
    await house.until(world, lambda tx: copy_in(tx).fetched == 2)
    await house.settled(world)
    assert await fetched(world) == 2, "the whole one and the resumed one"
    assert "127.0.0.1" not in caplog.text, "who hung up is nobody's business"


async def test_downloads_under_way_have_their_place_among_the_five(world, visit):
    used_much(world, 12_000)
    anna = await copy_by_login(world, visit)
    page = await opened_in_chat(anna)
    begun = [await begin(f"{page}/download") for _ in range(FETCHES)]
    assert all(b"200 OK" in head for head, _ in begun)
    assert (await moves.post(f"{page}/download")).status == 404, "a sixth beside them"
    for _, line in begun:
        line.transport.abort()
    async with asyncio.timeout(house.PATIENCE):
        while (await moves.post(f"{page}/download")).status != 200:
            pass  # the server hears of a closed line when it writes on
    await house.until(world, lambda tx: copy_in(tx).fetched == 1)


async def test_no_number_of_parallel_downloads_passes_five(world, visit):
    used_much(world, 3_000)
    anna = await copy_by_login(world, visit)
    page = await opened_in_chat(anna)
    got = await asyncio.gather(*(moves.post(f"{page}/download") for _ in range(4 * FETCHES)))
    assert sum(one.status == 200 for one in got) <= FETCHES
    await house.settled(world)
    assert await fetched(world) <= FETCHES


ODD = ("bytes=999999999-", "bytes=-5", "bytes=0-10,20-30", "rows=1-", f"bytes={'9' * 5000}-", "bytes=\xb2-")


@pytest.mark.parametrize("asked", ODD, ids=range(len(ODD)))
async def test_an_odd_range_is_answered_plainly(world, visit, asked):
    anna = await copy_by_login(world, visit)
    page = await opened_in_chat(anna)
    got = await moves.post(f"{page}/download", headers={"Range": asked})
    assert got.status == 200
    assert zipfile.is_zipfile(io.BytesIO(got.body))


# ---- the end


async def test_an_unfetched_copy_is_reminded_of_then_shredded_and_made_anew_by_one_button(world, visit):
    anna = await copy_by_login(world, visit)
    ready = await moves.mail(world, ANNA.email, "copy is ready")
    vault = world.app.settings.vault
    object_id = (await access(world)).copy.object_id
    world.clock.advance(timedelta(days=12))
    reminder = await moves.mail(world, ANNA.email, "waits")
    assert moves.link_in(reminder, "copy") != moves.link_in(ready, "copy")
    assert (await moves.get(moves.link_in(reminder, "copy"))).status == 200

    world.clock.advance(timedelta(days=4))
    await anna.hears("has been destroyed, as we said")
    await house.settled(world)
    await moves.mail(world, ANNA.email, "destroyed")
    gone = house.rows(world.app.settings.database, "SELECT shredded_at FROM objects WHERE id LIKE ?", f"{object_id}%")
    assert len(gone) == 2
    assert all(at for (at,) in gone)
    assert [file for file in vault.rglob("*") if object_id[:20] in file.name] == []
    assert (await moves.get(moves.link_in(reminder, "copy"))).status == 404
    assert (await access(world)).copy is None

    await anna.press("Make a new copy")
    await anna.hears("SEL-2026-00002")
    assert (await access(world)).status in {Status.VERIFYING, Status.LOCATING, Status.REVIEW}


async def test_a_fetched_copy_is_not_reminded_of_and_still_ends(world, visit):
    anna = await copy_by_login(world, visit)
    await moves.post(f"{await opened_in_chat(anna)}/download")
    await house.until(world, lambda tx: copy_in(tx).fetched == 1)
    world.clock.advance(timedelta(days=15))
    await house.until(world, lambda tx: copy_in(tx) is None)
    await house.settled(world)
    assert moves.letters(world, ANNA.email, "waits") == []


# ---- the address is looked at once more


async def test_no_second_code_goes_out_when_the_address_on_file_has_changed(world, visit):
    link = await copy_by_code(world, visit)
    moves.change_platform(world, "UPDATE accounts SET email = 'moved@example.org' WHERE id = 102")
    moves.change_platform(world, "DELETE FROM newsletter WHERE email LIKE 'Bram%'")
    page = await moves.post(f"{link}/code")
    assert "on its way" not in page.text
    await house.settled(world)
    assert moves.letters(world, BRAM.email, moves.COPY_CODE_MAIL) == []
    assert "address" in await house.thread(world, "SEL-2026-00001", "address")
