"""Why discharges wait: each delayed spell has a timeline, and the timeline says whose each day is.

A story is drawn for every adult overnight stay, delayed or not. Its steps (referral, request, assessment,
service or package) are drawn as gaps of days around the day the person was ready, so that a delay is the
outcome of the steps and not drawn by itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from costshift.sample.arrays import NEVER, Bools, Floats, Ints, Rng, before_weekend, choose, geometric

(
    NONE,
    HOSPITAL,
    CHOICE,
    NHS_BED,
    NHS_HOME,
    ASSESS,
    TO_ASSESS,
    CHC,
    RESTART,
    REVIEW,
    LOST_REQUEST,
) = range(11)
STORY_NAMES = (
    "none",
    "hospital_process",
    "personal_choice",
    "nhs_bed",
    "nhs_home_service",
    "assessment_in_hospital",
    "discharge_to_assess",
    "fast_track_chc",
    "restart_of_support",
    "hospital_review",
    "request_lost",
)
COUNCIL_STORIES = (ASSESS, TO_ASSESS, RESTART, REVIEW, LOST_REQUEST)

ELIGIBLE, NOT_ELIGIBLE, DECLINED, SELF_FUNDED, NO_DECISION = range(5)
OUTCOME_NAMES = ("eligible", "not_eligible", "support_declined", "self_funded", None)

STATES = (
    "before_referral",
    "before_request",
    "referral_in_dispute",
    "awaiting_assessment",
    "awaiting_service",
    "service_in_place",
    "assessed_not_eligible",
    "support_declined",
    "self_funded_arrangement",
    "awaiting_nhs_service",
    "chc_decision_pending",
    "chc_package_pending",
    "existing_support",
    "no_care_record",
)
STATE = {name: number for number, name in enumerate(STATES)}
OWN, COMMUNITY, COUNCIL, ICB, PERSON = range(5)
SIDES = ("provider", "community", "council", "icb", "person")

MOST_DELAY = 120
_SHARES = {
    # Stories of pathways 0 to 3, in the order of the constants above.
    0: (0.95, 0.034, 0.008, 0, 0, 0, 0, 0, 0.008, 0, 0),
    1: (0.0, 0.12, 0.08, 0, 0.08, 0.22, 0.47, 0.03, 0, 0, 0),
    2: (0.0, 0.07, 0.05, 0.88, 0, 0, 0, 0, 0, 0, 0),
    3: (0.0, 0.05, 0.10, 0, 0, 0.78, 0, 0.07, 0, 0, 0),
}


def draw_stories(rng: Rng, pathway: Ints) -> Ints:
    """The story of each stay from its discharge pathway (-1: none)."""
    story = np.full(len(pathway), NONE, dtype=np.int64)
    for number, shares in _SHARES.items():
        rows = np.flatnonzero(pathway == number)
        story[rows] = choose(rng, len(rows), shares)
    return story


def draw_timelines(
    rng: Rng, story: Ints, pathway: Ints, *, admission: Ints, ready: Ints, level: Floats
) -> dict[str, npt.NDArray[Any]]:
    """The steps of each stay as days: referral h, request q, assessment a, service s, end e; NEVER if none.

    `level` multiplies the waits, so that they follow the season and drift from year to year.
    """
    size = len(story)
    early = choose(rng, size, (3, 5, 8, 12, 15, 16, 16, 13, 7, 3, 2)) - 7
    h = np.maximum(admission, ready + early)
    q = h + choose(rng, size, (72, 18, 5, 3, 1, 1))
    assessing = geometric(rng, np.where(pathway == 3, 3.8, 2.4) * level)
    waiting = geometric(rng, np.where(pathway == 3, 6.5, 3.6) * level)
    idle = choose(rng, size, (80, 12, 5, 3))
    a = q + assessing
    s = np.where(story == TO_ASSESS, q, a) + waiting

    bed = h + 1 + geometric(rng, np.where(story == NHS_BED, 5.2, 4.5) * level)
    s = np.where((story == NHS_BED) | (story == NHS_HOME), bed, s)
    decision = h + choose(rng, size, (20, 40, 25, 15))
    package = decision + 1 + geometric(rng, 3.0 * level)
    a = np.where(story == CHC, decision, a)
    s = np.where(story == CHC, package, s)
    own_mean = np.where(pathway == 0, 1.6, 2.6) * level
    own_wait = geometric(rng, own_mean) + (pathway == 0)
    choice_wait = 1 + geometric(rng, 4.5 * level)
    restart_wait = 1 + geometric(rng, 2.8 * level)
    simple = np.where(story == HOSPITAL, own_wait, np.where(story == CHOICE, choice_wait, restart_wait))
    steps = np.isin(story, (ASSESS, TO_ASSESS, NHS_BED, NHS_HOME, CHC))
    s = np.where(steps, np.maximum(s, ready), NEVER)
    end = np.where(story == NONE, ready, ready + simple)
    end = np.where(steps, s + np.where(s > ready, idle, 0), end)
    end = np.minimum(end, ready + MOST_DELAY)
    shift = np.where(end > ready, before_weekend(rng, end, 0.5), 0)
    # A service that starts on the day of discharge moves with it; one already in place waits.
    s = np.where(steps, np.where(s >= end, end + shift, s), NEVER)
    end = end + shift
    h, q, a = np.minimum(h, end), np.minimum(q, s), np.minimum(a, s)
    q = np.maximum(q, h)
    a = np.maximum(a, q)
    return {
        "h": np.where(steps, h, NEVER),
        "q": np.where(np.isin(story, (ASSESS, TO_ASSESS)), q, NEVER),
        "a": np.where(steps, a, NEVER),
        "s": s,
        "end": end,
    }


def true_days(rng: Rng, stays: dict[str, npt.NDArray[Any]], last_seen: Ints) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """To whom each day between ready and end truly belongs.

    Takes the columns story, outcome, ready, end, h, q, a, s, referred (whether the hospital's own clock was
    kept) of stays, and the first day not counted of each. Returns stay position, first day, day after the
    last, state and side of each unbroken run of days, in order.
    """
    story, outcome, ready = stays["story"], stays["outcome"], stays["ready"]
    close = np.minimum(stays["end"], last_seen)
    size = len(story)

    def within(day: Ints) -> Ints:
        return np.clip(day, ready, np.maximum(close, ready))

    nhs, fast = np.isin(story, (NHS_BED, NHS_HOME)), story == CHC
    h, q, a, s = within(stays["h"]), within(stays["q"]), within(stays["a"]), within(stays["s"])
    # Where no council takes part, the steps that it would take last no time.
    q = np.where(nhs | fast, h, q)
    a = np.where(nhs, h, a)
    q, a, s = np.maximum(q, h), np.maximum(a, np.maximum(q, h)), np.maximum(s, np.maximum(a, h))
    # Whether a referral that the council does not see was sent is known to nobody but the truth.
    unsent = rng.random(size) < 0.5
    council = np.isin(story, (ASSESS, TO_ASSESS, REVIEW))
    kept = stays["referred"].astype(np.bool_)
    marks = [ready, h, q, a, s, close]
    states = np.full((size, 5), STATE["no_care_record"], dtype=np.int64)
    sides = np.full((size, 5), OWN, dtype=np.int64)

    def put(rows: Bools, step: int, state: str, side: Ints | int) -> None:
        states[rows, step] = STATE[state]
        sides[rows, step] = side[rows] if isinstance(side, np.ndarray) else side

    put(council, 0, "before_referral", OWN)
    put(council, 1, "referral_in_dispute", np.where(unsent, OWN, COUNCIL))
    put(council & ~kept, 0, "before_request", OWN)
    put(council & ~kept, 1, "before_request", OWN)
    put(council, 2, "awaiting_assessment", COUNCIL)
    put(council & (story == TO_ASSESS), 2, "awaiting_service", COUNCIL)
    put(council, 3, "awaiting_service", COUNCIL)
    put(council, 4, "service_in_place", OWN)
    for result, state, side in (
        (NOT_ELIGIBLE, "assessed_not_eligible", OWN),
        (DECLINED, "support_declined", PERSON),
        (SELF_FUNDED, "self_funded_arrangement", PERSON),
    ):
        rows = (story == ASSESS) & (outcome == result)
        put(rows, 3, state, side)
        put(rows, 4, state, side)
    put(nhs, 0, "before_referral", OWN)
    for step in (1, 2, 3):
        put(nhs, step, "awaiting_nhs_service", COMMUNITY)
    put(nhs, 4, "service_in_place", OWN)
    put(fast, 0, "before_referral", OWN)
    for step in (1, 2):
        put(fast, step, "chc_decision_pending", ICB)
    put(fast, 3, "chc_package_pending", ICB)
    put(fast, 4, "service_in_place", OWN)
    lost = story == LOST_REQUEST
    put(lost, 0, "before_referral", OWN)
    for step in (1, 2, 3, 4):
        put(lost, step, "referral_in_dispute", COUNCIL)
    for step in range(5):
        put(story == RESTART, step, "existing_support", COUNCIL)
        put(story == CHOICE, step, "no_care_record", PERSON)

    starts = np.stack(marks[:5], axis=1)
    stops = np.stack(marks[1:], axis=1)
    real = stops > starts
    stay = np.broadcast_to(np.arange(size, dtype=np.int64)[:, None], real.shape)
    flat = (stay[real], starts[real], stops[real], states[real], sides[real])
    return _joined(*flat)


def _joined(stay: Ints, start: Ints, stop: Ints, state: Ints, side: Ints) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Neighbouring runs of one stay with the same state and side made into one."""
    if len(stay) == 0:
        return stay, start, stop, state, side
    new = np.ones(len(stay), dtype=np.bool_)
    new[1:] = (stay[1:] != stay[:-1]) | (state[1:] != state[:-1]) | (side[1:] != side[:-1])
    first = np.flatnonzero(new)
    last = np.append(first[1:], len(stay)) - 1
    return stay[first], start[first], stop[last], state[first], side[first]
