"""Ages that nobody has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costshift.standards.tables import plausible_limits

if TYPE_CHECKING:
    import polars as pl


def implausibly_old(born: pl.Expr, day: pl.Expr) -> pl.Expr:
    """Whether who was born then has reached, on the day, an age that nobody is believed to have; never null."""
    import polars as pl

    years = plausible_limits()["highest_age"]
    # The birthday is worked out of those alone who lived so many times 365 days: of all rows it takes longest.
    so_many_days = day.to_physical() - born.to_physical() >= 365 * years
    return (pl.when(so_many_days).then(born).dt.offset_by(f"{years}y") <= day).fill_null(value=False)
