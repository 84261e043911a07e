"""Which decision quarters the ledger books, against which baseline year, and up to when they are known.

A decision quarter is a calendar quarter, or the months of one that a baseline year or a break leaves. It is known when
it is over in what the extracts cover, and none of its requests is pending. See docs/methods/eligibility-shifts.md.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from costshift.eligibility.breaks import Break, months_later, stretches_of
from costshift.eligibility.cases import STREAM_OF
from costshift.eligibility.decomposition import Period
from costshift.eligibility.effects import AFTER, LedgerEffect
from costshift.project import Policy

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class BookedQuarters:
    """The decision quarters of a council or ICB.

    ``baselines``: each quarter that follows a baseline year, and that year. ``covered``: the last day that its extract
    covers. ``pending``: stream to the first day on which a request ended that may still lead to a decision.
    ``begun_again``: the first days and baseline years after a break, which are compared with nothing.
    """

    baselines: Mapping[Period, Period]
    covered: dt.date
    pending: Mapping[str, dt.date]
    begun_again: tuple[Period, ...] = ()

    def known(self, stream: str) -> dict[Period, Period]:
        """The quarters whose excess is known, and their baselines."""
        last = self._last(stream)
        return {quarter: baseline for quarter, baseline in self.baselines.items() if quarter[1] <= last}

    def unknown_from(self, stream: str) -> dt.date | None:
        """The first day of the first quarter that is not known yet; None where all are."""
        last = self._last(stream)
        return min((quarter[0] for quarter in self.baselines if quarter[1] > last), default=None)

    def _last(self, stream: str) -> dt.date:
        return min(self.covered, self.pending.get(stream, dt.date.max) - _DAY)


def booked_quarters(
    cover: Period,
    as_at: dt.date,
    breaks: Sequence[Break],
    thresholds: Sequence[Policy],
    pending: Mapping[str, dt.date],
) -> BookedQuarters:
    """The quarters after each baseline year up to the as-at date, within what has no break.

    The baseline of a stretch without a break is the year that ends with the month before the first dated policy with a
    whole year before it there, else the stretch's first year.

    Args:
        cover: first day of the first whole month that the extract covers, and the last day covered.
        as_at: the last day that counts.
        breaks: :func:`costshift.eligibility.breaks.breaks_of`.
        thresholds: the council's own policies that move a threshold.
        pending: of :class:`BookedQuarters`.
    """
    stretches = stretches_of(*cover, breaks)
    found: dict[Period, Period] = {}
    again: list[Period] = []
    for begins, stop in stretches:
        dated = sorted(day for policy in thresholds if begins < (day := policy.date.replace(day=1)) < stop)
        after = next((day for day in dated if months_later(day, -12) >= begins), months_later(begins, 12))
        baseline = (months_later(after, -12), after - _DAY)
        # The last stretch goes on to the end of the report's quarter: how much of it is known is told later.
        ends = stop if stop <= cover[1] else _next_quarter(as_at)
        if begins > cover[0]:
            again.append((begins, min(after, ends) - _DAY))
        start = after
        while start < ends:
            following = min(_next_quarter(start), ends)
            found[start, following - _DAY] = baseline
            start = following
    return BookedQuarters(found, cover[1], pending, tuple(again))


def periods_like(baseline: Period, quarter: Period) -> list[Period]:
    """The baseline year in periods of as many months as the quarter, or the part of one, has: one, two or three."""
    months = (quarter[1].year - quarter[0].year) * 12 + quarter[1].month - quarter[0].month + 1
    starts = [months_later(baseline[0], at) for at in range(0, 12, months)]
    return [(start, months_later(start, months) - _DAY) for start in starts]


def not_booked(effects: Sequence[LedgerEffect], quarters: Mapping[str, BookedQuarters], as_at: dt.date) -> list[str]:
    """What of the effects cannot be booked yet, and why, in words.

    Args:
        effects: those that the ledger books.
        quarters: council or ICB to its quarters.
        as_at: the last day that counts.
    """
    notes = []
    for effect in effects:
        own = quarters.get(effect.council)
        what = f"{effect.council}, {effect.exposure}"
        if own is None or not own.baselines:
            notes.append(f"{what}: no decisions follow a whole baseline year: nothing of the effect is booked.")
            continue
        notes += [
            f"{what}: what was decided from {first:%d/%m/%Y} to {last:%d/%m/%Y} comes after a break in what is "
            "recorded and is compared with no year before it: nothing of it is booked."
            for first, last in own.begun_again
        ]
        stream = STREAM_OF[effect.exposure]
        unknown = own.unknown_from(stream)
        if unknown is None or (month := first_month_without(unknown, AFTER[0])) > as_at:
            continue
        why = (
            "requests are pending"
            if own.pending.get(stream, dt.date.max) <= own.covered
            else f"its extract covers to {own.covered:%d/%m/%Y}"
        )
        notes.append(
            f"{what}: how much was decided otherwise than in the baseline year is not known from {unknown:%d/%m/%Y} on "
            f"({why}): nothing is booked in months from {month:%m/%Y} on."
        )
    return notes


def first_month_without(unknown: dt.date, after: int) -> dt.date:
    """The first month that rests on decisions from a day on, whose windows begin so many days later.

    That a window begins on the last day of a month does not hold the month back.
    """
    return (unknown + (after + 1) * _DAY).replace(day=1)


def _next_quarter(day: dt.date) -> dt.date:
    return months_later(dt.date(day.year, 3 * ((day.month - 1) // 3) + 1, 1), 3)
