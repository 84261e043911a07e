"""The people of the artificial place: who they are, where they live, and when they die."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources

import numpy as np
import polars as pl

from costshift.sample import places
from costshift.sample.arrays import NEVER, Bools, Floats, Ints, Rng, choose, day_number, labels
from costshift.sample.settings import SampleSettings
from costshift.standards import formatted

AGE_BANDS = (0, 18, 45, 65, 75, 85)
_AGE_TOPS = (18, 45, 65, 75, 85, 101)
_AGE_SHARES = (0.10, 0.24, 0.21, 0.16, 0.18, 0.11)
_HOUSEHOLD_SHARES = (0.34, 0.36, 0.16, 0.14)
_COUNCIL_SHARES = (0.52, 0.38, 0.10)
_DEATH_RATE_A_YEAR = (0.0004, 0.001, 0.006, 0.02, 0.055, 0.15)
_TWIN_SHARE = 0.006
_HOUSEHOLDS_A_POSTCODE = 7.0
_CARE_HOME_SHARE = (0.0, 0.0, 0.002, 0.01, 0.05, 0.16)
_CARE_HOME_PEOPLE = 300
_VALID_999_NUMBERS = 1_000_000


@dataclass(frozen=True)
class People:
    """The people as columns of equal length; a person is a position.

    `birth` and `death` are day numbers (`death` is NEVER for those alive at the end); `frailty` has mean 0
    and deviation 1; `text` holds what the records write: nhs_number, surname, forename, postcode,
    lsoa_code, council_code, icb_code, ethnic_hospital, ethnic_council, gp_practice_code.
    """

    birth: Ints
    death: Ints
    sex: Ints
    council: Ints
    frailty: Floats
    band: Ints
    care_home: Bools
    text: pl.DataFrame

    @property
    def size(self) -> int:
        """How many people there are."""
        return len(self.birth)

    def age_on(self, person: Ints, day: Ints) -> Floats:
        """Age in years of persons on days."""
        return (day - self.birth[person]) / 365.25


def make_people(settings: SampleSettings, streams: dict[str, Rng]) -> People:
    """The people of the place. NHS numbers come from the 999 range only, each used once at most."""
    rng, size = streams["people"], settings.people
    start, end = day_number(settings.first_day), day_number(settings.last_day)
    middle = (start + end) // 2
    household, member = _households(rng, size)
    band = choose(rng, size, _AGE_SHARES)
    low, high = np.asarray(AGE_BANDS)[band], np.asarray(_AGE_TOPS)[band]
    # The oldest band thins out towards 100; the others are level.
    within = rng.random(size)
    within = np.where(band == 5, within**1.8, within)
    birth = middle - np.floor((low + within * (high - low)) * 365.25).astype(np.int64)
    sex = np.where(rng.random(size) < np.where(band >= 5, 0.36, 0.48), 1, 2).astype(np.int64)
    frailty = rng.standard_normal(size)
    twin = _twins(rng, member)
    birth[twin], band[twin] = birth[twin - 1], band[twin - 1]

    homes = int(household[-1]) + 1
    home_council = choose(rng, homes, _COUNCIL_SHARES)
    home_elsewhere = rng.integers(0, len(places.OTHER_COUNCILS), homes)
    home_ethnic = choose(rng, homes, _ethnicity()["weight"].to_numpy())
    council = home_council[household]
    ethnic = np.where(
        rng.random(size) < 0.96, home_ethnic[household], choose(rng, size, _ethnicity()["weight"].to_numpy())
    )
    care_home = (rng.random(size) < np.asarray(_CARE_HOME_SHARE)[band]) & (council != places.ELSEWHERE)
    area = np.where(council == places.ELSEWHERE, 2 + home_elsewhere[household], council)
    number = _postcodes(streams["places"], household, area, care_home)
    death = _deaths(streams["deaths"], band, frailty, care_home, birth=birth, start=start, end=end)
    text = pl.DataFrame(
        {
            "nhs_number": _nhs_numbers(streams["places"], size),
            **_names(streams["names"], household, sex, ethnic),
            "postcode": places.postcode_text(area, number),
            "lsoa_code": places.lsoa_text(area, number),
            "council_code": labels(list(places.HOSPITAL_COUNCIL_CODES), area),
            "icb_code": labels(["QZ1", "QZ2"], (council == places.ELSEWHERE).astype(np.int64)),
            "ethnic_hospital": _ethnicity()["hospital"].gather(pl.Series(ethnic)),
            "ethnic_council": _ethnicity()["council"].gather(pl.Series(ethnic)),
            "gp_practice_code": _practices(streams["places"], area, number, size),
        }
    )
    return People(birth, death, sex, council, frailty, band, care_home, text)


def _households(rng: Rng, size: int) -> tuple[Ints, Ints]:
    """The household of each person, and the person's place in it from 0."""
    sizes = 1 + choose(rng, size, _HOUSEHOLD_SHARES)
    starts = np.cumsum(sizes) - sizes
    household = np.repeat(np.arange(size, dtype=np.int64), sizes)[:size]
    return household, np.arange(size, dtype=np.int64) - starts[household]


