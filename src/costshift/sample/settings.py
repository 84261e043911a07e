"""What the artificial place is to be: its size, its period, and what is planted in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

import numpy as np

from costshift.errors import CostshiftError

SUBJECTS = (
    "places",
    "people",
    "names",
    "deaths",
    "careers",
    "reviews",
    "admissions",
    "stays",
    "stories",
    "levels",
    "routes",
    "hospital_records",
    "reasons",
    "care_records",
    "charges",
    "contacts",
    "attendances",
    "crises",
    "chc",
    "effects",
    "faults",
    "chc_reviews",
    "chc_interim",
)


def months_later(day: date, months: int) -> date:
    """The first day of the month that lies so many months after the day's own month."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


@dataclass(frozen=True)
class SampleSettings:
    """The options of `costshift sample`.

    `people` counts the persons of the place; nearly all of them appear in at least one extract.
    `eligibility_effect` is in pounds of NHS use a person-month after a loss or refusal of council
    support; `chc_effect` in pounds of council care a person-month after a loss or refusal of continuing
    healthcare. An effect of 0 plants nothing at all. The months of tightening are set from the length of
    the period unless given; ``tightening`` False moves no threshold at all.
    """

    people: int = 20_000
    months: int = 36
    last_month: date = date(2025, 3, 1)
    seed: int = 1
    fault_rate: float = 0.01
    recorded_disagreement: float = 0.15
    reasons_recorded: float = 0.88
    eligibility_effect: float = 60.0
    chc_effect: float = 2600.0
    file_format: Literal["csv", "parquet"] = "csv"
    feeding: Literal["rolling", "monthly"] = "rolling"
    names: bool = True
    eligibility_tightening: date | None = None
    chc_tightening: date | None = None
    tightening: bool = True

    def __post_init__(self) -> None:
        """Refuse what would make no place at all."""
        checks = (
            (self.people >= 50, "people", self.people, "50 or more"),
            (1 <= self.months <= 240, "months", self.months, "from 1 to 240"),
            (1900 < self.last_month.year < 2100, "last_month", self.last_month, "a month of 1901 to 2099"),
            (self.seed >= 0, "seed", self.seed, "0 or more"),
            (0 <= self.fault_rate <= 0.5, "fault_rate", self.fault_rate, "from 0 to 0.5"),
            (
                0 <= self.recorded_disagreement <= 1,
                "recorded_disagreement",
                self.recorded_disagreement,
                "from 0 to 1",
            ),
            (0 <= self.reasons_recorded <= 1, "reasons_recorded", self.reasons_recorded, "from 0 to 1"),
            (self.eligibility_effect >= 0, "eligibility_effect", self.eligibility_effect, "0 or more"),
            (self.chc_effect >= 0, "chc_effect", self.chc_effect, "0 or more"),
            (self.file_format in {"csv", "parquet"}, "file_format", self.file_format, "csv or parquet"),
            (self.feeding in {"rolling", "monthly"}, "feeding", self.feeding, "rolling or monthly"),
        )
        for good, name, found, expected in checks:
            if not good:
                raise CostshiftError(f"sample: {name} is {found}; expected {expected}. Give another value.")

    @property
    def first_day(self) -> date:
        """The first day of the period."""
        return months_later(self.last_month, 1 - self.months)

    @property
    def last_day(self) -> date:
        """The last day of the period."""
        return months_later(self.last_month, 1) - timedelta(days=1)

    @property
    def month_starts(self) -> tuple[date, ...]:
        """The first day of each month of the period."""
        return tuple(months_later(self.first_day, index) for index in range(self.months))

    @property
    def eligibility_month(self) -> date:
        """The month from which Eastmoor Council finds fewer people eligible."""
        if not self.tightening:
            return months_later(self.last_month, 1200)
        chosen = self.eligibility_tightening or months_later(self.first_day, round(self.months * 0.6))
        return chosen.replace(day=1)

    @property
    def chc_month(self) -> date:
        """The month from which the ICB finds fewer people eligible for continuing healthcare."""
        if not self.tightening:
            return months_later(self.last_month, 1200)
        chosen = self.chc_tightening or months_later(self.first_day, round(self.months * 0.45))
        return chosen.replace(day=1)

    def streams(self) -> dict[str, np.random.Generator]:
        """One independent stream of random numbers a subject, so that subjects do not disturb each other."""
        seeds = np.random.SeedSequence(self.seed).spawn(len(SUBJECTS))
        return {name: np.random.default_rng(seed) for name, seed in zip(SUBJECTS, seeds, strict=True)}


@dataclass(frozen=True)
class SampleSummary:
    """What was written: data rows by file (path relative to the folder), and a few totals of the truth."""

    rows: Mapping[str, int]
    totals: Mapping[str, int] = field(default_factory=dict)
