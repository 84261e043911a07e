"""Two answers must agree: evidenced attribution by intervals, and a slow reading day by day."""

from __future__ import annotations

from collections import Counter

import pytest

from evidence_frames import fast_days

from independent.evidence import evidence
from independent.test_evidence_by_hand import CASES, random_case


def test_every_hand_worked_case() -> None:
    found = fast_days([case.arguments for case in CASES])
    for case, days in zip(CASES, found, strict=True):
        counted = Counter((state, strength) for state, strength, _ in days.values())
        assert dict(counted) == dict(case.expected), f"{case.name}: {case.why}"


@pytest.mark.parametrize("block", range(2))
def test_random_spells(block: int) -> None:
    agree([random_case(seed) for seed in range(block * 500, block * 500 + 500)])


@pytest.mark.slow
@pytest.mark.parametrize("block", range(10))
def test_ten_thousand_random_spells(block: int) -> None:
    agree([random_case(100_000 + seed) for seed in range(block * 1_000, block * 1_000 + 1_000)])


def agree(cases: list[dict[str, object]]) -> None:
    for case, days in zip(cases, fast_days(cases), strict=True):
        expected = evidence(**case)  # type: ignore[arg-type]
        assert days == expected, case["spell"]
