"""Hand-worked cases that pin the recount itself. The arithmetic is in the comments."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import count
from typing import Any

import pytest

from .recount import recount, split_whole_days

Row = dict[str, Any]

PARTNERS = [
    {"id": "hospitals", "type": "acute", "codes": ["RXX", "RXX01"]},
    {"id": "healthcare", "type": "community", "codes": ["RYY"]},
    {"id": "council", "type": "council", "codes": ["E10000099", "503"]},
    {"id": "shire", "type": "council", "codes": ["E10000088"]},
    {"id": "board", "type": "icb", "codes": ["QXX"]},
]
REASONS = {
    "HP1": {"provider": 100},
    "SC1": {"council": 100},
    "JT1": {"council": 50, "icb": 50},
    "PF1": {"person": 100},
    "CH1": {"community": 100},
}
ATTRIBUTIONS = {"NHS": {"provider": 100}, "SOCIAL": {"council": 100}, "BOTH": {"provider": 50, "council": 50}}
FILTER_VALUES = {
    "not_maternity": [("admission_method", "31"), ("treatment_function_code", "501")],
    "not_day_case": [("patient_classification", "2")],
    "nhs_funded": [("administrative_category", "02")],
    "not_died": [("discharge_method", "4")],
}
TRANSFERS = [("discharge_destination", "51"), ("admission_source", "51"), ("admission_method", "81")]
PRICES = {"delayed_bed_day_acute": Decimal("562")}
COLUMNS = [
    "site_code",
    "council_code",
    "icb_code",
    "admission_method",
    "admission_source",
    "patient_classification",
    "administrative_category",
    "treatment_function_code",
    "discharge_ready_date",
    "discharge_date",
    "discharge_method",
    "discharge_destination",
    "discharge_pathway",
    "delay_reason",
    "delay_attribution",
]

_numbers = count(1)


def spell(admitted: str, ready: str | None, left: str | None, **others: Any) -> Row:
    """A spell of a person of their own, aged 80, in RXX, living in council 503, pathway P1."""
    number = next(_numbers)
    row: Row = dict.fromkeys(COLUMNS)
    row |= {"provider_code": "RXX", "spell_id": f"S{number:05}", "person": number}
    row |= {"council_code": "503", "icb_code": "QXX", "discharge_pathway": "P1"}
    row |= {"birth_date": date(1944, 1, 1), "admission_date": date.fromisoformat(admitted)}
    row["discharge_ready_date"] = date.fromisoformat(ready) if ready else None
    row["discharge_date"] = date.fromisoformat(left) if left else None
    return row | others


def dated(of: Row, start: str, to: str | None, reason: str | None, attribution: str | None = None) -> Row:
    return {
        "provider_code": of["provider_code"],
        "spell_id": of["spell_id"],
        "from_date": date.fromisoformat(start),
        "to_date": date.fromisoformat(to) if to else None,
        "delay_reason": reason,
        "delay_attribution": attribution,
    }


def tables(spells: list[Row], as_at: str, delay_reasons: list[Row] | None = None, **others: Any) -> Any:
    settings: dict[str, Any] = {
        "reasons": REASONS,
        "attributions": ATTRIBUTIONS,
        "filter_values": FILTER_VALUES,
        "transfer_values": TRANSFERS,
        "prices": PRICES,
    }
    return recount(spells, delay_reasons or [], PARTNERS, date.fromisoformat(as_at), **(settings | others))


def only(rows: list[Row], **where: Any) -> Row:
    found = [row for row in rows if all(row[column] == value for column, value in where.items())]
    assert len(found) == 1, found
    return found[0]


def days_by_type(rows: list[Row]) -> dict[str, int]:
    totals: dict[str, int] = {}
    for row in rows:
        totals[row["recorded_attribution"]] = totals.get(row["recorded_attribution"], 0) + row["delayed_bed_days"]
    return totals


def test_every_edge_of_every_band() -> None:
    # Ready on 1 May, discharged 0, 1, 2, 3, 4, 6, 7, 13, 14, 20, 21 and 29 days later.
    delays = [0, 1, 2, 3, 4, 6, 7, 13, 14, 20, 21, 29]
    spells = [spell("2025-04-28", "2025-05-01", f"2025-05-{1 + delay:02}") for delay in delays]
    result = tables(spells, "2025-05-31")
    assert result["discharge_delays"] == [
        {
            "month": date(2025, 5, 1),
            "provider": "hospitals",
            "setting": "acute",
            "council": "council",
            "discharge_pathway": "P1",
            "discharges": 12,
            "discharged_on_ready_date": 1,
            "delayed_discharges": 11,
            "delay_1_day": 1,
            "delay_2_3_days": 2,
            "delay_4_6_days": 2,
            "delay_7_13_days": 2,
            "delay_14_20_days": 2,
            "delay_21_plus_days": 2,
            "bed_days_lost": 120,  # 1+2+3 = 6, +4+6 = 16, +7+13 = 36, +14+20 = 70, +21+29 = 120
            "ready_date_missing": 0,
            "ready_date_invalid": 0,
            "acceptable": True,
        }
    ]
    row = only(result["bcf_discharge"])
    assert row["share_on_ready_date"] == 1 / 12
    assert row["average_delay_days_when_delayed"] == 120 / 11
    assert row["average_delay_days"] == 10.0  # 120 / 12
    # identity: share delayed x average when delayed = average
    assert 11 / 12 * row["average_delay_days_when_delayed"] == pytest.approx(row["average_delay_days"])


def test_days_fall_into_the_months_of_a_leap_february() -> None:
    # 30 January to 2 March 2024, 2 March not counted: 30, 31 January = 2; February = 29; 1 March = 1.
    result = tables([spell("2024-01-20", "2024-01-30", "2024-03-02", delay_reason="SC1")], "2024-03-31")
    rows = result["delayed_bed_days"]
    assert [(row["month"].month, row["delayed_bed_days"]) for row in rows] == [(1, 2), (2, 29), (3, 1)]
    assert [row["delayed_beds"] for row in rows] == [2 / 31, 1.0, 1 / 31]
    assert [row["people"] for row in rows] == [1, 1, 1]
    # 2 x 562, 29 x 562, 1 x 562
    assert [row["cost"] for row in rows] == [Decimal(1124), Decimal(16298), Decimal(562)]
    # no open spell at all: as_at's month and the one before are provisional
    assert [row["provisional"] for row in rows] == [False, True, True]
    assert only(result["discharge_delays"])["bed_days_lost"] == 32  # 2 + 29 + 1
    assert only(result["delayed_spells"])["delay_days"] == 32


def test_a_ready_date_out_of_order_is_blanked_and_counted_twice_over() -> None:
    spells = [
        spell("2025-05-02", "2025-05-01", "2025-05-05"),  # before admission
        spell("2025-05-02", "2025-05-06", "2025-05-05"),  # after discharge
        spell("2025-05-02", None, "2025-05-05"),  # missing
        spell("2025-05-02", "2025-05-02", "2025-05-05"),  # on the day of admission: valid, 3 days
        spell("2025-05-02", "2025-05-05", "2025-05-05"),  # on the day of discharge: valid, none
    ]
    row = only(tables(spells, "2025-05-31")["discharge_delays"])
    assert row["ready_date_invalid"] == 2
    assert row["ready_date_missing"] == 3  # the two invalid and the empty one
    assert row["discharges"] == 5
    assert row["discharged_on_ready_date"] == 4  # 3 missing + 1
    assert (row["delayed_discharges"], row["delay_2_3_days"], row["bed_days_lost"]) == (1, 1, 3)


def test_exclude_leaves_missing_ready_dates_out_of_all_else() -> None:
    spells = [
        spell("2025-05-02", None, "2025-05-05"),
        spell("2025-05-02", "2025-05-01", "2025-05-05"),
        spell("2025-05-02", "2025-05-03", "2025-05-05"),  # 2 days
        spell("2025-05-02", "2025-05-05", "2025-05-05"),
        spell("2025-05-02", None, "2025-05-05", discharge_pathway="P2"),
    ]
    result = tables(spells, "2025-05-31", ready_date_missing="exclude")
    row = only(result["discharge_delays"], discharge_pathway="P1")
    assert (row["discharges"], row["discharged_on_ready_date"], row["delayed_discharges"]) == (2, 1, 1)
    assert (row["ready_date_missing"], row["ready_date_invalid"]) == (2, 1)
    empty = only(result["discharge_delays"], discharge_pathway="P2")  # the cell still has its row
    assert (empty["discharges"], empty["ready_date_missing"], empty["bed_days_lost"]) == (0, 1, 0)
    # both cells are one row of the Better Care Fund: 1 of 2, 2 days / 1 delayed, 2 days / 2 discharges
    bcf = only(result["bcf_discharge"])
    assert bcf["share_on_ready_date"] == 0.5
    assert (bcf["average_delay_days_when_delayed"], bcf["average_delay_days"]) == (2.0, 1.0)


def test_a_provider_without_any_ready_date_in_a_month_is_not_computable() -> None:
    spells = [
        spell("2025-05-01", None, "2025-05-20"),
        spell("2025-05-01", None, "2025-05-20", site_code="REHAB"),
        # Ready 28 May, discharged 3 June: 4 days in May (28 to 31), 2 in June, which is computable.
        spell("2025-05-25", "2025-05-28", "2025-06-03", delay_reason="SC1"),
        # Died: not a cohort discharge of May, so its ready date does not make May computable.
        spell("2025-05-01", "2025-05-10", "2025-05-12", discharge_method="4"),
    ]
    result = tables(spells, "2025-08-31", site_settings={"REHAB": "community"})
    may = [row for row in result["discharge_delays"] if row["month"] == date(2025, 5, 1)]
    assert [row["setting"] for row in may] == ["acute", "community"]
    for row in may:
        assert (row["discharges"], row["ready_date_missing"], row["acceptable"]) == (1, 1, False)
        assert row["discharged_on_ready_date"] is None
        assert row["delayed_discharges"] is None
        assert row["delay_1_day"] is None
        assert row["delay_21_plus_days"] is None
        assert row["bed_days_lost"] is None
    blank: Row = {
        "month": date(2025, 5, 1),
        "provider": "hospitals",
        "council": "unknown",
        "discharge_pathway": "unknown",
        "delay_reason": "not_recorded",
        "recorded_attribution": "not_recorded",
        "delayed_bed_days": None,
        "delayed_beds": None,
        "people": None,
        "cost": None,
        "provisional": False,
    }
    assert result["delayed_bed_days"][:2] == [blank | {"setting": "acute"}, blank | {"setting": "community"}]
    june = only(result["delayed_bed_days"], month=date(2025, 6, 1))
    assert june["delayed_bed_days"] == 2
    assert [row["month"] for row in result["bcf_discharge"]] == [date(2025, 6, 1)]
    # Only June's two days have a price: 2 x 562.
    assert only(result["cost_shifts"])["amount"] == Decimal(1124)


def test_a_provider_with_sixty_per_cent_of_long_stays_empty_is_not_acceptable() -> None:
    # Long stays: 7 nights from 1 to 8 May. Two of five with a ready date = 0.4 < 0.8.
    with_date = [spell("2025-05-01", "2025-05-06", "2025-05-08", delay_reason="SC1") for _ in range(2)]
    without = [spell("2025-05-01", None, "2025-05-08") for _ in range(3)]
    # Stays of 6 nights do not enter, however complete.
    short = [spell("2025-05-02", "2025-05-08", "2025-05-08") for _ in range(20)]
    result = tables(with_date + without + short, "2025-05-31")
    row = only(result["discharge_delays"])
    assert row["acceptable"] is False
    assert (row["discharges"], row["bed_days_lost"]) == (25, 4)  # still counted: 2 spells x 2 days
    days = only(result["delayed_bed_days"])
    assert (days["delayed_bed_days"], days["cost"]) == (4, None)
    assert result["bcf_discharge"] == []
    assert result["cost_shifts"] == []
    assert result["partner_positions"] == []
    # At exactly the threshold it is acceptable: 2 / 5 = 0.4.
    at_threshold = tables(with_date + without + short, "2025-05-31", ready_date_min_complete=0.4)
    assert only(at_threshold["discharge_delays"])["acceptable"] is True


def test_four_of_five_long_stays_meet_a_minimum_of_eight_tenths() -> None:
    spells = [spell("2025-05-01", "2025-05-08", "2025-05-08") for _ in range(4)]
    spells.append(spell("2025-05-01", None, "2025-05-08"))
    assert only(tables(spells, "2025-05-31")["discharge_delays"])["acceptable"] is True


def test_a_transfer_joins_two_spells_to_one_stay() -> None:
    first = spell("2025-05-01", "2025-05-04", "2025-05-04", person=1, discharge_destination="51")
    second = spell("2025-05-05", None, "2025-05-09", person=1, provider_code="RYY")
    # RYY: stay from 1 to 9 May = 8 nights, without a ready date; a second spell makes RYY computable.
    other = spell("2025-05-06", "2025-05-07", "2025-05-08", provider_code="RYY")
    row = only(tables([first, second, other], "2025-05-31")["discharge_delays"], provider="healthcare")
    assert row["acceptable"] is False  # 0 of 1 long stay

    # Two days later is no transfer: 6 to 9 May = 3 nights, no long stay at all.
    late = second | {"admission_date": date(2025, 5, 6)}
    row = only(tables([first, late, other], "2025-05-31")["discharge_delays"], provider="healthcare")
    assert row["acceptable"] is True

    # Next day, but nobody says transfer.
    home = first | {"discharge_destination": "19"}
    row = only(tables([home, second, other], "2025-05-31")["discharge_delays"], provider="healthcare")
    assert row["acceptable"] is True

    # It is enough that the later spell says so, and the chain goes on: 1 May is the start for the third too.
    says = second | {"admission_source": "51", "discharge_destination": "51"}
    third = spell("2025-05-09", "2025-05-10", None, person=1)
    result = tables([third, says, home], "2025-05-15")
    census = only(result["census"], provider="hospitals")
    # Nights 1 May to 16 May = 15; of the last spell alone 7.
    assert census["people_delayed_14_plus"] == 1
    assert census["people_delayed_21_plus"] == 0


def test_each_day_has_the_dated_reason_in_force() -> None:
    # Ready 1 May, discharged 21 May: days 1 to 20.
    one = spell("2025-04-20", "2025-05-01", "2025-05-21", delay_reason="PF1")
    reasons = [
        dated(one, "2025-05-12", None, "JT1"),  # 12 to 20, no end: 9 days, but see the next
        dated(one, "2025-04-28", "2025-05-03", "HP1"),  # 1 to 3 May: 3 days
        dated(one, "2025-05-06", "2025-05-31", "SC1"),  # 6 to 11 only, the next begins on 12: 6 days
        dated(one, "2025-05-12", None, "CH1"),  # same from_date, sorts before JT1: never in force
        dated(one, "2025-05-18", "2025-05-18", "HP1"),  # 18 only; 19 and 20 are covered by nothing
    ]
    # Gap 4, 5 May and 19, 20 May: the spell's own PF1, 4 days. JT1: 12 to 17 = 6 days, 3 and 3.
    # HP1: 3 + 1 = 4. Sum: 4 + 6 + 6 + 4 = 20.
    result = tables([one], "2025-05-31", reasons)
    found = {(r["delay_reason"], r["recorded_attribution"]): r["delayed_bed_days"] for r in result["delayed_bed_days"]}
    assert found == {
        ("HP1", "acute"): 4,
        ("SC1", "council"): 6,
        ("JT1", "council"): 3,
        ("JT1", "icb"): 3,
        ("PF1", "person"): 4,
    }
    spell_row = only(result["delayed_spells"])
    assert spell_row["recorded_days"] == {"acute": 4, "council": 9, "icb": 3, "person": 4}


def test_an_attribution_goes_before_the_reason_and_nothing_is_not_recorded() -> None:
    spells = [
        # 2 days: the reason stays SC1, the days go to the provider's own type.
        spell("2025-05-01", "2025-05-03", "2025-05-05", delay_reason="SC1", delay_attribution="NHS"),
        # 3 days with an attribution only.
        spell("2025-05-01", "2025-05-03", "2025-05-06", delay_attribution="SOCIAL"),
        # 4 days with neither.
        spell("2025-05-01", "2025-05-03", "2025-05-07"),
    ]
    result = tables(spells, "2025-05-31")
    found = {(r["delay_reason"], r["recorded_attribution"]): r["delayed_bed_days"] for r in result["delayed_bed_days"]}
    assert found == {
        ("SC1", "acute"): 2,
        ("not_recorded", "council"): 3,
        ("not_recorded", "not_recorded"): 4,
    }
    drivers = {row["driver"]: row["amount"] for row in result["cost_shifts"]}
    assert drivers == {
        "hospitals": Decimal(1124),  # 2 x 562
        "council": Decimal(1686),  # 3 x 562
        "unallocated": Decimal(2248),  # 4 x 562
    }


def test_a_dated_attribution_counts_on_its_days_only() -> None:
    # Ready 1 May, discharged 5 May: days 1 to 4. The dated row rules 1 and 2, the spell 3 and 4.
    one = spell("2025-04-20", "2025-05-01", "2025-05-05", delay_reason="HP1", delay_attribution="SOCIAL")
    result = tables([one], "2025-05-31", [dated(one, "2025-05-01", "2025-05-02", "SC1", "NHS")])
    found = {(r["delay_reason"], r["recorded_attribution"]): r["delayed_bed_days"] for r in result["delayed_bed_days"]}
    assert found == {("SC1", "acute"): 2, ("HP1", "council"): 2}


def test_odd_days_of_a_shared_reason_are_split_after_the_sum() -> None:
    # Two people with 3 and 2 days of JT1 (50 : 50): 5 days together, 2.5 each; one day is over, remainders
    # and shares tie, and by the hash of this cell it is the ICB's turn: 2 and 3. Split
    # one by one it could have been 2+1 and 1+1.
    three = spell("2025-05-01", "2025-05-03", "2025-05-06", delay_reason="JT1")
    two = spell("2025-05-01", "2025-05-03", "2025-05-05", delay_reason="JT1")
    result = tables([three, two], "2025-05-31")
    assert days_by_type(result["delayed_bed_days"]) == {"council": 2, "icb": 3}
    assert [row["people"] for row in result["delayed_bed_days"]] == [2, 2]  # both stand behind both parts
    assert {row["driver"]: row["amount"] for row in result["cost_shifts"]} == {
        "council": Decimal(1124),  # 2 x 562
        "board": Decimal(1686),  # 3 x 562
    }
    assert only(result["delayed_spells"], spell_id=three["spell_id"])["recorded_days"] == {
        "council": Fraction(3, 2),
        "icb": Fraction(3, 2),
    }
    # With another ICB the groups are split apart: 3 -> 1 + 2, 2 -> 1 + 1, added: 2 and 3. In a third group of
    # one day it is the ICB's turn too, 0 + 1: council 2, icb 4, and the empty part keeps its person behind it.
    elsewhere = two | {"icb_code": "QYY"}
    nowhere = spell("2025-05-01", "2025-05-03", "2025-05-04", delay_reason="JT1", icb_code=None)
    result = tables([three, elsewhere, nowhere], "2025-05-31")
    assert days_by_type(result["delayed_bed_days"]) == {"council": 2, "icb": 4}
    assert [row["people"] for row in result["delayed_bed_days"]] == [3, 3]
    # One day alone leaves nothing for the second: no row of zero days.
    assert days_by_type(tables([nowhere], "2025-05-31")["delayed_bed_days"]) == {"icb": 1}


def test_largest_remainder() -> None:
    # 7 days at 60 : 40 = 4.2 and 2.8: 4 + 2, the day over goes to .8.
    assert split_whole_days(7, (("acute", 60), ("icb", 40))) == {"acute": 4, "icb": 3}
    # 10 days at 25 : 75 = 2.5 and 7.5: a tie, the larger share first.
    assert split_whole_days(10, (("acute", 25), ("icb", 75))) == {"acute": 2, "icb": 8}
    # 1 day at 34 : 33 : 33.
    assert split_whole_days(1, (("acute", 33), ("council", 34), ("icb", 33))) == {
        "acute": 0,
        "council": 1,
        "icb": 0,
    }
    # 2 days at 34 : 33 : 33 = 0.68, 0.66, 0.66: a tie; the hash of an empty cell turns the ring (2 of 3) so that "icb" is first.
    assert split_whole_days(2, (("acute", 33), ("council", 34), ("icb", 33))) == {
        "acute": 0,
        "council": 1,
        "icb": 1,
    }


def test_who_died_while_delayed_leaves_the_discharges_and_keeps_the_days() -> None:
    died = spell("2025-05-01", "2025-05-03", "2025-05-08", discharge_method="4", delay_reason="SC1")
    lived = spell("2025-05-01", "2025-05-08", "2025-05-08", discharge_method="1")
    result = tables([died, lived], "2025-05-31")
    row = only(result["discharge_delays"])
    assert (row["discharges"], row["bed_days_lost"]) == (1, 0)
    assert only(result["delayed_bed_days"])["delayed_bed_days"] == 5  # 3, 4, 5, 6, 7 May
    assert only(result["cohort_filters"], filter="not_died")["spells_removed"] == 1
    # Without the filter both are discharges.
    kept = tables([died, lived], "2025-05-31", filters=("adult", "overnight"))
    assert only(kept["discharge_delays"])["discharges"] == 2


def test_an_open_spell_counts_to_the_as_at_date() -> None:
    spells = [
        # Ready on the as-at date itself: that day counts, 1 day. Nights 25 May to 1 June = 7.
        spell("2025-05-25", "2025-05-31", None, delay_reason="SC1"),
        # Discharged after the as-at date: still open. 29, 30, 31 May = 3 days. Nights 26 May to 1 June = 6.
        spell("2025-05-26", "2025-05-29", "2025-06-04", delay_reason="SC1"),
        # Ready after the as-at date: no delay yet.
        spell("2025-05-01", "2025-06-02", "2025-06-04"),
        # Admitted after the as-at date: does not exist.
        spell("2025-06-01", "2025-06-01", None),
        # Ready before admission: blanked.
        spell("2025-05-20", "2025-05-19", None),
    ]
    result = tables(spells, "2025-05-31")
    days = only(result["delayed_bed_days"])
    assert (days["delayed_bed_days"], days["people"], days["provisional"]) == (4, 2, False)
    assert result["discharge_delays"] == []
    assert days["cost"] == Decimal(2248)  # 4 x 562: no cohort discharge in May leaves May acceptable
    assert result["census"] == [
        {
            "date": date(2025, 5, 31),
            "provider": "hospitals",
            "setting": "acute",
            "council": "council",
            "discharge_pathway": "P1",
            "people_delayed": 2,
            "people_delayed_7_plus": 1,
            "people_delayed_14_plus": 0,
            "people_delayed_21_plus": 0,
        }
    ]
    assert {row["filter"]: row["spells_removed"] for row in result["cohort_filters"]}["overnight"] == 0


def test_a_provider_that_sends_no_open_spells_has_an_empty_census_and_provisional_months() -> None:
    closed = [
        spell("2025-03-20", "2025-03-30", "2025-04-02", delay_reason="SC1"),  # March 2 days, April 1
        spell("2025-05-01", "2025-05-03", "2025-05-05", delay_reason="SC1"),  # May 2 days
    ]
    open_elsewhere = spell("2025-05-01", "2025-05-31", None, provider_code="RYY")
    result = tables([*closed, open_elsewhere], "2025-05-31")
    ours = [row for row in result["delayed_bed_days"] if row["provider"] == "hospitals"]
    assert [(row["month"].month, row["provisional"]) for row in ours] == [(3, False), (4, True), (5, True)]
    theirs = only(result["delayed_bed_days"], provider="healthcare")
    assert (theirs["provisional"], theirs["cost"]) == (False, None)  # no price for a community bed
    assert only(result["census"], provider="hospitals") == {
        "date": date(2025, 5, 31),
        "provider": "hospitals",
        "setting": "acute",
        "council": "unknown",
        "discharge_pathway": "unknown",
        "people_delayed": None,
        "people_delayed_7_plus": None,
        "people_delayed_14_plus": None,
        "people_delayed_21_plus": None,
    }
    assert only(result["census"], provider="healthcare")["people_delayed"] == 1


def test_a_spell_is_counted_under_the_first_filter_that_removes_it() -> None:
    spells = [
        # 17 on the day of discharge, 18 the day after; also a day case: counted as not adult.
        spell("2025-05-01", None, "2025-05-05", birth_date=date(2007, 5, 6), patient_classification="2"),
        # 18 on the day of discharge: kept.
        spell("2025-05-01", "2025-05-05", "2025-05-05", birth_date=date(2007, 5, 5)),
        spell("2025-05-05", None, "2025-05-05", birth_date=None),  # no night
        spell("2025-05-01", None, "2025-05-05", treatment_function_code="501"),
        spell("2025-05-01", None, "2025-05-05", patient_classification="2"),
    ]
    result = tables(spells, "2025-05-31")
    rows = {row["filter"]: (row["spells_removed"], row["applied"]) for row in result["cohort_filters"]}
    assert rows == {
        "adult": (1, True),
        "overnight": (1, True),
        "not_maternity": (1, True),
        "not_day_case": (1, True),
        "nhs_funded": (0, False),  # administrative_category is empty throughout
        "not_died": (0, False),
    }
    assert only(result["discharge_delays"])["discharges"] == 1


def test_names_of_providers_councils_and_settings() -> None:
    spells = [
        spell("2025-05-01", "2025-05-03", "2025-05-05", provider_code="RZZ99", council_code="E06000001"),
        spell("2025-05-01", "2025-05-03", "2025-05-05", council_code=None, discharge_pathway=None),
        spell("2025-05-01", "2025-05-03", "2025-05-05", provider_code="RXX01", site_code="REHAB"),
    ]
    result = tables(spells, "2025-05-31", site_settings={"REHAB": "community"})
    found = [
        (row["provider"], row["setting"], row["council"], row["discharge_pathway"])
        for row in result["discharge_delays"]
    ]
    assert found == [
        ("hospitals", "acute", "unknown", "unknown"),
        ("hospitals", "community", "council", "P1"),
        ("rzz99", "unknown", "e06000001", "P1"),
    ]


def test_positions_sum_to_zero() -> None:
    spells = [
        spell("2025-05-01", "2025-05-03", "2025-05-06", delay_reason="JT1"),  # 3 days: council 1, icb 2
        spell("2025-05-01", "2025-05-03", "2025-05-05", delay_reason="HP1"),  # 2 days: the hospital's own
        spell("2025-05-01", "2025-05-03", "2025-05-04", delay_reason="PF1"),  # 1 day: the person
        spell("2025-05-01", "2025-05-03", "2025-05-07", delay_reason="CH1"),  # 4 days: community
        # 5 days of no known council; two councils are partners, so neither is "the only one".
        spell("2025-05-01", "2025-05-03", "2025-05-08", delay_reason="SC1", council_code=None),
        # 1 day of a council that is no partner, by its own code.
        spell("2025-05-01", "2025-05-03", "2025-05-04", delay_reason="SC1", council_code="E06000001"),
    ]
    result = tables(spells, "2025-05-31")
    amounts = {(row["driver"], row["payer"]): row["amount"] for row in result["cost_shifts"]}
    assert amounts == {
        ("board", "hospitals"): Decimal(1124),
        ("council", "hospitals"): Decimal(562),
        ("e06000001", "hospitals"): Decimal(562),
        ("healthcare", "hospitals"): Decimal(2248),
        ("hospitals", "hospitals"): Decimal(1124),
        ("unallocated", "hospitals"): Decimal(562),
        ("unknown-council", "hospitals"): Decimal(2810),
    }
    assert only(result["cost_shifts"], driver="council") == {
        "month": date(2025, 5, 1),
        "driver": "council",
        "payer": "hospitals",
        "kind": "delay",
        "nature": "notional",
        "basis": "counted",
        "amount": Decimal(562),
        "amount_low": None,
        "amount_high": None,
        "avoided_care_cost": None,
        "people": 1,
    }
    ours = only(result["partner_positions"], partner="hospitals")
    # All but its own 2 days: 1 + 2 + 1 + 4 + 1 + 5 = 14 days x 562 = 7,868.
    assert ours["absorbed_for_others"] == Decimal(7868)
    assert ours["passed_to_others"] == Decimal(0)
    council = only(result["partner_positions"], partner="council")
    assert council["net_absorbed"] == Decimal(-562)
    assert len(result["partner_positions"]) == 7
    assert sum(row["net_absorbed"] for row in result["partner_positions"]) == 0


def test_a_share_of_the_provider_is_the_type_of_the_bed() -> None:
    # "BOTH" is 50 provider : 50 council; a community bed of the acute trust by its site, 4 days: 2 and 2.
    # The trust itself drives the community half: its setting is that type. A price is given for the bed.
    one = spell("2025-05-01", "2025-05-03", "2025-05-07", delay_attribution="BOTH", site_code="REHAB")
    result = tables(
        [one],
        "2025-05-31",
        site_settings={"REHAB": "community"},
        prices={"delayed_bed_day_community": Decimal("300.50")},
    )
    assert days_by_type(result["delayed_bed_days"]) == {"community": 2, "council": 2}
    assert {row["driver"]: row["amount"] for row in result["cost_shifts"]} == {
        "hospitals": Decimal("601.00"),  # 2 x 300.50
        "council": Decimal("601.00"),
    }


def test_people_are_counted_once_in_a_cell() -> None:
    # One person, two spells with delay in one month and cell: 2 + 1 days, 1 person; another with 1 day.
    spells = [
        spell("2025-05-01", "2025-05-03", "2025-05-05", delay_reason="SC1", person=7),
        spell("2025-05-10", "2025-05-12", "2025-05-13", delay_reason="SC1", person=7),
        spell("2025-05-10", "2025-05-12", "2025-05-13", delay_reason="SC1", person=8),
    ]
    result = tables(spells, "2025-05-31")
    row = only(result["delayed_bed_days"])
    assert (row["delayed_bed_days"], row["people"]) == (4, 2)
    assert only(result["cost_shifts"])["people"] == 2


def test_any_order_of_the_rows_gives_the_same_tables() -> None:
    spells = [
        spell("2025-05-01", "2025-05-03", "2025-05-05", person=1, discharge_destination="51"),
        spell("2025-05-05", "2025-05-05", "2025-05-05", person=1, discharge_destination="51"),
        spell("2025-05-05", "2025-05-10", None, person=1, delay_reason="JT1"),
        spell("2025-05-05", "2025-05-10", None, person=2, delay_reason="JT1", icb_code=None),
    ]
    reasons = [dated(spells[2], "2025-05-12", None, "SC1"), dated(spells[2], "2025-05-12", None, "HP1")]
    assert tables(spells, "2025-05-31", reasons) == tables(spells[::-1], "2025-05-31", reasons[::-1])


def test_admitted_and_ready_on_the_as_at_date() -> None:
    # Night of 31 May to 1 June: overnight, and 1 day of delay.
    result = tables([spell("2025-05-31", "2025-05-31", None, delay_reason="SC1")], "2025-05-31")
    assert only(result["delayed_bed_days"])["delayed_bed_days"] == 1
    assert only(result["census"])["people_delayed"] == 1


def test_a_provider_without_spells_in_the_as_at_month_has_no_census_row() -> None:
    result = tables([spell("2025-04-01", "2025-04-03", "2025-04-05")], "2025-05-31")
    assert result["census"] == []


def test_of_two_equal_dated_reasons_the_one_with_the_later_end_is_in_force() -> None:
    # Ready 1 May, discharged 8 May: 7 days. An empty end sorts before an end: SC1 to 3 May is in force
    # (3 days), the endless one never; 4 to 7 May have nothing.
    one = spell("2025-04-20", "2025-05-01", "2025-05-08")
    reasons = [dated(one, "2025-05-01", "2025-05-03", "SC1"), dated(one, "2025-05-01", None, "SC1")]
    for rows in (reasons, reasons[::-1]):
        result = tables([one], "2025-05-31", rows)
        assert days_by_type(result["delayed_bed_days"]) == {"council": 3, "not_recorded": 4}
