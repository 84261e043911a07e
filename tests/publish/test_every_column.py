"""Every number that leaves is declared: what it counts, and how it is controlled."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from costshift.project import Disclosure
from costshift.publish.catalogue import TABLES, Column, Count, Free, Table
from costshift.publish.disclosure import control
from costshift.publish.summaries import SUMMARIES

#: Units in which a number counts people, or something that each of them has.
COUNTING = ("people", "spells", "records", "rows")
#: Numbers in these units that are no counts of anybody: why stands in their definition.
PUBLIC = [table for table in (*TABLES.values(), *SUMMARIES.values()) if not table.restricted]


def columns() -> list[tuple[Table, Column]]:
    return [(table, column) for table in PUBLIC for column in (*table.columns, *table.resting)]


def test_every_number_has_a_treatment() -> None:
    without = [
        (table.name, column.name)
        for table, column in columns()
        if (column.dtype.is_numeric() or column.dtype.is_decimal()) and column.control is None
    ]
    assert without == []


def test_what_is_free_says_why_and_counts_nobody() -> None:
    free = {(table.name, column.name): column for table, column in columns() if isinstance(column.control, Free)}
    assert all(len(own.control.why) > 5 for own in free.values())  # type: ignore[union-attr]
    counting = {key for key, own in free.items() if own.unit in COUNTING}
    # What others published is theirs.
    assert counting == {("published_comparison", "_total_published")}


def test_a_control_rests_on_columns_that_are_counts() -> None:
    for table, column in columns():
        names = {own.name: own for own in (*table.columns, *table.resting)}
        for count in _rests_on(column):
            assert count in names, (table.name, column.name, count)


def _rests_on(column: Column) -> list[str]:
    own = column.control
    if own is None:
        return []
    return [value for name, value in vars(own).items() if isinstance(value, str) and name not in ("why", "side")]


@pytest.mark.parametrize("table", PUBLIC, ids=lambda table: table.name)
def test_a_row_of_three_people_tells_nothing_and_one_of_many_tells(table: Table) -> None:
    """Each definition at work: nothing that counts few people, or rests on them, stands in the row."""
    few, many = (_row(table, number) for number in (3, 10_000_000))
    shown_few, shown_many = (control(table, own, Disclosure(), 56_200).to_dicts()[0] for own in (few, many))
    for column in table.columns:
        numeric = column.dtype.is_numeric() or column.dtype.is_decimal()
        if not numeric or isinstance(column.control, Free):
            continue
        told = shown_few[column.name]
        assert told is None, (table.name, column.name, told)
        if column.name in _CHARTED:
            continue
        assert shown_many[column.name] is not None, (table.name, column.name)


#: Worked out again from what is shown, after the control.
_CHARTED = {column.name for table in PUBLIC for column in table.columns if type(column.control).__name__ == "Charted"}


def _row(table: Table, number: int) -> pl.DataFrame:
    values: dict[str, pl.Series] = {}
    for column in (*table.columns, *table.resting):
        dtype = pl.Int64() if column.dtype.is_decimal() else column.dtype
        value: object = None
        if isinstance(column.control, Count) or dtype.is_numeric():
            value = number
        elif dtype == pl.Boolean():
            value = False
        elif dtype == pl.Date():
            value = dt.date(2025, 3, 1)
        elif dtype == pl.String():
            value = "x"
        values[column.name] = pl.Series(column.name, [value], dtype=dtype)
    return pl.DataFrame(values)
