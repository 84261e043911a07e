"""Big artificial extracts, made in seconds: hospital spells, care events and contacts of any number, seeded.

``costshift sample`` tells the truth of each person and takes 2.6 seconds for 20,000 people; a year of England would
take half an hour and more memory than the run that is to be measured. Here rows are drawn by the million, in chunks.
Delays and the council's records of them are drawn together, so that every evidenced state that these kinds can tell
comes up; all else is background.

People are told apart by numbers of the artificial range 999. With their check digit there are 909,090 of them: enough
for three years of an integrated care board. A place with more people has pseudonyms (``person_key``) in place of
numbers, the month of birth and no local ids, as national extracts that a data service has pseudonymised do.

Faults at small rates, as in real files: rows that come twice, keys with two contents, a discharge before the
admission, missing admission dates, wrong or missing NHS numbers, ready dates outside the stay or unreadable, codes that
no list knows.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl

from costshift import standards

CHUNK = 1_000_000
AS_AT = dt.date(2025, 3, 31)
MONTH = "2025-03"
Format = Literal["parquet", "csv"]
#: Who is told apart by what: all that an integrated care board gets, the number alone, or a data service's pseudonym.
Identity = Literal["local", "number", "key"]
_EPOCH = dt.date(1970, 1, 1)


@dataclass(frozen=True)
class Size:
    """How large a place is. ``years``: of discharges, up to the end of March 2025."""

    name: str
    spells: int
    care_events: int
    contacts: int
    people: int
    days: int
    identity: Identity = "local"
    acute: int = 3
    councils: int = 3
    #: Whether reasons that two partners share come up without an attribution: their days are split and rounded.
    shared_reasons: bool = True
    faults: bool = True
    seed: int = 1


MONTH_OF_AN_ICB = Size("month", 50_000, 250_000, 60_000, 150_000, 31)
THREE_YEARS_OF_AN_ICB = Size("three-years", 1_800_000, 750_000, 2_100_000, 850_000, 3 * 365)
YEAR_OF_ENGLAND = Size(
    "england", 25_000_000, 12_000_000, 30_000_000, 12_000_000, 365, identity="key", acute=140, councils=153
)
SIZES = {size.name: size for size in (MONTH_OF_AN_ICB, THREE_YEARS_OF_AN_ICB, YEAR_OF_ENGLAND)}


def part_of_england(spells: int) -> Size:
    """England with fewer people, and all else in proportion: what growth is measured on."""
    share = spells / YEAR_OF_ENGLAND.spells
    return replace(
        YEAR_OF_ENGLAND,
        name=f"england-{spells}",
        spells=spells,
        care_events=round(YEAR_OF_ENGLAND.care_events * share),
        contacts=0,
        people=round(YEAR_OF_ENGLAND.people * share),
        shared_reasons=False,
    )


def numbered(spells: int) -> Size:
    """What costshift and its peers are compared on: everyone by number alone, up to 2 million spells."""
    people = min(round(spells * 0.48), 900_000)
    return replace(
        part_of_england(spells), name=f"numbered-{spells}", people=people, identity="number", acute=40, councils=40
    )


@dataclass(frozen=True)
class Codes:
    """The organisations of a place, by code: hospitals, community providers, councils, one ICB for four councils."""

    providers: list[str]
    community: list[str]
    councils: list[str]
    icbs: list[str]


def codes_of(size: Size) -> Codes:
    """Codes that no organisation has."""
    letters = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
    made = [f"Z{letters[at // len(letters)]}{letters[at % len(letters)]}" for at in range(size.acute + 60)]
    community = max(size.acute // 10, 1)
    return Codes(
        providers=made[: size.acute],
        community=made[size.acute : size.acute + community],
        councils=[f"E10009{at:03}" for at in range(size.councils)],
        icbs=[
            f"Q{letters[at // len(letters)]}{letters[at % len(letters)]}" for at in range(max(size.councils // 4, 1))
        ],
    )


class Population:
    """Everyone of a place, in arrays: born (days from 1970), sex, council, provider; numbers where there are any."""

    def __init__(self, size: Size) -> None:
        rng = np.random.default_rng([size.seed, size.people, 1])
        self.size = size
        count = size.people
        age = np.where(rng.random(count) < 0.55, rng.normal(70, 14, count), rng.uniform(0, 95, count)).clip(0, 101)
        self.born = ((AS_AT - _EPOCH).days - (age * 365.25).astype(np.int32)).astype(np.int32)
        self.sex = rng.integers(1, 3, count).astype(np.int8)
        self.council = rng.integers(0, size.councils, count).astype(np.int16)
        # Who lives together goes to the hospital nearby.
        self.provider = ((self.council.astype(np.int64) * size.acute) // size.councils).astype(np.int16)
        self.numbers = nhs_numbers(count) if size.identity != "key" else None
        self.postcodes = _postcodes() if size.identity == "local" else None
        self.lsoas = pl.Series([f"E01{at:06}" for at in range(900_000, 934_000)], dtype=pl.String)

    def described(self, person: np.ndarray, rng: np.random.Generator, *, hospital: bool) -> dict[str, pl.Series]:
        """The person fields of rows about people."""
        size, rows = self.size, len(person)
        born = pl.Series(self.born[person]).cast(pl.Date)
        columns = {
            "sex": _texts(["1", "2"], self.sex[person] - 1),
            "ethnic_category": _texts(["A", "C", "D", "H", "J", "L", "N", "Z"], (person * 7919) % 8),
            "lsoa_code": self.lsoas.gather(pl.Series((person * 31) % 34_000)),
        }
        if size.identity == "key":
            return columns | {
                "person_key": _pseudonyms(person),
                "birth_month": born.dt.month_start(),
            }
        assert self.numbers is not None
        number = self.numbers.gather(pl.Series(person))
        if size.faults:
            told = rng.random(rows)
            # One digit too many by one: the check digit fails. It takes the place of the number in 1 of 1,000 rows.
            wrong = number.str.slice(0, 9) + ((number.str.slice(9, 1).cast(pl.Int8) + 1) % 10).cast(pl.String)
            number = pl.select(
                pl.when(pl.Series(told < 0.02)).then(None).when(pl.Series(told < 0.021)).then(wrong).otherwise(number)
            ).to_series()
        columns |= {
            "nhs_number": number,
            "nhs_number_status": _texts(["01", "02"], (rng.random(rows) < 0.03).astype(np.int8)),
            "birth_date": born,
        }
        if size.identity == "local":
            assert self.postcodes is not None
            place = "local_patient_id" if hospital else "council_person_id"
            columns |= {
                "postcode": self.postcodes.gather(pl.Series((person // 3) % len(self.postcodes))),
                place: _numbered("H" if hospital else "C", pl.Series(person)),
            }
        elif not hospital:
            columns |= {"council_person_id": pl.Series([None] * rows, dtype=pl.String)}
        return columns


def nhs_numbers(count: int) -> pl.Series:
    """The first ``count`` valid numbers of the artificial range 999."""
    body = 999_000_000 + np.arange(1_000_000)
    total = sum(((body // 10 ** (8 - place)) % 10) * (10 - place) for place in range(9))
    check = (11 - total % 11) % 11
    valid = (body * 10 + check)[check != 10]
    # Not one digit ten times: that is no number.
    valid = valid[valid != 9_999_999_999]
    if count > len(valid):
        raise SystemExit(f"{count:,} people: the range 999 has {len(valid):,} numbers. Use a place with keys.")
    return pl.Series(valid[:count]).cast(pl.String)


def _postcodes() -> pl.Series:
    """300,000 postcodes of areas that do not exist."""
    letters = "ABDEFGHJLN"
    return pl.Series(
        [
            f"Z{letters[area]}{district} {sector}{a}{b}"
            for area in range(10)
            for district in range(1, 31)
            for sector in range(10)
            for a in letters
            for b in letters
        ]
    )


def _pseudonyms(person: np.ndarray) -> pl.Series:
    """32 signs a person, as a data service gives them."""
    plain = pl.Series("person", person.astype(np.uint64))
    return pl.select(
        pl.format(
            "{}{}",
            (plain * 0x9E3779B97F4A7C15 % 10**15 + 10**15).cast(pl.String),
            (plain + 10**15).cast(pl.String),
        )
    ).to_series()


def _texts(values: list[str], at: np.ndarray) -> pl.Series:
    return pl.Series(values, dtype=pl.String).gather(pl.Series(at))


def _where(which: np.ndarray, values: pl.Series) -> pl.Series:
    """The values where ``which``; null elsewhere."""
    return pl.select(pl.when(pl.Series(which)).then(values)).to_series()


def _numbered(letter: str, numbers: pl.Expr | pl.Series) -> pl.Series:
    return pl.select(pl.format("{}{}", pl.lit(letter), numbers)).to_series()


def _days(days: np.ndarray, known: np.ndarray | None = None) -> pl.Series:
    """Days from 1970 as dates; null where not known."""
    series = pl.Series(days.astype(np.int32)).cast(pl.Date)
    return series if known is None else _where(known, series)


def _some(rng: np.random.Generator, count: int, most: int) -> np.ndarray:
    """People of rows: some have many, most have few."""
    return (rng.random(count) ** 1.4 * most).astype(np.int64)


def _reasons(*, shared: bool) -> tuple[list[str], list[str | None]]:
    """Delay reasons, and the attribution beside each: of a shared one a side is named, unless ``shared``."""
    table = standards.delay_reasons().filter(pl.col("in_force_from") == "2024-05-27")
    most = table.select(pl.max_horizontal(standards.SHARE_COLUMNS)).to_series().to_list()
    names = table["delay_reason"].to_list()
    attributions = [
        None if whole == 100 or shared else ("council" if at % 2 else "nhs") for at, whole in enumerate(most)
    ]
    return names, attributions


@dataclass(frozen=True)
class Delays:
    """The delayed spells of a chunk, as arrays: what the council's records of them are drawn from."""

    person: np.ndarray
    council: np.ndarray
    admitted: np.ndarray
    ready: np.ndarray
    ended: np.ndarray
    pathway: np.ndarray


