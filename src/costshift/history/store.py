"""The history folder: numbered loads in Delta tables.

A table for each extract kind, partitioned by ``load_id`` and never rewritten, and the table ``submissions``.
A load exists only once its row is committed to ``submissions``: one commit a load, because there is no
other way to be atomic over several tables. Rows of loads that are not listed there are ignored.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl
from filelock import FileLock, Timeout

from costshift.errors import HistoryError, HistoryLockedError
from costshift.extracts.databases import write_snapshot
from costshift.extracts.kinds import KINDS, Kind
from costshift.extracts.read_extract import FINDING_SCHEMA, InputFile, ReadExtract
from costshift.history.care_events import fates, that_count
from costshift.history.holder import holder_of, sign, sign_off
from costshift.history.latest import latest_of_each_key
from costshift.history.spilling import remove_what_was_spilled
from costshift.history.tables import UNWRITABLE, append, append_load, is_table, remove_loads, rows_of
from costshift.history.workspace import Workspace, remove_what_was_left
from costshift.standards import looked_up

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
    "concerns": pl.Int64,
}
#: The folder of what queries gave.
SNAPSHOTS = "snapshots"
#: Where the rows of a long extract lie while they are read: personal data, gone with the load.
_SPOOL = ".reading"
#: What polars and Delta raise where a table's files are damaged or gone.
_UNREADABLE = (*UNWRITABLE, pl.exceptions.PanicException)
#: Raised when cleaning or schemas change what the same file gives, so that it is read afresh.
READING_VERSION = 3


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
        self._workspace: Workspace | None = None

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
            if os.name == "posix":
                # Personal data: for its owner alone. On Windows the folder has the rights of the one it lies in.
                self.folder.chmod(0o700)
            lock.acquire()
        except Timeout:
            holder = holder_of(self.folder)
            raise HistoryLockedError(
                f"Another run is using the history in {self.folder}: {holder or 'who it is cannot be told'}. Wait "
                "until it has ended, and run again."
            ) from None
        except OSError as error:
            raise HistoryError(
                f"The history folder {self.folder} cannot be written ({error.strerror}). Give yourself the right to "
                "write there, or name another folder in [history] of the project file."
            ) from None
        try:
            # What a killed report worked on is personal data: it goes with whatever uses the history next.
            remove_what_was_left(self.folder)
            remove_what_was_spilled(self.folder)
            sign(self.folder)
            yield
        finally:
            sign_off(self.folder)
            lock.release()

    @contextmanager
    def spool(self) -> Iterator[Path]:
        """A folder for the rows of long extracts while they are read; the caller holds the lock.

        What a killed load left there goes as well.
        """
        folder = self.folder / _SPOOL
        shutil.rmtree(folder, ignore_errors=True)
        try:
            folder.mkdir(mode=0o700, parents=True)
        except OSError as error:
            raise HistoryError(
                f"The history folder {self.folder} cannot be written ({error.strerror}). Give yourself the right to "
                "write there, or name another folder in [history] of the project file."
            ) from None
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def submissions(self, known_at: int | None = None) -> list[Submission]:
        """The submissions that count, in the order of their loads.

        Args:
            known_at: the last load that counts; the latest if not given.
        """
        rows = self.actions()
        if known_at is not None:
            if known_at not in rows["load_id"]:
                known = ", ".join(str(number) for number in rows["load_id"].unique().sort()) or "none"
                raise HistoryError(f"There is no load {known_at} in the history. Loads: {known}.")
            rows = rows.filter(pl.col("load_id") <= known_at)
        gone = rows.filter(pl.col("action").is_in(["undo", "prune"]))["concerns"]
        loads = rows.filter((pl.col("action") == "load") & ~pl.col("load_id").is_in(gone.implode()))
        return [_submission(row) for row in loads.iter_rows(named=True)]

    def actions(self) -> pl.DataFrame:
        """Every row of `submissions`, loads taken back and pruned included: what `history list` shows."""
        table = self._rows("submissions")
        if table is None:
            return pl.DataFrame(schema=SUBMISSION_SCHEMA)
        try:
            return table.collect().sort("load_id", "kind", "submitter")
        except _UNREADABLE as error:
            raise self._damaged("submissions", error) from None

    def undo(self, load_id: int, undone_at: str) -> int:
        """Take a load back: a row is appended, nothing is deleted, and the undoing has a number of its own.

        The caller holds the lock.

        Raises:
            HistoryError: the load is not there, or does not count any more.
        """
        self._must_count(load_id)
        return self._append_action("undo", [load_id], undone_at)

    def prune(self, before: dt.date, pruned_at: str) -> list[int]:
        """Remove the rows of all loads of months before a month for good, undone ones included.

        First the loads are struck off, then their files go: a prune that is cut off is finished by the next load
        or prune. The caller holds the lock.

        Returns:
            The loads that were removed.
        """
        actions = self.actions()
        gone = actions.filter(pl.col("action") == "prune")["concerns"]
        old = actions.filter(
            (pl.col("action") == "load") & (pl.col("month") < before) & ~pl.col("load_id").is_in(gone.implode())
        )
        # A load of several months cannot be: --month names one for all of it.
        loads = old["load_id"].unique().sort().to_list()
        if loads:
            self._append_action("prune", loads, pruned_at)
        # What a killed load left half read is personal data as well.
        shutil.rmtree(self.folder / _SPOOL, ignore_errors=True)
        self.sweep()
        return loads

    def sweep(self) -> None:
        """Delete what is of no listed load: rows and snapshots of pruned loads, and of a load that was cut off."""
        actions = self.actions()
        pruned = actions.filter(pl.col("action") == "prune")["concerns"]
        listed = set(actions.filter(pl.col("action") == "load")["load_id"]) - set(pruned)
        for name in KINDS:
            folder = self.folder / name
            strays = [number for number in _numbers_in(folder) if number not in listed]
            if not strays or not is_table(folder):
                continue
            try:
                remove_loads(folder, strays)
            except UNWRITABLE as error:
                raise self._damaged(name, error) from None
            for number in strays:
                shutil.rmtree(folder / f"load_id={number}", ignore_errors=True)
        self._sweep_snapshots(actions.filter((pl.col("action") == "load") & pl.col("load_id").is_in(listed)))

    def _sweep_snapshots(self, listed: pl.DataFrame) -> None:
        """Delete the results of queries that no listed load rests on."""
        snapshots = self.folder / SNAPSHOTS
        if not snapshots.is_dir():
            return
        used = {f"{file['sha256']}.parquet" for inputs in listed["inputs"] for file in json.loads(inputs)}
        for path in sorted(snapshots.iterdir()):
            if path.name in used:
                continue
            try:
                path.unlink()
            except OSError as error:
                raise HistoryError(
                    f"{path} cannot be removed ({error.strerror}). Close it in other programs, and run again."
                ) from None

    def _must_count(self, load_id: int) -> None:
        counting = sorted({submission.load_id for submission in self.submissions()})
        if load_id not in counting:
            known = ", ".join(str(number) for number in counting) or "none"
            raise HistoryError(f"Load {load_id} is not one that counts. Loads that count: {known}.")

    def _append_action(self, action: str, loads: Sequence[int], at: str) -> int:
        number = self._highest_number() + 1
        rows = [
            dict.fromkeys(SUBMISSION_SCHEMA)
            | {"load_id": number, "action": action, "concerns": load, "loaded_at": at, "kind": "", "submitter": ""}
            for load in loads
        ]
        try:
            append(self.folder / "submissions", pl.DataFrame(rows, schema=SUBMISSION_SCHEMA))
        except UNWRITABLE as error:
            raise HistoryError(
                f"The history in {self.folder} cannot be written: {str(error).splitlines()[0]}."
            ) from None
        return number

    def keep(self, month: dt.date, reads: Sequence[ReadExtract], loaded_at: str) -> int:
        """Keep what was read as a new load; what is there already, unchanged, is not kept again.

        The caller holds the lock.

        Returns:
            The latest load after this.
        """
        # Above any number used before, that of a load that was cut off included, whose rows are swept here.
        load_id = self._highest_number() + 1
        self.sweep()
        present = self.submissions()
        latest = {(s.month, s.kind, s.submitter): s.fingerprint for s in present}
        fresh = [
            read for read in reads if latest.get((month, read.kind.name, read.extract.submitter)) != fingerprint(read)
        ]
        last = max((submission.load_id for submission in present), default=0)
        if not fresh:
            return last
        try:
            for read in fresh:
                for sha256, frame in read.snapshots.items():
                    write_snapshot(frame, self.folder / SNAPSHOTS, sha256)
                rows_of_kind = _stored(read, month)
                append_load(self.folder / read.kind.name, rows_of_kind, load_id, read.extract.submitter)
            rows = [_submission_row(read, load_id, month, loaded_at) for read in fresh]
            append(self.folder / "submissions", pl.DataFrame(rows, schema=SUBMISSION_SCHEMA))
        except UNWRITABLE as error:
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

        An open spell that its sender's next file should hold and does not is lost to sight: it counts to the
        last day of the month of the file that it was last in, ``last_seen``, and not beyond.

        Returns:
            The kind's schema, and load_id, submission_month, submitter; for spells also last_seen (null: not lost), for
            care events also end_basis (see :mod:`costshift.history.care_events`).
        """
        if not kind.key:
            events = self.fates_of_events(known_at)
            return None if events is None else that_count(events)
        own, rows = self._sent(kind, known_at)
        if rows is None:
            return None
        for submission in own:
            if submission.scope == "rolling":
                rows = rows.filter(~_withdrawn_by(submission, kind))
        try:
            single = latest_of_each_key(rows, kind)
            if kind.name == "spells":
                single = _with_last_seen(single, own)
            workspace = self.workspace(known_at)
            # What lies in files already is not copied: its rows are as they were sent, but for a few.
            return single if workspace.many_rows else workspace.kept(single)
        except _UNREADABLE as error:
            raise self._damaged(kind.name, error) from None

    def fates_of_events(self, known_at: int | None = None) -> pl.LazyFrame | None:
        """Every care event that was ever sent, with its fate (:mod:`costshift.history.care_events`).

        None where none was sent. Worked out once: what is read from it reads no file again.
        """
        own, rows = self._sent(KINDS["care_events"], known_at)
        if rows is None:
            return None
        try:
            return self.workspace(known_at).kept(fates(rows, own))
        except _UNREADABLE as error:
            raise self._damaged("care_events", error) from None

    def kept(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Rows of the history that were worked out once (:class:`~costshift.history.workspace.Workspace`)."""
        return self.workspace().kept(rows)

    def rows(self, known_at: int | None = None) -> int:
        """How many rows were read of all submissions."""
        return sum(file.rows_read for own in self.submissions(known_at) for file in own.inputs)

    def workspace(self, known_at: int | None = None) -> Workspace:
        """Where the rows of the history lie while they are worked on."""
        if self._workspace is None:
            self._workspace = Workspace(self.folder, self.rows(known_at))
        return self._workspace

    def _sent(self, kind: Kind, known_at: int | None) -> tuple[list[Submission], pl.LazyFrame | None]:
        """The submissions of a kind that count, and all their rows, those that later ones replace included."""
        own = [submission for submission in self.submissions(known_at) if submission.kind == kind.name]
        if not own:
            return own, None
        # A load is listed whole or not at all, and each has files of its own: those of others are not opened.
        sent = self._rows(kind.name, {submission.load_id for submission in own})
        if sent is None:
            raise self._damaged(kind.name, FileNotFoundError("loads of it are listed, and it has no log"))
        if self.workspace(known_at).many_rows:
            return own, sent
        # Read once: the view reads the rows several times, and would open all files of all loads each time.
        try:
            return own, sent.collect().lazy()
        except _UNREADABLE as error:
            raise self._damaged(kind.name, error) from None

    def _rows(self, table: str, loads: set[int] | None = None) -> pl.LazyFrame | None:
        folder = self.folder / table
        if not is_table(folder):
            return None
        try:
            return rows_of(folder, loads)
        except UNWRITABLE as error:
            raise self._damaged(table, error) from None

    def _damaged(self, table: str, error: BaseException) -> HistoryError:
        why = (str(error) or type(error).__name__).splitlines()[0]
        return HistoryError(
            f"The history table {self.folder / table} cannot be opened: {why}. Restore the folder from its backup, or "
            "name a new folder in [history] and load the months again."
        )

    def _highest_number(self) -> int:
        """The highest number of any load or action, listed or not: numbers are never used twice."""
        numbers = [number for name in KINDS for number in _numbers_in(self.folder / name)]
        used: list[int] = self.actions()["load_id"].to_list()
        return max([0, *numbers, *used])


def _numbers_in(folder: Path) -> list[int]:
    """The loads that a table has files of."""
    names = [entry.name.removeprefix("load_id=") for entry in folder.glob("load_id=*")]
    return sorted(int(name) for name in names if name.isdigit())


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


def _with_last_seen(spells: pl.LazyFrame, submissions: Sequence[Submission]) -> pl.LazyFrame:
    """Add ``last_seen`` to open spells that are in no later file of their sender."""
    latest: dict[str, dt.date] = {}
    for submission in submissions:
        latest[submission.submitter] = max(submission.month, latest.get(submission.submitter, submission.month))
    newest = looked_up(pl.col("submitter"), latest, pl.Date)
    lost = pl.col("discharge_date").is_null() & (pl.col("submission_month") < newest)
    return spells.with_columns(pl.when(lost).then(pl.col("submission_month").dt.month_end()).alias("last_seen"))


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


def _stored(read: ReadExtract, month: dt.date) -> pl.LazyFrame:
    return read.kept.with_columns(
        pl.lit(month, dtype=pl.Date).alias("submission_month"),
        pl.lit(read.extract.submitter).alias("submitter"),
    )


def _covered(read: ReadExtract) -> tuple[dt.date | None, dt.date | None]:
    """The dates that a submission covers: its stated reporting period, else from its first to its last date."""
    starts, ends = pl.col(read.kind.covered_from), pl.col(read.kind.covered_to)
    stated = [pl.lit(None, dtype=pl.Date).alias(name) for name in ("stated_from", "stated_to")]
    if read.kind.name == "care_events":
        stated = [
            pl.col("reporting_period_start").min().alias("stated_from"),
            pl.col("reporting_period_end").max().alias("stated_to"),
        ]
    found = read.kept.select(
        *stated,
        pl.coalesce(ends.min(), starts.min()).alias("first"),
        pl.max_horizontal(starts.max(), ends.max()).alias("last"),
    ).collect(engine="streaming")
    stated_from, stated_to, first, last = found.row(0)
    return (stated_from, stated_to) if stated_from is not None and stated_to is not None else (first, last)


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
        "concerns": None,
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
