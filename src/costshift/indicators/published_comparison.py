"""Our discharge figures beside those that NHS England published, with what accounts for each difference.

Definition: docs/methods/official-form.md.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from itertools import combinations

import polars as pl

from costshift import standards
from costshift.indicators.official_form import ALL, COUNCIL, PROVIDER
from costshift.organisations import Organisations

ENGLAND = "england"
_GRAIN = ("month", "organisation", "measure")
_TOTAL = "Number of patients discharged in total"
#: Of shares and averages: published figures are rounded.
_SAME = 5e-5
SCHEMA = {
    "month": pl.Date,
    "organisation": pl.String,
    "measure": pl.String,
    "ours": pl.Float64,
    "published": pl.Float64,
    "difference": pl.Float64,
    "reason": pl.String,
    "_top": pl.Int64,
    "_bottom": pl.Int64,
    "_people": pl.Int64,
    "_total": pl.Int64,
    "_total_published": pl.Float64,
}


def published_comparison(
    ours: pl.DataFrame,
    published: pl.LazyFrame | None,
    filters: pl.DataFrame,
    organisations: Organisations,
    neighbours: Sequence[str],
) -> pl.DataFrame:
    """The table published_comparison.

    Grain: month, organisation, measure, of the months that were published and that ours reach. ``organisation`` is a
    partner id, ``england``, or the code of a neighbour in lower case; of the last two ``ours`` is null: benchmarks.
    ``difference`` = ours less published. ``reason`` says what accounts for it, without any number; it rests on
    ``_total`` and ``_total_published``, the discharges of the organisation's month. Without a published file the table
    is empty.

    Args:
        ours: :func:`costshift.indicators.official_form.official_form`.
        published: current rows of the kind published_drd, or None.
        filters: the table cohort_filters.
        organisations: codes to partners.
        neighbours: organisation or council codes to compare with.
    """
    if published is None:
        return pl.DataFrame(schema=SCHEMA)
    own = pl.concat(
        ours.filter(pl.col("data_type") == level).select(
            "month", pl.col(name).alias("organisation"), *(c for c in ours.columns if c not in _NAMES)
        )
        for level, name in ((PROVIDER, "provider"), (COUNCIL, "council"))
    ).filter(pl.col("organisation") != ALL)
    theirs = _published(published, organisations, neighbours)
    joined = theirs.join(own, on=list(_GRAIN), how="left").filter(
        pl.col("month").is_in(ours["month"].unique().implode())
    )
    removed: dict[tuple[dt.date, str], list[tuple[str, int]]] = {}
    for row in filters.filter(pl.col("spells_removed") > 0).to_dicts():
        removed.setdefault((row["month"], row["provider"]), []).append((row["filter"], row["spells_removed"]))
    totals = {(row["month"], row["organisation"]): row for row in joined.filter(pl.col("measure") == _TOTAL).to_dicts()}
    partners = set(organisations.by_code.values())
    reasons = [_reason(row, totals, removed, partners) for row in joined.to_dicts()]
    return (
        joined.with_columns(
            pl.col("value").alias("ours"),
            (pl.col("value") - pl.col("published")).round(9).alias("difference"),
            pl.Series("reason", reasons, dtype=pl.String),
            *_totals(joined, totals),
        )
        .select(list(SCHEMA))
        .sort(_GRAIN)
    )


def _totals(joined: pl.DataFrame, totals: Mapping[tuple[dt.date, str], Mapping[str, object]]) -> list[pl.Series]:
    """Of each row its organisation's discharges in total, ours and published: what the reason rests on."""
    none: Mapping[str, object] = {}
    own = [totals.get(key, none) for key in joined.select("month", "organisation").iter_rows()]
    ours = [round(value) if isinstance(value := row.get("value"), float) else None for row in own]
    return [
        pl.Series("_total", ours, dtype=pl.Int64),
        pl.Series("_total_published", [row.get("published") for row in own], dtype=pl.Float64),
    ]


_NAMES = ("data_type", "provider", "council", "month")


