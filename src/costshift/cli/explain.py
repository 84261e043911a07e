"""``costshift explain``: one person's, spell's or shift's figures down to the rows and rules behind them."""

from __future__ import annotations

import os
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
    month_of,
    open_project,
    session,
)

NAME = "explain"
HELP = (
    "Explain a figure: one spell day by day, with the dates and the rule that decided each day. "
    "What it prints is personal data."
)


def command(
    month: MonthOption,
    spell: Annotated[
        str | None,
        typer.Option("--spell", metavar="PROVIDER/SPELL", help="Provider code and spell id, as the extract has them."),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="PATH", help="Write it as a page to this file as well."),
    ] = None,
    as_at: AsAt = None,
    known_at: Annotated[
        int | None,
        typer.Option("--known-at", metavar="LOAD", help="The last load that counts. [default: the latest]"),
    ] = None,
    project: ProjectPath = DEFAULT_PROJECT,
    format: FormatOption = Format.text,
    log_file: LogFile = None,
) -> None:
    """Explain a spell."""
    with session(NAME, format=format, log_file=log_file) as here:
        from costshift import explaining
        from costshift.errors import ProjectError
        from costshift.publish.story import story_data, story_page, story_text

        place, folder = open_project(project)
        wanted = month_of(month, as_at, known_at)
        if spell is None:
            raise ProjectError("say what to explain: --spell PROVIDER/SPELL.")
        story, names = explaining.spell(place, folder, wanted, spell, here.say)
        if html is not None:
            html.write_text(story_page(story, names, place.place.name), encoding="utf-8", newline="\n")
            if os.name == "posix":
                html.chmod(0o600)
        here.result(story_text(story, names), story_data(story))
