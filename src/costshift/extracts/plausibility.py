"""What can be read and is hard to believe: reported to the sender, and left as it is.

No row is dropped and no value blanked here. What a measure leaves out for such a reason its definition says.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl
from polars._typing import PolarsDataType

from costshift import standards
from costshift.extracts.kinds import Kind
from costshift.extracts.overlapping_spells import overlapping_spells

IMPLAUSIBLE_SCHEMA = {"rule": pl.String, "source_file": pl.String, "column": pl.String, "rows": pl.Int64}
#: Dates that say what a file covers, and not when something happened.
_NOT_EVENTS = ("reporting_period_start", "reporting_period_end", "month", "birth_date", "birth_month")
#: Kind -> a date, the date that it cannot be before, and whose column is named.
_IN_ORDER = {
    "referrals": (
        ("accepted_date", "referred_date", "accepted_date"),
        ("rejected_date", "referred_date", "rejected_date"),
    ),
    "contacts": (("contact_date", "referral_date", "referral_date"),),
    "chc": (("decision_date", "checklist_date", "decision_date"),),
}
_AMOUNTS = ("unit_cost", "planned_units_per_week", "contribution_per_week", "weekly_cost", "occupied_beds")
_WEEKLY = ("contribution_per_week", "weekly_cost")
_LONGER_THAN_A_WEEK = ("Fortnightly", "4-weekly", "Monthly", "Quarterly", "Annually", "One-off")
_BY_THE_UNIT = {"Hourly": "units_hourly", "Daily": "units_daily", "Per session": "units_other"}


@dataclass(frozen=True)
class Plausibility:
    """The rules of plausibility that an extract can break: (rule, column, the rows that break it).

    ``column`` is canonical; empty where a rule concerns the row. ``columns``: source_file = the canonical columns that
    it has.
    """

    kind: Kind
    rules: tuple[tuple[str, str, pl.Expr], ...]
    columns: dict[str, set[str]]

    @classmethod
    def of(cls, kind: Kind, month: str, columns: dict[str, set[str]]) -> Plausibility:
        """The rules about columns that some file has.

        Args:
            kind: the extract kind.
            month: the month of the submission, YYYY-MM.
            columns: source_file = the canonical columns that it has.
        """
        year, number = (int(part) for part in month.split("-"))
        last_day = dt.date(year, number, calendar.monthrange(year, number)[1])
        present = set().union(*columns.values()) if columns else set()
        rules = (rule for rule in _rules(kind, last_day) if not rule[1] or rule[1] in present)
        return cls(kind, tuple(rules), columns)

    def tally(self, rows: pl.DataFrame) -> pl.DataFrame:
        """How many rows there are, and how many break each rule; of the parts of an extract these can be added up.

        Returns:
            Grain and key source_file. ``all``; ``lacking`` (neither a number nor a pseudonym); a column for each rule.
        """
        broken = {str(place): own.fill_null(False) for place, (_, _, own) in enumerate(self.rules)}
        lacking = _lacking() if self.kind.has_person else pl.lit(False)
        told = rows.lazy().select("source_file", lacking.alias("lacking"), **broken)
        counts = pl.len().cast(pl.Int64).alias("all"), pl.col("lacking", *broken).sum().cast(pl.Int64)
        return told.group_by("source_file").agg(counts).collect(engine="streaming")

    def counted(self, tallies: Sequence[pl.DataFrame], gone: pl.DataFrame, accepted: pl.LazyFrame) -> pl.DataFrame:
        """Count the accepted rows of an extract that break a rule.

        Args:
            tallies: :meth:`tally` of each of its parts.
            gone: rows that these count and that were not accepted after all; the kind's schema.
            accepted: the accepted rows.

        Returns:
            Grain and key rule, source_file, column, with rows.
        """
        whole, numbers = pl.concat(tallies), pl.exclude("source_file")
        less = self.tally(gone).select("source_file", -numbers)
        found = pl.concat([whole, less]).group_by("source_file").agg(numbers.sum())
        counts = [
            (rule, row["source_file"], column, row[str(place)])
            for row in found.to_dicts()
            for place, (rule, column, _) in enumerate(self.rules)
            if row[str(place)]
        ]
        if self.kind.name == "spells":
            counts += [
                ("overlapping_spells", file, "", rows) for file, rows in overlapping_spells(accepted).iter_rows()
            ]
        if self.kind.has_person:
            counts += list(self._without_number(found))
        table = pl.DataFrame(counts, schema=IMPLAUSIBLE_SCHEMA, orient="row")
        return table.sort("rule", "source_file", "column")

    def rows(self, accepted: pl.LazyFrame, counted: pl.DataFrame, most: int) -> pl.DataFrame:
        """The first rows that break each rule about a column; ``counted``: what was counted of the same.

        Returns:
            rule, source_file, source_row, column (canonical); at most ``most`` of a rule and column.
        """
        there = set(counted.select("rule", "column").iter_rows())
        at = ["source_file", "source_row"]
        schema = {"rule": pl.String, "source_file": pl.String, "source_row": pl.Int64, "column": pl.String}
        wanted = {str(place): own for place, own in enumerate(self.rules) if own[1] and own[:2] in there}
        if not wanted:
            return pl.DataFrame(schema=schema)
        # All rules in one reading of the rows.
        flagged = (
            accepted.select(*at, *(broken.fill_null(False).alias(label) for label, (_, _, broken) in wanted.items()))
            .filter(pl.any_horizontal(*wanted))
            .collect(engine="streaming")
        )
        return pl.concat(
            flagged.filter(label).head(most).select(pl.lit(rule).alias("rule"), *at, pl.lit(column).alias("column"))
            for label, (rule, column, _) in wanted.items()
        )

    def _without_number(self, found: pl.DataFrame) -> Iterator[tuple[str, str, str, int]]:
        """Files that have a column for the NHS number, and rows with neither a usable one nor a pseudonym."""
        limits = standards.plausible_limits()
        most, enough = limits["share_without_nhs_number"], limits["rows_for_a_share"]
        for file, rows, number in found.select("source_file", "all", "lacking").iter_rows():
            if number and "nhs_number" in self.columns[file]:
                often = rows >= enough and number * 100 >= rows * most
                yield "nhs_number_often_missing" if often else "nhs_number_missing", file, "nhs_number", number


def _lacking() -> pl.Expr:
    return pl.col("nhs_number").is_null() & pl.col("person_key").is_null()


def _rules(kind: Kind, last_day: dt.date) -> Iterator[tuple[str, str, pl.Expr]]:
    """Rule, column and the rows that break it."""
    limits = standards.plausible_limits()
    event = pl.col(kind.covered_from)
    far = last_day + dt.timedelta(days=limits["furthest_date"])
    for name, column in kind.schema.columns().items():
        own = pl.col(name)
        if column.dtype == pl.Date and name not in _NOT_EVENTS:
            yield "date_far_in_future", name, own > far
            yield "date_after_month", name, (own > last_day) & (own <= far)
        if name in _AMOUNTS:
            yield "negative_amount", name, own < 0
        if name in _WEEKLY:
            yield "cost_implausible", name, own > limits["highest_weekly_cost"]
        if name in standards.code_lengths():
            yield "code_of_odd_length", name, ~own.str.len_chars().is_in(standards.code_lengths()[name])
        if name in standards.dummy_values():
            yield "dummy_value", name, _stands_for_none(own, column.dtype, standards.dummy_values()[name])
    for later, earlier, named in _IN_ORDER.get(kind.name, ()):
        yield "dates_reversed", named, pl.col(later) < pl.col(earlier)
    if kind.has_person:
        yield "event_after_death", "death_date", pl.col("death_date") < event
        for name in ("birth_date", "birth_month"):
            yield "age_implausible", name, standards.implausibly_old(pl.col(name), event)
    if kind.name == "spells":
        admitted, ready, discharged = (
            pl.col(name) for name in ("admission_date", "discharge_ready_date", "discharge_date")
        )
        nights = (pl.coalesce(discharged, pl.lit(last_day)) - admitted).dt.total_days()
        yield "stay_very_long", "admission_date", nights > limits["longest_stay"]
        yield "ready_before_admission", "discharge_ready_date", ready < admitted
        yield "ready_after_discharge", "discharge_ready_date", ready > discharged
    if kind.name == "care_events":
        cost, frequency, units = (pl.col(name) for name in ("unit_cost", "cost_frequency", "planned_units_per_week"))
        long = frequency.is_in(_LONGER_THAN_A_WEEK).fill_null(False)
        yield "cost_implausible", "unit_cost", ~long & (cost > limits["highest_weekly_cost"])
        yield "cost_without_frequency", "unit_cost", (cost != 0) & frequency.is_null()
        needed = frequency.is_in(list(_BY_THE_UNIT))
        yield "cost_without_units", "unit_cost", (cost != 0) & needed & (units.is_null() | (units == 0))
        known = {name: limits[limit] for name, limit in _BY_THE_UNIT.items()}
        most = standards.looked_up(frequency, known, pl.Int64, default=limits["units_other"])
        yield "units_implausible", "planned_units_per_week", units > most


def _stands_for_none(own: pl.Expr, dtype: PolarsDataType, dummies: list[str]) -> pl.Expr:
    """A text that begins with a dummy value, or a date that is one."""
    if dtype == pl.Date:
        return own.is_in([dt.date.fromisoformat(day) for day in dummies])
    return pl.any_horizontal(own.str.starts_with(begin) for begin in dummies)
