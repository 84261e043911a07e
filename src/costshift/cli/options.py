"""Options that several commands share, and how a command starts, speaks and ends."""

from __future__ import annotations

import datetime as dt
import enum
import errno
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from costshift.month import Month
    from costshift.project import Project


class Format(enum.StrEnum):
    """How results are printed."""

    text = "text"
    json = "json"


ProjectPath = Annotated[Path, typer.Option("--project", metavar="PATH", help="The project file.")]
MonthOption = Annotated[str, typer.Option("--month", metavar="YYYY-MM", help="The month.")]
AsAt = Annotated[
    str | None,
    typer.Option("--as-at", metavar="DATE", help="The last day counted. [default: the month's last]"),
]
FormatOption = Annotated[Format, typer.Option("--format", help="How results are printed.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Print no results; errors are still told.")]
LogFile = Annotated[
    Path | None,
    typer.Option("--log-file", metavar="PATH", help="Append what was done, with times, to this file."),
]
Strict = Annotated[bool, typer.Option("--strict", help="End with 1 on any warning, not only on new findings.")]

DEFAULT_PROJECT = Path("costshift.toml")


class Session:
    """One command under way: progress on a terminal, a log where wanted, results on standard output."""

    def __init__(self, command: str, *, quiet: bool, format: Format, log_file: Path | None) -> None:
        self.command = command
        self.quiet = quiet
        self.format = format
        self.log_file = log_file
        self._started = time.monotonic()
        self._show: Callable[[str], None] = lambda _: None

    def say(self, doing: str) -> None:
        """Tell what is being done: in the log, and on a terminal."""
        self.log(doing)
        self._show(f"{doing} …")

    def log(self, line: str) -> None:
        """Append a line with the time to the log file."""
        if self.log_file is None:
            return
        now = dt.datetime.now().astimezone().isoformat(timespec="seconds")
        with self.log_file.open("a", encoding="utf-8") as file:
            file.write(f"{now} {os.getpid()} {self.command} {time.monotonic() - self._started:.1f}s {line}\n")

    def result(self, text: str, data: dict[str, Any]) -> None:
        """Print the result, as text or as JSON."""
        if self.quiet:
            return
        # JSON in plain signs: what reads it is not told the console's encoding.
        shown = json.dumps(data, indent=2, default=str) if self.format is Format.json else text
        try:
            print(shown, flush=True)
        except OSError as error:
            # Whoever read it has gone, or its disk is full. What was done stands.
            say_no_more()
            if not isinstance(error, BrokenPipeError):
                self.note(f"The result cannot be shown ({error.strerror}). What the command did stands.")

    def note(self, text: str) -> None:
        """Say something beside the result, on standard error."""
        self.log(text)
        if not self.quiet:
            _complain(text)

    @contextmanager
    def progress(self) -> Iterator[None]:
        """Show what is being done while it is done, on a terminal only."""
        # Without a console, as under some services, there is no standard error.
        if self.quiet or sys.stderr is None or not sys.stderr.isatty():
            yield
            return
        from rich.console import Console

        with Console(stderr=True).status("…") as status:
            self._show = status.update
            yield


@contextmanager
def session(
    command: str, *, quiet: bool = False, format: Format = Format.text, log_file: Path | None = None
) -> Iterator[Session]:
    """Run a command's body; an error that reaches a person becomes one message and its exit code."""
    from costshift.errors import CostshiftError

    here = Session(command, quiet=quiet, format=format, log_file=log_file)
    try:
        here.log("started")
        with here.progress():
            yield here
        here.log("ended")
    except CostshiftError as error:
        _fail(here, str(error), error.exit_code)
    except (typer.Exit, typer.BadParameter):
        raise
    except KeyboardInterrupt:
        _fail(here, "Stopped. Nothing was published.", 2)
    except OSError as error:
        _fail(here, _unreadable(error), 2)
    except Exception as error:
        # The writers of workbooks wrap what the system said.
        within = error.args[0] if error.args else None
        _fail(here, _unreadable(within) if isinstance(within, OSError) else _unforeseen(error), 2)


def _unreadable(error: OSError) -> str:
    """A file or disk that fails, in words: also where a library says it in its own way."""
    if isinstance(error, shutil.Error) and isinstance(error.args[0], list) and error.args[0]:
        # What copies folders raises all failures together: place, copy, why.
        _, place, why = error.args[0][0]
        return f"{place} cannot be written ({why}). Nothing was published. Make room on that disk, and run again."
    if error.errno == errno.ENOSPC:
        where = f" for {error.filename}" if error.filename else ""
        return f"There is no room left on the disk{where}. Nothing was published. Make room, and run again."
    # What polars and pyarrow raise has a text alone.
    why = error.strerror or error
    return f"{error.filename or 'A file'} cannot be read or written ({why}). Nothing was published."


def _fail(here: Session, message: str, code: int) -> None:
    try:
        here.log(f"failed with exit code {code}: {message}")
    except OSError as error:
        message += f"\n(The log file {here.log_file} cannot be written: {error.strerror}.)"
    _complain(f"costshift {here.command}: {message}")
    raise typer.Exit(code)


def _complain(text: str) -> None:
    """Say something on standard error, where there is one."""
    if sys.stderr is not None:
        with suppress(OSError):
            print(text, file=sys.stderr, flush=True)


def say_no_more() -> None:
    """Standard output goes nowhere from here on: else Python would try what is left once more at its end."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _unforeseen(error: Exception) -> str:
    """Where in the code it happened, without a value: messages of libraries can hold what is in the data."""
    places = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if "costshift" in code.co_filename:
            places.append(f"{Path(code.co_filename).name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return (
        f"Something happened that costshift did not foresee ({type(error).__name__} at {' > '.join(places[-4:])}). "
        "Nothing was published. Please report this line; it holds no data."
    )


def open_project(path: Path) -> tuple[Project, Path]:
    """The project and the folder that its paths start from."""
    from costshift.history.spilling import spill_beside
    from costshift.project import keep_apart, load_project

    project, folder = load_project(path), path.resolve().parent
    keep_apart(project, folder)
    spill_beside(folder / project.history.folder)
    return project, folder


def month_of(month: str, as_at: str | None = None, known_at: int | None = None) -> Month:
    """The report that ``--month`` and ``--as-at`` name."""
    from costshift.errors import ProjectError
    from costshift.month import Month

    try:
        first = dt.datetime.strptime(month, "%Y-%m").date()
    except ValueError:
        raise ProjectError(f"--month {month}: a month is written YYYY-MM, for example 2025-04.") from None
    last = (first.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)
    if as_at is None:
        return Month(first, last, known_at)
    try:
        day = dt.date.fromisoformat(as_at)
    except ValueError:
        raise ProjectError(f"--as-at {as_at}: a date is written YYYY-MM-DD, for example 2025-04-30.") from None
    if not first <= day <= last:
        raise ProjectError(f"--as-at {as_at} lies outside --month {month}. Give a day of that month.")
    return Month(first, day, known_at)
