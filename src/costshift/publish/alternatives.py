"""Whether figures could be others than they are: sets of figures that fit all that is shown as well as the true ones.

:mod:`inference` narrows ranges sum by sum. What several sums tell only together it does not see. Here the question is
put the other way round: a figure is not told where some other set of whole numbers fits every sum and every range, and
has another value for it. A solver of integer programs looks for such sets, and each that it finds is held against the
sums in whole numbers: so no figure is taken for safe by a rounding of the solver's. A figure for which it finds none is
taken for told. No clock limits it, and no random number is drawn anew: the same figures give the same answer.

Definition: docs/methods/disclosure.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from costshift.publish.inference import Known
from costshift.publish.narrowing import Flags, Whole

#: How far from what it is a figure is tried at most.
_REACH = 60
#: Sets that are asked for of all figures at once, as long as each shows a tenth of those that are left.
_AT_ONCE, _WORTH = 12, 10
#: Figures that hang together at most: of more, what several sums tell together is not asked.
_MOST = 800
#: How much less, and how much more, figures may be than they are.
Room = tuple[Whole, Whole]
#: Branches of the solver at most. No limit of time: what is found would depend on the machine.
_BRANCHES = 2_000
#: How many sets that fit but for being whole may not be, until only whole ones are asked for.
_IN_PARTS = 2
#: What the solver says where no set fits.
_NOTHING_FITS = 2


@dataclass
class Answers:
    """What was found of figures that hang together, for others that hang together in the same way.

    Attributes:
        changes: by the sums, changes that keep all of them.
        told: by the sums, the room and the figures that are wanted: which are the same in every set that fits.
    """

    changes: dict[bytes, list[Whole]] = field(default_factory=dict)
    told: dict[bytes, Flags] = field(default_factory=dict)


class Linked:
    """Figures that sums hold together, and the changes of them that were found to keep every sum.

    Attributes:
        figures: their places, ascending.
        held: the sums, by their places.
        matrix: a row for each sum: what the changes of its parts come to, less that of its whole.
    """

    def __init__(self, figures: Whole, held: Whole, matrix: csr_array, before: Answers) -> None:
        self.figures, self.held, self.matrix = figures, held, matrix
        self._name = _name(np.array(matrix.shape), matrix.indptr, matrix.indices, matrix.data)
        self._before = before
        self._changes = before.changes.setdefault(self._name, [])
        #: How many sets that fit but for being whole were not.
        self._in_parts = 0

    def room(self, known: Known, least: Whole, most: Whole) -> Room:
        """How much less, and how much more, each of its figures may be than it is.

        ``least``, ``most``: what is shown of all figures.
        """
        counts = known.counts[self.figures]
        return np.maximum(least[self.figures] - counts, -_REACH), np.minimum(most[self.figures] - counts, _REACH)

    def room_without(self, known: Known, room: Room, sums: Flags) -> Room:
        """The room once the wholes of some of its sums are suppressed as well. ``sums``: by place among its own."""
        wholes = np.unique(known.wholes[self.held[sums]])
        own = np.searchsorted(self.figures, wholes[np.isin(wholes, self.figures)])
        below, above = room[0].copy(), room[1].copy()
        below[own], above[own] = np.maximum(1 - known.counts[self.figures[own]], -_REACH), _REACH
        return below, above

    def told(self, room: Room, wanted: Flags) -> Flags:
        """Which of the wanted figures are the same in every set that fits. By place among its own."""
        below, above = room
        name = _name(np.frombuffer(self._name), below, above, wanted)
        if name not in self._before.told:
            left = self._left_of_all(self._unseen(wanted, below, above), below, above)
            for place in np.flatnonzero(left):
                if left[place]:
                    left = left & ~self._changed_at(int(place), left, below, above)
            self._before.told[name] = left
        return self._before.told[name]

    def tells(self, room: Room, wanted: Flags) -> bool:
        """Whether any of the wanted figures is told."""
        below, above = room
        left = self._unseen(wanted, below, above)
        for place in np.flatnonzero(left):
            if left[place]:
                left = left & ~self._changed_at(int(place), left, below, above)
                if left[place]:
                    return True
        return False

    def around(self, figures: Flags) -> tuple[Flags, Flags]:
        """The sums that some of its figures are in, by place among its own, and the figures that are in those."""
        there = abs(self.matrix)
        sums: Flags = (there @ figures.astype(np.int64)) > 0
        wider: Flags = figures | ((there.T @ sums.astype(np.int64)) > 0)
        return sums, wider

    def _unseen(self, wanted: Flags, below: Whole, above: Whole) -> Flags:
        """Those that are other in none of the sets that were found before, as far as these fit."""
        left = wanted
        for changes in self._changes:
            if (left & (changes != 0)).any() and (below <= changes).all() and (changes <= above).all():
                left = left & (changes == 0)
        return left

    def _changed_at(self, place: int, left: Flags, below: Whole, above: Whole) -> Flags:
        """The figures that are other in a set in which one is, and as many as can be of those left; none: no set."""
        weights = _weights(np.random.default_rng(place), left, below, above, less=False, mixed=True)
        for lowest, highest in ((1, above[place]), (below[place], -1)):
            if lowest <= highest:
                lower, upper = below.copy(), above.copy()
                lower[place], upper[place] = lowest, highest
                changed = self._changed(weights, lower, upper)
                if changed.any():
                    return changed
        return np.zeros(len(below), np.bool_)

    def _left_of_all(self, left: Flags, below: Whole, above: Whole) -> Flags:
        """Those that are left once sets were asked for in which as many as can be are other."""
        chance = np.random.default_rng(len(left))
        for number in range(_AT_ONCE):
            before = int(left.sum())
            if not before:
                break
            weights = _weights(chance, left, below, above, less=number % 2 == 1, mixed=number > 1)
            left = left & ~self._changed(weights, below, above)
            if number > 2 and before - int(left.sum()) < max(1, before // _WORTH):
                break
        return left

    def _changed(self, weights: npt.NDArray[np.float64], below: Whole, above: Whole) -> Flags:
        """The figures that are other in a set that fits; none where there is no such set.

        What fits but for being whole is asked for first: most often it is whole, and where nothing fits nothing does.
        """
        for whole in (False, True) if self._in_parts < _IN_PARTS else (True,):
            solved = milp(
                weights,
                constraints=LinearConstraint(self.matrix, 0, 0),
                integrality=np.full(len(weights), int(whole)),
                bounds=Bounds(below, above),
                options={"mip_rel_gap": 0.5, "node_limit": _BRANCHES} if whole else {},
            )
            if solved.x is None:
                if solved.status == _NOTHING_FITS:
                    break
                continue
            changes = np.rint(solved.x).astype(np.int64)
            if not ((self.matrix @ changes).any() or (changes < below).any() or (changes > above).any()):
                self._changes.append(changes)
                changed: Flags = changes != 0
                return changed
            self._in_parts += 1
        return np.zeros(len(weights), np.bool_)


def linked(known: Known, wanted: Flags, since: int = 0, before: Answers | None = None) -> Iterator[Linked]:
    """The wanted figures with all that sums hold together with them: what is of one value holds nothing together.

    Figures of different bundles are taken apart, and those of the others for what they are: a set that fits is looked
    for among fewer, and those that are found are good.

    Args:
        known: all that is held.
        wanted: figures.
        since: of sums only: those from this place on have to be among them.
        before: what was found before.
    """
    answers = Answers() if before is None else before
    # Whatever may still be opened is not known here.
    least, most = known.narrowed(known.opens & (known.counts[known.wholes] > 0))
    free = least < most
    number = len(known.wholes)
    rows = np.concatenate([np.arange(number), known.sums])
    columns = np.concatenate([known.wholes, known.parts])
    values = np.concatenate([np.full(number, -1), known.times])
    inside = free[columns] & ~known.far[rows]
    rows, columns, values = rows[inside], columns[inside], values[inside]
    bundles = known.bundles[columns]
    # A total goes with the last of its rows.
    whose = known.latest
    for bundle in np.unique(whose[wanted]):
        # Sums of sums of rows say no more than those of the rows; what holds of totals alone does.
        among = _marked(rows[bundles == bundle], number) | (~known.ruled & (whose[known.wholes] == bundle))
        own = among[rows] & ((bundles == bundle) | (bundles < 0))
        yield from _together(rows[own], columns[own], values[own], wanted & (whose == bundle), since, answers)


def _together(
    rows: Whole, columns: Whole, values: Whole, wanted: Flags, since: int, before: Answers
) -> Iterator[Linked]:
    """Parts of a matrix that have no row and no column in common, of which a column is wanted."""
    if not len(rows):
        return
    size = len(wanted)
    graph = coo_array((np.ones(len(rows)), (columns, size + rows)), shape=(size + int(rows.max()) + 1,) * 2)
    labels = connected_components(graph, directed=False)[1][columns]
    order = np.argsort(labels, kind="stable")
    for cells in np.split(order, np.flatnonzero(np.diff(labels[order])) + 1):
        figures, column = np.unique(columns[cells], return_inverse=True)
        held, row = np.unique(rows[cells], return_inverse=True)
        if wanted[figures].any() and held[-1] >= since and len(figures) <= _MOST:
            matrix = coo_array((values[cells], (row, column)), shape=(len(held), len(figures))).tocsr()
            yield Linked(figures, held, matrix, before)


def _weights(
    chance: np.random.Generator, left: Flags, below: Whole, above: Whole, *, less: bool, mixed: bool
) -> npt.NDArray[np.float64]:
    """Weights by which the figures that are left are asked to be more, or less, all of them or each its way."""
    weights = chance.uniform(0.5, 1.5, len(left)) * (1 if less else -1)
    if mixed:
        weights *= chance.choice([-1, 1], len(left))
    # What can only be more, or only less, is asked for that.
    weights = np.where(below == 0, -abs(weights), np.where(above == 0, abs(weights), weights))
    return np.where(left, weights, 0.0)


def _name(*own: npt.NDArray[np.generic]) -> bytes:
    """A short name of arrays: others have another."""
    found = blake2b(digest_size=32)
    for array in own:
        found.update(array.tobytes())
    return found.digest()


def _marked(places: Whole, number: int) -> Flags:
    found: Flags = np.zeros(number, np.bool_)
    found[places] = True
    return found
