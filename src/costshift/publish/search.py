"""The search for totals that tell: which are suppressed, so that no figure is told that nobody may know.

First sum by sum, until nothing moves (:mod:`inference`); then whatever several sums tell only together
(:mod:`alternatives`). Definition: docs/methods/disclosure.md.
"""

from __future__ import annotations

import numpy as np

from costshift.publish.alternatives import Answers, Linked, Room, linked
from costshift.publish.inference import Known
from costshift.publish.narrowing import Flags, Whole

#: How often it is tried whether totals need not be suppressed, once all are that may have to be: less often where each
#: try takes longer, by the number of parts that all sums have.
_TRIED, _TRIED_PARTS = 150, 15_000_000


def searched(known: Known, first: Flags, since: int = 0, before: Answers | None = None) -> tuple[Flags, Flags]:
    """The sums whose wholes are suppressed so that no secret figure is told; and the figures that are told even so.

    Args:
        known: all that is held.
        first: sums whose wholes are suppressed in any case.
        since: sums from here on are new: what hangs together with none of them was searched before.
        before: what was found of sets that fit, for another search to use.
    """
    opened = first
    rounds: list[Flags] = []
    while True:
        least, most = known.narrowed(opened)
        told = known.told(least, most)
        more = known.protecting(told, least, most, opened)
        if not more.any():
            break
        opened = opened | more
        rounds.append(more)
    opened = _without_needless(known, opened, rounds, int(told.sum()))
    told = known.told(*known.narrowed(opened))
    shown = _shown(known, opened)
    for own in linked(known, known.secret & ~told, since, before):
        wanted = (known.secret & ~told)[own.figures]
        more, left = _opened_together(known, own, opened, own.room(known, *shown), wanted)
        told[own.figures[left]] = True
        if more.any():
            opened = opened.copy()
            opened[own.held[more]] = True
            shown = _shown(known, opened)
    return opened, told


def _shown(known: Known, opened: Flags) -> tuple[Whole, Whole]:
    """The least and the most of all figures: of a small one everyone knows that it is, whatever else is suppressed."""
    return known.open_ranges(opened & ~known.secret[known.wholes])


def _without_needless(known: Known, opened: Flags, rounds: list[Flags], told: int) -> Flags:
    """Without the wholes that tell nothing now that the others are suppressed: the last opened are tried first.

    Many at once, and halves of them where these may not be shown.

    Args:
        known: all that is held.
        opened: sums whose wholes are suppressed.
        rounds: those that were opened one after another.
        told: how many figures are told even so.
    """
    shown = ~known.secret[known.wholes]
    left = min(_TRIED, _TRIED_PARTS // max(1, known.size))
    for more in reversed(rounds):
        waiting = [np.unique(known.wholes[more & shown])]
        while waiting and left:
            again = waiting.pop()
            if not len(again):
                continue
            left -= 1
            without = opened & ~(more & np.isin(known.wholes, again))
            if int(known.told(*known.narrowed(without)).sum()) <= told:
                opened = without
            elif len(again) > 1:
                half = len(again) // 2
                waiting += [again[half:], again[:half]]
    return opened


def _opened_together(known: Known, own: Linked, opened: Flags, room: Room, wanted: Flags) -> tuple[Flags, Flags]:
    """The sums that are opened as well so that figures which hang together are not told; and the figures that are.

    Those near to what is told are, as far around as it takes: then as many as can be are shown again, halves at first.
    Only totals that are large, and shown: of a small one everyone knows that it is small, whatever else is suppressed.
    What more is suppressed tells no figure that was not told before.

    Args:
        known: all that is held.
        own: the figures, and the sums that hold them together.
        opened: of all sums those whose wholes are suppressed.
        room: how far each of the figures may be from what it is.
        wanted: the figures that nobody may know; as all below, and what is given back, by place among its own.
    """
    told = own.told(room, wanted)
    none = np.zeros(len(own.held), np.bool_)
    if not told.any():
        return none, told
    wholes = known.wholes[own.held]
    may = known.opens[own.held] & (known.counts[wholes] > 0) & ~np.isin(wholes, known.wholes[opened])
    more = may & ~known.secret[wholes]
    left = own.told(own.room_without(known, room, more), told)
    kept = told & ~left
    if not kept.any():
        return none, told
    more = _near(known, own, room, more, kept)
    # The largest are shown again first.
    again = np.unique(wholes[more])
    waiting = [again[np.lexsort((again, -known.counts[again]))]]
    while waiting:
        again = waiting.pop()
        fewer = more & ~np.isin(wholes, again)
        if not own.tells(own.room_without(known, room, fewer), kept):
            more = fewer
        elif len(again) > 1:
            half = len(again) // 2
            waiting += [again[half:], again[:half]]
    return more, left


def _near(known: Known, own: Linked, room: Room, more: Flags, kept: Flags) -> Flags:
    """Of sums that may be opened those around figures, as far as it takes that none of these is told."""
    wholes, figures = known.wholes[own.held], kept
    while True:
        sums, figures = own.around(figures)
        # A total that is suppressed is so in each of its sums.
        near = more & np.isin(wholes, wholes[more & sums])
        if np.array_equal(near, more) or not own.tells(own.room_without(known, room, near), kept):
            return near
