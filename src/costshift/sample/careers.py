"""Long-term council support from its first decision through its yearly reviews to its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from costshift.sample import places
from costshift.sample.arrays import NEVER, Bools, Floats, Ints, Rng, choose_by_row, day_number, stack
from costshift.sample.people import People
from costshift.sample.settings import SampleSettings

Table = dict[str, npt.NDArray[Any]]

HOME_CARE, RESIDENTIAL, NURSING, DIRECT_PAYMENT, DAY_SUPPORT, EXTRA_CARE = range(6)
KEPT, LOST, ACCEPTED, REFUSED, REDUCED = range(5)
TRANSITION_NAMES = ("kept", "lost", "accepted", "refused", "reduced")
BY_REQUEST, BY_HOSPITAL, AFTER_REABLEMENT, BY_REVIEW, BY_HOSPITAL_REVIEW = range(5)
ROUTE_NAMES = (
    "community_request",
    "hospital_assessment",
    "after_reablement",
    "planned_review",
    "hospital_review",
)
PLANNED, DIED, MOVED_TO_NHS, CHANGED = range(4)

_ALREADY_CLIENT = (0.0, 0.02, 0.035, 0.06, 0.12, 0.22)
_ASKS_IN_THREE_YEARS = (0.0, 0.015, 0.03, 0.07, 0.16, 0.28)
_COMPONENTS = np.asarray(
    [
        (0.0, 0.0, 0.0, 1.0, 0.0, 0.0),
        (0.30, 0.06, 0.02, 0.40, 0.12, 0.10),
        (0.44, 0.09, 0.04, 0.27, 0.08, 0.08),
        (0.60, 0.13, 0.06, 0.09, 0.04, 0.08),
        (0.62, 0.16, 0.08, 0.05, 0.02, 0.07),
        (0.56, 0.22, 0.13, 0.03, 0.01, 0.05),
    ]
)
_ACCEPTED_SHARE = 0.62
_ACCEPTED_FALL = 0.22
_LOST_SHARE = 0.03
_LOST_RISE = 0.14
_REDUCED_SHARE = 0.05
_REDUCED_RISE = 0.06


@dataclass(frozen=True)
class Careers:
    """Decisions, packages and requests of the community route, and when each person was a client.

    `decisions`: person, start, day, found_eligible, transition, route. `packages`: person, start, stop,
    component, units, unit_cost, ending. `requests`: person, start, day. `client_from` and `client_to` hold
    a day for each person of the place (NEVER, 0 for those who never were); `decided` marks everybody who
    has a decision here or was a client from the beginning.
    """

    decisions: Table
    packages: Table
    requests: Table
    client_from: Ints
    client_to: Ints
    decided: Bools


def tightened(settings: SampleSettings, council: Ints, day: Ints) -> Bools:
    """Where and when Eastmoor Council's threshold is the higher one."""
    tight: Bools = (council == places.EASTMOOR) & (day >= day_number(settings.eligibility_month))
    return tight


def accepted_share(settings: SampleSettings, council: Ints, day: Ints, need: Floats) -> Floats:
    """The chance of being found eligible at a first assessment, given need from 0 to 1."""
    share = _ACCEPTED_SHARE + 0.3 * (need - 0.5) - _ACCEPTED_FALL * tightened(settings, council, day)
    return np.clip(share, 0.03, 0.97)


def make_careers(settings: SampleSettings, people: People, streams: dict[str, Rng]) -> Careers:
    """Everybody's community route into long-term support, and the reviews that follow."""
    rng = streams["careers"]
    start, end = day_number(settings.first_day), day_number(settings.last_day)
    local = people.council != places.ELSEWHERE
    lift = np.exp(0.5 * people.frailty - 0.125)
    grown = people.birth < start - 19 * 365
    already = rng.random(people.size) < np.where(
        people.care_home, 0.55, np.asarray(_ALREADY_CLIENT)[people.band] * lift
    )
    already &= local & grown & (people.death > start)
    asks = rng.random(people.size) < np.asarray(_ASKS_IN_THREE_YEARS)[people.band] * lift * (settings.months / 36)
    # Self-funding residents of care homes do not ask the council.
    asks &= local & grown & ~already & ~people.care_home
    need = rng.random(people.size)
    component = choose_by_row(rng, _COMPONENTS[people.band])
    in_home = rng.random(people.size) < 0.35
    component = np.where(people.care_home, np.where(in_home, NURSING, RESIDENTIAL), component)

    old = np.flatnonzero(already)
    old_start = start - 20 - np.floor(rng.exponential(700.0, len(old))).astype(np.int64)
    old_start = np.maximum(old_start, people.birth[old] + 18 * 366)
    old_review = start + rng.integers(0, 365, len(old))

    new = np.flatnonzero(asks)
    decided = start + 1 + rng.integers(0, max(2, end - start), len(new))
    asked = decided - 4 - np.floor(rng.gamma(1.6, 12.0, len(new))).astype(np.int64)
    opened = asked + np.floor((decided - asked) * rng.uniform(0.3, 0.9, len(new))).astype(np.int64)
    alive = decided < people.death[new] - 10
    new, decided, asked, opened = new[alive], decided[alive], asked[alive], opened[alive]
    found = rng.random(len(new)) < accepted_share(settings, people.council[new], decided, need[new])
    first = {
        "person": new,
        "start": opened,
        "day": decided,
        "found_eligible": found,
        "transition": np.where(found, ACCEPTED, REFUSED),
        "route": np.full(len(new), BY_REQUEST),
    }
    requests = {"person": new, "start": asked, "day": opened}
    served = decided + 3 + np.floor(rng.gamma(1.5, 8.0, len(new))).astype(np.int64)
    entrants = np.concatenate([old, new[found]])
    begun = np.concatenate([old_start, served[found]])
    review = np.concatenate([old_review, served[found] + 330 + rng.integers(0, 70, int(found.sum()))])
    later, packages, stopped = follow(
        settings,
        people,
        streams["reviews"],
        entrants,
        begun=begun,
        component=component[entrants],
        first_review=review,
        need=need[entrants],
    )
    client_from = np.full(people.size, NEVER, dtype=np.int64)
    client_to = np.zeros(people.size, dtype=np.int64)
    client_from[entrants], client_to[entrants] = begun, stopped
    known = already.copy()
    known[new] = True
    return Careers(stack(first, later), packages, requests, client_from, client_to, known)


