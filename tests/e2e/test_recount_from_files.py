"""The published figures equal a plain-Python recount that reads the extracts with nothing but `csv`."""

from __future__ import annotations

import csv
import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from costshift import standards

from independent.recount import recount
from places import costshift, tables_only

AS_AT = dt.date(2025, 3, 31)
PARTNERS = [
    {"id": "northshire-hospitals", "type": "acute", "codes": ["RZ1"]},
    {"id": "eastmoor-hospitals", "type": "acute", "codes": ["RZ2"]},
    {"id": "northshire-community", "type": "community", "codes": ["RZ3"]},
    {"id": "northshire-icb", "type": "icb", "codes": ["QZ1"]},
    {"id": "northshire-council", "type": "council", "codes": ["E10000991", "991"]},
    {"id": "eastmoor-council", "type": "council", "codes": ["E08000992", "992"]},
]
# What each trust calls its columns: written out here by hand, not read from the tool's layouts.
HEADERS = {
    "rz1": {
        "provider_code": "ORGANISATION IDENTIFIER (CODE OF PROVIDER)",
        "spell_id": "HOSPITAL PROVIDER SPELL IDENTIFIER",
        "site_code": "SITE CODE (OF TREATMENT)",
        "council_code": "ORGANISATION IDENTIFIER (RESIDENCE RESPONSIBILITY LOCAL AUTHORITY)",
        "icb_code": "ORGANISATION IDENTIFIER (RESIDENCE RESPONSIBILITY)",
        "admission_date": "START DATE (HOSPITAL PROVIDER SPELL)",
        "admission_method": "METHOD OF ADMISSION",
        "admission_source": "SOURCE OF ADMISSION",
        "patient_classification": "PATIENT CLASSIFICATION CODE",
        "administrative_category": "ADMINISTRATIVE CATEGORY CODE",
        "treatment_function_code": "ACTIVITY TREATMENT FUNCTION CODE",
        "discharge_ready_date": "DISCHARGE READY DATE (HOSPITAL PROVIDER SPELL)",
        "discharge_date": "DISCHARGE DATE (HOSPITAL PROVIDER SPELL)",
        "discharge_method": "METHOD OF DISCHARGE",
        "discharge_destination": "DESTINATION OF DISCHARGE",
        "discharge_pathway": "DISCHARGE PATHWAY",
        "delay_reason": "DELAY REASON",
        "delay_attribution": "DELAY ATTRIBUTION",
        "birth_date": "PERSON BIRTH DATE",
        "from_date": "DELAY REASON FROM DATE",
        "to_date": "DELAY REASON TO DATE",
    },
    "rz2": {
        "provider_code": "Der_Provider_Code",
        "spell_id": "APCS_Ident",
        "site_code": "Der_Provider_Site_Code",
        "council_code": "Der_Postcode_Dist_Unitary_Auth",
        "icb_code": "Der_Commissioner_Code",
        "admission_date": "Admission_Date",
        "admission_method": "Admission_Method",
        "admission_source": "Source_of_Admission",
        "patient_classification": "Patient_Classification",
        "administrative_category": "Administrative_Category",
        "treatment_function_code": "Treatment_Function_Code",
        "discharge_ready_date": "Hospital_Provider_Spell_Discharge_Ready_Date",
        "discharge_date": "Discharge_Date",
        "discharge_method": "Discharge_Method",
        "discharge_destination": "Discharge_Destination",
        "discharge_pathway": "Discharge_Pathway",
        "delay_reason": "Delay_Reason",
        "delay_attribution": "Delay_Attribution",
        "birth_date": "Date_Of_Birth",
        "from_date": "Reason_From_Date",
        "to_date": "Reason_To_Date",
    },
}
ENCODINGS = {"rz1": "utf-8-sig", "rz2": "cp1252", "rz3": "utf-8-sig"}
MONEY = ("cost", "amount", "absorbed_for_others", "passed_to_others", "net_absorbed")


def day(text: str) -> dt.date | None:
    if not text:
        return None
    if "/" in text:
        d, m, y = text.split("/")
        return dt.date(int(y), int(m), int(d))
    return dt.date.fromisoformat(text)


def plain(text: str) -> str:
    return " ".join(text.replace("\u00a0", " ").replace("–", "-").replace("-", " - ").casefold().split())


def rows_of(folder: Path, kind: str, provider: str) -> list[dict[str, Any]]:
    labels = {plain(row["label"]): row["delay_reason"] for row in standards.delay_reasons().to_dicts()}
    path = folder / f"extracts/2025-03/{kind}_{provider}.csv"
    with path.open(encoding=ENCODINGS[provider], newline="") as file:
        records = list(csv.DictReader(file))
    rows = []
    for record in records:
        names = HEADERS.get(provider, {})
        row: dict[str, Any] = {}
        for name in HEADERS["rz1"]:
            value = record.get(names.get(name, name), "")
            row[name] = day(value) if name.endswith("_date") else (value or None)
        if row["delay_reason"]:
            row["delay_reason"] = labels[plain(row["delay_reason"])]
        if row["delay_attribution"]:
            row["delay_attribution"] = {"Social care": "council", "NHS": "nhs", "Both": "both"}[
                row["delay_attribution"]
            ]
        rows.append(row)
    return rows


