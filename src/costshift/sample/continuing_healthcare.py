"""Continuing healthcare: who is considered, what is decided, what the package costs, and who loses it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from costshift.sample import careers, places, stories
from costshift.sample.arrays import NEVER, Bools, Ints, Rng, day_number, stack, take
from costshift.sample.people import People
from costshift.sample.settings import SampleSettings

Table = dict[str, npt.NDArray[Any]]

_CONSIDERED = (0.0, 0.001, 0.004, 0.018, 0.035, 0.06)
_POSITIVE_SHARE = 0.72
_ELIGIBLE_SHARE = 0.46
_ELIGIBLE_SHARE_AFTER = 0.2
_LOST_SHARE = 0.05
_LOST_SHARE_AFTER = 0.32
#: Of the people found eligible in the period: those whom the council paid for while the decision was late.
_PAID_MEANWHILE = 0.85
_MOST_DAYS_LATE = 60
_TO_DECIDE = 28


def choose_considered(people: People, known_to_council: Bools, rng: Rng) -> Bools:
    """Who is considered for continuing healthcare in the community; nobody whom the council decided on."""
    drawn = rng.random(people.size) < np.asarray(_CONSIDERED)[people.band] * np.exp(0.4 * people.frailty)
    considered: Bools = drawn & (people.council != places.ELSEWHERE) & ~known_to_council
    return considered


def make_cases(
    settings: SampleSettings, people: People, considered: Bools, spells: Table, streams: dict[str, Rng]
) -> tuple[Table, Table]:
    """The cases, and the losses and refusals among them.

    A case: person, checklist, positive, decision, eligible, fast, begun, stop, weekly (days NEVER where the
    step did not happen). A loss ends a package and stands as a case of its own without checklist; so does a yearly
    review that keeps one. An exposure: person, day, lost.
    """
    rng = streams["chc"]
    start, end = day_number(settings.first_day), day_number(settings.last_day)
    tight_from = day_number(settings.chc_month)
    person = np.flatnonzero(considered & (people.death > start))
    count = len(person)
    death = people.death[person]
    old = rng.random(count) < 0.4
    checklist = np.where(
        old,
        start - 60 - np.floor(rng.exponential(400.0, count)).astype(np.int64),
        start + rng.integers(0, end - start + 1, count),
    )
    positive = old | (rng.random(count) < _POSITIVE_SHARE)
    wait = 9 + np.floor(rng.gamma(2.2, 8.0, count)).astype(np.int64)
    decision = np.where(positive, checklist + wait, NEVER)
    share = np.where(decision >= tight_from, _ELIGIBLE_SHARE_AFTER, _ELIGIBLE_SHARE)
    eligible = old | (positive & (rng.random(count) < share))
    begun = np.where(eligible, decision + 1 + rng.integers(0, 11, count), NEVER)
    review = np.maximum(begun + 90, start) + rng.integers(0, 365, count)
    moved = np.maximum(np.maximum(begun + 90, tight_from), start) + rng.integers(0, 270, count)
    early = (rng.random(count) < _LOST_SHARE) & (review < tight_from)
    late = ~early & (rng.random(count) < _LOST_SHARE_AFTER)
    loss = np.where(early, review, np.where(late, moved, NEVER))
    loss = np.where(eligible & (loss <= end) & (loss < death - 5), loss, NEVER)
    decision = np.where(decision < death, decision, NEVER)
    eligible &= decision < NEVER
    begun = np.where(eligible & (begun < death), begun, NEVER)
    loss = np.where(begun < NEVER, loss, NEVER)
    weekly = np.round(1180.0 * np.exp(0.3 * rng.standard_normal(count)), 2)
    no = np.zeros(count, dtype=np.bool_)
    cases: Table = {
        "person": person,
        "checklist": checklist,
        "positive": positive,
        "decision": decision,
        "eligible": eligible,
        "fast": no,
        "begun": begun,
        "stop": np.where(begun < NEVER, np.minimum(loss, death), NEVER),
        "weekly": weekly,
    }
    cases = take(cases, checklist < death)
    lost = loss < NEVER
    gone = np.full(int(lost.sum()), NEVER, dtype=np.int64)
    ended: Table = {
        "person": person[lost],
        "checklist": gone,
        "positive": np.ones(len(gone), dtype=np.bool_),
        "decision": loss[lost],
        "eligible": np.zeros(len(gone), dtype=np.bool_),
        "fast": np.zeros(len(gone), dtype=np.bool_),
        "begun": gone,
        "stop": gone,
        "weekly": np.zeros(len(gone)),
    }
    refused = positive & ~eligible & (decision < NEVER) & (decision >= start) & (decision <= end)
    exposures: Table = {
        "person": np.concatenate([person[lost], person[refused]]),
        "day": np.concatenate([loss[lost], decision[refused]]),
        "lost": np.concatenate([np.ones(int(lost.sum())), np.zeros(int(refused.sum()))]).astype(np.bool_),
    }
    kept = _kept(settings, person, begun, np.minimum(loss, death), streams["chc_reviews"])
    return stack(cases, ended, _fast_track(people, spells, rng), kept), exposures


def _kept(settings: SampleSettings, person: Ints, begun: Ints, stop: Ints, rng: Rng) -> Table:
    """Yearly reviews in the period that keep a package, from the first half year on, up to its end."""
    start, end = day_number(settings.first_day), day_number(settings.last_day)
    pieces = []
    first = np.maximum(begun + 90, start) + rng.integers(0, 365, len(person))
    for year in range(settings.months // 12 + 1):
        day = first + 365 * year
        rows = (begun < NEVER) & (day >= start) & (day <= end) & (day < stop - 5)
        count = int(rows.sum())
        none = np.full(count, NEVER, dtype=np.int64)
        yes, no = np.ones(count, dtype=np.bool_), np.zeros(count, dtype=np.bool_)
        pieces.append(
            {
                "person": person[rows],
                "checklist": none,
                "positive": yes,
                "decision": day[rows],
                "eligible": yes,
                "fast": no,
                "begun": none,
                "stop": none,
                "weekly": np.zeros(count),
            }
        )
    return stack(*pieces)


def _fast_track(people: People, spells: Table, rng: Rng) -> Table:
    """A case for each stay that waited for a fast-track package."""
    rows = (spells["story"] == stories.CHC) & (people.council[spells["person"]] != places.ELSEWHERE)
    rows &= spells["h"] < NEVER
    chosen = take(spells, rows)
    death = people.death[chosen["person"]]
    count = len(death)
    decision = np.where(chosen["a"] < death, chosen["a"], NEVER)
    begun = np.where(chosen["s"] < death, chosen["s"], NEVER)
    yes = np.ones(count, dtype=np.bool_)
    return {
        "person": chosen["person"],
        "checklist": chosen["h"],
        "positive": yes,
        "decision": decision,
        "eligible": yes,
        "fast": yes,
        "begun": begun,
        "stop": np.where(begun < NEVER, death, NEVER),
        "weekly": np.round(1420.0 * np.exp(0.25 * rng.standard_normal(count)), 2),
    }


def late_decisions(
    settings: SampleSettings, people: People, cases: Table, spells: Table, known: Bools, rng: Rng
) -> tuple[Table, Table]:
    """The cases with most of those found eligible in the period decided late, and what councils paid for meanwhile.

    The checklist of such a case was earlier, so that nothing that follows from the decision moves. The council pays for
    a nursing home from within three weeks of the checklist to the day before the NHS package begins; for nobody who was
    in hospital meanwhile. One more person of each council, so far unknown to all, is decided late in the last weeks of
    the period. The cases gain ``paid_from`` and ``paid_to`` (the last day; NEVER: nobody paid).

    Args:
        settings: what the place is to be.
        people: the place's people.
        cases: :func:`make_cases`.
        spells: every stay, sorted by person and admission.
        known: whom a council or the ICB considers anyway.
        rng: random numbers of its own.
    """
    before = len(cases["person"])
    cases = stack(cases, _decided_last(settings, people, spells, known, rng))
    start, end = day_number(settings.first_day), day_number(settings.last_day)
    count = len(cases["person"])
    chosen = rng.random(count) < _PAID_MEANWHILE
    late = rng.integers(3, _MOST_DAYS_LATE + 1, count)
    begins = rng.integers(0, 21, count)
    weekly = np.round(1085.0 * np.exp(0.12 * rng.standard_normal(count)), 2)
    chosen &= cases["positive"] & cases["eligible"] & ~cases["fast"] & (cases["checklist"] < NEVER)
    chosen &= (cases["begun"] < NEVER) & (cases["decision"] >= start) & (cases["decision"] <= end)
    checklist = np.minimum(cases["checklist"], cases["decision"] - _TO_DECIDE - late)
    paid_from, paid_to = checklist + begins, cases["begun"] - 1
    chosen &= ~_in_hospital_between(spells, cases["person"], paid_from, paid_to)
    recent = np.arange(count) >= before
    chosen |= recent
    cases = {
        **cases,
        "checklist": np.where(chosen, checklist, cases["checklist"]),
        "paid_from": np.where(chosen, paid_from, NEVER),
        "paid_to": np.where(chosen, paid_to, NEVER),
    }
    paid = np.flatnonzero(chosen)
    package: Table = {
        "person": cases["person"][paid],
        "start": paid_from[paid],
        "stop": paid_to[paid],
        "component": np.full(len(paid), careers.NURSING, dtype=np.int64),
        "units": np.zeros(len(paid)),
        "unit_cost": weekly[paid],
        "ending": np.full(len(paid), careers.MOVED_TO_NHS, dtype=np.int64),
    }
    return cases, package


def _decided_last(settings: SampleSettings, people: People, spells: Table, known: Bools, rng: Rng) -> Table:
    """A case of one person of each council who is in no other record; nobody where there is none such."""
    end = day_number(settings.last_day)
    free = (people.band >= 4) & ~known & (people.death > end + 30)
    free[spells["person"]] = False
    chosen = [
        own[rng.integers(len(own))]
        for own in (np.flatnonzero(free & (people.council == n)) for n in (0, 1))
        if len(own)
    ]
    person = np.asarray(chosen, dtype=np.int64)
    count = len(person)
    decision = end - rng.integers(2, 15, count)
    yes = np.ones(count, dtype=np.bool_)
    return {
        "person": person,
        "checklist": decision - _TO_DECIDE - rng.integers(20, 40, count),
        "positive": yes,
        "decision": decision,
        "eligible": yes,
        "fast": ~yes,
        "begun": decision + 1 + rng.integers(0, 11, count),
        "stop": people.death[person],
        "weekly": np.round(1180.0 * np.exp(0.3 * rng.standard_normal(count)), 2),
    }


def _in_hospital_between(spells: Table, person: Ints, first: Ints, last: Ints) -> Bools:
    """Whether a person had a stay that touches the days; spells are sorted by person and admission."""
    width = 2 * NEVER
    keys = spells["person"] * width + spells["admission"]
    found = np.zeros(len(person), dtype=np.bool_)
    if len(keys) == 0:
        return found
    # The last stays that began by the last day: a long one may lie before a short one.
    at = np.searchsorted(keys, person * width + last, side="right") - 1
    for _ in range(12):
        safe = np.maximum(at, 0)
        found |= (at >= 0) & (spells["person"][safe] == person) & (spells["end"][safe] >= first)
        at = at - 1
    return found


def council_packages(settings: SampleSettings, people: People, exposures: Table, rng: Rng) -> tuple[Table, Ints]:
    """Care that the council arranges after a loss or refusal, worth `chc_effect` a person-month on average.

    Returns the packages and the exposure each belongs to; none at all when the effect is 0.
    """
    begun = exposures["day"] + 1
    person = exposures["person"]
    served = np.flatnonzero((begun < people.death[person] - 1) & (settings.chc_effect > 0))
    count = len(served)
    spread = np.exp(0.2 * rng.standard_normal(count) - 0.02)
    weekly = np.round(settings.chc_effect * 12 / 365.25 * 7 * spread, 2)
    package: Table = {
        "person": person[served],
        "start": begun[served],
        "stop": people.death[person[served]],
        "component": np.full(count, careers.NURSING, dtype=np.int64),
        "units": np.zeros(count),
        "unit_cost": weekly,
        "ending": np.full(count, careers.DIED, dtype=np.int64),
    }
    return package, served
