"""The tables that the others refer to: partners, months, delay reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from costshift import standards
from costshift.organisations import Organisations
from costshift.standards import formatted


def all_of(organisations: Organisations, tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The dimensions of the tables: every id and month that they use, and the shipped reasons."""
    used: set[str] = set()
    spans = []
    for frame in tables.values():
        for column in ("provider", "council", "driver", "payer", "partner", "submitter"):
            if column in frame.columns:
                used.update(frame[column].drop_nulls().unique())
        if "month" in frame.columns:
            spans.append(frame["month"].unique())
    return {
        "partners": partners(organisations, sorted(used)),
        "months": months(pl.concat(spans)),
        "delay_reasons": delay_reasons(),
    }


def partners(organisations: Organisations, used: Iterable[str]) -> pl.DataFrame:
    """Every partner, and every id that a table uses: partner, name, type."""
    rows = {partner: (organisations.names[partner], kind) for partner, kind in organisations.types.items()}
    rows["person"] = ("The person", "person")
    rows["unallocated"] = ("Unallocated: days of nobody, or of the person", "unknown")
    rows["unknown"] = ("Not known", "unknown")
    for partner in used:
        if partner.startswith("unknown-"):
            rows.setdefault(partner, (f"Unknown partner of type {partner.removeprefix('unknown-')}", "unknown"))
        rows.setdefault(partner, (f"Organisation {partner.upper()}", "unknown"))
    ordered = sorted(rows.items())
    return pl.DataFrame(
        {
            "partner": [partner for partner, _ in ordered],
            "name": [name for _, (name, _) in ordered],
            "type": [kind for _, (_, kind) in ordered],
        }
    )


def months(used: pl.Series) -> pl.DataFrame:
    """From the first month used to the last: month, days, financial_year, quarter."""
    first, last = used.min(), used.max()
    if first is None or last is None:
        return pl.DataFrame(
            schema={"month": pl.Date, "days": pl.Int64, "financial_year": pl.String, "quarter": pl.String}
        )
    frame = pl.select(pl.date_range(first, last, interval="1mo").alias("month"))  # type: ignore[arg-type]
    number = pl.col("month").dt.month().cast(pl.Int32)
    start = pl.col("month").dt.year() - (number < 4).cast(pl.Int32)
    year = formatted("{}/{}", start, ((start + 1) % 100).cast(pl.String).str.zfill(2))
    return frame.select(
        "month",
        pl.col("month").dt.days_in_month().cast(pl.Int64).alias("days"),
        year.alias("financial_year"),
        formatted("{} Q{}", year, ((number + 8) % 12) // 3 + 1).alias("quarter"),
    )


def delay_reasons() -> pl.DataFrame:
    """The shipped reasons, not_recorded and unrecognised, with label, group, attribution, its status and source."""
    shares = standards.SHARE_COLUMNS
    shipped = standards.delay_reasons().select(
        "delay_reason",
        "label",
        "group",
        pl.concat_list(
            pl.when(pl.col(name) > 0).then(formatted("{} {}", pl.lit(name), pl.col(name))) for name in shares
        )
        .list.drop_nulls()
        .list.join(", ")
        .replace({"": "not_recorded 100"})
        .alias("attribution"),
        "attribution_status",
        "source",
    )
    nothing = pl.DataFrame(
        {
            "delay_reason": ["not_recorded", "unrecognised"],
            "label": ["No reason recorded", "A reason that is not in the list of reasons"],
            "group": "Not recorded",
            "attribution": "not_recorded 100",
            "attribution_status": "by definition",
            "source": "costshift",
        }
    )
    return pl.concat([shipped, nothing]).sort("delay_reason")
