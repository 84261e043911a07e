"""What a load changed: the rows that count with it, against those that counted before it."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from costshift.extracts.kinds import KINDS
from costshift.history.store import History


@dataclass(frozen=True)
class Change:
    """One kind in one load: records that came, changed and went."""

    kind: str
    submitters: str
    added: int
    changed: int
    withdrawn: int


def changes_of(history: History, load_id: int) -> list[Change]:
    """Records that a load added, changed and withdrew, kind by kind.

    A record is what the kind's key names; a kind without a key compares whole contents, so that a change is one
    record less and one more.
    """
    numbers = sorted({submission.load_id for submission in history.submissions()})
    before = max((number for number in numbers if number < load_id), default=None)
    changes = []
    for name, kind in KINDS.items():
        own = [s for s in history.submissions(load_id) if s.load_id == load_id and s.kind == name]
        if not own:
            continue
        content = [column for column in kind.columns if not column.startswith("reporting_period")]
        key = list(kind.key) or content
        then = _digest(history.current(kind, before) if before is not None else None, key, content)
        now = _digest(history.current(kind, load_id), key, content)
        both = then.join(now, on=key, how="inner", suffix="_now", nulls_equal=True)
        changes.append(
            Change(
                kind=name,
                submitters=", ".join(sorted({submission.submitter for submission in own})),
                added=now.join(then, on=key, how="anti", nulls_equal=True).height,
                changed=both.filter(pl.col("_digest") != pl.col("_digest_now")).height,
                withdrawn=then.join(now, on=key, how="anti", nulls_equal=True).height,
            )
        )
    return changes


def _digest(rows: pl.LazyFrame | None, key: list[str], content: list[str]) -> pl.DataFrame:
    """One row a key, with a digest of all its contents."""
    if rows is None:
        return pl.DataFrame(schema=dict.fromkeys(key, pl.String) | {"_digest": pl.UInt64})
    return (
        rows.select(
            *key, *(name for name in content if name not in key), pl.struct(content).hash(seed=0).alias("_digest")
        )
        .group_by(key)
        .agg(pl.col("_digest").sort().hash(seed=0).sum())
        .collect()
    )
