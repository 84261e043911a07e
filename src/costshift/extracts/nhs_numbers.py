"""The NHS number's own test: ten digits, modulus 11, and not one digit ten times.

Definition: NHS Data Dictionary, NHS NUMBER. The ten numbers of one repeated digit pass modulus 11, so they
are refused apart (Hospital Episode Statistics identity rules).
"""

from __future__ import annotations

import numpy as np
import polars as pl


def is_valid_nhs_number(digits: pl.Expr) -> pl.Expr:
    """Whether text is a valid NHS number; null and anything but ten digits is not."""
    return digits.map_batches(_valid, return_dtype=pl.Boolean, is_elementwise=True)


def are_ten_digits(texts: pl.Series) -> pl.Series:
    """Whether each text is ten digits as it stands; never null."""
    number = texts.cast(pl.Int64, strict=False)
    # Ten signs that are read as so large a number are all digits; of the few others each is looked through.
    usual = ((texts.str.len_bytes() == 10) & (number >= 10**9)).fill_null(False)
    others = (~usual & texts.is_not_null()).arg_true()
    return usual.scatter(others, texts.gather(others).str.contains(r"^[0-9]{10}$")) if len(others) else usual


def _valid(digits: pl.Series) -> pl.Series:
    ten = are_ten_digits(digits)
    at = ten.arg_true()
    content = digits.gather(at).to_arrow(compat_level=pl.CompatLevel.oldest()).buffers()[2]
    if not len(at) or content is None:
        return ten
    figures = np.frombuffer(content, dtype=np.uint8).reshape(-1, 10) - ord("0")
    # Whole numbers below 500: exact as fractions, which are multiplied and added up in bulk.
    total = (figures[:, :9].astype(np.float32) @ np.arange(10, 1, -1, dtype=np.float32)).astype(np.int64)
    check = (11 - total % 11) % 11
    # A check figure of ten is never given.
    valid = (check == figures[:, 9]) & (figures != figures[:, :1]).any(axis=1)
    return ten.scatter(at, pl.Series(valid))
