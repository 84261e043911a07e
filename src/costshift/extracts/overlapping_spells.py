"""Spells of one person at one provider that overlap: a person lies in one bed at a time."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
from numpy.typing import NDArray

Numbers = NDArray[np.int64] | NDArray[np.uint64]
#: More days than any two dates are apart.
_APART = 2**23
#: Bits of the day that a spell begins on, and of its length, in a first look; the other 34 are of whose it is.
_OF_START, _OF_LENGTH = 17, 13
_LONGEST = 2**_OF_LENGTH - 1
_BEHIND = _OF_START + _OF_LENGTH


def overlapping_spells(spells: pl.LazyFrame) -> pl.DataFrame:
    """How many spells begin while an earlier one of the same person at the same provider goes on.

    Known by NHS number, else pseudonym, else the provider's own number. The day of a discharge is free for the next.

    Returns:
        Grain and key source_file; ``rows``.
    """
    person = pl.coalesce(
        pl.lit("number ") + pl.col("nhs_number"),
        pl.lit("key ") + pl.col("person_key"),
        pl.lit("own ") + pl.col("local_patient_id"),
    )
    # A number stands for the person: of a long extract these columns are all that is in memory at once.
    found = (
        spells.filter(person.is_not_null())
        .select(
            pl.struct("provider_code", person.alias("person")).hash(seed=0).alias("who"),
            pl.col("admission_date").to_physical().cast(pl.Int64).alias("start"),
            pl.col("discharge_date").fill_null(dt.date(9999, 12, 31)).to_physical().cast(pl.Int64).alias("end"),
            pl.col("source_file").cast(pl.Categorical),
        )
        .collect(engine="streaming")
    )
    found = found.filter(pl.Series(may_be_busy(*(found[name].to_numpy() for name in ("who", "start", "end")))))
    overlaps = busy_before(*(found[name].to_numpy() for name in ("who", "start", "end")))
    return (
        found.filter(pl.Series(overlaps, dtype=pl.Boolean))
        .group_by(pl.col("source_file").cast(pl.String))
        .agg(pl.len().alias("rows"))
    )


def may_be_busy(who: Numbers, start: Numbers, end: Numbers) -> NDArray[np.bool_]:
    """A first look: all stretches of each ``who`` of whom :func:`busy_before` may find one, and of few others.

    ``who`` is a hash, of which the first bits are looked at; with start and length they are one number, so that
    nothing has to be put in order but numbers.
    """
    first = int(start.min()) if len(who) else 0
    if not len(who) or start.max() - first >= 2**_OF_START:
        return np.ones(len(who), dtype=np.bool_)
    ordered = who.astype(np.uint64) >> _BEHIND << _OF_START | (start - first).astype(np.uint64)
    ordered <<= _OF_LENGTH
    ordered |= np.clip(end - start, 0, _LONGEST).astype(np.uint64)
    ordered.sort()
    day = (ordered >> _OF_LENGTH & (2**_OF_START - 1)).astype(np.int64)
    last = (ordered & _LONGEST).astype(np.int64)
    # What is longer than can be kept has no end.
    last[last == _LONGEST] = _APART // 2
    ordered >>= _BEHIND
    same = ordered[1:] == ordered[:-1]
    # In place where it can be: these are as long as all spells of a load.
    day[1:] += np.cumsum(~same) * _APART
    last += day
    np.maximum.accumulate(last, out=last)
    suspects = np.unique(ordered[1:][same & (day[1:] < last[:-1])])
    del ordered, day, last
    return pl.Series(who.astype(np.uint64) >> _BEHIND).is_in(pl.Series(suspects).implode()).to_numpy()


def busy_before(who: Numbers, start: Numbers, end: Numbers) -> NDArray[np.bool_]:
    """Whether a stretch [start, end) starts while an earlier one of the same ``who`` goes on.

    Earlier: by start, then end, then place. Days are small whole numbers.
    """
    columns = {"who": who, "start": start, "end": end}
    order = pl.DataFrame(columns).select(pl.arg_sort_by(list(columns), maintain_order=True)).to_series().to_numpy()
    who, start, end = who[order], start[order], end[order]
    group = np.concatenate([[0], np.cumsum(who[1:] != who[:-1])]) if len(who) else who
    # The latest end so far of each group: a higher group stands above all that was before it.
    latest = np.maximum.accumulate(end + group * _APART)
    busy = np.zeros(len(order), dtype=np.bool_)
    busy[order[1:]] = (group[1:] == group[:-1]) & (start[1:] + group[1:] * _APART < latest[:-1])
    return busy