def spells_of(people: Population, chunk: int) -> tuple[pl.DataFrame, Delays]:
    """A chunk of hospital spells, and the delays in it."""
    size = people.size
    codes = codes_of(size)
    rows = min(CHUNK, size.spells - chunk * CHUNK)
    rng = np.random.default_rng([size.seed, size.spells, 2, chunk])
    person = _some(rng, rows, size.people)
    last = (AS_AT - _EPOCH).days
    kind = rng.random(rows)
    day_case, overnight = kind < 0.38, kind > 0.62
    nights = np.where(overnight, 1 + rng.geometric(0.16, rows), 0)
    old = people.born[person] < last - 65 * 365
    delayed = overnight & (rng.random(rows) < np.where(old, 0.18, 0.06))
    delay = np.where(delayed, rng.geometric(0.16, rows), 0)
    begun = last - size.days + 1 + rng.integers(0, size.days, rows)
    # Those discharged count to the period: who came before it came so much earlier.
    discharged = begun + np.where(
        rng.random(rows) < 0.05, (rng.random(rows) * (nights + delay + 0.9)).astype(np.int64), 0
    )
    admitted = discharged - nights - delay
    ready = discharged - delay
    is_open = discharged > last
    home = people.provider[person].astype(np.int64)
    away = rng.random(rows) < 0.1
    provider = np.where(away, rng.integers(0, size.acute, rows), home)
    community = overnight & (rng.random(rows) < 0.04)
    provider = np.where(community, size.acute + home % len(codes.community), provider)
    pathway = np.where(
        delayed, rng.integers(0, 5, rows), np.where(overnight, np.minimum(rng.integers(0, 20, rows), 4), 4)
    )
    has_ready = overnight & (rng.random(rows) > 0.07)
    died = overnight & (rng.random(rows) < 0.025)
    transferred = overnight & ~died & (rng.random(rows) < 0.02)
    reasons, attributions = _reasons(shared=size.shared_reasons)
    reason = rng.integers(0, len(reasons), rows)
    told = delayed & (rng.random(rows) < 0.8)
    # Home; another hospital; died; a care home.
    destination = np.select([died, transferred, delayed], [2, 1, rng.integers(0, 2, rows) * 3], 0)
    frame = pl.DataFrame(
        {
            "provider_code": _texts([*codes.providers, *codes.community], provider),
            "spell_id": _numbered("S", pl.int_range(rows) + chunk * CHUNK),
            **people.described(person, rng, hospital=True),
            "council_code": _texts(codes.councils, people.council[person]),
            "icb_code": _texts(codes.icbs, people.council[person] % len(codes.icbs)),
            "admission_date": _days(admitted),
            "admission_method": _drawn(rng, rows, {"11": 0.45, "21": 0.35, "22": 0.1, "2A": 0.07, "31": 0.03}),
            "admission_source": _drawn(rng, rows, {"19": 0.95, "29": 0.03, "51": 0.02}),
            "patient_classification": _texts(["1", "2"], day_case.astype(np.int8)),
            "administrative_category": _drawn(rng, rows, {"01": 0.995, "02": 0.005}),
            "treatment_function_code": _drawn(
                rng, rows, {"300": 0.4, "100": 0.2, "110": 0.2, "430": 0.18, "501": 0.02}
            ),
            "discharge_ready_date": _days(ready, has_ready & ~(is_open & (ready > last))),
            "discharge_date": _days(discharged, ~is_open),
            "discharge_method": _where(~is_open, _texts(["1", "4"], died.astype(np.int8))),
            "discharge_destination": _where(~is_open, _texts(["19", "51", "79", "54"], destination)),
            "discharge_pathway": _where(overnight, _texts(["P1", "P1", "P2", "P3", "P0"], pathway)),
            "delay_reason": _where(told, _texts(reasons, reason)),
            "delay_attribution": _where(told, pl.Series(attributions, dtype=pl.String).gather(pl.Series(reason))),
        }
    )
    at = np.flatnonzero(delayed & has_ready)
    own = Delays(
        person[at], people.council[person[at]], admitted[at], ready[at], np.minimum(discharged[at], last), pathway[at]
    )
    return frame, own


