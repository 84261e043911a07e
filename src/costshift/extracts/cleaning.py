"""Text cells to typed canonical columns, with every fault kept beside the row.

A fault in a column that may be empty blanks the cell and is counted. A fault in a required column leaves
it empty, and the schema then quarantines the row. *Unreadable* is never taken for *missing*.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
import polars as pl
from polars._typing import PolarsDataType

from costshift import standards
from costshift.extracts.dates import DATE_RULES, dates_of
from costshift.extracts.kinds import Kind
from costshift.extracts.nhs_numbers import are_ten_digits, is_valid_nhs_number

# What exports write where there is nothing. Compared in lower case, after trimming.
MISSING_TEXT = ("", "null", "(null)", "n/a", "#n/a", "nan", "none", "\\n", "<null>")
# Two decimals of a larger number are not exact as it is read, and a column of money has eighteen digits.
GREATEST_NUMBER = 1e13
#: Stands for a recorded delay reason that is not in the shipped list; it is attributed to nobody.
UNRECOGNISED = "unrecognised"
#: Codes that are written in capitals, whatever the file has.
_IN_CAPITALS = (
    "provider_code",
    "site_code",
    "icb_code",
    "council_code",
    "postcode",
    "lsoa_code",
    "gp_practice_code",
)
_SPACES = r"[\s\u00a0\u2000-\u200b\u202f\ufeff]+"
#: Of the first cells of a column so many are looked at; where more than so many differ, each is read for itself.
_SHOWING, _MOSTLY_DIFFERENT = 10_000, 9_000
#: Up to so many texts are gone through one by one: what does them in bulk takes longer to be set up.
_FEW = 500
#: What texts of a column mean: ``typed``, and of each rule of the column whether the text breaks it.
Reading = Callable[[pl.Series], pl.DataFrame]


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
        The rows, in their order, none dropped.
    """
    present = raw.collect_schema()
    columns = kind.schema.columns()
    told: list[pl.Expr] = []
    expressions: list[pl.Expr] = [pl.col("source_file"), pl.col("source_row")]
    faults: dict[str, tuple[str, str]] = {}
    for name in kind.columns:
        column = columns[name]
        if name not in present.names():
            expressions.append(pl.lit(None, dtype=column.dtype).alias(name))
            continue
        rules, reading = _reading(name, column.dtype)
        text = text_of(name, present[name])
        told.append(_by_value(name, column.dtype, text, value_maps.get(name), rules, reading).alias(f"_told_{name}"))
        expressions.append(pl.col(f"_told_{name}").struct.field("typed").alias(name))
        for rule in rules:
            label = f"_fault_{rule}_{name}"
            faults[label] = (rule, name)
            expressions.append(pl.col(f"_told_{name}").struct.field(rule).alias(label))
    frame = raw.with_columns(told).select(expressions)
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


def _is_trim(cells: pl.Series) -> bool:
    """Whether no cell holds anything that :func:`text_of` trims or replaces: a look at the bytes of them all."""
    if cells.dtype != pl.String:
        return False
    content = cells.to_arrow(compat_level=pl.CompatLevel.oldest()).buffers()[2]
    if content is None:
        return True
    signs = np.frombuffer(content, dtype=np.uint8)
    # Signs of ASCII that are no white space; 34 and 39 are quotation marks.
    return not ((signs - 33 > 126 - 33) | (signs == 34) | (signs == 39)).any()


def _without_missing(texts: pl.Series) -> pl.Series:
    """Null for what stands for nothing."""
    short = texts.str.len_bytes() <= max(len(own) for own in MISSING_TEXT)
    at = short.arg_true()
    own = texts.gather(at)
    if len(own) <= _FEW:
        means_nothing = pl.Series([text.lower() in MISSING_TEXT for text in own.to_list()], dtype=pl.Boolean)
    else:
        means_nothing = own.str.to_lowercase().is_in(MISSING_TEXT)
    return texts.clone().scatter(at.filter(means_nothing), None) if means_nothing.any() else texts


def _by_value(
    name: str,
    dtype: PolarsDataType,
    text: pl.Expr,
    own_values: dict[str, str] | None,
    rules: tuple[str, ...],
    reading: Reading,
) -> pl.Expr:
    """A struct of ``typed`` and the rules, worked out once for each different cell of a column.

    Dates, codes and labels come over and over: to read each cell anew would be most of the work of a load.
    """
    schema = pl.Struct({"typed": dtype, **dict.fromkeys(rules, pl.Boolean)})

    def meant(cells: pl.Series) -> pl.Series:
        texts = _without_missing(cells) if _is_trim(cells) else cells.to_frame(name).select(text).to_series()
        if own_values:
            texts = _with_own_values(texts, own_values)
        return reading(texts).select("typed", *rules).to_struct()

    def of_cells(cells: pl.Series) -> pl.Series:
        if cells.head(_SHOWING).n_unique() > _MOSTLY_DIFFERENT:
            return meant(cells)
        coded = cells.to_arrow().dictionary_encode()
        # The last of the values stands for the cells that are empty.
        values = pl.Series(name, coded.dictionary)
        which = pl.Series(coded.indices)
        if which.null_count():
            which = which.fill_null(len(values))
        values = values.extend(pl.Series([None], dtype=values.dtype))
        return meant(values).gather(which)

    return pl.col(name).map_batches(of_cells, return_dtype=schema, is_elementwise=True)


