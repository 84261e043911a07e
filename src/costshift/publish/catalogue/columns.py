"""A table and its columns; and the columns that several tables have.

Units: people, spells, days, beds, pounds, share (0 to 1), date, text, flag.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from costshift.publish.catalogue.controls import Control, Count

#: Pounds and pence in the published tables; whole pence inside.
MONEY = pl.Decimal(18, 2)


@dataclass(frozen=True)
class Column:
    """One column: its type, unit and meaning, and how it is controlled (None: no number, so nothing to control)."""

    name: str
    dtype: pl.DataType
    unit: str
    meaning: str
    control: Control | None = None


@dataclass(frozen=True)
class Table:
    """One output table.

    ``resting`` names inner columns, beginning with an underscore, that the control of others needs and that
    are never published.
    """

    name: str
    title: str
    grain: tuple[str, ...]
    columns: tuple[Column, ...]
    definition: str
    restricted: bool = False
    resting: tuple[Column, ...] = ()

    @property
    def column_names(self) -> list[str]:
        """Published columns, in order."""
        return [column.name for column in self.columns]


DATE, TEXT, WHOLE, REAL, FLAG = pl.Date(), pl.String(), pl.Int64(), pl.Float64(), pl.Boolean()


def of_month(what: str = "Calendar month, as its first day") -> Column:
    """The month of a row."""
    return Column("month", DATE, "date", what)


PROVIDER = Column("provider", TEXT, "text", "Partner id of the provider in whose beds the spell was")
COUNCIL = Column("council", TEXT, "text", "Partner id of the person's council; unknown where no code was given")
PATHWAY = Column("discharge_pathway", TEXT, "text", "P0, P1, P2 or P3; unknown where none was given")
PEOPLE = Column("people", WHOLE, "people", "Different people behind the row", Count())


def count_of(name: str, unit: str, meaning: str) -> Column:
    """A count of people, spells or records."""
    return Column(name, WHOLE, unit, meaning, Count())


def inner(name: str, unit: str, control: Control) -> Column:
    """A whole number that other columns rest on, never published."""
    return Column(name, WHOLE, unit, "Inner: what other columns rest on", control)
