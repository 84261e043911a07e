"""An extract that is split by council or by month, and added up again, gives the ledger of the whole."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from typing import Any

import polars as pl
import pytest

from care_frames import COUNCIL, OTHER, case, charge, costs, service
from costshift.delays.bed_days import as_recorded
from costshift.delays.measures import DatedSpells, date_spells
from costshift.ledger.delay_shifts import delay_shifts
from costshift.ledger.late_chc_decisions import late_chc_decisions
from costshift.organisations import Organisations
from costshift.prices.funding import FundingRules

from worlds import AS_AT, frame, project, world

PLACE = project()
ORGANISATIONS = Organisations.of(PLACE)
SINGLE = ("acute", "community", "icb", "council", "person")


def dated(spells: list[dict[str, Any]], reasons: list[dict[str, Any]]) -> DatedSpells:
    return date_spells(
        frame("spells", spells, person=pl.Int64()), frame("delay_reasons", reasons), ORGANISATIONS, PLACE.delays, AS_AT
    )


def shifts(own: DatedSpells, whole: DatedSpells) -> Counter[tuple[dt.date, str, str]]:
    """What the spells shift; which provider months are acceptable is a question to the whole."""
    months = whole.days.parts.select("month").unique()
    prices = months.join(
        pl.LazyFrame({"setting": ["acute", "community"], "price_pence": [56_200, 31_107]}), how="cross"
    )
    rows = delay_shifts(as_recorded(own.days), whole.months, prices, ORGANISATIONS).collect()
    return Counter({(row["month"], row["driver"], row["payer"]): row["amount"] for row in rows.to_dicts()})


def split(
    spells: list[dict[str, Any]], reasons: list[dict[str, Any]], by: dict[str, Any]
) -> list[tuple[list[dict[str, Any]], list[dict[str, Any]]]]:
    """The rows of each group of spells; ``by``: spell id to group."""
    return [
        (
            [row for row in spells if by[row["spell_id"]] == group],
            [row for row in reasons if by[row["spell_id"]] == group],
        )
        for group in sorted(set(by.values()), key=str)
    ]


def added_up(spells: list[dict[str, Any]], reasons: list[dict[str, Any]], by: dict[str, Any]) -> None:
    whole = dated(spells, reasons)
    wanted = shifts(whole, whole)
    parts = [shifts(dated(*part), whole) for part in split(spells, reasons, by)]
    assert len(parts) > 1 and len(wanted) > 5
    found: Counter[tuple[dt.date, str, str]] = Counter()
    for part in parts:
        found.update(part)
    assert found == wanted


@pytest.mark.parametrize("seed", range(4))
def test_by_council(seed: int) -> None:
    spells, reasons = world(seed, 200)
    # Everybody lives in one council.
    spells = [row | {"council_code": ("E1", "E2", "E9")[row["person"] % 3]} for row in spells]
    added_up(spells, reasons, {row["spell_id"]: row["council_code"] for row in spells})


@pytest.mark.parametrize("seed", range(4))
def test_by_month_of_discharge(seed: int) -> None:
    """With reasons that point to one partner: the days of a shared one are split into whole days over all spells."""
    chance = random.Random(seed)
    spells, _ = world(seed, 200)
    # Everybody is in hospital once: a stay over several spells is in one month's extract.
    spells = [row | {"person": number, "delay_attribution": chance.choice(SINGLE)} for number, row in enumerate(spells)]
    by = {row["spell_id"]: f"{row['discharge_date']:%Y-%m}" if row["discharge_date"] else "open" for row in spells}
    added_up(spells, [], by)


def months_of(first: dt.date, last: dt.date) -> list[tuple[str, str]]:
    found = []
    while first <= last:
        end = min((first.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1), last)
        found.append((first.isoformat(), end.isoformat()))
        first = end + dt.timedelta(days=1)
    return found


@pytest.mark.parametrize("seed", range(4))
def test_packages_and_late_decisions_by_month_and_by_council(seed: int) -> None:
    chance = random.Random(seed)
    services, pieces, charges, cases = [], [], [], []
    for person in range(1, 9):
        start = dt.date(2024, 5, 1) + dt.timedelta(days=chance.randrange(200))
        end = start + dt.timedelta(days=chance.randrange(40, 150))
        own: dict[str, Any] = {"person": person, "council": COUNCIL if person % 2 else OTHER}
        cost = f"{chance.randrange(10_000, 200_000) / 100:.2f}"
        services.append(service(start.isoformat(), end.isoformat(), cost, **own))
        pieces += [service(*span, cost, **own) for span in months_of(start, end)]
        code = "991" if person % 2 else "992"
        charges.append(charge("2024-05-01", None, f"{chance.randrange(1, 9_000) / 100:.2f}", person, code))
        decided = start + dt.timedelta(days=chance.randrange(30, 90))
        cases.append(case(start.isoformat(), decided.isoformat(), person=person))

    def refundable(events: list[dict[str, Any]], paid: list[dict[str, Any]]) -> Counter[tuple[Any, ...]]:
        found = costs(events, paid)
        named = pl.LazyFrame(cases).with_columns(pl.lit("icb").alias("icb"))
        rows, _, _ = late_chc_decisions(
            named, found.pieces, FundingRules.of([], [COUNCIL, OTHER]), dt.date(2025, 3, 31)
        )
        return Counter({tuple(row[:6]): row[6] for row in rows.rows()})

    whole = refundable(services, charges)
    assert whole and refundable(pieces, charges) == whole
    found: Counter[tuple[Any, ...]] = Counter()
    for council in (COUNCIL, OTHER):
        found.update(
            refundable(
                [row for row in services if row["council"] == council],
                [row for row in charges if row["council_code"] == ("991" if council == COUNCIL else "992")],
            )
        )
    assert found == whole
