"""Who is no adult, by the calendar, about each 18th birthday."""

from __future__ import annotations

import datetime as dt
import random

import polars as pl

from costshift.delays.cohort import _under_age


def is_minor(born: dt.date, day: dt.date) -> bool:
    """By whole years: who is born on 29 February is a year older on 1 March of other years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day)) < 18


def test_a_minor_is_one_up_to_the_day_before_the_18th_birthday() -> None:
    draw = random.Random(18)
    births = [
        *(dt.date(1900, 1, 1) + dt.timedelta(days=draw.randrange(44_000)) for _ in range(400)),
        *(dt.date(year, month, day) for year in range(1996, 2009) for month, day in ((2, 28), (3, 1), (12, 31))),
        *(dt.date(year, 2, 29) for year in (1904, 1996, 2000, 2004, 2008)),
    ]
    pairs = [
        (born, born + dt.timedelta(days=365 * 18 + days))
        for born in births
        for days in (-4_000, -1, 0, 1, 2, 3, 4, 5, 6, 17, 18, 19, 9_000)
    ]
    frame = pl.DataFrame(pairs, schema={"born": pl.Date, "day": pl.Date}, orient="row")
    found = frame.select(_under_age(pl.col("born"), pl.col("day"))).to_series()
    assert found.to_list() == [is_minor(born, day) for born, day in pairs]


def test_nobody_is_called_a_minor_without_a_birth_date() -> None:
    frame = pl.DataFrame({"born": [None, dt.date(2010, 1, 1)], "day": [dt.date(2025, 1, 1)] * 2})
    assert frame.select(_under_age(pl.col("born"), pl.col("day"))).to_series().to_list() == [None, True]
