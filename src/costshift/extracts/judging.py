"""Which rows of a kind are accepted: the rules of its schema, and what clashes with another row of the load.

Rows go by in pieces, and of a long extract only what a later step needs is kept of each, so that an extract may be
longer than the memory is large: the rows that break a rule, those with a fault, and a number that stands for the key.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from costshift.errors import ExtractError
from costshift.extracts.kinds import Kind
from costshift.extracts.plausibility import Plausibility
from costshift.extracts.rules import RULES

AT = ("source_file", "source_row")
BROKEN_SCHEMA = {"source_file": pl.String, "source_row": pl.Int64, "rule": pl.String, "column": pl.String}
#: An extract of up to so many rows is taken into memory; a longer one goes by in pieces of so many.
PIECE = 500_000
_CODE = "_code"


@dataclass(frozen=True)
class Candidate:
    """The rows of one extract under their canonical names, cleaned, before anything is decided.

    ``rows``: the kind's schema and a column for each fault, sorted by source file and row. ``faults``: fault column =
    (rule, canonical column). ``count``: how many rows; None: too many to be counted
    before they go by. ``columns``: source_file = the canonical columns that it has.
    """

    rows: pl.LazyFrame
    faults: dict[str, tuple[str, str]]
    count: int | None
    columns: dict[str, set[str]]

    @property
    def is_long(self) -> bool:
        """Whether its rows are too many to be held."""
        return self.count is None or self.count > PIECE


@dataclass(frozen=True)
class Judged:
    """What became of the rows of one extract.

    ``accepted``: the kind's schema, sorted by source file and row. ``rows``: source_file = accepted rows. ``broken``:
    BROKEN_SCHEMA, the rules of rows that are set aside; ``clashes``: the same without column. ``flagged``: source_file,
    source_row and the fault columns of the rows that have a fault. ``hard``, ``doubtful``: what is hard to believe
    (:mod:`costshift.extracts.plausibility`).
    """

    accepted: pl.LazyFrame
    broken: pl.DataFrame
    clashes: pl.DataFrame
    flagged: pl.DataFrame
    hard: pl.DataFrame
    doubtful: pl.DataFrame
    rows: dict[str, int]


def judge(kind: Kind, candidates: Sequence[Candidate], month: str, most: int, spool: Path | None) -> list[Judged]:
    """Judge all extracts of one kind together, because a key must be unique over a whole load.

    Args:
        kind: the extract kind.
        candidates: one for each extract.
        month: the month of the submission, YYYY-MM.
        most: doubtful values that are named, of each rule and column.
        spool: where long extracts may be put while they are read; None: they are read anew each time.
    """
    rules = [Plausibility.of(kind, month, candidate.columns) for candidate in candidates]
    passed = [
        _passed(kind, own, plausibility, spool, number)
        for number, (own, plausibility) in enumerate(zip(candidates, rules, strict=True))
    ]
    clashing, suspects = _clashes(kind, [own.good for own in passed], [own.codes for own in passed])
    judged = []
    for own, candidate, plausibility in zip(passed, candidates, rules, strict=True):
        mine = clashing.filter(pl.col("source_file").is_in(list(candidate.columns)))
        gone = suspects.join(mine, on=AT, how="semi")
        accepted = own.good
        if mine.height:
            accepted = accepted.join(mine.lazy().select(AT), on=AT, how="anti", maintain_order="left")
        hard = plausibility.counted(own.tallies, gone, accepted)
        judged.append(
            Judged(
                accepted=accepted,
                broken=own.broken,
                clashes=mine,
                flagged=own.flagged,
                hard=hard,
                doubtful=plausibility.rows(accepted, hard, most),
                rows=_heights(own.tallies, gone),
            )
        )
    return judged


def _heights(tallies: Sequence[pl.DataFrame], gone: pl.DataFrame) -> dict[str, int]:
    """source_file = accepted rows."""
    heights: Counter[str] = Counter()
    for tally in tallies:
        heights.update(dict(tally.select("source_file", "all").iter_rows()))
    heights.subtract(dict(gone.group_by("source_file").len().iter_rows()))
    return dict(heights)


@dataclass(frozen=True)
class _Passed:
    """Of an extract, or a piece of it, the rows that break no rule, counted, and what is remembered of the others."""

    good: pl.LazyFrame
    tallies: list[pl.DataFrame]
    codes: NDArray[np.uint64]
    broken: pl.DataFrame
    flagged: pl.DataFrame


def _passed(kind: Kind, candidate: Candidate, plausibility: Plausibility, spool: Path | None, number: int) -> _Passed:
    def of_piece(piece: int, rows: pl.DataFrame) -> _Passed:
        valid, broken = _by_rules(kind, rows, candidate.faults)
        flagged = rows.select(*AT, *candidate.faults).filter(pl.any_horizontal(pl.lit(False), *candidate.faults))
        codes = valid.select(_code(kind))[_CODE].to_numpy()
        # Counted while the rows are there: to read a long extract again takes as long as all else.
        tally = plausibility.tally(valid)
        if not candidate.is_long:
            good = valid.lazy()
        elif spool is not None:
            good = _put_aside(kind, valid, spool / f"{kind.name}-{number}-{piece}.parquet")
        else:
            # Kept nowhere, not even in the plan of no rows of them.
            good = valid.clear().lazy()
        return _Passed(good, [tally], codes, broken, flagged)

    pieces = list(_beside(of_piece, _pieces(candidate)))
    broken = pl.concat(piece.broken for piece in pieces)
    good = pl.concat(piece.good for piece in pieces)
    if candidate.is_long and spool is None:
        # Whoever asks for the rows reads them again.
        anew = candidate.rows.select(list(kind.schema.columns()))
        good = anew.join(broken.lazy().select(AT).unique(), on=AT, how="anti", maintain_order="left")
    return _Passed(
        good,
        [tally for piece in pieces for tally in piece.tallies],
        np.concatenate([piece.codes for piece in pieces]),
        broken,
        pl.concat(piece.flagged for piece in pieces),
    )


def _beside(work: Callable[[int, pl.DataFrame], _Passed], pieces: Iterator[pl.DataFrame]) -> Iterator[_Passed]:
    """What the work makes of each piece, in their order. It is done while the next piece is made."""
    with ThreadPoolExecutor(max_workers=1) as other:
        begun: Future[_Passed] | None = None
        for number, rows in enumerate(pieces):
            # Not more than two pieces at once: they are large.
            if begun is not None:
                yield begun.result()
            begun = other.submit(work, number, rows)
        if begun is not None:
            yield begun.result()


def _put_aside(kind: Kind, valid: pl.DataFrame, file: Path) -> pl.LazyFrame:
    """The rows in a file, without the columns that nobody sends.

    Raises:
        ExtractError: they cannot be written.
    """
    sent = [own.name for own in valid.iter_columns() if own.null_count() < valid.height] or list(AT)
    try:
        valid.select(sent).write_parquet(file, compression="lz4", statistics=False, row_group_size=PIECE // 5)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise ExtractError(
            f"The rows of {kind.name} could not be put aside in {file.parent} ({str(error).splitlines()[0]}). "
            "Nothing was kept. Make room on that disk, or name another folder in [history], and run again."
        ) from None
    unsent = {name: pl.lit(None, dtype) for name, dtype in valid.schema.items() if name not in sent}
    return pl.scan_parquet(file, glob=False).with_columns(**unsent).select(valid.columns)


def _pieces(candidate: Candidate) -> Iterator[pl.DataFrame]:
    """The rows, at least one piece."""
    if not candidate.is_long:
        # By the streaming engine: it types one part of a text while it reads the next.
        yield candidate.rows.collect(engine="streaming")
        return
    yield from candidate.rows.collect_batches(chunk_size=PIECE, engine="streaming")


def _by_rules(kind: Kind, rows: pl.DataFrame, faults: dict[str, tuple[str, str]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows that break no rule of the schema; and BROKEN_SCHEMA of the others."""
    valid, failure = kind.schema.filter(rows.select(list(kind.schema.columns())))
    # An end that cannot be read is no open end: blanked, it would let run on what has ended.
    unreadable_ends = [
        rows.filter(pl.col(label)).select(*AT, pl.lit(rule).alias("rule"), pl.lit(column).alias("column"))
        for label, (rule, column) in faults.items()
        if column in kind.ends and RULES[rule].severity != "information"
    ]
    none = pl.DataFrame(schema=BROKEN_SCHEMA)
    return without(valid, pl.concat([none, *unreadable_ends])), pl.concat(
        [_broken_rules(failure.details()), *unreadable_ends]
    )


