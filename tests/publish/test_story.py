"""The sentences of the story: each figure as its table has it, in words that say no more than it does."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from costshift.publish import words
from costshift.publish.catalogue import TABLES
from costshift.publish.content import Audience, Check, Headline, PackContent
from costshift.publish.headlines import shown
from costshift.publish.page.blocks import Tiles, Told
from costshift.publish.page.story import story
from costshift.publish.page.view import View
from costshift.publish.summaries import SUMMARIES
from publish.packs import FEBRUARY, MONTH, pack

COUNCIL = {"id": "north-council", "name": "North Council", "type": "council"}
PARTNERS = [
    {"id": "north-hospitals", "name": "North Hospitals", "type": "acute"},
    COUNCIL,
    {"id": "north-icb", "name": "North ICB", "type": "icb"},
]


def told(content: PackContent) -> str:
    """All sentences with their doubts, as one text."""
    said = [pair for block in story(View(content)).blocks if isinstance(block, Told) for pair in block.said]
    return " ".join(part for pair in said for part in pair if part)


SENT = [{"kind": "care_events", "submitter": "north-council", "files": "cld.csv"}]


def content(
    headlines: list[Headline] | None = None,
    tables: dict[str, list[dict[str, Any]]] | None = None,
    summaries: dict[str, list[dict[str, Any]]] | None = None,
    partners: list[dict[str, Any]] | None = None,
    *,
    council_sends: bool = True,
) -> PackContent:
    """A pack of which the story has nothing to say but what is given."""
    sent = [*pack().project.extracts, *SENT] if council_sends else pack().project.extracts
    found = pack(empty=True, partners=partners or PARTNERS, extracts=sent)
    known = dict(found.tables) | {name: _frame(TABLES[name], rows) for name, rows in (tables or {}).items()}
    # The names are the project file's.
    known.pop("partners", None)
    shown = dict(found.summaries) | {name: _frame(SUMMARIES[name], rows) for name, rows in (summaries or {}).items()}
    return replace(found, headlines=headlines or [], tables=known, summaries=shown)


def _frame(table: Any, rows: list[dict[str, Any]]) -> pl.DataFrame:
    schema = {column.name: column.dtype for column in table.columns} | {"suppressed": pl.String()}
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)


def figure(key: str, value: float | None, shown: str, doubt: str = "") -> Headline:
    return Headline(key, key, value, "", shown, doubt)


def point(month: dt.date, value: float | None, cause: str | None = "common_cause", **other: Any) -> dict[str, Any]:
    """A month of North Hospitals' delayed beds, limits 4 and 16 about a mean of 10."""
    return {
        "measure": "delayed_beds",
        "partner": "north-hospitals",
        "month": month,
        "period": "month",
        "value": value,
        "mean": 10.0,
        "lower_limit": 4.0,
        "upper_limit": 16.0,
        "special_cause": cause,
        "variation": "common_cause" if cause == "common_cause" else "concerning_high",
        "provisional": False,
        "trial": False,
        "rebased": False,
    } | other


def position(partner: str, net: str | None, nature: str = "notional", **other: Any) -> dict[str, Any]:
    return {
        "month": MONTH,
        "partner": partner,
        "nature": nature,
        "basis": "counted",
        "net_absorbed": None if net is None else Decimal(net),
    } | other


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        ("above_upper_limit", "above 16.0 beds, the most that chance explains (concerning)"),
        ("below_lower_limit", "below 4.0 beds, the least that chance explains (concerning)"),
        ("two_of_three_high", "near 16.0 beds, the most that chance explains, for the second time in three"),
        ("two_of_three_low", "near 4.0 beds, the least that chance explains, for the second time in three"),
        ("seven_above_mean", "above the mean of 10.0 beds for at least seven months"),
        ("seven_below_mean", "below the mean of 10.0 beds for at least seven months"),
        ("rising_trend", "rising over at least seven months"),
        ("falling_trend", "falling over at least seven months"),
        ("common_cause", "no reliable change"),
    ],
)
def test_a_signal_names_what_it_is_held_against(cause: str, said: str) -> None:
    text = told(content(tables={"spc": [point(FEBRUARY, 12.0), point(MONTH, 13.5, cause)]}))
    assert f"North Hospitals 13.5 beds, up from 12.0 beds in February 2025: {said}" in text
    assert ("none signals a change at its last point" in text) is (cause == "common_cause")


