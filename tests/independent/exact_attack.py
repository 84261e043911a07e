"""An attacker who solves: whole numbers within ranges, held together by sums and orders, solved exactly.

Where the other attackers narrow ranges sum by sum, this one asks a solver of integer programs for two solutions that
differ. A figure that has another value in some solution cannot be told; one that has the same in all is recovered, by
whatever reasoning anyone may use on these sums.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

#: Of a figure of which nothing is known but that it is there.
ENDLESS = 100_000
#: Solutions that are asked for of all figures at once, before each that is left is asked for alone.
_TRIED = 6
Cell = Hashable
Term = tuple[int, Cell]


@dataclass
class Numbers:
    """Every figure with its range and its truth, and what holds between them."""

    least: list[int] = field(default_factory=list)
    most: list[int] = field(default_factory=list)
    truth: list[int] = field(default_factory=list)
    secret: list[bool] = field(default_factory=list)
    places: dict[Cell, int] = field(default_factory=dict)
    names: list[Cell] = field(default_factory=list)
    #: Sums: terms of which the sum is zero, or (orders) not above zero.
    sums: list[list[tuple[int, int]]] = field(default_factory=list)
    orders: list[list[tuple[int, int]]] = field(default_factory=list)
    #: Sums that were offered and do not hold of the truth: definitions have exceptions, an attacker cannot use these.
    refused: dict[str, int] = field(default_factory=dict)
    #: Suppressed totals that are small, each with its parts: see :meth:`doubt`.
    doubtful: dict[int, list[list[int]]] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)

    def add(self, cell: Cell, least: int, most: int, truth: int, *, secret: bool) -> Cell:
        assert cell not in self.places, cell
        assert least <= truth <= most, (cell, least, truth, most)
        self.places[cell] = len(self.names)
        self.names.append(cell)
        self.least.append(least)
        self.most.append(most)
        self.truth.append(truth)
        self.secret.append(secret)
        return cell

    def equal(self, what: str, whole: Cell, parts: Iterable[Cell]) -> bool:
        """A whole and its parts; false, and not held, where it is not so."""
        return self._hold(self.sums, what, [(-1, whole), *((1, part) for part in parts)], exact=True)

    def alike(self, what: str, some: Iterable[Cell], others: Iterable[Cell]) -> bool:
        """Two sums of the same."""
        return self._hold(self.sums, what, [*((1, one) for one in some), *((-1, one) for one in others)], exact=True)

    def balanced(self, what: str, terms: Iterable[Term]) -> bool:
        """So many times each come to nothing."""
        return self._hold(self.sums, what, list(terms), exact=True)

    def at_most(self, what: str, smaller: Iterable[Cell], larger: Iterable[Cell], times: int = 1) -> bool:
        """A sum that is not above another, or so many times another."""
        return self._hold(
            self.orders, what, [*((1, one) for one in smaller), *((-times, one) for one in larger)], exact=False
        )

    def weighed(self, what: str, smaller: Iterable[Term], larger: Iterable[Term]) -> bool:
        """A sum of so many times each that is not above another."""
        return self._hold(self.orders, what, [*smaller, *((-times, one) for times, one in larger)], exact=False)

    def _hold(self, where: list[list[tuple[int, int]]], what: str, terms: Sequence[Term], *, exact: bool) -> bool:
        if any(cell not in self.places for _, cell in terms):
            return False
        own = [(times, self.places[cell]) for times, cell in terms]
        value = sum(times * self.truth[place] for times, place in own)
        holds = value == 0 if exact else value <= 0
        tally = self.held if holds else self.refused
        tally[what] = tally.get(what, 0) + 1
        if holds:
            where.append(own)
        return holds

    def doubtful_total(self, whole: Cell, parts: Iterable[Cell]) -> None:
        """A suppressed total of which the rule does not say that it is small: it would be suppressed where it tells."""
        own = [self.places[part] for part in parts]
        self.doubtful.setdefault(self.places[whole], []).append(own)

    def doubt(self, threshold: int, base: int) -> None:
        """Give each of these totals the values for which the rule suppresses totals, by what its rows leave.

        To be called once all rows are in, and before what is not of the rule.
        """
        least, most = self._narrowed()
        for whole, ways in self.doubtful.items():
            values = [threshold]
            for parts in ways:
                if all(least[part] == most[part] for part in parts):
                    continue
                low, high = sum(least[part] for part in parts), sum(most[part] for part in parts)
                for value in range(threshold + 1, min(high, low + 50) + base):
                    shown = (2 * value + base) // (2 * base) * base
                    above = shown + (base - 1) // 2 - low
                    below = high - max(threshold + 1, shown - base // 2)
                    if above in (0, base) or below in (0, base):
                        values.append(value)
            self.most[whole] = max(values)

    def _narrowed(self) -> tuple[list[int], list[int]]:
        """What the sums within rows leave of each figure."""
        least, most = list(self.least), list(self.most)
        for _ in range(10):
            for own in (terms for terms in self.sums if terms[0][0] == -1 and terms[0][1] not in self.doubtful):
                whole, parts = own[0][1], [place for _, place in own[1:]]
                low, high = sum(least[part] for part in parts), sum(most[part] for part in parts)
                least[whole], most[whole] = max(least[whole], low), min(most[whole], high)
                for part in parts:
                    least[part] = max(least[part], least[whole] - (high - most[part]))
                    most[part] = min(most[part], most[whole] - (low - least[part]))
        return least, most

    def recovered(self) -> dict[Cell, int]:
        """The secret figures that have one value in every solution."""
        found: dict[Cell, int] = {}
        for part in self._parts():
            found |= {self.names[place]: self.truth[place] for place in self._told(part)}
        return found

    def tells(self, cell: Cell, least: int, most: int) -> bool:
        """Whether some secret figure could be told if this one were shown: known to be between two values."""
        place = self.places[cell]
        before = self.least[place], self.most[place]
        self.least[place], self.most[place] = least, most
        part = next((own for own in self._parts() if place in own), [])
        found = bool(part) and bool(self._told(part))
        self.least[place], self.most[place] = before
        return found

    def _parts(self) -> list[list[int]]:
        """Figures that hang together, where one of them is secret."""
        rows, columns = [], []
        for own in (*self.sums, *self.orders):
            # A figure of one value hangs nothing together.
            free = [place for _, place in own if self.least[place] < self.most[place]]
            rows += free[:-1]
            columns += free[1:]
        size = len(self.names)
        graph = csr_array((np.ones(len(rows)), (rows, columns)), shape=(size, size))
        _, labels = connected_components(graph, directed=False)
        parts: dict[int, list[int]] = {}
        for place, label in enumerate(labels):
            parts.setdefault(int(label), []).append(place)
        return [own for own in parts.values() if any(self.secret[place] for place in own)]

    def _told(self, part: list[int]) -> list[int]:
        open_ = {place for place in part if self.secret[place]}
        told = {place for place in open_ if self.least[place] == self.most[place]}
        open_ -= told
        if len(part) == 1:
            return sorted(told)
        program = _Program(self, part)
        chance = np.random.default_rng(len(part))
        for number in range(_TRIED):
            if not open_:
                return sorted(told)
            # First all as small as can be, then all as large, then any way.
            weights = chance.uniform(0.5, 1.5, len(part)) * (1 if number % 2 == 0 else -1)
            weights *= chance.choice([-1, 1], len(part)) if number > 1 else 1
            weights[[place not in open_ for place in part]] = 0
            solution = program.solved(weights)
            open_ -= {place for place in open_ if solution[place] != self.truth[place]}
        for place in sorted(open_):
            for sign in (1, -1):
                weights = np.zeros(len(part))
                weights[part.index(place)] = sign
                if place in open_ and program.solved(weights)[place] != self.truth[place]:
                    open_.discard(place)
        # A solver that looks for the best may end too early: those that are left are asked for as such.
        return sorted(told | {place for place in open_ if not program.may_be_other(place)})


class _Program:
    """The integer program of figures that hang together."""

    def __init__(self, numbers: Numbers, part: list[int]) -> None:
        self._part = part
        self._truth = numbers.truth
        own = {place: number for number, place in enumerate(part)}
        rows, columns, values, low, high = [], [], [], [], []
        for constraints, exact in ((numbers.sums, True), (numbers.orders, False)):
            for terms in constraints:
                inside = [(times, own[place]) for times, place in terms if place in own]
                if not inside:
                    continue
                # Figures of one value are in no part.
                known = sum(times * numbers.truth[place] for times, place in terms if place not in own)
                rows += [len(high)] * len(inside)
                columns += [place for _, place in inside]
                values += [times for times, _ in inside]
                low.append(-known if exact else -np.inf)
                high.append(-known)
        self._matrix = coo_array((values, (rows, columns)), shape=(len(high), len(part)), dtype=np.int64).tocsr()
        self._low, self._high = np.array(low), np.array(high)
        self._constraints = [LinearConstraint(self._matrix, low, high)] if high else []
        self._bounds = Bounds([numbers.least[place] for place in part], [numbers.most[place] for place in part])

    def solved(self, weights: np.ndarray) -> dict[int, int]:
        """A solution that is as good as it can be, or nearly; the truth where the solver's own fits only roughly."""
        options = {"mip_rel_gap": 0.05, "time_limit": 20.0}
        found = self._found(weights, self._bounds, options)
        values = [self._truth[place] for place in self._part] if found is None else found.tolist()
        return dict(zip(self._part, values, strict=True))

    def may_be_other(self, place: int) -> bool:
        """Whether some solution has another value of a figure."""
        own, truth = self._part.index(place), self._truth[place]
        for least, most in ((truth + 1, self._bounds.ub[own]), (self._bounds.lb[own], truth - 1)):
            low, high = np.array(self._bounds.lb), np.array(self._bounds.ub)
            low[own], high[own] = least, most
            if (
                least <= most
                and self._found(np.zeros(len(self._part)), Bounds(low, high), {"time_limit": 20.0}) is not None
            ):
                return True
        return False

    def _found(self, weights: np.ndarray, bounds: Bounds, options: dict[str, float]) -> np.ndarray | None:
        """A solution, in whole numbers that fit to the last unit."""
        # Where the solver says that nothing fits, it may have simplified too much.
        for presolve in (True, False):
            found = milp(
                weights,
                constraints=self._constraints,
                integrality=np.ones(len(self._part)),
                bounds=bounds,
                options=options | {"presolve": presolve},
            )
            if found.x is not None:
                values = np.rint(found.x).astype(np.int64)
                sums = self._matrix @ values
                inside = (values >= bounds.lb).all() and (values <= bounds.ub).all()
                if inside and (sums >= self._low).all() and (sums <= self._high).all():
                    return values
        return None
