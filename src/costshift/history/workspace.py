"""Where rows lie while a report is worked out: in memory, or, where there are very many, in files beside the history.

Personal data: the folder is its owner's alone, and goes when the process ends; what a killed process left goes with
the next one.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import polars as pl
from filelock import FileLock, Timeout

from costshift.errors import HistoryError

#: Rows of all kinds together, from which on they are not held in memory: each stage reads its columns of the history.
MANY_ROWS = 1_000_000
#: From which on what is worked out of them is not held either. Up to here that takes some 1.5 GB, and a tenth of a
#: report's processor time less than in files.
VERY_MANY_ROWS = 5_000_000
_PREFIX = ".working-"
_ROWS_TOGETHER = 250_000
#: Bytes that are left of a disk that is full.
_LEAST_ROOM = 16 * 2**20


#: Works rows out once; whenever the frame that it gives is read, they come in the same order.
Keep = Callable[[pl.LazyFrame], pl.LazyFrame]


def in_memory(rows: pl.LazyFrame) -> pl.LazyFrame:
    """The rows, worked out now. In one piece: polars 2.1 fails on text in pieces of which one is empty."""
    return rows.collect().rechunk().lazy()


def _in_pieces(rows: pl.LazyFrame) -> pl.LazyFrame:
    """The rows, worked out now by the streaming engine: to put many in one piece holds them twice for a while."""
    own = rows.collect(engine="streaming")
    is_whole = all(own.to_series(0).chunk_lengths()) if own.width else True
    return (own if is_whole else own.rechunk()).lazy()


class Workspace:
    """Keeps what was worked out once and is read by several stages.

    Args:
        folder: that of the history.
        rows: how many rows there are, of all kinds together.
    """

    def __init__(self, folder: Path, rows: int) -> None:
        self._folder: Path | None = None
        self._files = 0
        self._many = rows >= MANY_ROWS
        if rows < VERY_MANY_ROWS:
            return
        remove_what_was_left(folder)
        # Where the history cannot be written, as from a share that may only be read, memory has to do.
        with suppress(OSError):
            own = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=folder))
            lock = FileLock(own / ".lock", timeout=0)
            lock.acquire()
            atexit.register(_remove, own, lock)
            self._folder = own

    @property
    def many_rows(self) -> bool:
        """Whether the rows of the history are read where they lie, and not held."""
        return self._many

    def kept(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """The rows, worked out now; whenever the frame is read, they come in the same order.

        Raises:
            HistoryError: the disk is full.
        """
        if self._folder is None:
            return _in_pieces(rows) if self._many else in_memory(rows)
        self._files += 1
        path = self._folder / f"{self._files}.parquet"
        try:
            rows.sink_parquet(
                path, compression="lz4", statistics=False, row_group_size=_ROWS_TOGETHER, engine="streaming"
            )
        except (OSError, pl.exceptions.PolarsError):
            # Polars has one error for a full disk and for files that cannot be read.
            if shutil.disk_usage(self._folder).free >= _LEAST_ROOM:
                raise
            raise HistoryError(
                f"There is no room left in {self._folder.parent} for what a report works on: about as much as the "
                "history itself takes. Nothing was published. Make room on that disk, and run again."
            ) from None
        return pl.scan_parquet(path, glob=False)


def _remove(folder: Path, lock: FileLock) -> None:
    # Windows removes no file that is open.
    lock.release()
    shutil.rmtree(folder, ignore_errors=True)


def remove_what_was_left(folder: Path) -> None:
    """Remove the folders of processes that have ended: whose lock is free."""
    for left in sorted(folder.glob(f"{_PREFIX}*")):
        if os.access(left, os.W_OK):
            lock = FileLock(left / ".lock", timeout=0)
            with suppress(Timeout, OSError):
                lock.acquire()
                _remove(left, lock)
