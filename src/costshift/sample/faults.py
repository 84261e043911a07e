"""Faults of every kind that real extracts have, each with its row and what stood there before.

A row gets one fault at most (a missing NHS number apart), so that each can be told apart. Kinds that make
a row worthless are rarer than those that only spoil a field: `KINDS_OF_FAULT` gives each kind's share of
`fault_rate`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from costshift.sample.arrays import Bools, Ints, Rng
from costshift.sample.records import Extract
from costshift.sample.settings import SampleSettings

#: Kind of fault and its weight: the kind hits `fault_rate` x weight of the rows where it can happen.
KINDS_OF_FAULT = {
    "nhs_number_digit": 0.6,
    "surname_typing": 1.0,
    "forename_typing": 1.0,
    "birth_date_part": 1.0,
    "ready_before_admission": 0.3,
    "ready_after_discharge": 0.3,
    "discharge_before_admission": 0.2,
    "unreadable_date": 0.3,
    "null_text": 0.5,
    "null_date": 0.4,
    "unknown_reason": 1.0,
    "reason_spaces_and_dashes": 2.0,
    "trailing_space": 1.0,
    "duplicate": 0.3,
    "key_conflict": 0.1,
}
_OPTIONAL_DATES = {
    "spells": ("discharge_ready_date", "birth_date"),
    "care_events": ("birth_date",),
    "referrals": ("accepted_date",),
    "chc": ("package_end_date",),
    "contacts": ("referral_date",),
}
_EMPTY_TEXT = {
    "spells": ("death_date", "delay_reason", "discharge_pathway"),
    "care_events": ("eligible_needs", "delivery_mechanism", "death_date"),
    "charges": ("end_date",),
    "referrals": ("accepted_date", "pathway"),
}
_SPACED = {
    "spells": ("spell_id", "discharge_destination"),
    "care_events": ("surname", "event_outcome"),
    "contacts": ("postcode",),
    "attendances": ("postcode",),
    "chc": ("postcode",),
    "referrals": ("referred_to",),
    "charges": ("contribution_per_week",),
}
_CONFLICT = {
    "spells": "treatment_function_code",
    "contacts": "duration_minutes",
    "attendances": "department_type",
    "charges": "contribution_per_week",
}


@dataclass(frozen=True)
class Faulty:
    """An extract's rows as text with the faults in them (`_row` numbers the rows), and the list of faults.

    `log` columns: _row, record_key, column, fault, before, after.
    """

    frame: pl.DataFrame
    log: pl.DataFrame


def with_faults(settings: SampleSettings, extract: Extract, rng: Rng) -> Faulty:
    """The rows of an extract as text, dates as yyyy-mm-dd, with faults at the set rate."""
    frame = extract.frame
    shown = [name for name in frame.columns if not name.startswith("_")]
    frame = frame.with_columns(pl.col(name).cast(pl.String) for name in shown)
    frame = frame.with_columns(pl.Series("_row", np.arange(frame.height, dtype=np.int64)))
    if settings.fault_rate == 0 or frame.height == 0:
        return Faulty(frame, _no_faults())
    maker = _Maker(settings, extract, frame, rng)
    maker.people()
    maker.dates()
    maker.text()
    maker.rows()
    return Faulty(maker.frame, maker.log())


def _no_faults() -> pl.DataFrame:
    """An empty list of faults."""
    names = ("record_key", "column", "fault", "before", "after")
    return pl.DataFrame(schema={"_row": pl.Int64, **dict.fromkeys(names, pl.String)})


class _Maker:
    """Puts one kind of fault after another into the rows that have none yet."""

    def __init__(self, settings: SampleSettings, extract: Extract, frame: pl.DataFrame, rng: Rng) -> None:
        self.settings, self.extract, self.frame, self.rng = settings, extract, frame, rng
        self.spoilt: Bools = np.zeros(frame.height, dtype=np.bool_)
        self.entries: list[pl.DataFrame] = []

    def _pick(self, fault: str, possible: Bools) -> Ints:
        """Unspoilt rows that get the fault, in order."""
        rate = min(1.0, self.settings.fault_rate * KINDS_OF_FAULT[fault])
        hit = possible & ~self.spoilt & (self.rng.random(len(possible)) < rate)
        self.spoilt |= hit
        return np.flatnonzero(hit)

    def _filled(self, column: str) -> Bools:
        if column not in self.frame.columns:
            return np.zeros(self.frame.height, dtype=np.bool_)
        return self.frame[column].is_not_null().to_numpy()

    def _put(self, fault: str, column: str, rows: Ints, after: pl.Series) -> None:
        """Write new values into a column and list them."""
        if len(rows) == 0:
            return
        before = self.frame[column].gather(pl.Series(rows))
        self._list(fault, column, rows, before, after)
        self.frame = self.frame.with_columns(self.frame[column].clone().scatter(pl.Series(rows), after))

    def _list(self, fault: str, column: str, rows: Ints, before: pl.Series, after: pl.Series) -> None:
        key = self.frame[self.extract.reference].gather(pl.Series(rows))
        self.entries.append(
            pl.DataFrame(
                {
                    "_row": rows,
                    "record_key": key,
                    "column": pl.Series([column], dtype=pl.String).gather(
                        pl.Series(np.zeros(len(rows), dtype=np.int64))
                    ),
                    "fault": pl.Series([fault]).gather(pl.Series(np.zeros(len(rows), dtype=np.int64))),
                    "before": before,
                    "after": after,
                }
            )
        )

    def people(self) -> None:
        """Missing NHS numbers, and typing errors in NHS numbers, names and birth dates."""
        if "_untraced" in self.frame.columns:
            missing = np.flatnonzero(self.frame["_untraced"].to_numpy())
            nothing = self.frame["nhs_number"].gather(pl.Series(missing))
            self._list("nhs_number_missing", "nhs_number", missing, nothing, nothing)
        rows = self._pick("nhs_number_digit", self._filled("nhs_number"))
        # Only the last seven digits, so that no number leaves the 999 range.
        place = 3 + self.rng.integers(0, 7, len(rows))
        step = 1 + self.rng.integers(0, 9, len(rows))
        if len(rows):
            text = self.frame["nhs_number"].gather(pl.Series(rows))
            digit = text.str.slice(pl.Series(place), 1).cast(pl.Int64)
            new = ((digit + pl.Series(step)) % 10).cast(pl.String)
            after = pl.select(
                pl.concat_str(text.str.slice(0, pl.Series(place)), new, text.str.slice(pl.Series(place + 1), 10))
            ).to_series()
            self._put("nhs_number_digit", "nhs_number", rows, after)
        for column in ("surname", "forename"):
            if column not in self.frame.columns:
                continue
            long = (self.frame[column].str.len_chars() >= 4).fill_null(False).to_numpy()
            rows = self._pick(f"{column}_typing", long)
            self._put(f"{column}_typing", column, rows, self._mistyped(column, rows))
        rows = self._pick("birth_date_part", self._filled("birth_date"))
        if len(rows):
            self._put("birth_date_part", "birth_date", rows, self._other_birth_date(rows))

    def _mistyped(self, column: str, rows: Ints) -> pl.Series:
        """A letter left out or put twice, or two letters in the wrong order."""
        text = self.frame[column].gather(pl.Series(rows))
        length = text.str.len_chars().cast(pl.Int64).to_numpy()
        at = 1 + np.floor(self.rng.random(len(rows)) * (length - 2)).astype(np.int64)
        way = pl.Series(self.rng.integers(0, 3, len(rows)))
        here, after = pl.Series(at), pl.Series(at + 1)
        head, one = text.str.slice(0, here), text.str.slice(here, 1)
        two, tail = text.str.slice(after, 1), text.str.slice(pl.Series(at + 2), 60)
        return pl.select(
            pl.when((way == 0) & (one != two))
            .then(pl.concat_str(head, two, one, tail))
            .when(way == 1)
            .then(pl.concat_str(head, two, tail))
            .otherwise(pl.concat_str(head, one, one, two, tail))
        ).to_series()

    def _other_birth_date(self, rows: Ints) -> pl.Series:
        """The birth date with the day, the month or the year off by a little; always a date."""
        text = self.frame["birth_date"].gather(pl.Series(rows))
        year = text.str.slice(0, 4).cast(pl.Int64).to_numpy()
        month = text.str.slice(5, 2).cast(pl.Int64).to_numpy()
        day = text.str.slice(8, 2).cast(pl.Int64).to_numpy()
        part = self.rng.integers(0, 3, len(rows))
        year = np.where(part == 0, year - 1 - self.rng.integers(0, 2, len(rows)), year)
        month = np.where(part == 1, month % 12 + 1, month)
        day = np.where(part == 2, np.where(day > 15, day - 7, day + 7), day)
        day = np.minimum(day, 28)
        return pl.select(
            pl.concat_str(
                pl.Series(year).cast(pl.String),
                pl.lit("-"),
                pl.Series(month).cast(pl.String).str.zfill(2),
                pl.lit("-"),
                pl.Series(day).cast(pl.String).str.zfill(2),
            )
        ).to_series()

    def dates(self) -> None:
        """Dates in the wrong order, unreadable ones, and dates that stand for none."""
        if self.extract.kind == "spells":
            closed = self._filled("discharge_date") & ~self._beyond()
            for fault, column, base, sign in (
                ("ready_before_admission", "discharge_ready_date", "admission_date", -1),
                ("ready_after_discharge", "discharge_ready_date", "discharge_date", 1),
                ("discharge_before_admission", "discharge_date", "admission_date", -1),
            ):
                rows = self._pick(fault, closed & self._filled(column))
                moved = self._shifted(base, rows, sign * (1 + self.rng.integers(0, 9, len(rows))))
                self._put(fault, column, rows, moved)
        for column in _OPTIONAL_DATES.get(self.extract.kind, ()):
            if self.settings.file_format == "csv":
                rows = self._pick("unreadable_date", self._filled(column))
                words = pl.Series(["31/02/2025", "n/k", "0205/2024"])
                said = words.gather(pl.Series(self.rng.integers(0, 3, len(rows))))
                self._put("unreadable_date", column, rows, said)
            rows = self._pick("null_date", ~self._filled(column))
            self._put("null_date", column, rows, _same("1800-01-01", len(rows)))

    def _beyond(self) -> Bools:
        """Rows that are still open at the end of the period: their discharge is not seen."""
        last = self.settings.last_day.isoformat()
        return (self.frame["discharge_date"] > last).fill_null(True).to_numpy()

    def _shifted(self, column: str, rows: Ints, days: Ints) -> pl.Series:
        base = self.frame[column].gather(pl.Series(rows)).str.to_date("%Y-%m-%d")
        return (base.cast(pl.Int32) + pl.Series(days).cast(pl.Int32)).cast(pl.Date).cast(pl.String)

    def text(self) -> None:
        """Unknown reasons, odd spaces and dashes, the word NULL, trailing spaces."""
        if "delay_reason" in self.frame.columns:
            rows = self._pick("unknown_reason", self._filled("delay_reason"))
            words = pl.Series(["Awaiting package", "Other - see notes", "Social care"])
            said = words.gather(pl.Series(self.rng.integers(0, 3, len(rows))))
            self._put("unknown_reason", "delay_reason", rows, said)
            dashed = self.frame["delay_reason"].str.contains(" – ", literal=True).fill_null(False).to_numpy()
            rows = self._pick("reason_spaces_and_dashes", dashed)
            text = self.frame["delay_reason"].gather(pl.Series(rows))
            way = pl.Series(self.rng.integers(0, 3, len(rows)))
            after = pl.select(
                pl.when(way == 0)
                .then(text.str.replace(" – ", "\u00a0– ", literal=True))
                .when(way == 1)
                .then(text.str.replace(" – ", " - ", literal=True))
                .otherwise(text.str.replace_all(" ", "\u00a0", literal=True))
            ).to_series()
            self._put("reason_spaces_and_dashes", "delay_reason", rows, after)
        for column in _EMPTY_TEXT.get(self.extract.kind, ()):
            dated = column.endswith("_date")
            if column not in self.frame.columns or (dated and self.settings.file_format != "csv"):
                continue
            rows = self._pick("null_text", ~self._filled(column))
            self._put("null_text", column, rows, _same("NULL", len(rows)))
        for column in _SPACED.get(self.extract.kind, ()):
            rows = self._pick("trailing_space", self._filled(column))
            if len(rows):
                self._put("trailing_space", column, rows, self.frame[column].gather(pl.Series(rows)) + "  ")

    def rows(self) -> None:
        """Rows that stand twice: the same in every field, or with another content under the same key."""
        every = np.ones(self.frame.height, dtype=np.bool_)
        height = self.frame.height
        twice = self._pick("duplicate", every)
        none = pl.Series([None], dtype=pl.String).gather(pl.Series(np.zeros(len(twice), dtype=np.int64)))
        if len(twice):
            self._list("duplicate", "", twice, none, none)
            self.entries[-1] = self.entries[-1].with_columns(_row=pl.Series(height + np.arange(len(twice))))
        parts = [self.frame.with_columns(_order=pl.Series(np.arange(height, dtype=np.float64)))]
        if len(twice):
            parts.append(
                self.frame[twice].with_columns(
                    _row=pl.Series(height + np.arange(len(twice))), _order=pl.Series(twice + 0.5)
                )
            )
        column = _CONFLICT.get(self.extract.kind)
        if column is not None:
            rows = self._pick("key_conflict", self._filled(column))
            if len(rows):
                before = self.frame[column].gather(pl.Series(rows))
                after = before.str.replace(r"^\d", "9")
                after = pl.select(
                    pl.when(after == before).then(before.str.replace(r"^\d", "8")).otherwise(after)
                ).to_series()
                self._list("key_conflict", column, rows, before, after)
                number = height + len(twice) + np.arange(len(rows))
                self.entries[-1] = self.entries[-1].with_columns(_row=pl.Series(number))
                parts.append(
                    self.frame[rows].with_columns(
                        after.alias(column), _row=pl.Series(number), _order=pl.Series(rows + 0.5)
                    )
                )
        self.frame = pl.concat(parts).sort("_order", maintain_order=True).drop("_order")

    def log(self) -> pl.DataFrame:
        """Every fault made."""
        return pl.concat([_no_faults(), *self.entries], how="vertical_relaxed")


def _same(value: str, count: int) -> pl.Series:
    return pl.Series([value]).gather(pl.Series(np.zeros(count, dtype=np.int64)))
