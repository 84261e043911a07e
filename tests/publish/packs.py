"""A small pack with everything in it that a page or workbook must cope with. Every figure is worked by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import polars as pl

from costshift import standards
from costshift.extracts.read_extract import InputFile
from costshift.prices.unit_costs import unit_costs
from costshift.project import Project
from costshift.publish.catalogue import TABLES, Table
from costshift.publish.content import Audience, Check, Headline, PackContent, SubmittedFile
from costshift.publish.dimensions import delay_reasons, months
from costshift.publish.disclosure import control
from costshift.publish.summaries import SUMMARIES, controlled_summaries
from costshift.publish.tables import published

MONTH, AS_AT = dt.date(2025, 3, 1), dt.date(2025, 3, 31)
FEBRUARY = dt.date(2025, 2, 1)
HOSTILE = '<b>&"North\'s" Council'
FORMULA = '=HYPERLINK("x")'
BED_DAY_PENCE = 56_200
SMALL = 6  # under the threshold: suppressed in public
DELAYS = (
    "delay_1_day",
    "delay_2_3_days",
    "delay_4_6_days",
    "delay_7_13_days",
    "delay_14_20_days",
    "delay_21_plus_days",
)

PROJECT: dict[str, Any] = {
    "place": {"name": "North & South"},
    "partners": [
        {"id": "north-hospitals", "name": "North Hospitals", "type": "acute"},
        {"id": "south-hospitals", "name": "South Hospitals", "type": "acute"},
        {"id": "blank-hospitals", "name": "Blank Hospitals", "type": "acute"},
        {"id": "north-council", "name": HOSTILE, "type": "council"},
    ],
    "extracts": [{"kind": "spells", "submitter": "north-hospitals", "files": "spells.csv"}],
}


def _discharges(provider: str, counts: tuple[int, int, int, int] | None, month: dt.date = MONTH) -> dict[str, Any]:
    """counts: on the ready date, 1 day, 21 days or more, bed days lost."""
    on_date, one, long, lost = counts or (0, 0, 0, 0)
    known = counts is not None
    bands = dict.fromkeys(DELAYS, 0 if known else None) | ({DELAYS[0]: one, DELAYS[-1]: long} if known else {})
    return {
        "month": month,
        "provider": provider,
        "setting": "acute",
        "council": "north-council",
        "discharge_pathway": "P1",
        "discharges": on_date + one + long if known else 20,
        "discharged_on_ready_date": on_date if known else None,
        "delayed_discharges": one + long if known else None,
        **bands,
        "bed_days_lost": lost if known else None,
        "ready_date_missing": 0 if known else 20,
        "ready_date_invalid": 0,
        "acceptable": known,
    }


def _days(provider: str, to: str, days: int | None, people: int | None, month: dt.date = MONTH) -> dict[str, Any]:
    return {
        "month": month,
        "provider": provider,
        "setting": "acute",
        "council": "north-council",
        "discharge_pathway": "P1",
        "delay_reason": "CP3" if to == "council" else "not_recorded",
        "recorded_attribution": to,
        "delayed_bed_days": days,
        "delayed_beds": None if days is None else days / month.replace(month=month.month + 1).__sub__(month).days,
        "people": people,
        "cost": None if days is None else days * BED_DAY_PENCE,
        "provisional": provider == "south-hospitals",
    }


def _shift(driver: str, payer: str, days: int, people: int) -> dict[str, Any]:
    names = {
        "month": MONTH,
        "driver": driver,
        "payer": payer,
        "kind": "delay",
        "nature": "notional",
        "basis": "counted",
    }
    return names | {"amount": days * BED_DAY_PENCE, "people": people, "_days": days}


def _position(partner: str, absorbed: int, passed: int, people: int) -> dict[str, Any]:
    return {
        "month": MONTH,
        "partner": partner,
        "nature": "notional",
        "basis": "counted",
        "absorbed_for_others": absorbed * BED_DAY_PENCE,
        "passed_to_others": passed * BED_DAY_PENCE,
        "net_absorbed": (absorbed - passed) * BED_DAY_PENCE,
        "_absorbed_people": people if absorbed else 0,
        "_passed_people": people if passed else 0,
    }


def estimated(partner: str, absorbed: int, passed: int, people: int, months: int = 1) -> dict[str, Any]:
    """A row of estimated_positions, in bed days' prices; the interval reaches two thirds of the net to each side."""
    row = _position(partner, absorbed, passed, people) | {"months": months, "basis": "estimated"}
    reach = (absorbed + passed) * BED_DAY_PENCE * 2 // 3
    ends = {
        f"{name}_{end}": row[name] + sign * reach * (row[name] != 0)
        for name in ("absorbed_for_others", "passed_to_others", "net_absorbed")
        for end, sign in (("low", -1), ("high", 1))
    }
    return row | ends