def test_few_points_and_none_to_judge_by_are_said() -> None:
    few = told(content(tables={"spc": [point(FEBRUARY, 2.0, trial=True), point(MONTH, 1.0, trial=True)]}))
    assert "1.0 beds, down from 2.0 beds in February 2025: no reliable change, with only 2 months to judge by." in few
    bare = {"mean": 1.0, "lower_limit": None, "upper_limit": None, "trial": True, "variation": None}
    one = told(content(tables={"spc": [point(MONTH, 1.0, None, **bare)]}))
    assert "North Hospitals 1.0 beds, with too few months to judge." in one
    assert "no reliable change" not in one and "judged" not in one


def test_an_older_month_does_not_stand_in_for_one_that_is_suppressed() -> None:
    gone = point(MONTH, None, None, suppressed="value", lower_limit=None, upper_limit=None, mean=None)
    text = told(content(tables={"spc": [point(FEBRUARY, 0.0, None), gone]}))
    assert text.startswith("Delayed beds: suppressed ([c]) for North Hospitals.") and "0.0 beds" not in text


def test_discharges_in_words_and_numbers() -> None:
    def discharges(share: Headline, average: Headline) -> str:
        lost = figure("bed_days_lost", 12.0, "12 days")
        return told(content([figure("discharges", 1.0, "1"), share, average, lost]))

    some = discharges(
        figure("share_on_ready_date", 0.5, "50.0%", "40.0% if missing ready dates are left out."),
        figure("average_delay_days_when_delayed", 6.0, "6 days"),
    )
    assert "1 adult left an acute hospital after a night or more in March 2025. 50.0% left on the day" in some
    assert "Those who did not waited 6 days on average: 12 bed days in all." in some
    assert "40.0% if missing ready dates are left out." in some
    # Nobody else waited: nothing is said to be unknown.
    all_left = discharges(
        figure("share_on_ready_date", 1.0, "100.0%"), figure("average_delay_days_when_delayed", None, "[x]")
    )
    assert "100.0% left on the day they were ready" in all_left and "cannot be worked out" not in all_left
    hidden = discharges(
        figure("share_on_ready_date", None, "[c]"), figure("average_delay_days_when_delayed", None, "[c]")
    )
    assert "The share that left on the day they were ready is suppressed ([c])." in hidden


def test_the_main_figures_stand_on_top_in_words_of_their_own() -> None:
    known = [figure("delayed_beds", 31.0, "31.0 beds"), figure("people_delayed", 33.0, "33")]
    first = story(View(content([*known, figure("share_on_ready_date", None, "[c]")]))).blocks[0]
    assert isinstance(first, Tiles)
    assert [(own.label, own.shown) for own in first.figures] == [
        ("Acute beds filled, on average, by people ready to leave", "31.0 beds"),
        ("Ready to leave and still in an acute bed on 31 March 2025", "33"),
    ]
    assert not any(isinstance(block, Tiles) for block in story(View(content(known[:1]))).blocks)


def test_a_difference_from_the_plan_is_that_of_the_figures_as_written() -> None:
    def against(own: float | None, plan: float, suppressed: str | None = None) -> str:
        row = {"month": MONTH, "council": "north-council", "average_delay_days": own, "plan": plan}
        return told(content(tables={"bcf_discharge": [row | {"suppressed": suppressed}]}))

    # 0.7349 - 0.8 = -0.0651 is 0.07 either way; 0.7251 - 0.805 = -0.0799, of 0.73 and 0.81: 0.08.
    assert "North Council 0.73 days, 0.07 days below the plan of 0.80." in against(0.7349, 0.80)
    assert "North Council 0.84 days, 0.04 days above the plan of 0.80." in against(0.8449, 0.80)
    assert "North Council 0.80 days, as planned: 0.80." in against(0.8001, 0.80)
    gone = against(None, 0.8, "average_delay_days")
    assert "average delay per discharge: suppressed ([c]) for North Council." in gone and "One month" not in gone


