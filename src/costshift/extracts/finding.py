"""Which files are an extract's for a month."""

from __future__ import annotations

from pathlib import Path

from costshift.errors import ExtractError
from costshift.extracts.databases import query_file
from costshift.project import Extract

#: What Windows keeps in a folder for itself.
_OF_WINDOWS = ("thumbs.db", "desktop.ini")


def left_by_programs(name: str) -> bool:
    """Whether a file was left by a program beside those that people put there, by its name without folders.

    By Office beside a workbook that is open (``~$``), by Windows, by macOS (``.DS_Store``, ``._``).
    """
    return name.startswith((".", "~$")) or name.lower() in _OF_WINDOWS


def find_files(extract: Extract, folder: Path, month: str) -> list[Path]:
    """The files of an extract for a month, sorted; of one from a database the file of its query.

    What programs leave in a folder is passed over, unless it is named without a pattern.

    Raises:
        ExtractError: the query's file is not there, or a pattern cannot be followed.
    """
    if extract.files is None:
        return [query_file(extract, folder)]
    found: set[Path] = set()
    for pattern in patterns_of(extract, month):
        if (folder / pattern).is_file():
            # A name with brackets in it is a name before it is a pattern.
            found.add(folder / pattern)
            continue
        path = Path(pattern.replace("\\", "/"))
        base = Path(path.anchor) if path.is_absolute() else folder
        relative = path.relative_to(path.anchor) if path.is_absolute() else path
        try:
            matches = (match for match in base.glob(str(relative)) if match.is_file())
            found.update(match for match in matches if not left_by_programs(match.name))
        except (ValueError, IndexError, NotImplementedError):
            raise ExtractError(
                f"[[extracts]] {extract.label}: files = {pattern!r} is not a pattern that can be followed. Give a "
                "path; * stands for any part of a name, and ** for any folders and stands alone between slashes."
            ) from None
    for path in sorted(found):
        refuse_unreadable_name(path)
    return sorted(found)


def refuse_unreadable_name(path: Path) -> None:
    """A name that the machine's encoding cannot read cannot be written into a project file, a table or a pack.

    Raises:
        ExtractError: the file has such a name.
    """
    try:
        str(path).encode("utf-8")
    except UnicodeEncodeError:
        shown = path.as_posix().encode("utf-8", "replace").decode("utf-8")
        raise ExtractError(f"The name of the file {shown} is not UTF-8. Rename the file.") from None


def is_due(extract: Extract, month: str) -> bool:
    """Whether a run of the month must have the extract: a quarterly one only at a quarter's end."""
    return extract.required and (extract.cadence == "monthly" or month[-2:] in ("03", "06", "09", "12"))


def patterns_of(extract: Extract, month: str) -> list[str]:
    """Where the extract of a month is looked for."""
    files = [extract.files] if isinstance(extract.files, str) else extract.files or []
    return [pattern.replace("{month}", month) for pattern in files]
