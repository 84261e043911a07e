"""Shares and differences of eligibility in `public/`: of counts as they were rounded, and of nothing exact."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from costshift.project import Disclosure
from costshift.publish.catalogue import TABLES
from costshift.publish.disclosure import control
from costshift.statistics.matching import standardised_difference


def public(name: str, **row: Any) -> dict[str, Any]:
    table = TABLES[name]
    columns = {column.name: column.dtype for column in (*table.columns, *table.resting)}
    frame = pl.DataFrame([dict.fromkeys(columns) | row], schema=columns, orient="row")
    return control(table, frame, Disclosure(), 56_200).to_dicts()[0]


def month(assessed: int, eligible: int, expected: float, overall: float) -> dict[str, Any]:
    return public(
        "realised_eligibility",
        assessed=assessed,
        found_eligible=eligible,
        share=eligible / assessed,
        standardised_share=eligible / expected * overall,
        _found=eligible,
        _assessed=assessed,
        _not_found=assessed - eligible,
    )


@pytest.mark.parametrize(("assessed", "eligible"), [(120, 3), (120, 1), (43, 40), (5, 3)])
def test_a_standardised_share_goes_with_either_count(assessed: int, eligible: int) -> None:
    shown = month(assessed, eligible, 0.6 * assessed, 0.6)
    assert shown["share"] is None and shown["standardised_share"] is None
    assert {"share", "standardised_share"} <= set(shown["suppressed"].split(", "))


def test_a_standardised_share_does_not_undo_the_rounding() -> None:
    # 28 and 31 of 40 are both 30 of 40; the mix makes 1.05 of the share. Nothing tells the two apart.
    shown = [month(40, eligible, 40 * 0.6 / 1.05, 0.6) for eligible in (28, 31)]
    assert [own["found_eligible"] for own in shown] == [30, 30]
    assert [own["standardised_share"] for own in shown] == [pytest.approx(0.75 * 1.05)] * 2
    # Nobody found eligible is shown as such.
    assert month(40, 0, 24, 0.6)["standardised_share"] == 0


def step(eligible: int, refused: int, after: tuple[int, int] = (300, 100)) -> dict[str, Any]:
    sides = {"before": (eligible, refused), "after": after}
    inner = {
        f"_{name}_{side}": value
        for side, (yes, no) in sides.items()
        for name, value in (("found", yes), ("all", yes + no), ("eligible", yes), ("not_eligible", no))
    }
    shares = {f"share_{side}": yes / (yes + no) for side, (yes, no) in sides.items()}
    return public("threshold_changes", people=eligible + refused, p_value=0.001, **shares, **inner)


def test_shares_before_and_after_a_step_are_of_rounded_counts_and_go_with_either() -> None:
    # 579 of 644 and 578 of 646 are both 580 of 645.
    assert step(579, 65)["share_before"] == step(578, 68)["share_before"] == 580 / 645
    for eligible, refused in ((57, 3), (3, 57), (57, 7)):
        shown = step(eligible, refused)
        assert shown["share_before"] is None and shown["share_after"] == 0.75
        assert shown["suppressed"] == "share_before"


def balance(exposed: tuple[int, int], comparators: tuple[int, int], matched: tuple[int, int]) -> dict[str, Any]:
    """A group of the exposed, of all of them; the same of the comparators and of those matched."""
    first, second, kept = (
        pl.Series([1.0] * own + [0.0] * (of - own)).to_numpy() for own, of in (exposed, comparators, matched)
    )
    return public(
        "shift_balance",
        people=exposed[0],
        matched=matched[0],
        unmatched=exposed[0] - matched[0],
        share_of_exposed=exposed[0] / exposed[1],
        share_of_comparators=round(comparators[0] / comparators[1], 2),
        share_of_matched_comparators=round(matched[0] / matched[1], 2),
        difference_before=standardised_difference(first, second),
        difference_after=standardised_difference(kept, kept),
        _exposed=exposed[1],
        _of_matched=matched[0] / matched[1],
        _all_matched=matched[1],
        _every_matched=matched[1],
        _as_weighted=matched[0],
        _comparators=comparators[0],
        _every_comparator=comparators[1],
    )


def test_the_balance_is_that_of_the_shares_as_they_are_shown() -> None:
    # 57 of 59 and 56 of 58, which differ in how many are left: 2. Both are 55 of 60, beside 930 of 1,000.
    shown = [balance(own, (930, 1000), (50, 52)) for own in ((57, 59), (56, 58))]
    for own in shown:
        assert own["share_of_exposed"] == 55 / 60 and own["share_of_comparators"] == 0.93
        # 0.9167 - 0.93 = -0.0133 over sqrt((0.9167 x 0.0833 + 0.93 x 0.07) / 2) = 0.2662.
        assert own["difference_before"] == -0.05
        assert own["difference_after"] == 0 and own["share_of_matched_comparators"] == 50 / 50
    assert shown[0] == shown[1]


def test_few_comparators_or_few_matched_hide_their_share() -> None:
    few = balance((57, 60), (4, 1000), (50, 52))
    assert few["share_of_comparators"] is None and few["difference_before"] is None
    few = balance((57, 60), (930, 1000), (6, 52))
    assert few["share_of_matched_comparators"] is None and few["difference_after"] is None
