"""What could be worked out of the public figures together: ranges of counts, narrowed by the sums that must hold.

A suppressed count is 1 to the threshold, a rounded one all that rounds to it, zero is zero. Rows of discharges by
length of delay hold two sums each (discharges = on the ready date + delayed; delayed = its bands); and many figures
elsewhere are totals of the same rows: by provider, by council, of the place, of twelve months. :class:`Known` holds all
of them against each other at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from costshift.delays.discharges import BANDS
from costshift.project import Disclosure
from costshift.publish.narrowing import Flags, Grown, Narrowed, Sums, Whole

_WHOLE, _ON_DATE, _DELAYED = "discharges", "discharged_on_ready_date", "delayed_discharges"
#: Of a count that is suppressed though it is not small: as many as anyone may think.
ANY = 10**9
#: Totals that are narrowed by what others may be: figures that contradict each other must not keep it busy.
_DOUBTS = 6
#: How many sums lie at most between what is told and what tells it.
_STEPS = 10


def rounded(counts: Whole, rule: Disclosure) -> Whole:
    """Counts as they are shown where they are."""
    return (2 * counts + rule.rounding) // (2 * rule.rounding) * rule.rounding


def ranges(counts: Whole, hidden: Flags, rule: Disclosure) -> tuple[Whole, Whole]:
    """Least and most that a reader can think of counts, given which are suppressed."""
    shown = rounded(counts, rule)
    low = np.maximum(rule.threshold + 1, shown - rule.rounding // 2)
    least = np.where(hidden, 1, np.where(counts == 0, 0, low))
    most = np.where(hidden, rule.threshold, np.where(counts == 0, 0, shown + (rule.rounding - 1) // 2))
    return least, most


class Known:
    """Least and most of every figure, and the sums that hold between them.

    A sum is a whole (its place among the figures) and its parts.
    """

    def __init__(self, rule: Disclosure) -> None:
        self.rule = rule
        self._counts, self._least, self._most = Grown(np.int64), Grown(np.int64), Grown(np.int64)
        self._secret, self._bundles, self._latest = Grown(np.bool_), Grown(np.int64), Grown(np.int64)
        self._wholes, self._opens, self._far, self._ruled = (
            Grown(np.int64),
            Grown(np.bool_),
            Grown(np.bool_),
            Grown(np.bool_),
        )
        self._parts, self._sums_of_parts, self._times = Grown(np.int64), Grown(np.int64), Grown(np.int64)
        self._held: Sums | None = None
        self._before: Narrowed | None = None
        #: How many parts all sums have, each as often as it counts, those that are nothing among them.
        self.size = 0

    @property
    def counts(self) -> Whole:
        """What each figure is."""
        return self._counts.values

    @property
    def least(self) -> Whole:
        """The least that is known of each figure by itself."""
        return self._least.values

    @property
    def most(self) -> Whole:
        """The most that is known of each figure by itself."""
        return self._most.values

    @property
    def secret(self) -> Flags:
        """What nobody may know: small counts, and quantities of few people."""
        return self._secret.values

    @property
    def bundles(self) -> Whole:
        """Figures of one number hang together more than others do: rows of one month. -1: totals."""
        return self._bundles.values

    @property
    def latest(self) -> Whole:
        """The last bundle of each figure and of its parts."""
        return self._latest.values

    @property
    def wholes(self) -> Whole:
        """The place of each sum's whole."""
        return self._wholes.values

    @property
    def opens(self) -> Flags:
        """Sums whose wholes may be suppressed to protect their parts."""
        return self._opens.values

    @property
    def far(self) -> Flags:
        """Sums that are held against the others one by one only: they reach over many months."""
        return self._far.values

    @property
    def ruled(self) -> Flags:
        """Sums whose wholes are counts, suppressed by :meth:`tells` as well."""
        return self._ruled.values

    @property
    def held(self) -> Sums:
        """All sums with their parts, without those that are nothing and are known to be."""
        if self._held is None:
            self._before = None
            self._held = Sums(
                len(self.counts), self.wholes, self._sums_of_parts.values, self._parts.values, self._times.values
            )
        return self._held

    @property
    def parts(self) -> Whole:
        """The places of the parts of all sums, one sum after the other."""
        return self.held.parts

    @property
    def sums(self) -> Whole:
        """For each of ``parts`` the place of its sum."""
        return self.held.sums

    @property
    def times(self) -> Whole:
        """How often each of ``parts`` is in its sum: people of a band count for each day that they waited at least."""
        return self.held.times

    def add(
        self, counts: Whole, least: Whole, most: Whole, secret: Flags | None = None, bundles: Whole | None = None
    ) -> Whole:
        """Take figures in, exact and as they are known, and give their places. ``secret``: None: small counts."""
        first = len(self.counts)
        own_bundles = np.full(len(counts), -1, np.int64) if bundles is None else bundles
        self._bundles.extend(own_bundles)
        self._latest.extend(own_bundles)
        self._secret.extend((counts >= 1) & (counts <= self.rule.threshold) if secret is None else secret)
        self._counts.extend(counts)
        self._least.extend(least)
        self._most.extend(most)
        self._held = None
        return np.arange(first, len(self.counts))

    def hold(
        self,
        wholes: Whole,
        sums: Whole,
        parts: Whole,
        *,
        opens: bool,
        far: bool = False,
        ruled: bool = True,
        times: Whole | None = None,
    ) -> Whole:
        """Take sums in, and give their places: ``sums`` says for each of ``parts`` of which of ``wholes`` it is one.

        ``times``: how often each of ``parts`` counts; None: once.
        """
        first = len(self.wholes)
        self._wholes.extend(wholes)
        for own, value in ((self._opens, opens), (self._far, far), (self._ruled, ruled)):
            own.extend(np.full(len(wholes), value))
        self.size += len(parts) if times is None else int(times.sum())
        np.maximum.at(self.latest, wholes[sums], self.bundles[parts])
        # What is nothing, and is known to be, adds nothing to any sum, and no sum says more of it.
        some = (self.least[parts] != 0) | (self.most[parts] != 0) | (self.counts[parts] != 0)
        self._parts.extend(parts[some])
        self._sums_of_parts.extend(sums[some] + first)
        self._times.extend(np.ones(int(some.sum()), np.int64) if times is None else times[some])
        self._held = None
        return np.arange(first, len(self.wholes))

    def tells(self) -> Flags:
        """Wholes that are the least, or the most, that their parts can sum to: rounded, they would tell each part.

        Those that round to the next step up, or down, are among them: else the absence of a whole would tell the same.
        """
        rule = self.rule
        counts = self.counts[self.wholes]
        low, high, touched = self._of_rows()
        shown = rounded(counts, rule)
        first = np.maximum(rule.threshold + 1, shown - rule.rounding // 2)
        above, below = shown + (rule.rounding - 1) // 2 - low, high - first
        near = (above == 0) | (above == rule.rounding) | (below == 0) | (below == rule.rounding)
        found: Flags = self.opens & self.ruled & touched & near & (counts > rule.threshold)
        return found

    def doubt(self) -> None:
        """Widen what is known of small wholes: the mark of one may hide a larger one that :meth:`tells`.

        To be called once, when all is held. No whole is taken for larger than that, or than what is shown elsewhere
        leaves of it: who knows the rule can rule it out.
        """
        low, high, touched = self._of_rows()
        counts = self.counts[self.wholes]
        small = self.opens & self.ruled & touched & (counts >= 1) & (counts <= self.rule.threshold)
        marked, limit = self.most.copy(), high
        for _ in range(_DOUBTS):
            most = self._hidden_by_marks(low, high, limit)
            self.most[:] = marked
            np.maximum.at(self.most, self.wholes[small], most[small])
            before, limit = limit, self.narrowed(self.opens & False)[1][self.wholes]
            if np.array_equal(before, limit):
                break

    def _hidden_by_marks(self, low: Whole, high: Whole, limit: Whole) -> Whole:
        """The largest whole, up to a limit, that is suppressed though it is large, as it :meth:`tells`; 0: none."""
        rule = self.rule
        step, least = rule.rounding, rounded(np.array([rule.threshold + 1]), rule)[0]
        half, other = (step - 1) // 2, step // 2
        most = np.zeros(len(self.wholes), np.int64)
        at_least = np.isin(high - (rule.threshold + 1), (0, step))
        for shown, fits in (
            (low - half, (low - half) % step == 0),
            (low - half + step, (low - half) % step == 0),
            (high + other, (high + other) % step == 0),
            (high + other - step, (high + other) % step == 0),
            (np.full(len(low), least), at_least),
        ):
            value = np.minimum(np.minimum(shown + half, high), limit)
            there = fits & (shown >= least) & (value >= np.maximum(rule.threshold + 1, shown - other))
            most = np.maximum(most, np.where(there, value, 0))
        return most

    def _of_rows(self) -> tuple[Whole, Whole, Flags]:
        """Of each sum the least and the most by what the rows leave of its parts; and whether a part is small."""
        least, most = self.least.copy(), self.most.copy()
        among = ~self.opens
        self.held.narrow(least, most, np.flatnonzero(among), among)
        small = (self.least[self.parts] >= 1) & (self.most[self.parts] <= self.rule.threshold)
        return self.held.of(least), self.held.of(most), self.held.any_of(small)

    def open_ranges(self, opened: Flags) -> tuple[Whole, Whole]:
        """Least and most of every figure as it is shown where the wholes of sums are opened."""
        least, most = self.least.copy(), self.most.copy()
        free = self.wholes[opened]
        least[free], most[free] = 1, ANY
        return least, most

    def narrowed(self, opened: Flags) -> tuple[Whole, Whole]:
        """Least and most of every figure once all sums are held against each other.

        Args:
            opened: for each sum, whether its whole is suppressed though it need not be small.
        """
        held = self.held
        self._before = held.narrowed(*self.open_ranges(opened), self._before)
        return self._before.least, self._before.most

    def told(self, least: Whole, most: Whole) -> Flags:
        """Secret figures of which one value is left."""
        told: Flags = (least == most) & self.secret
        return told

    def protecting(self, told: Flags, least: Whole, most: Whole, opened: Flags) -> Flags:
        """Sums whose wholes tell a small count, and are to be suppressed as well; none where none can be.

        Args:
            told: :meth:`told`.
            least: what is known of every figure.
            most: likewise.
            opened: sums whose wholes are suppressed already.
        """
        free = np.zeros(len(self.counts), np.bool_)
        free[self.wholes[opened]] = True
        may: Flags = self.opens & (self.counts[self.wholes] > 0) & ~free[self.wholes]
        if not told.any():
            return may & False
        # What a mark hides may be larger than the threshold where it is one of these; who knows the rule can rule that
        # out for many. So totals that are large, and shown, go first: a small one has its mark in any case.
        large = may & ~self.secret[self.wholes]
        steps = _Steps(self, told, least, most)
        # Days lost before counts: where they tell, it is they that are suppressed.
        for candidates, beside in ((large & ~self.ruled, False), (large, True), (may, True)):
            found = steps.nearest(candidates, beside=beside)
            if found.any():
                return found
        return may & False

    def touch(self, figures: Flags) -> Flags:
        """Sums of which one of the figures is the whole or a part."""
        return self.held.touched(np.flatnonzero(figures))


class _Steps:
    """The way back from what is told to what tells it, through sums of rows and of totals.

    Args:
        known: all that is held.
        told: figures of which one value is left.
        least: what is known of every figure.
        most: likewise.
    """

    def __init__(self, known: Known, told: Flags, least: Whole, most: Whole) -> None:
        self._known, self._told, self._least, self._most = known, told, least, most
        self._reach = told
        #: Figures that are narrower than they were at first.
        self._narrow = (least > known.least) | (most < known.most)
        #: By step the sums that narrow a figure that was reached as far as it is.
        self._sums: list[Whole] = []
        self._ended = False

    def nearest(self, candidates: Flags, *, beside: bool) -> Flags:
        """The candidates nearest to what is told.

        Args:
            candidates: sums whose wholes may be suppressed.
            beside: whether those count as well that only have a figure in common with what is told, or with what was
                reached.
        """
        found = np.zeros(len(candidates), np.bool_)
        for step in range(_STEPS):
            if step == len(self._sums) and not self._ended:
                self._go()
            if step == len(self._sums):
                break
            own = self._sums[step]
            if candidates[own].any():
                found[own[candidates[own]]] = True
                return found
        for figures in (self._told, self._reach) if beside else ():
            touched = candidates & self._known.touch(figures)
            if touched.any():
                return touched
        return found

    def _go(self) -> None:
        known, least, most, reach = self._known, self._least, self._most, self._reach
        sums = np.flatnonzero(known.touch(reach))
        own = known.held.around(sums, least, most)
        wholes, parts = own.wholes, own.parts
        tight = (own.least == least[parts]) & (least[parts] > known.least[parts])
        tight |= (own.most == most[parts]) & (most[parts] < known.most[parts])
        summed = (own.low == least[wholes]) & (least[wholes] > known.least[wholes])
        summed |= (own.high == most[wholes]) & (most[wholes] < known.most[wholes])
        by_whole = own.any_of(tight & reach[parts])
        by_parts = summed & reach[wholes]
        self._sums.append(sums[by_whole])
        more = reach.copy()
        more[wholes[by_whole]] = True
        more[parts[np.repeat(by_parts | by_whole, own.lengths)]] = True
        more &= self._narrow | reach
        self._ended = np.array_equal(more, reach)
        self._reach = more


# --- rows of discharges ---------------------------------------------------------------------------------------


def hold_rows(
    known: Known,
    exact: pl.DataFrame,
    columns: Sequence[str],
    opened: Mapping[str, pl.Series] | None,
    bundles: Whole | None = None,
) -> dict[str, Whole]:
    """Take rows of discharges in, with the two sums that hold in each. Column to the places of its figures; -1: none.

    Args:
        known: what is known.
        exact: the rows.
        columns: their counts.
        opened: counts that are suppressed though they need not be small: column to a flag for each row.
        bundles: of each row which others it hangs together with most.
    """
    places = {name: hold_counts(known, exact[name], (opened or {}).get(name), bundles) for name in columns}
    hold_within(known, places, opens=False)
    return places


def hold_within(known: Known, places: Mapping[str, Whole], *, opens: bool) -> None:
    """Take in the two sums that hold in each row of discharges. ``places``: of its figures by column; -1: none."""
    for whole, own_parts in ((_WHOLE, (_ON_DATE, _DELAYED)), (_DELAYED, tuple(BANDS))):
        if whole in places and all(part in places for part in own_parts):
            there = np.all([places[name] >= 0 for name in (whole, *own_parts)], axis=0)
            wholes = places[whole][there]
            sums = np.tile(np.arange(len(wholes)), len(own_parts))
            known.hold(wholes, sums, np.concatenate([places[part][there] for part in own_parts]), opens=opens)


#: The fewest days of each band.
_FEWEST = (1, 2, 4, 7, 14, 21)


def hold_lost(known: Known, lost: pl.Series, delayed: pl.Series, bundles: Whole | None = None) -> Whole:
    """Take days lost in, suppressed with the delayed discharges behind them. Their places; -1: not computable."""
    there = (lost.is_not_null() & delayed.is_not_null()).to_numpy()
    days, behind = (own.fill_null(0).to_numpy().astype(np.int64) for own in (lost, delayed))
    few = (behind >= 1) & (behind <= known.rule.threshold)
    shown = rounded(days, known.rule)
    least = np.where(few, behind > 0, np.maximum(0, shown - known.rule.rounding // 2))
    most = np.where(few, ANY, shown + (known.rule.rounding - 1) // 2)
    least, most = (np.where(behind == 0, 0, end).astype(np.int64) for end in (least, most))
    return np.where(there, known.add(days, least, most, few & there, bundles), -1)


def hold_bands(known: Known, places: Mapping[str, Whole], lost: Whole, bundles: Whole | None = None) -> None:
    """Take in that days lost are no fewer than the fewest of each band, of rows with few in one. ``lost``: places.

    Also where the days are suppressed: what totals leave of them may be few.
    """
    if any(band not in places for band in BANDS):
        return
    cells = np.stack([places[band] for band in BANDS], axis=1)
    own = (lost >= 0) & (cells >= 0).all(axis=1)
    own[own] = known.secret[cells[own]].any(axis=1)
    wholes, cells = lost[own], cells[own]
    times = np.array(_FEWEST, np.int64)
    number = len(wholes)
    more = known.counts[wholes] - known.counts[cells] @ times
    spare = known.add(
        more,
        np.zeros(number, np.int64),
        np.full(number, ANY),
        np.zeros(number, np.bool_),
        None if bundles is None else bundles[own],
    )
    parts = np.concatenate([cells, spare[:, None]], axis=1)
    sums = np.repeat(np.arange(number), parts.shape[1]).reshape(parts.shape)
    often = np.broadcast_to(np.append(times, 1), parts.shape)
    # What nobody is in is known to be nothing.
    there = known.most[parts] > 0
    known.hold(wholes, sums[there], parts[there], opens=True, ruled=False, times=often[there])


def hold_counts(known: Known, exact: pl.Series, opened: pl.Series | None = None, bundles: Whole | None = None) -> Whole:
    """Take a column of counts in. The places of its figures; -1 where a count is not computable."""
    there = exact.is_not_null().to_numpy()
    counts = exact.fill_null(0).to_numpy().astype(np.int64)
    small = (counts >= 1) & (counts <= known.rule.threshold)
    least, most = ranges(counts, small, known.rule)
    if opened is not None:
        free = opened.to_numpy() & (counts > 0)
        least, most = np.where(free, 1, least), np.where(free, ANY, most)
    places = known.add(counts, least, most, bundles=bundles)
    return np.where(there, places, -1)
