"""One spelling of a text, so that values typed or exported in different ways can be compared."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

#: Up to so many different texts are normalised one by one: to set up the way in bulk takes longer.
_FEW = 500

_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
_APOSTROPHES = "\u2018\u2019"
# Besides all white space: a byte order mark, a zero-width space, and what a failed decoding leaves behind.
_AS_SPACE = "?\ufeff\u200b\ufffd"
_END_OF_CASED_CHARACTERS = 0x20000
_AROUND_MARKS = r" *([-/()\[\]:]) *"
_RUN_OF_SPACES = r" {2,}"


@cache
def _replacements() -> dict[str, str]:
    # Folding is spelled out by character because polars has none, and its lower case is another thing.
    table: dict[str, str] = {}
    for number in range(_END_OF_CASED_CHARACTERS):
        character = chr(number)
        if character.isspace() or character in _AS_SPACE:
            table[character] = " "
        elif character in _DASHES:
            table[character] = "-"
        elif character in _APOSTROPHES:
            table[character] = "'"
        elif character.casefold() != character:
            table[character] = character.casefold()
    return table


@cache
def _translation() -> dict[int, str]:
    return str.maketrans(_replacements())


def normalise_text(text: str) -> str:
    """Return the text casefolded, with one kind of dash, apostrophe and space, and no needless spaces.

    Non-breaking spaces, stray question marks and other white space become spaces; all dashes become ``-``;
    there is no space around dashes, slashes, brackets and colons; runs of spaces become one; the ends are
    trimmed. Published NHS labels need it: they mix dashes, non-breaking spaces and stray question marks.
    """
    plain = re.sub(_AROUND_MARKS, r"\1", text.translate(_translation()))
    return re.sub(_RUN_OF_SPACES, " ", plain).strip(" ")


def normalise(expr: pl.Expr) -> pl.Expr:
    """Return the text column with each value as ``normalise_text`` gives it; null stays null."""
    import polars as pl

    return expr.map_batches(normalised, return_dtype=pl.String, is_elementwise=True)


def normalised(texts: pl.Series) -> pl.Series:
    """Return the texts with each as ``normalise_text`` gives it; null stays null."""
    import polars as pl

    texts = texts.cast(pl.String)
    if texts.len() <= _FEW:
        return pl.Series(texts.name, [None if text is None else normalise_text(text) for text in texts], pl.String)
    values = texts.unique()
    if values.len() > _FEW:
        return _in_bulk(texts)
    # Labels come over and over: each is normalised once.
    table = {text: normalise_text(text) for text in values if text is not None}
    return texts.replace_strict(table, default=None, return_dtype=pl.String)


def _in_bulk(texts: pl.Series) -> pl.Series:
    table = _replacements()
    return (
        texts.str.replace_many(list(table), list(table.values()))
        .str.replace_all(_AROUND_MARKS, "$1")
        .str.replace_all(_RUN_OF_SPACES, " ")
        .str.strip_chars(" ")
    )
