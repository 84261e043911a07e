"""A folder of files, looked at: what each seems to be, who sent it, and which organisations it names."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from costshift import standards
from costshift.errors import CostshiftError, ExtractError
from costshift.extracts.cleaning import clean
from costshift.extracts.columns import COMPLETE
from costshift.extracts.episodes import are_episodes
from costshift.extracts.files import SUFFIXES, read_tables
from costshift.extracts.finding import left_by_programs, refuse_unreadable_name
from costshift.extracts.layouts import Match, columns_beside, recognise
from costshift.extracts.raw import RawTable

#: Folders that hold what a run or the artificial place writes, not extracts.
_NOT_EXTRACTS = ("history", "reports", "restricted", "truth")
_MONTH = re.compile(r"(?<!\d)(20\d{2}-(?:0[1-9]|1[0-2]))(?!\d)")
#: A file whose dates span more than this is taken to replace all that it covers.
_ONE_MONTH = dt.timedelta(days=62)
#: Columns of Client Level Data whose wording differs between the two releases.
_WORDED = (
    "client_type",
    "primary_support_reason",
    "accommodation_status",
    "event_outcome",
    "service_type",
    "service_component",
)


@dataclass(frozen=True)
class FoundFile:
    """One recognised file.

    ``pattern``: its path from the project file's folder, with ``{month}`` for a month in it. ``codes``: for
    each organisation column, its codes, the most frequent first. ``spans``: first and last date of the events.
    ``guesses``: what was taken for what beyond the headers, each with its reason.
    """

    path: Path
    pattern: str
    month: str | None
    match: Match
    others: list[str]
    unused: list[str]
    codes: dict[str, list[str]]
    rows: int
    spans: tuple[dt.date, dt.date] | None
    guesses: list[str] = field(default_factory=list)

    @property
    def rolling(self) -> bool:
        """Whether it seems to hold more than a month."""
        return self.spans is not None and self.spans[1] - self.spans[0] > _ONE_MONTH


@dataclass(frozen=True)
class FoundFolder:
    """What a folder holds."""

    name: str
    files: list[FoundFile]
    unknown: list[tuple[Path, str]]

    @property
    def latest_month(self) -> str | None:
        """The latest month in a file's path, else the month of the last event."""
        named = [file.month for file in self.files if file.month]
        if named:
            return max(named)
        ends = [file.spans[1] for file in self.files if file.spans and file.match.kind.name == "spells"]
        return f"{max(ends):%Y-%m}" if ends else None


def recognise_folder(folder: Path, project_folder: Path) -> FoundFolder:
    """Look at every file below ``folder`` that could be an extract.

    Raises:
        ExtractError: no file is recognised.
    """
    files: list[FoundFile] = []
    unknown: list[tuple[Path, str]] = []
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if any(part in _NOT_EXTRACTS or left_by_programs(part) for part in parts) or not path.is_file():
            continue
        if path.suffix.lower() not in SUFFIXES:
            continue
        try:
            refuse_unreadable_name(path)
            found = _look_at(path, project_folder)
        except CostshiftError as error:
            unknown.append((path, str(error)))
            continue
        if not found:
            unknown.append((path, "its headers are those of no kind of extract"))
        files += found
    if not files:
        seen = "".join(f"\n  {path}: {why}" for path, why in unknown)
        raise ExtractError(
            f"No extract was recognised in {folder}.{seen}\nPut the CSV or Parquet files there, or write "
            "costshift.toml by hand: docs/project-file.md shows one."
        )
    return FoundFolder(folder.resolve().name, files, unknown)


def _look_at(path: Path, project_folder: Path) -> list[FoundFile]:
    """What a file holds; a workbook may hold several kinds, one a sheet."""
    tables = read_tables(path, _strength)
    return [found for table in tables if (found := _look_at_table(path, table, project_folder)) is not None]


def _strength(cells: list[str]) -> int:
    matches = recognise(cells)
    return COMPLETE + len(matches[0].columns) if matches else 0


