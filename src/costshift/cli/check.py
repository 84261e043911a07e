"""``costshift check``: read and validate a month's extracts; keep nothing."""

from __future__ import annotations

import typer

from costshift.cli.options import (
    DEFAULT_PROJECT,
    Format,
    FormatOption,
    LogFile,
    MonthOption,
    ProjectPath,
    Quiet,
    Strict,
    month_of,
    open_project,
    session,
)

NAME = "check"
HELP = "Read and validate a month's extracts, print the findings, keep nothing."


def command(
    month: MonthOption,
    project: ProjectPath = DEFAULT_PROJECT,
    strict: Strict = False,
    format: FormatOption = Format.text,
    quiet: Quiet = False,
    log_file: LogFile = None,
) -> None:
    """Read and validate; say what was found."""
    with session(NAME, quiet=quiet, format=format, log_file=log_file) as here:
        from costshift.cli.words import findings_data, findings_text
        from costshift.extracts.reading import of_no_use, read_month
        from costshift.history.probing import troubles_of
        from costshift.locations import history_of

        place, folder = open_project(project)
        wanted = month_of(month)
        here.say("Reading the extracts")
        reads = read_month(place, folder, f"{wanted.first:%Y-%m}")
        found = any(row["severity"] != "information" for read in reads for row in read.findings.to_dicts())
        here.say("Trying the history folder")
        troubles = troubles_of(history_of(place, folder).folder)
        useless = [read.extract.label for read in of_no_use(reads, f"{wanted.first:%Y-%m}")]
        refused = [f"error: not one row of {label} can be used: load and run refuse it" for label in useless]
        code = int(bool(useless) or (strict and (found or bool(troubles))))
        here.result(
            "\n".join([findings_text(reads), *refused, *(f"warning: {trouble}" for trouble in troubles)]),
            {
                "month": month,
                "extracts": findings_data(reads),
                "refused": useless,
                "history_folder": troubles,
                "exit_code": code,
            },
        )
    raise typer.Exit(code)
