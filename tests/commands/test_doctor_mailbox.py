"""The mailbox in the settings and before the doctor: half a configuration stops the start, each fault names its fix."""

import pytest

from bot.commands.doctor import MAILBOX_FIXES, look_at_mailbox
from bot.commands.serve import settings_from
from bot.parts import mailbox_server
from bot.settings import Unfit
from tests.commands.house_settings import settings_file
from tests.dovecot import PASSWORD, Dovecot, running

HOST = {"imap_host": "127.0.0.1", "imap_user": "doctor", "imap_password": PASSWORD}


@pytest.fixture(scope="module")
def mail_server():
    with running() as server:
        yield server


def house(folder, server: Dovecot | None = None, **more):
    port = {"imap_port": server.port, "imap_tls": "none"} if server else {}
    return settings_from(settings_file(folder, **(HOST | port | more)))


def test_without_a_host_the_door_is_closed(tmp_path):
    assert mailbox_server(settings_from(settings_file(tmp_path))) is None


def test_the_settings_make_the_mailbox(tmp_path):
    server = mailbox_server(house(tmp_path))
    assert server is not None
    assert (server.host, server.port, server.tls, server.folder) == ("127.0.0.1", 993, "tls", "INBOX")
    assert PASSWORD not in repr(server)


@pytest.mark.parametrize(
    "wrong",
    [
        {"imap_user": ""},
        {"imap_password": ""},
        {"imap_host": ""},
        {"imap_tls": "maybe"},
        {"imap_tls": "none", "imap_host": "mail.example.nl"},
        {"imap_done_folder": "INBOX"},
        {"imap_done_folder": ""},
    ],
)
def test_half_a_configuration_stops_the_start(tmp_path, wrong):
    with pytest.raises(Unfit, match="SELEQT_IMAP_"):
        house(tmp_path, **wrong)


async def test_the_doctor_sees_a_mailbox_that_is_well_and_makes_no_folder(tmp_path, mail_server):
    found = await look_at_mailbox(house(tmp_path, mail_server))
    assert found.ok
    assert "IDLE" in found.seen
    assert "made with the first mail" in found.seen
    assert not (mail_server.maildir("doctor") / ".Privacy desk").exists()


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"imap_password": "wrong"}, "login"),
        ({"imap_folder": "Elsewhere"}, "folder"),
        ({"imap_port": 1}, "unreachable"),
    ],
)
async def test_the_doctor_names_each_fault_and_its_fix_and_no_value(tmp_path, mail_server, wrong, reason):
    found = await look_at_mailbox(house(tmp_path, mail_server, **wrong))
    assert (found.ok, found.seen, found.fix) == (False, reason, MAILBOX_FIXES[reason])


async def test_the_doctor_refuses_a_certificate_that_nobody_signed(tmp_path, mail_server):
    found = await look_at_mailbox(house(tmp_path, imap_port=mail_server.tls_port))
    assert found.seen == "certificate"
