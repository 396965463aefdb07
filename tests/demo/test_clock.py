"""The clock that lets time pass: forward only, kept, and heard."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.demo.clock import TravelClock

REAL = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


def clock_in(folder):
    return TravelClock(folder / "clock.json", real=lambda: REAL)


def test_it_starts_at_the_real_time(tmp_path):
    assert clock_in(tmp_path)() == REAL


def test_days_pass_and_stay_passed_after_a_restart(tmp_path):
    clock = clock_in(tmp_path)
    clock.advance(timedelta(days=3))
    clock.advance(timedelta(hours=1))
    assert clock() == REAL + timedelta(days=3, hours=1)
    assert clock_in(tmp_path)() == clock()


def test_it_goes_on_with_the_real_time(tmp_path):
    now = [REAL]
    clock = TravelClock(tmp_path / "clock.json", real=lambda: now[0])
    clock.advance(timedelta(days=1))
    now[0] += timedelta(seconds=5)
    assert clock() == REAL + timedelta(days=1, seconds=5)


@pytest.mark.parametrize("by", [timedelta(), timedelta(hours=-1), timedelta(days=4000)])
def test_it_refuses_to_stand_still_go_back_or_leave(tmp_path, by):
    clock = clock_in(tmp_path)
    heard = []
    clock.on_change(lambda: heard.append(by))
    with pytest.raises(ValueError, match=r"time only goes forward|ten years"):
        clock.advance(by)
    assert clock() == REAL
    assert heard == []


def test_ten_years_are_the_limit_of_all_steps_together(tmp_path):
    clock = clock_in(tmp_path)
    clock.advance(timedelta(days=3600))
    with pytest.raises(ValueError, match="ten years"):
        clock.advance(timedelta(days=100))


def test_whoever_asked_hears_of_every_step_and_sees_the_new_time(tmp_path):
    clock = clock_in(tmp_path)
    heard = []
    clock.on_change(lambda: heard.append(clock()))
    clock.on_change(lambda: heard.append("second"))
    clock.advance(timedelta(days=7))
    assert heard == [REAL + timedelta(days=7), "second"]


@pytest.mark.parametrize("content", ["", "[]", '{"offset_seconds": "soon"}', '{"offset_seconds": 1e300}', "{}"])
def test_a_broken_file_stops_the_start_with_a_clear_word(tmp_path, content):
    (tmp_path / "clock.json").write_text(content)
    with pytest.raises(ValueError, match="--fresh"):
        clock_in(tmp_path)


async def test_the_page_lets_days_pass_and_shows_both_dates(demo, visitor):
    async with visitor.post("/demo/time", data={"days": "3"}) as answer:
        html = await answer.text()
    assert answer.url.path == "/demo/mail"
    assert "Thursday 5 November 2026, 13:00" in html
    assert "really Monday 2 November 2026, 13:00" in html
    assert demo.clock() == REAL + timedelta(days=3)


async def test_a_program_lets_hours_pass_with_json(demo, visitor):
    async with visitor.post("/demo/time", json={"hours": 2}) as answer:
        assert await answer.json() == {
            "now": "2026-11-02T14:00:00+00:00",
            "real": "2026-11-02T12:00:00+00:00",
            "offset_seconds": 7200.0,
        }
    async with visitor.get("/demo/time") as answer:
        assert (await answer.json())["offset_seconds"] == 7200.0


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"days": 0},
        {"days": -1},
        {"days": 2, "hours": -1},
        {"days": "soon"},
        {"days": 99999},
        {"days": 1e300},
        [],
        1,
    ],
)
async def test_nonsense_moves_nothing(demo, visitor, given):
    async with visitor.post("/demo/time", json=given) as answer:
        assert answer.status == 400
    assert demo.clock() == REAL


async def test_another_sites_page_cannot_move_the_time(demo, visitor):
    for origin in ("https://evil.example", "null"):
        async with visitor.post("/demo/time", data={"days": "1"}, headers={"Origin": origin}) as answer:
            assert answer.status == 403
    async with visitor.post("/demo/time", data={"days": "1"}, headers={"Origin": demo.url}) as answer:
        assert answer.status == 200
    assert demo.clock() == REAL + timedelta(days=1)