def _waiting(provider: str, people: int | None) -> dict[str, Any]:
    return {
        "date": AS_AT,
        "provider": provider,
        "setting": "acute",
        "council": "north-council",
        "discharge_pathway": "P1",
        "people_delayed": people,
        "people_delayed_7_plus": people,
        "people_delayed_14_plus": None if people is None else people // 2,
        "people_delayed_21_plus": None if people is None else 0,
    }


def _quality(rule: str, rows: int, severity: str = "warning") -> dict[str, Any]:
    own = {"extract": "spells", "submitter": "north-hospitals", "month": MONTH}
    return own | {"rule": rule, "rows": rows, "severity": severity}


def _linked(by: str, characteristic: str, group: str, records: int) -> dict[str, Any]:
    own = {"extract": "spells", "submitter": "north-hospitals", "pass": by}
    return own | {"characteristic": characteristic, "group": group, "records": records, "people": records}


ROWS: dict[str, list[dict[str, Any]]] = {
    "discharge_delays": [
        _discharges("north-hospitals", (80, 12, 8, 212)),  # 100 discharges, 20 delayed
        _discharges("south-hospitals", (40, SMALL, 4, 156)),  # 50 discharges, 10 delayed
        _discharges("blank-hospitals", None),
        _discharges("north-hospitals", (90, 10, 0, 10), FEBRUARY),
    ],
    "delayed_bed_days": [
        _days("north-hospitals", "council", 155, 25),
        _days("north-hospitals", "not_recorded", 31, 9),
        _days("south-hospitals", "council", 62, SMALL),
        _days("blank-hospitals", "not_recorded", None, None),
        _days("north-hospitals", "council", 280, 30, FEBRUARY),
    ],
    "census": [_waiting("north-hospitals", 24), _waiting("south-hospitals", SMALL), _waiting("blank-hospitals", None)],
    "bcf_discharge": [
        {
            "month": MONTH,
            "council": "north-council",
            "share_on_ready_date": 0.8,
            "average_delay_days_when_delayed": 368 / 30,
            "average_delay_days": 368 / 150,
            "plan": 2.0,
            "_discharges": 150,
            "_on_ready_date": 120,
            "_delayed": 30,
            "_bed_days": 368,
        }
    ],
    "cost_shifts": [
        _shift("north-council", "north-hospitals", 155, 25),
        _shift("unallocated", "north-hospitals", 31, 9),
        _shift("north-council", "south-hospitals", 62, SMALL),
        _shift("south-hospitals", "south-hospitals", 20, 10),
    ],
    "partner_positions": [
        _position("north-council", 0, 217, 31),
        _position("north-hospitals", 186, 0, 34),
        _position("south-hospitals", 62, 0, SMALL),
        _position("unallocated", 0, 31, 9),
    ],
    "flow_indicators": [
        {
            "month": MONTH,
            "council": "north-council",
            "indicator": "died_while_delayed",
            "numerator": 3,
            "denominator": 30,
            "value": 0.1,
            "_numerator_people": 3,
            "_denominator_people": 30,
            "_per": 1,
            "_money": False,
        }
    ],
    "linkage_quality": [
        _linked("nhs_number", "all", "all", 90),
        _linked("unlinked", "all", "all", 10),
        _linked("all", "found_in_care_events", "yes", 40),
        _linked("all", "found_in_care_events", "no", 60),
        _linked("all", "found_in_care_events by age band", "85+: yes", 30),
        _linked("all", "found_in_care_events by age band", "85+: no", 10),
    ],
    "data_quality": [
        _quality("duplicate", 30, "error"),
        _quality(f"unreadable_date: {FORMULA}", 15),
        _quality("malformed_row", 11, "error"),
        *(_quality(f"unknown_value: Column {number}", 20 + number) for number in range(12)),
    ],
    "cohort_filters": [
        {"month": MONTH, "provider": "north-hospitals", "filter": "adult", "spells_removed": 40, "applied": True},
        {"month": MONTH, "provider": "north-hospitals", "filter": "not_died", "spells_removed": 0, "applied": False},
    ],
    "partners": [{"partner": own["id"], "name": own["name"], "type": own["type"]} for own in PROJECT["partners"]]
    + [{"partner": "unallocated", "name": "Unallocated: days of nobody, or of the person", "type": "unknown"}],
}


