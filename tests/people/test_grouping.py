"""Groups of what edges connect, beside a walk from neighbour to neighbour in plain Python."""

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csgraph

from costshift.people import grouping
from costshift.people.grouping import Grouping, star


def least_by_walking(count: int, edges: list[tuple[int, int]]) -> list[int]:
    beside: dict[int, set[int]] = {own: set() for own in range(count)}
    for one, other in edges:
        beside[one].add(other)
        beside[other].add(one)
    least = [-1] * count
    for start in range(count):
        if least[start] >= 0:
            continue
        reached, ahead = {start}, [start]
        while ahead:
            for own in beside[ahead.pop()] - reached:
                reached.add(own)
                ahead.append(own)
        for own in reached:
            least[own] = min(reached)
    return least


def joined(count: int, edges: list[tuple[int, int]]) -> list[int]:
    places = np.zeros(count, dtype=np.int64)
    own = Grouping(organisation=places, side=places)
    own.join("pass", np.array(edges, dtype=np.int64).reshape(-1, 2))
    return own.groups.tolist()


@given(st.data())
def test_groups_are_what_edges_connect(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 12))
    ends = st.integers(0, count - 1)
    edges = data.draw(st.lists(st.tuples(ends, ends), max_size=15))
    assert joined(count, edges) == least_by_walking(count, edges)


@given(st.lists(st.integers(0, 8), min_size=1, max_size=30))
def test_those_of_one_number_are_joined_without_a_graph(numbers: list[int]) -> None:
    """As in a place of one kind of identifier: each identity carries one number."""
    table = pl.DataFrame(
        {"value": numbers, "group": range(len(numbers))}, schema={"value": pl.Int64, "group": pl.Int64}
    )
    edges = star(table)
    assert grouping._are_stars(len(numbers), edges)
    expected = [numbers.index(own) for own in numbers]
    assert joined(len(numbers), [(one, other) for one, other in edges.tolist()]) == expected
    graph = np.zeros((len(numbers), len(numbers)))
    graph[edges[:, 0], edges[:, 1]] = 1
    _, labels = csgraph.connected_components(graph, directed=False)
    assert expected == [labels.tolist().index(own) for own in labels]
