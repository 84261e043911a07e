"""Where a place keeps what: its history, its publications, and the files that its project file names."""

from __future__ import annotations

import os
import re
from pathlib import Path

from costshift.errors import ProjectError
from costshift.history.publications import Publications
from costshift.history.store import History
from costshift.project import Project

#: In a path: a per cent sign with two digits of sixteen, and, where it parts no folders, a backslash.
_READ_AS_OTHERS = re.compile(r"%[0-9A-Fa-f]{2}" if os.sep == "\\" else r"%[0-9A-Fa-f]{2}|\\")


def history_of(project: Project, folder: Path) -> History:
    """The place's history.

    Raises:
        ProjectError: what reads and writes its tables' logs would take the folder for another one.
    """
    own = folder / project.history.folder
    # Delta reads %20 in a path as a space, and would read and write the log of another folder.
    signs = _READ_AS_OTHERS.findall(str(own.absolute()))
    if signs:
        raise ProjectError(
            f"The history would lie in {own}. It cannot lie in a folder with {signs[0]} in its path: what keeps it "
            "takes that for another sign, and so for another folder. Rename the folder, without it, and run again. "
            "Nothing was read or written."
        )
    return History(own)


def publications_of(project: Project, folder: Path) -> Publications:
    """What was published of the place."""
    return Publications(history_of(project, folder).folder)


def own_file(name: str | None, folder: Path) -> Path | None:
    """A file that the project names, from the project file's folder."""
    return None if name is None else folder / name


def council_lookup(project: Project, folder: Path) -> Path | None:
    """The place's lookup of councils by LSOA or postcode."""
    return own_file(project.place.council_lookup, folder)
