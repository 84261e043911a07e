"""Which hospitals and councils a list names where a place has more of them than anybody would read.

A sentence names up to 12 partners, and of more 5. Sets of charts, and tables with several rows or columns a partner,
show up to 24, and of more 5; a table with one row a partner shows 40. What they leave out they count, and they say
where it stands. Definition: docs/methods/what-is-shown.md.

Those shown are those with the most delayed bed days of the report's month, by what the pack shows its audience: what
is suppressed or not known comes last, so that the choice tells nothing that the figures do not. Ties go by name.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from costshift.publish.content import PackContent

#: Up to so many partners are all named in a sentence.
MOST_NAMED = 12
#: Up to so many are all in tables with several rows a partner, and in sets of charts.
MOST_LISTED = 24
#: Of more, so many.
FEW = 5
_MEASURE = "delayed_beds"


@dataclass(frozen=True)
class Order:
    """Partners by their delayed bed days of the month: the most first, ties by name.

    ``beds``: partner to delayed beds, which are the days by the days of the month, where they may be shown.
    """

    beds: Mapping[str, float]
    name: Callable[[str], str]

    def of(self, partners: Iterable[str]) -> list[str]:
        """The partners, those with the most days first."""
        return sorted(partners, key=lambda own: (own not in self.beds, -self.beds.get(own, 0), self.name(own), own))

    def few(self, partners: Iterable[str]) -> set[str]:
        """All of up to 24 partners; of more, the 5 with the most days."""
        every = set(partners)
        return every if len(every) <= MOST_LISTED else set(self.of(every)[:FEW])

    def most(self, partners: Iterable[str], rows: int) -> set[str]:
        """All of up to so many partners; of more, so many with the most days."""
        every = set(partners)
        return every if len(every) <= rows else set(self.of(every)[:rows])


def order_of(content: PackContent, names: Mapping[str, str]) -> Order:
    """The order of a pack's partners, from the table spc as its audience sees it."""
    spc = content.tables.get("spc")
    beds: dict[str, float] = {}
    if spc is not None:
        own = spc.filter(
            (pl.col("measure") == _MEASURE) & (pl.col("month") == content.month) & pl.col("value").is_not_null()
        )
        beds = dict(own.select("partner", "value").iter_rows())
    return Order(beds, lambda partner: names.get(partner, partner))


def councils_drawn(content: PackContent, order: Order) -> tuple[set[str], int]:
    """The councils and ICBs of which decisions on eligibility are drawn, and how many there are in all."""
    every: set[str] = set()
    for name in ("shift_effects", "eligibility_decomposition", "realised_eligibility"):
        if name in content.tables:
            every |= set(content.tables[name]["council"].unique())
    return order.few(every), len(every)


def where(table: str) -> str:
    """Where all rows of a published table stand, as the end of a sentence."""
    return f"in tables/{table}.parquet and, where a workbook is made, in its sheet {table}"


def chosen(shown: int, every: int, whom: str, place: str) -> list[str]:
    """The words beneath a list that leaves partners out: which it shows, and where the others stand.

    Args:
        shown: how many partners stand there.
        every: how many there are.
        whom: what they are, as councils.
        place: where all stand, as :func:`where` has it.
    """
    return largest(shown, every, whom, "the most delayed bed days of the month that this pack shows", place)


def largest(shown: int, every: int, what: str, of: str, place: str) -> list[str]:
    """The same, of a list whose rows are chosen by a figure of their own."""
    if shown >= every:
        return []
    return [f"Shown are {shown:,} of {every:,} {what}: those with {of}, ties by name. All stand {place}."]


def named(names: Collection[str]) -> str:
    """a, b and c; of more than 12 names the first 5, and how many others there are."""
    every = list(names)
    if len(every) > MOST_NAMED:
        return f"{', '.join(every[:FEW])} and {len(every) - FEW:,} others"
    return f"{', '.join(every[:-1])} and {every[-1]}" if len(every) > 1 else "".join(every)
