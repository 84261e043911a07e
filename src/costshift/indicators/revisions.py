"""Revisions: what this pack says of earlier months and an earlier pack said otherwise, and through which load.

Definition: docs/methods/revisions.md.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from costshift.history.publications import FIGURE_SCHEMA, Published, State
from costshift.standards import formatted

_KEY = ["table", "measure", "partner", "concerned"]
#: The kinds of extract that a table is counted from.
_KINDS = {
    "discharge_delays": ("spells",),
    "delayed_bed_days": ("spells",),
    "partner_positions": ("spells", "delay_reasons"),
}
_POSITIONS = ("absorbed_for_others", "passed_to_others", "net_absorbed")
#: Of each side of a comparison: the parts of the figure (all but nets are the first less nothing), and who is behind.
_PARTS = ("plus", "minus", "plus_people", "minus_people")


def published_figures(tables: Mapping[str, pl.DataFrame], summaries: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """The main tables by month and partner: what a pack can be held to.

    Args:
        tables: uncontrolled tables, inner columns included, money in pence.
        summaries: uncontrolled; delayed_beds_by_provider has the different people behind a provider's days.

    Returns:
        FIGURE_SCHEMA, sorted; money in pounds. A provider's month with discharges and no delayed day is a zero.
    """
    discharges = _discharges(tables["discharge_delays"])
    days = _days(tables["delayed_bed_days"], discharges, summaries["delayed_beds_by_provider"])
    positions = tables["partner_positions"]
    parts = [
        _measure(discharges, "discharge_delays", "discharges", "spells", "discharges"),
        _measure(discharges, "discharge_delays", "delayed_discharges", "spells", "delayed_discharges"),
        _measure(discharges, "discharge_delays", "bed_days_lost", "days", "delayed_discharges"),
        _measure(
            discharges.with_columns(pl.col("acceptable").cast(pl.Int64)), "discharge_delays", "acceptable", "flag"
        ),
        _measure(days, "delayed_bed_days", "delayed_bed_days", "days", "people"),
        _measure(days, "delayed_bed_days", "cost", "pounds", "people"),
        *(
            _measure(own.rename({"partner": "provider"}), "partner_positions", name, "pounds", people).with_columns(
                # Natures and bases are never summed: each has its own figure.
                pl.lit(f"{name} ({nature}, {basis})").alias("measure")
            )
            for (nature, basis), own in positions.group_by("nature", "basis")
            for name, people in zip(_POSITIONS, ("_absorbed_people", "_passed_people", None), strict=True)
        ),
    ]
    return pl.concat(parts).sort(_KEY)


def _discharges(table: pl.DataFrame) -> pl.DataFrame:
    whole = ("discharges", "delayed_discharges", "bed_days_lost")
    return table.group_by("month", "provider").agg(
        *(pl.when(pl.col(name).is_not_null().all()).then(pl.col(name).sum()).alias(name) for name in whole),
        pl.col("acceptable").all(),
    )


def _days(table: pl.DataFrame, discharges: pl.DataFrame, behind: pl.DataFrame) -> pl.DataFrame:
    """Days, cost and people by month and provider. Money in pence."""
    grain = ["month", "provider"]
    known = pl.col("delayed_bed_days").is_not_null().all()
    found = table.group_by(grain).agg(
        pl.when(known).then(pl.col("delayed_bed_days").sum()),
        pl.when(pl.col("cost").is_not_null().any()).then(pl.col("cost").sum()),
        pl.when(known).then(pl.col("people").max()).alias("fewest"),
    )
    none = (
        discharges.filter(pl.col("delayed_discharges").is_not_null())
        .join(found, on=grain, how="anti")
        .select(*grain, *(pl.lit(0, dtype=pl.Int64).alias(name) for name in ("delayed_bed_days", "cost", "fewest")))
    )
    # One person may be behind several rows: the most of one row, or of one setting, is never too many.
    most = behind.group_by(grain).agg(pl.col("people").max())
    return (
        pl.concat([found, none], how="vertical_relaxed")
        .join(most, on=grain, how="left")
        .with_columns(pl.max_horizontal("people", "fewest").alias("people"))
    )


def _measure(frame: pl.DataFrame, table: str, name: str, unit: str, people: str | None = None) -> pl.DataFrame:
    value = pl.col(name) / 100 if unit == "pounds" else pl.col(name).cast(pl.Float64)
    behind = pl.lit(None, dtype=pl.Int64) if people is None else pl.col(people).cast(pl.Int64)
    return frame.select(
        pl.lit(table).alias("table"),
        pl.lit(name).alias("measure"),
        pl.lit("").alias("label"),
        pl.col("month").alias("concerned"),
        pl.col("provider").alias("partner"),
        pl.lit(unit).alias("unit"),
        value.alias("value"),
        behind.alias("people"),
    ).cast(dict(FIGURE_SCHEMA))  # type: ignore[arg-type]


@dataclass(frozen=True)
class LoadInBetween:
    """One extract of a load that counts for one of two packs and not for the other."""

    load: int
    month: dt.date
    kind: str
    submitter: str
    covers_from: dt.date | None
    covers_to: dt.date | None
    counts: bool

    def covers(self, month: dt.date) -> bool:
        """Whether it is of the month, or holds dates of it."""
        last = pl.select(pl.lit(month, dtype=pl.Date).dt.month_end()).item()
        return self.month == month or (
            self.covers_from is not None
            and self.covers_to is not None
            and self.covers_from <= last
            and self.covers_to >= month
        )


def loads_between(before: State, now: State, actions: pl.DataFrame) -> list[LoadInBetween]:
    """The loads that count for one of two packs only: come since, or taken back or pruned since.

    Args:
        before: what the earlier pack was made from.
        now: what this pack is made from.
        actions: every row of `submissions`.
    """
    changed = set(before.loads) ^ set(now.loads)
    rows = actions.filter((pl.col("action") == "load") & pl.col("load_id").is_in(sorted(changed)))
    return [
        LoadInBetween(
            row["load_id"],
            row["month"],
            row["kind"],
            row["submitter"],
            row["covers_from"],
            row["covers_to"],
            row["load_id"] in now.loads,
        )
        for row in rows.sort("load_id", "kind", "submitter").iter_rows(named=True)
    ]


def revisions(before: Published | None, now: pl.DataFrame, between: Sequence[LoadInBetween]) -> pl.DataFrame:
    """Figures of earlier months that this pack gives otherwise than an earlier pack gave them.

    Grain: month, table, measure; ``measure`` carries, after a colon, the partner. ``load``: the latest load of the
    kinds that the table is counted from which came or went between the two packs and covers the month, of the
    partner's own if there is one; else the latest; null where none did (settings or version changed).

    Args:
        before: the publication to compare with; None where there is none.
        now: :func:`published_figures` of this pack.
        between: :func:`loads_between`.

    Returns:
        Also the inner columns that disclosure control needs: ``_money``, and of both sides the parts of the figure,
        in pence or whole numbers, and the people behind each.
    """
    compared = (
        now.head(0) if before is None else before.figures.filter(pl.col("concerned") <= _last_whole(before.state))
    )
    # Of months that both know.
    ends = [end for end in (compared["concerned"].max(), now["concerned"].max()) if isinstance(end, dt.date)]
    last = min(ends) if len(ends) == 2 else None
    known = pl.lit(False) if last is None else pl.col("concerned") <= last
    then, here = _parted(compared.filter(known)), _parted(now.filter(known))
    both = then.join(here, on=[*_KEY, "_money"], how="full", coalesce=True, suffix="_now").rename(
        {name: f"_before_{name}" for name in _PARTS} | {f"{name}_now": f"_now_{name}" for name in _PARTS}
    )
    same = [pl.col(f"_before_{name}").eq_missing(pl.col(f"_now_{name}")) for name in ("plus", "minus")]
    changed = both.filter(~pl.all_horizontal(same)).sort(_KEY)
    loads = [_load_of(row, between) for row in changed.select(_KEY).iter_rows(named=True)]
    size = pl.when("_money").then(100.0).otherwise(1.0)
    reported = [
        ((pl.col(f"_{side}_plus") - pl.col(f"_{side}_minus")) / size).alias(f"reported_{side}")
        for side in ("before", "now")
    ]
    return (
        changed.with_columns(*reported, pl.Series("load", loads, dtype=pl.Int64))
        .with_columns(
            (pl.col("reported_now") - pl.col("reported_before")).round(2).alias("change"),
            formatted("{}: {}", "measure", "partner").alias("measure"),
        )
        .select(
            pl.col("concerned").alias("month"),
            "table",
            "measure",
            "reported_before",
            "reported_now",
            "change",
            "load",
            "_money",
            *(f"_{side}_{name}" for side in ("before", "now") for name in _PARTS),
        )
        .sort("month", "table", "measure")
    )


def _last_whole(state: State) -> dt.date:
    """The last month that a pack gave whole: not its own where its as-at date lies within it."""
    end: dt.date = pl.select(pl.lit(state.month, dtype=pl.Date).dt.month_end()).item()
    return state.month if state.as_at >= end else state.month - dt.timedelta(days=1)


def _parted(figures: pl.DataFrame) -> pl.DataFrame:
    """Each figure as one part less another, in pence or whole numbers: the net from what was absorbed and passed."""
    size = pl.when(pl.col("unit") == "pounds").then(100.0).otherwise(1.0)
    # Behind a figure of which nobody counted the people there may be one.
    behind = pl.coalesce("people", pl.when(pl.col("value") == 0).then(0).otherwise(1)).cast(pl.Int64)
    known = figures.filter(pl.col("table").is_in(list(_KINDS)) & (pl.col("unit") != "flag")).select(
        *_KEY,
        (pl.col("unit") == "pounds").alias("_money"),
        (pl.col("value") * size).round().cast(pl.Int64).alias("plus"),
        behind.alias("plus_people"),
    )
    is_position = pl.col("table") == "partner_positions"
    single = known.filter(~is_position).with_columns(
        pl.lit(0, dtype=pl.Int64).alias("minus"), pl.lit(0, dtype=pl.Int64).alias("minus_people")
    )
    absorbed, passed = (
        known.filter(is_position & pl.col("measure").str.starts_with(name)).with_columns(
            pl.col("measure").str.replace(name, _POSITIONS[2], literal=True)
        )
        for name in _POSITIONS[:2]
    )
    nets = absorbed.join(
        passed.rename({"plus": "minus", "plus_people": "minus_people"}), on=[*_KEY, "_money"], how="inner"
    )
    columns = [*_KEY, "_money", *_PARTS]
    return pl.concat([single.select(columns), nets.select(columns)])


def _load_of(row: Mapping[str, object], between: Sequence[LoadInBetween]) -> int | None:
    concerned, partner = row["concerned"], row["partner"]
    assert isinstance(concerned, dt.date)
    of_kind = [item for item in between if item.kind in _KINDS[str(row["table"])]]
    covering = [item for item in of_kind if item.covers(concerned)]
    own = [item for item in covering if item.submitter == partner]
    for candidates in (own, covering, of_kind, between):
        if candidates:
            return max(item.load for item in candidates)
    return None
