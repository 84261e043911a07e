"""From effects to pounds: what excess losses and refusals shifted from the partner that decided to those that paid.

In month m: Σ over decision quarters of (excess there x person-months lived in m within the measured window, for each
person exposed) x effect a person-month. The excess of a quarter is what the access and the rate of being found
eligible took away against the baseline, signed: more found eligible books a negative amount. Months outside the
measured window (90 to 270 days after the decision) are not booked. See docs/methods/eligibility-shifts.md.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from costshift.eligibility import cases as c
from costshift.eligibility.booked_quarters import BookedQuarters, first_month_without, periods_like
from costshift.eligibility.decomposition import COMPONENTS, REPLICATES, Asked, Period, changes_in_people
from costshift.eligibility.effects import AFTER, MONTH, LedgerEffect, months_lived
from costshift.eligibility.stage import Eligibility
from costshift.statistics.arrays import Floats, generator_of
from costshift.statistics.intervals import percentile_interval

#: Exposure to the kind of shift, and its nature: NHS activity is valued at average prices, care packages are paid for.
KINDS = {
    "lost": ("eligibility_loss", "notional"),
    "refused": ("eligibility_refusal", "notional"),
    "reduced": ("package_reduction", "notional"),
    "chc_lost": ("chc_loss", "cash"),
    "chc_refused": ("chc_refusal", "cash"),
}
_GRAIN = ("month", "driver", "payer", "kind", "nature", "basis")
SCHEMA = {
    "month": pl.Date,
    **dict.fromkeys(_GRAIN[1:], pl.String),
    "amount": pl.Int64,
    "amount_low": pl.Int64,
    "amount_high": pl.Int64,
    "people": pl.Int64,
}


PEOPLE = {"month": pl.Date, **dict.fromkeys(_GRAIN[1:], pl.String), "person": pl.Int64}


@dataclass(frozen=True)
class EligibilityShifts:
    """``rows``: month, driver, payer, kind, nature (notional or cash), basis (estimated), amount, amount_low,
    amount_high (pence), people. ``replicates``: rows by draws, pence, for the intervals of sums: draw 7 of every row is
    of one drawn world. ``memo``: the same columns for everybody who was lost or refused, excess or not: the cost after
    refusal, in no position.
    ``people``: the grain of the rows, and each person behind one.
    """

    rows: pl.DataFrame
    replicates: Floats
    memo: pl.DataFrame
    people: pl.DataFrame


def eligibility_shifts(eligibility: Eligibility, as_at: dt.date) -> EligibilityShifts:
    """The shifts of every exposure that has an effect in pounds (50 matched or more, all activity priced).

    Args:
        eligibility: the stage.
        as_at: the last day that counts: no month is lived after it.
    """
    booked: list[tuple[dict[str, object], Floats]] = []
    memo: list[dict[str, object]] = []
    people = [pl.DataFrame(schema=PEOPLE)]
    for effect, draws, excess in _by_council(eligibility):
        prefix = "chc_" if effect.exposure.startswith("chc_") else ""
        transition = effect.exposure.removeprefix(prefix)
        own = eligibility.quarters.get(effect.council)
        quarters = [] if own is None else list(own.known(c.STREAM_OF[effect.exposure]))
        each = months_lived(eligibility.exposures[prefix], transition, as_at, quarters).filter(
            pl.col("council") == effect.council
        )
        lived = (
            each.group_by("quarter", "month")
            .agg(pl.col("person_months").sum(), pl.len().cast(pl.Int64).alias("people"), pl.col("exposed").first())
            .sort("quarter", "month")
        )
        memo += _memo(effect, lived.filter(pl.col("month") < _decided_until(own)), draws)
        before = _known_until(own, effect)
        rows = _booked(effect, lived, draws, excess, as_at, before)
        months = {row["month"] for row, _ in rows}
        behind = each.filter(pl.col("quarter").is_not_null() & pl.col("month").is_in(list(months)))
        people.append(_behind(effect, behind))
        booked += rows
    booked.sort(key=lambda own: [str(own[0][name]) for name in _GRAIN])
    replicates = np.stack([own for _, own in booked]) if booked else np.zeros((0, REPLICATES))
    return EligibilityShifts(
        pl.DataFrame([row for row, _ in booked], schema=SCHEMA, orient="row"),
        replicates,
        pl.DataFrame(memo, schema=SCHEMA, orient="row").sort(_GRAIN),
        pl.concat(people).sort(list(PEOPLE)),
    )


def with_estimates(counted: pl.LazyFrame, estimated: EligibilityShifts) -> pl.LazyFrame:
    """The rows of cost_shifts: what is counted, and what is estimated with its interval.

    An estimated amount rests, for disclosure control, on the people exposed: they stand in ``_days``.

    Args:
        counted: :func:`costshift.ledger.delay_shifts.delay_shifts`.
        estimated: :func:`eligibility_shifts`.
    """
    nothing = pl.lit(None, dtype=pl.Int64)
    there = counted.collect_schema().names()
    own = counted.with_columns(
        nothing.alias(name) for name in ("amount_low", "amount_high", "avoided_care_cost") if name not in there
    )
    rows = estimated.rows.lazy().with_columns(nothing.alias("avoided_care_cost"), pl.col("people").alias("_days"))
    return pl.concat([own, rows.select(own.collect_schema().names())])


def counted_shifts(shifts: pl.DataFrame) -> pl.DataFrame:
    """What is counted of cost_shifts: estimates are shown with their intervals, in their own section."""
    return shifts.filter(pl.col("basis") == "counted")


def _behind(effect: LedgerEffect, lived: pl.DataFrame) -> pl.DataFrame:
    kind, nature = KINDS[effect.exposure]
    words = {"driver": effect.council, "kind": kind, "nature": nature, "basis": "estimated"}
    return (
        lived.select("month", "person")
        .join(pl.DataFrame({"payer": effect.payers}, schema={"payer": pl.String}), how="cross")
        .with_columns(pl.lit(text).alias(name) for name, text in words.items())
        .select([pl.col(name).cast(dtype) for name, dtype in PEOPLE.items()])
    )


#: Quarter to its excess people, and draws of it: what access and rate took away against the baseline.
_Excess = dict[Period, tuple[float, Floats]]
_PRACTICE = [COMPONENTS.index(name) for name in ("access", "rate")]


def _by_council(eligibility: Eligibility) -> Iterator[tuple[LedgerEffect, Floats, _Excess]]:
    """Each effect with its draws and those of its excess, drawn together for all effects of a council or ICB."""
    of_council: dict[str, list[LedgerEffect]] = {}
    for effect in eligibility.booked:
        of_council.setdefault(effect.council, []).append(effect)
    for council, effects in of_council.items():
        yield from zip(effects, _draws(effects, council), _excess(eligibility, effects, council), strict=True)


def _draws(effects: Sequence[LedgerEffect], council: str) -> list[Floats]:
    """Of each effect, payers by draws: as its interval has it, Student's t with the joint covariance of the payers.

    Effects in which the same people stand, as comparators or as both, vary together.
    """
    sizes = [len(effect.payers) for effect in effects]
    ends = np.cumsum([0, *sizes])
    covariance = np.zeros((ends[-1], ends[-1]))
    for one, effect in enumerate(effects):
        for two, other in enumerate(effects):
            _shared, here, there = np.intersect1d(effect.who, other.who, assume_unique=True, return_indices=True)
            cross = effect.covariance if one == two else effect.scores[here].T @ other.scores[there]
            if one == two or len(here):
                covariance[ends[one] : ends[one + 1], ends[two] : ends[two + 1]] = cross
    rng = generator_of("ledger", council, *(effect.exposure for effect in effects))
    values, vectors = np.linalg.eigh(covariance)
    normal = (vectors * np.sqrt(np.clip(values, 0, None))) @ rng.standard_normal((len(values), REPLICATES))
    found = []
    for at, effect in enumerate(effects):
        spread = np.sqrt(rng.chisquare(effect.freedom, REPLICATES) / effect.freedom)
        found.append(np.asarray(effect.effect[:, None] + normal[ends[at] : ends[at + 1]] / spread))
    return found


def _excess(eligibility: Eligibility, effects: Sequence[LedgerEffect], council: str) -> list[_Excess]:
    """Of each effect, the excess by quarter: the same drawn people in all quarters, and in all of the effects."""
    cases = eligibility.cases.filter(pl.col("council") == council).partition_by("stream", as_dict=True)
    quarters = eligibility.quarters.get(council)
    asked: list[tuple[int, Period, Asked]] = []
    for at, effect in enumerate(effects):
        stream = c.STREAM_OF[effect.exposure]
        own = cases.get((stream,), eligibility.cases.clear())
        refused = effect.exposure.endswith("refused")
        known = {} if quarters is None else quarters.known(stream)
        asked += [
            (at, quarter, Asked(own, periods_like(baseline, quarter), quarter, prefer_found=refused))
            for quarter, baseline in sorted(known.items())
        ]
    found: list[_Excess] = [{} for _ in effects]
    if asked:
        changes = changes_in_people([one for _, _, one in asked], f"ledger|{council}|{effects[0].exposure}")
        for (at, quarter, _), change in zip(asked, changes, strict=True):
            found[at][quarter] = (-float(change.shares[_PRACTICE].sum()), -change.draws(_PRACTICE))
    return found


def _known_until(quarters: BookedQuarters | None, effect: LedgerEffect) -> dt.date:
    """The first month that rests on decisions whose excess is not known."""
    unknown = None if quarters is None else quarters.unknown_from(c.STREAM_OF[effect.exposure])
    return dt.date.max if unknown is None else first_month_without(unknown, AFTER[0])


def _decided_until(quarters: BookedQuarters | None) -> dt.date:
    """The first month that rests on decisions after the last day that the extract covers."""
    return dt.date.max if quarters is None else first_month_without(quarters.covered + dt.timedelta(days=1), AFTER[0])


def _booked(
    effect: LedgerEffect,
    lived: pl.DataFrame,
    draws: Floats,
    excess: _Excess,
    as_at: dt.date,
    before: dt.date,
) -> list[tuple[dict[str, object], Floats]]:
    """The rows of the months before one: those that rest on quarters whose excess is not known are in none."""
    months: dict[dt.date, list[tuple[float, Floats, int]]] = {}
    for quarter, (size, sizes) in excess.items():
        own = lived.filter(pl.col("quarter") == quarter[0])
        profile = [
            (row["month"], row["person_months"] / row["exposed"], row["people"]) for row in own.iter_rows(named=True)
        ]
        for month, each, people in profile or _nobody_exposed(quarter, as_at):
            months.setdefault(month, []).append((size * each, sizes * each, people))
    rows = []
    for month, parts in sorted(months.items()):
        if month >= before:
            continue
        size = sum(part[0] for part in parts)
        sizes = np.sum([part[1] for part in parts], axis=0)
        people = sum(part[2] for part in parts)
        for at, payer in enumerate(effect.payers):
            amounts = sizes * draws[at] * 100
            rows.append((_row(effect, month, payer, size * effect.effect[at] * 100, amounts, people), amounts))
    return rows


def _nobody_exposed(quarter: Period, as_at: dt.date) -> list[tuple[dt.date, float, int]]:
    """Months lived of one decision in the middle of a quarter in which nobody was exposed: fewer than the baseline."""
    middle = quarter[0] + ((quarter[1] - quarter[0]).days + 1) // 2 * dt.timedelta(days=1)
    start = middle + dt.timedelta(days=AFTER[0])
    stop = min(middle + dt.timedelta(days=AFTER[1]), as_at + dt.timedelta(days=1))
    found = []
    while start < stop:
        following = (start.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
        found.append((start.replace(day=1), (min(following, stop) - start).days / MONTH, 0))
        start = following
    return found


def _memo(effect: LedgerEffect, lived: pl.DataFrame, draws: Floats) -> list[dict[str, object]]:
    by_month = lived.group_by("month").agg(pl.col("person_months").sum(), pl.col("people").sum()).sort("month")
    return [
        _row(effect, month, payer, size * effect.effect[at] * 100, size * draws[at] * 100, people)
        for month, size, people in by_month.iter_rows()
        for at, payer in enumerate(effect.payers)
    ]


def _row(
    effect: LedgerEffect, month: dt.date, payer: str, amount: float, amounts: Floats, people: int
) -> dict[str, object]:
    low, high = percentile_interval(amounts)
    kind, nature = KINDS[effect.exposure]
    return {
        "month": month,
        "driver": effect.council,
        "payer": payer,
        "kind": kind,
        "nature": nature,
        "basis": "estimated",
        "amount": round(amount),
        "amount_low": round(float(low)),
        "amount_high": round(float(high)),
        "people": people,
    }
