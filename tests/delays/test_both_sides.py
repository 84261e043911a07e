"""The record against the evidence: a slow reading day by day, on random places with random evidence."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from fractions import Fraction
from typing import Any

import polars as pl
import pytest

from costshift.delays.agreement import GRAIN, agreement_by_spell, attribution_agreement
from costshift.delays.both_sides import BASES, BothSides, both_sides, firmly_evidenced, on_basis
from costshift.delays.evidence_states import STATES
from costshift.delays.measures import DatedSpells, date_spells
from costshift.delays.recorded_attribution import SPELL, share_rules
from costshift.delays.settled_disputes import dispute_outcomes, noted_outcomes
from costshift.extracts.dispute_notes import SCHEMA
from costshift.ledger.bases import attribution_bases
from costshift.organisations import Organisations

from worlds import AS_AT, frame, project, world

NHS = {"acute", "community", "mental_health", "icb"}


def side_of(attribution: str) -> str:
    if attribution in NHS:
        return "nhs"
    return attribution if attribution in ("council", "person") else "none"


def random_evidence(dated: DatedSpells, seed: int) -> list[dict[str, Any]]:
    """Periods of made-up states that fill each delay."""
    chance = random.Random(seed)
    spells = dated.days.periods.group_by(SPELL).agg(pl.col("from_date").min(), pl.col("until").max())
    rows = []
    for spell in spells.collect().sort(SPELL).to_dicts():
        day = spell["from_date"]
        while day < spell["until"]:
            until = min(spell["until"], day + dt.timedelta(days=chance.randrange(1, 9)))
            state = chance.choice(list(STATES))
            side, strength = STATES[state]
            if side != "none" and strength is None:
                strength = chance.choice(["firm", "presumptive"])
            rows.append(
                {
                    **{name: spell[name] for name in SPELL},
                    "from_date": day,
                    "until": until,
                    "state": state,
                    "strength": strength,
                    "side": side,
                }
            )
            day = until
    return rows


def random_notes(rows: list[dict[str, Any]], seed: int) -> pl.DataFrame:
    chance = random.Random(seed)
    spells = sorted({(row["provider_code"], row["spell_id"]) for row in rows})
    notes = []
    for provider, spell in chance.sample(spells, len(spells) // 3):
        outcome = chance.choice(["agreed", "overruled", "contested"])
        notes.append(
            {
                "provider_code": provider,
                "spell_id": spell,
                "outcome": outcome,
                "noted_attribution": chance.choice([None, "icb", "council"]) if outcome == "agreed" else None,
                "name_for_nhs": chance.choice(["A", "A", None]),
                "name_for_council": "B",
                "noted_on": AS_AT,
                "file": "notes.csv",
                "row": len(notes) + 2,
            }
        )
    return pl.DataFrame([{name: note.get(name) for name in SCHEMA} for note in notes], schema=SCHEMA, orient="row")


def place(seed: int) -> tuple[DatedSpells, list[dict[str, Any]], pl.DataFrame, BothSides, Organisations]:
    spells, reasons = world(seed, 200)
    own = project()
    organisations = Organisations.of(own)
    dated = date_spells(
        frame("spells", spells, person=pl.Int64()), frame("delay_reasons", reasons), organisations, own.delays, AS_AT
    )
    rows = random_evidence(dated, seed)
    evidenced = pl.DataFrame(
        rows,
        schema={
            "provider_code": pl.String,
            "spell_id": pl.String,
            "from_date": pl.Date,
            "until": pl.Date,
            "state": pl.String,
            "strength": pl.String,
            "side": pl.String,
        },
    )
    notes = random_notes(rows, seed)
    return dated, rows, notes, both_sides(dated.days, evidenced.lazy(), noted_outcomes(notes)), organisations


def slow(dated: DatedSpells, rows: list[dict[str, Any]], notes: pl.DataFrame) -> tuple[Any, ...]:
    """Every delayed day of every spell on its own: exact fractions by month and attribution on each basis."""
    shares: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for rule in share_rules().to_dicts():
        shares.setdefault((rule["rule"], rule["setting"]), []).append((rule["recorded_attribution"], rule["share"]))
    evidence = {}
    for row in rows:
        day = row["from_date"]
        while day < row["until"]:
            evidence[row["provider_code"], row["spell_id"], day] = row
            day += dt.timedelta(days=1)
    noted = {(note["provider_code"], note["spell_id"]): note for note in notes.to_dicts()}
    by_spell: dict[tuple[str, str], Counter[str]] = {}
    bases: dict[str, Counter[tuple[dt.date, str]]] = {name: Counter() for name in (*BASES, "firm")}
    for period in dated.days.periods.collect().to_dicts():
        key = (period["provider_code"], period["spell_id"])
        day = period["from_date"]
        while day < period["until"]:
            own = evidence[(*key, day)]
            shown = {"chc_decision_pending": "icb", "chc_package_pending": "icb", "awaiting_nhs_service": "community"}
            evidenced = shown.get(own["state"], period["setting"]) if own["side"] == "nhs" else own["side"]
            for recorded, per_cent in shares[period["rule"], period["setting"]]:
                part, month = Fraction(per_cent, 100), day.replace(day=1)
                if own["side"] == "none" or side_of(recorded) == "none":
                    judged = "untestable"
                elif own["side"] == side_of(recorded):
                    judged = "agreed"
                else:
                    judged = "disputed" if own["strength"] == "firm" else "questioned"
                by_spell.setdefault(key, Counter())[judged] += part  # type: ignore[assignment]
                settled = recorded
                if own["strength"] == "firm" and own["side"] != side_of(recorded):
                    settled = evidenced
                note = noted.get(key)
                if note and judged in ("disputed", "questioned") and note["name_for_nhs"]:
                    if note["outcome"] == "agreed":
                        settled = note["noted_attribution"] or evidenced
                    elif note["outcome"] == "overruled":
                        settled = recorded
                firm = evidenced if own["strength"] == "firm" else "none"
                for basis, whom in zip(bases, (recorded, evidenced, settled, firm), strict=True):
                    bases[basis][month, whom] += part  # type: ignore[assignment]
            day += dt.timedelta(days=1)
    return by_spell, bases


@pytest.mark.parametrize("seed", range(6))
def test_agreement_of_each_spell_is_that_of_its_days(seed: int) -> None:
    dated, rows, notes, both, _ = place(seed)
    expected, _ = slow(dated, rows, notes)
    found = agreement_by_spell(both.periods).collect().to_dicts()
    assert len(found) == len(expected) > 0
    for row in found:
        own = expected[row["provider_code"], row["spell_id"]]
        for name in ("agreed", "disputed", "questioned", "untestable"):
            assert row[f"{name}_days"] == pytest.approx(float(own.get(name, 0)))


@pytest.mark.parametrize("seed", range(6))
def test_whole_days_keep_both_margins_and_stay_near_the_fractions(seed: int) -> None:
    dated, rows, notes, both, _ = place(seed)
    _, bases = slow(dated, rows, notes)
    parts = both.parts.collect()
    assert (parts["days"] > 0).all()
    cell = ["month", "provider", "council", "icb_code", "discharge_pathway", "delay_reason", "recorded_attribution"]
    counted = dated.days.parts.filter(pl.col("days") > 0).group_by(cell).agg(pl.col("days").sum()).collect()
    carried = parts.group_by(cell).agg(pl.col("days").sum())
    assert counted.sort(cell).equals(carried.sort(cell))
    by_state = Counter()  # type: ignore[var-annotated]
    for row in rows:
        by_state[row["state"]] += (row["until"] - row["from_date"]).days
    assert dict(parts.group_by("state").agg(pl.col("days").sum()).iter_rows()) == dict(by_state)
    pieces = parts.group_by("month").len()
    room = dict(pieces.iter_rows())
    for basis in BASES:
        found = on_basis(both, basis).parts.group_by("month", "attribution").agg(pl.col("days").sum()).collect()
        for month, whom, days in found.iter_rows():
            # Less than a day each way for each piece that could be split.
            assert abs(days - bases[basis][month, whom]) < room[month]
    everyone = parts["days"].sum()
    assert everyone == sum(bases["recorded"].values())


@pytest.mark.parametrize("seed", range(6))
def test_bases_are_exact_where_nothing_is_shared(seed: int) -> None:
    dated, rows, notes, _, _ = place(seed)
    single = share_rules().filter(pl.col("share") == 100)["rule"].unique().implode()
    kept = dated.days.periods.group_by(SPELL).agg(pl.col("rule").is_in(single).all().alias("all")).filter("all")
    whole = DatedSpells(
        dated.spells,
        dated.months,
        dated.filters,
        type(dated.days)(
            dated.days.spell_months.join(kept, on=SPELL, how="semi"),
            # Of these spells alone every cell has one part.
            dated.days.spell_months.join(kept, on=SPELL, how="semi")
            .join(share_rules().lazy().select("split", "recorded_attribution").unique(), on="split")
            .group_by(
                "month", "provider", "setting", "council", "icb_code", "discharge_pathway", "delay_reason", "split"
            )
            .agg(pl.col("recorded_attribution").first(), pl.col("days").sum()),
            dated.days.periods.join(kept, on=SPELL, how="semi"),
        ),
    )
    known = {tuple(row) for row in kept.select(SPELL).collect().iter_rows()}
    own_rows = [row for row in rows if (row["provider_code"], row["spell_id"]) in known]
    evidenced = pl.DataFrame(own_rows).lazy()
    alone = both_sides(whole.days, evidenced, noted_outcomes(notes))
    _, bases = slow(whole, own_rows, notes)
    for basis in BASES:
        found = on_basis(alone, basis).parts.group_by("month", "attribution").agg(pl.col("days").sum()).collect()
        assert {(m, a): d for m, a, d in found.iter_rows()} == {k: v for k, v in bases[basis].items() if v}
    firm = firmly_evidenced(alone).parts.group_by("month", "attribution").agg(pl.col("days").sum()).collect()
    assert {(m, a): d for m, a, d in firm.iter_rows()} == {k: v for k, v in bases["firm"].items() if v}


@pytest.mark.parametrize("seed", range(3))
def test_tables_have_the_same_days_on_every_basis_and_settled_days_are_shown(seed: int) -> None:
    dated, _, notes, both, organisations = place(seed)
    prices = (
        dated.days.parts.select("month")
        .unique()
        .join(pl.LazyFrame({"setting": ["acute", "community"], "price_pence": [56_200, 30_000]}), how="cross")
    )
    table = attribution_agreement(both, dated.months, prices).collect()
    assert not table.select(GRAIN).is_duplicated().any()
    assert set(table["agreement"]) <= {"agreed", "disputed", "questioned", "untestable"}
    bases = attribution_bases(both, dated.months, prices, organisations).collect()
    sums = bases.group_by("month").agg(pl.col("^.*_days$").sum()).drop("month")
    assert (sums.max_horizontal() == sums.min_horizontal()).all()
    outcomes = dispute_outcomes(both).collect()
    assert (outcomes["moved_days"] <= outcomes["delayed_bed_days"]).all()
    assert outcomes.filter(pl.col("outcome").is_in(["unsigned", "contested"]))["moved_days"].sum() == 0
    assert notes.height > 0


def test_a_hand_worked_cell() -> None:
    """WB2 is shared, half to the provider and half to the council; in an acute bed of 5 days, 2 before the referral.

    Recorded: 5 days are 3 and 2 (the half day goes by the cell's own turn). Evidence: 2 days firmly the NHS's
    (before_referral), 3 firmly the council's (awaiting_assessment). The state's days stay 2 and 3 whichever way they are
    shared out; on the reconciled basis the NHS has exactly 2 and the council 3, as firm evidence decides all.
    """
    spells, _ = world(1, 1)
    row = dict.fromkeys(spells[0]) | {
        "provider_code": "RN1",
        "spell_id": "S1",
        "council_code": "E1",
        "icb_code": "QX1",
        "admission_date": dt.date(2024, 1, 1),
        "discharge_ready_date": dt.date(2024, 1, 10),
        "discharge_date": dt.date(2024, 1, 15),
        "birth_date": dt.date(1940, 1, 1),
        "delay_reason": "WB2",
        "person": 1,
    }
    own = project()
    dated = date_spells(frame("spells", [row], person=pl.Int64()), None, Organisations.of(own), own.delays, AS_AT)
    evidenced = pl.LazyFrame(
        {
            "provider_code": "RN1",
            "spell_id": "S1",
            "from_date": [dt.date(2024, 1, 10), dt.date(2024, 1, 12)],
            "until": [dt.date(2024, 1, 12), dt.date(2024, 1, 15)],
            "state": ["before_referral", "awaiting_assessment"],
            "strength": "firm",
            "side": ["nhs", "council"],
        }
    )
    both = both_sides(dated.days, evidenced)
    parts = both.parts.collect()
    assert dict(parts.group_by("state").agg(pl.col("days").sum()).iter_rows()) == {
        "before_referral": 2,
        "awaiting_assessment": 3,
    }
    assert sorted(parts.group_by("recorded_attribution").agg(pl.col("days").sum())["days"]) == [2, 3]
    settled = on_basis(both, "reconciled").parts.group_by("attribution").agg(pl.col("days").sum()).collect()
    assert dict(settled.iter_rows()) == {"acute": 2, "council": 3}
    spell = agreement_by_spell(both.periods).collect().row(0, named=True)
    assert (spell["agreed_days"], spell["disputed_days"]) == (2.5, 2.5)
