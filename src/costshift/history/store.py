"""The history folder: numbered loads in Delta tables.

A table for each extract kind, partitioned by ``load_id`` and never rewritten, and the table ``submissions``.
A load exists only once its row is committed to ``submissions``: one commit a load, because there is no
other way to be atomic over several tables. Rows of loads that are not listed there are ignored.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import DeltaError
from filelock import FileLock, Timeout

from costshift.errors import HistoryError, HistoryLockedError
from costshift.extracts.kinds import KINDS, Kind
from costshift.extracts.reading import FINDING_SCHEMA, InputFile, ReadExtract

SUBMISSION_SCHEMA = {
    "load_id": pl.Int64,
    "month": pl.Date,
    "kind": pl.String,
    "submitter": pl.String,
    "scope": pl.String,
    "action": pl.String,
    "covers_from": pl.Date,
    "covers_to": pl.Date,
    "includes_open_events": pl.Boolean,
    "fingerprint": pl.String,
    "inputs": pl.String,
    "findings": pl.String,
    "loaded_at": pl.String,
}
# Delta keeps the least and greatest value of every column in its log, where they would outlive a deletion:
# statistics are kept for this column alone, which holds nothing personal.
_STATISTICS = {"delta.dataSkippingStatsColumns": "source_row"}
#: Raised when cleaning or schemas change what the same file gives, so that it is read afresh.
READING_VERSION = 1


@dataclass(frozen=True)
class Submission:
    """One extract of one load: what `submissions` holds."""

    load_id: int
    month: dt.date
    kind: str
    submitter: str
    scope: str
    covers_from: dt.date | None
    covers_to: dt.date | None
    includes_open_events: bool | None
    fingerprint: str
    inputs: list[InputFile]
    findings: pl.DataFrame


class History:
    """The loads of one place."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the history: one run at a time. A killed process leaves no lock behind.

        Raises:
            HistoryLockedError: another run holds it.
            HistoryError: the folder cannot be written.
        """
        lock = FileLock(self.folder / ".lock", timeout=0)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except Timeout:
            raise HistoryLockedError(
                f"Another run is using the history in {self.folder}. Wait until it has ended, and run again."
            ) from None
        except OSError as error:
            raise HistoryError(
                f"The history folder {self.folder} cannot be written ({error.strerror}). Give yourself the right to "
                "write there, or name another folder in [history] of the project file."
            ) from None
        try:
            yield
        finally:
            lock.release()

    def submissions(self, known_at: int | None = None) -> list[Submission]:
        """The submissions that count, in the order of their loads.

        Args:
            known_at: the last load that counts; the latest if not given.
        """
        table = self._rows("submissions")
        if table is None:
            return []
        try:
            rows = table.collect().sort("load_id", "kind", "submitter")
        except (OSError, DeltaError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
            raise self._damaged("submissions", error) from None
        loads = rows.filter(pl.col("action") == "load")
        if known_at is not None:
            if known_at not in loads["load_id"]:
                known = ", ".join(str(number) for number in loads["load_id"].unique().sort()) or "none"
                raise HistoryError(f"There is no load {known_at} in the history. Loads: {known}.")
            loads = loads.filter(pl.col("load_id") <= known_at)
        return [_submission(row) for row in loads.iter_rows(named=True)]

    def keep(self, month: dt.date, reads: Sequence[ReadExtract], loaded_at: str) -> int:
        """Keep what was read as a new load; what is there already, unchanged, is not kept again.

        The caller holds the lock.

        Returns:
            The latest load after this.
        """
        present = self.submissions()
        latest = {(s.month, s.kind, s.submitter): s.fingerprint for s in present}
        fresh = [
            read for read in reads if latest.get((month, read.kind.name, read.extract.submitter)) != fingerprint(read)
        ]
        last = max((submission.load_id for submission in present), default=0)
        if not fresh:
            return last
        load_id = max(last, self._highest_written()) + 1
        try:
            for read in fresh:
                _append(self.folder / read.kind.name, _stored(read, load_id, month), partitioned=True)
            rows = [_submission_row(read, load_id, month, loaded_at) for read in fresh]
            _append(self.folder / "submissions", pl.DataFrame(rows, schema=SUBMISSION_SCHEMA), partitioned=False)
        except (OSError, DeltaError) as error:
            raise HistoryError(
                f"The load could not be kept in {self.folder}: {str(error).splitlines()[0]}. Nothing of it counts; run "
                "again when the folder can be written."
            ) from None
        return load_id

    def current(self, kind: Kind, known_at: int | None = None) -> pl.LazyFrame | None:
        """The rows of a kind that count now, or None where nothing was ever sent.

        Latest = highest submission month, then highest load. A ``rolling`` submission withdraws whatever the
        same submitter sent earlier for the dates it covers; within what is left the latest row of a key
        counts (for grouped kinds, all rows of the key's latest load).

        Returns:
            The kind's schema, and load_id, submission_month, submitter.
        """
        own = [submission for submission in self.submissions(known_at) if submission.kind == kind.name]
        rows = self._rows(kind.name)
        if not own or rows is None:
            return None
        listed = pl.LazyFrame(
            {"load_id": [s.load_id for s in own], "submitter": [s.submitter for s in own]},
            schema={"load_id": pl.Int64, "submitter": pl.String},
        )
        rows = rows.join(listed, on=["load_id", "submitter"], how="semi")
        for submission in own:
            if submission.scope == "rolling":
                rows = rows.filter(~_withdrawn_by(submission, kind))
        order = ["submission_month", "load_id"]
        if not kind.key:
            content = [name for name in kind.columns if not name.startswith("reporting_period")]
            return rows.sort(*order, "source_file", "source_row").unique(
                subset=content, keep="last", maintain_order=True
            )
        rank = pl.col("submission_month").cast(pl.Int32).cast(pl.Int64) * 2**32 + pl.col("load_id")
        ranked = rows.with_columns(rank.alias("_rank"))
        newest = ranked.group_by(kind.key).agg(pl.col("_rank").max())
        kept = ranked.join(newest, on=[*kind.key, "_rank"], how="semi").drop("_rank")
        if kind.grouped:
            return kept
        # Two submitters of one load may both send a spell: the first by name counts.
        return kept.sort("submitter", "source_file", "source_row").unique(
            subset=list(kind.key), keep="first", maintain_order=True
        )

    def _rows(self, table: str) -> pl.LazyFrame | None:
        folder = self.folder / table
        if not _is_table(folder):
            return None
        try:
            # Opened here: by itself the scan opens it only when it is collected, far from this message.
            return pl.scan_delta(DeltaTable(folder))
        except (OSError, DeltaError, pl.exceptions.PolarsError) as error:
            raise self._damaged(table, error) from None

    def _damaged(self, table: str, error: BaseException) -> HistoryError:
        why = (str(error) or type(error).__name__).splitlines()[0]
        return HistoryError(
            f"The history table {self.folder / table} cannot be opened: {why}. Restore the folder from its backup, or "
            "name a new folder in [history] and load the months again."
        )

    def _highest_written(self) -> int:
        """The highest load number of any row, listed or not: numbers are never used twice."""
        highest = 0
        for name in KINDS:
            for entry in (self.folder / name).glob("load_id=*"):
                number = entry.name.removeprefix("load_id=")
                highest = max(highest, int(number) if number.isdigit() else 0)
        return highest


def latest_of_each_month(submissions: Sequence[Submission]) -> list[Submission]:
    """Of each kind, submitter and month the last submission: what a pack lists as received, once."""
    last = {(s.month, s.kind, s.submitter): s for s in sorted(submissions, key=lambda s: s.load_id)}
    return sorted(last.values(), key=lambda s: (s.month, s.kind, s.submitter))


def fingerprint(read: ReadExtract) -> str:
    """What decides whether an extract is the same as one kept before: the files and how they were understood.

    Which rows were accepted belongs to it, because a key conflict with another extract can come and go while
    the files stay the same.
    """
    put_aside = read.quarantine.select("source_file", "source_row").write_csv().encode("utf-8")
    settings = read.extract.model_dump(mode="json", exclude={"files", "required", "cadence"})
    content = {
        "version": READING_VERSION,
        "extract": settings,
        "files": [[file.file, file.sha256] for file in read.inputs],
        "quarantined": hashlib.sha256(put_aside).hexdigest(),
    }
    return json.dumps(content, sort_keys=True)


def _withdrawn_by(submission: Submission, kind: Kind) -> pl.Expr:
    earlier = (pl.col("submission_month") < submission.month) | (
        (pl.col("submission_month") == submission.month) & (pl.col("load_id") < submission.load_id)
    )
    start, end = pl.col(kind.covered_from), pl.col(kind.covered_to)
    # A submission of which no row was accepted says nothing of what it covers, and withdraws nothing.
    covered = pl.lit(False)
    if submission.covers_from is not None and submission.covers_to is not None:
        covered = (start <= submission.covers_to).fill_null(True) & (end >= submission.covers_from).fill_null(True)
    return (pl.col("submitter") == submission.submitter) & earlier & covered


def _stored(read: ReadExtract, load_id: int, month: dt.date) -> pl.DataFrame:
    return read.accepted.with_columns(
        pl.lit(load_id, dtype=pl.Int64).alias("load_id"),
        pl.lit(month, dtype=pl.Date).alias("submission_month"),
        pl.lit(read.extract.submitter).alias("submitter"),
    )


def _is_table(folder: Path) -> bool:
    """Whether a table was ever committed; a first load that was killed can leave an empty log."""
    return any((folder / "_delta_log").glob("[0-9]*"))


def _append(folder: Path, frame: pl.DataFrame, *, partitioned: bool) -> None:
    new = not _is_table(folder)
    table: Any = folder if new else DeltaTable(folder)
    write_deltalake(
        table,
        frame.to_arrow(),
        mode="append",
        partition_by=["load_id"] if partitioned else None,
        configuration=_STATISTICS if new and partitioned else None,
    )


def _covered(read: ReadExtract) -> tuple[dt.date | None, dt.date | None]:
    """The dates that a submission covers: its stated reporting period, else from its first to its last date."""
    frame = read.accepted
    if read.kind.name == "care_events":
        start, end = frame["reporting_period_start"].min(), frame["reporting_period_end"].max()
        if start is not None and end is not None:
            return _as_date(start), _as_date(end)
    ends = frame[read.kind.covered_to]
    dates = pl.concat([frame[read.kind.covered_from], ends.alias(read.kind.covered_from)])
    first = ends.min() if ends.null_count() < ends.len() else frame[read.kind.covered_from].min()
    return _as_date(first), _as_date(dates.max())


def _as_date(value: object) -> dt.date | None:
    return value if isinstance(value, dt.date) else None


def _submission_row(read: ReadExtract, load_id: int, month: dt.date, loaded_at: str) -> dict[str, Any]:
    covers_from, covers_to = _covered(read)
    return {
        "load_id": load_id,
        "month": month,
        "kind": read.kind.name,
        "submitter": read.extract.submitter,
        "scope": read.extract.scope,
        "action": "load",
        "covers_from": covers_from,
        "covers_to": covers_to,
        "includes_open_events": read.extract.includes_open_events,
        "fingerprint": fingerprint(read),
        "inputs": json.dumps([asdict(file) for file in read.inputs]),
        "findings": json.dumps(read.findings.to_dicts()),
        "loaded_at": loaded_at,
    }


def _submission(row: dict[str, Any]) -> Submission:
    return Submission(
        load_id=row["load_id"],
        month=row["month"],
        kind=row["kind"],
        submitter=row["submitter"],
        scope=row["scope"],
        covers_from=row["covers_from"],
        covers_to=row["covers_to"],
        includes_open_events=row["includes_open_events"],
        fingerprint=row["fingerprint"],
        inputs=[InputFile(**file) for file in json.loads(row["inputs"])],
        findings=pl.DataFrame(json.loads(row["findings"]), schema=FINDING_SCHEMA),
    )
