"""Telegram in the settings and before the doctor: shut without a token, never open without a secret, faults named."""

import pytest

from bot.channels import telegram, telegram_link
from bot.commands.doctor import look_at_telegram
from bot.commands.serve import settings_from
from bot.demo.telegram import TelegramWorld, running
from bot.settings import Unfit
from tests.commands.house_settings import settings_file
from tests.demo.world import NOON

TOKEN = "710001:AAE-stand-in-token_0123456789abcdefg"
SECRET = "s" * 32


def house(folder, **more):
    return settings_from(settings_file(folder, **more))


def test_without_a_token_the_door_is_shut(tmp_path):
    settings = house(tmp_path)
    assert telegram(settings, None) is None
    assert telegram_link(settings, None, "abc") == ""


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"telegram_mode": "webhook"}, "WEBHOOK_SECRET"),
        ({"telegram_mode": "webhook", "telegram_webhook_secret": "short"}, "WEBHOOK_SECRET"),
        ({"telegram_mode": "telepathy"}, "polling or webhook"),
        ({"telegram_webhook_secret": "with a blank " * 4}, "TELEGRAM_WEBHOOK_SECRET"),
    ],
)
def test_half_a_configuration_stops_the_start(tmp_path, wrong, says):
    with pytest.raises(Unfit, match=says):
        house(tmp_path, telegram_token=TOKEN, **wrong)


def test_a_token_that_is_none_stops_the_start(tmp_path):
    settings = house(tmp_path, telegram_token="nonsense")
    with pytest.raises(Unfit, match="BotFather"):
        telegram(settings, type("Desk", (), {"keys": None})())


def test_a_deep_link_names_the_bot(tmp_path):
    settings = house(tmp_path, telegram_token=TOKEN, telegram_bot_name="seleqt_privacy_bot")
    assert telegram_link(settings, None, "abc") == "https://t.me/seleqt_privacy_bot?start=abc"


async def test_the_doctor_asks_the_bot_api(tmp_path):
    assert (await look_at_telegram(house(tmp_path))).ok
    world = TelegramWorld(clock=lambda: NOON, token=TOKEN)
    async with running(world) as url:
        fine = await look_at_telegram(house(tmp_path, telegram_token=TOKEN, telegram_api=url))
        assert (fine.ok, fine.seen) == (True, "@seleqt_privacy_bot, no webhook")
        wrong = await look_at_telegram(house(tmp_path, telegram_token="710001:wrong", telegram_api=url))
        assert (wrong.ok, wrong.seen) == (False, "ValueError")
        world.webhook = {"url": "https://elsewhere.example/x", "last_error_message": "Connection refused"}
        hooked = await look_at_telegram(house(tmp_path, telegram_token=TOKEN, telegram_api=url))
        assert (hooked.ok, "not this desk's" in hooked.seen, "Connection refused" in hooked.seen) == (False, True, True)
    down = await look_at_telegram(house(tmp_path, telegram_token=TOKEN, telegram_api=url))
    assert not down.ok
    assert "wrong" not in str(down)
    assert TOKEN not in str((fine, wrong, hooked, down))
