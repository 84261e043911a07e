"""What can be read and is hard to believe: counted in the sender's words, and left as it is."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from costshift.extracts.kinds import KINDS
from costshift.extracts.overlapping_spells import busy_before, may_be_busy, overlapping_spells
from costshift.extracts.read_extract import ReadExtract
from costshift.extracts.rules import RULES
from extracts.desk import NUMBERS, csv_of, findings_of, read_all, read_one, spell

DOCS = Path(__file__).parents[2] / "docs/data-quality.md"


def one_event(folder: Path, **cells: str) -> ReadExtract:
    row = {
        "council_code": "E10000099",
        "council_person_id": "P1",
        "event_type": "Service",
        "event_start_date": "01/02/2025",
        "event_end_date": "",
    } | cells
    (folder / "events.csv").write_text(csv_of([row]))
    return read_all(folder, {"kind": "care_events", "submitter": "council", "files": "events.csv"})[0]


@pytest.mark.parametrize(
    ("cells", "rule", "column"),
    [
        ({"discharge_ready_date": "28/02/2025"}, "ready_before_admission", "discharge_ready_date"),
        ({"discharge_ready_date": "10/03/2025"}, "ready_after_discharge", "discharge_ready_date"),
        ({"death_date": "28/02/2025"}, "event_after_death", "death_date"),
        ({"birth_date": "01/03/1910"}, "age_implausible", "birth_date"),
        ({"admission_date": "01/03/2019"}, "stay_very_long", "admission_date"),
        ({"discharge_date": "01/04/2025"}, "date_after_month", "discharge_date"),
        ({"discharge_date": "02/04/2026"}, "date_far_in_future", "discharge_date"),
        ({"postcode": "ZZ99 3WZ"}, "dummy_value", "postcode"),
        ({"birth_date": "11/11/1911"}, "dummy_value", "birth_date"),
        ({"gp_practice_code": "A8100"}, "code_of_odd_length", "gp_practice_code"),
        ({"lsoa_code": "E0100001"}, "code_of_odd_length", "lsoa_code"),
        ({"nhs_number": ""}, "nhs_number_missing", "nhs_number"),
    ],
)
def test_a_spell_that_is_hard_to_believe_is_kept_as_it_is(
    tmp_path: Path, cells: dict[str, str], rule: str, column: str
) -> None:
    read = read_one(tmp_path, csv_of([spell(1, **cells)]))
    assert findings_of(read) == {(rule, column): 1}
    assert read.findings["severity"].to_list() == [RULES[rule].severity]
    assert read.accepted.height == 1
    assert read.accepted[column].null_count() == (column == "nhs_number")


@pytest.mark.parametrize(
    ("cells", "rule", "column"),
    [
        ({"unit_cost": "-5", "cost_frequency": "Weekly"}, "negative_amount", "unit_cost"),
        ({"planned_units_per_week": "-1"}, "negative_amount", "planned_units_per_week"),
        ({"unit_cost": "20000.01", "cost_frequency": "Weekly"}, "cost_implausible", "unit_cost"),
        ({"unit_cost": "20", "cost_frequency": ""}, "cost_without_frequency", "unit_cost"),
        ({"unit_cost": "20", "cost_frequency": "Hourly"}, "cost_without_units", "unit_cost"),
        ({"cost_frequency": "Hourly", "planned_units_per_week": "169"}, "units_implausible", "planned_units_per_week"),
        ({"cost_frequency": "Daily", "planned_units_per_week": "8"}, "units_implausible", "planned_units_per_week"),
        ({"event_end_date": "31/12/2099"}, "date_far_in_future", "event_end_date"),
        ({"event_end_date": "01/05/2025"}, "date_after_month", "event_end_date"),
        ({"council_code": "E1000"}, None, None),
        ({"council_code": "E1"}, "code_of_odd_length", "council_code"),
    ],
)
def test_a_care_event_that_is_hard_to_believe_is_kept_as_it_is(
    tmp_path: Path, cells: dict[str, str], rule: str | None, column: str
) -> None:
    read = one_event(tmp_path, **cells)
    assert findings_of(read) == ({(rule, column): 1} if rule else {})
    assert read.accepted.height == 1


@pytest.mark.parametrize(
    "cells",
    [
        {"discharge_ready_date": "01/03/2025"}, {"discharge_ready_date": "09/03/2025"}, {"death_date": "01/03/2025"},
        {"birth_date": "02/03/1910"}, {"admission_date": "09/03/2020"}, {"discharge_date": "31/03/2025"},
        {"postcode": "AB1 2CD"}, {"birth_date": "01/01/1940"}, {"gp_practice_code": "A81001"},
        {"nhs_number": NUMBERS[0]}, {"nhs_number": "", "person_key": "k"},
    ],
)  # fmt: skip
def test_what_lies_on_the_line_is_believed(tmp_path: Path, cells: dict[str, str]) -> None:
    assert findings_of(read_one(tmp_path, csv_of([spell(1, **cells)]))) == {}


def test_amounts_on_the_line_are_believed(tmp_path: Path) -> None:
    rows: list[dict[str, str]] = [
        {"unit_cost": "20000", "cost_frequency": "Weekly"},
        {"unit_cost": "90000", "cost_frequency": "Annually"},
        {"unit_cost": "0", "cost_frequency": ""},
        {"unit_cost": "20", "cost_frequency": "Hourly", "planned_units_per_week": "168"},
        {"unit_cost": "20", "cost_frequency": "Daily", "planned_units_per_week": "7"},
    ]
    for cells in rows:
        assert findings_of(one_event(tmp_path, **cells)) == {}


def test_numbers_that_are_often_missing_are_a_warning(tmp_path: Path) -> None:
    # 5 of 50 are a tenth.
    rows = [spell(n, nhs_number="" if n < 5 else NUMBERS[0], admission_date="09/03/2025") for n in range(50)]
    rows = [row | {"discharge_ready_date": ""} for row in rows]
    assert findings_of(read_one(tmp_path, csv_of(rows))) == {("nhs_number_often_missing", "nhs_number"): 5}
    assert findings_of(read_one(tmp_path, csv_of(rows[1:]))) == {("nhs_number_missing", "nhs_number"): 4}


def test_findings_are_in_the_sender_s_words(tmp_path: Path) -> None:
    rows = [{("MFFD" if k == "discharge_ready_date" else k): v for k, v in spell(1).items()} | {"MFFD": "01/02/2025"}]
    assert findings_of(read_one(tmp_path, csv_of(rows), layout="auto")) == {("ready_before_admission", "MFFD"): 1}


def test_a_row_that_is_put_aside_is_not_also_hard_to_believe(tmp_path: Path) -> None:
    rows = [spell(1, admission_date="", discharge_ready_date="10/03/2025"), spell(2)]
    assert findings_of(read_one(tmp_path, csv_of(rows))) == {("missing_required", "admission_date"): 1}


class TestOverlaps:
    def found(self, folder: Path, *stays: tuple[str, str, str], provider: str = "RN1") -> int:
        rows = [
            spell(n, local_patient_id=who, admission_date=start, discharge_date=end, discharge_ready_date="")
            for n, (who, start, end) in enumerate(stays)
        ]
        rows[-1]["provider_code"] = provider
        return findings_of(read_one(folder, csv_of(rows))).get(("overlapping_spells", ""), 0)

    def test_one_person_in_two_spells_at_once_is_noticed(self, tmp_path: Path) -> None:
        assert self.found(tmp_path, ("A", "01/03/2025", "09/03/2025"), ("A", "08/03/2025", "10/03/2025")) == 1
        assert self.found(tmp_path, ("A", "01/03/2025", ""), ("A", "08/03/2025", "10/03/2025")) == 1

    def test_the_day_of_a_discharge_is_free_and_other_people_and_places_are_others(self, tmp_path: Path) -> None:
        assert self.found(tmp_path, ("A", "01/03/2025", "09/03/2025"), ("A", "09/03/2025", "10/03/2025")) == 0
        assert self.found(tmp_path, ("A", "01/03/2025", "09/03/2025"), ("B", "08/03/2025", "10/03/2025")) == 0
        assert self.found(tmp_path, ("", "01/03/2025", "09/03/2025"), ("", "08/03/2025", "10/03/2025")) == 0
        stays = ("A", "01/03/2025", "09/03/2025"), ("A", "08/03/2025", "10/03/2025")
        assert self.found(tmp_path, *stays, provider="RS1") == 0

    @pytest.mark.parametrize("seed", range(20))
    def test_a_recount_pair_by_pair_agrees(self, seed: int) -> None:
        chance = random.Random(seed)
        rows: list[dict[str, Any]] = []
        for number in range(14):
            start = dt.date(2025, 3, chance.randint(1, 20))
            end = chance.choice([None, start + dt.timedelta(days=chance.randint(0, 6))])
            rows.append(
                {
                    "provider_code": "RN1", "spell_id": str(number), "admission_date": start, "discharge_date": end,
                    "local_patient_id": chance.choice(["A", "B", None]), "nhs_number": chance.choice([None, NUMBERS[0]]),
                }
            )  # fmt: skip
        schema = {name: column.dtype for name, column in KINDS["spells"].schema.columns().items()}
        # A file for each spell tells which of them are counted.
        files = [{**row, "source_file": row["spell_id"], "source_row": 1} for row in rows]
        frame = pl.LazyFrame(files, schema=schema).sort("source_file")

        def who(row: dict[str, Any]) -> Any:
            return row["nhs_number"] or row["local_patient_id"]

        def order(row: dict[str, Any]) -> Any:
            return row["admission_date"], row["discharge_date"] or dt.date.max, row["spell_id"]

        expected = [
            who(row) is not None
            and any(
                who(other) == who(row)
                and order(other) < order(row)
                and row["admission_date"] < (other["discharge_date"] or dt.date.max)
                for other in rows
            )
            for row in rows
        ]
        wanted = {row["spell_id"]: 1 for row, overlaps in zip(rows, expected, strict=True) if overlaps}
        assert dict(overlapping_spells(frame).iter_rows()) == wanted

    @pytest.mark.parametrize("seed", range(20))
    @pytest.mark.parametrize("span", [40, 20_000, 400_000])
    def test_the_first_look_misses_nobody(self, seed: int, span: int) -> None:
        chance = np.random.default_rng(seed)
        # Hashes that are alike in the bits that are looked at are taken for one.
        people = chance.integers(0, 2**63, 30, dtype=np.uint64)
        people[1] = people[0] ^ np.uint64(1)
        who = people[chance.integers(0, 30, 60)]
        start = chance.integers(-5, span, 60)
        end = start + chance.choice([-3, 0, 2, 30, 8_190, 8_191, 9_000, 2_900_000], 60)
        busy, looked_at = busy_before(who, start, end), may_be_busy(who, start, end)
        assert set(who[busy]) <= set(who[looked_at])
        for one in set(who[looked_at]):
            assert looked_at[who == one].all()
        if span == 40:
            assert busy.any()

    def test_the_first_look_passes_over_those_who_wait_for_their_own_bed(self) -> None:
        who = np.array([5, 5, 6, 6], dtype=np.uint64) << np.uint64(40)
        start, end = np.array([0, 4, 0, 4]), np.array([4, 9, 5, 9])
        assert may_be_busy(who, start, end).tolist() == [False, False, True, True]
        none = np.array([], dtype=np.int64)
        assert may_be_busy(none.astype(np.uint64), none, none).tolist() == []


def test_every_rule_is_in_the_docs() -> None:
    text = DOCS.read_text(encoding="utf-8")
    assert [rule for rule in RULES if f"| `{rule}` |" not in text] == []


def test_dates_that_follow_each_other_are_looked_at_in_every_kind(tmp_path: Path) -> None:
    files = {
        "referrals": "provider_code,spell_id,referral_id,referred_date,accepted_date,rejected_date\n"
        "RN1,S1,1,05/03/2025,04/03/2025,\nRN1,S1,2,05/03/2025,05/03/2025,\nRN1,S1,3,05/03/2025,,01/03/2025\n",
        "contacts": "provider_code,contact_id,referral_date,contact_date\nRN1,1,05/03/2025,04/03/2025\nRN1,2,,04/03/2025\n",
        "chc": "icb_code,case_id,checklist_date,decision_date,package_start_date,package_end_date\n"
        "Q1,1,05/03/2025,04/03/2025,,\nQ1,2,05/03/2025,06/03/2025,09/03/2025,08/03/2025\n",
    }
    for kind, text in files.items():
        (tmp_path / f"{kind}.csv").write_text(text, encoding="utf-8")
    found = {read.kind.name: read for read in read_all(tmp_path, *({"kind": k, "files": f"{k}.csv"} for k in files))}
    assert {
        (kind, column): rows
        for kind, read in found.items()
        for (rule, column), rows in findings_of(read).items()
        if rule == "dates_reversed"
    } == {
        ("referrals", "accepted_date"): 1,
        ("referrals", "rejected_date"): 1,
        ("contacts", "referral_date"): 1,
        ("chc", "decision_date"): 1,
    }
    assert findings_of(found["chc"])["package_ends_before_it_starts", ""] == 1
    assert found["chc"].quarantine["case_id"].to_list() == ["2"]
