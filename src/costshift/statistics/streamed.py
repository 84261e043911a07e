"""What is counted of records without holding them: a plan that reads them piece by piece."""

from __future__ import annotations

import polars as pl


def streamed(rows: pl.LazyFrame) -> pl.DataFrame:
    """Work a plan out by reading its records piece by piece; of the rows' order nothing is said.

    What a plan uses twice is read twice: kept for its second use, all of it would be held in memory.
    """
    return rows.collect(engine="streaming", optimizations=pl.QueryOptFlags(comm_subplan_elim=False))
