"""The list of bad input that the data layer was asked to stand, item by item, and the tests that show it does.

Promise: every item has a test, and every test named here exists. Limits: that the test shows it, the reader must see.
"""

import ast
from collections.abc import Mapping
from pathlib import Path

import pytest

HERE = Path(__file__).parent
WALKS = HERE.parents[1] / "walks"

ITEMS: Mapping[str, tuple[str, ...]] = {
    "a map with a typo": (
        "test_bad_maps.test_a_collection_that_is_no_table_is_named_and_serves_nobody",
        "test_mapcheck.test_what_does_not_fit_is_named",
        "test_mapcheck.test_a_misspelt_fact_refuses_the_map",
    ),
    "a map with a quote": (
        "test_bad_maps.test_a_collection_that_is_no_table_is_named_and_serves_nobody",
        "test_bad_maps.test_names_with_quotes_and_capitals_and_reserved_words_are_columns_like_others",
    ),
    "a map with an SQL comment": ("test_bad_maps.test_a_collection_that_is_no_table_is_named_and_serves_nobody",),
    "a map with a view": ("test_bad_maps.test_a_collection_that_is_no_table_is_named_and_serves_nobody",),
    "a map with a missing key": (
        "test_bad_maps.test_a_table_without_a_key_is_refused",
        "test_mapcheck.test_what_is_no_dataset_is_refused",
    ),
    "a map with a cycle": (
        "test_bad_maps.test_tables_that_point_at_each_other_and_themselves_go_together",
        "test_finding.test_references_in_a_ring_and_to_themselves_come_to_an_end",
        "test_mapcheck.test_a_self_reference_needs_an_owner",
    ),
    "a map with a wrong type": (
        "test_bad_maps.test_a_column_of_another_type_than_the_map_says_is_named",
        "test_mapcheck.test_what_does_not_fit_is_named",
    ),
    "an identity that is empty": (
        "contract_reading.what_names_nobody_or_everybody_is_refused",
        "test_command.test_a_person_not_clearly_named_is_one_sentence",
    ),
    "an identity that is a wildcard": (
        "contract_reading.what_names_nobody_or_everybody_is_refused",
        "test_command.test_a_person_not_clearly_named_is_one_sentence",
    ),
    "an identity in upper case": (
        "contract_reading.an_address_finds_every_account_it_means_in_any_spelling",
        "test_fides_shop.test_an_unchanged_file_old_or_new_gives_every_row_that_references_lead_to",
    ),
    "an identity that is a Unicode look-alike": (
        "contract_reading.a_look_alike_address_is_somebody_else",
        "test_command.test_a_look_alike_of_an_address_is_nobody",
    ),
    "an identity in two tenants": (
        "contract_reading.an_address_finds_every_account_it_means_in_any_spelling",
        "contract_acting.one_tenant_s_erasure_leaves_the_other",
        "test_command.test_a_person_not_clearly_named_is_one_sentence",
    ),
    "a NOT NULL conflict": (
        "peer_defects.an_erasure_that_meets_a_column_which_takes_no_null_is_done_or_is_nothing",
        "test_bad_input.test_a_column_that_must_hold_something_and_has_no_neutral_value_is_named_by_the_check",
    ),
    "a UNIQUE conflict": (
        "test_bad_input.test_a_constraint_that_refuses_the_mask_is_a_code_without_a_value",
        "test_mapcheck.test_a_short_unique_column_cannot_be_masked",
        "test_acting.test_two_erased_people_keep_unique_columns_unique",
    ),
    "a CHECK conflict": (
        "test_bad_input.test_a_constraint_that_refuses_the_mask_is_a_code_without_a_value",
        "test_mapcheck.test_a_check_on_a_masked_column_is_named",
        "test_peer_defects.test_a_column_that_refuses_the_mask_leaves_nothing_half_written",
    ),
    "a length conflict": (
        "test_bad_input.test_a_short_column_gets_a_short_mask",
        "test_bad_input.test_a_correction_that_does_not_fit_the_column_is_refused",
    ),
    "a trigger that refuses": (
        "test_bad_input.test_a_trigger_that_refuses_says_so_without_its_words",
        "test_bad_input.test_a_trigger_that_puts_values_back_is_noticed",
    ),
    "a lock held by the platform": (
        "test_bad_input.test_a_lock_held_by_the_platform_is_down_for_now_and_a_retry_goes_on",
    ),
    "a table that changed between plan and act": (
        "test_bad_input.test_a_table_that_changed_between_plan_and_act_is_refused_until_a_restart",
    ),
    "a person whose own rows grow in between": (
        "contract_acting.use_of_the_platform_up_to_the_ceiling_is_covered_and_more_is_not",
        "test_bad_input.test_a_person_who_goes_on_using_the_platform_keeps_the_approval",
        "test_bad_input.test_a_row_that_arrives_while_the_act_runs_waits_and_is_seen_by_the_platform",
    ),
    "a sole administrator whose client's lists are not theirs": (
        "contract_acting.an_administrator_s_client_lists_are_not_theirs",
        "test_bad_input.test_a_sole_administrator_s_copy_and_erasure_leave_the_client_s_lists",
    ),
    "password hashes and tokens, held and not shown": (
        "contract_reading.secrets_and_other_people_stay_out_of_a_copy",
        "test_command.test_access_prints_rows_of_the_categories_asked_for",
    ),
    "the connection cut in the middle": (
        "test_bad_input.test_a_connection_cut_in_the_middle_leaves_nothing_and_a_retry_goes_on",
        "test_kill.test_killed_in_the_act_nothing_is_written_and_the_same_call_goes_on",
        "test_http.test_a_copy_that_is_cut_changed_or_unsealed_was_not_delivered",
    ),
    "10 M rows for one person": (
        "test_bad_input.test_more_rows_of_one_person_than_are_taken_on_are_refused_by_name_before_they_are_read",
        "test_bad_input.test_rows_that_became_too_many_since_the_plan_stop_the_act_and_a_retry_goes_on",
        "test_bad_input.test_two_hundred_thousand_rows_of_one_person_are_copied_as_a_stream_and_erased",
    ),
    "a clear reason, the ticket shows it, retry continues": (
        "test_many_rows.test_too_many_rows_to_look_at_wait_for_a_colleague",
        "test_many_rows.test_too_many_rows_at_the_act_leave_everything_as_it_was_and_a_retry_finishes",
    ),
}
"""Item -> file.function; contract_* hold checks that run over every kind of source."""


@pytest.mark.parametrize("item", ITEMS)
def test_every_item_has_a_test(item: str) -> None:
    for one in ITEMS[item]:
        file, _, name = one.partition(".")
        place = next(path for folder in (HERE, WALKS) if (path := folder / f"{file}.py").exists())
        defined = {node.name for node in ast.parse(place.read_text("utf-8")).body if hasattr(node, "name")}
        assert name in defined, one
