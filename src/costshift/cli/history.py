"""``costshift history``: the loads, what each changed, taking one back, removing personal data for good."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer

from costshift.cli.options import (
    DEFAULT_PROJECT,
    Format,
    FormatOption,
    LogFile,
    ProjectPath,
    Quiet,
    month_of,
    open_project,
    session,
)

NAME = "history"
HELP = "The loads: list them, show what one changed, take one back, remove personal data for good."

app = typer.Typer(
    help=HELP,
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Load = Annotated[int, typer.Argument(metavar="LOAD", help="The load's number.")]


@app.command("list", help="List the loads, and what was taken back or pruned.")
def list_loads(
    project: ProjectPath = DEFAULT_PROJECT, format: FormatOption = Format.text, log_file: LogFile = None
) -> None:
    """List every load and action."""
    with session("history list", format=format, log_file=log_file) as here:
        from costshift.cli.words import loads_data, loads_text
        from costshift.locations import history_of

        place, folder = open_project(project)
        history = history_of(place, folder)
        counting = {submission.load_id for submission in history.submissions()}
        actions = history.actions()
        here.result(loads_text(actions, counting), {"loads": loads_data(actions, counting)})


@app.command("show", help="What a load brought, and which records it added, changed and withdrew.")
def show(
    load: Load, project: ProjectPath = DEFAULT_PROJECT, format: FormatOption = Format.text, log_file: LogFile = None
) -> None:
    """Show one load."""
    with session("history show", format=format, log_file=log_file) as here:
        from dataclasses import asdict

        from costshift.errors import HistoryError
        from costshift.history.changes import changes_of
        from costshift.locations import history_of

        place, folder = open_project(project)
        history = history_of(place, folder)
        own = [submission for submission in history.submissions() if submission.load_id == load]
        if not own:
            known = ", ".join(str(n) for n in sorted({s.load_id for s in history.submissions()})) or "none"
            raise HistoryError(f"Load {load} is not one that counts. Loads that count: {known}.")
        changes = changes_of(history, load)
        lines = [f"Load {load}, {own[0].month:%Y-%m}"]
        for submission in own:
            for file in submission.inputs:
                lines.append(
                    f"  {submission.kind}/{submission.submitter}: {file.file}: {file.rows_accepted:,} rows accepted, "
                    f"{file.rows_quarantined:,} quarantined"
                )
        lines += [
            f"  {change.kind}: {change.added:,} records added, {change.changed:,} changed, "
            f"{change.withdrawn:,} withdrawn"
            for change in changes
        ]
        here.result("\n".join(lines), {"load": load, "changes": [asdict(change) for change in changes]})


@app.command("undo", help="Take a load back. Nothing is deleted; the next run publishes without it.")
def undo(
    load: Load,
    project: ProjectPath = DEFAULT_PROJECT,
    format: FormatOption = Format.text,
    quiet: Quiet = False,
    log_file: LogFile = None,
) -> None:
    """Take a load back."""
    with session("history undo", quiet=quiet, format=format, log_file=log_file) as here:
        from costshift.locations import history_of

        place, folder = open_project(project)
        history = history_of(place, folder)
        with history.locked():
            number = history.undo(load, dt.datetime.now(dt.UTC).isoformat(timespec="seconds"))
        here.result(
            f"Load {load} is taken back (number {number}). Publish again with `costshift report --month YYYY-MM`.",
            {"undone": load, "number": number},
        )


@app.command("prune", help="Remove the rows of all loads of earlier months for good, with their restricted folders.")
def prune(
    before: Annotated[str, typer.Option("--before", metavar="YYYY-MM", help="Loads of months before this one go.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do it. Without this, say what would go.")] = False,
    project: ProjectPath = DEFAULT_PROJECT,
    format: FormatOption = Format.text,
    quiet: Quiet = False,
    log_file: LogFile = None,
) -> None:
    """Remove personal data for good."""
    with session("history prune", quiet=quiet, format=format, log_file=log_file) as here:
        from costshift.history.pruning import prune_place, what_would_go
        from costshift.locations import history_of

        place, folder = open_project(project)
        month = month_of(before).first
        history = history_of(place, folder)
        restricted = folder / place.output.restricted_folder
        with history.locked():
            loads, folders = what_would_go(history, restricted, month)
            if yes:
                prune_place(history, restricted, month, dt.datetime.now(dt.UTC).isoformat(timespec="seconds"))
        named = f"loads {', '.join(map(str, loads)) or 'none'}; restricted folders {', '.join(folders) or 'none'}"
        here.result(
            f"Removed for good: {named}." if yes else f"Would go for good: {named}. Do it with --yes.",
            {"loads": loads, "folders": folders, "done": yes},
        )
