"""What a table says of each value, worked out row by row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl
    from polars._typing import PolarsDataType


def looked_up(
    value: pl.Expr, table: Mapping[Any, Any], dtype: PolarsDataType, default: str | int | None = None
) -> pl.Expr:
    """The table's word for each value; ``default`` where it has none.

    Polars has ``replace_strict`` for this, and takes it for a function of whole columns: its streaming engine then
    holds all rows of a plan, with all their columns, at once. By itself each part of the rows is looked up alone.

    Args:
        value: what is looked up; null has the default.
        table: value to word.
        dtype: of the words.
        default: a word, or null.
    """

    def of(values: pl.Series) -> pl.Series:
        return values.replace_strict(table, default=default, return_dtype=dtype)

    return value.map_batches(of, return_dtype=dtype, is_elementwise=True)
