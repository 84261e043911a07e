"""Dates as people and programs write them, day first; *unreadable* is never taken for *missing*."""

from __future__ import annotations

import datetime as dt

import polars as pl

# Dates that stand for "none": the null dates of SQL Server, Hospital Episode Statistics and Excel.
MISSING_DATES = ("1800-01-01", "1801-01-01", "1900-01-01", "1899-12-30", "1753-01-01", "9999-12-31")
EARLIEST_BIRTH = 1895
# The National Health Service Act came into force in 1948: nothing that is counted here happened before.
EARLIEST_EVENT = 1948
LATEST_YEAR = 2100
BIRTH_COLUMNS = ("birth_date", "birth_month")
#: What can be wrong, or worth saying, about a date.
DATE_RULES = ("unreadable_date", "date_out_of_range", "date_as_day_number")

# The form in which nearly all come: looked for first, and alone where every date of a column has it.
_USUAL = ((r"^\d{4}-\d{1,2}-\d{1,2}$", "%Y-%m-%d"), (r"^\d{1,2}/\d{1,2}/\d{4}$", "%d/%m/%Y"))
# Pattern and strptime format.
_DATE_FORMS = (
    (r"^\d{1,2}-\d{1,2}-\d{4}$", "%d-%m-%Y"),
    (r"^\d{1,2}\.\d{1,2}\.\d{4}$", "%d.%m.%Y"),
    (r"^\d{4}/\d{1,2}/\d{1,2}$", "%Y/%m/%d"),
    (r"^(18|19|20|21)\d{6}$|^99991231$", "%Y%m%d"),
    (r"^\d{1,2}[ -][A-Za-z]{3}[ -]\d{4}$", "%d-%b-%Y"),
    (r"^\d{1,2}[ -][A-Za-z]{4,}[ -]\d{4}$", "%d-%B-%Y"),
    # As SQL Server writes a time that is turned into text: Mar  1 2025 12:00AM
    (r"^[A-Za-z]{3} \d{1,2} \d{4}$", "%b-%d-%Y"),
)
_TWO_DIGIT_FORMS = (
    (r"^\d{1,2}/\d{1,2}/\d{2}$", "%d/%m/%Y"),
    (r"^\d{1,2}-\d{1,2}-\d{2}$", "%d-%m-%Y"),
    (r"^\d{1,2}\.\d{1,2}\.\d{2}$", "%d.%m.%Y"),
    (r"^\d{1,2}[ -][A-Za-z]{3}[ -]\d{2}$", "%d-%b-%Y"),
)
# A spreadsheet keeps a date as the days since this one, and shows the number where the column is not marked as dates.
# Numbers of four digits, before 1927, could be years: they are not read.
_DAY_ZERO = dt.date(1899, 12, 30)
_DAY_NUMBER = r"^\d{5}(\.\d+)?$"
_TIME_OF_DAY = r"[ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[AaPp][Mm])?( ?[+-]\d{2}(:?\d{2})?|Z)?$"


def dates_of(column: str, texts: pl.Series) -> pl.DataFrame:
    """What texts say as dates of a column.

    Args:
        column: the column's name: a birth can be long ago, and its year is never read from two digits.
        texts: trimmed, as ``text_of`` gives them.

    Returns:
        ``typed``, and of each of DATE_RULES whether the text breaks it; in the order of the texts.
    """
    births = column in BIRTH_COLUMNS
    # Step by step: polars would write each step out anew wherever a later one names it.
    read = _read(texts.rename("text").to_frame(), births=births)
    year = pl.col("parsed").dt.year()
    return (
        read.with_columns(
            year.is_between(EARLIEST_BIRTH if births else EARLIEST_EVENT, LATEST_YEAR).alias("in_range"),
            pl.col("parsed").is_in([dt.date.fromisoformat(day) for day in MISSING_DATES]).alias("none"),
        )
        .with_columns(pl.when(pl.col("in_range") & ~pl.col("none")).then("parsed").alias("typed"))
        .select(
            "typed",
            (pl.col("text").is_not_null() & pl.col("parsed").is_null()).alias("unreadable_date"),
            (pl.col("parsed").is_not_null() & ~pl.col("in_range") & ~pl.col("none"))
            .fill_null(False)
            .alias("date_out_of_range"),
            (pl.col("number").is_not_null() & pl.col("typed").is_not_null()).alias("date_as_day_number"),
        )
    )


def date_of(column: str, text: pl.Expr) -> pl.Expr:
    """The dates that texts say, null where they say none: ``dates_of`` as an expression."""
    return text.map_batches(lambda texts: dates_of(column, texts)["typed"], return_dtype=pl.Date, is_elementwise=True)


def _read(texts: pl.DataFrame, *, births: bool) -> pl.DataFrame:
    """text, parsed, and number (the days of a spreadsheet); place: of the row."""
    usual = texts.with_columns(
        pl.lit(None, dtype=pl.Int32).alias("number"), _first_of(_USUAL, pl.col("text")).alias("parsed")
    ).with_row_index("place")
    unread = pl.col("text").is_not_null() & pl.col("parsed").is_null()
    others = usual.filter(unread)
    if not others.height:
        return usual
    return pl.concat([usual.filter(~unread), _in_other_forms(others, births=births)]).sort("place")


def _in_other_forms(unread: pl.DataFrame, *, births: bool) -> pl.DataFrame:
    """The same columns, for texts that are in none of the usual forms."""
    tidy = pl.col("text").str.replace(_TIME_OF_DAY, "").str.replace(r"^(\d{1,2})(st|nd|rd|th) ", "$1 ")
    day = pl.col("day")
    found = unread.with_columns(tidy.str.replace(r"(?i)\bsept\b", "Sep").alias("day")).with_columns(
        _first_of((*_USUAL, *_DATE_FORMS), day).alias("parsed")
    )
    if not births and found["parsed"].null_count():
        # A two-digit year of an event is in this century; of a birth it could be in either, so it is not read.
        found = found.with_columns(pl.coalesce("parsed", _first_of(_TWO_DIGIT_FORMS, day, "20")).alias("parsed"))
    digits = pl.when(pl.col("text").str.contains(_DAY_NUMBER)).then(pl.col("text").str.replace(r"\..*$", ""))
    return (
        found.with_columns(digits.cast(pl.Int32, strict=False).alias("number"))
        .with_columns(pl.coalesce("parsed", pl.lit(_DAY_ZERO) + pl.duration(days="number")).alias("parsed"))
        .select(unread.columns)
    )


def _first_of(forms: tuple[tuple[str, str], ...], day: pl.Expr, century: str = "") -> pl.Expr:
    """The date by the first of the forms that a day has; ``century``: what stands before a year of two digits."""
    return pl.coalesce(
        pl.when(day.str.contains(pattern)).then(_spelt(day, form, century)).str.to_date(form, strict=False)
        for pattern, form in forms
    )


def _spelt(day: pl.Expr, form: str, century: str) -> pl.Expr:
    whole = day.str.replace_all(" ", "-", literal=True) if "%b" in form or "%B" in form else day
    return whole.str.replace(r"(\d{2})$", century + "$1") if century else whole
