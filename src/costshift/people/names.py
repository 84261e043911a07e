"""When two names are close: fixed beforehand, the same for every place.

Definition: docs/methods/people.md.
"""

from __future__ import annotations

import polars as pl
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

#: Jaro-Winkler similarity from which two normalised names are close.
CLOSE = 0.9
#: Letters from which one slip (a letter too many, too few, wrong, or two in each other's place) leaves a name close.
LETTERS_FOR_A_SLIP = 5

#: Each comparison of two records' names: the column of the one, the column of the other.
_COMPARED = {
    "forenames": ("forename", "forename_b"),
    "surnames": ("surname", "surname_b"),
    "forename_surname": ("forename", "surname_b"),
    "surname_forename": ("surname", "forename_b"),
}


def compared_names(pairs: pl.DataFrame, spelling: pl.DataFrame) -> pl.DataFrame:
    """How the names of each pair compare.

    Args:
        pairs: forename, surname, forename_b, surname_b as codes; null where a name is absent.
        spelling: code, name: what each code stands for.

    Returns:
        The pairs with, true or false:

        - ``both_same``: forename and surname are the same, or the same in each other's place;
        - ``both_close``: likewise close;
        - ``forename_close``: the forenames are close, or both names in each other's place;
        - ``surname_close``: the surnames are close;
        - ``name_close``: a name is close. Forenames decide where both records have one, because twins share a
          surname and marriage changes it; else surnames do, or a name that stands in the other's place.
    """
    if not pairs.height:
        told = ("both_same", "both_close", "forename_close", "surname_close", "name_close")
        return pairs.with_columns(pl.lit(False).alias(name) for name in told)
    wanted = pl.concat(
        pairs.select(pl.col(one).alias("one"), pl.col(other).alias("other")) for one, other in _COMPARED.values()
    )
    # Each two names once, whichever comes first: pairs repeat the same few names.
    wanted = wanted.drop_nulls().filter(pl.col("one") != pl.col("other"))
    ordered = wanted.select(
        pl.min_horizontal("one", "other").alias("one"), pl.max_horizontal("one", "other").alias("other")
    )
    close = _close(ordered.unique(), spelling)
    whole = pairs
    for name, (one, other) in _COMPARED.items():
        whole = (
            whole.with_columns(
                pl.min_horizontal(one, other).alias("_one"),
                pl.max_horizontal(one, other).alias("_other"),
            )
            .join(close, left_on=["_one", "_other"], right_on=["one", "other"], how="left", maintain_order="left")
            .with_columns(
                pl.when(pl.col(one).is_not_null() & pl.col(other).is_not_null())
                .then((pl.col(one) == pl.col(other)) | pl.col("_close").fill_null(False))
                .alias(f"_{name}")
            )
            .drop("_one", "_other", "_close")
        )
    return _told(whole)


def _told(pairs: pl.DataFrame) -> pl.DataFrame:
    yes = {name: pl.col(f"_{name}").fill_null(False) for name in _COMPARED}
    no = {name: ~pl.col(f"_{name}").fill_null(True) for name in _COMPARED}
    same = ((pl.col("forename") == pl.col("forename_b")) & (pl.col("surname") == pl.col("surname_b"))) | (
        (pl.col("forename") == pl.col("surname_b")) & (pl.col("surname") == pl.col("forename_b"))
    )
    swapped_both = yes["forename_surname"] & yes["surname_forename"]
    swapped = (yes["forename_surname"] | yes["surname_forename"]) & ~no["forename_surname"] & ~no["surname_forename"]
    without_forename = pl.col("_forenames").is_null()
    return pairs.with_columns(
        same.fill_null(False).alias("both_same"),
        ((yes["forenames"] & yes["surnames"]) | swapped_both).alias("both_close"),
        (yes["forenames"] | swapped_both).alias("forename_close"),
        yes["surnames"].alias("surname_close"),
        (yes["forenames"] | (without_forename & yes["surnames"]) | swapped).alias("name_close"),
    ).drop(f"_{name}" for name in _COMPARED)


def _close(pairs: pl.DataFrame, spelling: pl.DataFrame) -> pl.DataFrame:
    """one, other, _close: the pairs of codes whose names are close."""
    spelt = pairs.join(spelling, left_on="one", right_on="code", how="left", maintain_order="left").join(
        spelling.rename({"name": "name_b"}), left_on="other", right_on="code", how="left", maintain_order="left"
    )
    left, right = spelt["name"].to_list(), spelt["name_b"].to_list()
    if not left:
        return pairs.with_columns(pl.lit(False).alias("_close"))
    alike = cpdist(left, right, scorer=JaroWinkler.normalized_similarity) >= CLOSE
    slip = cpdist(left, right, scorer=OSA.distance) <= 1
    # One of several names left out: Smith-Jones and Smith.
    part = cpdist(left, right, scorer=fuzz.token_set_ratio) >= 100
    letters = pl.min_horizontal(pl.col("name").str.len_chars(), pl.col("name_b").str.len_chars())
    return spelt.select(
        "one",
        "other",
        (
            pl.Series(alike) | (pl.Series(slip) & (letters >= LETTERS_FOR_A_SLIP)) | (pl.Series(part) & (letters > 1))
        ).alias("_close"),
    ).filter("_close")
