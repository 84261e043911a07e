"""Whether Client Level Data fill the reporting period that they state.

DHSC does not take the period as stated: of a submission it keeps the months in which at least two in a hundred of its
events end, of all its event types but one or more; of under 100 events it takes the period as stated. Source: DHSC,
adult social care Client Level Data repository, methodology on reporting periods. The rule is made for twelve months:
of a longer period two in a hundred of a year's events are asked for. Here the stated period counts, as the definition
of the evidence says, and months that DHSC would leave out are named: what is missing there is no evidence.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from costshift.history.store import Submission

#: Of the events of a submission, what a month must hold, in hundredths; and the events from which that can be asked.
LEAST_SHARE, ENOUGH = 2, 100


@dataclass(frozen=True)
class ThinMonths:
    """A submission, and the months of its stated period that hold too few of its events."""

    submitter: str
    months: tuple[dt.date, ...]


def thin_months(events: pl.LazyFrame, submissions: Sequence[Submission]) -> list[ThinMonths]:
    """The latest submission of each sender whose stated period has months that DHSC's rule would leave out.

    Args:
        events: care events with load_id, submitter, event_type and event_end_date.
        submissions: the submissions that count, the latest of each month.
    """
    own = [submission for submission in submissions if submission.kind == "care_events"]
    latest = {one.submitter: one for one in sorted(own, key=lambda one: (one.month, one.load_id))}
    loads = [one.load_id for one in latest.values()]
    ended = (
        events.filter(pl.col("load_id").is_in(loads) & pl.col("event_end_date").is_not_null())
        .group_by("load_id", "submitter", pl.col("event_end_date").dt.month_start().alias("month"), "event_type")
        .len()
        .collect()
    )
    found = []
    for submitter, submission in sorted(latest.items()):
        rows = ended.filter((pl.col("load_id") == submission.load_id) & (pl.col("submitter") == submitter))
        months = _thin(rows, submission.covers_from, submission.covers_to)
        if months:
            found.append(ThinMonths(submitter, months))
    return found


def _thin(rows: pl.DataFrame, first: dt.date | None, last: dt.date | None) -> tuple[dt.date, ...]:
    if first is None or last is None:
        return ()
    stated = pl.date_range(first.replace(day=1), last.replace(day=1), interval="1mo", eager=True)
    inside = rows.filter(pl.col("month").is_in(stated.implode()))
    total, types = int(inside["len"].sum()), inside["event_type"].n_unique()
    if total < ENOUGH:
        return ()
    # Two in a hundred of twelve months' events, at their average.
    scale = max(1.0, stated.len() / 12)
    filled = (
        inside.group_by("month")
        .agg(pl.col("len").sum(), pl.col("event_type").n_unique().alias("types"))
        .filter((pl.col("len") * 100 * scale >= total * LEAST_SHARE) & (pl.col("types") >= types - 1))["month"]
    )
    return tuple(stated.filter(~stated.is_in(filled.implode())))
