"""Identities in groups, which passes make larger: who is with whom, and what must never be one person.

A group is named by the least identity in it. Identities are numbered 0 … n-1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Guard:
    """What one person has at most one of: ``code`` of each identity, -1 for none.

    Two groups with one code are not joined. ``name`` says why, in the list of conflicts.
    """

    name: str
    codes: NDArray[np.int32]


@dataclass(frozen=True)
class Refused:
    """Groups that a pass would have joined, had a guard not stood between: group, set (the least of those together)."""

    guard: str
    groups: pl.DataFrame


@dataclass
class Grouping:
    """The groups after each pass.

    ``organisation`` and ``side`` (0 NHS, 1 council) of each identity. ``link_pass``: the first pass that brought the
    identity together with another organisation's, as an index of ``passes``; -1 if none did. ``side_pass``: the
    first that brought it together with the other side's. ``stages``: (pass, groups after it), one a pass that joined.
    """

    organisation: NDArray[np.int32]
    side: NDArray[np.int8]
    groups: Ints = field(init=False)
    link_pass: NDArray[np.int8] = field(init=False)
    side_pass: NDArray[np.int8] = field(init=False)
    stages: list[tuple[str, Ints]] = field(init=False, default_factory=list)
    passes: list[str] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        """Every identity begins alone."""
        count = len(self.organisation)
        self.groups = np.arange(count, dtype=np.int64)
        self.link_pass = np.full(count, -1, dtype=np.int8)
        self.side_pass = np.full(count, -1, dtype=np.int8)

    def join(self, name: str, edges: Ints) -> int:
        """Join the groups at both ends of each edge (rows of two groups); the number of groups that vanished."""
        if not len(edges):
            return 0
        touched, ends, least = _components(len(self.groups), edges)
        changed = least != ends
        if not changed.any():
            return 0
        new = np.arange(len(self.groups), dtype=np.int64)
        new[ends] = least
        members = np.flatnonzero(touched[self.groups])
        self.groups = new[self.groups]
        if name not in self.passes:
            self.passes.append(name)
        number = self.passes.index(name)
        self._note(self.link_pass, self.organisation, members, number)
        self._note(self.side_pass, self.side, members, number)
        if self.stages and self.stages[-1][0] == name:
            self.stages.pop()
        self.stages.append((name, self.groups))
        return int(changed.sum())

    def _note(self, noted: NDArray[np.int8], of: NDArray[Any], members: Ints, number: int) -> None:
        """Note the pass for members that have none yet and whose group now has two of something."""
        own = self.groups[members]
        # A group has several where a member differs from the identity that names it.
        several = np.zeros(len(self.groups), dtype=np.bool_)
        several[own[of[members] != of[own]]] = True
        spread = several[own]
        new = members[spread]
        noted[new[noted[new] < 0]] = number

    def allowed(self, edges: Ints, guards: Sequence[Guard]) -> tuple[Ints, list[Refused]]:
        """The edges whose joining gives no person two of what a guard allows one of; and what was refused.

        All edges of a component with such a pair go: which of them is right cannot be told.
        """
        refused: list[Refused] = []
        if not len(edges):
            return edges, refused
        guards = [guard for guard in guards if guard.codes.max() >= 0]
        if not guards:
            return edges, refused
        _, ends, least = _components(len(self.groups), edges)
        component = np.full(len(self.groups), -1, dtype=np.int64)
        component[ends] = least
        members = np.flatnonzero(component[self.groups] >= 0)
        bad = np.zeros(len(self.groups), dtype=np.bool_)
        for guard in guards:
            carriers = members[guard.codes[members] >= 0]
            doubled = (
                pl.DataFrame(
                    {
                        "set": component[self.groups[carriers]],
                        "code": guard.codes[carriers],
                        "group": self.groups[carriers],
                    }
                )
                .group_by("set", "code")
                .agg((pl.col("group").min() != pl.col("group").max()).alias("doubled"))
                .filter("doubled")["set"]
                .unique()
                .to_numpy()
            )
            if len(doubled):
                bad[doubled] = True
                inside = np.isin(least, doubled)
                refused.append(Refused(guard.name, pl.DataFrame({"set": least[inside], "group": ends[inside]})))
        return edges[~bad[component[edges[:, 0]]]], refused


def star(value: pl.DataFrame) -> Ints:
    """Edges from each group to the least that carries the same value. ``value``: columns value, group."""
    values, groups = (value[name].to_numpy() for name in ("value", "group"))
    order, starts = runs_of(values)
    if not len(starts):
        return np.empty((0, 2), dtype=np.int64)
    groups = groups[order]
    least = np.repeat(np.minimum.reduceat(groups, starts), np.diff(starts, append=len(order)))
    other = groups != least
    return np.stack([groups[other], least[other]], axis=1)


def runs_of(values: NDArray[Any]) -> tuple[Ints, Ints]:
    """An order of the values in which equal ones stand together, and where in it each different one begins."""
    order = pl.Series(values).arg_sort().to_numpy()
    ordered = values[order]
    return order, np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])[: len(order)])


def columns_of(frame: pl.DataFrame) -> Ints:
    """A frame of two whole-number columns as edges."""
    return frame.to_numpy().astype(np.int64).reshape(-1, 2)


def _components(count: int, edges: Ints) -> tuple[Bools, Ints, Ints]:
    """Which of 0 … count-1 an edge touches; these in order; and for each the least that edges connect it with."""
    touched = np.zeros(count, dtype=np.bool_)
    touched[edges.ravel()] = True
    ends = np.flatnonzero(touched)
    if _are_stars(count, edges):
        centre = np.arange(count, dtype=np.int64)
        centre[edges[:, 0]] = edges[:, 1]
        return touched, ends, centre[ends]
    # Loaded here: a quarter of a second that most places with one kind of identifier are spared.
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    place = np.empty(count, dtype=np.int64)
    place[ends] = np.arange(len(ends))
    here = place[edges]
    graph = coo_array((np.ones(len(edges), dtype=np.int8), (here[:, 0], here[:, 1])), shape=(len(ends), len(ends)))
    number, labels = connected_components(graph, directed=False)
    least = np.empty(number, dtype=np.int64)
    # Written from the last to the first: the least stays.
    least[labels[::-1]] = ends[::-1]
    return touched, ends, least[labels]


def _are_stars(count: int, edges: Ints) -> bool:
    """Whether each edge leads from an identity that no other edge touches to a lesser one that no edge leads from."""
    begins = np.zeros(count, dtype=np.bool_)
    begins[edges[:, 0]] = True
    alone = int(np.count_nonzero(begins)) == len(edges) and not begins[edges[:, 1]].any()
    return alone and bool((edges[:, 1] < edges[:, 0]).all())
