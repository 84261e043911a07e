"""What the council does about people in hospital: who is known to it, who is assessed, and what follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from costshift.sample import careers as c
from costshift.sample import places, stories
from costshift.sample.arrays import NEVER, Bools, Ints, Rng, choose, stack, take
from costshift.sample.people import People
from costshift.sample.settings import SampleSettings

Table = dict[str, npt.NDArray[Any]]

_RESTART_SHARE = 0.5
_LOST_REQUEST_SHARE = 0.03
_REFERRAL_KEPT_SHARE = 0.94
_ASSESSED_AFTER_REABLEMENT = 0.5


@dataclass(frozen=True)
class HospitalRoute:
    """The council's side of hospital discharges.

    `spells` is the input with the columns outcome and referred added and the stories settled; `decisions`
    and `packages` are as in `Careers` (hospital reviews are among the decisions); `requests` holds person,
    start, day, to_reablement; `short` holds person, start, stop, bed_based of reablement and short-term
    beds; `assessments` are those that ended without a decision: person, start, day, outcome.
    """

    spells: Table
    decisions: Table
    packages: Table
    requests: Table
    short: Table
    assessments: Table


def settle(
    settings: SampleSettings,
    people: People,
    spells: Table,
    *,
    careers: c.Careers,
    in_chc: Bools,
    rng: Rng,
) -> HospitalRoute:
    """Settle each stay's story by what the council already does for the person, and record what it does."""
    person, story = spells["person"], spells["story"].copy()
    count = len(person)
    local = people.council[person] != places.ELSEWHERE
    admission = spells["admission"]
    active = (careers.client_from[person] <= admission) & (admission < careers.client_to[person])
    chain = np.isin(story, (stories.ASSESS, stories.TO_ASSESS)) & local
    lost = chain & (rng.random(count) < _LOST_REQUEST_SHARE)
    chain &= ~lost
    outcome = _outcomes(settings, people, rng, spells)

    # The first chain of a person without any decision in the community makes the decision.
    may = chain & ~careers.decided[person] & ~in_chc[person]
    first = _first_of_each(person, may)
    after = rng.random(count) < _ASSESSED_AFTER_REABLEMENT
    length = 25 + np.floor(rng.random(count) * 17).astype(np.int64)
    long_wait = spells["s"] + length + 1 + choose(rng, count, (4, 3, 2, 1, 1))
    in_hospital = first & (story == stories.ASSESS)
    in_community = first & (story == stories.TO_ASSESS) & after
    in_community &= long_wait < people.death[person]
    decides = in_hospital | in_community
    eligible = decides & (outcome == stories.ELIGIBLE)
    eligible &= spells["end"] < people.death[person]

    begins = np.where(in_hospital, spells["s"], long_wait + 1)
    entrants = person[eligible]
    need = rng.random(len(entrants))
    placed = (spells["pathway"] == 3)[eligible] & in_hospital[eligible]
    home = choose(rng, len(entrants), (0.86, 0.0, 0.0, 0.10, 0.0, 0.04))
    beds = np.where(rng.random(len(entrants)) < 0.6, c.RESIDENTIAL, c.NURSING)
    review_day = begins[eligible] + 330 + rng.integers(0, 70, len(entrants))
    later, packages, stopped = c.follow(
        settings,
        people,
        rng,
        entrants,
        begun=begins[eligible],
        component=np.where(placed, beds, home),
        first_review=review_day,
        need=need,
    )
    client_from = np.full(people.size, NEVER, dtype=np.int64)
    client_to = np.zeros(people.size, dtype=np.int64)
    client_from[entrants], client_to[entrants] = begins[eligible], stopped
    active |= (client_from[person] <= admission) & (admission < client_to[person]) & local & ~decides

    known = chain & active & ~decides
    restart = known & (rng.random(count) < _RESTART_SHARE)
    story = np.where(lost, stories.LOST_REQUEST, story)
    story = np.where(known, np.where(restart, stories.RESTART, stories.REVIEW), story)
    # A restart of support needs support; without it the ward itself was slow.
    story = np.where((story == stories.RESTART) & ~active, stories.HOSPITAL, story)
    plain = chain & ~known & ~decides & (story == stories.ASSESS)
    story = np.where(plain, stories.TO_ASSESS, story)
    outcome = np.where(in_hospital, outcome, stories.NO_DECISION)
    outcome = np.where((story == stories.ASSESS) & ~local, stories.ELIGIBLE, outcome)

    settled = {name: column.copy() for name, column in spells.items()}
    settled["story"], settled["outcome"] = story, outcome
    clockless = np.isin(story, (stories.NONE, stories.HOSPITAL, stories.CHOICE, stories.RESTART))
    for name in ("h", "q", "a", "s"):
        settled[name] = np.where(clockless, NEVER, settled[name])
    for name in ("q", "a", "s"):
        settled[name] = np.where(story == stories.LOST_REQUEST, NEVER, settled[name])
    settled["referred"] = (settled["h"] < NEVER) & (rng.random(count) < _REFERRAL_KEPT_SHARE)
    settled["referred"] |= np.isin(story, (stories.NHS_BED, stories.NHS_HOME, stories.CHC))
    settled["referred"] |= story == stories.LOST_REQUEST

    review = local & (story == stories.REVIEW)
    decisions, assessments = _decisions(people, settled, in_hospital, review, outcome)
    decisions = stack(decisions, _after_reablement(person, long_wait, in_community, eligible))
    requests = _requests(settled, local)
    reabled = local & (story == stories.TO_ASSESS)
    short = {
        "person": person[reabled],
        "start": settled["s"][reabled],
        "stop": np.minimum(settled["s"] + length, people.death[person])[reabled],
        "bed_based": settled["pathway"][reabled] == 3,
    }
    return HospitalRoute(settled, stack(decisions, later), packages, requests, short, assessments)


