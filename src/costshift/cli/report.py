"""``costshift report``: publish a month again from the history, or say what changed since another pack."""

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
HELP = (
    "Publish a month's pack again from the history, without reading extracts; or say what changed since another pack."
)


def command(
    month: MonthOption,
    as_at: AsAt = None,
    known_at: Annotated[
        int | None,
        typer.Option("--known-at", metavar="LOAD", help="The last load that counts. [default: the latest]"),
    ] = None,
    compare: Annotated[
        str | None,
        typer.Option(
            "--compare", metavar="YYYY-MM", help="Publish nothing; say what changed since this month's pack, and why."
        ),
    ] = None,
    project: ProjectPath = DEFAULT_PROJECT,
    strict: Strict = False,
    format: FormatOption = Format.text,
    quiet: Quiet = False,
    log_file: LogFile = None,
) -> None:
    """Publish from the history, or compare two packs."""
    with session(NAME, quiet=quiet, format=format, log_file=log_file) as here:
        from costshift import pipeline
        from costshift.cli.words import pack_data, pack_text
        from costshift.locations import history_of
        from costshift.people.pseudonyms import find_key
        from costshift.publish.content import exit_code_of
        from costshift.publish.swap import publication_of

        place, folder = open_project(project)
        if compare is not None:
            from costshift.publish.comparison import comparison_data, comparison_text

            wanted, other = month_of(month, as_at, known_at), month_of(compare, None, known_at)
            found = pipeline.compare(place, folder, wanted, other)
            here.result(comparison_text(found), comparison_data(found))
            return
        wanted = month_of(month, as_at, known_at)
        with history_of(place, folder).locked():
            if told := publication_of(place, folder, wanted.first).settle():
                here.note(told)
            pack = pipeline.report(place, folder, wanted, lambda: find_key(folder, os.environ), here.say, beside=True)
        code = exit_code_of(pack.checks, strict=strict)
        here.result(pack_text(place, wanted, pack), pack_data(place, wanted, pack, code))
    raise typer.Exit(code)
