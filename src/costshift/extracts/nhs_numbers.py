"""The NHS number's own test: ten digits, modulus 11, and not one digit ten times.

Definition: NHS Data Dictionary, NHS NUMBER. The ten numbers of one repeated digit pass modulus 11, so they
are refused apart (Hospital Episode Statistics identity rules).
"""

from __future__ import annotations

import polars as pl


def is_valid_nhs_number(digits: pl.Expr) -> pl.Expr:
    """Whether text is a valid NHS number; null and anything but ten digits is not."""
    return digits.map_batches(_valid, return_dtype=pl.Boolean, is_elementwise=True)


def _valid(digits: pl.Series) -> pl.Series:
    ten = digits.str.contains(r"^[0-9]{10}$").fill_null(False)
    number = digits.set(~ten, None).cast(pl.Int64).fill_null(0).to_numpy()
    total = sum((number // 10 ** (9 - place)) % 10 * (10 - place) for place in range(9))
    check = (11 - total % 11) % 11
    # A check figure of ten is never given.
    return ten & pl.Series((check == number % 10) & (check != 10) & (number % 1111111111 != 0))
