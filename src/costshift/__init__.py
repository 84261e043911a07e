"""Delayed discharges, eligibility-driven shifts, and which partner absorbs the cost."""

__version__ = "0.1.0"
