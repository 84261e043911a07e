"""To whom the days are attributable, as recorded and as both sides’ dates show."""

from __future__ import annotations

import datetime as dt

import polars as pl

from costshift.delays.agreement_summaries import ALL
from costshift.ledger.delay_shifts import UNALLOCATED
from costshift.ledger.summaries import OTHERS
from costshift.publish import words
from costshift.publish.page.blocks import hidden
from costshift.publish.page.story.phrases import Said, days_or_mark, state_of, why_not
from costshift.publish.page.view import View

_RECORDED = "recorded_"
_TO_WHOM = {
    "acute": "the hospital itself",
    "community": "community services",
    "mental_health": "mental health services",
    "icb": "the ICB",
    "council": "the council",
    "person": "the person or family",
    "not_recorded": "nobody (no reason given)",
    "unknown": "a provider of unknown setting",
}


def to_whom(view: View) -> list[Said]:
    """Whose the delayed days are."""
    return [*_recorded(view), *_evidenced(view)]


def _recorded(view: View) -> list[Said]:
    shares = [own for own in view.content.headlines if own.key.startswith(_RECORDED)]
    told = [own for own in shares if own.value is not None]
    if not shares:
        return []
    many = sum(str(partner.type) == "council" for partner in view.content.project.partners) > 1
    listed = [f"{own.shown} to {_whom(own.key, many=many)}" for own in told if own.value]
    gone = [own for own in shares if own.value is None]
    if not listed and not gone:
        return []
    sentence = f"The hospitals’ own records give the delayed acute days of {view.month_name}: {words.listed(listed)}"
    if not listed:
        sentence = f"To whom the hospitals’ records give the delayed acute days {why_not(gone[0].shown)}"
    elif gone:
        sentence += f"; {words.counted(len(gone), 'further share is', 'further shares are')} {state_of(gone[0].shown)}"
    return [(f"{sentence}.", "This is one side’s record, not what happened.")]


def _whom(key: str, *, many: bool) -> str:
    own = key.removeprefix(_RECORDED).removesuffix("_share")
    return "councils" if many and own == "council" else _TO_WHOM.get(own, words.label(own))


def _evidenced(view: View) -> list[Said]:
    rows = view.summary("agreement_by_organisation").filter(pl.col("role") == ALL).to_dicts()
    days = view.table("delayed_bed_days").iter_rows(named=True)
    if not any(own["delayed_bed_days"] is not None or "delayed_bed_days" in hidden(own) for own in days):
        return []
    if not any(own.kind == "care_events" for own in view.content.project.extracts):
        return [("Whose the delayed days are rests on the hospitals’ record alone: no council sends an extract.", "")]
    if not rows:
        return [
            (
                "Both sides’ linked dates cannot test the delayed days yet.",
                "No council’s extract reaches far enough beyond the delays of these months.",
            )
        ]
    row = rows[0]
    month = words.month_name(row["month"])
    if not any(row[f"{name}_days"] != 0 for name in ("agreed", "disputed", "questioned")):
        number = "" if row["delayed_bed_days"] is None else f"{words.whole(row['delayed_bed_days'])} "
        none = f"None of the {number}delayed bed days of {month} can be tested against both sides’ linked dates."
        return [(none, "The records do not cover these delays: this counts for nobody.")]
    parts = [
        f"{days_or_mark(row, f'{name}_days')} {how}"
        for name, how in (
            ("agreed", "agreed"),
            ("disputed", "disputed by firm dates"),
            ("questioned", "questioned by weaker ones"),
            ("untestable", "that cannot be tested"),
        )
    ]
    told = (
        f"Both sides’ linked dates were held against the record of the {days_or_mark(row, 'delayed_bed_days')} delayed "
        f"bed days of {month}, in all settings, the latest month that is not too recent: {words.listed(parts)}."
    )
    if row["share_agreed"] is not None:
        share = words.percent(row["share_agreed"])
        told += f" Of those that can be tested, {share} are recorded to the side that the dates show."
    said = [(told, "Each side writes its own dates. What cannot be tested counts for nobody.")]
    return [*said, *_bases(view, row["month"])]


def _bases(view: View, tested: dt.date) -> list[Said]:
    """The partner whose days the firm evidence changes most."""
    month = words.month_name(tested)
    partners = [
        row
        for row in view.summary("bases_by_partner").filter(pl.col("month") == tested).to_dicts()
        if row["partner"] not in (UNALLOCATED, OTHERS)
    ]
    rows = [row for row in partners if row["recorded_days"] is not None and row["reconciled_days"] is not None]
    most = max(rows, key=lambda row: (abs(row["reconciled_days"] - row["recorded_days"]), row["partner"]), default=None)
    if most is None:
        return []
    if most["recorded_days"] == most["reconciled_days"]:
        return [(f"Firm evidence changes no partner’s delayed bed days of {month} that can be shown.", "")]
    shown = "Of those that can be shown, firm" if len(rows) < len(partners) else "Firm"
    return [
        (
            f"{shown} evidence changes the delayed bed days of {view.name(most['partner'])} in {month} most: from "
            f"{days_or_mark(most, 'recorded_days')} as recorded to {days_or_mark(most, 'reconciled_days')}.",
            "",
        )
    ]
