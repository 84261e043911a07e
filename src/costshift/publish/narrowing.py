"""Sums held against each other: the least and the most that they leave of each figure.

The sums of a large place have millions of parts, and most of them leave nothing more to say after a few rounds. So each
round goes over those alone of which a figure moved in the round before: it finds what a round over all of them would.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

T = TypeVar("T", bound=np.generic)
Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
#: Narrowing ends by itself; figures that contradict each other must not keep it busy.
_ROUNDS = 60
#: Where more than one in so many figures may move, all sums are held against each other anew.
_FEW = 4


class Grown(Generic[T]):
    """An array that grows at its end."""

    def __init__(self, kind: type[T]) -> None:
        self._room: npt.NDArray[T] = np.empty(0, kind)
        self._size = 0

    def extend(self, values: npt.NDArray[T]) -> None:
        """Take values in at the end."""
        size = self._size + len(values)
        if size > len(self._room):
            room = np.empty(max(size, 2 * len(self._room)), self._room.dtype)
            room[: self._size] = self.values
            self._room = room
        self._room[self._size : size] = values
        self._size = size

    @property
    def values(self) -> npt.NDArray[T]:
        """All of them; what is written into them stays."""
        return self._room[: self._size]


class Moves:
    """Which sums narrowed which figures, in all rounds.

    Four kinds: the least and the most of a whole by its parts, the least and the most of a part by the whole and the
    other parts.
    """

    def __init__(self) -> None:
        self._moves: tuple[list[tuple[Whole, Whole]], ...] = ([], [], [], [])

    def keep(self, kind: int, figures: Whole, sums: Whole) -> None:
        """Take in that sums narrowed figures."""
        if len(figures):
            self._moves[kind].append((figures, sums))

    def by(self, kind: int, sums: Flags) -> Whole:
        """The figures that some sums narrowed."""
        figures, by = self._all(kind)
        return figures[sums[by]]

    def without(self, lower: Flags, higher: Flags) -> Moves:
        """All but those of the least, and of the most, of some figures."""
        found = Moves()
        for kind, gone in enumerate((lower, higher, lower, higher)):
            figures, by = self._all(kind)
            stay = ~gone[figures]
            found.keep(kind, figures[stay], by[stay])
        return found

    def _all(self, kind: int) -> tuple[Whole, Whole]:
        own = self._moves[kind]
        if len(own) != 1:
            none = np.empty(0, np.int64)
            figures, by = (np.concatenate([none, *(move[place] for move in own)]) for place in (0, 1))
            own[:] = [(figures, by)]
        return own[0]


@dataclass(frozen=True)
class Narrowed:
    """What is left of every figure.

    Args:
        own: the least and the most that is known of each by itself.
        least: the least, by all sums.
        most: the most, by all sums.
        moves: which sums narrowed them.
        settled: whether no figures contradict each other.
    """

    own: tuple[Whole, Whole]
    least: Whole
    most: Whole
    moves: Moves
    settled: bool


@dataclass(frozen=True)
class Around:
    """What some sums leave of their figures.

    Args:
        wholes: the whole of each sum.
        low: the least that its parts come to.
        high: the most that they come to.
        parts: the parts of all of them, one sum after the other.
        lengths: how many each sum has.
        least: the least that each part must be.
        most: the most that each part may be.
    """

    wholes: Whole
    low: Whole
    high: Whole
    parts: Whole
    lengths: Whole
    least: Whole
    most: Whole

    def any_of(self, parts: Flags) -> Flags:
        """The sums of which a part is marked. ``parts``: a mark for each of the parts."""
        ends = np.cumsum(self.lengths)
        found: Flags = _summed(parts.astype(np.int64), ends - self.lengths, ends) > 0
        return found


class Sums:
    """Sums of figures, each with its parts side by side.

    Attributes:
        wholes: the place of each sum's whole among the figures.
        parts: the places of the parts of all sums, in the order of the sums.
        sums: for each of ``parts`` the place of its sum.
        times: how often each of ``parts`` counts in its sum.
    """

    def __init__(self, figures: int, wholes: Whole, sums: Whole, parts: Whole, times: Whole) -> None:
        """``figures``: how many there are. A part that is named twice in a sum counts twice."""
        keys = sums * figures + parts
        if (np.diff(keys) <= 0).any():
            order = np.argsort(keys, kind="stable")
            keys, times = keys[order], times[order]
            first = np.flatnonzero(np.diff(keys, prepend=-1))
            keys, times = keys[first], np.add.reduceat(times, first)
            sums, parts = np.divmod(keys, figures)
        self.wholes, self.sums, self.parts, self.times = wholes, sums, parts, times
        self._number, self._figures = len(wholes), figures
        self._ends = _ends(sums, len(wholes))
        self._often = bool((times > 1).any())
        # The sums that each figure is the whole of, or a part of.
        self._of_whole = np.argsort(wholes, kind="stable")
        self._whole_ends = _ends(wholes, figures)
        self._of_part = sums[np.argsort(parts, kind="stable")]
        self._part_ends = _ends(parts, figures)

    def of(self, values: Whole) -> Whole:
        """Each sum's sum of values of its parts."""
        return _summed(values[self.parts] * self.times, self._ends[:-1], self._ends[1:])

    def any_of(self, parts: Flags) -> Flags:
        """Sums of which a part is marked. ``parts``: a mark for each of ``parts``."""
        found: Flags = np.zeros(self._number, np.bool_)
        found[self.sums[parts]] = True
        return found

    def touched(self, figures: Whole) -> Flags:
        """The sums that some figures are in."""
        found: Flags = np.zeros(self._number, np.bool_)
        places = self._once(figures)
        found[self._of_whole[_within(self._whole_ends, places)[0]]] = True
        found[self._of_part[_within(self._part_ends, places)[0]]] = True
        return found

    def narrowed(self, least: Whole, most: Whole, before: Narrowed | None = None) -> Narrowed:
        """The least and the most of every figure once all sums are held against each other.

        What narrowed figures before is used where it stays the same: only what may have rested on figures of which
        less is known now is narrowed anew.

        Args:
            least: the least that is known of every figure by itself.
            most: likewise.
            before: what was found of the same sums, where more was known of some figures and less of others.
        """
        if before is not None and before.settled:
            own_least, own_most = before.own
            lower, higher = self._resting_on(least < own_least, most > own_most, before.moves)
            moved = np.flatnonzero(lower | higher | (least > own_least) | (most < own_most))
            if len(moved) < self._figures // _FEW:
                found = (
                    np.where(lower, least, np.maximum(least, before.least)),
                    np.where(higher, most, np.minimum(most, before.most)),
                )
                moves = before.moves.without(lower, higher)
                if self.narrow(*found, np.flatnonzero(self.touched(moved)), moves=moves):
                    return Narrowed((least, most), *found, moves, settled=True)
        found, moves = (least.copy(), most.copy()), Moves()
        settled = self.narrow(*found, np.arange(self._number), moves=moves)
        return Narrowed((least, most), *found, moves, settled=settled)

    def narrow(
        self, least: Whole, most: Whole, active: Whole, among: Flags | None = None, moves: Moves | None = None
    ) -> bool:
        """Narrow the least and the most of every figure, in place, until no sum narrows them further.

        Args:
            least: the least of every figure.
            most: the most of every figure.
            active: the sums that may narrow a figure at once.
            among: the sums that are held; None: all.
            moves: where to keep which sum narrowed which figure.

        Returns:
            Whether it ended by itself, and no figures contradict each other: in any other order it ends the same.
        """
        # Sums of figures that contradict each other are asked in every round.
        contrary: Flags | None = None
        for _ in range(_ROUNDS):
            moved, wrong = self._round(active, least, most, among, moves)
            if not len(moved):
                return contrary is None and not len(wrong)
            touched = self.touched(moved)
            if len(wrong):
                contrary = self.touched(wrong) | (False if contrary is None else contrary)
            if contrary is not None:
                touched |= contrary
            if among is not None:
                touched &= among
            active = np.flatnonzero(touched)
        return False

    def around(self, sums: Whole, least: Whole, most: Whole) -> Around:
        """What some sums leave of their figures."""
        own = self._cells(sums)
        low, high = self._ranges(own, least, most)
        wholes = self.wholes[sums]
        cells, lengths = own
        parts = self.parts[cells]
        below, above = self._left(own, high - least[wholes], most[wholes] - low)
        return Around(wholes, low, high, parts, lengths, most[parts] - below, least[parts] + above)

    def _resting_on(self, lower: Flags, higher: Flags, moves: Moves) -> tuple[Flags, Flags]:
        """Figures whose least, and whose most, rest on those of some: by what narrowed them, and so on.

        Args:
            lower: figures whose least is lower than it was.
            higher: figures whose most is higher than it was.
            moves: which sum narrowed which figure.
        """
        lower, higher = lower.copy(), higher.copy()
        new = np.flatnonzero(lower), np.flatnonzero(higher)
        # Sums of which the least of a part, the most of a part, the least and the most of the whole are other.
        low, high, least, most = (np.zeros(self._number, np.bool_) for _ in range(4))
        while len(new[0]) or len(new[1]):
            for figures, of_parts, of_whole in ((new[0], low, least), (new[1], high, most)):
                of_parts[self._of_part[_within(self._part_ends, figures)[0]]] = True
                of_whole[self._of_whole[_within(self._whole_ends, figures)[0]]] = True
            by_parts = moves.by(0, low), moves.by(1, high)
            by_whole = moves.by(2, least | high), moves.by(3, most | low)
            lowered, raised = np.concatenate([by_parts[0], by_whole[0]]), np.concatenate([by_parts[1], by_whole[1]])
            new = self._once(lowered[~lower[lowered]]), self._once(raised[~higher[raised]])
            lower[new[0]] = True
            higher[new[1]] = True
        return lower, higher

    def _round(
        self, active: Whole, least: Whole, most: Whole, among: Flags | None, kept: Moves | None
    ) -> tuple[Whole, Whole]:
        """Hold some sums against their figures once: the figures that moved, and those that contradict each other."""
        own = self._cells(active)
        low, high = self._ranges(own, least, most)
        wholes = self.wholes[active]
        moves = (low > least[wholes]) | (high < most[wholes])
        by, raised, low_of_raised, high_of_raised = active[moves], wholes[moves], low[moves], high[moves]
        if len(active) < self._number and len(raised):
            # Where a whole moves, all sums of it narrow their parts anew.
            more = np.zeros(self._number, np.bool_)
            more[self._of_whole[_within(self._whole_ends, self._once(raised))[0]]] = True
            if among is not None:
                more &= among
            more[active] = True
            if np.count_nonzero(more) > len(active):
                active = np.flatnonzero(more)
                own = self._cells(active)
                low, high = self._ranges(own, least, most)
                wholes = self.wholes[active]
        parts = self.parts[own[0]]
        own_least, own_most = least[parts], most[parts]
        before = least[raised], most[raised]
        np.maximum.at(least, raised, low_of_raised)
        np.minimum.at(most, raised, high_of_raised)
        below, above = self._left(own, high - least[wholes], most[wholes] - low)
        below, above = own_most - below, own_least + above
        up, down = np.flatnonzero(below > own_least), np.flatnonzero(above < own_most)
        np.maximum.at(least, parts[up], below[up])
        np.minimum.at(most, parts[down], above[down])
        places = np.concatenate([raised, parts[up], parts[down]])
        old_least = np.concatenate([before[0], own_least[up], own_least[down]])
        old_most = np.concatenate([before[1], own_most[up], own_most[down]])
        if kept is not None:
            own_sums = self.sums[own[0]]
            higher, lower = low_of_raised > before[0], high_of_raised < before[1]
            kept.keep(0, raised[higher], by[higher])
            kept.keep(1, raised[lower], by[lower])
            kept.keep(2, parts[up], own_sums[up])
            kept.keep(3, parts[down], own_sums[down])
        # Figures that contradict each other tell nothing more.
        wrong = least[places] > most[places]
        contrary = places[wrong]
        least[contrary], most[contrary] = old_least[wrong], old_most[wrong]
        return places[(least[places] != old_least) | (most[places] != old_most)], contrary

    def _cells(self, sums: Whole) -> tuple[slice | Whole, Whole]:
        """Where the parts of some sums are, and how many each has."""
        if len(sums) == self._number:
            return slice(None), np.diff(self._ends)
        return _within(self._ends, sums)

    def _ranges(self, own: tuple[slice | Whole, Whole], least: Whole, most: Whole) -> tuple[Whole, Whole]:
        """The least and the most that the parts of some sums come to."""
        cells, lengths = own
        parts, times = self.parts[cells], self.times[cells]
        ends = np.cumsum(lengths)
        starts = ends - lengths
        return _summed(least[parts] * times, starts, ends), _summed(most[parts] * times, starts, ends)

    def _left(self, own: tuple[slice | Whole, Whole], below: Whole, above: Whole) -> tuple[Whole, Whole]:
        """For each part of some sums how much less than its most, and more than its least, the whole lets it be."""
        cells, lengths = own
        below, above = np.repeat(below, lengths), np.repeat(above, lengths)
        if self._often:
            # What is left a part that counts twice has the half of.
            times = self.times[cells]
            twice = np.flatnonzero(times > 1)
            below[twice] //= times[twice]
            above[twice] //= times[twice]
        return below, above

    def _once(self, figures: Whole) -> Whole:
        """Figures, each once."""
        if len(figures) < self._figures // 100:
            return np.unique(figures)
        found = np.zeros(self._figures, np.bool_)
        found[figures] = True
        return np.flatnonzero(found)


def _ends(groups: Whole, number: int) -> Whole:
    """Where each group ends that values are put in order by, with a 0 before."""
    ends = np.zeros(number + 1, np.int64)
    np.cumsum(np.bincount(groups, minlength=number), out=ends[1:])
    return ends


def _within(ends: Whole, groups: Whole) -> tuple[Whole, Whole]:
    """The places of all that some groups hold, one group after the other, and how many each has."""
    starts = ends[groups]
    lengths = ends[groups + 1] - starts
    before = np.cumsum(lengths) - lengths
    return np.repeat(starts - before, lengths) + np.arange(int(lengths.sum())), lengths


def _summed(values: Whole, starts: Whole, ends: Whole) -> Whole:
    """Sums of values from each start to its end."""
    upto = np.zeros(len(values) + 1, np.int64)
    np.cumsum(values, out=upto[1:])
    return upto[ends] - upto[starts]
