"""Spells of one person at one provider that overlap: a person lies in one bed at a time."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
from numpy.typing import NDArray

Numbers = NDArray[np.int64] | NDArray[np.uint64]
#: More days than any two dates are apart.
_APART = 2**23
#: What a first look keeps of a spell, in bits: whose it is, the day it begins on, and how long it is.
_OF_WHO, _OF_START, _OF_LENGTH = 34, 17, 13
_LONGEST = 2**_OF_LENGTH - 1


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
    everybody = np.ones(len(who), dtype=np.bool_)
    if not len(who):
        return everybody
    after = start - start.min()
    if after.max() >= 2**_OF_START:
        return everybody
    length = np.clip(end - start, 0, _LONGEST).astype(np.uint64)
    whose = who.astype(np.uint64) >> (64 - _OF_WHO)
    ordered = whose << (64 - _OF_WHO) | after.astype(np.uint64) << _OF_LENGTH | length
    ordered.sort()
    own = ordered >> (64 - _OF_WHO)
    day = (ordered >> _OF_LENGTH & (2**_OF_START - 1)).astype(np.int64)
    lasts = (ordered & _LONGEST).astype(np.int64)
    # What is longer than can be kept has no end.
    lasts[lasts == _LONGEST] = _APART // 2
    same = own[1:] == own[:-1]
    group = np.concatenate([[0], np.cumsum(~same)]) * _APART
    day += group
    latest = np.maximum.accumulate(day + lasts)
    suspects = np.unique(own[1:][same & (day[1:] < latest[:-1])])
    return pl.Series(whose).is_in(pl.Series(suspects).implode()).to_numpy()


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
