"""Narrowing over what moved finds what narrowing over everything does: held against it figure by figure."""

from __future__ import annotations

import numpy as np
import pytest

from costshift.project import Disclosure
from costshift.publish.inference import ANY, Known
from costshift.publish.narrowing import Sums

#: A sum: the place of its whole, and those of its parts, as often as they count.
Sum = tuple[int, list[int]]


def narrowed_by_hand(least: list[int], most: list[int], sums: list[Sum]) -> tuple[list[int], list[int]]:
    """Every sum against every figure, round after round, each by itself."""
    low, high = list(least), list(most)
    for _ in range(60):
        before = list(low), list(high)
        for whole, parts in sums:
            low[whole] = max(low[whole], sum(before[0][part] for part in parts))
            high[whole] = min(high[whole], sum(before[1][part] for part in parts))
        wholes = list(low), list(high)
        for whole, parts in sums:
            fewest, greatest = (sum(own[part] for part in parts) for own in before)
            for part in parts:
                times = parts.count(part)
                low[part] = max(low[part], before[1][part] - (greatest - wholes[0][whole]) // times)
                high[part] = min(high[part], before[0][part] + (wholes[1][whole] - fewest) // times)
        for place in range(len(low)):
            if low[place] > high[place]:
                low[place], high[place] = before[0][place], before[1][place]
        if (low, high) == before:
            break
    return low, high


def some_sums(chance: np.random.Generator) -> tuple[list[int], list[Sum]]:
    """Counts of rows, totals of rows, totals of totals and rows; a row may count twice in one."""
    counts = chance.choice([0, 1, 1, 2, 3, 9, 14], 8).tolist()
    sums: list[Sum] = []
    for _ in range(9):
        parts = chance.choice(len(counts), int(chance.integers(2, 5)), replace=bool(chance.integers(2))).tolist()
        sums.append((len(counts), parts))
        counts.append(sum(counts[part] for part in parts))
    return counts, sums


def known_of(counts: list[int], sums: list[Sum], chance: np.random.Generator) -> Known:
    known = Known(Disclosure())
    exact = np.array(counts, np.int64)
    less, more = (chance.integers(0, 4, len(counts)) for _ in range(2))
    known.add(exact, np.where(exact > 0, np.maximum(exact - less, 0), 0), np.where(exact > 0, exact + more, 0))
    for whole, parts in sums:
        known.hold(np.array([whole]), np.zeros(len(parts), np.int64), np.array(parts), opens=True)
    return known


@pytest.mark.parametrize("seed", range(40))
def test_what_moved_is_enough_whatever_is_suppressed_after_the_other(seed: int) -> None:
    chance = np.random.default_rng(seed)
    counts, sums = some_sums(chance)
    known = known_of(counts, sums, chance)
    for _ in range(6):
        # Now more of the totals are suppressed, now fewer, now others: what was found before is used.
        opened = (chance.random(len(sums)) < chance.random()) & (known.counts[known.wholes] > 0)
        least, most = known.open_ranges(opened)
        expected = narrowed_by_hand(least.tolist(), most.tolist(), sums)
        found = known.narrowed(opened)
        assert (found[0].tolist(), found[1].tolist()) == expected


@pytest.mark.parametrize("seed", range(40))
def test_figures_that_contradict_each_other_tell_nothing_more(seed: int) -> None:
    chance = np.random.default_rng(100 + seed)
    counts, sums = some_sums(chance)
    known = known_of(counts, sums, chance)
    # What is said of a few of them cannot be.
    wrong = chance.choice(len(counts), 3, replace=False)
    known.least[wrong] += 6
    known.most[wrong] += 6
    for _ in range(4):
        opened = (chance.random(len(sums)) < 0.3) & (known.counts[known.wholes] > 0)
        least, most = known.open_ranges(opened)
        found = known.narrowed(opened)
        # Parts that are nothing, and were known to be when they were taken in, are in no sum.
        inside = [(whole, [part for part in parts if counts[part]]) for whole, parts in sums]
        assert (found[0].tolist(), found[1].tolist()) == narrowed_by_hand(least.tolist(), most.tolist(), inside)


def test_what_was_suppressed_and_is_shown_again_is_as_if_it_never_was() -> None:
    # 3 to 7 and 1 to 7 under a total of 8 to 12, which is suppressed and shown again.
    sums = Sums(3, np.array([2]), np.zeros(2, np.int64), np.array([0, 1]), np.ones(2, np.int64))
    least, most = np.array([3, 1, 8]), np.array([7, 7, 8])
    shown = sums.narrowed(least, most)
    assert (shown.least.tolist(), shown.most.tolist()) == ([3, 1, 8], [7, 5, 8])
    hidden = sums.narrowed(np.array([3, 1, 1]), np.array([7, 7, ANY]), shown)
    assert (hidden.least.tolist(), hidden.most.tolist()) == ([3, 1, 4], [7, 7, 14])
    again = sums.narrowed(least, most, hidden)
    assert (again.least.tolist(), again.most.tolist()) == (shown.least.tolist(), shown.most.tolist())
