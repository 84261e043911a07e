"""Settings of all tests: no example has a deadline, because shared machines are noisy."""

from __future__ import annotations

from hypothesis import settings

from examples import NUMBER, QUICK

for profile, number in NUMBER.items():
    settings.register_profile(profile, deadline=None, max_examples=number)
settings.load_profile(QUICK)
