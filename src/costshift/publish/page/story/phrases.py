"""How the sentences of the story say what they have in common: marks, pounds, names, doubts."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import polars as pl

from costshift.ledger.late_chc_decisions import PERSON
from costshift.publish import words
from costshift.publish.content import Headline
from costshift.publish.headlines import NOT_COMPUTABLE, SUPPRESSED
from costshift.publish.page.blocks import Values, hidden
from costshift.publish.page.view import View

#: A sentence, and the doubt that stands beside it.
Said = tuple[str, str]


def headlines_of(view: View) -> dict[str, Headline]:
    """The headline figures by key."""
    return {own.key: own for own in view.content.headlines}


def rows_of_month(view: View, summary: str) -> list[dict[str, Any]]:
    """A summary's rows of the report's month."""
    return view.summary(summary).filter(pl.col("month") == view.content.month).to_dicts()


def within(view: View, partner: str) -> str:
    """A partner's name within a sentence."""
    name = view.name(partner)
    return name[0].lower() + name[1:] if partner == PERSON else name


def stated(own: Headline, known: str, what: str) -> str:
    """A sentence with the figure, or what is said where it cannot be shown."""
    return known.format(own.shown) if own.value is not None else f"{what} {why_not(own.shown)}"


def state_of(mark: str) -> str:
    """What a mark says of a figure, after its name."""
    return f"suppressed ({SUPPRESSED})" if mark == SUPPRESSED else f"not known ({NOT_COMPUTABLE})"


def why_not(mark: str) -> str:
    """What a mark says of a figure, as the rest of a sentence."""
    return f"is suppressed ({SUPPRESSED})" if mark == SUPPRESSED else f"cannot be worked out ({NOT_COMPUTABLE})"


def whole_pounds(amount: Decimal) -> str:
    """Pounds as a board reads them, whole; the pence stand in the tables."""
    return words.pounds(amount, pence=False)


def mark_of(row: Values, column: str) -> str:
    """The mark that stands for a figure of a row."""
    return SUPPRESSED if column in hidden(row) else NOT_COMPUTABLE


def days_or_mark(row: Values, column: str) -> str:
    """Days of a row, or the mark that stands for them."""
    own = row[column]
    if own is None:
        return mark_of(row, column)
    return words.whole(own)


def doubt_of(*figures: Headline | None) -> str:
    """The first doubt that stands with one of the figures."""
    return next((own.doubt for own in figures if own is not None and own.doubt), "")


def further_suppressed(rows: Sequence[Values], column: str) -> str:
    """How many rows of a list are suppressed, as a sentence, or nothing."""
    number = sum(column in hidden(row) for row in rows)
    return (
        f"{words.counted(number, 'further amount is', 'further amounts are')} suppressed ({SUPPRESSED})."
        if number
        else ""
    )


def signed(own: int) -> str:
    """A number with its sign; a minus sign stays with its number at the end of a line."""
    sign = "+" if own > 0 else "\N{MINUS SIGN}" if own < 0 else ""
    return f"{sign}{abs(own):,}"
