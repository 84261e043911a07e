"""How the records were linked: the figures that stand beside everything that rests on a link."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from costshift.people.identified import People
from costshift.standards import formatted, looked_up

#: Age bands of the link rates, as upper bounds of all but the last.
AGE_BANDS = ((18, "0-17"), (65, "18-64"), (75, "65-74"), (85, "75-84"))
#: Codes of several columns together that are looked up in a table, not put in order.
_MOST_CODES = 2**20
#: Codes beyond which those of the columns so far are numbered anew.
_MOST_TOGETHER = 2**40


def linkage_quality(people: People, deprivation: Mapping[str, str] | None = None) -> pl.DataFrame:
    """Links by extract, submitter and pass; and whether a record's person is known to the other side.

    Args:
        people: the people of the run.
        deprivation: LSOA code to group, where the place has a lookup.

    Returns:
        Grain: extract, submitter, pass, characteristic, group. ``records`` and ``people`` count what is
        behind each. characteristic ``all``: by pass. ``found_in_care_events`` (of spells) and
        ``found_in_spells`` (of care events): group yes or no, over all passes, and again by age band, sex, ethnic
        group, and deprivation where there is a lookup (``found_in_care_events by age band``: group ``65-74: yes``).
        ``conflict``: group = its kind, the records and people in it.
    """
    records = people.records
    conflicts = people.conflicts.select("identity", "conflict").unique().lazy().join(records, on="identity")
    later = people.traced_later.lazy().join(records, on="person")
    later = later.with_columns(pl.lit("number_traced_later").alias("conflict"))
    parts = [
        # Kind by kind: the records of all at once are the longest that a report looks at.
        *(
            _counted(_coded(people.records_of_kind(kind), "link_pass"), "all", pl.lit("all"), pl.col("link_pass"))
            for kind in people.rows
        ),
        *(_counted(_coded(met, "conflict"), "conflict", pl.col("conflict")) for met in (conflicts, later)),
    ]
    present = {kind for kind, rows in people.rows.items() if rows.height}
    for own, other in (("spells", "care_events"), ("care_events", "spells")):
        if {own, other} <= present:
            mine = people.records_of_kind(own).with_columns(
                pl.col("ethnic_category").fill_null("not known").alias("ethnic_group")
            )
            if deprivation:
                area = looked_up(pl.col("lsoa_code"), deprivation, pl.String)
                mine = mine.with_columns(area.fill_null("not known").alias("deprivation"))
            parts += _found_on_other_side(mine, people, own, other)
    grain = ["extract", "submitter", "pass", "characteristic", "group"]
    return pl.concat(parts).sort(grain)


def _found_on_other_side(records: pl.LazyFrame, people: People, own: str, other: str) -> list[pl.DataFrame]:
    """The records of a kind by whether their person is known to the other side: all, and by each characteristic."""
    there = (
        people.rows[other]
        .lazy()
        .select(pl.col("person").cast(pl.Int64))
        .unique()
        .with_columns(pl.lit("yes").alias("found"))
    )
    sexes = looked_up(pl.col("sex"), {"1": "male", "2": "female"}, pl.String, default="not known")
    mine = records.join(there, on="person", how="left").with_columns(
        pl.col("found").fill_null("no"), _age_band(), sexes.fill_null("not known").alias("sex")
    )
    known = mine.collect_schema().names()
    by = [name for name in ("age_band", "sex", "ethnic_group", "deprivation") if name in known]
    told = _coded(mine, "found", *by)
    name = f"found_in_{other}"
    return [
        _counted(told.drop(by), name, pl.col("found")),
        *(
            _counted(
                told.select("kind", "submitter", "person", "found", column),
                f"{name} by {column.replace('_', ' ')}",
                formatted("{}: {}", column, "found"),
            )
            for column in by
        ),
    ]


def _coded(records: pl.LazyFrame, *columns: str) -> pl.DataFrame:
    """kind, submitter, person and some columns of the records; texts as codes, because few of them differ."""
    texts = pl.col(pl.String).cast(pl.Categorical)
    own = records.select("kind", "submitter", *columns, pl.col("person").cast(pl.Int32))
    return own.with_columns(texts).collect(engine="streaming")


def _counted(
    records: pl.DataFrame, characteristic: str, group: pl.Expr, by_pass: pl.Expr | None = None
) -> pl.DataFrame:
    """Records and people by everything that ``records`` tell beside the person."""
    by = [name for name in records.columns if name != "person"]
    cells, at = _cells(records, by)
    count, person = cells.height, records["person"].to_numpy()
    return (
        cells.select(
            *by,
            pl.Series("records", np.bincount(at, minlength=count)).cast(pl.Int64),
            pl.Series("people", _different(at, person, count)).cast(pl.Int64),
        )
        .with_columns(pl.col(by).cast(pl.String))
        .select(
            pl.col("kind").alias("extract"),
            "submitter",
            (pl.lit("all") if by_pass is None else by_pass).alias("pass"),
            pl.lit(characteristic).alias("characteristic"),
            group.alias("group"),
            "records",
            "people",
        )
    )


def _cells(records: pl.DataFrame, by: list[str]) -> tuple[pl.DataFrame, NDArray[np.int64]]:
    """The different values of some columns of codes, and for each row which of them it has."""
    code, size = np.zeros(records.height, dtype=np.int64), 1
    for name in by:
        own = records[name].to_physical()
        # One more than the largest stands for null.
        many = int(own.max() or 0) + 2  # type: ignore[arg-type]
        if size * many > _MOST_TOGETHER:
            different, code = np.unique(code, return_inverse=True)
            size = len(different)
        code = code * many + own.fill_null(many - 1).to_numpy()
        size *= many
    if size > _MOST_CODES:
        _, row, at = np.unique(code, return_index=True, return_inverse=True)
        return records.select(by)[row], at.astype(np.int64)
    row = np.full(size, -1, dtype=np.int64)
    row[code] = np.arange(len(code))
    there = row >= 0
    return records.select(by)[row[there]], (np.cumsum(there) - 1)[code]


def _different(at: NDArray[np.int64], person: NDArray[Any], count: int) -> NDArray[Any]:
    """How many different people each of the cells has."""
    many = int(person.max(initial=-1)) + 1
    if count * many <= max(8 * len(at), _MOST_CODES):
        seen = np.zeros(count * many, dtype=np.bool_)
        seen[at * many + person] = True
        return np.asarray(seen.reshape(count, many).sum(axis=1))
    # A cell and a person are one number, and the numbers are put in order.
    told = at << 32 | person
    told.sort()
    return np.bincount(told[np.diff(told, prepend=-1) != 0] >> 32, minlength=count)


def _age_band() -> pl.Expr:
    event, born = pl.col("event_date").dt, pl.col("birth_date").dt
    # Months are 8-bit in polars: a hundred times a month needs more.
    in_year = [day.month().cast(pl.Int32) * 100 + day.day().cast(pl.Int32) for day in (event, born)]
    before_birthday = in_year[0] < in_year[1]
    age = event.year() - born.year() - before_birthday.cast(pl.Int32)
    # Bands as numbers: as texts they take several times as long.
    names = pl.Enum([*(name for _, name in AGE_BANDS), "85+", "not known"])
    reached = pl.sum_horizontal((age >= below).cast(pl.UInt8) for below, _ in AGE_BANDS)
    band = pl.when(age.is_null()).then(len(AGE_BANDS) + 1).otherwise(reached)
    return band.cast(pl.UInt8).cat.to(names).alias("age_band")
