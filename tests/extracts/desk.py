"""A desk for small extracts: files written, a project that names them, and what reading gives."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from costshift.extracts.cleaning import clean
from costshift.extracts.kinds import KINDS
from costshift.extracts.read_extract import ReadExtract
from costshift.extracts.reading import read_month
from costshift.project import Project

MONTH = "2025-03"
#: Valid NHS numbers of the range for tests.
NUMBERS = ("9990000018", "9990000026", "9990000034", "9990000042", "9990000050")
SPELLS = ("provider_code", "spell_id", "admission_date", "discharge_ready_date", "discharge_date", "surname")


def spell(number: int | str = 1, **cells: str) -> dict[str, str]:
    """A spell that nothing is wrong with."""
    return {
        "provider_code": "RN1",
        "spell_id": f"S{number}",
        "admission_date": "01/03/2025",
        "discharge_ready_date": "05/03/2025",
        "discharge_date": "09/03/2025",
        "surname": "Smith",
    } | cells


def csv_of(rows: Sequence[dict[str, str]], headers: Sequence[str] | None = None, delimiter: str = ",") -> str:
    """Rows as CSV text, the header from the first row."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, headers or list(rows[0]), delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def project_with(*extracts: dict[str, Any], **sections: Any) -> Project:
    """A project of two trusts and a council; an extract is spells.csv of the first trust if not said otherwise."""
    entries = extracts or ({},)
    return Project.model_validate(
        {
            "place": {"name": "Anywhere"},
            "partners": [
                {"id": "north", "name": "North", "type": "acute", "codes": ["RN1"]},
                {"id": "south", "name": "South", "type": "acute", "codes": ["RS1"]},
                {"id": "council", "name": "Council", "type": "council", "codes": ["E1"]},
            ],
            "extracts": [
                {"kind": "spells", "submitter": "north", "files": "spells.csv", "layout": "canonical"} | entry
                for entry in entries
            ],
        }
        | sections
    )


def read_all(folder: Path, *extracts: dict[str, Any], month: str = MONTH) -> list[ReadExtract]:
    """What is read of a month."""
    return read_month(project_with(*extracts), folder, month)


def read_one(folder: Path, text: str | bytes, **extract: Any) -> ReadExtract:
    """spells.csv with this content, read."""
    (folder / "spells.csv").write_bytes(text.encode("utf-8") if isinstance(text, str) else text)
    return read_all(folder, extract)[0]


def findings_of(read: ReadExtract) -> dict[tuple[str, str], int]:
    """(rule, column) -> rows."""
    return {(row["rule"], row["column"]): row["rows"] for row in read.findings.to_dicts()}


def cleaned(kind: str, column: str, values: Sequence[Any], maps: dict[str, str] | None = None) -> list[Any]:
    """Each value as it is read; a fault as ``(rule, what is kept)``."""
    raw = pl.DataFrame({"source_file": "f.csv", "source_row": range(len(values)), column: values}).lazy()
    done = clean(raw, KINDS[kind], {column: maps} if maps else {})
    own = [(label, rule) for label, (rule, name) in done.faults.items() if name == column]
    frame = done.frame.collect()
    found = []
    for row in frame.to_dicts():
        rules = [rule for label, rule in own if row[label]]
        found.append((*rules, row[column]) if rules else row[column])
    return found
