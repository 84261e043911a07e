"""Who was exposed to a decision, and whose decisions they are compared with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from costshift.eligibility import decisions as d
from costshift.statistics.arrays import Bools, Ints

#: Later than any day.
NEVER = 1 << 19
#: An exposure's transition, and that of its comparators.
COMPARED_WITH = {d.LOST: d.KEPT, d.REFUSED: d.ACCEPTED, d.REDUCED: d.KEPT}
#: What is matched exactly, besides council and quarter.
MATCHED_ON = ("age_band", "sex", "reason", "setting")
#: Of several exposures of one person and day the first of these is the person's; of one of them, the first council's.
_FIRST_OF_A_DAY = (d.LOST, d.REDUCED, d.REFUSED)
#: What no study asks of a decision.
_NOT_STUDIED = ("council_code", "started", "is_review", "decision", "basis", "need_band", "priced")


@dataclass(frozen=True)
class Exposures:
    """The decisions of a study, one row each, as arrays; days as numbers.

    ``first_exposure`` and ``death`` are of the row's person (NEVER if none). ``is_first``: the one row that is its
    person's first exposure. ``frame`` holds the same rows with council, quarter and what is matched on.
    """

    frame: pl.DataFrame
    person: Ints
    day: Ints
    first_exposure: Ints
    death: Ints
    is_first: Bools

    def chosen(self, rows: Bools) -> Exposures:
        """Some of the rows."""
        return Exposures(
            self.frame.filter(pl.Series(rows)),
            self.person[rows],
            self.day[rows],
            self.first_exposure[rows],
            self.death[rows],
            self.is_first[rows],
        )

    def exposed(self, transition: str) -> Bools:
        """Rows that are their person's first qualifying exposure, and of this transition."""
        own: Bools = (self.frame["transition"] == transition).to_numpy()
        return np.asarray(own & self.is_first)

    def comparators(self, transition: str, after: int) -> Bools:
        """Rows of the comparators' transition by people who were not yet exposed, nor within ``after`` days of it."""
        own: Bools = (self.frame["transition"] == COMPARED_WITH[transition]).to_numpy()
        return np.asarray(own & (self.day < self.first_exposure) & (self.first_exposure > self.day + after))

    def strata(self, columns: tuple[str, ...]) -> Ints:
        """A number for each combination of council, quarter and the columns."""
        wanted = ("council", "quarter", *columns)
        return self.frame.select(pl.struct(wanted).rank("dense").cast(pl.Int64)).to_series().to_numpy()


def exposures_of(decisions: pl.DataFrame, people: pl.DataFrame) -> Exposures:
    """The decisions with each person's first exposure: lost, refused or reduced, at any point of their history.

    Of several on the first day, which several councils can bring about, one counts: the loss before the reduction
    before the refusal, then the council that comes first by its id.

    Args:
        decisions: :func:`costshift.eligibility.decisions.council_decisions`, or those on continuing healthcare.
        people: person, death_date.
    """
    day = pl.col("decision_date")
    exposing = decisions.filter(pl.col("transition").is_in(list(COMPARED_WITH)))
    rank = pl.col("transition").replace_strict(
        {own: at for at, own in enumerate(_FIRST_OF_A_DAY)}, default=None, return_dtype=pl.Int8
    )
    first = (
        exposing.sort("person", "decision_date", rank, "council")
        .unique("person", keep="first", maintain_order=True)
        .select("person", day.alias("first_exposure"), pl.col("council").alias("_council"))
    )
    frame = (
        decisions.join(first, on="person", how="left")
        .join(people.select("person", "death_date"), on="person", how="left")
        .with_columns(
            day.dt.truncate("1q").alias("quarter"),
            # A council has one decision of a person and day.
            ((day == pl.col("first_exposure")) & pl.col("council").eq_missing(pl.col("_council")))
            .fill_null(False)
            .alias("_is_first"),
        )
        .drop(_NOT_STUDIED, strict=False)
        .sort("person", "council", "decision_date")
    )

    def numbered(column: str) -> Ints:
        days = frame[column].cast(pl.Int32).cast(pl.Int64).fill_null(NEVER)
        return np.asarray(days.to_numpy(), dtype=np.int64)

    return Exposures(
        frame.drop("first_exposure", "death_date", "_council", "_is_first"),
        frame["person"].cast(pl.Int64).to_numpy(),
        numbered("decision_date"),
        numbered("first_exposure"),
        numbered("death_date"),
        np.asarray(frame["_is_first"].to_numpy(), dtype=np.bool_),
    )
