"""Settings of all tests: no example has a deadline, because shared machines are noisy."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("costshift", deadline=None)
settings.load_profile("costshift")
