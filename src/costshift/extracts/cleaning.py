"""Text cells to typed canonical columns, with every fault kept beside the row.

A fault in a column that may be empty blanks the cell and is counted. A fault in a required column leaves
it empty, and the schema then quarantines the row. *Unreadable* is never taken for *missing*.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import dataframely as dy
import polars as pl

from costshift import standards
from costshift.extracts.kinds import Kind
from costshift.extracts.nhs_numbers import is_valid_nhs_number

# What exports write where there is nothing. Compared in lower case, after trimming.
MISSING_TEXT = ("", "null", "(null)", "n/a", "#n/a", "nan", "none", "\\n", "<null>")
# Dates that stand for "none": the null dates of SQL Server, Hospital Episode Statistics and Excel.
MISSING_DATES = ("1800-01-01", "1801-01-01", "1900-01-01", "1899-12-30", "1753-01-01", "9999-12-31")
EARLIEST_BIRTH = 1895
# The National Health Service Act came into force in 1948: nothing that is counted here happened before.
EARLIEST_EVENT = 1948
LATEST_YEAR = 2100
# Two decimals of a larger number are not exact as it is read, and a column of money has eighteen digits.
GREATEST_NUMBER = 1e13
#: Stands for a recorded delay reason that is not in the shipped list; it is attributed to nobody.
UNRECOGNISED = "unrecognised"
BIRTH_COLUMNS = ("birth_date", "birth_month")

_SPACES = r"[\s\u00a0\u2000-\u200b\u202f\ufeff]+"
# Pattern, strptime format, and whether the year has two digits. Day first, always.
_DATE_FORMS = (
    (r"^\d{4}-\d{1,2}-\d{1,2}$", "%Y-%m-%d"),
    (r"^\d{1,2}/\d{1,2}/\d{4}$", "%d/%m/%Y"),
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


@dataclass(frozen=True)
class Cleaned:
    """Rows of one extract, typed; and for each (rule, column) a boolean column of the rows that break it.

    ``frame`` holds the canonical columns, source_file, source_row, and the fault columns that ``faults``
    names: fault column = (rule, canonical column).
    """

    frame: pl.LazyFrame
    faults: dict[str, tuple[str, str]]


def clean(raw: pl.LazyFrame, kind: Kind, value_maps: dict[str, dict[str, str]]) -> Cleaned:
    """Typed canonical columns from text.

    Args:
        raw: source_file, source_row and any of the kind's canonical columns, as text or as dates.
        kind: the extract kind.
        value_maps: the project's own: canonical column -> value in the file -> canonical value.

    Returns:
        The rows, in no set order, none dropped.
    """
    present = raw.collect_schema()
    columns = kind.schema.columns()
    expressions: list[pl.Expr] = [pl.col("source_file"), pl.col("source_row")]
    faults: dict[str, tuple[str, str]] = {}
    texts = [text_of(name, present[name]).alias(f"_text_{name}") for name in kind.columns if name in present.names()]
    for name in kind.columns:
        column = columns[name]
        if name not in present.names():
            expressions.append(pl.lit(None, dtype=column.dtype).alias(name))
            continue
        own = pl.col(f"_text_{name}")
        if name in value_maps:
            own = _with_own_values(own, value_maps[name])
        typed, found = _typed(name, column, own)
        expressions.append(typed.alias(name))
        for rule, broken in found:
            label = f"_fault_{rule}_{name}"
            faults[label] = (rule, name)
            expressions.append(broken.fill_null(False).alias(label))
    frame = raw.with_columns(texts).select(expressions)
    if kind.has_person:
        event = pl.col(_first_date(kind))
        impossible = (pl.col("birth_date") > event).fill_null(False)
        frame = frame.with_columns(impossible.alias("_fault_born_after_event_birth_date")).with_columns(
            birth_date=pl.when("_fault_born_after_event_birth_date").then(None).otherwise("birth_date")
        )
        faults["_fault_born_after_event_birth_date"] = ("born_after_event", "birth_date")
    return Cleaned(frame, faults)


def _first_date(kind: Kind) -> str:
    return kind.covered_from


def text_of(name: str, dtype: pl.DataType) -> pl.Expr:
    """The cell as trimmed text, null where nothing is meant; dates in ISO form."""
    value = pl.col(name)
    if dtype in (pl.Date, pl.Datetime):
        value = value.cast(pl.Date).cast(pl.String)
    elif dtype != pl.String:
        value = value.cast(pl.String)
        # Whole numbers that became fractions on the way, because some were missing: 503.0
        value = value.str.replace(r"^(-?\d+)\.0$", "$1") if dtype.is_float() else value
    value = value.str.replace_all(_SPACES, " ").str.strip_chars(" '\"")
    return pl.when(value.str.to_lowercase().is_in(MISSING_TEXT)).then(None).otherwise(value)


def _with_own_values(own: pl.Expr, mapping: dict[str, str]) -> pl.Expr:
    wanted = {standards.normalise_text(key): value for key, value in mapping.items()}
    return pl.coalesce(standards.normalise(own).replace_strict(wanted, default=None, return_dtype=pl.String), own)


def _typed(name: str, column: dy.Column, own: pl.Expr) -> tuple[pl.Expr, list[tuple[str, pl.Expr]]]:
    if column.dtype == pl.Date:
        return date_of(name, own)
    if column.dtype.is_decimal():
        # Pounds come with signs and thousands separators; a comma elsewhere is not taken for one.
        plain = own.str.replace_all(r"[£\s]", "")
        well_formed = plain.str.contains(r"^[+-]?((\d+|\d{1,3}(,\d{3})+)(\.\d*)?|\.\d+)$")
        number = pl.when(well_formed).then(plain.str.replace_all(",", "", literal=True)).cast(pl.Float64, strict=False)
        typed = pl.when(number.abs() < GREATEST_NUMBER).then(number.round(2)).cast(column.dtype, strict=False)
        return typed, [("unreadable_number", own.is_not_null() & typed.is_null())]
    if column.dtype == pl.Float64:
        # Published files mark what is not there: [z] not applicable, - or * suppressed.
        marked = own.is_in(["-", "*", "[c]", "[x]", "[z]"])
        figure = own.str.replace_all(",", "", literal=True).str.replace(r"%$", "").cast(pl.Float64, strict=False)
        return pl.when(figure.is_finite()).then(figure), [
            ("unreadable_number", own.is_not_null() & ~marked & ~figure.is_finite().fill_null(False))
        ]
    if column.dtype == pl.Int64:
        whole = own.str.replace(r"\.0*$", "").cast(pl.Int64, strict=False)
        return whole, [("unreadable_number", own.is_not_null() & whole.is_null())]
    if name == "nhs_number":
        # Exports through a spreadsheet write 9991234567.0
        digits = own.str.replace(r"^(\d{10})\.0+$", "$1").str.replace_all(r"[^0-9A-Za-z]", "")
        valid = is_valid_nhs_number(digits)
        return pl.when(valid).then(digits), [("nhs_number_invalid", own.is_not_null() & ~valid)]
    if name in (
        "provider_code",
        "site_code",
        "icb_code",
        "council_code",
        "postcode",
        "lsoa_code",
        "gp_practice_code",
    ):
        return own.str.to_uppercase(), []
    if name == "delay_reason":
        lookup = standards.delay_reason_lookup()
        reason, found = _looked_up(own, dict(zip(lookup["normalised"], lookup["delay_reason"], strict=True)))
        # A reason that is not known here is still a reason: dropped, its days would fall to the one before it.
        return pl.when(own.is_not_null()).then(reason.fill_null(UNRECOGNISED)), found
    if name == "delay_attribution":
        table = standards.delay_attributions()
        keys = [standards.normalise_text(value) for value in table["value"]]
        return _looked_up(own, dict(zip(keys, table["canonical"], strict=True)))
    lists = standards.code_lists().filter(pl.col("list") == name)
    if lists.height:
        known = _listed(name)
        if not known:
            return own, []
        typed, found = _looked_up(own, known)
        # Where no verified source gives the list whole, a value outside it may still be right: kept, reported.
        return (typed if lists["complete"].item() == "yes" else pl.coalesce(typed, own)), found
    return own, []


def _listed(name: str) -> dict[str, str]:
    codes = standards.code_list(name)
    known: dict[str, str] = {}
    for seen, meant in (
        *zip(codes["code"], codes["code"], strict=True),
        *standards.value_map(name).iter_rows(),
        *zip(codes["label"], codes["code"], strict=True),
    ):
        known.setdefault(standards.normalise_text(seen), meant)
    return known


def _looked_up(own: pl.Expr, known: dict[str, str]) -> tuple[pl.Expr, list[tuple[str, pl.Expr]]]:
    typed = standards.normalise(own).replace_strict(known, default=None, return_dtype=pl.String)
    return typed, [("unknown_value", own.is_not_null() & typed.is_null())]


def date_of(name: str, own: pl.Expr) -> tuple[pl.Expr, list[tuple[str, pl.Expr]]]:
    """The date that a text (as ``text_of`` gives it) says, and the rules with the rows that break them."""
    day = own.str.replace(r"[ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[AaPp][Mm])?( ?[+-]\d{2}(:?\d{2})?|Z)?$", "")
    day = day.str.replace(r"^(\d{1,2})(st|nd|rd|th) ", "$1 ").str.replace(r"(?i)\bsept\b", "Sep")
    dashed = day.str.replace_all(" ", "-")
    parsed = pl.coalesce(
        pl.when(day.str.contains(pattern))
        .then(dashed if "%b" in form or "%B" in form else day)
        .str.to_date(form, strict=False)
        for pattern, form in _DATE_FORMS
    )
    if name not in BIRTH_COLUMNS:
        # A two-digit year of an event is in this century; of a birth it could be in either, so it is not read.
        parsed = pl.coalesce(
            parsed,
            *(
                pl.when(day.str.contains(pattern))
                .then((dashed if "%b" in form else day).str.replace(r"(\d{2})$", "20$1"))
                .str.to_date(form, strict=False)
                for pattern, form in _TWO_DIGIT_FORMS
            ),
        )
    number = pl.when(own.str.contains(_DAY_NUMBER)).then(own.str.replace(r"\..*$", "").cast(pl.Int32, strict=False))
    parsed = pl.coalesce(parsed, pl.lit(_DAY_ZERO) + pl.duration(days=number))
    stands_for_none = parsed.cast(pl.String).is_in(MISSING_DATES).fill_null(False)
    earliest = EARLIEST_BIRTH if name in BIRTH_COLUMNS else EARLIEST_EVENT
    in_range = parsed.dt.year().is_between(earliest, LATEST_YEAR)
    typed = pl.when(in_range & ~stands_for_none).then(parsed)
    return typed, [
        ("unreadable_date", own.is_not_null() & parsed.is_null()),
        ("date_out_of_range", parsed.is_not_null() & ~in_range & ~stands_for_none),
        ("date_as_day_number", number.is_not_null() & typed.is_not_null()),
    ]
