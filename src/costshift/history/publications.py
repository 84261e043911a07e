"""What was published: the uncontrolled figures of every pack, so that a later one can say what it revises.

The table ``publications`` of the history is only ever appended to. It holds sums by month and partner, and no row of
a person; but its counts are not controlled, and can be small. Files in ``reports/`` are never compared: anyone can
move or change them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from costshift.errors import HistoryError
from costshift.history.tables import UNWRITABLE, append, is_table, rows_of

#: One figure of a pack. ``concerned``: the month that it is about; ``partner``: whose it is, empty where nobody's;
#: ``people``: people or spells that it rests on, null where that is not counted; money in pounds.
FIGURE_SCHEMA = {
    "table": pl.String,
    "measure": pl.String,
    "label": pl.String,
    "concerned": pl.Date,
    "partner": pl.String,
    "unit": pl.String,
    "value": pl.Float64,
    "people": pl.Int64,
}
_PACK_SCHEMA = {
    "publication": pl.Int64,
    "month": pl.Date,
    "as_at": pl.Date,
    "known_at": pl.Int64,
    "loads": pl.String,
    "settings_hash": pl.String,
    "version": pl.String,
}
_KEY = ("table", "measure", "concerned", "partner")


@dataclass(frozen=True)
class State:
    """What a pack was made from: its month, the loads that counted, the settings and the version."""

    month: dt.date
    as_at: dt.date
    known_at: int
    loads: tuple[int, ...]
    settings_hash: str
    version: str

    @property
    def identity(self) -> tuple[dt.date, dt.date, int, tuple[int, ...]]:
        """The same month from the same loads, whatever the settings."""
        return self.month, self.as_at, self.known_at, self.loads


@dataclass(frozen=True)
class Published:
    """One publication: its number, what it was made from, and its figures (FIGURE_SCHEMA)."""

    number: int
    state: State
    figures: pl.DataFrame


class Publications:
    """The publications of one place, in the order in which they were made."""

    def __init__(self, history: Path) -> None:
        self.folder = history / "publications"

    def all(self) -> list[Published]:
        """Every publication, first to last.

        Raises:
            HistoryError: the table cannot be read.
        """
        if not is_table(self.folder):
            return []
        try:
            rows = rows_of(self.folder).collect()
        except (*UNWRITABLE, pl.exceptions.PanicException) as error:
            why = (str(error) or type(error).__name__).splitlines()[0]
            raise HistoryError(
                f"The history table {self.folder} cannot be opened: {why}. Restore the folder from its backup, or "
                "remove this one folder: packs can then not say what they revise of earlier ones."
            ) from None
        found = []
        for _, own in rows.sort("publication").group_by("publication", maintain_order=True):
            first = own.row(0, named=True)
            state = State(
                first["month"],
                first["as_at"],
                first["known_at"],
                tuple(int(load) for load in first["loads"].split(",") if load),
                first["settings_hash"],
                first["version"],
            )
            found.append(Published(first["publication"], state, own.select(list(FIGURE_SCHEMA)).sort(_KEY)))
        return found

    def before(self, state: State) -> Published | None:
        """The latest publication of an earlier month that a pack of this state is to be compared with.

        Only publications of loads known to this pack, and of other loads than its own (the same loads cannot have
        been revised). Once the pack was published, later publications change nothing any more: a report of the
        same loads gives the same bytes.
        """
        every = self.all()
        own = min((item.number for item in every if item.state.identity == state.identity), default=None)
        return _latest(
            item
            for item in every
            if item.state.month < state.month
            and item.state.known_at <= state.known_at
            and item.state.loads != state.loads
            and (own is None or item.number < own)
        )

    def of_month(self, month: dt.date, known_at: int | None = None) -> Published | None:
        """The latest publication of a month, of loads up to ``known_at`` where it is given."""
        return _latest(
            item
            for item in self.all()
            if item.state.month == month and (known_at is None or item.state.known_at <= known_at)
        )

    def append(self, state: State, figures: pl.DataFrame) -> int:
        """Keep what a pack said; the same content as last time appends nothing. The caller holds the history.

        Returns:
            The publication's number.

        Raises:
            HistoryError: the table cannot be written. The pack itself is published.
        """
        every = self.all()
        kept = figures.select(pl.col(name).cast(dtype) for name, dtype in FIGURE_SCHEMA.items()).sort(_KEY)
        last = max((item for item in every if item.state.identity == state.identity), key=_number, default=None)
        if last is not None and last.state == state and last.figures.equals(kept):
            return last.number
        number = max((item.number for item in every), default=0) + 1
        pack = {
            "publication": number,
            "month": state.month,
            "as_at": state.as_at,
            "known_at": state.known_at,
            "loads": ",".join(str(load) for load in state.loads),
            "settings_hash": state.settings_hash,
            "version": state.version,
        }
        rows = kept.select(*(pl.lit(pack[name], dtype=dtype).alias(name) for name, dtype in _PACK_SCHEMA.items()), "*")
        try:
            append(self.folder, rows)
        except UNWRITABLE as error:
            raise HistoryError(
                f"The pack is published, but its figures could not be kept in {self.folder}: "
                f"{str(error).splitlines()[0]}. Later packs could not say what they revise of it. When the folder can "
                "be written, publish again with `costshift report`."
            ) from None
        return number


def _number(item: Published) -> int:
    return item.number


def _latest(found: Iterable[Published]) -> Published | None:
    return max(found, key=lambda item: (item.state.month, item.state.known_at, item.number), default=None)
