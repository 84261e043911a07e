"""Layouts: which header stands for which canonical column, and what kind of extract a header tells.

A layout is a data file in ``layouts/``: kind, canonical column, header, note. Headers are compared without
case, spaces, underscores, brackets and other signs.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

from costshift.extracts.kinds import KINDS, Kind

#: Layout names that people write, and the data file behind each. The two releases of Client Level Data
#: share their headers; their value lists differ and are both recognised.
LAYOUT_FILES = {"cds": "cds", "sus": "sus", "cld_r2": "cld_r2", "cld_r1": "cld_r2", "local": "local"}
LAYOUTS = ("auto", "canonical", *LAYOUT_FILES)


@dataclass(frozen=True)
class Match:
    """How a file's headers meet a kind: canonical column = header, and the layout that explains most."""

    kind: Kind
    layout: str
    columns: dict[str, str]

    @property
    def missing_required(self) -> list[str]:
        """Required canonical columns that no header stands for."""
        return [name for name in self.kind.required if name not in self.columns]


def header_key(header: str) -> str:
    """A header without case and signs, for comparison."""
    return re.sub(r"[^a-z0-9]+", "", header.casefold())


@cache
def layout_headers(layout: str, kind: str) -> tuple[tuple[str, str], ...]:
    """(canonical column, header) of a layout for a kind, in the layout's order; several headers may serve one."""
    if layout == "canonical":
        return tuple((name, name) for name in KINDS[kind].columns)
    source = resources.files("costshift.extracts") / "layouts" / f"{LAYOUT_FILES[layout]}.csv"
    rows = csv.DictReader(io.StringIO(source.read_text(encoding="utf-8"), newline=""))
    return tuple((row["canonical"], row["header"]) for row in rows if row["kind"] == kind)


def match_headers(headers: list[str], kind: Kind, layout: str = "auto") -> Match:
    """The best reading of ``headers`` as ``kind``.

    With ``auto`` every layout is tried and the one that explains most headers leads; canonical names, and
    then the other layouts, fill what it leaves open. The order is fixed, so that the same headers always
    give the same reading.
    """
    keys: dict[str, str] = {}
    for header in headers:
        keys.setdefault(header_key(header), header)
    names = ("canonical", "cds", "sus", "cld_r2", "local") if layout == "auto" else (layout,)
    readings = {name: _read_as(keys, layout_headers(name, kind.name)) for name in names}
    best = max(names, key=lambda name: (len(readings[name]), -names.index(name)))
    columns = dict(readings[best])
    for name in ("canonical", *names):
        for canonical, header in readings.get(name, _read_as(keys, layout_headers(name, kind.name))).items():
            if canonical not in columns and header not in columns.values():
                columns[canonical] = header
    return Match(kind, best, {name: columns[name] for name in kind.columns if name in columns})


def recognise(headers: list[str]) -> list[Match]:
    """Every kind that ``headers`` can be, the best first: all required columns there, most columns matched."""
    matches = [match_headers(headers, kind) for kind in KINDS.values()]
    possible = [match for match in matches if not match.missing_required]
    return sorted(possible, key=lambda match: -len(match.columns))


def _read_as(keys: dict[str, str], pairs: tuple[tuple[str, str], ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for canonical, header in pairs:
        own = keys.get(header_key(header))
        if own is not None and canonical not in found and own not in found.values():
            found[canonical] = own
    return found
