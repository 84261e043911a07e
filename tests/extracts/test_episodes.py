"""Hospital Episode Statistics: episodes to spells, and every episode accounted for."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import polars as pl
import pytest

from costshift.extracts.kinds import KINDS
from costshift.extracts.layouts import match_headers
from costshift.extracts.read_extract import ReadExtract
from extracts.desk import csv_of, findings_of, read_all, read_one

NONE = "1800-01-01"
HEADERS = (
    "procodet", "provspnops", "epiorder", "epistart", "epiend", "admidate", "admimeth", "disdate", "dismeth",
    "disdest", "disreadydate", "speldur", "dob",
)  # fmt: skip


def episode(order: int | str = 1, start: str = "2025-03-01", **cells: str) -> dict[str, str]:
    """An episode of spell 7 that is not its last: HES fills the discharge with what stands for none."""
    return dict.fromkeys(HEADERS, "") | {
        "procodet": "RN1", "provspnops": "7", "epiorder": str(order), "epistart": start, "admidate": "2025-03-01",
        "disdate": NONE, "disreadydate": NONE, "dob": "1940-02-03",
    } | cells  # fmt: skip


def last(order: int | str = 2, start: str = "2025-03-04", **cells: str) -> dict[str, str]:
    return episode(
        order, start, **{"disdate": "2025-03-12", "disreadydate": "2025-03-09", "dismeth": "1", "disdest": "19"} | cells
    )


def adds_up(read: ReadExtract) -> bool:
    """Every row of every file is accepted or put aside, and the episodes of accepted spells are as many as said."""
    merged = findings_of(read).get(("merged_episode", ""), 0)
    return (
        all(file.rows_read == file.rows_accepted + file.rows_quarantined for file in read.inputs)
        and sum(file.rows_accepted for file in read.inputs) == read.accepted.height + merged
        and sum(file.rows_quarantined for file in read.inputs) == read.quarantine.height
    )


def test_the_first_episode_tells_the_admission_and_the_last_the_discharge(tmp_path: Path) -> None:
    rows = [
        last(3, "2025-03-07", admimeth="11"),
        episode(1, "2025-03-01", admimeth="2A", disreadydate="2025-03-02"),
        episode(2, "2025-03-04", admimeth="11"),
    ]
    read = read_one(tmp_path, csv_of(rows), layout="hes")
    found = read.accepted.row(0, named=True)
    assert read.accepted.height == 1
    assert (found["spell_id"], found["admission_method"], found["discharge_method"]) == ("7", "2A", "1")
    assert (found["admission_date"], found["discharge_date"]) == (dt.date(2025, 3, 1), dt.date(2025, 3, 12))
    # Not the first episode's: what was ready then did not hold.
    assert found["discharge_ready_date"] == dt.date(2025, 3, 9)
    assert found["source_row"] == 2  # where the last episode stands
    # 3 episodes read = 3 in an accepted spell: 1 gives it, 2 are merged.
    assert (read.inputs[0].rows_read, read.inputs[0].rows_accepted, read.inputs[0].rows_quarantined) == (3, 3, 0)
    assert findings_of(read) == {("merged_episode", ""): 2}


@pytest.mark.parametrize("orders", [("", "", ""), ("98", "98", "98"), ("1", "1", "1"), ("99", "1", "2")])
def test_where_the_order_is_not_given_the_dates_of_the_episodes_decide(tmp_path: Path, orders: tuple[str, ...]) -> None:
    rows = [
        last(orders[0], "07/03/2025"),
        episode(orders[1], "01/03/2025", admimeth="21"),
        episode(orders[2], "04/03/2025"),
    ]
    read = read_one(tmp_path, csv_of(rows), layout="auto")
    assert read.accepted["discharge_date"].to_list() == [dt.date(2025, 3, 12)]
    assert read.accepted["admission_method"].to_list() == ["21"]


def test_a_spell_whose_last_episode_has_no_discharge_is_open(tmp_path: Path) -> None:
    read = read_one(tmp_path, csv_of([episode(1), episode(2, "2025-03-04", disdate="1801-01-01")]), layout="hes")
    assert read.accepted["discharge_date"].to_list() == [None]
    assert read.accepted["discharge_ready_date"].to_list() == [None]


def test_the_same_number_at_two_providers_is_two_spells_and_case_does_not_matter(tmp_path: Path) -> None:
    rows = [episode(1), last(2, procodet="rn1"), last(1, procodet="RS1")]
    read = read_one(tmp_path, csv_of(rows), layout="hes")
    assert sorted(read.accepted["provider_code"]) == ["RN1", "RS1"]
    assert adds_up(read)


def test_a_spell_that_is_put_aside_takes_its_episodes_with_it(tmp_path: Path) -> None:
    rows = [episode(1), last(2, disdate="31/02/2025"), last(1, provspnops="8")]
    read = read_one(tmp_path, csv_of(rows), layout="hes")
    assert read.accepted["spell_id"].to_list() == ["8"]
    assert dict(read.quarantine.select("source_row", "reasons").iter_rows()) == {
        2: "the spell that the episode belongs to is put aside",
        3: "disdate is not a date that can be read (use dd/mm/yyyy or yyyy-mm-dd)",
    }
    assert adds_up(read)


def test_one_number_for_two_stays_or_two_people_is_a_conflict(tmp_path: Path) -> None:
    rows = [
        episode(1), last(2, admidate="2025-03-03"),
        episode(1, provspnops="8"), last(2, provspnops="8", dob="1950-01-01"),
        episode(1, provspnops="9", dob=""), last(2, provspnops="9"),
    ]  # fmt: skip
    read = read_one(tmp_path, csv_of(rows), layout="hes")
    assert read.accepted["spell_id"].to_list() == ["9"]
    assert findings_of(read) == {("key_conflict", ""): 4, ("merged_episode", ""): 1}
    assert adds_up(read)


def test_the_same_episode_twice_counts_once(tmp_path: Path) -> None:
    read = read_one(tmp_path, csv_of([episode(1), episode(1), last(2)]), layout="hes")
    assert findings_of(read) == {("merged_episode", ""): 1, ("duplicate", ""): 1}
    assert read.quarantine["source_row"].to_list() == [3]
    assert adds_up(read)


def test_a_length_of_spell_that_does_not_fit_is_noticed(tmp_path: Path) -> None:
    # 1 March to 12 March is 11 days.
    rows = [episode(1), last(2, speldur="11"), last(1, provspnops="8", speldur="12")]
    assert findings_of(read_one(tmp_path, csv_of(rows), layout="hes")) == {
        ("merged_episode", ""): 1,
        ("spell_length_differs", ""): 1,
    }


def test_a_spell_may_stand_in_two_files(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(csv_of([episode(1)]))
    (tmp_path / "b.csv").write_text(csv_of([last(2)]))
    read = read_all(tmp_path, {"files": ["a.csv", "b.csv"], "layout": "hes"})[0]
    assert read.accepted["source_file"].to_list() == ["b.csv"]
    assert [(file.file, file.rows_read, file.rows_accepted) for file in read.inputs] == [
        ("a.csv", 1, 1),
        ("b.csv", 1, 1),
    ]


def test_rows_without_a_spell_number_stay_by_themselves(tmp_path: Path) -> None:
    read = read_one(tmp_path, csv_of([episode(1, provspnops=""), episode(2, provspnops=""), last(1)]), layout="hes")
    assert findings_of(read)["missing_required", "provspnops"] == 2
    assert adds_up(read)


def test_a_file_of_spells_with_the_same_names_stays_as_it_is(tmp_path: Path) -> None:
    rows = [{k: v for k, v in last().items() if not k.startswith("epi")}] * 1
    read = read_one(tmp_path, csv_of(rows), layout="hes")
    assert (read.accepted.height, findings_of(read)) == (1, {})


def test_the_layout_is_recognised() -> None:
    match = match_headers(list(HEADERS), KINDS["spells"])
    assert (match.layout, match.missing_required) == ("hes", [])


@pytest.mark.parametrize("seed", range(8))
def test_the_order_of_the_rows_does_not_matter_and_no_episode_is_lost(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    rows = []
    for number in range(12):
        stays = chance.randint(1, 4)
        for order in range(1, stays + 1):
            make = last if order == stays else episode
            rows.append(
                make(
                    order if number % 3 else 98,
                    f"2025-03-{order:02}",
                    provspnops=str(number),
                    admimeth=chance.choice(["11", "21", ""]),
                    dob=chance.choice(["1940-02-03", "1940-02-03", "1940-02-04", "1800-01-01", "x"]),
                )
            )
    rows += chance.sample(rows, 3)
    read = read_one(tmp_path, csv_of(rows), layout="hes")
    assert adds_up(read)
    chance.shuffle(rows)
    again = read_one(tmp_path, csv_of(rows), layout="hes")
    without_source = [name for name in read.accepted.columns if not name.startswith("source_")]
    assert (
        again.accepted.select(without_source)
        .sort("spell_id")
        .equals(read.accepted.select(without_source).sort("spell_id"))
    )
    assert again.quarantine.height == read.quarantine.height
    assert pl.DataFrame(again.findings).equals(read.findings)
