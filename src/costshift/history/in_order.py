"""Rows in the order of a text, piece by piece: however many there are, a few pieces are held."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import polars as pl

from costshift.history.workspace import Keep

#: Rows that are put in order at once.
TOGETHER = 2**21
#: Values, for each part of the order, among which the ends of the parts are looked for.
_SAMPLED = 200


def in_order(rows: pl.LazyFrame, by: str, count: int, keep: Keep, piece: int) -> Iterator[pl.DataFrame]:
    """The rows in the order of a text column, in pieces of so many rows; the last has what is left.

    Where there are many rows they are parted, as they come, by ranges of the text; the parts lie where ``keep`` has
    them, and each range is put in order alone.

    Args:
        rows: read twice, in one order.
        by: the column: text that is never null. Rows that are equal in it keep the order in which they come.
        count: how many rows there are.
        keep: where rows lie meanwhile.
        piece: rows of each frame that is given.
    """
    if count <= TOGETHER:
        yield from _pieces([rows.collect(engine="streaming").sort(by, maintain_order=True)], piece)
        return
    ends = _ends(rows, by, count)
    ranges: list[list[pl.LazyFrame]] = [[] for _ in range(len(ends) + 1)]
    for batch in rows.collect_batches(chunk_size=TOGETHER, maintain_order=True, engine="streaming"):
        ordered = batch.sort(by, maintain_order=True)
        places = [0, *ordered[by].search_sorted(ends, side="left"), ordered.height]
        for own, first, last in zip(ranges, places, places[1:], strict=False):
            if first < last:
                own.append(keep(ordered.slice(first, last - first).lazy()))
    yield from _pieces((_together(own).sort(by, maintain_order=True) for own in ranges if own), piece)


def _ends(rows: pl.LazyFrame, by: str, count: int) -> pl.Series:
    """The texts that part the rows into ranges of about half as many as are put in order at once."""
    parts = -(-count // (TOGETHER // 2))
    some = pl.col(by).hash() % max(count // (parts * _SAMPLED), 1) == 0
    sample = rows.select(by).filter(some).collect(engine="streaming")[by].sort()
    return sample.gather([len(sample) * part // parts for part in range(1, parts)]).unique().sort()


def _together(parts: Iterable[pl.LazyFrame]) -> pl.DataFrame:
    return pl.concat(parts).collect()


def _pieces(frames: Iterable[pl.DataFrame], piece: int) -> Iterator[pl.DataFrame]:
    """The same rows in frames of one height."""
    left: pl.DataFrame | None = None
    for frame in frames:
        whole = frame if left is None else pl.concat([left, frame])
        full = whole.height - whole.height % piece
        for start in range(0, full, piece):
            yield whole.slice(start, piece).rechunk()
        left = whole.slice(full)
    if left is not None and left.height:
        yield left.rechunk()
