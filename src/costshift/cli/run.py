"""``costshift run``: the monthly job: load, analyse, publish."""

from __future__ import annotations

import datetime as dt
import os

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

NAME = "run"
HELP = "The monthly job: load the month's extracts, analyse, publish the pack."


def command(
    month: MonthOption,
    as_at: AsAt = None,
    project: ProjectPath = DEFAULT_PROJECT,
    strict: Strict = False,
    format: FormatOption = Format.text,
    quiet: Quiet = False,
    log_file: LogFile = None,
) -> None:
    """Load, analyse, publish."""
    with session(NAME, quiet=quiet, format=format, log_file=log_file) as here:
        from costshift import pipeline
        from costshift.cli.words import pack_data, pack_text
        from costshift.locations import history_of
        from costshift.people.pseudonyms import find_key
        from costshift.publish.content import exit_code_of
        from costshift.publish.swap import publication_of

        place, folder = open_project(project)
        wanted = month_of(month, as_at)
        with history_of(place, folder).locked():
            if told := publication_of(place, folder, wanted.first).settle():
                here.note(told)
            now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
            pack = pipeline.run(place, folder, wanted, lambda: find_key(folder, os.environ), now, here.say, beside=True)
        code = exit_code_of(pack.checks, strict=strict)
        here.result(pack_text(place, wanted, pack), pack_data(place, wanted, pack, code))
    raise typer.Exit(code)