def _outcomes(settings: SampleSettings, people: People, rng: Rng, spells: Table) -> Ints:
    """What an assessment of each stay's person would find."""
    person = spells["person"]
    count = len(person)
    council = people.council[person]
    tight = c.tightened(settings, council, np.minimum(spells["a"], spells["end"]))
    placed = spells["pathway"] == 3
    drawn = rng.random(count)
    refused = np.where(placed, 0.06, 0.16) + np.where(tight, np.where(placed, 0.08, 0.2), 0.0)
    declined = refused + np.where(placed, 0.03, 0.06)
    funded = declined + np.where(placed, 0.2, 0.06)
    return np.where(
        drawn < refused,
        stories.NOT_ELIGIBLE,
        np.where(
            drawn < declined,
            stories.DECLINED,
            np.where(drawn < funded, stories.SELF_FUNDED, stories.ELIGIBLE),
        ),
    )


def _first_of_each(person: Ints, candidate: Bools) -> Bools:
    """The first candidate row of each person; rows are sorted by person and admission."""
    rows = np.flatnonzero(candidate)
    first = np.zeros(len(person), dtype=np.bool_)
    if len(rows):
        new = np.ones(len(rows), dtype=np.bool_)
        new[1:] = person[rows][1:] != person[rows][:-1]
        first[rows[new]] = True
    return first


def _decisions(
    people: People,
    spells: Table,
    in_hospital: Bools,
    review: Bools,
    outcome: Ints,
) -> tuple[Table, Table]:
    """Decisions made in hospital, and every assessment event of the hospital route."""
    person = spells["person"]
    alive = spells["a"] < people.death[person]
    found = review | (outcome == stories.ELIGIBLE)
    # Who declines or pays alone was not refused: there is an assessment, but no decision on eligibility.
    decided = alive & (review | (in_hospital & np.isin(outcome, (stories.ELIGIBLE, stories.NOT_ELIGIBLE))))
    decisions = {
        "person": person[decided],
        "start": spells["q"][decided],
        "day": spells["a"][decided],
        "found_eligible": found[decided],
        "transition": np.where(review, c.KEPT, np.where(found, c.ACCEPTED, c.REFUSED))[decided],
        "route": np.where(review, c.BY_HOSPITAL_REVIEW, c.BY_HOSPITAL)[decided],
    }
    aside = alive & in_hospital & np.isin(outcome, (stories.DECLINED, stories.SELF_FUNDED))
    assessments = {
        "person": person[aside],
        "start": spells["q"][aside],
        "day": spells["a"][aside],
        "outcome": outcome[aside],
    }
    return decisions, assessments


def _after_reablement(person: Ints, day: Ints, rows: Bools, eligible: Bools) -> Table:
    """Decisions made at home, at the end of reablement."""
    return {
        "person": person[rows],
        "start": (day - 4)[rows],
        "day": day[rows],
        "found_eligible": eligible[rows],
        "transition": np.where(eligible, c.ACCEPTED, c.REFUSED)[rows],
        "route": np.full(int(rows.sum()), c.AFTER_REABLEMENT),
    }


def _requests(spells: Table, local: Bools) -> Table:
    """Requests from the hospital: each ends when the assessment, the reablement or the bed is arranged."""
    rows = local & np.isin(spells["story"], (stories.ASSESS, stories.TO_ASSESS))
    chosen = take(spells, rows)
    return {
        "person": chosen["person"],
        "start": chosen["q"],
        "day": np.minimum(chosen["q"] + 1, np.minimum(chosen["a"], chosen["s"])),
        "to_reablement": chosen["story"] == stories.TO_ASSESS,
    }
