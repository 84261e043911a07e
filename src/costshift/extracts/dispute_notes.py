"""What the two sides' meeting wrote on the list of disputed spells, read back from the workbook or a CSV file.

A note names a spell and its outcome, the two people who stand for it, when and why. A note that cannot be understood
changes nothing and is reported with file, row and column. Definition: docs/disputes.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from costshift.errors import ExtractError, ProjectError
from costshift.extracts.dates import DATE_RULES, dates_of
from costshift.extracts.raw import RawTable
from costshift.extracts.spreadsheets import SUFFIXES, read_spreadsheet
from costshift.extracts.text import read_text

OUTCOMES = ("agreed", "overruled", "contested")
#: Whom a note may give the days to, as it may be written.
ATTRIBUTIONS = {
    "acute": "acute",
    "community": "community",
    "mental health": "mental_health",
    "icb": "icb",
    "council": "council",
    "person": "person",
}
_KEYS = ("provider code", "spell id")
_NOTE = ("outcome", "attributed to", "name for the nhs", "name for the council", "noted on", "reason")
SCHEMA = {
    "provider_code": pl.String,
    "spell_id": pl.String,
    "outcome": pl.String,
    "noted_attribution": pl.String,
    "name_for_nhs": pl.String,
    "name_for_council": pl.String,
    "noted_on": pl.Date,
    "reason": pl.String,
    "file": pl.String,
    "row": pl.Int64,
}


@dataclass(frozen=True)
class DisputeNotes:
    """The notes that count, and what could not be understood.

    ``notes``: grain provider_code, spell_id (the latest by its date); columns of :data:`SCHEMA`, outcome agreed,
    overruled or contested; noted_attribution is null where the evidence is to stand; names are null where nobody
    signed. ``problems``: sentences that name file, row and column. ``read``: rows with anything written on them.
    """

    notes: pl.DataFrame
    problems: tuple[str, ...] = ()
    read: int = 0


def note_files(folder: Path, pattern: str | None, restricted: Path) -> list[Path]:
    """The files of notes: those that the project file names, else all in ``dispute_notes`` of the restricted folder.

    Raises:
        ProjectError: the project file names files, and there are none.
    """
    if pattern is None:
        return _of(sorted((restricted / "dispute_notes").glob("*")))
    found = _of(sorted(folder.glob(pattern)))
    if not found:
        raise ProjectError(
            f"[rules] dispute_notes = {pattern!r}: there is no such file. Correct the path or remove the setting."
        )
    return found


def _of(paths: Sequence[Path]) -> list[Path]:
    # Excel leaves ~$ files beside a workbook that is open.
    return [own for own in paths if own.suffix.lower() in (*SUFFIXES, ".csv") and not own.name.startswith("~$")]


def read_dispute_notes(files: Sequence[Path]) -> DisputeNotes:
    """Read the notes of all files.

    Raises:
        ExtractError: a file cannot be opened, or has no header with the columns of the list.
    """
    notes: list[dict[str, Any]] = []
    problems: list[str] = []
    read = 0
    for path in files:
        for table in _tables(path):
            for row in _rows(path, table):
                if not any(row[name] for name in _NOTE):
                    continue
                read += 1
                wrong = _wrong(row)
                if wrong:
                    problems.append(f"{path.name}, row {row['row']}: {wrong}")
                else:
                    notes.append(_note(path, row))
    kept, contrary = _latest(notes)
    return DisputeNotes(pl.DataFrame(kept, schema=SCHEMA, orient="row"), (*problems, *contrary), read)


def _tables(path: Path) -> list[RawTable]:
    if path.suffix.lower() == ".csv":
        table = read_text(path)
        if not _names(table.headers):
            raise ExtractError(
                f"{path.name} has no header with the columns Provider code, Spell id and Outcome. Use the list of "
                "disputed spells that costshift wrote, or take the file away."
            )
        return [table]
    return read_spreadsheet(path, lambda cells: len(cells) if _names(cells) else 0)


def _names(headers: Sequence[str]) -> bool:
    known = {_plain(header) for header in headers}
    return {*_KEYS, "outcome"} <= known


def _plain(text: str | None) -> str:
    return " ".join((text or "").replace("_", " ").split()).casefold()


def _rows(path: Path, table: RawTable) -> list[dict[str, Any]]:
    places = {_plain(header): f"c{place}" for place, header in reversed(list(enumerate(table.headers)))}
    malformed = table.counts().malformed
    if malformed.height:
        row = int(malformed["source_row"][0])
        raise ExtractError(f"{path.name}, row {row}: it has too many or too few fields. Correct it, and run again.")
    frame = table.frame.with_columns(pl.lit(None, dtype=pl.String).alias("_none"))
    days = dates_of("noted_on", frame[places.get("noted on", "_none")].str.strip_chars().replace({"": None}))
    bad = days.select(pl.any_horizontal(*DATE_RULES)).to_series()
    dated = frame.with_columns(days["typed"].alias("_day"), bad.alias("_bad_day"))
    return [
        {
            "row": values["source_row"],
            "day": values["_day"],
            "bad_day": bool(values["_bad_day"]),
            **{name: (values.get(places.get(name, "_none")) or "").strip() for name in (*_KEYS, *_NOTE)},
        }
        for values in dated.to_dicts()
    ]


def _wrong(row: dict[str, Any]) -> str:
    """What makes a note useless, in words; empty where nothing does."""
    if not row["provider code"] or not row["spell id"]:
        return "the note names no spell; Provider code and Spell id are needed."
    if _plain(row["outcome"]) not in OUTCOMES:
        said = "is empty" if not row["outcome"] else f"is {row['outcome']!r}"
        return f"column Outcome {said}; write agreed, overruled or contested."
    if row["attributed to"] and _plain(row["attributed to"]) not in ATTRIBUTIONS:
        return f"column Attributed to is {row['attributed to']!r}; write one of {', '.join(ATTRIBUTIONS)}."
    if row["attributed to"] and _plain(row["outcome"]) != "agreed":
        return "column Attributed to is filled, but the outcome is not agreed; clear one or change the other."
    if row["bad_day"]:
        return f"column Noted on is {row['noted on']!r}, which is no date; write it as 31/03/2025."
    if row["day"] is None:
        return "column Noted on is empty; write the day of the meeting as 31/03/2025."
    return ""


def _note(path: Path, row: dict[str, Any]) -> dict[str, Any]:
    attributed = _plain(row["attributed to"])
    return {
        "provider_code": row["provider code"],
        "spell_id": row["spell id"],
        "outcome": _plain(row["outcome"]),
        "noted_attribution": ATTRIBUTIONS.get(attributed),
        "name_for_nhs": row["name for the nhs"] or None,
        "name_for_council": row["name for the council"] or None,
        "noted_on": row["day"],
        "reason": row["reason"] or None,
        "file": path.name,
        "row": row["row"],
    }


def _latest(notes: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """The latest note on each spell; of one day with two contents, none."""
    said = ("outcome", "noted_attribution", "name_for_nhs", "name_for_council")
    by_spell: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for note in notes:
        by_spell.setdefault((note["provider_code"], note["spell_id"]), []).append(note)
    kept: list[dict[str, Any]] = []
    problems: list[str] = []
    for _, own in sorted(by_spell.items()):
        latest = max(note["noted_on"] for note in own)
        last = sorted(
            (note for note in own if note["noted_on"] == latest), key=lambda note: (note["file"], note["row"])
        )
        if len({tuple(note[name] for name in said) for note in last}) > 1:
            places = " and ".join(f"{note['file']}, row {note['row']}" for note in last)
            problems.append(f"{places}: two notes of one day on one spell differ, so that neither counts. Keep one.")
        else:
            kept.append(last[-1])
    return kept, problems