def _twins(rng: Rng, member: Ints) -> Ints:
    """Persons who are the twin of the person before them in the household."""
    second = np.flatnonzero(member == 1)
    twins: Ints = second[rng.random(len(second)) < _TWIN_SHARE]
    return twins


def _postcodes(rng: Rng, household: Ints, area: Ints, care_home: Bools) -> Ints:
    """The postcode number of each person within the area; care homes have one each."""
    number = np.zeros(len(household), dtype=np.int64)
    for each in range(int(area.max()) + 1):
        here = area == each
        if not here.any():
            continue
        homes = np.unique(household[here])
        streets = max(2, int(len(homes) / _HOUSEHOLDS_A_POSTCODE))
        residences = max(2, int(here.sum()) // _CARE_HOME_PEOPLE)
        numbers = places.postcode_numbers(rng, streets + residences)
        shuffled = rng.permutation(numbers)
        street = rng.integers(0, streets, len(homes))
        position = street[np.searchsorted(homes, household[here])]
        residence = streets + rng.integers(0, residences, int(here.sum()))
        number[here] = shuffled[np.where(care_home[here], residence, position)]
    return number


def _deaths(rng: Rng, band: Ints, frailty: Floats, care_home: Bools, *, birth: Ints, start: int, end: int) -> Ints:
    """The day each person dies, or NEVER when that lies beyond the period."""
    rate = np.asarray(_DEATH_RATE_A_YEAR)[band] * np.exp(0.5 * frailty - 0.125) * np.where(care_home, 1.8, 1.0)
    years = rng.exponential(1.0, len(band)) / rate
    day = np.maximum(start, birth) + 2 + np.floor(np.minimum(years, 1000.0) * 365.25).astype(np.int64)
    return np.where(day <= end, day, NEVER)


def _nhs_numbers(rng: Rng, size: int) -> pl.Series:
    """Valid NHS numbers 999xxxxxxx in random order; null for those beyond the range's last."""
    first = 999_000_000 + np.arange(_VALID_999_NUMBERS, dtype=np.int64)
    total = np.zeros(_VALID_999_NUMBERS, dtype=np.int64)
    for place in range(9):
        total += (first // 10 ** (8 - place)) % 10 * (10 - place)
    check = (11 - total % 11) % 11
    # Ten nines pass the check and are refused everywhere as a dummy.
    good = (check != 10) & (first != 999_999_999)
    numbers = rng.permutation((first * 10 + check)[good])[:size]
    return pl.Series(numbers).cast(pl.String).extend_constant(None, max(0, size - len(numbers)))


def _ethnicity() -> pl.DataFrame:
    """Ethnic categories: hospital code, Client Level Data value, pool of names, weight."""
    return _data("ethnicity.csv").with_columns(pl.col("weight").cast(pl.Float64))


def _data(name: str) -> pl.DataFrame:
    """A data file of this package, as text."""
    raw = resources.files("costshift.sample").joinpath("data", name).read_bytes()
    return pl.read_csv(raw, infer_schema=False)


def _names(rng: Rng, household: Ints, sex: Ints, ethnic: Ints) -> dict[str, pl.Series]:
    """Surname and forename of each person. Most of a household share a surname."""
    table = _data("names.csv").with_columns(pl.col("weight").cast(pl.Float64))
    pools = ("british", "south_asian", "african_caribbean", "european", "east_asian")
    pool = np.asarray([pools.index(name) for name in _ethnicity()["names"].to_list()])[ethnic]
    size = len(household)
    own_surname = rng.random(size) < 0.22
    family = rng.random(int(household[-1]) + 1)
    lot = np.where(own_surname, rng.random(size), family[household])
    forename_lot = rng.random(size)
    surname = np.full(size, 0, dtype=np.int64)
    forename = np.full(size, 0, dtype=np.int64)
    names = table["name"].to_list()
    for number, name in enumerate(pools):
        mine = pool == number
        for part, chosen, drawn, who in (
            ("surname", surname, lot, mine),
            ("forename_1", forename, forename_lot, mine & (sex == 1)),
            ("forename_2", forename, forename_lot, mine & (sex == 2)),
        ):
            rows = table.with_row_index().filter(pl.col("part") == part, pl.col("pool") == name)
            steps = np.cumsum(rows["weight"].to_numpy())
            index = rows["index"].to_numpy().astype(np.int64)
            chosen[who] = index[np.searchsorted(steps / steps[-1], drawn[who], side="right")]
    return {"surname": labels(names, surname), "forename": labels(names, forename)}


def _practices(rng: Rng, area: Ints, number: Ints, size: int) -> pl.Series:
    """The practice where each person is registered: a near one for most. No practice has a code with Q."""
    count = max(3, size // 2500)
    near = number % count
    chosen = np.where(rng.random(size) < 0.75, near, rng.integers(0, count, size))
    code = 99_000 + (area * 120 + chosen) % 1000
    return pl.select(formatted("Q{}", pl.Series(code))).to_series()
