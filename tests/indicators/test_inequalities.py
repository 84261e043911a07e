"""Who is touched: groups by hand, and intervals that hold the rate."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from care_frames import COUNCIL, OTHER, frame
from costshift.errors import ProjectError
from costshift.indicators.inequalities import (
    characteristics,
    decisions_of_people,
    delays_of_people,
    deprivation_lookup,
    inequalities,
    providers_by_councils,
)
from flow_frames import COMMUNITY_HOSPITAL, HOSPITAL, SPELL, dated, spell

DAY = dt.date(2025, 3, 31)


def rows_of(
    spells: list[dict[str, Any]],
    deciles: dict[str, str] | None = None,
    ready_date_missing: str = "no_delay",
) -> dict[tuple[str, str, str], tuple[int, int]]:
    known = dated(spells)
    told = characteristics([frame(spells, SPELL)], deciles or {})
    found = inequalities(delays_of_people(known.spells, known.months, DAY, ready_date_missing), told, DAY)
    return {
        (row["measure"], row["characteristic"], row["group"]): (row["numerator"], row["denominator"])
        for row in found.to_dicts()
    }


def test_people_count_once_in_each_of_their_groups() -> None:
    found = rows_of(
        [
            spell(1, "2025-01-01", "2025-01-10", "2025-01-08", born="1950-04-01")
            | {"sex": "1", "ethnic_category": "A"},
            spell(1, "2025-02-01", "2025-02-10", born="1950-04-01") | {"sex": "1", "ethnic_category": "A"},
            spell(2, "2025-01-01", "2025-01-10", born="1950-03-31") | {"sex": "2", "ethnic_category": "K"},
            spell(3, "2025-01-01", "2025-01-20", "2025-01-10", born="1930-01-01")
            | {"ethnic_category": "Asian or Asian British: Chinese"},
            spell(4, "2025-01-01", "2025-01-20", "2025-01-10", born="1930-01-01")
            | {"sex": "2", "ethnic_category": "Z"},
        ]
    )
    one = "delayed_discharge"
    assert found[one, "all", "all"] == (3, 4)
    # On 31 March 2025 person 1 is 74, person 2 is 75.
    assert found[one, "age_band", "65-74"] == (1, 1)
    assert found[one, "age_band", "75-84"] == (0, 1)
    assert found[one, "age_band", "85+"] == (2, 2)
    assert found[one, "sex", "male"] == (1, 1)
    assert found[one, "sex", "female"] == (1, 2)
    assert found[one, "sex", "not known"] == (1, 1)
    assert found[one, "ethnic_group", "White"] == (1, 1)
    assert found[one, "ethnic_group", "Asian or Asian British"] == (1, 2)
    assert found[one, "ethnic_group", "not known"] == (1, 1)
    assert found["delayed_7_days_or_more", "all", "all"] == (2, 4)
    assert not [key for key in found if key[1] == "deprivation_decile"]


def test_deprivation_by_the_places_own_lookup(tmp_path: Path) -> None:
    path = tmp_path / "deciles.csv"
    path.write_text("lsoa_code,decile\nE01000001,1\nE01000002,10\n", encoding="utf-8")
    spells = [
        spell(1, "2025-01-01", "2025-01-10", "2025-01-08") | {"lsoa_code": "e01000001"},
        spell(2, "2025-01-01", "2025-01-10") | {"lsoa_code": "E01000002"},
        spell(3, "2025-01-01", "2025-01-10") | {"lsoa_code": "W01"},
    ]
    found = rows_of(spells, deprivation_lookup(path))
    own = {
        group: value
        for (measure, kind, group), value in found.items()
        if kind == "deprivation_decile" and measure == "delayed_discharge"
    }
    assert own == {"01": (1, 1), "10": (0, 1), "not known": (0, 1)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lsoa,decile\nE1,1\n", "needs the columns"),
        ("lsoa_code,decile\nE1,11\n", "row 2, decile"),
        ("lsoa_code,decile\nE1,1\nE1,2\n", "two deciles"),
    ],
)
def test_a_lookup_that_cannot_be_understood_is_named(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "deciles.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ProjectError, match=said):
        deprivation_lookup(path)
    with pytest.raises(ProjectError, match="no file"):
        deprivation_lookup(tmp_path / "none.csv")


def test_only_twelve_months_and_acute_beds_count() -> None:
    found = rows_of(
        [
            spell(1, "2024-03-01", "2024-03-31", "2024-03-08"),
            spell(2, "2024-03-01", "2024-04-01", "2024-03-08"),
            spell(3, "2024-05-01", "2024-05-31", "2024-05-08", provider="RC1"),
        ]
    )
    assert found["delayed_discharge", "all", "all"] == (1, 1)


def test_refusals_and_losses_are_counted_in_the_same_way() -> None:
    told = pl.LazyFrame({"person": [1, 1, 2, 3], "touched": [False, True, False, False]})
    people = characteristics([frame([spell(n, "2025-01-01", "2025-01-02") for n in (1, 2, 3)], SPELL)], {})
    row = inequalities([("refused", told)], people, DAY).filter(pl.col("characteristic") == "all").to_dicts()[0]
    assert (row["numerator"], row["denominator"], row["rate"]) == (1, 3, 1 / 3)
    assert 0 < row["rate_low"] < 1 / 3 < row["rate_high"] < 1
    assert inequalities([], people, DAY).height == 0


def decided(*rows: tuple[int, str, str]) -> pl.LazyFrame:
    schema = {"person": pl.Int64, "decision_date": pl.String, "transition": pl.String}
    return pl.LazyFrame(rows, schema=schema, orient="row").with_columns(pl.col("decision_date").str.to_date())


def test_refusals_and_losses_of_twelve_months_by_hand() -> None:
    rows = decided(
        (1, "2024-03-31", "refused"),  # a day too early
        (2, "2024-04-01", "refused"),
        (2, "2024-09-01", "accepted"),  # refused once, so touched
        (3, "2025-03-31", "accepted"),
        (3, "2025-03-31", "kept"),
        (4, "2024-06-01", "lost"),
        (5, "2024-06-01", "reduced"),
        (6, "2024-06-01", "gained"),
        (6, "2024-06-01", "refused_again"),
        (7, "2024-06-01", "chc_refused"),
        (8, "2024-06-01", "chc_kept"),
        (9, "2025-04-01", "lost"),  # a day too late
    )
    people = characteristics([frame([spell(n, "2025-01-01", "2025-01-02") for n in range(1, 10)], SPELL)], {})
    found = inequalities(decisions_of_people(rows, DAY), people, DAY).filter(pl.col("characteristic") == "all")
    assert found.select("measure", "numerator", "denominator").rows() == [
        ("chc_lost", 0, 1),
        ("chc_refused", 1, 1),
        ("lost", 1, 3),
        ("refused", 1, 2),
    ]
    assert decisions_of_people(decided((6, "2024-06-01", "gained")), DAY) == []


@pytest.mark.parametrize("seed", range(4))
def test_refusals_and_losses_against_a_recount(seed: int) -> None:
    chance = random.Random(seed)
    names = ("kept", "lost", "gained", "accepted", "refused", "reduced", "refused_again")
    rows = [
        (
            chance.randrange(40),
            (DAY - dt.timedelta(days=chance.randrange(500))).isoformat(),
            chance.choice(["", "chc_"]) + chance.choice(names),
        )
        for _ in range(300)
    ]
    people = [
        spell(n, "2025-01-01", "2025-01-02", born=f"{1935 + n}-06-15") | {"sex": chance.choice("12")} for n in range(40)
    ]
    wanted: dict[tuple[str, str], tuple[int, int]] = {}
    for sex, word in (("1", "male"), ("2", "female")):
        of_sex = {own["person"] for own in people if own["sex"] == sex}
        for prefix in ("", "chc_"):
            for name, others in (("refused", ("accepted",)), ("lost", ("kept", "reduced"))):
                recent = [row for row in rows if row[1] >= "2024-04-01" and row[0] in of_sex]
                touched = {row[0] for row in recent if row[2] == prefix + name}
                could = touched | {row[0] for row in recent if row[2] in [prefix + own for own in others]}
                if could:
                    wanted[prefix + name, word] = (len(touched), len(could))
    told = characteristics([frame(people, SPELL)], {})
    found = inequalities(decisions_of_people(decided(*rows), DAY), told, DAY).filter(pl.col("characteristic") == "sex")
    fast = {(row["measure"], row["group"]): (row["numerator"], row["denominator"]) for row in found.to_dicts()}
    assert fast == wanted


def test_the_most_frequent_word_of_a_person_counts() -> None:
    rows = [
        spell(1, f"2025-01-0{n}", "2025-02-02") | {"sex": sex} for n, sex in ((1, "2"), (2, "2"), (3, "1"), (4, "X"))
    ]
    told = characteristics([frame(rows, SPELL)], {}).collect()
    assert told["sex"].to_list() == ["female"]


def test_who_shares_whom() -> None:
    spells = [
        *(spell(n, "2025-01-01", "2025-01-10") for n in range(3)),
        spell(7, "2025-01-01", "2025-01-10", council="992"),
        spell(8, "2025-01-01", "2025-01-10", council="992", provider="RC1", method="81"),
    ]
    found = providers_by_councils(dated(spells).spells, DAY).collect()
    assert found.select("provider", "council", "discharges", "share_of_provider", "share_of_council").rows() == [
        (COMMUNITY_HOSPITAL, OTHER, 1, 1.0, 0.5),
        (HOSPITAL, COUNCIL, 3, 0.75, 1.0),
        (HOSPITAL, OTHER, 1, 0.25, 0.5),
    ]


def test_discharges_without_a_ready_date_are_left_out_where_the_project_says_so() -> None:
    stays = [spell(1, "2024-06-03", "2024-06-08", "2024-06-05"), spell(2, "2024-06-03", "2024-06-09")]
    stays[1]["discharge_ready_date"] = None
    assert {own[1] for own in rows_of(stays).values()} == {2}
    assert {
        own for key, own in rows_of(stays, ready_date_missing="exclude").items() if key[0] == "delayed_discharge"
    } == {(1, 1)}
