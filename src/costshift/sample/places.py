"""The organisations of the artificial place, and its postcodes and small areas. None of them is real."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from costshift.sample.arrays import Ints, Rng
from costshift.standards import formatted

NORTHSHIRE, EASTMOOR, ELSEWHERE = 0, 1, 2
RZ1, RZ2, RZ3 = 0, 1, 2


@dataclass(frozen=True)
class Organisation:
    """A partner of the place as its extracts name it."""

    partner: str
    name: str
    type: str
    codes: tuple[str, ...]


PROVIDERS = (
    Organisation("northshire-hospitals", "Northshire Hospitals", "acute", ("RZ1", "RZ101", "RZ102")),
    Organisation("eastmoor-hospitals", "Eastmoor Hospitals", "acute", ("RZ2", "RZ201", "RZ202")),
    Organisation("northshire-community", "Northshire Community Health", "community", ("RZ3", "RZ301", "RZ302")),
)
ICB = Organisation("northshire-icb", "Northshire ICB", "icb", ("QZ1",))
COUNCILS = (
    Organisation("northshire-council", "Northshire Council", "council", ("E10000991", "991")),
    Organisation("eastmoor-council", "Eastmoor Council", "council", ("E08000992", "992")),
)
OTHER_COUNCILS = ("E10000993", "E10000994", "E10000995", "E10000996", "E10000997")
HOSPITAL_COUNCIL_CODES = ("E10000991", "E08000992", *OTHER_COUNCILS)
COUNCIL_PARTNERS = ("northshire-council", "eastmoor-council", *(code.lower() for code in OTHER_COUNCILS))

# Areas that Royal Mail does not use (the only one with Q as its second letter is TQ); none is the dummy ZZ.
_AREAS = ("NQ", "EQ", "LQ", "MQ", "OQ", "PQ", "RQ")
_INWARD_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"


def postcode_text(area: Ints, number: Ints) -> pl.Series:
    """Made-up postcodes such as «NQ1 2AB»: one for each area and number."""
    letters = pl.Series(list(_INWARD_LETTERS))
    last, rest = number % 20, number // 20
    middle, rest = rest % 20, rest // 20
    digit, district = rest % 10, rest // 10 + 1
    return pl.select(
        pl.concat_str(
            pl.Series(list(_AREAS)).gather(pl.Series(area)),
            pl.Series(district).cast(pl.String),
            pl.lit(" "),
            pl.Series(digit).cast(pl.String),
            letters.gather(pl.Series(middle)),
            letters.gather(pl.Series(last)),
        )
    ).to_series()


def postcode_numbers(rng: Rng, count: int) -> Ints:
    """Distinct numbers for the postcodes of one area, spread over its districts."""
    room = 4_000 * max(12, -(-count // 2_000))
    return np.sort(rng.choice(room, size=count, replace=False)).astype(np.int64)


def lsoa_text(council: Ints, number: Ints) -> pl.Series:
    """Made-up small-area codes E01999000 to E01999999, about a thousand postcodes' numbers to one."""
    code = 1_999_000 + council * 140 + (number // 700) % 140
    return pl.select(formatted("E0{}", pl.Series(code))).to_series()
