"""How a column is controlled for disclosure in ``public/``: part of its definition, so that none is without."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Count:
    """A count of people or spells: small ones suppressed, others rounded."""


@dataclass(frozen=True)
class RestsOn:
    """A whole quantity that is suppressed with the count of people behind it, and rounded."""

    count: str


@dataclass(frozen=True)
class SuppressedWith:
    """A result of estimation that tells no count: suppressed with the count that it rests on, and not rounded."""

    count: str


@dataclass(frozen=True)
class Scaled:
    """A quantity in proportion to another column: recomputed from that column as it was rounded.

    Pence where that is zero are rounded as :class:`Amount` is.
    """

    column: str


@dataclass(frozen=True)
class Ratio:
    """A ratio, recomputed from counts as they were rounded."""

    numerator: str
    denominator: str
    #: A column that says per how many the ratio is; None: per one.
    per: str | None = None


@dataclass(frozen=True)
class Stepped:
    """A whole quantity that is suppressed with the count behind it; pounds where ``money``, else as counts are.

    Pounds are rounded to the price of as many bed days as counts are.
    """

    count: str
    money: str


@dataclass(frozen=True)
class Interval:
    """One end of the interval of a proportion, worked out again from counts as they were rounded."""

    numerator: str
    denominator: str
    upper: bool


@dataclass(frozen=True)
class Imbalance:
    """The standardised difference of two shares, worked out again from both as they are shown."""

    first: str
    second: str


@dataclass(frozen=True)
class Rate:
    """A ratio of two inner columns as they were rounded; the lower one is left as it is where ``_calendar``."""

    numerator: str
    denominator: str


@dataclass(frozen=True)
class Charted:
    """Worked out again from what is shown, after the control: nothing of the uncontrolled value is kept."""


@dataclass(frozen=True)
class Amount:
    """Pence suppressed with the people behind them, and rounded to the price of as many bed days as counts are."""

    count: str


@dataclass(frozen=True)
class Difference:
    """One controlled column less another; suppressed with either."""

    of: str
    less: str


@dataclass(frozen=True)
class EndOf:
    """One end of the interval of an amount, rounded as amounts are, but outwards; suppressed with the amount.

    So that no rounding makes an estimate look surer than it is.
    """

    of: str
    upper: bool


@dataclass(frozen=True)
class Parted:
    """One part less another, each suppressed with those behind it; pence where ``_money``, else whole numbers.

    Pence are rounded as :class:`Amount` is. ``side`` begins the names of the inner columns: plus, minus, and after
    them ``_people``.
    """

    side: str

    @property
    def parts(self) -> tuple[str, str]:
        """The two inner columns."""
        return f"{self.side}_plus", f"{self.side}_minus"


@dataclass(frozen=True)
class Quotient:
    """A figure: ``top``, or top over ``bottom`` where that is not null; recomputed from both as they were rounded.

    Where ``top`` is null the figure counts no people, and is shown as it is.
    """

    top: str
    bottom: str


@dataclass(frozen=True)
class Free:
    """A number that tells of nobody: a price, a target, a share that was agreed, what others published."""

    why: str


@dataclass(frozen=True)
class ReasonOf:
    """Words for a difference between a count and what was published: said of the count as it was rounded.

    That two counts are the same, or differ by exactly what a filter removed, would tell the count.
    """

    count: str
    published: str


@dataclass(frozen=True)
class Against:
    """A controlled column less one that was published by others; suppressed with it."""

    of: str
    published: str


Control = (
    Count
    | RestsOn
    | SuppressedWith
    | Stepped
    | Scaled
    | Ratio
    | Imbalance
    | Rate
    | Charted
    | Quotient
    | Interval
    | Amount
    | Difference
    | Against
    | ReasonOf
    | Free
    | Parted
    | EndOf
)