def test_councils_are_several_where_the_place_has_several() -> None:
    shares = [figure("recorded_council_share", 0.6, "60.0%"), figure("recorded_not_recorded_share", 0.4, "40.0%")]
    assert "60.0% to the council and 40.0% to nobody (no reason given)." in told(content(shares))
    two = [*PARTNERS, COUNCIL | {"id": "south-council"}]
    assert "60.0% to councils and" in told(content(shares, partners=two))
    gone = figure("recorded_icb_share", None, "[c]")
    assert "no reason given); 1 further share is suppressed ([c])." in told(content([*shares, gone]))
    assert "To whom the hospitals’ records give the delayed acute days is suppressed ([c])." in told(content([gone]))


def _agreement(**days: int | None) -> dict[str, list[dict[str, Any]]]:
    row = {"month": FEBRUARY, "role": "all", "organisation": "all"}
    return {"agreement_by_organisation": [row | {f"{name}_days": own for name, own in days.items()}]}


def test_what_cannot_be_tested_at_all_is_said_so() -> None:
    none = {"agreed": 0, "disputed": 0, "questioned": 0}
    days = {"delayed_bed_days": [{"month": FEBRUARY, "delayed_bed_days": 42, "suppressed": ""}]}
    text = told(content(tables=days, summaries=_agreement(delayed_bed=42, untestable=42, **none)))
    assert "None of the 42 delayed bed days of February 2025 can be tested against both sides’ linked dates." in text
    assert "Firm evidence" not in text
    some = told(content(tables=days, summaries=_agreement(delayed_bed=42, untestable=30, **none | {"agreed": 12})))
    assert "12 agreed, 0 disputed by firm dates, 0 questioned by weaker ones and 30 that cannot be tested." in some
    assert "No council’s extract reaches far enough" in told(content(tables=days))
    alone = told(content(tables=days, council_sends=False))
    assert "rests on the hospitals’ record alone: no council sends an extract." in alone and "linked dates" not in alone
    # Without any delayed day that is known there is nothing to test, and no reason to give.
    unknown = {"delayed_bed_days": [{"month": FEBRUARY, "delayed_bed_days": None, "suppressed": ""}]}
    assert told(content(tables=unknown)) == told(content())


def test_positions_name_who_bore_more_and_keep_cash_apart() -> None:
    rows = [
        position("north-hospitals", "1234.50"),
        position("north-council", "-1000.50"),
        position("unallocated", "-234.00", passed_to_others=Decimal("234.00")),
        position("north-council", "80.00", "cash"),
        position("person", "20.00", "cash"),
        position("north-icb", "-100.00", "cash"),
    ]
    text = told(content(summaries={"positions_by_partner": rows}))
    assert "North Hospitals (£1,234) bore more for others than others bore for it." in text
    assert "North Council (£1,000) passed on more than it bore. £234 was driven by nobody that can be named" in text
    assert "In cash, North Council (£80) and the person (£20) bore more for others than others bore for them." in text
    hidden = [position("north-council", None, "cash", suppressed="net_absorbed")]
    text = told(content(summaries={"positions_by_partner": [position("north-council", "0.00"), *hidden]}))
    assert "No partner bore cost for another." in text
    assert "What each partner bore for others in cash is suppressed ([c])." in text


def test_the_largest_cost_of_delay_is_no_cash_and_of_no_other_kind() -> None:
    def shift(driver: str, amount: str, **other: str) -> dict[str, Any]:
        row = {"month": MONTH, "driver": driver, "payer": "north-hospitals", "kind": "delay", "nature": "notional"}
        return row | {"basis": "counted", "amount": Decimal(amount), "people": 9} | other

    rows = [
        shift("north-council", "562.00"),
        shift("unallocated", "5620.00"),
        shift("north-icb", "9999.00", kind="late_chc_decision", nature="cash"),
    ]
    text = told(content(summaries={"shifts_by_partner": rows}))
    assert "another bore: £562, driven by North Council and borne by North Hospitals." in text
    assert "The largest cost of delay" in text
    gone = shift("north-icb", "0") | {"amount": None, "suppressed": "amount"}
    assert "Of what can be shown, the largest cost of delay" in told(
        content(summaries={"shifts_by_partner": [*rows, gone]})
    )


