"""``costshift load``: check, then keep the accepted rows as a numbered load."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer

from costshift.cli.options import (
    DEFAULT_PROJECT,
    Format,
    FormatOption,
    LogFile,
    MonthOption,
    ProjectPath,
    Quiet,
    month_of,
    open_project,
    session,
)

NAME = "load"
HELP = "Read and validate a month's extracts, then keep the accepted rows as a numbered load."


def command(
    month: MonthOption,
    extract: Annotated[
        str | None, typer.Option("--extract", metavar="KIND/SUBMITTER", help="Load just this extract.")
    ] = None,
    project: ProjectPath = DEFAULT_PROJECT,
    format: FormatOption = Format.text,
    quiet: Quiet = False,
    log_file: LogFile = None,
) -> None:
    """Keep a month's accepted rows."""
    with session(NAME, quiet=quiet, format=format, log_file=log_file) as here:
        from costshift import pipeline
        from costshift.checks import new_findings
        from costshift.cli.words import findings_data, findings_text
        from costshift.locations import history_of

        place, folder = open_project(project)
        wanted = month_of(month)
        history = history_of(place, folder)
        with history.locked():
            before = {submission.load_id for submission in history.submissions()}
            number, reads = pipeline.load(
                place,
                folder,
                wanted,
                extract,
                dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
                here.say,
            )
            new = new_findings(history.submissions(), wanted.first)
        what = (
            f"Kept as load {number}."
            if number not in before
            else f"Nothing new: load {number} has the same rows already."
        )
        code = int(new.status == "fail")
        here.result(
            findings_text(reads) + f"\n{what}" + (f"\nNew since last month: {new.detail}" if code else ""),
            {
                "month": month,
                "load": number,
                "new": number not in before,
                "extracts": findings_data(reads),
                "exit_code": code,
            },
        )
    raise typer.Exit(code)