def discharged(provider: str | None, counts: tuple[int, int, int, int] | None) -> dict[str, Any]:
    """A row of discharges_by_provider. counts: on the ready date, 1 day, 21 days or more, bed days lost."""
    row = _discharges(provider or "together", counts) | {"provider": provider}
    del row["council"], row["discharge_pathway"]
    total, on_date, delayed, lost = (
        row[name] for name in ("discharges", "discharged_on_ready_date", "delayed_discharges", "bed_days_lost")
    )
    return row | {
        "share_on_ready_date": on_date / total if counts else None,
        "average_delay_days": lost / total if counts else None,
        "average_delay_days_when_delayed": lost / delayed if counts else None,
    }


def attributed(summary: str, key: str | None, days: int, people: int, whole: tuple[int, int]) -> dict[str, Any]:
    """A row of days_by_attribution or days_by_reason; ``whole``: the days and people of all."""
    return {
        "month": MONTH,
        "setting": "acute",
        SUMMARIES[summary].grain[-1]: key,
        "delayed_bed_days": days,
        "delayed_beds": days / 31,
        "people": people,
        "share": days / whole[0],
        "_all_days": whole[0],
        "_all_people": whole[1],
    }


def _beds(provider: str, month: dt.date, days: int | None, people: int | None) -> dict[str, Any]:
    row = _days(provider, "council", days, people, month)
    return {name: row.get(name) for name in SUMMARIES["delayed_beds_by_provider"].column_names} | {
        "acceptable": days is not None
    }


def _census(provider: str, people: int | None) -> dict[str, Any]:
    row = _waiting(provider, people)
    del row["council"], row["discharge_pathway"]
    return row


def linked(extract: str, submitter: str, records: int, by_number: int) -> dict[str, Any]:
    """A row of linked_records; what is not linked by number is linked to nothing."""
    return {
        "extract": extract,
        "submitter": submitter,
        "records": records,
        "people": records - 5,
        "by_nhs_number": by_number,
        "by_other_means": 0,
        "unlinked": records - by_number,
        "share_by_nhs_number": by_number / records,
        "share_unlinked": 1 - by_number / records,
    }


def _found(submitter: str | None, by: str, group: str, found: int, not_found: int) -> dict[str, Any]:
    own = {"extract": "spells", "submitter": submitter, "characteristic": by, "group": group}
    return own | {"found": found, "not_found": not_found, "share_found": found / (found + not_found)}


SUMMARY_ROWS: dict[str, list[dict[str, Any]]] = {
    "discharges_by_provider": [
        discharged("north-hospitals", (80, 12, 8, 212)),
        discharged("south-hospitals", (40, SMALL, 4, 156)),
        discharged("blank-hospitals", None),
        discharged(None, (120, 18, 12, 368)),
    ],
    "delayed_beds_by_provider": [
        _beds("north-hospitals", FEBRUARY, 280, 30),
        _beds("north-hospitals", MONTH, 186, 34),
        _beds("south-hospitals", MONTH, 62, SMALL),
        _beds("blank-hospitals", MONTH, None, None),
    ],
    "days_by_attribution": [
        attributed("days_by_attribution", key, days, people, (248, 40))
        for key, days, people in (("council", 217, 31), ("not_recorded", 31, 9), (None, 248, 40))
    ],
    "days_by_reason": [
        attributed("days_by_reason", key, days, people, (248, 40))
        for key, days, people in (("CP3", 217, 31), ("not_recorded", 31, 9), (None, 248, 40))
    ],
    "census_by_provider": [
        _census("north-hospitals", 24),
        _census("south-hospitals", SMALL),
        _census("blank-hospitals", None),
    ],
    "census_by_pathway": [_waiting("all", 30)],
    "shifts_by_partner": ROWS["cost_shifts"],
    "positions_by_partner": ROWS["partner_positions"],
    "estimated_positions": [
        estimated("north-council", 0, 900, 20),
        estimated("north-hospitals", 900, 0, 20),
        estimated("north-council", 0, 5_000, 40, 12),
        estimated("north-hospitals", 5_000, 0, SMALL, 12),
    ],
    "linked_records": [linked("spells", "north-hospitals", 100, 90)],
    "found_on_other_side": [
        _found("north-hospitals", "all", "all", 40, 60),
        _found(None, "age band", "85+", 30, 10),
    ],
}