def without(rows: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
    """The rows, in their order, that are not among those named by source_file and source_row."""
    if not named.height:
        return rows
    return rows.join(named, on=AT, how="anti", maintain_order="left")


def _broken_rules(details: pl.DataFrame) -> pl.DataFrame:
    """BROKEN_SCHEMA: one row for each schema rule that a row breaks."""
    parts = [pl.DataFrame(schema=BROKEN_SCHEMA)]
    for label in details.columns:
        rule = label.removesuffix("|nullability")
        if label == rule and label not in RULES:
            continue
        column = rule if label != rule else ""
        parts.append(
            details.filter(pl.col(label).cast(pl.String) == "invalid").select(
                *AT,
                pl.lit("missing_required" if column else rule).alias("rule"),
                pl.lit(column).alias("column"),
            )
        )
    return pl.concat(parts)


def _content(kind: Kind) -> list[str]:
    return [name for name in kind.schema.columns() if not name.startswith("source_")]


def _code(kind: Kind) -> pl.Expr:
    """A number that rows have in common which could clash: of one key, or, where keys repeat, of one content."""
    names = kind.key if kind.key and not kind.grouped else _content(kind)
    return pl.struct(names).hash(seed=0).alias(_CODE)


def _clashes(
    kind: Kind, good: Sequence[pl.LazyFrame], codes: Sequence[NDArray[np.uint64]]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """source_file, source_row, rule: rows that repeat another, and rows whose key has several contents.

    Only rows whose number comes more than once are looked at: all others clash with none. These rows are the second
    answer, whole.
    """
    several = pl.Series(_repeated(np.concatenate(codes)))
    if not len(several):
        none = pl.DataFrame(schema={"source_file": pl.String, "source_row": pl.Int64, "rule": pl.String})
        return none, good[0].head(0).collect()
    suspects = pl.concat(
        [
            _at_places(rows, pl.Series(own).is_in(several.implode()).arg_true())
            for rows, own in zip(good, codes, strict=True)
        ]
    )
    # "The first" is by source file and row, and does not depend on anything else.
    marked = (
        suspects.sort(AT)
        .select(*AT, *kind.key, pl.struct(_content(kind)).hash(seed=0).alias("_content"))
        .with_columns(pl.int_range(pl.len()).over("_content").alias("_nth"))
    )
    conflict = pl.lit(False)
    if kind.key and not kind.grouped:
        conflict = pl.col("_content").n_unique().over(kind.key) > 1
    clashing = (
        marked.with_columns(
            pl.when(conflict)
            .then(pl.lit("key_conflict"))
            .when(pl.col("_nth") > 0)
            .then(pl.lit("duplicate"))
            .alias("rule")
        )
        .filter(pl.col("rule").is_not_null())
        .select(*AT, "rule")
    )
    return clashing, suspects


def _at_places(rows: pl.LazyFrame, places: pl.Series) -> pl.DataFrame:
    """The rows at some places of their order; none are read for none."""
    if not len(places):
        return rows.head(0).collect()
    # By where they stand in their files: of what is read anew only these rows are then cleaned.
    numbered = rows.select(AT).with_row_index(_CODE).filter(pl.col(_CODE).is_in(places.implode()))
    wanted = numbered.drop(_CODE).collect(engine="streaming")
    here = [
        (pl.col("source_file") == file) & pl.col("source_row").is_in(own["source_row"].implode())
        for (file,), own in wanted.group_by("source_file")
    ]
    return rows.filter(pl.any_horizontal(here)).collect(engine="streaming")


def _repeated(codes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The numbers that come more than once."""
    ordered = np.sort(codes)
    return np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
