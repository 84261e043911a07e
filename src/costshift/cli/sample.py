"""``costshift sample``: an artificial place with known truth."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import typer

from costshift.cli.options import Format, FormatOption, Quiet, session

NAME = "sample"
HELP = "Make an artificial place with known truth: extracts for demonstration, training and tests."


class FileFormat(enum.StrEnum):
    """What the extracts are written as."""

    csv = "csv"
    parquet = "parquet"


class Feeding(enum.StrEnum):
    """How the extracts come."""

    rolling = "rolling"
    monthly = "monthly"


def command(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to write it; made if it is not there.")],
    people: Annotated[
        int, typer.Option("--people", min=100, help="People who touch hospital or social care.")
    ] = 20_000,
    months: Annotated[int, typer.Option("--months", min=1, max=120, help="Months of data.")] = 36,
    last_month: Annotated[str, typer.Option("--last-month", metavar="YYYY-MM", help="The last of them.")] = "2025-03",
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same place.")] = 1,
    fault_rate: Annotated[
        float, typer.Option("--fault-rate", min=0, max=0.5, help="Share of rows with each kind of fault.")
    ] = 0.01,
    recorded_disagreement: Annotated[
        float,
        typer.Option(
            "--recorded-disagreement",
            min=0,
            max=1,
            help="Share of recorded reasons that differ from the truth.",
        ),
    ] = 0.15,
    eligibility_effect: Annotated[
        float,
        typer.Option("--eligibility-effect", help="Pounds of NHS use a person-month after losing eligibility."),
    ] = 60.0,
    chc_effect: Annotated[
        float,
        typer.Option("--chc-effect", help="Pounds of council care a person-month after losing continuing healthcare."),
    ] = 2600.0,
    tightening: Annotated[
        bool,
        typer.Option(
            "--tightening/--no-tightening", help="Whether a council and the ICB find fewer eligible on the way."
        ),
    ] = True,
    file_format: Annotated[FileFormat, typer.Option("--file-format", help="What to write.")] = FileFormat.csv,
    feeding: Annotated[
        Feeding,
        typer.Option("--feeding", help="rolling: all in the last month's folder; monthly: a folder a month."),
    ] = Feeding.rolling,
    names: Annotated[bool, typer.Option("--names/--no-names", help="Whether the extracts carry names.")] = True,
    force: Annotated[bool, typer.Option("--force", help="Write into a folder that has files already.")] = False,
    format: FormatOption = Format.text,
    quiet: Quiet = False,
) -> None:
    """Write an artificial place."""
    with session(NAME, quiet=quiet, format=format) as here:
        from costshift.cli.options import month_of
        from costshift.errors import ProjectError
        from costshift.sample import SampleSettings, write_sample

        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())) and not force:
            raise ProjectError(f"{folder} is there and not empty. Name another folder, or write into it with --force.")
        settings = SampleSettings(
            people=people,
            months=months,
            last_month=month_of(last_month).first,
            seed=seed,
            fault_rate=fault_rate,
            recorded_disagreement=recorded_disagreement,
            eligibility_effect=eligibility_effect,
            chc_effect=chc_effect,
            file_format=file_format.value,
            feeding=feeding.value,
            names=names,
            tightening=tightening,
        )
        here.say("Making an artificial place")
        summary = write_sample(folder, settings)
        lines = [f"{file}: {rows:,} rows" for file, rows in sorted(summary.rows.items())]
        here.result(
            "\n".join(lines)
            + f"\nArtificial, with its truth in {folder / 'truth'}. Try:\n"
            + f"  costshift run --project {folder / 'costshift.toml'} --month {last_month}",
            {"folder": str(folder), "files": dict(summary.rows), "truth": dict(summary.totals)},
        )
