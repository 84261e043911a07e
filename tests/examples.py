"""How many examples hypothesis draws: fewer in the quick tests than in ``make test-all``, which takes the deep profile."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, settings

QUICK, DEEP = "quick", "deep"
#: Where a test does not say how many.
NUMBER = {QUICK: 50, DEEP: 100}


def examples(deep: int, *, quick: int, in_a_folder: bool = False) -> Any:
    """Settings of a test with so many examples; ``in_a_folder``: all of them work in the test's one folder."""
    checks = [HealthCheck.function_scoped_fixture] if in_a_folder else []
    number = quick if settings.default.max_examples == NUMBER[QUICK] else deep  # type: ignore[union-attr]
    return settings(max_examples=number, suppress_health_check=checks)
