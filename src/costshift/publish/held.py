"""Figures as they are shown, each beside what it is without any mark; and the search for those that would tell others.

A figure may be shown in several places, each with its own mark, and what it is may be a sum of rows, of other figures,
or the same as another sum. :class:`Held` takes in what is shown of each, and what must hold, and says which of them are
suppressed as well. Definition: docs/methods/disclosure.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from costshift.project import Disclosure
from costshift.publish.inference import ANY, Known, rounded
from costshift.publish.narrowing import Flags, Whole
from costshift.publish.search import searched

#: Frame to column (a count) to a flag for each row: what is suppressed though it is not small.
Flagged = dict[str, dict[str, pl.Series]]
#: Figures: exact; the least and the most that is known of each; and whether it is one that nobody may know.
Figures = tuple[Whole, Whole, Whole, Flags]
#: The days of a year: nobody waits for more in a month, whoever few they are.
_YEAR = 366


def figures_of_days(days: pl.Series, people: pl.Series, rule: Disclosure, *, least: int = 0) -> Figures:
    """Days, and as they may be known: of few people from ``least`` on, else what rounds to what is shown."""
    counts, behind = (own.fill_null(0).to_numpy().astype(np.int64) for own in (days, people))
    few = (behind >= 1) & (behind <= rule.threshold)
    shown = rounded(counts, rule)
    nothing = (counts == 0) & (behind == 0)
    low = np.maximum(least, shown - rule.rounding // 2)
    high = shown + (rule.rounding - 1) // 2
    most = np.maximum(rule.threshold * _YEAR, counts)
    return (
        counts,
        np.where(few, least, np.where(nothing, 0, low)),
        np.where(few, most, np.where(nothing, 0, high)),
        few,
    )


class Held:
    """What is held so far, and what was suppressed of it."""

    def __init__(self, rule: Disclosure) -> None:
        self.rule = rule
        self.known = Known(rule)
        #: Frame and column to each row's place as it is shown, and the place of what it is.
        self._figures: dict[tuple[str, str], dict[int, tuple[int, int]]] = {}
        #: Frame and column to the count by which it is suppressed.
        self._behind: dict[tuple[str, str], str] = {}
        self._opened: set[int] = set()
        #: How many sums were searched already.
        self._searched = 0
        #: Sums that are held already: the places of what they are sums of to their own.
        self._sums: dict[bytes, int] = {}
        #: Sums that are alike, each as the places of its figures; held at the next search, all at once.
        self._waiting: list[tuple[int, list[Sequence[int]]]] = []

    def publish(self, frame: str, column: str, behind: str, rows: pl.Series, figures: Figures) -> Whole:
        """Take figures in as they are shown, and give the places of what they are.

        Args:
            frame: where they are shown.
            column: likewise.
            behind: the count by which they are suppressed.
            rows: likewise, the row of each.
            figures: likewise, what each is and what is known of it.
        """
        counts = figures[0]
        shown, latent = self.known.add(*figures), self.endless(counts)
        self.known.hold(shown, np.arange(len(shown)), latent, opens=True)
        self._behind[frame, column] = behind
        own = self._figures.setdefault((frame, column), {})
        own |= dict(zip(rows.to_list(), zip(shown.tolist(), latent.tolist(), strict=True), strict=True))
        return latent

    def endless(self, counts: Whole) -> Whole:
        """Figures of which nothing is shown."""
        number = len(counts)
        return self.known.add(counts, np.zeros(number, np.int64), np.full(number, ANY), np.zeros(number, np.bool_))

    def sums_of(self, groups: Sequence[Whole]) -> Whole:
        """The places of sums of figures: each set of figures has one, however often it is asked for."""
        names = [np.sort(own).tobytes() for own in groups]
        new = {name: own for name, own in zip(names, groups, strict=True) if name not in self._sums}
        wholes = self.endless(np.array([self.known.counts[own].sum() for own in new.values()], np.int64))
        self._sums |= dict(zip(new, wholes.tolist(), strict=True))
        lengths = [len(own) for own in new.values()]
        parts = np.concatenate([*new.values(), np.empty(0, np.int64)]).astype(np.int64)
        self.known.hold(wholes, np.repeat(np.arange(len(wholes)), lengths), parts, opens=False)
        return np.array([self._sums[name] for name in names], np.int64)

    def is_held(self, frame: str, column: str, row: int) -> bool:
        """Whether a figure was taken in."""
        return row in self._figures.get((frame, column), {})

    def what(self, frame: str, column: str, row: int) -> int:
        """The place of what a figure is."""
        return self._figures[frame, column][row][1]

    def rows_of(self, frame: str, column: str) -> list[int]:
        """The rows of which a figure was taken in."""
        return list(self._figures.get((frame, column), {}))

    def alike(self, *sums: Sequence[int]) -> None:
        """Take in that sums of the same are alike, where they are."""
        values = {int(self.known.counts[list(own)].sum()) for own in sums if len(own)}
        if len(values) == 1 and all(len(own) for own in sums):
            self._waiting.append((values.pop(), list(sums)))

    def search(self) -> None:
        """Suppress what tells, of the figures taken in since the last search: the earlier ones stay as they are."""
        self._hold_waiting()
        known = self.known
        opened, _ = searched(known, np.zeros(len(known.wholes), np.bool_), self._searched)
        self._searched = len(known.wholes)
        places = known.wholes[opened]
        self._opened |= set(places.tolist())
        known.least[places], known.most[places] = 0, ANY
        known.opens[:] = False

    def flagged(self, heights: Mapping[str, int]) -> Flagged:
        """What was suppressed. ``heights``: the rows of each frame."""
        found: Flagged = {}
        for (frame, column), own in self._figures.items():
            rows = [row for row, (place, _) in own.items() if place in self._opened]
            if rows:
                flags = np.zeros(heights[frame], np.bool_)
                flags[rows] = True
                counts, behind = found.setdefault(frame, {}), self._behind[frame, column]
                counts[behind] = counts[behind] | pl.Series(flags) if behind in counts else pl.Series(flags)
        return found

    def _hold_waiting(self) -> None:
        """Each sum has its own figure; figures that are alike are held to one that nobody shows."""
        wholes = self.endless(np.array([count for count, _ in self._waiting], np.int64))
        each = [(whole, own) for whole, (_, sums) in zip(wholes, self._waiting, strict=True) for own in sums]
        several = [place for place, (_, own) in enumerate(each) if len(own) > 1]
        figures = np.array([own[0] for _, own in each], np.int64)
        figures[several] = self.sums_of([np.array(each[place][1], np.int64) for place in several])
        self.known.hold(np.array([whole for whole, _ in each], np.int64), np.arange(len(each)), figures, opens=False)
        self._waiting.clear()