def test_a_change_that_is_not_reliable_is_not_taken_apart() -> None:
    def found(change: tuple[int, int, int], rate: tuple[int, int, int], policy: str | None = None) -> str:
        own = {"council": "north-council", "baseline_start": dt.date(2023, 4, 1), "period_start": dt.date(2024, 4, 1)}
        rows = [
            own | {"component": name, "people": people, "people_low": low, "people_high": high, "policy": policy}
            for name, (people, low, high) in (("change", change), ("rate", rate))
        ]
        return told(content(tables={"eligibility_decomposition": rows}))

    firm = found((-20, -30, -10), (-15, -20, -9), "01/09/2023 Fewer; or not; 15/12/2023 Moved")
    assert "found 20 fewer people eligible in the year from April 2024 than in the year from April 2023" in firm
    assert "The largest part is the share found eligible of those assessed: −15 (95% interval −20 to −9)." in firm
    assert "Dated policy between the two years: Fewer; or not (1 September 2023); Moved (15 December 2023)." in firm
    loose = found((1, -7, 8), (2, 1, 4))
    assert "found 1 more person eligible" in loose and "+8: no reliable change)." in loose
    assert "largest part" not in loose and "no policy effect is claimed" in loose


def test_estimates_are_in_whole_pounds_with_what_they_follow() -> None:
    row = {
        "month": MONTH,
        "driver": "north-council",
        "payer": "north-hospitals",
        "kind": "eligibility_loss",
        "nature": "notional",
        "basis": "estimated",
        "amount": Decimal("-4592.73"),
        "amount_low": Decimal("-13528.28"),
        "amount_high": Decimal("3234.20"),
        "people": 60,
    }
    text = told(content(tables={"cost_shifts": [row]}))
    assert "-£4,593 from North Council to North Hospitals after support was lost (-£13,528 to £3,234)." in text
    assert "A negative amount: the other side’s cost fell." in text


def test_numbers_have_a_minus_sign_and_ranges_names_and_dates_keep_their_hyphens() -> None:
    assert words.with_minus("-£5 to -3.2 (-1)") == "−£5 to −3.2 (−1)"
    for own in ("2025-03-01", "18-64", "north-1", "a - b", "x-£5"):
        assert words.with_minus(own) == own
    assert words.decimal(-0.004, 2) == "0.00" and words.percent(-0.0001) == "0.0%" and words.decimal(-0.6, 0) == "-1"


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (1.0, "days", "1 day"),
        (0.0, "days", "0 days"),
        (1.5, "days", "1.50 days"),
        (1200.0, "days", "1,200 days"),
        (-0.3, "pounds", "£0"),
        (-1200.5, "pounds", "-£1,200"),
    ],
)
def test_a_figure_as_it_is_read_aloud(value: float, unit: str, said: str) -> None:
    assert shown(value, unit) == said


def test_pounds_that_round_to_nothing_have_no_sign() -> None:
    assert [words.pounds(Decimal(own), pence=False) for own in ("-0.40", "-0.60", "-1200.50")] == [
        *("£0", "-£1", "-£1,200"),
    ]
    assert words.pounds(Decimal("-0.004")) == "£0.00"


def test_the_story_of_an_empty_pack_says_that_there_is_nothing() -> None:
    blocks = story(View(content())).blocks
    assert "There is nothing to tell of March 2025" in str(blocks[0])


@pytest.mark.parametrize("audience", ["public", "internal"])
def test_the_warnings_that_touch_what_was_read_are_named(audience: Audience) -> None:
    checks = [
        Check("every_service_has_a_cost", "warn", "149 services"),
        Check("every_activity_has_a_price", "pass", "Every delayed bed day."),
        Check("headline_measures_are_steady", "warn", "81 against 51.67"),
        Check("nothing_is_quarantined", "warn", "47 rows"),
    ]
    said = told(replace(pack(audience), checks=checks))
    assert "Of 4 checks of this run, none needs a person and 3 carry a warning: the pack lists them." in said
    assert (
        "Among them: some services have no unit cost and are in no cost of care; a headline measure moved by more than "
        "usual, so that the sender is to be asked." in said
    )
    assert "149" not in said and "Among them" not in told(replace(pack(audience), checks=checks[1:2]))
