"""When two names are close: fixed beforehand, the same for every place."""

from __future__ import annotations

import polars as pl
from rapidfuzz.distance import JaroWinkler
from rapidfuzz.process import cpdist

#: Jaro-Winkler similarity from which two normalised names are close.
CLOSE = 0.9


def names_are_close(pairs: pl.DataFrame) -> pl.Series:
    """Whether the names of each pair are close.

    Forenames decide where both sides have one, because twins share a surname and marriage changes it; else
    surnames do. Without a name on one side nothing is close.

    Args:
        pairs: surname, forename, surname_b, forename_b, normalised.
    """
    forenames = _similar(pairs["forename"], pairs["forename_b"])
    surnames = _similar(pairs["surname"], pairs["surname_b"])
    return pl.select(pl.coalesce(forenames, surnames).fill_null(False)).to_series()


def _similar(left: pl.Series, right: pl.Series) -> pl.Series:
    known = left.is_not_null() & right.is_not_null()
    scores = cpdist(
        left.fill_null("").to_list(), right.fill_null("").to_list(), scorer=JaroWinkler.normalized_similarity
    )
    return pl.select(pl.when(known).then(pl.Series(scores) >= CLOSE)).to_series()
