"""Ages that nobody has, beside the birthday worked out day by day in plain Python."""

import datetime as dt

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from costshift import standards

YEARS = standards.plausible_limits()["highest_age"]
DAYS = st.one_of(st.none(), st.dates(dt.date(1700, 1, 1), dt.date(2200, 1, 1)))


def birthday(born: dt.date, years: int) -> dt.date:
    try:
        return born.replace(year=born.year + years)
    except ValueError:  # 29 February
        return dt.date(born.year + years, 2, 28)


@st.composite
def around(draw: st.DrawFn) -> tuple[dt.date, dt.date]:
    """A birth date and a day within a few days of the birthday in question."""
    born = draw(st.dates(dt.date(1700, 1, 1), dt.date(2050, 1, 1)))
    return born, birthday(born, YEARS) + dt.timedelta(days=draw(st.integers(-3, 3)))


@given(st.lists(st.one_of(st.tuples(DAYS, DAYS), around())))
def test_an_age_is_implausible_from_the_birthday_on(pairs: list[tuple[dt.date | None, dt.date | None]]) -> None:
    frame = pl.DataFrame(pairs, schema={"born": pl.Date, "day": pl.Date}, orient="row")
    told = frame.select(standards.implausibly_old(pl.col("born"), pl.col("day"))).to_series().to_list()
    assert told == [
        born is not None and day is not None and day >= birthday(born, YEARS) for born, day in frame.iter_rows()
    ]


def test_the_29th_of_february() -> None:
    born = dt.date(1904, 2, 29)
    days = [birthday(born, YEARS) - dt.timedelta(days=1), birthday(born, YEARS)]
    frame = pl.DataFrame({"born": [born, born], "day": days})
    assert frame.select(standards.implausibly_old(pl.col("born"), pl.col("day"))).to_series().to_list() == [False, True]
