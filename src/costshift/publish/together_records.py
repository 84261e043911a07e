"""Records that would tell few others: which counts of the linkage are suppressed as well.

A sender's records are the sum of the passes that linked them, of the groups of each characteristic, and of what the
page shows of both. Definition: docs/methods/disclosure.md.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from costshift.project import Disclosure
from costshift.publish.held import Flagged, Held
from costshift.publish.inference import ranges
from costshift.publish.narrowing import Flags, Whole

_QUALITY, _LINKED, _FOUND = "linkage_quality", "linked_records", "found_on_other_side"
_HOW = ("by_nhs_number", "by_other_means", "unlinked")


def records_that_tell(frames: Mapping[str, pl.DataFrame], rule: Disclosure) -> Flagged:
    """The counts of records that are suppressed though they are not small.

    Args:
        frames: tables and summaries, uncontrolled.
        rule: the disclosure rule.
    """
    if _QUALITY not in frames or not frames[_QUALITY].height:
        return {}
    held = Held(rule)
    rows = _taken(held, _QUALITY, frames[_QUALITY], ("records",)).with_columns(
        pl.col("characteristic").str.starts_with("found_in_").alias("_side")
    )
    linked = _taken(held, _LINKED, frames[_LINKED], ("records", *_HOW)) if _LINKED in frames else None
    found = _taken(held, _FOUND, frames[_FOUND], ("found", "not_found")) if _FOUND in frames else None
    for (extract, submitter), own in rows.group_by("extract", "submitter", maintain_order=True):
        passes = own.filter((pl.col("characteristic") == "all") & (pl.col("pass") != "all"))
        whole = own.filter((pl.col("characteristic") == "all") & (pl.col("pass") == "all"))
        groups = own.filter((pl.col("characteristic") != "all") & (pl.col("pass") == "all"))
        by_number = passes.filter(pl.col("pass").str.starts_with("nhs_number"))
        alone = passes.filter(pl.col("pass") == "unlinked")
        others = passes.filter(~pl.col("pass").str.starts_with("nhs_number") & (pl.col("pass") != "unlinked"))
        sums = [_places(passes), _places(whole)]
        sums += [_places(one) for one in groups.partition_by("characteristic", maintain_order=True)]
        mine = (pl.col("extract") == extract) & (pl.col("submitter") == submitter)
        if linked is not None:
            for row in linked.filter(mine).iter_rows(named=True):
                sums += [[row["_records"]], [row[f"_{how}"] for how in _HOW]]
                for how, parts in zip(_HOW, (by_number, others, alone), strict=True):
                    held.alike([row[f"_{how}"]], _places(parts))
        if found is not None:
            for row in found.filter(mine & (pl.col("characteristic") == "all")).iter_rows(named=True):
                sums.append([row["_found"], row["_not_found"]])
                there = groups.filter("_side")
                for side, end in (("_found", "yes"), ("_not_found", "no")):
                    held.alike([row[side]], _places(there.filter(pl.col("group").str.ends_with(end))))
        sums = [one for one in sums if one]
        for one in sums[1:]:
            held.alike(sums[0], one)
    held.search()
    return held.flagged({name: frame.height for name, frame in frames.items()})


def _taken(held: Held, name: str, frame: pl.DataFrame, columns: tuple[str, ...]) -> pl.DataFrame:
    """A frame's counts, taken in: beside each column the places of what its counts are."""
    rows = pl.Series(range(frame.height), dtype=pl.Int64)
    return frame.with_columns(
        pl.Series(f"_{column}", held.publish(name, column, column, rows, _counts(held, frame[column])), dtype=pl.Int64)
        for column in columns
    )


def _counts(held: Held, column: pl.Series) -> tuple[Whole, Whole, Whole, Flags]:
    counts = column.fill_null(0).to_numpy().astype(np.int64)
    small = (counts >= 1) & (counts <= held.rule.threshold)
    return counts, *ranges(counts, small, held.rule), small


def _places(rows: pl.DataFrame) -> list[int]:
    return rows["_records"].to_list()
