"""The search for totals that tell: which are suppressed, so that no figure is told that nobody may know.

First sum by sum, until nothing moves (:mod:`inference`); then whatever several sums tell only together
(:mod:`alternatives`). Definition: docs/methods/disclosure.md.
"""

from __future__ import annotations

import numpy as np

from costshift.publish.alternatives import Linked, linked
from costshift.publish.inference import Known
from costshift.publish.narrowing import Flags

#: How often it is tried whether totals need not be suppressed, once all are that may have to be: less often where each
#: try takes longer, by the number of parts that all sums have.
_TRIED, _TRIED_PARTS = 150, 15_000_000


def searched(known: Known, first: Flags, since: int = 0) -> tuple[Flags, Flags]:
    """The sums whose wholes are suppressed so that no secret figure is told; and the figures that are told even so.

    Args:
        known: all that is held.
        first: sums whose wholes are suppressed in any case.
        since: sums from here on are new: what hangs together with none of them was searched before.
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
    for own in linked(known, known.secret & ~told, since):
        more, left = _opened_together(known, own, opened, known.secret & ~told)
        opened, told = opened | more, told | left
    return opened, told


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


def _opened_together(known: Known, own: Linked, opened: Flags, wanted: Flags) -> tuple[Flags, Flags]:
    """The sums that are opened as well so that figures which hang together are not told; and the figures that are.

    Those near to what is told are, as far around as it takes: then as many as can be are shown again, halves at first.
    Only totals that are large, and shown: of a small one everyone knows that it is small, whatever else is suppressed.
    What more is suppressed tells no figure that was not told before.
    """
    told = own.told(known, opened, wanted)
    none = np.zeros(len(opened), np.bool_)
    if not told.any():
        return none, told
    inside = none.copy()
    inside[own.held] = True
    may = inside & known.opens & (known.counts[known.wholes] > 0) & ~np.isin(known.wholes, known.wholes[opened])
    more = may & ~known.secret[known.wholes]
    left = own.told(known, opened | more, told)
    kept = told & ~left
    if not kept.any():
        return none, told
    more = _near(known, own, opened, more, kept)
    # The largest are shown again first.
    wholes = np.unique(known.wholes[more])
    wholes = wholes[np.lexsort((wholes, -known.counts[wholes]))]
    waiting = [wholes]
    while waiting:
        again = waiting.pop()
        fewer = more & ~np.isin(known.wholes, again)
        if not own.tells(known, opened | fewer, kept):
            more = fewer
        elif len(again) > 1:
            half = len(again) // 2
            waiting += [again[half:], again[:half]]
    return more, left


def _near(known: Known, own: Linked, opened: Flags, more: Flags, kept: Flags) -> Flags:
    """Of sums that may be opened those around figures, as far as it takes that none of these is told."""
    figures = kept[own.figures]
    while True:
        sums, figures = own.around(figures)
        around = np.zeros(len(more), np.bool_)
        around[own.held[sums]] = True
        # A total that is suppressed is so in each of its sums.
        near = more & np.isin(known.wholes, known.wholes[more & around])
        if np.array_equal(near, more) or not own.tells(known, opened | near, kept):
            return near
