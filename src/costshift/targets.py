"""What the partners have agreed to be judged by, from the project file or a CSV file that it names."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from costshift.errors import ProjectError
from costshift.project import Project

_COLUMNS = ("measure", "partner", "month", "value")


def targets_of(project: Project, folder: Path, measure: str) -> pl.DataFrame:
    """The targets of one measure: month, council (partner id), plan.

    Raises:
        ProjectError: a file of targets cannot be read or understood, or a target stands twice.
    """
    own = all_targets(project, folder).filter(pl.col("measure") == measure)
    return own.select("month", pl.col("partner").alias("council"), pl.col("value").alias("plan"))


def all_targets(project: Project, folder: Path) -> pl.DataFrame:
    """Every target, whosever it is: measure, partner, month, value.

    Raises:
        ProjectError: a file of targets cannot be read or understood, or a target stands twice.
    """
    rows = [
        (target.measure, target.partner, target.month.replace(day=1), target.value)
        for target in project.targets
        if target.month is not None
    ]
    frames = [
        pl.DataFrame(
            rows,
            schema=dict(zip(_COLUMNS, (pl.String, pl.String, pl.Date, pl.Float64), strict=True)),
            orient="row",
        )
    ]
    frames += [_read(folder / target.file) for target in project.targets if target.file]
    own = pl.concat(frames)
    twice = own.filter(pl.struct("measure", "partner", "month").is_duplicated())
    if twice.height:
        measure, partner, month, _ = twice.row(0)
        raise ProjectError(f"[[targets]]: {measure} of {partner} for {month:%Y-%m} stands twice. Keep one.")
    return own


def _read(path: Path) -> pl.DataFrame:
    try:
        table = pl.read_csv(path, infer_schema=False, glob=False)
    except FileNotFoundError:
        raise ProjectError(f"[[targets]] file: there is no file {path}. Correct the path or remove it.") from None
    except (pl.exceptions.PolarsError, OSError) as error:
        raise ProjectError(f"{path.name} cannot be read as UTF-8 CSV: {str(error).splitlines()[0]}.") from None
    missing = [name for name in _COLUMNS if name not in table.columns]
    if missing:
        raise ProjectError(
            f"{path.name}: the columns {', '.join(missing)} are missing; it needs {', '.join(_COLUMNS)}."
        )
    month = pl.coalesce(
        pl.col("month").str.to_date("%Y-%m-%d", strict=False),
        (pl.col("month") + "-01").str.to_date("%Y-%m-%d", strict=False),
    ).dt.month_start()
    typed = table.with_row_index("_row", offset=2).with_columns(
        month.alias("_month"), pl.col("value").cast(pl.Float64, strict=False).alias("_value")
    )
    bad = typed.filter(pl.col("_month").is_null() | pl.col("_value").is_null())
    if bad.height:
        raise ProjectError(
            f"{path.name}, row {bad['_row'][0]}: month must be a date such as 2025-04-01 and value a number."
        )
    return typed.select("measure", "partner", pl.col("_month").alias("month"), pl.col("_value").alias("value"))
