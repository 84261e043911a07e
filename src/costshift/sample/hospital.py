"""Hospital spells: who is admitted, how, for how long, where to, and how long they wait to leave."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from costshift.sample import places, stories
from costshift.sample.arrays import (
    NEVER,
    Bools,
    Floats,
    Ints,
    Rng,
    before_weekend,
    choose,
    choose_by_row,
    day_number,
    repeat_each,
    running_maximum,
    stack,
    take,
    weekday,
)
from costshift.sample.people import People
from costshift.sample.settings import SampleSettings

Table = dict[str, npt.NDArray[Any]]

EMERGENCY, ELECTIVE, DAY_CASE, REGULAR, MATERNITY, BIRTH = range(6)
WARM_UP_DAYS = 150

_EMERGENCIES_A_YEAR = (0.15, 0.17, 0.23, 0.40, 0.70, 0.98)
_ELECTIVES_A_YEAR = (0.04, 0.05, 0.09, 0.12, 0.09, 0.03)
_DAY_CASES_A_YEAR = (0.06, 0.15, 0.28, 0.35, 0.28, 0.10)
_MATERNITY_A_YEAR = 0.20
_REGULARS = 0.003
_REGULAR_A_YEAR = 24.0
_SAME_DAY_SHARE = (0.55, 0.46, 0.38, 0.28, 0.21, 0.17)
_MEDIAN_NIGHTS = (1.6, 2.0, 2.9, 3.9, 5.2, 6.2)
_PATHWAYS = np.asarray(
    [
        (1.0, 0.0, 0.0, 0.0),
        (0.965, 0.025, 0.005, 0.005),
        (0.945, 0.038, 0.010, 0.007),
        (0.88, 0.08, 0.026, 0.014),
        (0.81, 0.125, 0.041, 0.024),
        (0.73, 0.175, 0.057, 0.038),
    ]
)
OWN_TRUST_SHARE = (0.86, 0.16, 0.52)
_TRANSFER_SHARE = 0.025
_RZ3_SHARE = 0.6


def make_spells(
    settings: SampleSettings, people: People, streams: dict[str, Rng], crisis_person: Ints, crisis_day: Ints
) -> Table:
    """The spells of the place, sorted by person and admission; those of one person never overlap.

    Columns: person, provider, kind, admission, ready (NEVER if the person was not ready), end, nights,
    pathway (-1 where none is due), story, h, q, a, s, died, transfer (1 sent on, 2 received, 0 neither),
    planted. Days may lie beyond the period. `crisis_person` and `crisis_day` ask for further emergencies.
    """
    rng = streams["admissions"]
    drawn = _admissions(settings, people, rng, crisis_person, crisis_day)
    spells = _stays(settings, people, streams, drawn)
    onward, has_onward = _community_stays(settings, people, streams, spells)
    spells = _without_overlaps(spells, onward, has_onward)
    spells = _with_transfers(streams["stays"], spells)
    order = np.lexsort((spells["end"], spells["admission"], spells["person"]))
    return take(spells, order)


def short_emergencies(rng: Rng, people: People, person: Ints, day: Ints, nights: Ints) -> Table:
    """Emergency stays without a delay, for use that is planted."""
    count = len(person)
    never = np.full(count, NEVER, dtype=np.int64)
    return {
        "person": person,
        "provider": _provider(rng, people.council[person]),
        "kind": np.full(count, EMERGENCY, dtype=np.int64),
        "admission": day,
        "ready": day + nights,
        "end": day + nights,
        "pathway": np.zeros(count, dtype=np.int64),
        "story": np.full(count, stories.NONE, dtype=np.int64),
        "h": never,
        "q": never,
        "a": never,
        "s": never,
        "died": np.zeros(count, dtype=np.bool_),
        "transfer": np.zeros(count, dtype=np.int64),
        "planted": np.ones(count, dtype=np.bool_),
    }


def with_planted(spells: Table, planted: Table) -> tuple[Table, int]:
    """The spells with those planted ones that touch no other stay of the person, and how many could not."""
    everything = stack(spells, planted)
    order = np.lexsort((everything["planted"], everything["admission"], everything["person"]))
    everything = take(everything, order)
    person, extra = everything["person"], everything["planted"].astype(np.bool_)
    before = running_maximum(person, everything["end"])
    free = everything["admission"] > before + 1
    following = np.full(len(person), NEVER, dtype=np.int64)
    same = np.zeros(len(person), dtype=np.bool_)
    same[:-1] = person[:-1] == person[1:]
    following[:-1] = np.where(same[:-1], everything["admission"][1:], NEVER)
    free &= everything["end"] + 1 < following
    keep = ~extra | free
    return take(everything, keep), int((extra & ~free).sum())


def delay_level(settings: SampleSettings, rng: Rng, provider: Ints, day: Ints) -> Floats:
    """How long waits are on a day at a provider, against 1: winters are worse, and years drift."""
    first = day_number(settings.first_day) - 200
    span = day_number(settings.last_day) - first + 500
    knots = span // 90 + 2
    walks = np.cumsum(0.09 * rng.standard_normal((3, knots)), axis=1)
    walks -= walks.mean(axis=1, keepdims=True)
    at = np.arange(span)
    season = 0.16 * np.cos(2 * np.pi * ((first + at) % 365.25 - 20) / 365.25)
    levels = np.stack([np.exp(np.interp(at / 90, np.arange(knots), walk) + season) for walk in walks])
    picked: Floats = levels[provider, np.clip(day - first, 0, span - 1)]
    return picked


def _provider(rng: Rng, council: Ints) -> Ints:
    """The acute trust that residents of a council go to."""
    return np.where(rng.random(len(council)) < np.asarray(OWN_TRUST_SHARE)[council], places.RZ1, places.RZ2)


def _daily_weights(settings: SampleSettings, kind: int) -> tuple[int, Floats]:
    """The first day of admissions and the cumulated chance of each day for a kind of spell."""
    first = day_number(settings.first_day) - WARM_UP_DAYS
    days = np.arange(first, day_number(settings.last_day) + 1, dtype=np.int64)
    season = 1 + 0.10 * np.cos(2 * np.pi * (days % 365.25 - 15) / 365.25)
    on = weekday(days)
    if kind in {ELECTIVE, DAY_CASE, REGULAR}:
        weight = np.asarray([1.0, 1.1, 1.1, 1.05, 0.95, 0.12, 0.05])[on]
    else:
        weight = np.asarray([1.1, 1.03, 1.0, 1.0, 1.02, 0.92, 0.93])[on] * season
    return first, np.cumsum(weight / weight.sum())


def _days(settings: SampleSettings, rng: Rng, kind: int, count: int) -> Ints:
    """Days of admission for a kind of spell."""
    first, steps = _daily_weights(settings, kind)
    picked = np.searchsorted(steps, rng.random(count), side="right")
    return first + np.minimum(picked, len(steps) - 1).astype(np.int64)


def _admissions(settings: SampleSettings, people: People, rng: Rng, crisis_person: Ints, crisis_day: Ints) -> Table:
    """Person, kind, admission day, terminal (ends in the person's death)."""
    start, end = day_number(settings.first_day), day_number(settings.last_day)
    years = (end + 1 - start + WARM_UP_DAYS) / 365.25
    lift = np.exp(0.35 * people.frailty - 0.06)
    rates = {
        EMERGENCY: np.asarray(_EMERGENCIES_A_YEAR)[people.band] * lift,
        ELECTIVE: np.asarray(_ELECTIVES_A_YEAR)[people.band],
        DAY_CASE: np.asarray(_DAY_CASES_A_YEAR)[people.band],
        REGULAR: np.where((rng.random(people.size) < _REGULARS) & (people.band >= 1), _REGULAR_A_YEAR, 0.0),
        MATERNITY: np.where((people.band == 1) & (people.sex == 2), _MATERNITY_A_YEAR, 0.0),
    }
    persons, kinds, days = [crisis_person], [np.full(len(crisis_person), EMERGENCY)], [crisis_day]
    for each, rate in rates.items():
        who = repeat_each(rng.poisson(rate * years))
        persons.append(who)
        kinds.append(np.full(len(who), each))
        days.append(_days(settings, rng, each, len(who)))
    person, kind, day = np.concatenate(persons), np.concatenate(kinds), np.concatenate(days)
    terminal = np.zeros(len(person), dtype=np.bool_)
    born = np.flatnonzero((people.birth >= start - WARM_UP_DAYS) & (people.birth <= end))
    dying = np.flatnonzero((people.death < NEVER) & (rng.random(people.size) < 0.45))
    last = 1 + np.floor(rng.gamma(1.2, 7.0, len(dying))).astype(np.int64)
    person = np.concatenate([person, born, dying])
    kind = np.concatenate([kind, np.full(len(born), BIRTH), np.full(len(dying), EMERGENCY)])
    day = np.concatenate([day, people.birth[born], people.death[dying] - last])
    terminal = np.concatenate([terminal, np.zeros(len(born), dtype=np.bool_), np.ones(len(dying), dtype=np.bool_)])
    fits = (day < people.death[person]) & (day <= end)
    fits &= (day > people.birth[person] + 1) | (kind == BIRTH)
    table: Table = {"person": person, "kind": kind, "admission": day, "terminal": terminal}
    return take(table, fits)


def _stays(settings: SampleSettings, people: People, streams: dict[str, Rng], drawn: Table) -> Table:
    """Length of stay, pathway, story and timeline of each admission."""
    rng = streams["stays"]
    person, kind, day = drawn["person"], drawn["kind"], drawn["admission"]
    count = len(person)
    band = people.band[person]
    nights = np.floor(np.asarray(_MEDIAN_NIGHTS)[band] * np.exp(0.85 * rng.standard_normal(count)))
    nights = np.minimum(nights + 1, 100).astype(np.int64)
    nights = np.where(rng.random(count) < np.asarray(_SAME_DAY_SHARE)[band], 0, nights)
    short = 1 + choose(rng, count, (30, 30, 18, 10, 6, 3, 2, 1))
    nights = np.where(np.isin(kind, (ELECTIVE, MATERNITY, BIRTH)), short, nights)
    nights = np.where(np.isin(kind, (DAY_CASE, REGULAR)), 0, nights)
    # Wards are less ready to say on a Saturday or Sunday that somebody may leave.
    nights = nights + np.where(nights > 0, before_weekend(rng, day + nights, 0.42), 0)
    ready = day + nights
    terminal = drawn["terminal"].astype(np.bool_)
    ready = np.where(terminal, np.where(rng.random(count) < 0.12, ready, NEVER), ready)
    adult = people.age_on(person, np.minimum(ready, day + nights)) >= 18.05
    eligible = adult & (nights > 0) & np.isin(kind, (EMERGENCY, ELECTIVE)) & (ready < NEVER)
    weights = _PATHWAYS[band].copy()
    # Planned stays and residents of care homes mostly go back to where they came from.
    calm = (kind == ELECTIVE) | people.care_home[person]
    weights[calm, 1:] *= 0.35
    weights[~calm, 1:] *= np.exp(0.25 * people.frailty[person[~calm]])[:, None]
    pathway = np.where(eligible, choose_by_row(rng, weights), -1)
    provider = _provider(rng, people.council[person])
    story_rng = streams["stories"]
    story = stories.draw_stories(story_rng, pathway)
    level = delay_level(settings, streams["levels"], provider, np.minimum(ready, day + nights))
    steps = stories.draw_timelines(
        story_rng, story, pathway, admission=day, ready=np.minimum(ready, day + nights), level=level
    )
    close = np.where(terminal & (ready == NEVER), NEVER, steps["end"])
    death = people.death[person]
    died = close >= death
    close = np.minimum(close, death)
    ready = np.where(ready >= close, np.where(died, NEVER, ready), ready)
    nothing = died & (ready == NEVER)
    gone = np.full(count, NEVER, dtype=np.int64)
    return {
        "person": person,
        "provider": provider,
        "kind": kind,
        "admission": day,
        "ready": ready,
        "end": close,
        "pathway": np.where(died, -1, pathway),
        "story": np.where(nothing, stories.NONE, story),
        **{name: np.where(nothing, gone, steps[name]) for name in ("h", "q", "a", "s")},
        "died": died,
        "transfer": np.zeros(count, dtype=np.int64),
        "planted": np.zeros(count, dtype=np.bool_),
    }


def _community_stays(
    settings: SampleSettings, people: People, streams: dict[str, Rng], spells: Table
) -> tuple[Table, Ints]:
    """Stays in the community hospital that follow a pathway 2 discharge, and the spell each follows."""
    rng = streams["stays"]
    fits = (spells["pathway"] == 2) & ~spells["died"].astype(np.bool_)
    fits &= (spells["end"] > 0) & (rng.random(len(fits)) < _RZ3_SHARE)
    follows = np.flatnonzero(fits)
    spells["transfer"][follows] = 1
    person, day = spells["person"][follows], spells["end"][follows]
    count = len(follows)
    nights = 4 + np.floor(rng.gamma(2.5, 6.0, count)).astype(np.int64)
    nights += before_weekend(rng, day + nights, 0.6)
    ready = day + nights
    pathway = choose(rng, count, (0.56, 0.30, 0.0001, 0.14))
    pathway = np.where(pathway == 2, 0, pathway)
    provider = np.full(count, places.RZ3, dtype=np.int64)
    story = stories.draw_stories(streams["stories"], pathway)
    level = delay_level(settings, streams["levels"], provider, ready) * 1.2
    steps = stories.draw_timelines(streams["stories"], story, pathway, admission=day, ready=ready, level=level)
    death = people.death[person]
    died = steps["end"] >= death
    close = np.minimum(steps["end"], death)
    ready = np.where(died & (ready >= close), NEVER, ready)
    nothing = died & (ready == NEVER)
    onward: Table = {
        "person": person,
        "provider": provider,
        "kind": np.full(count, EMERGENCY, dtype=np.int64),
        "admission": day,
        "ready": ready,
        "end": close,
        "pathway": np.where(died, -1, pathway),
        "story": np.where(nothing, stories.NONE, story),
        **{name: np.where(nothing, NEVER, steps[name]) for name in ("h", "q", "a", "s")},
        "died": died,
        "transfer": np.full(count, 2, dtype=np.int64),
        "planted": np.zeros(count, dtype=np.bool_),
    }
    return onward, follows


def _without_overlaps(spells: Table, onward: Table, follows: Ints) -> Table:
    """The spells that begin after all earlier ones of the person ended, with what follows them."""
    reach = spells["end"].copy()
    reach[follows] = np.maximum(reach[follows], onward["end"])
    order = np.lexsort((reach, spells["admission"], spells["person"]))
    person = spells["person"][order]
    before = running_maximum(person, reach[order])
    keep = np.zeros(len(order), dtype=np.bool_)
    keep[order] = spells["admission"][order] > before
    return stack(take(spells, keep), take(onward, keep[follows]))


def _with_transfers(rng: Rng, spells: Table) -> Table:
    """Some long emergency stays are made two: the second part is at the other acute trust."""
    long = (spells["kind"] == EMERGENCY) & (spells["provider"] != places.RZ3)
    nights = np.minimum(spells["ready"], spells["end"]) - spells["admission"]
    chosen: Bools = long & (nights >= 5) & (rng.random(len(nights)) < _TRANSFER_SHARE * 2.5)
    chosen &= spells["transfer"] == 0
    moved = take(spells, chosen)
    day = moved["admission"] + 1 + np.floor(rng.random(len(moved["person"])) * 3).astype(np.int64)
    first = {name: column.copy() for name, column in moved.items()}
    first["end"], first["ready"] = day, np.full(len(day), NEVER, dtype=np.int64)
    first["pathway"] = np.full(len(day), -1, dtype=np.int64)
    first["story"] = np.full(len(day), stories.NONE, dtype=np.int64)
    for name in ("h", "q", "a", "s"):
        first[name] = np.full(len(day), NEVER, dtype=np.int64)
    first["died"] = np.zeros(len(day), dtype=np.bool_)
    first["transfer"] = np.ones(len(day), dtype=np.int64)
    second = {name: column.copy() for name, column in moved.items()}
    second["admission"] = day + (rng.random(len(day)) < 0.2)
    second["provider"] = 1 - moved["provider"]
    second["transfer"] = np.full(len(day), 2, dtype=np.int64)
    return stack(take(spells, ~chosen), first, second)
