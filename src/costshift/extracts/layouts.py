"""Layouts: which header stands for which canonical column, and what kind of extract a header tells.

A layout is a data file in ``layouts/``: kind, canonical column, header, note. Headers are compared without
case, spaces, underscores, brackets and other signs. A layout may also say what is the same for every row of such a
file (``layouts/constants.csv``), and name columns that are no canonical ones but tell how the rows are to be read:
those of ``episodes`` and of ``names``, in place of a kind.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

from costshift.extracts.kinds import KINDS, Kind

#: Layout names that people write: each is a data file. The two releases of Client Level Data share their
#: headers; their value lists differ and are both recognised.
LAYOUT_FILES = ("cds", "sus", "hes", "cld_r2", "cld_r1", "simple_assessments", "drd", "local")
LAYOUTS = ("auto", "canonical", *LAYOUT_FILES)
#: Tried by ``auto``, the first of equals leading. Release 1 cannot be told by its headers.
_TRIED = ("canonical", "cds", "sus", "hes", "cld_r2", "local", "simple_assessments", "drd")
#: Words so short that they would be taken for others: such a layout leads, or is not used.
_LEADS_ONLY = ("simple_assessments",)


@dataclass(frozen=True)
class Match:
    """How a file's headers meet a kind: canonical column = header, and the layout that explains most."""

    kind: Kind
    layout: str
    columns: dict[str, str]

    @property
    def constants(self) -> dict[str, str]:
        """What the layout says of every row: canonical column = value."""
        return layout_constants(self.layout, self.kind.name)

    @property
    def missing_required(self) -> list[str]:
        """Required canonical columns that no header stands for, and that the layout does not give."""
        return [name for name in self.kind.required if name not in self.columns and name not in self.constants]


def header_key(header: str) -> str:
    """A header without case and signs, for comparison."""
    return re.sub(r"[^a-z0-9]+", "", header.casefold())


@cache
def layout_headers(layout: str, kind: str) -> tuple[tuple[str, str], ...]:
    """(canonical column, header) of a layout for a kind, in the layout's order; several headers may serve one."""
    if layout == "canonical":
        return tuple((name, name) for name in KINDS[kind].columns)
    return tuple((row["canonical"], row["header"]) for row in _rows_of(layout) if row["kind"] == kind)


@cache
def layout_constants(layout: str, kind: str) -> dict[str, str]:
    """canonical column = value for every row of a file in a layout."""
    rows = [row for row in _rows_of("constants") if (row["layout"], row["kind"]) == (layout, kind)]
    return {row["canonical"]: row["value"] for row in rows}


def _rows_of(name: str) -> list[dict[str, str]]:
    source = resources.files("costshift.extracts") / "layouts" / f"{name}.csv"
    return list(csv.DictReader(io.StringIO(source.read_text(encoding="utf-8"), newline="")))


def columns_beside(headers: list[str], layout: str, group: str) -> dict[str, str]:
    """name = header of columns that are no canonical ones: ``group`` is ``episodes`` or ``names``."""
    return _read_as(_keys(headers), layout_headers(layout, group))


def match_headers(headers: list[str], kind: Kind, layout: str = "auto") -> Match:
    """The best reading of ``headers`` as ``kind``.

    With ``auto`` every layout is tried and the one that explains most headers leads; canonical names, and
    then the other layouts, fill what it leaves open. The order is fixed, so that the same headers always
    give the same reading.
    """
    keys = _keys(headers)
    names = _TRIED if layout == "auto" else (layout,)
    readings = {name: _read_as(keys, layout_headers(name, kind.name)) for name in names}
    best = max(names, key=lambda name: (len(readings[name]), -names.index(name)))
    columns = dict(readings[best])
    for name in ("canonical", *names):
        if name in _LEADS_ONLY and name != best:
            continue
        for canonical, header in readings.get(name, _read_as(keys, layout_headers(name, kind.name))).items():
            if canonical not in columns and header not in columns.values():
                columns[canonical] = header
    return Match(kind, best, {name: columns[name] for name in kind.columns if name in columns})


def recognise(headers: list[str]) -> list[Match]:
    """Every kind that ``headers`` can be, the best first: all required columns there, most columns matched.

    A typed list of assessments rarely says whose it is: its council may be missing.
    """
    matches = [match_headers(headers, kind) for kind in KINDS.values()]
    possible = [match for match in matches if not set(match.missing_required) - _may_lack(match)]
    return sorted(possible, key=lambda match: -len(match.columns))


def _may_lack(match: Match) -> set[str]:
    return {"council_code"} if match.layout == "simple_assessments" else set()


def _keys(headers: list[str]) -> dict[str, str]:
    keys: dict[str, str] = {}
    for header in headers:
        keys.setdefault(header_key(header), header)
    return keys


def _read_as(keys: dict[str, str], pairs: tuple[tuple[str, str], ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for canonical, header in pairs:
        own = keys.get(header_key(header))
        if own is not None and canonical not in found and own not in found.values():
            found[canonical] = own
    return found
