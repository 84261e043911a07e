"""Artificial places and the command, as a user meets them."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import io
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

KEY = "a key for tests, of no secrecy at all"


@dataclass(frozen=True)
class Outcome:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


@contextlib.contextmanager
def inside(folder: Path) -> Iterator[None]:
    """Work in a folder."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


#: A picture of one pixel. Drawing the real ones takes half of a small run's time.
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)


def costshift(*words: str | Path, cwd: Path | None = None, in_full: bool = False) -> Outcome:
    """Run the command in this process, as the console script does.

    Unless ``in_full``, PNG files are one pixel, and what several sums tell only together is not searched for: either
    takes half of a small run's time, and has tests of its own.
    """
    from costshift.cli import main

    out, err = io.StringIO(), io.StringIO()
    code = 0
    with (
        mock.patch("sys.argv", ["costshift", *map(str, words)]),
        mock.patch.dict(os.environ, {"COSTSHIFT_KEY": KEY}),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        contextlib.nullcontext() if in_full else mock.patch("vl_convert.svg_to_png", lambda svg, scale: PIXEL),
        contextlib.nullcontext() if in_full else mock.patch("costshift.publish.search.linked", lambda *_: ()),
        inside(cwd or Path.cwd()),
    ):
        try:
            main()
        except SystemExit as stop:
            code = int(stop.code or 0)
    return Outcome(code, out.getvalue(), err.getvalue())


def every_file(folder: Path) -> dict[str, bytes]:
    """Relative path -> content of every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def every_output(folder: Path) -> dict[str, bytes]:
    """Relative path -> content of every file that a place has published, restricted ones included."""
    return {name: own for name, own in every_file(folder).items() if name.startswith(("reports/", "restricted/"))}


def run_in_process(folder: Path, *, beside: bool = False) -> dict[str, bytes]:
    """Run March 2025 of a place without the command, in full, and give what it published."""
    from costshift import pipeline
    from costshift.locations import history_of
    from costshift.month import Month
    from costshift.project import load_project

    month = Month(dt.date(2025, 3, 1), dt.date(2025, 3, 31))
    project = load_project(folder / "costshift.toml")
    with history_of(project, folder).locked():
        pipeline.run(project, folder, month, lambda: b"key", "2025-04-01T00:00:00", lambda _: None, beside=beside)
    return every_output(folder)


ALL_FORMATS = 'formats = ["html", "xlsx", "docx", "csv"]'


def lighter(place: Path) -> None:
    """Let a sample place publish neither workbook nor Word paper: most tests look at its tables and its page."""
    path = place / "costshift.toml"
    text = path.read_text(encoding="utf-8")
    assert ALL_FORMATS in text
    path.write_text(text.replace(ALL_FORMATS, 'formats = ["html", "csv"]'), encoding="utf-8")


def tables_only(place: Path) -> None:
    """Let a place publish no page, and public tables as they are: for tests that look at tables of the internal pack."""
    path = place / "costshift.toml"
    text, found = re.subn(r"^formats = .*$", 'formats = ["csv"]', path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert found == 1 and "[disclosure]" not in text
    path.write_text(f'{text}\n[disclosure]\nrule = "none"\n', encoding="utf-8")


def whole(place: Path) -> None:
    """Undo :func:`lighter`."""
    path = place / "costshift.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('formats = ["html", "csv"]', ALL_FORMATS), encoding="utf-8")
