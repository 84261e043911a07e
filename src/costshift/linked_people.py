"""Who is who by a place's settings: now, and as an earlier pack knew it."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from costshift.errors import ExtractError
from costshift.extracts.kinds import KINDS
from costshift.history.publications import Published, State
from costshift.history.workspace import Keep
from costshift.locations import history_of, own_file
from costshift.people.identified import People, identify
from costshift.people.permissions import permitted_numbers
from costshift.people.probabilistic import likely_links, refuse_without_splink
from costshift.project import Project


def refuse_what_is_missing(project: Project) -> None:
    """Stop, before anything is read or kept, where linkage needs what is not installed.

    Raises:
        ProjectError: with what to install.
    """
    if project.linkage.probabilistic:
        refuse_without_splink()


def people_behind(project: Project, folder: Path, views: dict[str, pl.LazyFrame], keep: Keep) -> People:
    """The people behind the current rows, by the project's settings.

    Raises:
        ProjectError: the list of those permitted cannot be read, or the probabilistic pass is not installed.
    """
    own = project.linkage
    refuse_what_is_missing(project)
    return identify(
        views,
        permitted_numbers(own_file(own.permitted_file, folder)),
        own.without_names,
        likely_links(own.probabilistic_threshold) if own.probabilistic else None,
        keep,
    )


def people_of(project: Project, folder: Path, known_at: int | None) -> People:
    """Who is who in the history, as ``report`` would have it.

    Raises:
        ExtractError: the history holds nobody.
    """
    history = history_of(project, folder)
    current = {name: history.current(kind, known_at) for name, kind in KINDS.items()}
    views = {name: rows for name, rows in current.items() if rows is not None}
    if not any(KINDS[name].has_person for name in views):
        raise ExtractError("The history holds nobody. Load a month first: costshift load --month YYYY-MM.")
    return people_behind(project, folder, views, history.kept)


def people_before(project: Project, folder: Path, earlier: Published | None, state: State) -> People | None:
    """The people as they were known at an earlier publication; None where nothing was loaded since."""
    if earlier is None or earlier.state.loads == state.loads:
        return None
    return people_of(project, folder, earlier.state.known_at)