def expected(folder: Path) -> dict[str, list[dict[str, Any]]]:
    spells = [row for provider in ENCODINGS for row in rows_of(folder, "spells", provider)]
    reasons = [row for provider in ENCODINGS for row in rows_of(folder, "delay_reasons", provider)]
    index = pl.read_parquet(folder / "restricted/2025-03/tables/person_index.parquet").filter(
        pl.col("extract") == "spells"
    )
    people = {key: number for number, key in enumerate(index["person_id"].unique().sort())}
    person = {row["record_key"]: people[row["person_id"]] for row in index.to_dicts()}
    for row in spells:
        row["person"] = person[f"{row['provider_code']}/{row['spell_id']}"]
    shares = list(standards.SHARE_COLUMNS)
    values: dict[str, list[tuple[str, str]]] = {}
    for row in standards.cohort_filter_values().to_dicts():
        values.setdefault(row["filter"], []).append((row["column"], row["value"]))
    return recount(
        spells,
        reasons,
        PARTNERS,
        AS_AT,
        reasons={row["delay_reason"]: {t: row[t] for t in shares} for row in standards.delay_reasons().to_dicts()},
        attributions={
            row["canonical"]: {t: row[t] for t in shares} for row in standards.delay_attributions().to_dicts()
        },
        filter_values=values,
        transfer_values=[(row["column"], row["value"]) for row in standards.transfer_values().to_dicts()],
        prices={"delayed_bed_day_acute": Decimal("562.00")},
    )


def compare(folder: Path, plain_tables: dict[str, list[dict[str, Any]]]) -> None:
    grains = {
        "discharge_delays": 5,
        "delayed_bed_days": 7,
        "census": 5,
        "cohort_filters": 3,
        "cost_shifts": 3,
        "partner_positions": 2,
        "bcf_discharge": 2,
    }
    for name, size in grains.items():
        table = pl.read_parquet(folder / f"reports/2025-03/internal/tables/{name}.parquet")
        if "kind" in table.columns:
            table = table.filter(pl.col("kind") == "delay")
        if "basis" in table.columns:
            table = table.filter((pl.col("nature") == "notional") & (pl.col("basis") == "counted"))
        grain = table.columns[:size]
        ours = {tuple(row[g] for g in grain): row for row in table.to_dicts()}
        theirs = {tuple(row[g] for g in grain): row for row in plain_tables[name]}
        assert len(ours) == table.height
        assert ours.keys() == theirs.keys(), name
        for key, row in ours.items():
            for column, value in theirs[key].items():
                if column == "avoided_care_cost":
                    # Recounted on its own: tests/ledger/test_avoided_care.py.
                    continue
                found = row[column]
                if isinstance(value, float):
                    assert found == pytest.approx(value), (name, key, column)
                else:
                    assert found == value, (name, key, column)


def blank_ready_dates(folder: Path, provider: str, *, one_in: tuple[int, int], month: str) -> None:
    """Empty the ready dates of so many in so many of a provider's discharges of a month."""
    path = folder / f"extracts/2025-03/spells_{provider}.csv"
    encoding = ENCODINGS[provider]
    with path.open(encoding=encoding, newline="") as file:
        records = list(csv.DictReader(file))
    names = HEADERS[provider]
    number = 0
    for record in records:
        left = day(record[names["discharge_date"]])
        if month == "all" or (left is not None and f"{left:%Y-%m}" == month):
            number += 1
            if number % one_in[1] < one_in[0]:
                record[names["discharge_ready_date"]] = ""
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(records[0]))
        writer.writeheader()
        writer.writerows(records)


def run(folder: Path) -> None:
    outcome = costshift("run", "--project", folder / "costshift.toml", "--month", "2025-03")
    assert outcome.code == 0, outcome.err


#: The quick tests compare a place of which some ready dates are blank, and all else is spotless.
@pytest.mark.slow
@pytest.mark.parametrize("people", [2_500, 20_000])
def test_a_spotless_place_equals_the_recount(tmp_path: Path, people: int) -> None:
    folder = tmp_path / "place"
    costshift("sample", folder, "--people", str(people), "--fault-rate", "0", "--seed", "5", "--quiet")
    tables_only(folder)
    run(folder)
    compare(folder, expected(folder))


@pytest.mark.parametrize("people", [2_500, pytest.param(20_000, marks=pytest.mark.slow)])
def test_blank_ready_dates_are_not_computable_and_too_few_are_left_out(tmp_path: Path, people: int) -> None:
    folder = tmp_path / "place"
    costshift("sample", folder, "--people", str(people), "--fault-rate", "0", "--seed", "6", "--quiet")
    tables_only(folder)
    blank_ready_dates(folder, "rz2", one_in=(1, 1), month="all")
    blank_ready_dates(folder, "rz1", one_in=(3, 5), month="2025-02")
    run(folder)
    compare(folder, expected(folder))

    tables = folder / "reports/2025-03/internal/tables"
    delays = pl.read_parquet(tables / "discharge_delays.parquet")
    blank = delays.filter(pl.col("provider") == "eastmoor-hospitals")
    assert blank.height and blank["discharges"].min() > 0  # type: ignore[operator]
    assert blank["bed_days_lost"].null_count() == blank.height
    assert blank["delayed_discharges"].null_count() == blank.height
    assert not blank["acceptable"].any()
    thin = delays.filter((pl.col("provider") == "northshire-hospitals") & (pl.col("month") == dt.date(2025, 2, 1)))
    assert not thin["acceptable"].any()
    assert thin["bed_days_lost"].null_count() == 0
    shifts = pl.read_parquet(tables / "cost_shifts.parquet").filter(pl.col("kind") == "delay")
    assert not shifts.filter(pl.col("payer") == "eastmoor-hospitals").height
    assert not shifts.filter(
        (pl.col("payer") == "northshire-hospitals") & (pl.col("month") == dt.date(2025, 2, 1))
    ).height
    bcf = pl.read_parquet(tables / "bcf_discharge.parquet")
    assert not bcf.filter(pl.col("month") == dt.date(2025, 2, 1)).height
