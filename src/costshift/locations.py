"""Where a place keeps what: its history, its publications, and the files that its project file names."""

from __future__ import annotations

from pathlib import Path

from costshift.history.publications import Publications
from costshift.history.store import History
from costshift.project import Project


def history_of(project: Project, folder: Path) -> History:
    """The place's history."""
    return History(folder / project.history.folder)


def publications_of(project: Project, folder: Path) -> Publications:
    """What was published of the place."""
    return Publications(history_of(project, folder).folder)


def own_file(name: str | None, folder: Path) -> Path | None:
    """A file that the project names, from the project file's folder."""
    return None if name is None else folder / name


def council_lookup(project: Project, folder: Path) -> Path | None:
    """The place's lookup of councils by LSOA or postcode."""
    return own_file(project.place.council_lookup, folder)
