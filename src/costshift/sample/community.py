"""Community contacts and emergency department attendances."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from costshift.sample import effects, hospital, places
from costshift.sample.arrays import NEVER, Ints, Rng, day_number, repeat_each, take
from costshift.sample.people import People
from costshift.sample.settings import SampleSettings

Table = dict[str, npt.NDArray[Any]]

_ON_CASELOAD = (0.002, 0.008, 0.025, 0.06, 0.12, 0.20)
_CONTACTS_A_MONTH = 1.3
_ATTENDANCES_A_YEAR = (0.35, 0.30, 0.26, 0.30, 0.42, 0.55)


def make_contacts(
    settings: SampleSettings,
    people: People,
    spells: Table,
    *,
    crisis: tuple[Ints, Ints],
    planted: effects.Planted,
    rng: Rng,
) -> Table:
    """Contacts of the community provider: person, day, planted (the exposure, -1 for ordinary ones)."""
    lift = np.exp(0.5 * people.frailty - 0.125)
    on = rng.random(people.size) < np.asarray(_ON_CASELOAD)[people.band] * lift
    on &= people.council != places.ELSEWHERE
    rate = np.where(on, _CONTACTS_A_MONTH * np.exp(0.6 * rng.standard_normal(people.size) - 0.18), 0.0)
    person, day = _level(settings, people, rate * 12, rng)
    # Nurses see few people at weekends.
    shift = np.where(rng.random(len(day)) < 0.7, np.maximum((day + 3) % 7 - 4, 0), 0)
    day = np.where((day + 3) % 7 >= 5, day - shift, day)
    first = (spells["h"] < NEVER) & (spells["pathway"] == 1)
    first &= (spells["q"] == NEVER) & (spells["a"] < NEVER) & ~spells["died"].astype(np.bool_)
    person = np.concatenate([person, crisis[0], spells["person"][first]])
    day = np.concatenate([day, crisis[1], spells["end"][first]])
    outside = ~effects.in_hospital(spells, person, day)
    return _with_planted(settings, people, person[outside], day[outside], planted.contacts)


def make_attendances(
    settings: SampleSettings,
    people: People,
    spells: Table,
    *,
    by_ambulance: Ints,
    crisis: tuple[Ints, Ints],
    planted: effects.Planted,
    rng: Rng,
) -> Table:
    """Attendances: person, day, provider, admitted, planted. `by_ambulance`: spells that began so."""
    rate = np.asarray(_ATTENDANCES_A_YEAR)[people.band] * np.exp(0.4 * people.frailty - 0.08)
    person, day = _level(settings, people, rate, rng)
    person, day = np.concatenate([person, crisis[0]]), np.concatenate([day, crisis[1]])
    outside = ~effects.in_hospital(spells, person, day)
    seen = _with_planted(settings, people, person[outside], day[outside], planted.attendances)
    count = len(seen["person"])
    own = np.asarray(hospital.OWN_TRUST_SHARE)[people.council[seen["person"]]]
    seen["provider"] = np.where(rng.random(count) < own, places.RZ1, places.RZ2)
    seen["admitted"] = np.zeros(count, dtype=np.bool_)
    came = {
        "person": spells["person"][by_ambulance],
        "day": spells["admission"][by_ambulance],
        "planted": np.full(len(by_ambulance), -1, dtype=np.int64),
        "provider": spells["provider"][by_ambulance],
        "admitted": np.ones(len(by_ambulance), dtype=np.bool_),
    }
    both = {name: np.concatenate([seen[name], came[name]]) for name in came}
    inside = (both["day"] >= day_number(settings.first_day)) & (both["day"] <= day_number(settings.last_day))
    return take(both, inside)


def _level(settings: SampleSettings, people: People, rate: Any, rng: Rng) -> tuple[Ints, Ints]:
    """Person and day of events at a steady yearly rate from the start, or birth, to the end, or death."""
    start = np.maximum(day_number(settings.first_day), people.birth)
    stop = np.minimum(day_number(settings.last_day) + 1, people.death)
    span = np.maximum(stop - start, 0)
    person = repeat_each(rng.poisson(rate * span / 365.25))
    day = start[person] + np.floor(rng.random(len(person)) * span[person]).astype(np.int64)
    return person, day


def _with_planted(settings: SampleSettings, people: People, person: Ints, day: Ints, planted: Table) -> Table:
    """Ordinary and planted use of the period, while alive."""
    table: Table = {
        "person": np.concatenate([person, planted["person"]]),
        "day": np.concatenate([day, planted["day"]]),
        "planted": np.concatenate([np.full(len(person), -1, dtype=np.int64), planted["exposure"]]),
    }
    inside = (table["day"] >= day_number(settings.first_day)) & (table["day"] <= day_number(settings.last_day))
    return take(table, inside & (table["day"] <= people.death[table["person"]]))
