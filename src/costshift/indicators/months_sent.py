"""Of which months of a provider an extract tells, though nobody left in them and nobody was delayed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import polars as pl

from costshift.history.store import Submission
from costshift.organisations import Organisations
from costshift.statistics.streamed import streamed

SENT = {"provider": pl.String, "month": pl.Date}


def months_sent(
    spells: pl.LazyFrame, organisations: Organisations, submissions: Sequence[Submission], last: dt.date
) -> pl.DataFrame:
    """provider, month: the months up to the last of which an extract tells that its sender sends for the provider.

    An extract of a month tells of that month, a rolling one of all from its first date to its last.

    Args:
        spells: the current spells, with provider_code and submitter.
        organisations: codes to partners.
        submissions: what was sent.
        last: the report's month.
    """
    told: list[tuple[str, dt.date, dt.date]] = []
    for own in submissions:
        rolling = own.scope == "rolling" and own.covers_from is not None and own.covers_to is not None
        first, until = (own.covers_from, own.covers_to) if rolling else (own.month, own.month)
        if own.kind == "spells" and first is not None and until is not None and first <= last:
            told.append((own.submitter, first.replace(day=1), min(until, last)))
    months = pl.DataFrame(
        told, schema={"submitter": pl.String, "_first": pl.Date, "_last": pl.Date}, orient="row"
    ).select("submitter", pl.date_ranges("_first", "_last", interval="1mo").alias("month"))
    senders = streamed(spells.select("provider_code", "submitter").unique())
    return (
        senders.select(organisations.partner(pl.col("provider_code")).alias("provider"), "submitter")
        .join(months.explode("month"), on="submitter")
        .select(pl.col(name).cast(dtype) for name, dtype in SENT.items())
        .unique()
        .sort("provider", "month")
    )
