"""``costshift report``: publish a month again from the history."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from costshift.cli.options import (
    DEFAULT_PROJECT,
    AsAt,
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

NAME = "report"
HELP = "Publish a month's pack again from the history, without reading extracts."


def command(
    month: MonthOption,
    as_at: AsAt = None,
    known_at: Annotated[
        int | None,
        typer.Option("--known-at", metavar="LOAD", help="The last load that counts. [default: the latest]"),
    ] = None,
    project: ProjectPath = DEFAULT_PROJECT,
    strict: Strict = False,
    format: FormatOption = Format.text,
    quiet: Quiet = False,
    log_file: LogFile = None,
) -> None:
    """Publish from the history."""
    with session(NAME, quiet=quiet, format=format, log_file=log_file) as here:
        from costshift import pipeline
        from costshift.cli.words import pack_data, pack_text
        from costshift.people.pseudonyms import find_key
        from costshift.publish.pack import exit_code_of, publication_of

        place, folder = open_project(project)
        pipeline.refuse_what_is_not_there(place)
        wanted = month_of(month, as_at, known_at)
        with pipeline.history_of(place, folder).locked():
            if told := publication_of(place, folder, wanted.first).settle():
                here.note(told)
            pack = pipeline.report(place, folder, wanted, lambda: find_key(folder, os.environ), here.say)
        code = exit_code_of(pack.checks, strict=strict)
        here.result(pack_text(place, wanted, pack), pack_data(place, wanted, pack, code))
    raise typer.Exit(code)
