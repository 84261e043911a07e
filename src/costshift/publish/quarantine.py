"""The quarantine: rows that were not accepted, raw, with every reason, for the eyes of those who may see them."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from costshift.errors import PublicationError
from costshift.extracts.read_extract import ReadExtract

FOLDER = "quarantine"
#: How the files begin that hold examples of values of accepted rows.
VALUES = "values_"
#: How the files begin that hold the values which no list knows, each with its count and the nearest known.
UNKNOWN = "unknown_values_"


def keep_quarantine(restricted: Path, month: dt.date, reads: Sequence[ReadExtract]) -> Path:
    """Write the quarantined rows of what was read, one CSV file an extract; the folder is the owner's alone.

    Beside it, examples of values of accepted rows that were blanked or are hard to believe, and all values that no list
    knows.

    An extract without quarantined rows has no file: what an earlier try left is taken away. A pack takes the
    month's quarantine with it when it is published.

    Raises:
        PublicationError: the folder cannot be written.
    """
    folder = restricted / f"{month:%Y-%m}" / FOLDER
    try:
        make_private(restricted)
        folder.mkdir(parents=True, exist_ok=True)
        for read in reads:
            path = folder / f"{read.kind.name}_{read.extract.submitter}.csv"
            for rows, own in (
                (read.quarantine, path),
                (read.examples, path.with_name(f"{VALUES}{path.name}")),
                (read.unknown, path.with_name(f"{UNKNOWN}{path.name}")),
            ):
                if rows.height:
                    rows.write_csv(own, line_terminator="\n", include_bom=True)
                else:
                    own.unlink(missing_ok=True)
    except OSError as error:
        raise PublicationError(
            f"The quarantine in {folder} cannot be written ({error.strerror}). Close its files in other programs, or "
            "give yourself the right to write there; then run again."
        ) from None
    return folder


def carry_over(restricted: Path, month: dt.date, into: Path) -> None:
    """Copy the month's quarantine into a pack's restricted folder that is being built."""
    source = restricted / f"{month:%Y-%m}" / FOLDER
    if source.is_dir():
        shutil.copytree(source, into / FOLDER)


def make_private(folder: Path) -> None:
    """Make a folder, and let only its owner in where the system knows owners (on Windows: its parent's rights)."""
    folder.mkdir(parents=True, exist_ok=True)
    if os.name == "posix":
        folder.chmod(0o700)
