"""All public tables held against each other, of one pack and of successive ones: what could be worked out?"""

from __future__ import annotations

import datetime as dt

from independent.places_of_few import public_pack, random_spells
from independent.wide_attack import wide_attack

LAST, NEXT = dt.date(2025, 1, 1), dt.date(2025, 2, 1)


def found(seed: int, *, guarded: bool = True) -> int:
    return len(wide_attack([public_pack(random_spells(seed), NEXT, guarded=guarded)]).recovered())


def test_all_tables_of_a_pack_tell_nothing_together() -> None:
    assert [seed for seed in range(12) if found(seed)] == []


def test_without_the_search_they_do() -> None:
    assert sum(bool(found(seed, guarded=False)) for seed in range(12)) > 3
