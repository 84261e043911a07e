"""The planted effect of losing, or being refused, council support on the use of the NHS; and the crises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from costshift.sample import careers as c
from costshift.sample.arrays import DAYS_A_MONTH, Bools, Ints, Rng, day_number, repeat_each, take
from costshift.sample.people import People
from costshift.sample.settings import SampleSettings

Table = dict[str, npt.NDArray[Any]]

# Prices of the artificial place, so that an effect in pounds can be planted as use. They are no estimates.
PRICES = {"contact": 50.0, "attendance": 150.0, "bed_day": 562.0}
SHARES = {"contact": 0.45, "attendance": 0.15, "bed_day": 0.40}
_MEAN_NIGHTS = 6.0
# A planted admission that would touch another stay does not take place; so many do, on average.
_ADMISSIONS_THAT_FIT = 0.931
_CRISIS_DAYS = 60
_CRISIS_CONTACTS = 2.4
_CRISIS_ATTENDANCES = 0.35
_CRISIS_ADMISSIONS = 0.12


@dataclass(frozen=True)
class Planted:
    """What is planted after losses and refusals; each use points to its exposure.

    `exposures`: person, day, lost, until. `contacts` and `attendances`: exposure, person, day.
    `admissions` has nights as well.
    """

    exposures: Table
    contacts: Table
    attendances: Table
    admissions: Table


def exposures_of(settings: SampleSettings, people: People, decisions: Table) -> Table:
    """Each person's first loss or refusal in the period: person, day, lost, until (the effect's last day)."""
    start, end = day_number(settings.first_day), day_number(settings.last_day)
    rows = np.isin(decisions["transition"], (c.LOST, c.REFUSED))
    rows &= (decisions["day"] >= start) & (decisions["day"] <= end)
    chosen = take(decisions, rows)
    order = np.lexsort((chosen["day"], chosen["person"]))
    chosen = take(chosen, order)
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = chosen["person"][1:] != chosen["person"][:-1]
    first = take(chosen, new)
    until = np.minimum(end, people.death[first["person"]] - 1)
    return {
        "person": first["person"],
        "day": first["day"],
        "lost": first["transition"] == c.LOST,
        "until": np.maximum(until, first["day"]),
    }


def plant(settings: SampleSettings, exposures: Table, rng: Rng) -> Planted:
    """Use worth `eligibility_effect` pounds a person-month on average, from the day after the decision."""
    months = (exposures["until"] - exposures["day"]) / DAYS_A_MONTH
    pounds = settings.eligibility_effect

    def use(item: str, units_each: float) -> Table:
        rate = pounds * SHARES[item] / (PRICES[item] * units_each)
        exposure = repeat_each(rng.poisson(rate * months))
        day = exposures["day"][exposure] + 1
        span = exposures["until"][exposure] - exposures["day"][exposure]
        day = day + np.floor(rng.random(len(exposure)) * span).astype(np.int64)
        return {"exposure": exposure, "person": exposures["person"][exposure], "day": day}

    contacts, attendances = use("contact", 1.0), use("attendance", 1.0)
    admissions = use("bed_day", _MEAN_NIGHTS * _ADMISSIONS_THAT_FIT)
    nights = 1 + rng.poisson(_MEAN_NIGHTS - 1, len(admissions["day"]))
    admissions["nights"] = np.minimum(nights, exposures["until"][admissions["exposure"]] - admissions["day"])
    return Planted(exposures, contacts, attendances, take(admissions, admissions["nights"] > 0))


def crises(people: People, decisions: Table, rng: Rng) -> dict[str, tuple[Ints, Ints]]:
    """Person and day of the extra use in the 60 days before each assessment or review, whatever it finds."""
    lift = np.exp(0.3 * people.frailty[decisions["person"]] - 0.045)
    found: dict[str, tuple[Ints, Ints]] = {}
    for item, mean in (
        ("contacts", _CRISIS_CONTACTS),
        ("attendances", _CRISIS_ATTENDANCES),
        ("admissions", _CRISIS_ADMISSIONS),
    ):
        row = repeat_each(rng.poisson(mean * lift))
        day = decisions["day"][row] - 2 - np.floor(rng.random(len(row)) * (_CRISIS_DAYS - 2)).astype(np.int64)
        found[item] = (decisions["person"][row], day)
    return found


def in_hospital(spells: Table, person: Ints, day: Ints) -> Bools:
    """Which persons are in hospital on which days; spells are sorted by person and admission."""
    width = 2 * 1_000_000
    keys = spells["person"] * width + spells["admission"]
    at = np.searchsorted(keys, person * width + day, side="right") - 1
    if len(keys) == 0:
        return np.zeros(len(person), dtype=np.bool_)
    safe = np.maximum(at, 0)
    inside: Bools = (at >= 0) & (spells["person"][safe] == person) & (day < spells["end"][safe])
    return inside
