"""What changed since an earlier pack, through which load, and what of it may be public."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl

from costshift.history.publications import FIGURE_SCHEMA, Published, State
from costshift.indicators.revisions import LoadInBetween, loads_between, revisions
from costshift.project import Disclosure
from costshift.publish.catalogue import TABLES
from costshift.publish.disclosure import control

FEBRUARY, MARCH = dt.date(2025, 2, 1), dt.date(2025, 3, 1)
Figure = tuple[str, str, dt.date, str, str, float | None, int | None]


def figures(*rows: Figure) -> pl.DataFrame:
    full = [
        (table, measure, "", month, partner, unit, value, people)
        for table, measure, month, partner, unit, value, people in rows
    ]
    return pl.DataFrame(full, schema=FIGURE_SCHEMA, orient="row")


def discharges(value: float | None, month: dt.date = FEBRUARY, partner: str = "hospital") -> Figure:
    return "discharge_delays", "discharges", month, partner, "spells", value, None if value is None else int(value)


def before(*rows: Figure, as_at: dt.date = dt.date(2025, 2, 28)) -> Published:
    return Published(1, State(FEBRUARY, as_at, 1, (1,), "a", "1"), figures(*rows))


def load(
    number: int, month: dt.date, kind: str = "spells", submitter: str = "hospital", **dates: dt.date
) -> LoadInBetween:
    return LoadInBetween(number, month, kind, submitter, dates.get("start"), dates.get("end"), True)


def rows(*args: Any) -> list[dict[str, Any]]:
    found = revisions(*args)
    return found.select(column.name for column in TABLES["revisions"].columns).to_dicts()


def test_the_first_pack_revises_nothing() -> None:
    assert rows(None, figures(discharges(100)), []) == []


def test_a_row_stands_only_where_the_two_differ() -> None:
    now = figures(discharges(104), discharges(50, partner="other"), discharges(90, MARCH))
    found = rows(before(discharges(100), discharges(50, partner="other")), now, [load(2, FEBRUARY)])
    assert found == [
        {
            "month": FEBRUARY,
            "table": "discharge_delays",
            "measure": "discharges: hospital",
            "reported_before": 100.0,
            "reported_now": 104.0,
            "change": 4.0,
            "load": 2,
        }
    ]


def test_what_is_not_known_on_one_side_is_empty_not_zero() -> None:
    (row,) = rows(before(discharges(100)), figures(discharges(None)), [])
    assert (row["reported_before"], row["reported_now"], row["change"], row["load"]) == (100.0, None, None, None)
    assert rows(before(discharges(None)), figures(discharges(None)), []) == []


def test_a_month_that_was_not_over_is_not_held_against_a_pack() -> None:
    assert rows(before(discharges(60), as_at=dt.date(2025, 2, 15)), figures(discharges(100)), []) == []


def test_the_net_is_what_was_absorbed_less_what_was_passed() -> None:
    def position(name: str, value: float) -> Figure:
        return "partner_positions", f"{name} (notional, counted)", FEBRUARY, "hospital", "pounds", value, 20

    (row,) = rows(
        before(position("absorbed_for_others", 5620.10), position("passed_to_others", 562.0)),
        figures(position("absorbed_for_others", 5620.10), position("passed_to_others", 1124.0)),
        [],
    )
    assert row["measure"] == "net_absorbed (notional, counted): hospital"
    assert (row["reported_before"], row["reported_now"], row["change"]) == (5058.10, 4496.10, -562.0)


class TestTheLoad:
    def named(self, *between: LoadInBetween) -> int | None:
        (row,) = rows(before(discharges(1)), figures(discharges(2)), between)
        found: int | None = row["load"]
        return found

    def test_the_partners_own_that_covers_the_month_comes_first(self) -> None:
        own, others, later = load(2, FEBRUARY), load(3, FEBRUARY, submitter="other"), load(4, MARCH)
        assert self.named(own, others, later) == 2
        assert self.named(others, later) == 3
        assert self.named(later) == 4

    def test_dates_cover_a_month_too(self) -> None:
        rolling = load(5, dt.date(2025, 4, 1), start=dt.date(2024, 4, 1), end=dt.date(2025, 2, 1))
        assert self.named(load(2, FEBRUARY), rolling) == 5

    def test_other_kinds_only_where_there_is_nothing_else(self) -> None:
        assert self.named(load(2, MARCH), load(3, FEBRUARY, kind="care_events")) == 2
        assert self.named(load(3, FEBRUARY, kind="care_events")) == 3
        assert self.named() is None

    def test_a_load_that_was_taken_back_is_in_between(self) -> None:
        columns = {
            "load_id": pl.Int64,
            "action": pl.String,
            "month": pl.Date,
            "kind": pl.String,
            "submitter": pl.String,
        }
        dates = {"covers_from": pl.Date, "covers_to": pl.Date}
        actions = pl.DataFrame(
            [(n, "load", FEBRUARY, "spells", "hospital", None, None) for n in (1, 2, 3)],
            schema=columns | dates,
            orient="row",
        )
        then, now = (State(MARCH, MARCH, max(loads), loads, "a", "1") for loads in ((1, 2), (1, 3)))
        assert [(own.load, own.counts) for own in loads_between(then, now, actions)] == [(2, False), (3, True)]


class TestInPublic:
    def shown(self, then: float, now: float) -> dict[str, Any]:
        frame = revisions(before(discharges(then)), figures(discharges(now)), [])
        return control(TABLES["revisions"], frame, Disclosure(), 56_200).to_dicts()[0]

    def test_small_counts_go_and_take_the_change_with_them(self) -> None:
        row = self.shown(5, 103)
        assert (row["reported_before"], row["reported_now"], row["change"]) == (None, 105.0, None)
        assert row["suppressed"] == "reported_before, change"

    def test_the_change_is_that_of_the_rounded(self) -> None:
        row = self.shown(98, 103)
        assert (row["reported_before"], row["reported_now"], row["change"]) == (100.0, 105.0, 5.0)

    def test_money_rests_on_its_people_and_is_rounded_to_five_bed_days(self) -> None:
        def cost(value: float, people: int | None) -> Figure:
            return "delayed_bed_days", "cost", FEBRUARY, "hospital", "pounds", value, people

        frame = revisions(before(cost(43 * 562, 20)), figures(cost(50 * 562, None)), [])
        row = control(TABLES["revisions"], frame, Disclosure(), 56_200).to_dicts()[0]
        # Nobody counted the people of the second: there may be one.
        assert (row["reported_before"], row["reported_now"], row["change"]) == (45 * 562.0, None, None)