def _published(published: pl.LazyFrame, organisations: Organisations, neighbours: Sequence[str]) -> pl.DataFrame:
    """month, organisation, measure, published, of England, our partners and the neighbours. Shares from 0 to 1."""
    measures = standards.ready_date_measures()
    known = {standards.normalise_text(name): name for name in measures["measure"]}
    shares = measures.filter(pl.col("bottom").is_not_null() & ~pl.col("measure").str.starts_with("Average"))["measure"]
    code = (
        pl.when(pl.col("data_type") == COUNCIL)
        .then(pl.coalesce("utla_code", "organisation_code"))
        .otherwise("organisation_code")
        .str.to_uppercase()
    )
    wanted = {name.strip().upper() for name in neighbours}
    frame = (
        published.with_columns(
            standards.normalise(pl.col("measure"))
            .replace_strict(known, default=None, return_dtype=pl.String)
            .alias("measure"),
            pl.col("month").dt.month_start(),
            code.alias("_code"),
        )
        .filter(pl.col("measure").is_not_null() & pl.col("value").is_not_null())
        .filter(
            (pl.col("data_type") == "National")
            | (
                pl.col("data_type").is_in([PROVIDER, COUNCIL])
                & (pl.col("_code").is_in(list(organisations.by_code)) | pl.col("_code").is_in(list(wanted)))
            )
        )
        .with_columns(
            pl.when(pl.col("data_type") == "National")
            .then(pl.lit(ENGLAND))
            .otherwise(organisations.partner(pl.col("_code")))
            .alias("organisation")
        )
        .collect()
    )
    # A file has shares either from 0 to 1 or in per cent; which, its largest tells.
    largest = frame.filter(pl.col("measure").is_in(shares.implode()))["value"].max()
    scale = 100.0 if isinstance(largest, float) and largest > 1.5 else 1.0
    value = pl.when(pl.col("measure").is_in(shares.implode())).then(pl.col("value") / scale).otherwise("value")
    # Of several sources the one that names most is the publication's own choice; of equals the first by name.
    sources = pl.col("data_source").fill_null("")
    return (
        frame.with_columns(value.alias("published"))
        .sort(*_GRAIN, -sources.str.len_chars().cast(pl.Int64), sources, "published")
        .unique(subset=list(_GRAIN), keep="first", maintain_order=True)
        .select(*_GRAIN, "published")
    )


def _reason(
    row: Mapping[str, object],
    totals: Mapping[tuple[dt.date, str], Mapping[str, object]],
    removed: Mapping[tuple[dt.date, str], list[tuple[str, int]]],
    partners: Collection[str],
) -> str:
    """What accounts for a difference, in words without numbers."""
    ours, published = row["value"], row["published"]
    month, organisation = row["month"], row["organisation"]
    assert isinstance(month, dt.date) and isinstance(organisation, str) and isinstance(published, float)
    if row["acceptable"] is None:
        return "no discharges of ours" if organisation in partners else "benchmark: no figure of ours"
    if not isinstance(ours, float):
        return "not computable from the extracts here"
    if abs(ours - published) <= _SAME:
        return ""
    total = totals.get((month, organisation))
    if total is None or not isinstance(total["value"], float) or not isinstance(total["published"], float):
        return "the number of discharges was not published"
    gap = round(total["published"] - total["value"])
    if gap == 0:
        return "the same discharges: ready dates differ, or were sent again"
    if gap < 0:
        return "more discharges here: the publication leaves out more, or was made from fewer"
    own = removed.get((month, organisation), [])
    names = _that_sum_to(own, gap)
    if names:
        return f"filters that account for it: {', '.join(names)}"
    return "fewer discharges here, which no filters account for" if own else "fewer discharges here, and no filter"


def _that_sum_to(removed: Sequence[tuple[str, int]], gap: int) -> tuple[str, ...]:
    """The fewest filters that together removed exactly so many spells."""
    for size in range(1, len(removed) + 1):
        for chosen in combinations(sorted(removed), size):
            if sum(spells for _, spells in chosen) == gap:
                return tuple(name for name, _ in chosen)
    return ()
