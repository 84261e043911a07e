"""What is true in the artificial place, for tests to compare with: `truth/*.parquet` and `world.json`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow.parquet as pq

from costshift.sample import careers as c
from costshift.sample import effects, places, stories
from costshift.sample.arrays import DAYS_A_MONTH, NEVER, dates, day_number, labels
from costshift.sample.hospital_records import HospitalExtracts
from costshift.sample.people import People
from costshift.sample.records import Extract
from costshift.sample.settings import SampleSettings

Table = dict[str, npt.NDArray[Any]]

_CODES = ["RZ1", "RZ2", "RZ3"]


class TruthFolder:
    """The folder `truth/`; tables are written one by one so that none has to wait in memory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "truth"
        self.folder.mkdir(parents=True, exist_ok=True)

    def write(self, name: str, frame: pl.DataFrame) -> None:
        """Write one table."""
        frame.write_parquet(self.folder / f"{name}.parquet", compression="zstd", statistics=False)


class GrowingTable:
    """A table of the truth that is written piece by piece."""

    def __init__(self, folder: TruthFolder, name: str) -> None:
        self.path = folder.folder / f"{name}.parquet"
        self.writer: pq.ParquetWriter | None = None

    def add(self, piece: pl.DataFrame) -> None:
        """Add rows; every piece has the same columns."""
        table = piece.to_arrow()
        if self.writer is None:
            self.writer = pq.ParquetWriter(self.path, table.schema, compression="zstd")
        self.writer.write_table(table)

    def close(self) -> None:
        """Finish the file."""
        if self.writer is not None:
            self.writer.close()


def write_world(folder: TruthFolder, settings: SampleSettings) -> None:
    """Write the settings, the planted months, and the prices by which use was planted."""
    plain = {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(settings).items()}
    world = {
        "settings": plain,
        "first_day": settings.first_day.isoformat(),
        "last_day": settings.last_day.isoformat(),
        "eligibility_tightening": {
            "month": settings.eligibility_month.isoformat(),
            "council": places.COUNCILS[places.EASTMOOR].partner,
        },
        "chc_tightening": {"month": settings.chc_month.isoformat(), "icb": places.ICB.partner},
        "eligibility_effect": {
            "pounds_a_person_month": settings.eligibility_effect,
            "prices": effects.PRICES,
            "shares": effects.SHARES,
        },
    }
    text = json.dumps(world, indent=2, sort_keys=True) + "\n"
    (folder.folder / "world.json").write_text(text, encoding="utf-8", newline="\n")


def people_table(people: People) -> pl.DataFrame:
    """One row a person: true_person, nhs_number, demographics, council, death."""
    sex = labels(["1", "2"], people.sex - 1)
    names = ("nhs_number", "surname", "forename", "postcode", "council_code")
    return pl.DataFrame(
        {
            "true_person": np.arange(people.size, dtype=np.int64),
            "birth_date": dates(people.birth),
            "death_date": dates(people.death),
            "sex": sex,
            "care_home_resident": people.care_home,
            **{name: people.text[name] for name in names},
        }
    )


def records_of(extract: Extract) -> pl.DataFrame:
    """Whose each record is: extract, submitter, record_key, true_person."""
    return extract.frame.select(
        pl.lit(extract.kind).alias("extract"),
        pl.lit(extract.partner).alias("submitter"),
        pl.col(extract.reference).alias("record_key"),
        pl.col("_person").alias("true_person"),
    ).unique(maintain_order=True)


