"""The Delta tables of the history: opened, added to, and loads removed, whatever the folder above them is called.

Delta's own reader and writer, and that of polars, take a folder for an address of the web: with a space, an accent or a
square bracket in its name they look in another place, or panic. Its log alone is read and written by that library
here; the files are read and written by their paths.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from urllib.parse import unquote

import polars as pl
from deltalake import DeltaTable, Schema
from deltalake.exceptions import DeltaError
from deltalake.transaction import AddAction, create_table_with_add_actions

#: The partition of a table whose rows are those of loads.
LOAD = "load_id"
#: What is raised where a table cannot be written: a full disk has one error of polars and another of the system.
UNWRITABLE = (OSError, DeltaError, pl.exceptions.PolarsError)
#: Rows that are written at a time.
_PART = 100_000
# Delta keeps the least and greatest value of every column in its log, where they would outlive a deletion:
# statistics are kept for this column alone, which holds nothing personal.
_STATISTICS = {"delta.dataSkippingStatsColumns": "source_row"}


def is_table(folder: Path) -> bool:
    """Whether a table was ever committed; a first load that was killed can leave an empty log."""
    return any((folder / "_delta_log").glob("[0-9]*"))


def rows_of(folder: Path, loads: Collection[int] | None = None) -> pl.LazyFrame:
    """The rows of a table, with ``load_id`` where it is parted by it.

    Args:
        folder: the table's.
        loads: of these loads alone, whose files are the only ones to be opened; None: all.

    Raises:
        OSError, DeltaError: its log cannot be read.
    """
    table = DeltaTable(folder)
    schema = pl.DataFrame(table.schema().to_arrow(as_large_types=True).empty_table()).schema
    of_files = pl.Schema({name: dtype for name, dtype in schema.items() if name != LOAD or not _is_parted(table)})
    parts: dict[int | None, list[Path]] = {}
    for path, load in _files(table):
        if loads is None or load in loads:
            parts.setdefault(load, []).append(folder / path)
    frames = [
        pl.scan_parquet(
            sorted(paths),
            schema=of_files,
            missing_columns="insert",
            extra_columns="ignore",
            glob=False,
            hive_partitioning=False,
        ).with_columns(*([] if load is None else [pl.lit(load, dtype=pl.Int64).alias(LOAD)]))
        for load, paths in sorted(parts.items(), key=lambda part: part[0] or 0)
    ]
    return pl.concat(frames).select(schema.names()) if frames else pl.LazyFrame(schema=schema)


def append(folder: Path, frame: pl.DataFrame) -> None:
    """Commit a few rows to a table without partitions. The caller holds the history."""
    number = DeltaTable(folder).version() + 1 if is_table(folder) else 0
    # What a process that was killed before its commit left under this name is written over.
    path = folder / f"{number}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(path, compression="zstd", compression_level=1)
    _commit(folder, path, frame.height, Schema.from_arrow(frame.to_arrow().schema), {})


def append_load(folder: Path, rows: pl.LazyFrame, load_id: int, submitter: str) -> None:
    """Commit the rows of a load to the table of their kind. They are written part by part."""
    # One file for each submitter of a load: a name that no other has.
    path = folder / f"{LOAD}={load_id}" / f"{submitter}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    rows.sink_parquet(path, compression="zstd", compression_level=1, row_group_size=_PART, engine="streaming")
    count = pl.scan_parquet(path, glob=False).select(pl.len()).collect().item()
    of_load = rows.head(0).with_columns(pl.lit(load_id, dtype=pl.Int64).alias(LOAD))
    schema = Schema.from_arrow(of_load.collect().to_arrow().schema)
    _commit(folder, path, count, schema, {LOAD: str(load_id)})


def remove_loads(folder: Path, loads: Collection[int]) -> None:
    """Take loads out of a table, and delete their files. The caller holds the history: nobody else reads them."""
    table = DeltaTable(folder)
    gone = sorted({load for _, load in _files(table) if load is not None and load in loads})
    if gone:
        table.create_write_transaction(
            [], "overwrite", table.schema(), [LOAD], [(LOAD, "in", [str(load) for load in gone])]
        )
    # What is deleted must not outlive this call.
    DeltaTable(folder).vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False)


def _commit(folder: Path, path: Path, rows: int, schema: Schema, partition: dict[str, str | None]) -> None:
    state = path.stat()
    added = AddAction(
        path=path.relative_to(folder).as_posix(),
        size=state.st_size,
        partition_values=partition,
        modification_time=int(state.st_mtime * 1000),
        data_change=True,
        stats=json.dumps({"numRecords": rows}),
    )
    if is_table(folder):
        DeltaTable(folder).create_write_transaction([added], "append", schema, partition_by=list(partition))
    else:
        create_table_with_add_actions(
            str(folder),
            schema,
            [added],
            partition_by=list(partition),
            configuration=_STATISTICS if partition else None,
        )


def _is_parted(table: DeltaTable) -> bool:
    return LOAD in table.metadata().partition_columns


def _files(table: DeltaTable) -> list[tuple[str, int | None]]:
    """Each file of a table by its path below the folder, and the load that it is of."""
    actions = pl.DataFrame(table.get_add_actions(flatten=True))
    name = f"partition.{LOAD}"
    loads = actions[name].cast(pl.Int64).to_list() if name in actions.columns else [None] * actions.height
    return [(unquote(path), load) for path, load in zip(actions["path"].to_list(), loads, strict=True)]
