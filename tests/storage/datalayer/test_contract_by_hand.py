"""The contract of a source, kept where a colleague does the work: done once their proof note is there, and not before.

What the contract asks of rows, nobody can keep who sees none. Each such promise stands in `NOT_HERE` with its reason;
all others hold for this source as for any. A promise that stands there and is kept after all fails here.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.core.model import Errand
from bot.core.plans import Action, Change, Verb
from bot.demo.platform.seeds import ANNA, BRAM
from bot.ports import ByHand, PlanChanged, SourceRefused, ticket_of
from storage.datalayer.datamap import DataMap
from storage.datalayer.manual import ManualSource, Notes
from storage.store import Store
from tests.storage.datalayer.contract import CONTRACT, Check, Rows, carry_out, copy, do, everything, only, who
from tests.storage.datalayer.rigs import SqlRig
from tests.storage.datalayer.worlds import KEY, NOW, source_over
from tests.storage.made import a_ticket

ANYBODY = "nobody can say from here whom that system knows: it finds whoever is asked for, and asks a colleague"
NO_ROWS = "it sees no rows: what stands there, and what goes, is for the colleague to see and their word"
NO_MAP = "no map says what a field there is, may hold, or is kept for"
NO_MAIL = "nothing is mailed from there"
NEVER_AWAY = "a colleague's note is in the desk's own store: it cannot be away"

NOT_HERE: Mapping[str, str] = {
    "a_stranger_is_nobody": ANYBODY,
    "an_address_finds_every_account_it_means_in_any_spelling": ANYBODY,
    "a_look_alike_address_is_somebody_else": ANYBODY,
    "a_number_that_is_none_is_refused": ANYBODY,
    "roles_and_flags_tell_people_apart": ANYBODY,
    "the_wrong_tenant_reaches_nothing": ANYBODY,
    "a_client_s_rows_are_never_shown": ANYBODY,
    "one_tenant_s_erasure_leaves_the_other": ANYBODY,
    "a_forged_subject_never_reaches_the_other_role_s_rows": ANYBODY,
    "a_copy_holds_exactly_the_person_s_rows": NO_ROWS,
    "a_portable_copy_holds_only_what_the_person_gave": NO_ROWS,
    "hostile_values_pass_through_as_they_are": NO_ROWS,
    "every_planned_value_is_gone_and_nobody_else_is_touched": NO_ROWS,
    "a_second_erasure_finds_nothing_left_to_change": NO_ROWS,
    "a_shared_home_address_survives_and_its_last_user_takes_it_along": NO_ROWS,
    "an_employee_s_erasure_leaves_the_customers_complaints": NO_ROWS,
    "links_stay_so_that_the_rest_can_still_be_found": NO_ROWS,
    "a_client_s_contact_goes_from_that_list_alone": NO_ROWS,
    "marketing_data_goes_and_the_account_stays": NO_ROWS,
    "use_of_the_platform_up_to_the_ceiling_is_covered_and_more_is_not": NO_ROWS,
    "what_changed_since_the_approval_stops_the_act_and_changes_nothing": NO_ROWS,
    "two_calls_at_once_with_one_key_act_once": NO_ROWS,
    "a_correction_moves_equal_values_and_stops_when_the_value_moved": NO_ROWS,
    "the_staff_page_sees_values_before_they_change": NO_ROWS,
    "a_restriction_marks_the_account": NO_ROWS,
    "secrets_and_other_people_stay_out_of_a_copy": NO_MAP,
    "what_an_employee_worked_on_shows_dates_and_not_the_customer": NO_MAP,
    "kept_rows_name_the_law_and_the_last_day": NO_MAP,
    "a_column_outside_the_allowlist_or_a_bad_value_is_refused": NO_MAP,
    "an_objection_to_marketing_switches_it_off": NO_MAIL,
    "an_address_is_suppressed_once_and_let_go_again": NO_MAIL,
    "a_source_that_is_away_says_so_and_answers_again": NEVER_AWAY,
}
"""The checks of the contract that a system without an interface cannot keep, and why."""


@dataclass
class ManualRig:
    """An archive that only people reach. The rows behind it are there to show that the desk leaves them alone."""

    source: ManualSource = field(repr=False)
    behind: SqlRig
    store: Store
    errands: set[str] = field(default_factory=set)

    async def rows(self, table: str, **where: Any) -> Rows:
        return await self.behind.rows(table, **where)

    async def put(self, table: str, **row: Any) -> None:
        await self.behind.put(table, **row)

    async def change(self, table: str, where: Mapping[str, Any], **values: Any) -> None:
        await self.behind.change(table, where, **values)

    async def remove(self, table: str, **where: Any) -> None:
        await self.behind.remove(table, **where)

    async def by_hand(self, key: str, errand: ByHand, note: str = "box 12, shredded") -> None:
        self.errands.add(errand.errand)
        await self.store.tx(lambda tx: noted(tx, ticket_of(key), errand, note))

    @asynccontextmanager
    async def away(self) -> AsyncIterator[None]:
        async with self.behind.away():
            yield


def noted(tx: Any, ticket_id: str, errand: ByHand, note: str) -> None:
    """A colleague marks the errand as done, with or without a note of what proves it."""
    ticket = tx.work.ticket(ticket_id)
    if ticket is None:
        ticket = replace(a_ticket(), id=ticket_id, ref=ticket_id)
        tx.work.add_ticket(ticket, subject=None)
    due = date(2026, 12, 1)
    done = Errand(id=errand.errand, what=errand.what, about=errand.about, due=due, done_at=NOW, by="lotte")
    others = tuple(one for one in ticket.errands if one.id != done.id)
    changed = replace(ticket, errands=(*others, done), version=ticket.version + 1)
    tx.work.save_ticket(changed, was=ticket.version, subject=None)
    if note:
        kind = f"proof:{errand.errand}"
        tx.work.replace_content(kind, owner=ticket_id, kind=kind, text=note, at=NOW)


@pytest.fixture
async def archive(demo_file: Path, demo_map: DataMap, store: Store) -> AsyncIterator[ManualRig]:
    behind = SqlRig(url=f"sqlite:///{demo_file}", source=source_over(demo_file, demo_map))
    yield ManualRig(source=ManualSource(name="archive", key=KEY, proof=Notes(store).proof), behind=behind, store=store)
    await behind.source.close()


KEPT_HERE = [check for check in CONTRACT if check.__name__ not in NOT_HERE]


@pytest.mark.parametrize("check", KEPT_HERE, ids=lambda one: one.__name__)
async def test_contract(archive: ManualRig, check: Check) -> None:
    await check(archive)


@pytest.mark.parametrize("name", NOT_HERE)
async def test_an_exception_is_a_promise_it_could_not_keep(archive: ManualRig, name: str) -> None:
    (check,) = [one for one in CONTRACT if one.__name__ == name]
    with pytest.raises((AssertionError, ValueError, KeyError, SourceRefused, pytest.fail.Exception)):
        await check(archive)


# ---- what takes the place of those promises


async def test_nothing_is_done_before_a_colleague_notes_what_proves_it(archive: ManualRig) -> None:
    anna = await who(archive, ANNA)
    plan = await archive.source.find(anna, Verb.ERASURE)
    asked = {"key": "t-1:erasure:x", "person": anna, "verb": plan.verb, "approved": plan.hash, "ceiling": plan.ceiling}
    with pytest.raises(ByHand) as first:
        await archive.source.act(**asked)
    await archive.by_hand(asked["key"], first.value, note="")
    with pytest.raises(ByHand) as second:
        await archive.source.act(**asked)
    assert second.value.errand == first.value.errand, "done without a note is not done, and no second errand"
    await archive.by_hand(asked["key"], first.value)
    done = await archive.source.act(**asked)
    assert [(one.collection, one.action) for one in done.done] == [("archive", Action.DELETE)]
    assert not done.cleared, "whether old bytes are gone there, nobody here can say"


async def test_one_key_is_one_errand_however_many_calls_wait_for_it(archive: ManualRig) -> None:
    anna = await who(archive, ANNA)
    plan = await archive.source.find(anna, Verb.ERASURE)
    for _ in range(3):
        await carry_out(archive, plan, anna)
    assert len(archive.errands) == 1
    await carry_out(archive, plan, anna, key="another")
    assert len(archive.errands) == 2


async def test_a_note_for_one_person_or_plan_proves_nothing_for_another(archive: ManualRig) -> None:
    await do(archive, await who(archive, ANNA), Verb.ERASURE, key="t-1:x")
    for person, verb in ((BRAM, Verb.ERASURE), (ANNA, Verb.RESTRICTION)):
        subject = await who(archive, person)
        plan = await archive.source.find(subject, verb)
        with pytest.raises(SourceRefused, match="key_used_for_another_call"):
            await archive.source.act(
                key="t-1:x", person=subject, verb=verb, approved=plan.hash, ceiling=plan.ceiling
            )  # fmt: skip


async def test_spellings_of_one_address_are_one_errand_and_a_look_alike_is_another(archive: ManualRig) -> None:
    typed = (ANNA.email, f" {ANNA.email.upper()} ", "ａnna.devries@example.nl", "ann\u0430.devries@example.nl")
    plans = [await archive.source.find(await only(archive, one), Verb.ERASURE) for one in typed]
    assert plans[0].hash == plans[1].hash == plans[2].hash != plans[3].hash


async def test_a_correction_is_the_one_that_was_approved(archive: ManualRig) -> None:
    anna, change = await who(archive, ANNA), Change(name="last_name", old="de Vries", new="Bos")
    plan = await archive.source.find(anna, Verb.RECTIFICATION, (change,))
    with pytest.raises(PlanChanged):
        await carry_out(archive, plan, anna, replace(change, new="Baas"))
    assert "Bos" not in repr(plan)
    (shown,) = await archive.source.values(anna, (change,))
    assert (shown.old, shown.new) == ("de Vries", "Bos")


async def test_a_copy_says_on_which_day_a_colleague_sent_theirs_and_the_rows_stay_theirs(archive: ManualRig) -> None:
    before = await everything(archive)
    assert await copy(archive, await who(archive, ANNA)) == {"archive": [{"done_on": "2026-11-22"}]}
    assert await everything(archive) == before
