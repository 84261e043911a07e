"""What follows for the other side: matched difference in differences, by exposure, council and outcome.

The estimator, its windows and its limits are in docs/methods/shift-effects.md; what is arithmetic is in
``costshift.statistics``. One piece of machinery serves both directions: councils' decisions and the NHS's costs,
decisions on continuing healthcare and councils' costs.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl

from costshift.eligibility.activity import ATTENDANCES, BED_DAYS, CONTACTS, PACKAGES, Use
from costshift.eligibility.exposures import COMPARED_WITH, MATCHED_ON, NEVER, Exposures
from costshift.statistics.arrays import Bools, Floats, Ints
from costshift.statistics.holm import holm
from costshift.statistics.intervals import minimum_detectable, p_value, simultaneous_factor, t_quantile
from costshift.statistics.matching import Estimate, Matched, difference_in_differences, match, standardised_difference

#: Days of a month on average.
MONTH = 365.25 / 12
#: Windows as days from the decision: from, and the day after the last.
BEFORE, AFTER = (-270, -90), (91, 271)
# A comparator's window must end 90 days before an exposure of its own: the crisis that brings it about is in them.
EARLIER = (-630, -450)
PLAIN_BEFORE, PLAIN_AFTER = (-180, 0), (1, 181)
#: Without the last days of life, and the shortest window that a rate is taken from.
LAST_DAYS_OF_LIFE = 90
_SHORTEST = 30
#: Fewer matched exposed than this: counts only.
LEAST_MATCHED = 50
#: Months of 30 days of the event study, before and after.
_STUDY_MONTHS = 9

MAIN, PLAIN = "main", "plain_180_days"
#: Sensitivities: what is matched on instead.
MATCHING_SETS = {
    "matched_without_setting": ("age_band", "sex", "reason"),
    "matched_on_age_and_sex": ("age_band", "sex"),
    "matched_on_hospital_too": (*MATCHED_ON, "in_hospital"),
}
DEATHS, LEAVERS = "deaths", "leavers"


@dataclass(frozen=True)
class Direction:
    """One direction of study: whose decisions, and whose cost.

    ``prefix`` begins the names of exposures; ``total`` is the outcome in pounds; ``units`` are outcomes of their own.
    """

    prefix: str
    total: str
    units: tuple[str, ...]

    @property
    def while_alive(self) -> str:
        """The outcome per month alive."""
        return f"{self.total}_while_alive"

    @property
    def before_last_days(self) -> str:
        """The outcome without the last 90 days of life."""
        return f"{self.total}_without_last_90_days"


TO_NHS = Direction("", "nhs_cost", (CONTACTS, ATTENDANCES, BED_DAYS))
TO_COUNCIL = Direction("chc_", "council_cost", ())


@dataclass(frozen=True)
class LedgerEffect:
    """The effect of one exposure that the ledger books: pounds a person-month by payer, with their covariance.

    ``who`` and ``scores``: what each person contributes (people by payers), by which the effects of several exposures
    that share people vary together; empty where that is not known.
    """

    exposure: str
    council: str
    payers: tuple[str, ...]
    effect: Floats
    covariance: Floats
    freedom: int
    people: int
    who: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    scores: Floats = field(default_factory=lambda: np.zeros((0, 0)))


@dataclass(frozen=True)
class Effects:
    """``rows``: the table shift_effects. ``balance``: the table shift_balance. ``booked``: for the ledger.

    ``sets``: exposure and council to the matched set and its rows, for other outcomes of the same people.
    """

    rows: pl.DataFrame
    balance: pl.DataFrame
    booked: list[LedgerEffect]
    sets: dict[tuple[str, str], tuple[Exposures, Matched]]


SCHEMA = {
    "exposure": pl.String,
    "council": pl.String,
    "outcome": pl.String,
    "unit": pl.String,
    "cohort_from": pl.Date,
    "cohort_to": pl.Date,
    "design": pl.String,
    "people": pl.Int64,
    "comparators": pl.Int64,
    "unmatched": pl.Int64,
    "without_windows": pl.Int64,
    "effect_per_person_month": pl.Float64,
    "effect_low": pl.Float64,
    "effect_high": pl.Float64,
    "p_value": pl.Float64,
    "placebo": pl.Float64,
    "robust_low": pl.Float64,
    "robust_high": pl.Float64,
    "minimum_detectable": pl.Float64,
}
BALANCE = {
    "exposure": pl.String,
    "council": pl.String,
    "characteristic": pl.String,
    "group": pl.String,
    "people": pl.Int64,
    "matched": pl.Int64,
    "unmatched": pl.Int64,
    "share_of_exposed": pl.Float64,
    "share_of_comparators": pl.Float64,
    "share_of_matched_comparators": pl.Float64,
    "difference_before": pl.Float64,
    "difference_after": pl.Float64,
    "_exposed": pl.Int64,
    "_of_matched": pl.Float64,
    "_all_matched": pl.Int64,
    "_comparators": pl.Int64,
    "_every_comparator": pl.Int64,
    "_as_weighted": pl.Int64,
    "_every_matched": pl.Int64,
}


def shift_effects(exposures: Exposures, use: Use, direction: Direction, moved: pl.DataFrame) -> Effects:
    """The effect of every exposure of a direction, by council.

    Args:
        exposures: the direction's decisions.
        use: what the people used of the other side.
        direction: names of exposures and outcomes.
        moved: person, day (a number): who left for another council, for the count of leavers.
    """
    found = Effects(pl.DataFrame(schema=SCHEMA), pl.DataFrame(schema=BALANCE), [], {})
    rows: list[dict[str, object]] = []
    balance: list[dict[str, object]] = []
    for council in sorted(exposures.frame["council"].unique()):
        own = exposures.chosen((exposures.frame["council"] == council).to_numpy())
        for transition in COMPARED_WITH:
            if not own.exposed(transition).any():
                continue
            study = _Study(own, use, direction, transition, str(council), moved)
            study.run()
            rows += study.rows
            balance += study.balance
            found.booked.extend(study.booked)
            found.sets[study.exposure, str(council)] = (study.candidates, study.matched)
    return replace(
        found,
        rows=pl.DataFrame(rows, schema=SCHEMA, orient="row"),
        balance=pl.DataFrame(balance, schema=BALANCE, orient="row"),
    )


def joint_effect(candidates: Exposures, matched: Matched, uses: Sequence[Use]) -> tuple[Estimate, int] | None:
    """The effects on the totals of several kinds of use, in one matched set with windows complete in all of them.

    Also the matched exposed people. None where fewer than 50 are matched.
    """
    complete = np.ones(len(candidates.day), dtype=np.bool_)
    for use in uses:
        complete &= _complete(use, candidates.day, BEFORE, AFTER)
    inside = np.zeros(len(candidates.day), dtype=np.bool_)
    inside[np.concatenate([matched.exposed, matched.comparators])] = True
    chosen = candidates.chosen(complete & inside)
    again = match(chosen.strata(MATCHED_ON), chosen.is_first)
    if len(again.exposed) < LEAST_MATCHED:
        return None
    change = np.stack([_total_change(use, chosen, BEFORE, AFTER) for use in uses], axis=1)
    people = len(np.unique(chosen.person[again.exposed]))
    return difference_in_differences(again, change, chosen.person), people


@dataclass(frozen=True)
class _Names:
    """Outcomes of a study: the total in pounds, the payers that it is made of, and the units."""

    total: str
    payers: list[str]
    units: list[str]

    @property
    def all(self) -> list[str]:
        """All outcomes in order."""
        return [self.total, *(f"{self.total}: {payer}" for payer in self.payers), *self.units]


class _Study:
    """One exposure of one council: its candidates, its matched set, and the rows that it gives."""

    def __init__(
        self, own: Exposures, use: Use, direction: Direction, transition: str, council: str, moved: pl.DataFrame
    ) -> None:
        self.use, self.direction, self.council = use, direction, council
        self.exposure = direction.prefix + transition
        exposed = own.exposed(transition)
        rows = exposed | own.comparators(transition, AFTER[1] - BEFORE[1])
        self.everybody = own.chosen(rows)
        complete = _complete(use, self.everybody.day, BEFORE, AFTER)
        self.without_windows = int((exposed[rows] & ~complete).sum())
        self.candidates = self.everybody.chosen(complete)
        self.exposed = self.candidates.is_first
        self.matched = match(self.candidates.strata(MATCHED_ON), self.exposed)
        self.moved = moved
        concerned = self.candidates if self.exposed.any() else self.everybody
        days = concerned.frame.filter(pl.Series(concerned.is_first))["decision_date"]
        self.cohort = (days.min(), days.max())
        self.rows: list[dict[str, object]] = []
        self.balance: list[dict[str, object]] = []
        self.booked: list[LedgerEffect] = []

    def run(self) -> None:
        """All estimates, or the counts alone where too few are matched."""
        payers = sorted({part.payer for part in self.use.parts})
        units = [unit for unit in self.direction.units if any(part.unit == unit for part in self.use.parts)]
        names = _Names(self.direction.total, payers, units)
        if len(self.matched.exposed) < LEAST_MATCHED:
            for name in [names.total, *units]:
                self._row(name, MAIN, self.candidates, self.matched)
            return
        chosen, matched = _only(self.candidates, self.matched)
        estimate = difference_in_differences(matched, self._outcomes(chosen, (BEFORE, AFTER), names), chosen.person)
        placebo = self._placebo(names)
        p_values = self._p_values(estimate, 1 + len(payers))
        for place, name in enumerate(names.all):
            self._row(
                name, MAIN, chosen, matched, estimate, place,
                placebo=None if placebo is None else placebo[place], p=p_values[place],
            )  # fmt: skip
        if not np.isnan(estimate.effect[: 1 + len(payers)]).any():
            own = slice(1, 1 + len(payers))
            covariance = estimate.covariance[own, own]
            self.booked.append(
                LedgerEffect(
                    self.exposure, self.council, tuple(payers), estimate.effect[own], covariance, estimate.freedom,
                    len(matched.exposed), estimate.people, estimate.scores[:, own],
                )
            )  # fmt: skip
        self._sensitivities()
        self._life_and_death()
        self._event_study(chosen, matched)
        self._balance()

    # --- designs ------------------------------------------------------------------------------------------

    def _placebo(self, names: _Names) -> Floats | None:
        """The same estimate one step earlier, where the history reaches so far."""
        earlier = self.candidates.chosen(_complete(self.use, self.candidates.day, EARLIER, BEFORE))
        chosen, matched = _only(*_matched(earlier, MATCHED_ON))
        if len(matched.exposed) < LEAST_MATCHED:
            return None
        change = self._outcomes(chosen, (EARLIER, BEFORE), names)
        return difference_in_differences(matched, change, chosen.person).effect

    def _sensitivities(self) -> None:
        """The plain 180 days either side, and other sets to match on."""
        plain = self.everybody.chosen(_complete(self.use, self.everybody.day, PLAIN_BEFORE, PLAIN_AFTER))
        self._variant(PLAIN, plain, MATCHED_ON, PLAIN_BEFORE, PLAIN_AFTER)
        for design, columns in MATCHING_SETS.items():
            candidates = self.candidates
            if "in_hospital" in columns:
                inside = pl.Series("in_hospital", self.use.in_hospital(candidates.person, candidates.day))
                candidates = replace(candidates, frame=candidates.frame.with_columns(inside))
            self._variant(design, candidates, columns, BEFORE, AFTER)

    def _variant(
        self,
        design: str,
        candidates: Exposures,
        columns: tuple[str, ...],
        before: tuple[int, int],
        after: tuple[int, int],
    ) -> None:
        chosen, matched = _only(*_matched(candidates, columns))
        estimate = None
        if len(matched.exposed) >= LEAST_MATCHED:
            change = _total_change(self.use, chosen, before, after)
            estimate = difference_in_differences(matched, change[:, None], chosen.person)
        unmatched = int(candidates.is_first.sum()) - len(matched.exposed)
        self._row(self.direction.total, design, chosen, matched, estimate, 0, unmatched=unmatched)

    def _life_and_death(self) -> None:
        """Cost while alive, cost without the last days of life, deaths and leavers."""
        own = self.candidates
        start, stop = own.day + AFTER[0], own.day + AFTER[1]
        self._ended(self.direction.while_alive, np.minimum(stop, own.death + 1), start)
        self._ended(self.direction.before_last_days, np.minimum(stop, own.death - LAST_DAYS_OF_LIFE + 1), start)
        chosen, matched = _only(own, self.matched)
        died = (chosen.death < chosen.day + AFTER[1]).astype(np.float64)
        gone = np.zeros(len(chosen.day))
        rows = pl.DataFrame({"row": np.arange(len(chosen.day)), "person": chosen.person, "decided": chosen.day})
        left = rows.join(self.moved, on="person").filter(
            (pl.col("day") > pl.col("decided")) & (pl.col("day") < pl.col("decided") + AFTER[1])
        )
        gone[left["row"].to_numpy()] = 1.0
        estimate = difference_in_differences(matched, np.stack([died, gone], axis=1), chosen.person)
        for place, name in enumerate((DEATHS, LEAVERS)):
            self._row(name, MAIN, chosen, matched, estimate, place, unit="share")

    def _ended(self, outcome: str, stop: Ints, start: Ints) -> None:
        """The outcome per month of a window that ends with life, or before it; short windows are left out."""
        long = stop - start >= _SHORTEST
        chosen, matched = _only(*_matched(self.candidates.chosen(long), MATCHED_ON))
        estimate = None
        if len(matched.exposed) >= LEAST_MATCHED:
            ends = np.minimum(
                chosen.day + AFTER[1],
                chosen.death + (1 if outcome == self.direction.while_alive else 1 - LAST_DAYS_OF_LIFE),
            )
            begin = chosen.day + AFTER[0]
            after = _pounds(self.use, self.use.within(chosen.person, chosen.day, begin, ends)).sum(axis=1)
            change = after / (ends - begin) * MONTH - _total(self.use, chosen, BEFORE)
            estimate = difference_in_differences(matched, change[:, None], chosen.person)
        self._row(outcome, MAIN, chosen, matched, estimate, 0)

    def _event_study(self, chosen: Exposures, matched: Matched) -> None:
        """Months of 30 days around the decision, each against the mean of the window before; bands hold together."""
        stays = self.use.open_stays(chosen.person, chosen.day)
        base = _total(self.use, chosen, BEFORE, stays)
        months_before = range(-_STUDY_MONTHS, 0)
        months_after = range(1, _STUDY_MONTHS + 1)
        # The day of the decision itself, from 0 to 1, is in neither.
        steps = [*(30 * month for month in months_before), 0, 1, *(30 * month + 1 for month in months_after)]
        windows = self.use.in_steps(chosen.person, chosen.day, steps, stays, chosen.death + 1)
        del windows[_STUDY_MONTHS]
        of_months = [_pounds(self.use, units / 30 * MONTH).sum(axis=1) for units in windows]
        months = np.stack([pounds - base for pounds in of_months], axis=1)
        if np.isnan(months).any():
            return
        estimate = difference_in_differences(matched, months, chosen.person)
        key = f"{self.exposure}|{self.council}"
        factor = simultaneous_factor(estimate.covariance, estimate.freedom, key)
        for place, month in enumerate([*months_before, *months_after]):
            self._row(
                self.direction.total, f"event_study_month_{month:+d}", chosen, matched, estimate, place, factor=factor
            )

    # --- rows ---------------------------------------------------------------------------------------------

    def _outcomes(self, chosen: Exposures, windows: tuple[tuple[int, int], ...], names: _Names) -> Floats:
        """The change of pounds in total and by payer, and of units, from one window to another: columns of a matrix."""
        stays = self.use.open_stays(chosen.person, chosen.day)
        units = [_rate(self.use, chosen, window, stays) for window in windows]
        pounds = _pounds(self.use, units[1]) - _pounds(self.use, units[0])
        change = units[1] - units[0]
        of_payer = [pounds[:, [part.payer == own for part in self.use.parts]].sum(axis=1) for own in names.payers]
        of_unit = [change[:, [part.unit == own for part in self.use.parts]].sum(axis=1) for own in names.units]
        return np.stack([pounds.sum(axis=1), *of_payer, *of_unit], axis=1)

    def _p_values(self, estimate: Estimate, pounds: int) -> Floats:
        """Unadjusted for the total and the units, Holm's over the payers."""
        p_values = p_value(estimate.effect, estimate.error, estimate.freedom)
        of_payers = slice(1, pounds)
        if not np.isnan(estimate.effect[of_payers]).any():
            p_values[of_payers] = holm(p_values[of_payers])
        return p_values

    def _row(
        self,
        outcome: str,
        design: str,
        chosen: Exposures,
        matched: Matched,
        estimate: Estimate | None = None,
        place: int = 0,
        *,
        placebo: float | None = None,
        p: float | None = None,
        factor: float | None = None,
        unit: str | None = None,
        unmatched: int | None = None,
    ) -> None:
        row: dict[str, object] = dict.fromkeys(SCHEMA)
        row |= {
            "exposure": self.exposure,
            "council": self.council,
            "outcome": outcome,
            "unit": unit or _unit_of(outcome),
            "cohort_from": self.cohort[0],
            "cohort_to": self.cohort[1],
            "design": design,
            "people": len(np.unique(chosen.person[matched.exposed])),
            "comparators": len(np.unique(chosen.person[matched.comparators])),
            "unmatched": int(self.exposed.sum()) - len(matched.exposed) if unmatched is None else unmatched,
            "without_windows": self.without_windows,
        }
        if estimate is not None and not np.isnan(estimate.effect[place]):
            effect, error = float(estimate.effect[place]), float(estimate.error[place])
            reach = (t_quantile(estimate.freedom) if factor is None else factor) * error
            row |= {
                "effect_per_person_month": effect,
                "effect_low": effect - reach,
                "effect_high": effect + reach,
                "p_value": float(p_value(np.array([effect]), np.array([error]), estimate.freedom)[0])
                if p is None
                else p,
                "minimum_detectable": minimum_detectable(error, estimate.freedom),
            }
            if placebo is not None and not np.isnan(placebo):
                doubt = reach + abs(placebo)
                row |= {"placebo": placebo, "robust_low": effect - doubt, "robust_high": effect + doubt}
        self.rows.append({name: _rounded(value) for name, value in row.items()})

    def _balance(self) -> None:
        """Shares of the exposed and of their comparators before and after matching, and who was lost to matching."""
        own = self.candidates
        exposed, others = np.flatnonzero(self.exposed), np.flatnonzero(~self.exposed)
        lost = np.zeros(len(own.day), dtype=np.bool_)
        lost[self.matched.unmatched] = True
        weights = np.zeros(len(own.day))
        weights[self.matched.comparators] = self.matched.weights()[1]
        kept = self.matched.exposed
        inside = self.use.in_hospital(own.person, own.day)
        frame = own.frame.with_columns(pl.Series("in_hospital", np.where(inside, "yes", "no")))
        for name in (*MATCHED_ON, "in_hospital"):
            values = frame[name].to_numpy()
            for group in sorted(set(values[exposed])):
                flag = (values == group).astype(np.float64)
                self.balance.append(
                    {
                        "exposure": self.exposure,
                        "council": self.council,
                        "characteristic": name,
                        "group": group,
                        "people": int(flag[exposed].sum()),
                        "matched": int(flag[kept].sum()),
                        "unmatched": int(flag[lost].sum()),
                        "share_of_exposed": float(flag[exposed].mean()),
                        "share_of_comparators": round(float(flag[others].mean()), 2),
                        "share_of_matched_comparators": round(float((flag * weights).sum()), 2),
                        "difference_before": _to_two(standardised_difference(flag[exposed], flag[others])),
                        "difference_after": _to_two(standardised_difference(flag[kept], flag, weights)),
                        "_exposed": len(exposed),
                        "_of_matched": float(flag[kept].sum()) / max(len(kept), 1),
                        "_all_matched": len(kept),
                        "_comparators": int(flag[others].sum()),
                        "_every_comparator": len(others),
                        # The comparators stand for as many as were matched with them.
                        "_as_weighted": round(len(kept) * float((flag * weights).sum())),
                        "_every_matched": len(kept),
                    }
                )


