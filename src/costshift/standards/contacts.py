"""Contacts that were arranged, and those that took place."""

from __future__ import annotations

import polars as pl

from costshift.standards.normalised_text import normalise
from costshift.standards.tables import contacts_not_attended


def was_attended() -> pl.Expr:
    """Whether a contact took place, by its column ``attended``; one of which nothing is said did."""
    return ~normalise(pl.col("attended")).is_in(contacts_not_attended()).fill_null(value=False)
