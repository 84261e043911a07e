"""Extracts to files: which rows a month's file shows, under which headers, in which encoding."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import resources
from pathlib import Path

import numpy as np
import polars as pl

from costshift.extracts.kinds import KINDS
from costshift.sample.arrays import day_number
from costshift.sample.faults import Faulty
from costshift.sample.records import FROM, TO, Extract
from costshift.sample.settings import SampleSettings, months_later

#: Text that a file cannot show before the day it rests on has come.
_RESTS_ON = {
    "chc": {
        "checklist_outcome": "checklist_date",
        "decision": "decision_date",
        "weekly_cost": "package_start_date",
    }
}
_SLICE = 200_000
_ISO = r"^\d{4}-\d{2}-\d{2}$"


@dataclass(frozen=True)
class _Window:
    """The days that one file covers, and the month in whose folder it lies."""

    month: date
    first: date
    last: date


@dataclass(frozen=True)
class Written:
    """One file: its path relative to the folder, its data rows, and the file row of each `_row`."""

    path: str
    rows: int
    places: pl.DataFrame


def write_extract(folder: Path, settings: SampleSettings, extract: Extract, faulty: Faulty) -> list[Written]:
    """Write every file of an extract. Row 1 of a file is its header."""
    return [_write(folder, settings, extract, faulty.frame, window) for window in _windows(settings, extract)]


def _windows(settings: SampleSettings, extract: Extract) -> list[_Window]:
    """The files of an extract: one in all, one a month, or a rolling year each quarter."""
    if settings.feeding == "rolling":
        return [_Window(settings.last_month.replace(day=1), settings.first_day, settings.last_day)]
    windows = []
    for month in settings.month_starts:
        last = months_later(month, 1) - timedelta(days=1)
        if not extract.by_quarter:
            windows.append(_Window(month, month, last))
        elif month.month % 3 == 0:
            windows.append(_Window(month, max(settings.first_day, months_later(month, -11)), last))
    # A period without the end of a quarter still has its council extract.
    return windows or [_Window(settings.last_month.replace(day=1), settings.first_day, settings.last_day)]


def headers(layout: str, kind: str) -> dict[str, str]:
    """Canonical column to the header that a layout writes: the first that it lists."""
    if layout == "canonical":
        return {name: name for name in KINDS[kind].columns}
    raw = resources.files("costshift.extracts").joinpath("layouts", f"{layout}.csv").read_bytes()
    table = pl.read_csv(raw, infer_schema=False).filter(pl.col("kind") == kind)
    first = table.unique(subset="canonical", keep="first", maintain_order=True)
    return dict(zip(first["canonical"].to_list(), first["header"].to_list(), strict=True))


def _columns(extract: Extract, settings: SampleSettings) -> list[tuple[str, str]]:
    """Header and column of each field of the file, in the file's order. An unknown column stays empty."""
    if extract.kind == "care_events":
        raw = resources.files("costshift.sample").joinpath("data", "client_level_data.csv").read_bytes()
        table = pl.read_csv(raw, infer_schema=False)
        known = headers(extract.layout, extract.kind)
        return [
            (known.get(column, header) if column else header, column or "")
            for header, column in table.select("header", "canonical").iter_rows()
            if settings.names or column not in {"surname", "forename"}
        ]
    return [
        (header, column)
        for column, header in headers(extract.layout, extract.kind).items()
        if settings.names or column not in {"surname", "forename"}
    ]


