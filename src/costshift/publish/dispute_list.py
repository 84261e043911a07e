"""The list of disputed spells as a workbook for the two sides' monthly meeting: facts locked in, notes to fill in.

Personal data: it lies in the restricted folder only. What comes back filled in is read by the next run.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter

from costshift import __version__
from costshift.publish import words
from costshift.standards.evidence import evidence_states

NAME = "disputed-spells.xlsx"
#: Column of the list -> header of the sheet. The headers of the notes are those that are read back.
FACTS = {
    "provider_code": "Provider code",
    "spell_id": "Spell id",
    "person_id": "Person",
    "provider": "Hospital",
    "council": "Council",
    "discharge_pathway": "Pathway",
    "discharge_ready_date": "Ready",
    "end_date": "Left",
    "delay_days": "Days delayed",
    "disputed_days": "Days disputed",
    "questioned_days": "Days questioned",
    "recorded_attribution": "Recorded to",
    "evidenced_attribution": "Dates point to",
    "state": "Because",
    "first_referral": "First referral",
    "council_knew": "Council knew",
    "assessed": "Assessment ended",
    "service_started": "Service started",
    "nhs_service_started": "NHS service started",
}
NOTES = {
    "outcome": "Outcome",
    "attributed_to": "Attributed to",
    "name_for_nhs": "Name for the NHS",
    "name_for_council": "Name for the council",
    "noted_on": "Noted on",
    "reason": "Reason",
}
_CHOICES = {
    "outcome": ["agreed", "overruled", "contested"],
    "attributed_to": ["acute", "community", "mental health", "icb", "council", "person"],
}
_HOW = (
    ("What this is", "The delayed spells whose recorded side differs from what both sides' linked dates firmly show."),
    ("What to fill in", "The six columns at the right of the sheet Disputed spells; leave the others as they are."),
    ("Outcome: agreed", "Both sides take the evidence, or, where Attributed to is filled, what stands there."),
    ("Outcome: overruled", "Both sides keep the record."),
    ("Outcome: contested", "No agreement: nothing changes, and the spell stays on the list."),
    ("Names", "A note changes an attribution only when both names are filled in."),
    ("Noted on", "The day of the meeting. Of several notes on one spell the latest counts."),
    ("Where it goes", "Save it in the folder dispute_notes inside the restricted folder. The next run reads it."),
    ("Who may see it", "Personal data: only those who may see the restricted folder."),
)
_WIDEST = 48
_FIRST_DAY = dt.date(1899, 12, 30)


def write_dispute_list(frame: pl.DataFrame, names: dict[str, str], place: str, as_at: dt.date, path: Path) -> None:
    """Write the list of disputed spells.

    Args:
        frame: the table disputed_spells.
        names: partner id to name.
        place: the place's name.
        as_at: the last day that counts; the workbook's own date, so that the same list gives the same bytes.
        path: the file to write.
    """
    # In memory: else its parts lie in the machine's folder for temporary files, and stay there if it is killed.
    book = xlsxwriter.Workbook(str(path), {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties(
        {
            "title": f"Disputed delayed spells, {place}",
            "author": f"costshift {__version__}",
            "comments": "Personal data: restricted",
            "created": dt.datetime.combine(as_at, dt.time()),
        }
    )
    _write_how(book, place, as_at)
    _write_list(book, frame, names)
    book.close()


def _write_how(book: xlsxwriter.Workbook, place: str, as_at: dt.date) -> None:
    page = book.add_worksheet("How to use")
    page.write_string(0, 0, f"Disputed delayed spells, {place}", book.add_format({"bold": True, "font_size": 14}))
    page.write_string(1, 0, f"As at {words.day_name(as_at)}. Restricted: personal data.")
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    bold = book.add_format({"bold": True, "valign": "top"})
    page.set_column(0, 0, 24)
    page.set_column(1, 1, 90)
    for row, (what, text) in enumerate(_HOW, start=3):
        page.write_string(row, 0, what, bold)
        page.write_string(row, 1, text, wrapped)


def _write_list(book: xlsxwriter.Workbook, frame: pl.DataFrame, names: dict[str, str]) -> None:
    page = book.add_worksheet("Disputed spells")
    page.activate()
    headers = {**FACTS, **NOTES}
    fact = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    note = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#FFF2CC"})
    day = book.add_format({"num_format": "dd/mm/yyyy", "align": "left"})
    days = book.add_format({"num_format": "0.##"})
    plain = book.add_format({"text_wrap": False})
    states = evidence_states()

    def said(name: str, value: Any) -> Any:
        if value is None:
            return None
        if name in ("provider", "council"):
            return names.get(value, value)
        if name == "state":
            return states[value][0]
        if name in ("recorded_attribution", "evidenced_attribution"):
            return words.label(value)
        return value.replace("_", " ") if name == "attributed_to" else value

    for place, (name, header) in enumerate(headers.items()):
        page.write_string(0, place, header, note if name in NOTES else fact)
        values = [said(name, value) for value in frame[name]]
        widest = max((len(str(value)) for value in values if value is not None), default=0)
        page.set_column(place, place, min(_WIDEST, max(len(header) // 2 + 4, widest + 2, 20 if name in NOTES else 10)))
        for row, value in enumerate(values, start=1):
            if value is None:
                continue
            if isinstance(value, dt.date):
                page.write_number(row, place, (value - _FIRST_DAY).days, day)
            elif isinstance(value, (int, float)):
                page.write_number(row, place, value, days)
            else:
                page.write_string(row, place, value, plain)
        if name in _CHOICES and frame.height:
            page.data_validation(1, place, frame.height, place, {"validate": "list", "source": _CHOICES[name]})
    page.freeze_panes(1, 2)
    if frame.height:
        page.autofilter(0, 0, frame.height, len(headers) - 1)
    page.set_landscape()
    page.repeat_rows(0)