def _drawn(rng: np.random.Generator, rows: int, shares: dict[str, float]) -> pl.Series:
    """Texts drawn by their shares."""
    return _texts(list(shares), _weighted(rng, rows, list(shares.values())))


def _weighted(rng: np.random.Generator, rows: int, weights: list[float]) -> np.ndarray:
    return np.searchsorted(np.cumsum(weights)[:-1], rng.random(rows)).astype(np.int8)


_ROUTES = ("Discharge from Hospital", "Community / Other route")
_OUTCOMES = (
    "Progress to support planning or services",
    "NFA: Support declined",
    "NFA: Self-funded client or under 12wk disregard",
    "NFA: Other",
)
_NEEDS = ("Eligible needs identified", "Non-eligible needs identified", "No needs identified")
_COMPONENTS = (
    "Home support or domiciliary care",
    "Reablement",
    "Short term residential care",
    "Equipment",
    "Day support",
    "Long term residential care",
)
_SERVICE_TYPES = (
    "Long term support: Community",
    "Short term support: ST-Max",
    "Short term support: Other short term",
    "Short term support: Ongoing low level",
    "Long term support: Community",
    "Long term support: Residential care",
)


def care_events_of(people: Population, chunk: int) -> pl.DataFrame:
    """The care events beside a chunk of spells: the council's side of its delays, and background."""
    size = people.size
    chunks = -(-size.spells // CHUNK)
    due = size.care_events // chunks + (size.care_events % chunks if chunk == 0 else 0)
    _, delays = spells_of(people, chunk)
    rng = np.random.default_rng([size.seed, size.spells, 3, chunk])
    last, first = (AS_AT - _EPOCH).days, (AS_AT - _EPOCH).days - size.days + 1
    parts: list[dict[str, np.ndarray]] = []

    def add(kind: int, person: np.ndarray, council: np.ndarray, start: np.ndarray, length: np.ndarray) -> None:
        parts.append(
            {
                "kind": np.full(len(person), kind),
                "person": person,
                "council": council,
                "start": start,
                "end": start + length,
            }
        )

    known = np.flatnonzero(rng.random(len(delays.person)) < 0.7)[: due // 4]
    person, council = delays.person[known], delays.council[known].astype(np.int64)
    # A twentieth lives elsewhere by the council's record, or is on another's books: it does not meet the spell.
    council = np.where(rng.random(len(known)) < 0.05, (council + 1) % size.councils, council)
    ready, ended = delays.ready[known], delays.ended[known]
    asked = np.maximum(delays.admitted[known], ready + rng.integers(-3, 4, len(known)))
    add(0, person, council, asked, np.zeros(len(known), dtype=np.int64))
    seen = rng.random(len(known)) < 0.75
    add(1, person[seen], council[seen], asked[seen], rng.integers(0, 9, seen.sum()))
    served = rng.random(len(known)) < 0.6
    service = np.maximum(asked, ended + rng.integers(-3, 4, len(known)))
    add(2, person[served], council[served], service[served], rng.integers(20, 300, served.sum()))
    rest = max(due - sum(len(part["kind"]) for part in parts), 0)
    # Whoever has care has several records of it.
    drawn = _some(rng, rest, max(size.people // 8, 1)) * 8 % size.people
    start = first + rng.integers(-400 if size.days < 400 else 0, size.days, rest)
    parts.append(
        {
            "kind": _weighted(rng, rest, [0.3, 0.2, 0.3, 0.2]).astype(np.int64),
            "person": drawn,
            "council": people.council[drawn].astype(np.int64),
            "start": start,
            "end": start + rng.integers(0, 400, rest),
        }
    )
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = rng.permutation(len(columns["kind"]))
    columns = {name: values[order] for name, values in columns.items()}
    kind, rows = columns["kind"], len(order)
    is_request, is_assessment, is_service, is_review = (kind == at for at in range(4))
    # Requests and assessments appear once they are completed; only services are still open.
    late = columns["end"] > last
    end = np.where(late & ~is_service, last, columns["end"])
    has_end = ~(is_service & (late | (rng.random(rows) < 0.3)))
    component = np.where(rng.random(rows) < 0.5, 0, rng.integers(0, len(_COMPONENTS), rows))
    elig = _weighted(rng, rows, [0.7, 0.2, 0.1])
    outcome = _weighted(rng, rows, [0.7, 0.08, 0.07, 0.15])
    decided = is_assessment | is_review

    def of(which: np.ndarray, values: tuple[str, ...], at: np.ndarray) -> pl.Series:
        return _where(which, _texts(list(values), at))

    codes = codes_of(size)
    period_start = _EPOCH + dt.timedelta(days=min(first, (dt.date(2024, 4, 1) - _EPOCH).days))
    columns_of_rows = {
        "council_code": _texts(codes.councils, columns["council"]),
        **people.described(columns["person"], rng, hospital=False),
        "reporting_period_start": pl.repeat(period_start, rows, dtype=pl.Date, eager=True),
        "reporting_period_end": pl.repeat(AS_AT, rows, dtype=pl.Date, eager=True),
        "client_type": _texts(["Service user", "Unpaid carer"], (rng.random(rows) < 0.08).astype(np.int8)),
        "primary_support_reason": _texts(
            ["Physical support: Personal care support", "Support with memory and cognition", "Mental health support"],
            (columns["person"] % 3).astype(np.int8),
        ),
        "event_type": _texts(["Request", "Assessment", "Service", "Review"], kind),
        "event_id": _numbered("V", pl.int_range(rows) + chunk * 10 * CHUNK),
        "event_start_date": _days(np.minimum(columns["start"], last)),
        "event_end_date": _days(np.maximum(end, np.minimum(columns["start"], last)), has_end),
        "event_outcome": of(~is_service, _OUTCOMES, outcome),
        "route_of_access": of(is_request, _ROUTES, (rng.random(rows) < 0.4).astype(np.int8)),
        "assessment_type": of(
            is_assessment,
            ("Long term assessment", "Short term assessment", "Financial Assessment"),
            _weighted(rng, rows, [0.6, 0.3, 0.1]),
        ),
        "eligible_needs": of(decided & (rng.random(rows) < 0.8), _NEEDS, elig),
        "service_type": of(is_service, _SERVICE_TYPES, component),
        "service_component": of(is_service, _COMPONENTS, component),
        "delivery_mechanism": of(
            is_service,
            ("CASSR commissioned support", "CASSR managed personal budget", "Direct payment"),
            _weighted(rng, rows, [0.7, 0.2, 0.1]),
        ),
        "review_reason": of(
            is_review,
            ("Planned", "Unplanned - Hospital (Planned and unplanned episodes)", "Unplanned - Other Reason"),
            _weighted(rng, rows, [0.7, 0.15, 0.15]),
        ),
        "unit_cost": _where(is_service, pl.Series(np.round(rng.uniform(15, 900, rows), 2)).cast(pl.Decimal(18, 2))),
        "cost_frequency": of(is_service, ("Weekly", "Hourly"), (rng.random(rows) < 0.3).astype(np.int8)),
        "planned_units_per_week": _where(is_service, pl.Series(rng.integers(1, 30, rows)).cast(pl.Decimal(18, 2))),
    }
    return pl.DataFrame(columns_of_rows)


def contacts_of(people: Population, chunk: int) -> pl.DataFrame:
    """A chunk of community contacts."""
    size = people.size
    codes = codes_of(size)
    rows = min(CHUNK, size.contacts - chunk * CHUNK)
    rng = np.random.default_rng([size.seed, size.contacts, 4, chunk])
    person = _some(rng, rows, size.people)
    day = (AS_AT - _EPOCH).days - size.days + 1 + rng.integers(0, size.days, rows)
    home = people.provider[person].astype(np.int64)
    described = people.described(person, rng, hospital=True)
    described.pop("local_patient_id", None)
    return pl.DataFrame(
        {
            "provider_code": _texts(codes.community, home % len(codes.community)),
            "contact_id": _numbered("K", pl.int_range(rows) + chunk * CHUNK),
            **described,
            "referral_date": _days(day - rng.integers(0, 60, rows)),
            "contact_date": _days(day),
            "team_type": _drawn(
                rng, rows, {"District nursing": 0.5, "Community therapy": 0.3, "Intermediate care": 0.2}
            ),
            "attended": _texts(["5", "7"], (rng.random(rows) < 0.06).astype(np.int8)),
            "duration_minutes": pl.Series(rng.integers(1, 13, rows) * 5),
        }
    )


def faulty(frame: pl.DataFrame, kind: str, rng: np.random.Generator) -> pl.DataFrame:
    """The rows with faults at small rates; the last column, ``_unreadable``, marks cells that a text file spoils."""
    rows = frame.height
    told = rng.random(rows)
    mark = pl.Series(told)
    if kind == "spells":
        frame = frame.with_columns(
            # Before the admission, or missing: the row goes to the quarantine.
            admission_date=pl.when(mark < 0.0003)
            .then(pl.col("discharge_date") + dt.timedelta(days=9))
            .when(mark < 0.0005)
            .then(None)
            .otherwise("admission_date"),
            discharge_ready_date=pl.when(mark.is_between(0.0005, 0.0025))
            .then(pl.col("admission_date") - dt.timedelta(days=3))
            .when(mark.is_between(0.0025, 0.003))
            .then(None)
            .otherwise("discharge_ready_date"),
            discharge_destination=pl.when(mark.is_between(0.003, 0.004))
            .then(pl.lit("QQ"))
            .otherwise("discharge_destination"),
            _unreadable=mark.is_between(0.0025, 0.003),
        )
        again = frame.filter(mark.is_between(0.004, 0.0045))
        other = frame.filter(mark.is_between(0.0045, 0.0047)).with_columns(treatment_function_code=pl.lit("120"))
        return pl.concat([frame, again, other])
    if kind == "care_events":
        frame = frame.with_columns(
            event_outcome=pl.when(mark < 0.001).then(pl.lit("Not on the list")).otherwise("event_outcome"),
            event_start_date=pl.when(mark.is_between(0.001, 0.0012)).then(None).otherwise("event_start_date"),
            _unreadable=pl.lit(value=False),
        )
        return pl.concat([frame, frame.filter(mark.is_between(0.002, 0.0025))])
    return frame.with_columns(_unreadable=pl.lit(value=False))


def chunks_of(people: Population, kind: str) -> Iterator[pl.DataFrame]:
    """The rows of a kind, chunk by chunk, in an order that does not depend on the format."""
    size = people.size
    count = -(-(size.contacts if kind == "contacts" else size.spells) // CHUNK)
    made = {
        "spells": lambda at: spells_of(people, at)[0],
        "care_events": lambda at: care_events_of(people, at),
        "contacts": lambda at: contacts_of(people, at),
    }[kind]
    for chunk in range(count):
        frame = made(chunk)
        if size.faults:
            frame = faulty(frame, kind, np.random.default_rng([size.seed, 5, chunk]))
        yield frame


def as_text(frame: pl.DataFrame, kind: str) -> pl.DataFrame:
    """The rows as a text file has them: the hospital's dates day first, what cannot be read spelt out."""
    pattern = "%d/%m/%Y" if kind == "spells" else "%Y-%m-%d"
    dates = [name for name, dtype in frame.schema.items() if dtype == pl.Date]
    texts = frame.with_columns(pl.col(dates).dt.to_string(pattern))
    if kind == "spells":
        texts = texts.with_columns(
            discharge_ready_date=pl.when("_unreadable").then(pl.lit("31/02/2025")).otherwise("discharge_ready_date")
        )
    return texts


def make(size: Size, folder: Path, formats: tuple[Format, ...] = ("parquet", "csv")) -> None:
    """Write a place: for each format a folder with costshift.toml and the extracts of the month.

    Files hold at most a chunk of rows each; both formats hold the same rows.
    """
    people = Population(size)
    kinds = ["spells", "care_events", *(["contacts"] if size.contacts else [])]
    for form in formats:
        (folder / form / "extracts" / MONTH).mkdir(parents=True, exist_ok=True)
        (folder / form / "costshift.toml").write_text(project_of(size, kinds, form), encoding="utf-8")
    for kind in kinds:
        for number, rows in enumerate(chunks_of(people, kind)):
            name = f"{kind}_{number:02}"
            if "parquet" in formats:
                rows.drop("_unreadable", strict=False).write_parquet(
                    folder / "parquet" / "extracts" / MONTH / f"{name}.parquet", compression="snappy", statistics=False
                )
            if "csv" in formats:
                text = as_text(rows, kind) if size.faults else rows
                text.drop("_unreadable", strict=False).write_csv(folder / "csv" / "extracts" / MONTH / f"{name}.csv")


def make_core(size: Size, folder: Path) -> None:
    """Write what the core starts from: accepted rows under their canonical names, and the lookups that a peer needs.

    spells.parquet and care_events.parquet have the columns that the place sends, and of the history load_id,
    submission_month, submitter, source_file, source_row. lookups/*.csv: what the standards say, flat.
    """
    from costshift.delays.recorded_attribution import share_rules
    from costshift.standards.evidence import assessment_outcomes, enabling_components

    size = replace(size, faults=False)
    people = Population(size)
    folder.mkdir(parents=True, exist_ok=True)
    for kind in ("spells", "care_events"):
        seen = 0
        (folder / kind).mkdir(exist_ok=True)
        for number, rows in enumerate(chunks_of(people, kind)):
            rows.with_columns(
                (pl.int_range(pl.len(), dtype=pl.Int64) + seen + 2).alias("source_row"),
                pl.lit(f"{kind}.parquet").alias("source_file"),
                pl.lit(1, dtype=pl.Int64).alias("load_id"),
                pl.lit(dt.date(2025, 3, 1)).alias("submission_month"),
                pl.lit("place").alias("submitter"),
                *([pl.lit("national").alias("person_key_scheme")] if size.identity == "key" else []),
            ).write_parquet(folder / kind / f"{number:02}.parquet", compression="snappy")
            seen += rows.height
    lookups = folder / "lookups"
    lookups.mkdir(exist_ok=True)
    codes = codes_of(size)
    pl.DataFrame(
        [(code, f"provider-{code.lower()}", "acute") for code in codes.providers]
        + [(code, f"community-{code.lower()}", "community") for code in codes.community]
        + [(code, f"council-{code.lower()}", "council") for code in codes.councils],
        schema=["code", "partner", "type"],
        orient="row",
    ).write_csv(lookups / "organisations.csv")
    rules = share_rules()
    rules.filter(pl.col("share") == 100).select("rule", "setting", "recorded_attribution").write_csv(
        lookups / "recorded.csv"
    )
    outcomes = assessment_outcomes().select("column", "value", "decision")
    outcomes.write_csv(lookups / "decisions.csv")
    pl.DataFrame({"service_component": sorted(enabling_components())}).write_csv(lookups / "enabling.csv")
    standards.transfer_values().select("column", "value").write_csv(lookups / "transfers.csv")
    standards.cohort_filter_values().select("filter", "column", "value").write_csv(lookups / "cohort.csv")
    (folder / "size.json").write_text(json.dumps({"name": size.name, "identity": size.identity}), encoding="utf-8")
    (folder / "costshift.toml").write_text(project_of(size, ["spells", "care_events"], "parquet"), encoding="utf-8")


def project_of(size: Size, kinds: list[str], form: Format) -> str:
    """The project file of a place."""
    codes = codes_of(size)
    lines = [
        "# An artificial place for benchmarks: every organisation, person and figure is made up.",
        "[place]",
        f'name = "{size.name}"',
        'nation = "england"',
        "[governance]",
        'purpose = "Benchmark on artificial data"',
        'lawful_basis = "None needed: no row is about a real person"',
        'controllers = ["Nobody"]',
    ]
    partners = [
        *((f"provider-{code.lower()}", "acute", code) for code in codes.providers),
        *((f"community-{code.lower()}", "community", code) for code in codes.community),
        *((f"council-{code.lower()}", "council", code) for code in codes.councils),
        *((f"icb-{code.lower()}", "icb", code) for code in codes.icbs),
        ("place", "other", "Z00PL"),
    ]
    for name, kind, code in partners:
        lines += ["[[partners]]", f'id = "{name}"', f'name = "{name}"', f'type = "{kind}"', f'codes = ["{code}"]']
    for kind in kinds:
        lines += [
            "[[extracts]]",
            f'kind = "{kind}"',
            'submitter = "place"',
            f'files = "extracts/{{month}}/{kind}_*.{form}"',
            'layout = "canonical"',
            'scope = "rolling"',
            'cadence = "monthly"',
        ]
        if kind == "care_events":
            lines.append("includes_open_events = false")
        if size.identity == "key":
            lines += ["[extracts.constants]", 'person_key_scheme = "national"']
    lines += [
        "[[pathways]]",
        'pathway = "P2"',
        f"delivered_by = {{ community-{codes.community[0].lower()} = 100 }}",
        "[output]",
        'formats = ["html", "xlsx", "docx", "csv"]',
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write a place, or what the core starts from."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", choices=list(SIZES), default="month")
    parser.add_argument("--spells", type=int, help="so many spells of England instead of a size")
    parser.add_argument("--core", action="store_true", help="only what the core starts from")
    parser.add_argument("--numbered", action="store_true", help="everyone by NHS number alone")
    parser.add_argument("--format", choices=["parquet", "csv", "both"], default="both")
    options = parser.parse_args()
    size = SIZES[options.size]
    if options.spells:
        size = numbered(options.spells) if options.numbered else part_of_england(options.spells)
    started = time.perf_counter()
    if options.core:
        make_core(size, options.folder)
    else:
        make(size, options.folder, ("parquet", "csv") if options.format == "both" else (options.format,))
    print(f"{size.name}: made in {time.perf_counter() - started:.1f} s")


if __name__ == "__main__":
    main()