def _write(folder: Path, settings: SampleSettings, extract: Extract, frame: pl.DataFrame, window: _Window) -> Written:
    """Write one file."""
    first, last = day_number(window.first), day_number(window.last)
    shown = frame.filter(pl.col(FROM) <= last, pl.col(TO) >= first)
    shown = _as_known(extract, shown, window)
    places = shown.select("_row", row=pl.Series(np.arange(shown.height, dtype=np.int64) + 2))
    columns = _columns(extract, settings)
    schema = KINDS[extract.kind].schema.columns()
    dated = {name for name, column in schema.items() if column.dtype == pl.Date}
    name = f"extracts/{window.month:%Y-%m}/{extract.stem}.{settings.file_format}"
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    british = extract.layout in {"sus", "cld_r2"}
    parquet = settings.file_format == "parquet"
    fields: list[pl.Expr] = []
    for header, column in columns:
        if column not in shown.columns:
            kind = pl.Date if parquet and column in dated else pl.String
            fields.append(pl.lit(None, kind).alias(header))
        elif column in dated and parquet:
            fields.append(pl.col(column).str.to_date("%Y-%m-%d", strict=False).alias(header))
        elif column in dated and british:
            fields.append(_british(column).alias(header))
        else:
            fields.append(pl.col(column).alias(header))
    if parquet:
        shown.select(fields).write_parquet(path, compression="zstd", statistics=False)
    else:
        _write_csv(path, extract, shown, fields)
    return Written(name, shown.height, places)


def _write_csv(path: Path, extract: Extract, shown: pl.DataFrame, fields: list[pl.Expr]) -> None:
    """Write delimited text slice by slice: RZ2 in Windows-1252, one council with a byte order mark."""
    windows = extract.layout == "sus"
    ending = "\r\n" if windows else "\n"
    with path.open("wb") as file:
        if extract.stem == "cld_992":
            file.write(b"\xef\xbb\xbf")
        for offset in range(0, max(1, shown.height), _SLICE):
            part = shown.slice(offset, _SLICE).select(fields)
            buffer = io.BytesIO()
            part.write_csv(buffer, include_header=offset == 0, line_terminator=ending)
            content = buffer.getvalue()
            file.write(content.decode("utf-8").encode("cp1252") if windows else content)


def _british(column: str) -> pl.Expr:
    """A date as dd/mm/yyyy; what is no date stays as it is."""
    own = pl.col(column)
    turned = pl.concat_str(own.str.slice(8, 2), pl.lit("/"), own.str.slice(5, 2), pl.lit("/"), own.str.slice(0, 4))
    return pl.when(own.str.contains(_ISO)).then(turned).otherwise(own)


def _as_known(extract: Extract, shown: pl.DataFrame, window: _Window) -> pl.DataFrame:
    """The rows as they were known on the last day of the window: nothing later shows."""
    last = window.last.isoformat()
    is_open = pl.col(TO) > day_number(window.last)
    changes: dict[str, pl.Expr] = {}
    for column, basis in _RESTS_ON.get(extract.kind, {}).items():
        changes[column] = pl.when(pl.col(basis) <= last).then(pl.col(column))
    for name, typed in KINDS[extract.kind].schema.columns().items():
        if name in shown.columns and typed.dtype == pl.Date and name != "birth_date":
            later = (pl.col(name) > last) & pl.col(name).str.contains(_ISO)
            changes[name] = pl.when(~later.fill_null(False)).then(pl.col(name))
    for name in extract.open_blank:
        changes[name] = pl.when(~is_open).then(changes.get(name, pl.col(name)))
    if extract.kind == "spells":
        # Where somebody will go to is known from the day that they are ready to leave.
        planned = ~is_open | (pl.col("discharge_ready_date") <= last).fill_null(False)
        changes["discharge_pathway"] = pl.when(planned).then(pl.col("discharge_pathway"))
    for name, value in extract.open_values.items():
        changes[name] = pl.when(is_open).then(pl.lit(value)).otherwise(pl.col(name))
    if extract.kind == "care_events":
        changes["reporting_period_start"] = pl.lit(window.first.isoformat())
        changes["reporting_period_end"] = pl.lit(last)
    if extract.kind == "delay_reasons":
        # A file lists the discharge day as the end of a reason only once the person has left.
        changes["to_date"] = pl.when(pl.col("to_date") <= last).then(pl.col("to_date"))
    return shown.with_columns(**changes)
