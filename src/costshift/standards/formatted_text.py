"""Text put together from columns.

In place of polars' own ``format``: in version 2.1 its streaming engine stops with an internal fault where a piece of a
column is empty.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


def formatted(template: str, *columns: str | pl.Expr | pl.Series) -> pl.Expr:
    """The template with a column at each ``{}``; null where one of them is.

    Args:
        template: text with as many ``{}`` as there are columns.
        columns: names, expressions or series; what is not text is written as polars writes it.
    """
    import polars as pl

    between = template.split("{}")
    if len(between) != len(columns) + 1:
        raise ValueError(f"{template!r} has {len(between) - 1} places for {len(columns)} columns")
    parts = [pl.lit(between[0])]
    for text, column in zip(between[1:], columns, strict=True):
        own = pl.col(column) if isinstance(column, str) else pl.lit(column) if isinstance(column, pl.Series) else column
        parts += [own.cast(pl.String), pl.lit(text)]
    return pl.concat_str(parts)
