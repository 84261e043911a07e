"""Which header of a file is which canonical column: the project's own words first, then the layouts."""

from __future__ import annotations

import difflib
import re

from costshift.errors import ExtractError
from costshift.extracts.kinds import Kind
from costshift.extracts.layouts import LAYOUTS, header_key, match_headers
from costshift.project import Extract

#: What all required columns together add to a header's strength.
COMPLETE = 1000
#: A cell that is no header: a date, a number of eight digits or more (spaces or dashes in it), a postcode.
_VALUE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4}|(?:\d[ -]?){7}\d|^[A-Za-z]{1,2}\d[A-Za-z\d]? ?\d[A-Za-z]{2}$")


def header_strength(extract: Extract, kind: Kind, cells: list[str]) -> int:
    """How many columns a row of cells would name if it were the header of the extract; 0 if it cannot be one.

    A header with all required columns is stronger than any without.
    """
    there = {header_key(cell) for cell in cells if cell}
    own = {name for name, header in extract.columns.items() if header_key(header) in there}
    layout = extract.layout if extract.layout in LAYOUTS else "auto"
    known = {*match_headers(cells, kind, layout).columns, *match_headers(cells, kind, "canonical").columns, *own}
    if len(known) < min(2, len(kind.required)):
        return 0
    whole = all(name in known or name in extract.constants for name in kind.required)
    return len(known) + COMPLETE * whole


def columns_of(extract: Extract, kind: Kind, file: str, headers: list[str]) -> dict[str, str]:
    """canonical column = header of the file.

    Raises:
        ExtractError: a required column is missing, a header that the project names is not there, or stands twice.
    """
    if extract.layout not in LAYOUTS:
        near = difflib.get_close_matches(extract.layout, LAYOUTS, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else "."
        raise ExtractError(
            f"[[extracts]] {extract.label}: unknown layout {extract.layout!r}{hint} Known: {', '.join(LAYOUTS)}."
        )
    for name in (*extract.columns, *extract.constants, *extract.values):
        if name not in kind.columns:
            near = difflib.get_close_matches(name, kind.columns, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise ExtractError(
                f"[[extracts]] {extract.label}: {kind.name} have no canonical column {name}.{hint} "
                "See docs/extracts.md."
            )
    columns = match_headers(headers, kind, extract.layout).columns
    if extract.layout not in ("auto", "canonical"):
        # A layout leads; columns that a place added under their canonical names are still understood.
        for name, header in match_headers(headers, kind, "canonical").columns.items():
            if name not in columns and header not in columns.values():
                columns[name] = header
    own = {header_key(header): header for header in reversed(headers)} | {header: header for header in headers}
    for name, header in extract.columns.items():
        found = header if header in own else header_key(header)
        if found not in own or not found:
            near = [] if _is_data(headers) else difflib.get_close_matches(header, headers, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise ExtractError(
                f"{file}: there is no column {header!r}, which [[extracts]] {extract.label} gives for {name}.{hint} "
                f"{_headers_in_words(headers)}"
            )
        chosen = own[found]
        columns = {other: value for other, value in columns.items() if value != chosen}
        columns[name] = chosen
    for name in extract.constants:
        columns.pop(name, None)
    twice = sorted({header for header in columns.values() if headers.count(header) > 1})
    if twice:
        raise ExtractError(f"{file}: the column {twice[0]!r} stands twice. Remove or rename one of the two.")
    missing = [name for name in kind.required if name not in columns and name not in extract.constants]
    if missing:
        raise ExtractError(
            f"{file}: required column missing: {', '.join(missing)} (for {kind.name}). "
            f"{_headers_in_words(headers)} Name the column in [extracts.columns] of [[extracts]] {extract.label}, "
            f'for example {missing[0]} = "{_example(headers)}", or ask the sender to add it.'
        )
    return columns


def _headers_in_words(headers: list[str]) -> str:
    """What the first row holds; a row of data in a header's place may name a person, and is not repeated."""
    if _is_data(headers):
        return "Its first row looks like data, and not like headers: ask the sender for a file with a header row."
    return f"The file has: {', '.join(headers)}."


def _example(headers: list[str]) -> str:
    return "Header in the file" if _is_data(headers) else headers[0]


def _is_data(headers: list[str]) -> bool:
    """Whether a row holds what headers do not: a date, a postcode, or a number of eight digits or more."""
    return any(_VALUE.search(cell) for cell in headers)
