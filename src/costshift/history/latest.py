"""Of several submissions of one record, the latest counts."""

from __future__ import annotations

import polars as pl

from costshift.extracts.kinds import Kind
from costshift.history.side_by_side import side_by_side

_ORDER = ("submitter", "source_file", "source_row")


def latest_of_each_key(rows: pl.LazyFrame, kind: Kind) -> pl.LazyFrame:
    """The rows of a kind that count: of each key the latest; of a grouped kind all rows of the key's latest load.

    Latest = highest submission month, then highest load.

    Args:
        rows: all rows of the submissions that count; whenever they are read, they come in the same order.
        kind: a kind with a key.
    """
    keys = rows.select(pl.struct(kind.key).hash(seed=0).alias("key")).collect(engine="streaming")["key"]
    several = keys.is_duplicated().rename("_several")
    del keys
    if not several.any():
        return rows
    numbered = rows.with_row_index("_at")
    # Most keys come once: only the others are held against one another.
    rank = pl.col("submission_month").cast(pl.Int32).cast(pl.Int64) * 2**32 + pl.col("load_id")
    rivals = (
        side_by_side(numbered, several.to_frame())
        .filter("_several")
        .select("_at", *kind.key, *_ORDER, rank.alias("_rank"))
        .collect()
    )
    newest = rivals.group_by(kind.key).agg(pl.col("_rank").max())
    # A part of a key may be empty: the published figures of England belong to no council.
    kept = rivals.join(newest, on=[*kind.key, "_rank"], how="semi", nulls_equal=True)
    if not kind.grouped:
        # Two submitters of one load may both send a spell: the first by name counts.
        kept = kept.sort(_ORDER).unique(subset=list(kind.key), keep="first", maintain_order=True)
    gone = rivals.join(kept, on="_at", how="anti").select("_at")
    return numbered.join(gone.lazy(), on="_at", how="anti", maintain_order="left").drop("_at")
