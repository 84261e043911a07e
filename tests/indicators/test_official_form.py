"""The official form against a recount spell by spell, the published identities, and the comparison with a published file."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest

from costshift import standards
from costshift.delays.measures import DatedSpells, date_spells
from costshift.indicators.official_form import COUNCIL, PLACE, PROVIDER, PROVIDER_COUNCIL, official_form
from costshift.indicators.published_comparison import published_comparison
from costshift.organisations import Organisations

from worlds import AS_AT, frame, project, world

MARCH = dt.date(2024, 3, 1)
BANDS = [(1, 1), (2, 3), (4, 6), (7, 13), (14, 20), (21, None)]
LABELS = ["1 day", "2-3 days", "4-6 days", "7-13 days", "14-20 days", "21 days or more"]


def dated(spells: list[dict[str, Any]]) -> DatedSpells:
    own = project()
    return date_spells(frame("spells", spells, person=pl.Int64()), None, Organisations.of(own), own.delays, AS_AT)


def recount(rows: list[dict[str, Any]]) -> dict[str, float | None]:
    """Every measure of a group of spells, one at a time, by the names of the publication."""
    delays = [row["delay_days"] or 0 for row in rows]
    total, late = len(delays), [own for own in delays if own >= 1]

    def part(number: float, of: int) -> float | None:
        return number / of if of else None

    found: dict[str, float | None] = {
        "Number of patients discharged in total": total,
        "Total bed days lost due to delayed discharge": sum(delays),
        "Date of discharge is same as Discharge Ready Date": part(total - len(late), total),
        "Date of Discharge is 1+ days after Discharge Ready Date": part(len(late), total),
        "Average days from Discharge Ready Date to date of discharge (inc 0 day delays)": part(sum(delays), total),
        "Average days from Discharge Ready Date to date of discharge (exc 0 day delays)": part(sum(delays), len(late)),
    }
    stem = "patients discharged where, between the Discharge Ready Date and Discharge Date, there is"
    found[f"Number of {stem} No delay"] = total - len(late)
    found[f"% of {stem} No delay"] = part(total - len(late), total)
    for (least, most), label in zip(BANDS, LABELS, strict=True):
        inside = [own for own in delays if own >= least and (most is None or own <= most)]
        words = "a delay of 21 days or more" if most is None else f"a {label.removesuffix('s')} delay"
        found[f"Number of {stem} {words}"] = len(inside)
        found[f"% of {stem} {words}"] = part(len(inside), total)
        after = "% of patients discharged after their Discharge Ready Date but discharged within"
        found[f"{after} {label}"] = part(len(inside), len(late))
        found[f"Total bed days after Discharge Ready Date for patients discharged within {label}"] = sum(inside)
    return found


@pytest.mark.parametrize("seed", range(6))
def test_every_measure_of_provider_council_and_place_by_recount(seed: int) -> None:
    own = dated(world(seed, 250)[0])
    table = official_form(own.spells, own.months, "no_delay", MARCH).collect()
    good = {(row["month"], row["provider"]): row for row in own.months.collect().to_dicts()}
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    blind: set[tuple[Any, ...]] = set()
    for row in own.spells.collect().to_dicts():
        if not (row["in_cohort"] and row["is_discharged"] and row["setting"] == "acute"):
            continue
        state = good[row["month"], row["provider"]]
        groups.setdefault((row["month"], PROVIDER, row["provider"], "all"), []).append(row)
        if not state["computable"]:
            blind.add((row["month"], PROVIDER, row["provider"], "all"))
        if state["acceptable"]:
            groups.setdefault((row["month"], COUNCIL, "all", row["council"]), []).append(row)
            groups.setdefault((row["month"], PLACE, "all", "all"), []).append(row)
    named = table.filter(~pl.col("measure").str.contains("providers submitting|UTLA"))
    found = {
        (row["month"], row["data_type"], row["provider"], row["council"], row["measure"]): row["value"]
        for row in named.to_dicts()
    }
    assert len(found) == 32 * len(groups)
    for key, rows in groups.items():
        for measure, value in recount(rows).items():
            if key in blind and measure != "Number of patients discharged in total":
                assert found[(*key, measure)] is None
            else:
                assert found[(*key, measure)] == (value if value is None else pytest.approx(value)), (key, measure)


@pytest.mark.parametrize("seed", range(4))
def test_the_published_identities_hold(seed: int) -> None:
    own = dated(world(seed, 250)[0])
    wide = (
        official_form(own.spells, own.months, "no_delay", MARCH)
        .collect()
        .filter(pl.col("data_type").is_in([PROVIDER, COUNCIL, PLACE]) & pl.col("value").is_not_null())
        .pivot("measure", index=["month", "data_type", "provider", "council"], values="value")
    )
    inc, exc = (
        f"Average days from Discharge Ready Date to date of discharge ({own} 0 day delays)" for own in ("inc", "exc")
    )
    late = wide.filter(pl.col(exc).is_not_null())
    product = late["Date of Discharge is 1+ days after Discharge Ready Date"] * late[exc]
    assert product.to_list() == pytest.approx(late[inc].to_list())
    counts = [name for name in wide.columns if name.startswith("Number of patients discharged where")]
    known = wide.filter(pl.all_horizontal(pl.col(counts).is_not_null()))
    assert (
        known.select(pl.sum_horizontal(counts)).to_series() == known["Number of patients discharged in total"]
    ).all()
    days = [name for name in wide.columns if name.startswith("Total bed days after")]
    known = wide.filter(pl.all_horizontal(pl.col(days).is_not_null()))
    total = known["Total bed days lost due to delayed discharge"]
    assert (known.select(pl.sum_horizontal(days)).to_series() == total).all()


def test_names_and_number_of_measures_are_the_published_ones() -> None:
    measures = standards.ready_date_measures()
    assert measures.height == 37 and measures["measure"].n_unique() == 37
    own = dated(world(3, 250)[0])
    table = official_form(own.spells, own.months, "no_delay", MARCH).collect()
    assert table.filter(pl.col("data_type") == PLACE)["measure"].n_unique() == 34
    assert table.filter(pl.col("data_type") == COUNCIL)["measure"].n_unique() == 34
    assert table.filter(pl.col("data_type") == PROVIDER_COUNCIL)["measure"].n_unique() == 1


def published(rows: list[tuple[str, str, str, float]], data_source: str = "SUS") -> pl.LazyFrame:
    return pl.LazyFrame(
        [
            {
                "month": MARCH,
                "data_source": data_source,
                "data_type": level,
                "utla_code": code if level == COUNCIL else None,
                "organisation_code": code,
                "measure": measure,
                "value": value,
            }
            for level, code, measure, value in rows
        ]
    )


TOTAL = "Number of patients discharged in total"
SHARE = "Date of discharge is same as Discharge Ready Date"


def compared(rows: list[tuple[str, str, str, float]], removed: dict[str, int]) -> dict[tuple[str, str], dict[str, Any]]:
    """Ten discharges of RN1 in March, eight on their ready date; filters removed what is said."""
    start = dict.fromkeys(world(1, 1)[0][0])
    spells = [
        start
        | {
            "provider_code": "RN1",
            "spell_id": f"S{number}",
            "council_code": "E1",
            "admission_date": dt.date(2024, 3, 1),
            "discharge_ready_date": dt.date(2024, 3, 9),
            "discharge_date": dt.date(2024, 3, 9 if number < 8 else 12),
            "birth_date": dt.date(1940, 1, 1),
            "person": number,
        }
        for number in range(10)
    ]
    own = dated(spells)
    form = official_form(own.spells, own.months, "no_delay", MARCH).collect()
    filters = pl.DataFrame(
        {
            "month": MARCH,
            "provider": "north-hospitals",
            "filter": list(removed),
            "spells_removed": list(removed.values()),
        },
        schema={"month": pl.Date, "provider": pl.String, "filter": pl.String, "spells_removed": pl.Int64},
    )
    table = published_comparison(form, published(rows), filters, Organisations.of(project()), ["E9"])
    return {(row["organisation"], row["measure"]): row for row in table.to_dicts()}


def test_a_difference_is_explained_by_the_filters_that_account_for_it() -> None:
    rows = [(PROVIDER, "RN1", TOTAL, 17.0), (PROVIDER, "RN1", SHARE, 0.9)]
    found = compared(rows, {"not_died": 4, "overnight": 30, "nhs_funded": 3})
    total = found["north-hospitals", TOTAL]
    assert (total["ours"], total["published"], total["difference"]) == (10, 17, -7)
    assert total["reason"] == "filters that account for it: nhs_funded, not_died"
    assert found["north-hospitals", SHARE]["reason"] == total["reason"]


@pytest.mark.parametrize(
    ("number", "share", "said"),
    [
        (10.0, 0.8, ""),
        (10.0, 0.7, "the same discharges: ready dates differ, or were sent again"),
        (12.0, 0.8, "fewer discharges here, which no filters account for"),
        (9.0, 0.7, "more discharges here: the publication leaves out more, or was made from fewer"),
    ],
)
def test_other_differences_are_named(number: float, share: float, said: str) -> None:
    rows = [(PROVIDER, "RN1", TOTAL, number), (PROVIDER, "RN1", SHARE, share)]
    found = compared(rows, {"not_died": 30})
    assert said in {own["reason"] for own in found.values()}
    assert not any(character.isdigit() for own in found.values() for character in own["reason"])


def test_shares_in_per_cent_are_read_and_benchmarks_stand_beside() -> None:
    rows = [
        ("National", "ENG", SHARE, 86.4),
        (COUNCIL, "E1", SHARE, 80.0),
        (COUNCIL, "E9", SHARE, 90.0),
        (COUNCIL, "E77", SHARE, 50.0),
    ]
    found = compared(rows, {})
    assert found["england", SHARE]["published"] == pytest.approx(0.864)
    assert found["england", SHARE]["ours"] is None
    assert found["north-council", SHARE]["difference"] == pytest.approx(0)
    assert found["e9", SHARE]["published"] == pytest.approx(0.9)
    assert found["e9", SHARE]["reason"] == found["england", SHARE]["reason"] == "benchmark: no figure of ours"
    assert ("e77", SHARE) not in found


def test_without_a_published_file_there_is_no_comparison() -> None:
    own = dated(world(3, 50)[0])
    form = official_form(own.spells, own.months, "no_delay", MARCH).collect()
    table = published_comparison(form, None, pl.DataFrame(), Organisations.of(project()), [])
    assert table.height == 0