def follow(
    settings: SampleSettings,
    people: People,
    rng: Rng,
    person: Ints,
    *,
    begun: Ints,
    component: Ints,
    first_review: Ints,
    need: Floats,
) -> tuple[Table, Table, Ints]:
    """Yearly reviews of people with a package: decisions, packages, the day support stopped (or NEVER)."""
    end = day_number(settings.last_day)
    count = len(person)
    death = people.death[person]
    active = begun < np.minimum(death, end + 1)
    stopped = np.where(active, np.minimum(death, NEVER), begun)
    since = begun.copy()
    units, unit_cost = _package(rng, component)
    decisions: list[Table] = []
    packages: list[Table] = []

    def close(rows: Bools, day: Ints, ending: int) -> None:
        packages.append(
            {
                "person": person[rows],
                "start": since[rows],
                "stop": day[rows],
                "component": component[rows],
                "units": units[rows],
                "unit_cost": unit_cost[rows],
                "ending": np.full(int(rows.sum()), ending, dtype=np.int64),
            }
        )

    for _round in range(settings.months // 12 + 2):
        day = first_review + _round * 365 + rng.integers(-12, 13, count)
        drawn, cut = rng.random(count), rng.uniform(0.5, 0.75, count)
        length = np.floor(rng.gamma(1.5, 6.0, count)).astype(np.int64)
        due = active & (day > since + 30) & (day <= end) & (day < death - 3)
        tight = tightened(settings, people.council[person], day)
        settled = np.where(np.isin(component, (RESIDENTIAL, NURSING)), 0.08, 1.0)
        weak = (1.5 - need) * settled
        loses = due & (drawn < (_LOST_SHARE + _LOST_RISE * tight) * weak)
        shrinks = due & ~loses & (drawn > 1 - (_REDUCED_SHARE + _REDUCED_RISE * tight) * weak)
        decisions.append(
            {
                "person": person[due],
                "start": (day - length)[due],
                "day": day[due],
                "found_eligible": ~loses[due],
                "transition": np.where(loses, LOST, np.where(shrinks, REDUCED, KEPT))[due],
                "route": np.full(int(due.sum()), BY_REVIEW),
            }
        )
        stop = np.minimum(day + 14, death)
        close(loses, stop, PLANNED)
        stopped = np.where(loses, stop, stopped)
        active &= ~loses
        change = np.minimum(day + 7, death)
        close(shrinks, change - 1, CHANGED)
        since = np.where(shrinks, change, since)
        hourly = np.isin(component, (HOME_CARE, DAY_SUPPORT))
        units = np.where(shrinks & hourly, np.maximum(1.0, np.round(units * cut * 2) / 2), units)
        unit_cost = np.where(shrinks & ~hourly, np.round(unit_cost * cut, 2), unit_cost)
    died = active & (death < NEVER)
    close(died, death, DIED)
    close(active & ~died, np.full(count, NEVER, dtype=np.int64), PLANNED)
    return stack(*decisions), stack(*packages), stopped


def _package(rng: Rng, component: Ints) -> tuple[Floats, Floats]:
    """Planned units a week and unit cost of each package; units are 0 where the cost is by the week."""
    size = len(component)
    spread = np.exp(0.12 * rng.standard_normal(size))
    hours = np.clip(np.round(rng.gamma(2.4, 5.5, size) * 2) / 2, 2.0, 70.0)
    days = rng.integers(1, 5, size).astype(np.float64)
    cost = np.choose(component, [23.5, 905.0, 1085.0, 285.0, 58.0, 410.0]) * spread
    wide = np.isin(component, (DIRECT_PAYMENT, EXTRA_CARE))
    cost = np.where(wide, cost * np.exp(0.35 * rng.standard_normal(size)), cost)
    units = np.where(component == HOME_CARE, hours, np.where(component == DAY_SUPPORT, days, 0.0))
    return units, np.round(cost, 2)