def _frame(table: Table, rows: list[dict[str, Any]]) -> pl.DataFrame:
    pence = {column.name: pl.Int64() for column in table.columns if isinstance(column.dtype, pl.Decimal)}
    schema = {column.name: column.dtype for column in (*table.columns, *table.resting)} | pence
    known = [{name: row.get(name) for name in schema} for row in rows]
    return pl.DataFrame(known, schema=schema)


@cache
def tables(audience: Audience, *, empty: bool = False) -> Mapping[str, pl.DataFrame]:
    """The tables as they are published for an audience."""
    project = Project.model_validate(PROJECT)
    found: dict[str, pl.DataFrame] = {}
    for name, rows in ROWS.items():
        frame = _frame(TABLES[name], [] if empty else rows)
        if audience == "public":
            frame = control(TABLES[name], frame, project.disclosure, BED_DAY_PENCE)
        found[name] = published(TABLES[name], frame)
    found["months"] = months(pl.Series([FEBRUARY, MONTH]))
    found["delay_reasons"] = delay_reasons()
    return found


def summaries(audience: Audience, rows: Mapping[str, list[dict[str, Any]]]) -> dict[str, pl.DataFrame]:
    """Summaries as an audience may see them."""
    rule = Project.model_validate(PROJECT).disclosure if audience == "public" else None
    frames = {name: _frame(SUMMARIES[name], own) for name, own in rows.items()}
    return controlled_summaries(frames, rule, BED_DAY_PENCE)


def pack(audience: Audience = "internal", *, empty: bool = False, **project: Any) -> PackContent:
    """The content of a pack for an audience; ``project`` adds sections to the project file."""
    return PackContent(
        project=Project.model_validate(PROJECT | project),
        version="0.1.0",
        month=MONTH,
        as_at=AS_AT,
        known_at=7,
        audience=audience,
        headlines=[]
        if empty
        else [
            Headline("discharges", "Adults discharged", 150.0, "spells", "150", "Without Blank Hospitals."),
            Headline("people_delayed_21_plus", "In hospital 21 nights or more", None, "people", "[c]", ""),
            Headline("recorded_council_share", "Recorded as council", 0.875, "share", "87.5%", "As recorded."),
            Headline("net_absorbed_north-council", "Net absorbed", -121_954.0, "pounds", "-£121,954", "As recorded."),
        ],
        tables=dict(tables(audience, empty=empty)),
        summaries=summaries(audience, {name: [] if empty else rows for name, rows in SUMMARY_ROWS.items()}),
        checks=[
            Check("net_positions_sum_to_zero", "pass", "To the penny."),
            Check("ready_dates_are_complete", "warn", "Blank Hospitals: no ready date at all."),
            Check("findings_new_since_last_month", "fail", FORMULA),
        ],
        inputs=[]
        if empty or audience == "public"
        else [
            SubmittedFile(
                MONTH, 7, InputFile("spells", "north-hospitals", "extracts/spells.csv", "ab" * 32, 180, 170, 10)
            )
        ],
        prices=unit_costs(None),
        filter_sentences=standards.cohort_filters(),
        settings_hash="cd" * 32,
    )


def with_summary(content: PackContent, name: str, rows: list[dict[str, Any]]) -> PackContent:
    """The same pack with other rows in one summary, controlled for its audience."""
    return replace(content, summaries=content.summaries | summaries(content.audience, {name: rows}))
