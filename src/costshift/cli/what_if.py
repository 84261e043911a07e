"""``costshift what-if``: the positions under other rules, prices, shares or delays. Publishes nothing."""

from __future__ import annotations

from pathlib import Path
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
    month_of,
    open_project,
    session,
)

NAME = "what-if"
HELP = (
    "Show each partner's position now and as a file proposes: other rules, prices, shares or delays. Publishes nothing."
)


def command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A TOML file with what is proposed: docs/what-if.md.")],
    month: MonthOption,
    as_at: AsAt = None,
    project: ProjectPath = DEFAULT_PROJECT,
    format: FormatOption = Format.text,
    quiet: Quiet = False,
    log_file: LogFile = None,
) -> None:
    """Work out a month twice, and say what differs."""
    with session(NAME, quiet=quiet, format=format, log_file=log_file) as here:
        from costshift.locations import history_of
        from costshift.what_if import read_proposal, what_if, what_if_data, what_if_text

        place, folder = open_project(project)
        wanted = month_of(month, as_at, None)
        proposal = read_proposal(file, place)
        with history_of(place, folder).locked():
            found = what_if(place, proposal, folder, wanted, here.say)
        here.result(what_if_text(found, place, wanted), what_if_data(found, wanted))
