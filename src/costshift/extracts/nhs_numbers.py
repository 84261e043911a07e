"""The NHS number's own test: ten digits, modulus 11, and not one digit ten times.

Definition: NHS Data Dictionary, NHS NUMBER. The ten numbers of one repeated digit pass modulus 11, so they
are refused apart (Hospital Episode Statistics identity rules).
"""

from __future__ import annotations

import polars as pl


def is_valid_nhs_number(digits: pl.Expr) -> pl.Expr:
    """Whether text is a valid NHS number; null and anything but ten digits is not."""
    ten = digits.str.contains(r"^\d{10}$").fill_null(False)
    number = pl.when(ten).then(digits).cast(pl.Int64, strict=False)
    figures = [(number // 10 ** (9 - place)) % 10 for place in range(10)]
    total = pl.sum_horizontal(figures[place] * (10 - place) for place in range(9))
    check = (11 - total % 11) % 11
    one_digit = number % 1111111111 == 0
    valid: pl.Expr = ten & (check == figures[9]) & (check != 10) & ~one_digit
    return valid.fill_null(False)
