"""Publishing whole or not at all: folders are built beside their place and swapped in together.

``NAME`` is what readers see, ``.NAME.new`` is being built, ``.NAME.old`` is what stood there before; where that cannot
be removed, it stays beside the next one, and is tried again whenever a command publishes. When every
folder of a publication is whole, the file ``.complete`` is written into the main one: that is the commit. From
then on an interrupted swap is completed by the next command; before it, what was half built is taken away.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from costshift.errors import PublicationError
from costshift.project import Project

COMPLETE = ".complete"


class Publication:
    """Folders that are published together.

    Args:
        main: the folder that carries the commit; it is swapped in last.
        others: the folders that belong to it.
    """

    def __init__(self, main: Path, others: Sequence[Path]) -> None:
        self.main = main
        self.others = tuple(others)

    def build(self) -> list[Path]:
        """Empty folders to build in: the main one's, then the others'.

        Raises:
            PublicationError: a folder cannot be made.
        """
        folders = []
        for target in (self.main, *self.others):
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                _remove(_new(target))
                _new(target).mkdir()
            except OSError as error:
                raise _cannot(target, error) from None
            folders.append(_new(target))
        return folders

    def swap_in(self) -> None:
        """Put what was built in place of what stands there.

        Raises:
            PublicationError: another program holds a file open, or somebody stopped it. The next command completes the
                swap.
        """
        (_new(self.main) / COMPLETE).write_text("", encoding="utf-8")
        try:
            self._complete()
        except KeyboardInterrupt:
            raise PublicationError(
                f"Stopped while the pack was put in its place, {self.main}. It is whole: the next command puts it "
                "there."
            ) from None

    def abandon(self) -> None:
        """Take away what was built and not swapped in."""
        if not (_new(self.main) / COMPLETE).exists():
            for target in (self.main, *self.others):
                shutil.rmtree(_new(target), ignore_errors=True)

    def settle(self) -> str | None:
        """Finish or take away what an earlier run left half-done; say what was done, if anything."""
        targets = (self.main, *self.others)
        try:
            if (_new(self.main) / COMPLETE).exists():
                self._complete()
                return f"An interrupted publication of {self.main} was completed."
            left = any(_new(target).exists() for target in targets)
            for target in targets:
                _remove(_new(target))
                olds = _olds(target)
                if olds and not target.exists():
                    olds.pop().rename(target)
                _tidy(olds)
            (self.main / COMPLETE).unlink(missing_ok=True)
        except OSError as error:
            raise _cannot(self.main, error) from None
        return f"A half-built publication of {self.main} was taken away." if left else None

    def _complete(self) -> None:
        for target in (*self.others, self.main):
            try:
                if _new(target).exists():
                    _replace(target)
                _tidy(_olds(target))
            except OSError as error:
                raise _cannot(target, error, is_whole=True) from None
        (self.main / COMPLETE).unlink(missing_ok=True)


def _replace(target: Path) -> None:
    new, olds = _new(target), _olds(target)
    _tidy(olds)
    old = next(own for own in _names_of_old(target) if not own.exists())
    if target.exists():
        target.rename(old)
    try:
        new.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise


def _remove(folder: Path) -> None:
    """Remove what is there, files that may only be read included: Windows does not remove them by itself."""
    if folder.is_symlink() or folder.is_file():
        folder.unlink()
    elif folder.exists():
        try:
            shutil.rmtree(folder)
        except PermissionError:
            for own in (folder, *folder.rglob("*")):
                if not own.is_symlink():
                    own.chmod(0o700)
            shutil.rmtree(folder)


def _tidy(folders: Sequence[Path]) -> None:
    """Remove what stood there before, where that can be done: that it cannot is no reason not to publish."""
    for folder in folders:
        with suppress(OSError):
            _remove(folder)


def _new(target: Path) -> Path:
    return target.with_name(f".{target.name}.new")


def _names_of_old(target: Path) -> list[Path]:
    """Where it may stand when it was replaced, in the order in which the names are used."""
    return [target.with_name(f".{target.name}.old{number}") for number in ("", *range(2, 100))]


def _olds(target: Path) -> list[Path]:
    """What stood there before and was not removed, the latest last."""
    return [own for own in _names_of_old(target) if own.exists()]


def _cannot(target: Path, error: OSError, *, is_whole: bool = False) -> PublicationError:
    then = "It is whole: the next command puts it there." if is_whole else "Nothing was published."
    return PublicationError(
        f"{target} cannot be written or replaced ({error.strerror or error}). Close its files in other programs, or "
        f"give yourself the right to write there; then run again. {then}"
    )


def publication_of(project: Project, folder: Path, month: dt.date) -> Publication:
    """The folders of a month's pack: reports/MONTH, with reports/latest and restricted/MONTH."""
    name = f"{month:%Y-%m}"
    reports = folder / project.output.folder
    return Publication(reports / name, [reports / "latest", folder / project.output.restricted_folder / name])
