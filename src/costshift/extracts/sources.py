"""The tables of an extract's files, each with the canonical columns that it has."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from costshift.errors import ExtractError
from costshift.extracts.columns import columns_of, header_strength
from costshift.extracts.databases import read_query
from costshift.extracts.files import read_tables
from costshift.extracts.finding import is_due
from costshift.extracts.kinds import KINDS
from costshift.extracts.parquet import table_of
from costshift.extracts.raw import RawTable, Room
from costshift.project import Extract, Project


@dataclass(frozen=True)
class Source:
    """A table of a file with its canonical reading: canonical column = header.

    ``file`` is the file; ``label`` names the table in it, ``file#sheet`` where a file can hold several, and is what
    rows carry as source_file.
    """

    file: str
    label: str
    sha256: str
    raw: RawTable
    columns: dict[str, str]
    snapshot: pl.DataFrame | None = None


def read_sources(project: Project, extract: Extract, path: Path, folder: Path, month: str, room: Room) -> list[Source]:
    """The tables of one file, or the result of a query.

    Args:
        project: the project.
        extract: whose file it is.
        path: the file, or the query's.
        folder: the project file's folder.
        month: YYYY-MM.
        room: memory that the files of a month share.

    Raises:
        ExtractError: it cannot be read, lacks columns that it must have, or is of a kind that this version cannot read.
    """
    kind = KINDS.get(extract.kind)
    if kind is None:
        raise ExtractError(
            f"[[extracts]] {extract.label}: this version does not read extracts of the kind {extract.kind}. Remove the "
            "entry for now."
        )
    if extract.connection is not None:
        result = read_query(
            extract,
            project.connections[extract.connection],
            path,
            month,
            may_have_no_rows=not is_due(extract, month),
        )
        name, table = f"{extract.connection}:{extract.query}", table_of(result.frame)
        columns = columns_of(extract, kind, name, table.headers)
        return [Source(name, name, result.sha256, table, columns, result.frame)]
    # The digest is worked out outside Python's lock, beside the reading.
    with ThreadPoolExecutor(max_workers=1) as beside:
        digest = beside.submit(_sha256, path)
        tables = read_tables(
            path,
            lambda cells: header_strength(extract, kind, cells),
            may_have_no_rows=not extract.required,
            room=room,
        )
        sha256 = digest.result()
    file = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.as_posix()
    sources = []
    for table in tables:
        label = f"{file}#{table.part}" if table.part else file
        sources.append(Source(file, label, sha256, table, columns_of(extract, kind, label, table.headers)))
    return sources


def _sha256(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