def _look_at_table(path: Path, raw: RawTable, project_folder: Path) -> FoundFile | None:
    matches = recognise(raw.headers)
    if not matches:
        return None
    match, guesses = _settled(matches[0], raw)
    kind = match.kind
    columns = {name: raw.column_of(header) for name, header in match.columns.items()}
    named = raw.rows.select(
        pl.lit(path.name).alias("source_file"),
        "source_row",
        *(pl.col(position).alias(name) for name, position in columns.items()),
    )
    cleaned = clean(named, kind, {}).frame
    organisations = [name for name in ("provider_code", "council_code", "icb_code") if name in match.columns]
    rows = cleaned.select(*{*organisations, kind.covered_from, kind.covered_to}).collect()
    codes: dict[str, list[str]] = {}
    for name in organisations:
        counted = Counter(rows[name].drop_nulls().to_list())
        codes[name] = [code for code, _ in sorted(counted.items(), key=lambda item: (-item[1], item[0]))]
    last = (
        rows[kind.covered_to].drop_nulls()
        if rows[kind.covered_to].null_count() < rows.height
        else rows[kind.covered_from]
    )
    first, end = last.min(), last.max()
    spans = (first, end) if isinstance(first, dt.date) and isinstance(end, dt.date) else None
    relative = _pattern_of(path, project_folder)
    month = _MONTH.search(relative)
    return FoundFile(
        path=path,
        pattern=_MONTH.sub("{month}", relative),
        month=month.group(1) if month else None,
        match=match,
        others=[other.kind.name for other in matches[1:] if len(other.columns) == len(match.columns)],
        unused=[header for header in raw.headers if header and header not in match.columns.values()],
        codes=codes,
        rows=raw.rows_read,
        spans=spans,
        guesses=guesses,
    )


def _settled(match: Match, raw: RawTable) -> tuple[Match, list[str]]:
    """The match after a look at the values, and what they decided."""
    guesses = []
    if match.kind.name == "spells" and are_episodes(beside := columns_beside(raw.headers, "hes", "episodes")):
        guesses.append(f"it holds episodes ({', '.join(beside.values())}), which are put together to spells")
    if match.layout == "cld_r2":
        earlier, later = _releases(match, raw)
        if earlier and not later:
            match = replace(match, layout="cld_r1")
        if earlier:
            mixed = f", and of Release 2, such as {later[0]!r}: both are understood" if later else ""
            guesses.append(f"it has values of Client Level Data Release 1, such as {earlier[0]!r}{mixed}")
    if match.layout == "simple_assessments":
        guesses.append("it is taken for a list in which every row is an assessment of a service user")
        outcome = match.columns.get("event_outcome")
        if outcome and "eligible_needs" not in match.columns:
            values = _texts(raw, outcome)
            eligible, outcomes = (_known(column, values) for column in ("eligible_needs", "event_outcome"))
            if len(eligible) > len(outcomes):
                columns = {
                    ("eligible_needs" if name == "event_outcome" else name): own for name, own in match.columns.items()
                }
                match = replace(match, columns=columns)
                guesses.append(f"{outcome} says whether needs are eligible ({', '.join(sorted(eligible)[:3])})")
    return match, guesses


def _releases(match: Match, raw: RawTable) -> tuple[list[str], list[str]]:
    """Values that only Release 1 has, and values that only Release 2 has, of those whose wording differs."""
    earlier, later = [], []
    for name in _WORDED:
        if name not in match.columns:
            continue
        changed = standards.value_map(name)
        first, second = (
            {standards.normalise_text(text) for text in changed[column]} for column in ("value", "canonical")
        )
        for value in _texts(raw, match.columns[name]):
            plain = standards.normalise_text(value)
            earlier += [value] if plain in first - second else []
            later += [value] if plain in second - first else []
    return earlier, later


def _known(column: str, values: list[str]) -> set[str]:
    known = {standards.normalise_text(text) for text in standards.code_list(column)["code"]}
    known |= {standards.normalise_text(text) for text in standards.value_map(column)["value"]}
    return {value for value in values if standards.normalise_text(value) in known}


def _texts(raw: RawTable, header: str) -> list[str]:
    """The values of a column, sorted."""
    own = pl.col(raw.column_of(header)).cast(pl.String).drop_nulls().str.strip_chars().unique()
    values = raw.rows.select(own).collect().to_series()
    return sorted(value for value in values if value)


def _pattern_of(path: Path, project_folder: Path) -> str:
    resolved = path.resolve()
    if resolved.is_relative_to(project_folder):
        return resolved.relative_to(project_folder).as_posix()
    return resolved.as_posix()
