"""Whether a folder can keep a history: tried, because network drives do not always rename and lock as they must."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from filelock import FileLock

_ADVICE = "Keep the history on a disk of the machine that runs the job ([history] folder)."
_SECONDS = 30
#: Another process tries for the lock: 3 if it is held, as it must be.
_SECOND_TRY = (
    "import sys\n"
    "from filelock import FileLock, Timeout\n"
    "try:\n    FileLock(sys.argv[1], timeout=0).acquire()\n"
    "except Timeout:\n    sys.exit(3)"
)


def troubles_of(folder: Path) -> list[str]:
    """What a history in this folder would suffer from; nothing if all is well.

    Tried in a new folder inside it, or inside the nearest folder above it that is there; it is taken away again, and
    the history folder itself is not made.
    """
    place = folder
    while not place.is_dir() and place != place.parent:
        place = place.parent
    try:
        own = Path(tempfile.mkdtemp(prefix=".costshift-probe-", dir=place))
    except OSError as error:
        return [f"The history folder {folder} cannot be written ({error.strerror}): no month can be loaded."]
    try:
        found = [*_renaming(own, folder), *_locking(own, folder)]
    finally:
        shutil.rmtree(own, ignore_errors=True)
    if own.exists():
        found.append(f"What is written in {place} cannot be removed again. {_ADVICE}")
    return found


def _renaming(own: Path, folder: Path) -> list[str]:
    """Files replace files, folders are renamed, and of two that create one file only one succeeds."""
    try:
        (own / "old").write_text("old", encoding="utf-8")
        (own / "new").write_text("new", encoding="utf-8")
        (own / "new").replace(own / "old")
        (own / "a").mkdir()
        (own / "a" / "file").write_text("", encoding="utf-8")
        (own / "a").rename(own / "b")
        holds = (own / "old").read_text(encoding="utf-8") == "new" and (own / "b" / "file").is_file()
        holds = holds and not (own / "new").exists() and not (own / "a").exists() and _creates_once(own / "once")
    except OSError as error:
        return [f"Files in {folder} cannot be renamed as they must ({error.strerror}). {_ADVICE}"]
    return [] if holds else [f"Files in {folder} are not renamed as they must. {_ADVICE}"]


def _creates_once(path: Path) -> bool:
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except FileExistsError:
        return True
    return False


def _locking(own: Path, folder: Path) -> list[str]:
    """While one process holds a lock, another is refused it."""
    try:
        with FileLock(own / "lock", timeout=0):
            second = subprocess.run(
                [sys.executable, "-c", _SECOND_TRY, str(own / "lock")],
                capture_output=True,
                timeout=_SECONDS,
                check=False,
            )
    except (OSError, NotImplementedError, subprocess.TimeoutExpired) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
        return [f"Files in {folder} cannot be locked ({why}): two runs at once could spoil the history. {_ADVICE}"]
    if second.returncode == 3:
        return []
    return [f"Files in {folder} are not locked as they must: two runs at once could spoil the history. {_ADVICE}"]