def _rounded(value: object) -> object:
    """Six significant figures: more would be noise of the arithmetic."""
    return float(f"{value:.6g}") if isinstance(value, float) else value


def _to_two(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _unit_of(outcome: str) -> str:
    return f"{outcome} a person-month" if outcome in (CONTACTS, ATTENDANCES, BED_DAYS) else "pounds a person-month"


def _matched(candidates: Exposures, columns: tuple[str, ...]) -> tuple[Exposures, Matched]:
    return candidates, match(candidates.strata(columns), candidates.is_first)


def _only(candidates: Exposures, matched: Matched) -> tuple[Exposures, Matched]:
    """The matched rows alone, with their positions among themselves."""
    rows = np.zeros(len(candidates.day), dtype=np.bool_)
    rows[matched.exposed] = True
    rows[matched.comparators] = True
    place = np.cumsum(rows) - 1
    moved = replace(
        matched,
        exposed=place[matched.exposed],
        comparators=place[matched.comparators],
        unmatched=np.zeros(0, dtype=np.int64),
    )
    return candidates.chosen(rows), moved


def _complete(use: Use, day: Ints, *windows: tuple[int, int]) -> Bools:
    complete = np.ones(len(day), dtype=np.bool_)
    for start, stop in windows:
        complete &= use.coverage.holds(day + start, day + stop)
    return complete


def _pounds(use: Use, units: Floats) -> Floats:
    """Pounds of units by part: NaN where something was used that has no price, so that no total leaves it out."""
    prices = np.array([np.nan if part.price is None else part.price / 100 for part in use.parts], dtype=np.float64)
    return np.where(units == 0, 0.0, units * prices)


def _rate(use: Use, rows: Exposures, window: tuple[int, int], stays: pl.DataFrame | None = None) -> Floats:
    """Units of each part a person-month within a window, none after death: the months are the whole window's."""
    until = rows.death + 1
    start, stop = (np.minimum(rows.day + edge, until) for edge in window)
    units = use.within(rows.person, rows.day, start, stop, stays)
    return np.asarray(units / (window[1] - window[0]) * MONTH)


def _total(use: Use, rows: Exposures, window: tuple[int, int], stays: pl.DataFrame | None = None) -> Floats:
    """Pounds a person-month within a window, over all parts."""
    return np.asarray(_pounds(use, _rate(use, rows, window, stays)).sum(axis=1))


def _total_change(use: Use, rows: Exposures, before: tuple[int, int], after: tuple[int, int]) -> Floats:
    """The change of the total from one window to another."""
    stays = use.open_stays(rows.person, rows.day)
    return _total(use, rows, after, stays) - _total(use, rows, before, stays)


def months_lived(
    exposures: Exposures, transition: str, until: dt.date, quarters: Sequence[tuple[dt.date, dt.date]] | None = None
) -> pl.DataFrame:
    """How long each person first exposed lived in each month within the measured window.

    Grain: council, person, month. ``quarter`` of the decision, ``person_months``, and ``exposed``: all first exposed
    in the council's quarter, those who lived in none of the window included.

    Args:
        exposures: the decisions.
        transition: the exposure.
        until: the last day that counts.
        quarters: first and last days of other decision quarters than those of the calendar: the first day stands in
            ``quarter``, null for a decision in none of them.
    """
    rows = exposures.chosen(exposures.exposed(transition))
    if quarters is not None:
        day = pl.col("decision_date")
        within = [pl.when(day.is_between(*own)).then(pl.lit(own[0])) for own in quarters]
        quarter = pl.coalesce(*within, pl.lit(None, dtype=pl.Date)).alias("quarter")
        rows = replace(rows, frame=rows.frame.with_columns(quarter))
    last = (until - dt.date(1970, 1, 1)).days
    stop = np.minimum(np.minimum(rows.day + AFTER[1], rows.death + 1), last + 1)
    date = pl.col("from").cast(pl.Int32).cast(pl.Date), (pl.col("until") - 1).cast(pl.Int32).cast(pl.Date)
    counted = rows.frame.select("council", "quarter").with_columns(
        pl.len().over("council", "quarter").cast(pl.Int64).alias("exposed"),
        pl.Series("from", rows.day + AFTER[0]),
        pl.Series("until", stop),
        pl.Series("person", rows.person),
    )
    return (
        counted.filter(pl.col("until") > pl.col("from"))
        .with_columns(pl.date_ranges(date[0].dt.month_start(), date[1].dt.month_start(), interval="1mo").alias("month"))
        .explode("month")
        .with_columns(
            pl.col("month").cast(pl.Int32).cast(pl.Int64).alias("first"),
            pl.col("month").dt.offset_by("1mo").cast(pl.Int32).cast(pl.Int64).alias("next"),
        )
        .with_columns(
            ((pl.min_horizontal("until", "next") - pl.max_horizontal("from", "first")) / MONTH).alias("person_months")
        )
        .select("council", "quarter", "person", "month", "person_months", "exposed")
        .sort("council", "person", "month")
    )


__all__ = ["NEVER", "PACKAGES", "Effects", "LedgerEffect", "joint_effect", "months_lived", "shift_effects"]