def faults_of(extract: Extract, file: str, log: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The faults that one file shows: extract, submitter, file, row (the header is row 1), what was changed.

    `before` and `after` are as the row was made, dates as yyyy-mm-dd.
    """
    return log.join(rows, on="_row", how="inner", maintain_order="left").select(
        pl.lit(extract.kind).alias("extract"),
        pl.lit(extract.partner).alias("submitter"),
        pl.lit(file).alias("file"),
        "row",
        "record_key",
        "column",
        "fault",
        "before",
        "after",
    )


def spells_table(settings: SampleSettings, hospital: HospitalExtracts) -> pl.DataFrame:
    """One row a spell as it truly was, before faults and before empty ready dates."""
    spells, last = hospital.spells, day_number(settings.last_day)
    close = np.where(spells["end"] <= last, spells["end"], NEVER)
    ready = np.where(spells["ready"] <= last, spells["ready"], NEVER)
    delay = np.maximum(np.minimum(spells["end"], last + 1) - np.minimum(spells["ready"], spells["end"]), 0)
    delay = np.where(ready < NEVER, delay, 0)
    steps = {
        "referred": np.where(spells["referred"], spells["h"], NEVER),
        "council_knew": spells["q"],
        "assessed": np.where(np.isin(spells["story"], stories.COUNCIL_STORIES), spells["a"], NEVER),
        "service_started": spells["s"],
    }
    table = pl.DataFrame(
        {
            "provider_code": labels(_CODES, spells["provider"]),
            "spell_id": hospital.spell_ids,
            "true_person": spells["person"],
            "admission_date": dates(spells["admission"]),
            "ready_date": dates(ready),
            "discharge_date": dates(close),
            "delay_days": delay,
            "died": spells["died"].astype(np.bool_),
            "story": labels(list(stories.STORY_NAMES), spells["story"]),
            "outcome": labels(list(stories.OUTCOME_NAMES), spells["outcome"]),
            "transfer": labels([None, "sent", "received"], spells["transfer"]),
            "planted": spells["planted"].astype(np.bool_),
            **{
                name: dates(np.where(day <= np.minimum(spells["end"] + 3, last), day, NEVER))
                for name, day in steps.items()
            },
        }
    )
    private = pl.concat(
        own.frame.filter(pl.col("administrative_category") == "02").select("provider_code", "spell_id")
        for own in hospital.extracts
        if own.kind == "spells"
    )
    key = ["provider_code", "spell_id"]
    told = private.with_columns(pl.lit(False).alias("nhs_funded"))
    return table.join(told, on=key, how="left", maintain_order="left").with_columns(
        pl.col("nhs_funded").fill_null(True)
    )


def _sides(hospital: HospitalExtracts, people: People, spell: Any, side: Any) -> tuple[pl.Series, pl.Series]:
    """Partner type and partner id of sides of spells."""
    provider = hospital.spells["provider"][spell]
    own_type = np.where(provider == places.RZ3, 1, 0)
    types = ["acute", "community", "council", "icb", "person"]
    kind = np.where(side == stories.OWN, own_type, side)
    codes = people.text["council_code"].gather(pl.Series(hospital.spells["person"][spell]))
    council = codes.replace_strict(
        list(places.HOSPITAL_COUNCIL_CODES), list(places.COUNCIL_PARTNERS), return_dtype=pl.String
    )
    fixed = ["northshire-hospitals", "eastmoor-hospitals", "northshire-community", "northshire-icb", "person", "qz2"]
    # People from elsewhere belong to another ICB, which is no partner.
    elsewhere = people.council[hospital.spells["person"][spell]] == places.ELSEWHERE
    icb = np.where(elsewhere, 5, 3)
    number = np.select([side == stories.OWN, side == stories.COMMUNITY, side == stories.ICB], [provider, 2, icb], 4)
    other = labels(fixed, number)
    partner = pl.select(pl.when(pl.Series(side == stories.COUNCIL)).then(council).otherwise(other)).to_series()
    return labels(types, kind), partner


def delayed_days_table(hospital: HospitalExtracts, people: People) -> pl.DataFrame:
    """One row an unbroken run of delayed days: spell, from_date, to_date (exclusive), state, partner."""
    spell, start, stop, state, side = hospital.days
    partner_type, partner = _sides(hospital, people, spell, side)
    return pl.DataFrame(
        {
            "provider_code": labels(_CODES, hospital.spells["provider"][spell]),
            "spell_id": hospital.spell_ids.gather(pl.Series(spell)),
            "from_date": dates(start),
            "to_date": dates(stop),
            "days": stop - start,
            "state": labels(list(stories.STATES), state),
            "partner_type": partner_type,
            "partner": partner,
        }
    )


def recorded_table(hospital: HospitalExtracts, people: People) -> pl.DataFrame:
    """One row a recorded reason: spell, from_date, to_date (exclusive), and the partner that it points to."""
    reasons = hospital.reasons
    partner_type, partner = _sides(hospital, people, reasons["spell"], reasons["side"])
    return pl.DataFrame(
        {
            "provider_code": labels(_CODES, hospital.spells["provider"][reasons["spell"]]),
            "spell_id": hospital.spell_ids.gather(pl.Series(reasons["spell"])),
            "from_date": dates(reasons["start"]),
            "to_date": dates(reasons["stop"]),
            "partner_type": partner_type,
            "partner": partner,
        }
    )


def eligibility_table(settings: SampleSettings, people: People, decisions: Table) -> pl.DataFrame:
    """One row a decision of a council in the period: person, date, decision, transition, route."""
    start, end = day_number(settings.first_day), day_number(settings.last_day)
    person = decisions["person"]
    council = [each.partner for each in places.COUNCILS]
    return (
        pl.DataFrame(
            {
                "true_person": person,
                "council": labels(council, people.council[person]),
                "decision_date": dates(decisions["day"]),
                "eligible": decisions["found_eligible"].astype(np.bool_),
                "transition": labels(list(c.TRANSITION_NAMES), decisions["transition"]),
                "route": labels(list(c.ROUTE_NAMES), decisions["route"]),
                "_day": decisions["day"],
                "_death": people.death[person],
            }
        )
        .filter(pl.col("_day").is_between(start, end), pl.col("_day") <= pl.col("_death"))
        .drop("_day", "_death")
        .sort("decision_date", "true_person", maintain_order=True)
    )


def effects_table(
    people: People, planted: effects.Planted, contacts: Table, attendances: Table, stays: Table
) -> pl.DataFrame:
    """One row a person who lost or was refused council support: what was planted, and what of it took place.

    `stays` has the exposure and the nights of the planted admissions that took place.
    """
    exposures = planted.exposures
    count = len(exposures["person"])

    def counted(position: Any, weight: Any = None) -> Any:
        valid = position >= 0
        weights = None if weight is None else weight[valid]
        return np.bincount(position[valid], weights=weights, minlength=count)

    units = {
        "contacts": counted(contacts["planted"]).astype(np.int64),
        "attendances": counted(attendances["planted"]).astype(np.int64),
        "admissions": counted(stays["exposure"]).astype(np.int64),
        "bed_days": counted(stays["exposure"], stays["nights"]).astype(np.int64),
    }
    pounds = (
        units["contacts"] * effects.PRICES["contact"]
        + units["attendances"] * effects.PRICES["attendance"]
        + units["bed_days"] * effects.PRICES["bed_day"]
    )
    council = [each.partner for each in places.COUNCILS]
    return pl.DataFrame(
        {
            "true_person": exposures["person"],
            "council": labels(council, people.council[exposures["person"]]),
            "decision_date": dates(exposures["day"]),
            "transition": labels(["refused", "lost"], exposures["lost"].astype(np.int64)),
            "until": dates(exposures["until"]),
            "person_months": (exposures["until"] - exposures["day"]) / DAYS_A_MONTH,
            **units,
            "pounds": pounds.astype(np.float64),
        }
    )


def chc_table(people: People, cases: Table, identifier: pl.Series, exposures: Table, weekly: Any) -> pl.DataFrame:
    """One row a case: person, decision, fast track, package; what the council was made to pay a week, and the days
    (both included) for which it paid while the decision was late."""
    council = [each.partner for each in places.COUNCILS]
    table = pl.DataFrame(
        {
            "case_id": identifier,
            "true_person": cases["person"],
            "council": labels(council, people.council[cases["person"]]),
            "checklist_date": dates(cases["checklist"]),
            "decision_date": dates(cases["decision"]),
            "eligible": cases["eligible"].astype(np.bool_),
            "fast_track": cases["fast"].astype(np.bool_),
            "package_start_date": dates(cases["begun"]),
            "package_end_date": dates(cases["stop"]),
            "council_paid_from": dates(cases["paid_from"]),
            "council_paid_to": dates(cases["paid_to"]),
        }
    )
    moved = pl.DataFrame(
        {
            "true_person": exposures["person"],
            "decision_date": dates(exposures["day"]),
            "transition": labels(["refused", "lost"], exposures["lost"].astype(np.int64)),
            "council_weekly_cost": pl.Series(np.where(weekly > 0, weekly, np.nan)).fill_nan(None),
        }
    ).unique(subset=["true_person", "decision_date"], keep="first", maintain_order=True)
    # A loss is a case without a checklist: the package it ended has a row of its own.
    return table.join(moved, on=["true_person", "decision_date"], how="left", maintain_order="left")


def services_table(settings: SampleSettings, extracts: Sequence[Extract]) -> pl.DataFrame:
    """One row a service of a council to a service user: person, kind, days (both included), cost and who funds it.

    A service that goes on at the end of the period has no end.
    """
    columns = ("service_type", "service_component", "unit_cost", "cost_frequency", "planned_units_per_week")
    return pl.concat(
        own.frame.filter((pl.col("event_type") == "Service") & (pl.col("client_type") == "Service user")).select(
            pl.col("_person").alias("true_person"),
            pl.lit(own.partner).alias("council"),
            pl.col("event_start_date").alias("start_date"),
            _known("event_end_date", settings).alias("end_date"),
            *columns,
            "funding_status",
        )
        for own in extracts
        if own.kind == "care_events"
    )


def charges_table(settings: SampleSettings, extracts: Sequence[Extract]) -> pl.DataFrame:
    """One row a charge: person, council, days (both included), pounds a week."""
    return pl.concat(
        own.frame.select(
            pl.col("_person").alias("true_person"),
            pl.lit(own.partner).alias("council"),
            "start_date",
            _known("end_date", settings),
            "contribution_per_week",
        )
        for own in extracts
        if own.kind == "charges"
    )


def _known(column: str, settings: SampleSettings) -> pl.Expr:
    return pl.when(pl.col(column) <= settings.last_day).then(pl.col(column)).alias(column)