def _with_own_values(texts: pl.Series, mapping: dict[str, str]) -> pl.Series:
    wanted = {standards.normalise_text(key): value for key, value in mapping.items()}
    mapped = standards.normalised(texts).replace_strict(wanted, default=None, return_dtype=pl.String)
    return pl.select(pl.coalesce(mapped, texts)).to_series()


@cache
def _reading(name: str, dtype: PolarsDataType) -> tuple[tuple[str, ...], Reading]:
    """The rules that texts of a column can break, and what they mean."""
    if dtype == pl.Date:
        return DATE_RULES, partial(dates_of, name)
    if dtype.is_decimal():
        return ("unreadable_number",), _amounts
    if dtype == pl.Float64:
        return ("unreadable_number",), _figures
    if dtype == pl.Int64:
        return ("unreadable_number",), _whole_numbers
    if name == "nhs_number":
        return ("nhs_number_invalid",), _nhs_numbers
    if name in _IN_CAPITALS:
        return (), _capitals
    if name == "delay_reason":
        lookup = standards.delay_reason_lookup()
        known = dict(zip(lookup["normalised"], lookup["delay_reason"], strict=True))
        # A reason that is not known here is still a reason: dropped, its days would fall to the one before it.
        return ("unknown_value",), partial(_looked_up, known, otherwise=pl.lit(UNRECOGNISED))
    if name == "delay_attribution":
        table = standards.delay_attributions()
        keys = [standards.normalise_text(value) for value in table["value"]]
        return ("unknown_value",), partial(_looked_up, dict(zip(keys, table["canonical"], strict=True)))
    lists = standards.code_lists().filter(pl.col("list") == name)
    known = _listed(name) if lists.height else {}
    if not known:
        return (), _as_it_is
    # Where no verified source gives the list whole, a value outside it may still be right: kept, reported.
    kept = None if lists["complete"].item() == "yes" else pl.col("text")
    return ("unknown_value",), partial(_looked_up, known, otherwise=kept)


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


def _as_it_is(texts: pl.Series) -> pl.DataFrame:
    return texts.alias("typed").to_frame()


def _capitals(texts: pl.Series) -> pl.DataFrame:
    return texts.str.to_uppercase().alias("typed").to_frame()


def _looked_up(known: dict[str, str], texts: pl.Series, otherwise: pl.Expr | None = None) -> pl.DataFrame:
    plain = standards.normalised(texts)
    if len(plain) <= _FEW:
        typed = pl.Series([known.get(text) for text in plain.to_list()], dtype=pl.String)
    else:
        typed = plain.replace_strict(known, default=None, return_dtype=pl.String)
    unknown = pl.col("text").is_not_null() & pl.col("typed").is_null()
    frame = pl.DataFrame({"text": texts, "typed": typed}).with_columns(unknown.alias("unknown_value"))
    if otherwise is None:
        return frame
    return frame.with_columns(pl.when("unknown_value").then(otherwise).otherwise("typed").alias("typed"))


def _amounts(texts: pl.Series) -> pl.DataFrame:
    """Pounds come with signs and thousands separators; a comma elsewhere is not taken for one."""
    text, number = pl.col("text"), pl.col("number")
    well_formed = text.str.contains(r"^[+-]?((\d+|\d{1,3}(,\d{3})+)(\.\d*)?|\.\d+)$")
    return (
        texts.str.replace_all(r"[£\s]", "")
        .alias("text")
        .to_frame()
        .with_columns(
            pl.when(well_formed)
            .then(text.str.replace_all(",", "", literal=True))
            .cast(pl.Float64, strict=False)
            .alias("number")
        )
        .with_columns(
            pl.when(number.abs() < GREATEST_NUMBER)
            .then(number.round(2))
            .cast(pl.Decimal(18, 2), strict=False)
            .alias("typed")
        )
        .with_columns((text.is_not_null() & pl.col("typed").is_null()).alias("unreadable_number"))
    )


def _figures(texts: pl.Series) -> pl.DataFrame:
    """Published files mark what is not there: [z] not applicable, - or * suppressed."""
    text = pl.col("text")
    figure = text.str.replace_all(",", "", literal=True).str.replace(r"%$", "").cast(pl.Float64, strict=False)
    return (
        texts.alias("text")
        .to_frame()
        .with_columns(pl.when(figure.is_finite()).then(figure).alias("typed"))
        .with_columns(
            (text.is_not_null() & ~text.is_in(["-", "*", "[c]", "[x]", "[z]"]) & pl.col("typed").is_null()).alias(
                "unreadable_number"
            )
        )
    )


def _whole_numbers(texts: pl.Series) -> pl.DataFrame:
    whole = texts.str.replace(r"\.0*$", "").cast(pl.Int64, strict=False)
    return pl.DataFrame({"typed": whole, "unreadable_number": texts.is_not_null() & whole.is_null()})


def _nhs_numbers(texts: pl.Series) -> pl.DataFrame:
    """Exports through a spreadsheet write 9991234567.0"""
    # Nearly all are ten digits as they stand: only the others are looked through sign by sign.
    odd = (~are_ten_digits(texts)).arg_true()
    digits = texts
    if len(odd):
        own = texts.gather(odd)
        digits = texts.clone().scatter(
            odd, own.str.replace(r"^(\d{10})\.0+$", "$1").str.replace_all(r"[^0-9A-Za-z]", "")
        )
    frame = digits.alias("digits").to_frame().with_columns(is_valid_nhs_number(pl.col("digits")).alias("valid"))
    return frame.select(
        pl.when("valid").then("digits").alias("typed"),
        (pl.Series(texts.is_not_null()) & ~pl.col("valid")).alias("nhs_number_invalid"),
    )
