"""What a pack says: the tables for one audience, the headline figures, the checks and where all came from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import polars as pl

from costshift.extracts.read_extract import InputFile
from costshift.history.publications import State
from costshift.history.store import Submission
from costshift.indicators.awaited import Awaited
from costshift.project import Project

if TYPE_CHECKING:
    from costshift.publish.page.blocks import Grid

Audience = Literal["public", "internal"]
Status = Literal["pass", "warn", "fail"]


@dataclass(frozen=True)
class Check:
    """One check of the run. ``warn`` stands beside the figures; ``fail`` needs a person."""

    name: str
    status: Status
    detail: str


@dataclass(frozen=True)
class Headline:
    """One figure that is read aloud.

    ``value`` is null where it was suppressed or could not be worked out; ``shown`` is then ``[c]`` or ``[x]``.
    ``doubt`` is what must be said with it, or empty.
    """

    key: str
    label: str
    value: float | None
    unit: str
    shown: str
    doubt: str


@dataclass(frozen=True)
class Restricted:
    """The person-level tables by name.

    ``person_index``: the table of that name in parts, in its order, worked out while it is written: it is as long as
    the history. None: the project asks for none.
    """

    tables: dict[str, pl.DataFrame]
    person_index: Iterable[pl.DataFrame] | None


class RestrictedLater:
    """The person-level tables, still to be worked out. What they are worked out from is let go of after it."""

    def __init__(self, work: Callable[[], Restricted]) -> None:
        self._work: Callable[[], Restricted] | None = work

    def take(self) -> Restricted:
        """Work them out; once."""
        assert self._work is not None
        work, self._work = self._work, None
        return work()


@dataclass(frozen=True)
class Analysis:
    """Everything that a pack is made of. Tables and summaries are uncontrolled, with inner columns, money in pence.

    ``summaries``: by name, what the page shows in place of fine-grained tables (publish/summaries.py).
    ``bed_day_prices``: month, setting, price_pence: the prices of delayed bed days that were used.
    ``restricted``: the person-level tables, which no page or workbook needs: they can wait until those are begun.
    """

    tables: dict[str, pl.DataFrame]
    restricted: RestrictedLater
    summaries: dict[str, pl.DataFrame]
    prices: pl.DataFrame
    bed_day_prices: pl.DataFrame
    checks: list[Check]
    submissions: list[Submission]
    known_at: int
    #: What the pack is made from, and its figures by month and partner: kept when it is published.
    state: State
    figures: pl.DataFrame
    #: Extracts of which the month has no submission, and the publication that revisions are against.
    awaited: tuple[Awaited, ...] = ()
    compared_with: State | None = None


@dataclass(frozen=True)
class SubmittedFile:
    """A file that counts in this pack, with the month and load that brought it."""

    month: dt.date
    load: int
    file: InputFile


@dataclass(frozen=True)
class Picture:
    """A chart as it was drawn: SVG text and PNG bytes, with its title, its words and the table of its figures."""

    key: str
    title: str
    alternative: str
    source: str
    svg: str
    png: bytes
    width: int
    height: int
    grid: Grid


@dataclass(frozen=True)
class PackContent:
    """All that page and workbook are made of, for one audience.

    ``tables``: unrestricted tables by name, as published (money in pounds; in public controlled, with the
    column ``suppressed``). ``summaries``: likewise, each controlled on its own; in no file of the pack.
    """

    project: Project
    version: str
    month: dt.date
    as_at: dt.date
    known_at: int
    audience: Audience
    headlines: list[Headline]
    tables: dict[str, pl.DataFrame]
    summaries: dict[str, pl.DataFrame]
    checks: list[Check]
    inputs: list[SubmittedFile]
    prices: pl.DataFrame
    filter_sentences: dict[str, str]
    settings_hash: str
    awaited: tuple[Awaited, ...] = ()
    #: What the publication was made from that the table revisions is against.
    compared_with: State | None = None
    #: The charts by key, drawn from these tables and summaries.
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    #: Charts that would be empty, by key, with what is said in their place.
    pictures_left_out: Mapping[str, str] = field(default_factory=dict)


def exit_code_of(checks: list[Check], *, strict: bool = False) -> int:
    """0: done; 1: done, with findings that need a person."""
    wanting = ("fail", "warn") if strict else ("fail",)
    return int(any(check.status in wanting for check in checks))
