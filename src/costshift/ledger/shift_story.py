"""One amount of the ledger down to the rows that it rests on. Personal data: for the eyes of those who asked for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from costshift.delays.bed_days import by_calendar_month
from costshift.delays.both_sides import Basis, BothSides, days_of_spells
from costshift.errors import ProjectError
from costshift.ledger.delay_shifts import driver, left_out
from costshift.ledger.late_chc_decisions import late_pieces, paid_meanwhile
from costshift.ledger.ledger import GRAIN, Ledger
from costshift.organisations import Organisations
from costshift.prices.funding import FundingRules
from costshift.prices.service_costs import ServiceCosts
from costshift.project import Pool

#: What each kind rests on, in a sentence.
RULES = {
    "delay": "Delayed bed days of these spells x the price of a bed day of the setting. The days of a shared reason "
    "are split into whole days over all spells, so that exact shares differ from the whole by less than a day a cell.",
    "late_chc_decision": "The parts of these packages that fall on days after the 28 days that a decision may take, "
    "and what the payer bore of each: the amounts sum to that of the shift.",
    "pool_adjustment": "What these rows brought to the pool's partners, shared by its rule. Each can be explained.",
    "estimated": "Excess decisions x effect a person-month x months lived (docs/methods/eligibility-shifts.md): these "
    "decisions, with the effect in shift_effects and the change in eligibility_decomposition.",
}
_SOURCE = ("load_id", "source_file", "source_row")


@dataclass(frozen=True)
class ShiftStory:
    """A row of cost_shifts (amounts in pence), the rule behind it, and the rows that it rests on, as flat values."""

    row: Mapping[str, Any]
    rule: str
    sources: tuple[Mapping[str, Any], ...]


def row_named(named: str, shifts: pl.DataFrame) -> dict[str, Any]:
    """The row of cost_shifts that a text names: MONTH/DRIVER/PAYER/KIND, with /NATURE/BASIS where several have these.

    Raises:
        ProjectError: it is not written so, or there is no such row, or several.
    """
    parts = [part.strip() for part in named.split("/")]
    if len(parts) not in (4, 6):
        raise ProjectError(
            "--shift is written MONTH/DRIVER/PAYER/KIND, for example 2025-03/north-council/north-hospitals/delay; "
            "/NATURE/BASIS may follow."
        )
    try:
        month = dt.datetime.strptime(parts[0], "%Y-%m").date()
    except ValueError:
        raise ProjectError(f"--shift: {parts[0]!r} is no month; it is written YYYY-MM, for example 2025-04.") from None
    wanted = [month, *parts[1:]]
    rows = shifts.filter(
        pl.all_horizontal(pl.col(name) == value for name, value in zip(GRAIN, wanted, strict=False))
    ).to_dicts()
    if not rows:
        raise ProjectError(
            f"there is no shift {named} in this report. The table cost_shifts has them all: month, driver, payer, kind."
        )
    if len(rows) > 1:
        ends = " or ".join(f"/{row['nature']}/{row['basis']}" for row in rows)
        raise ProjectError(f"there are several shifts {named}; add {ends}.")
    return rows[0]


def shift_story(
    row: Mapping[str, Any],
    own: Ledger,
    both: BothSides,
    basis: Basis,
    spells: pl.LazyFrame,
    months: pl.LazyFrame,
    bed_days: pl.DataFrame,
    cases: pl.LazyFrame | None,
    costs: ServiceCosts,
    rules: FundingRules,
    decisions: pl.DataFrame,
    pools: Sequence[Pool],
    organisations: Organisations,
    as_at: dt.date,
) -> ShiftStory:
    """The rows behind a row of cost_shifts.

    Args:
        row: the row.
        own: the ledger.
        both: record and evidence of each delayed day.
        basis: what the money follows.
        spells: dated spells.
        months: :func:`costshift.delays.acceptability.provider_months`.
        bed_days: month, setting, price_pence.
        cases: current rows of the kind chc with ``person``, or None.
        costs: what care cost.
        rules: [[funding]].
        decisions: decisions on eligibility with ``person``.
        pools: [[pools]].
        organisations: codes to partners.
        as_at: the last day that counts.
    """
    match row["kind"]:
        case "delay":
            found = _delays(row, both, basis, spells, months, bed_days, organisations)
        case "late_chc_decision" if cases is not None:
            named = cases.with_columns(organisations.partner(pl.col("icb_code")).alias("icb"))
            found = _late(row, late_pieces(named, costs.pieces, as_at), rules)
        case "pool_adjustment":
            found = _pooled(row, own, costs.with_months_not_held(organisations), pools)
        case _:
            behind = own.people.filter(pl.all_horizontal(pl.col(name) == row[name] for name in GRAIN)).select("person")
            month_end = pl.lit(row["month"], dtype=pl.Date).dt.month_end()
            found = (
                decisions.filter((pl.col("council") == row["driver"]) & (pl.col("decision_date") <= month_end))
                .join(behind.collect().unique(), on="person", how="semi")
                .sort("decision_date", "person")
            )
    rule = RULES.get(row["kind"], RULES["estimated"])
    return ShiftStory(row, rule, tuple(found.to_dicts()))


def _delays(
    row: Mapping[str, Any],
    both: BothSides,
    basis: Basis,
    spells: pl.LazyFrame,
    months: pl.LazyFrame,
    bed_days: pl.DataFrame,
    organisations: Organisations,
) -> pl.DataFrame:
    origin = spells.select("provider_code", "spell_id", *_SOURCE)
    return (
        by_calendar_month(days_of_spells(both, spells, basis))
        .filter((pl.col("month") == row["month"]) & (pl.col("provider") == row["payer"]))
        .join(left_out(months), on=["month", "provider"], how="anti")
        .with_columns(driver(organisations).alias("driver"))
        .filter(pl.col("driver") == row["driver"])
        .join(bed_days.lazy(), on=["month", "setting"])
        .join(origin, on=["provider_code", "spell_id"])
        .select(
            "provider_code",
            "spell_id",
            "from_date",
            pl.col("until").dt.offset_by("-1d").alias("to_date"),
            "days",
            "share",
            "delay_reason",
            "state",
            "price_pence",
            *_SOURCE,
        )
        .sort("provider_code", "spell_id", "from_date", "share")
        .collect()
    )


def _late(row: Mapping[str, Any], pieces: pl.DataFrame, rules: FundingRules) -> pl.DataFrame:
    """The late parts of packages of which the payer bore something, with what it bore: ``amount``."""
    mine = pieces.filter(
        (pl.col("month") == row["month"]) & (pl.col("icb") == row["driver"]) & pl.col("contribution").is_not_null()
    )
    bore = [
        paid_meanwhile(gross, paid, component, council, rules).get(row["payer"], 0)
        for gross, paid, component, council in mine.select(
            "gross", "contribution", "service_component", "council"
        ).iter_rows()
    ]
    return mine.with_columns(pl.Series("amount", bore, dtype=pl.Int64)).filter(pl.col("amount") != 0)


def _pooled(row: Mapping[str, Any], own: Ledger, service_costs: pl.DataFrame, pools: Sequence[Pool]) -> pl.DataFrame:
    """What a pool of both partners covers in the month: shifts, and costs of care settings (``kind``; net of a payer).

    ``amount``: what fell on the payer. Costs of care are cash and counted, and drove themselves: ``driver`` is null.
    """
    cell = ("month", "nature", "basis")
    columns = [*GRAIN, "amount", "people"]
    parts = [own.shifts.clear().select(columns)]
    for pool in pools:
        if row["driver"] not in pool.partners or row["payer"] not in pool.partners:
            continue
        on_partners = pl.col("payer").is_in(list(pool.partners))
        covered = service_costs.filter(
            on_partners & pl.col("care_setting").is_in(pool.covers) & (pl.col("month") == row["month"])
        )
        if (row["nature"], row["basis"]) == ("cash", "counted") and covered["net"].null_count():
            # Not settled: it moved nothing.
            continue
        care = covered.select(
            "month",
            pl.lit(None, dtype=pl.String).alias("driver"),
            "payer",
            pl.col("care_setting").alias("kind"),
            pl.lit("cash").alias("nature"),
            pl.lit("counted").alias("basis"),
            pl.col("net").alias("amount"),
            "people",
        )
        shifts = own.shifts.filter(on_partners & pl.col("kind").is_in(pool.covers)).select(columns)
        parts += [
            frame.filter(pl.all_horizontal(pl.col(name) == row[name] for name in cell)) for frame in (shifts, care)
        ]
    return pl.concat(parts).unique(subset=list(GRAIN)).sort(GRAIN)


def shift_text(story: ShiftStory, names: Mapping[str, str]) -> str:
    """The story in the terminal."""
    row = story.row

    def name(partner: str) -> str:
        return names.get(partner, partner)

    lines = [
        f"{row['month']:%Y-%m}, {row['kind'].replace('_', ' ')}, {row['nature']}, {row['basis']}: "
        f"{name(row['driver'])} to {name(row['payer'])}",
        "",
        f"  amount {_pounds(row['amount'])}"
        + (f" ({_pounds(row['amount_low'])} to {_pounds(row['amount_high'])})" if row["amount_low"] is not None else "")
        + f", {row['people']:,} people",
        f"  {story.rule}",
        "",
        f"  {len(story.sources):,} rows",
    ]
    lines += [
        "    " + "; ".join(f"{key.lstrip('_').replace('_', ' ')} {_said(key, value)}" for key, value in own.items())
        for own in story.sources
    ]
    if row["kind"] == "delay":
        exact = sum(own["days"] * own["share"] for own in story.sources) / 100
        lines += ["", f"  {exact:g} days of exact shares; {row['_days']:,} whole days in the amount"]
    return "\n".join(lines)


def shift_data(story: ShiftStory) -> dict[str, Any]:
    """The story as JSON holds it."""
    shown = {name: value for name, value in story.row.items() if not name.startswith("_")}
    return {"shift": shown, "unit_of_amounts": "pence", "rule": story.rule, "sources": list(story.sources)}


def _said(key: str, value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, dt.date):
        return f"{value:%d/%m/%Y}"
    if key in ("amount", "gross", "contribution", "price_pence"):
        return _pounds(value)
    return f"{value}%" if key == "share" else str(value)


def _pounds(pence: int) -> str:
    return f"{'-' if pence < 0 else ''}£{abs(pence) // 100:,}.{abs(pence) % 100:02d}"
