"""What people used of the other side's services, ready to be summed within windows.

NHS use: contacts, attendances and bed days of each provider, valued at one price each, so that a rise of prices is no
effect. Every day of any delay is left out (delays have their own kind of shift), and where a window is summed for a
decision, every bed day of a spell that was open at it. Councils' use: care packages at their planned weekly cost.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import polars as pl

from costshift import standards
from costshift.organisations import Organisations
from costshift.prices.weekly_cost import with_weekly_pence
from costshift.standards.contacts import was_attended
from costshift.statistics.arrays import Floats, Ints
from costshift.statistics.streamed import streamed
from costshift.statistics.windows import Periods, Points

CONTACTS, ATTENDANCES, BED_DAYS, PACKAGES = "contacts", "attendances", "bed_days", "packages"
#: A month with fewer rows than this share of a sender's usual month is not covered by its extract.
USUAL_SHARE = 0.25
#: Senders of few rows (a median below this) have no usual month; and those with a small share of all have no say.
_FEW_ROWS = 20
_SMALL_SENDER = 0.02


@dataclass(frozen=True)
class Part:
    """One activity of one payer; ``price`` in pence a unit, None: unpriced. ``item`` names the price."""

    unit: str
    payer: str
    item: str
    price: float | None
    sums: Points | Periods


@dataclass(frozen=True)
class Coverage:
    """The days that every extract of a kind of activity covers, as numbers of days; nothing if first > last."""

    first: int
    last: int

    def holds(self, start: Ints, stop: Ints) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Whether all days from ``start`` to the day before ``stop`` are covered."""
        return np.asarray((start >= self.first) & (stop <= self.last + 1))


@dataclass(frozen=True)
class Use:
    """What people used. ``stays``: person, admitted, ended of spells; start, stop, weight, part of what they count.

    ``missing``: kinds of extract that were not sent. ``unpriced``: items of activity without a price.
    """

    parts: list[Part]
    coverage: Coverage
    stays: pl.DataFrame
    missing: tuple[str, ...] = ()
    unpriced: tuple[str, ...] = field(default=())

    def within(
        self, person: Ints, day: Ints, start: Ints, stop: Ints, open_stays: pl.DataFrame | None = None
    ) -> Floats:
        """Units of each part (columns) that each row's person used from ``start`` to the day before ``stop``.

        Args:
            person: of each row.
            day: its decision; bed days of spells that were open on it are left out.
            start: the window's first day.
            stop: the day after its last.
            open_stays: :meth:`open_stays` of the rows, where several windows of them are summed.
        """
        found = self.open_stays(person, day) if open_stays is None else open_stays
        return self._until(person, stop) - self._until(person, start) - self._open(found, start, stop)

    def in_steps(
        self, person: Ints, day: Ints, steps: Sequence[int], open_stays: pl.DataFrame, until: Ints
    ) -> list[Floats]:
        """As :meth:`within`, of each window from one step to the next, in days from the decision: one search a step.

        Nothing counts from each row's day ``until`` on.
        """
        edges = [np.minimum(day + step, until) for step in steps]
        sums = [self._until(person, edge) for edge in edges]
        return [
            after - before - self._open(open_stays, start, stop)
            for (before, after), (start, stop) in zip(pairwise(sums), pairwise(edges), strict=True)
        ]

    def _until(self, person: Ints, day: Ints) -> Floats:
        columns = [part.sums.until(person, day) for part in self.parts]
        return np.stack(columns, axis=1).astype(np.float64) if columns else np.zeros((len(person), 0))

    def in_hospital(self, person: Ints, day: Ints) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Whether each row's person was in hospital on the day."""
        found = np.zeros(len(person), dtype=np.bool_)
        found[self.open_stays(person, day)["row"].to_numpy()] = True
        return found

    def open_stays(self, person: Ints, day: Ints) -> pl.DataFrame:
        """The spells that were open on each row's day: row, and the columns of ``stays``."""
        rows = pl.DataFrame({"row": np.arange(len(person)), "person": person, "day": day})
        return rows.join(self.stays, on="person").filter(
            (pl.col("admitted") <= pl.col("day")) & (pl.col("day") <= pl.col("ended"))
        )

    def _open(self, found: pl.DataFrame, start: Ints, stop: Ints) -> Floats:
        """Units of spells that were open at the decision."""
        taken = np.zeros((len(start), len(self.parts)))
        if found.height:
            row = found["row"].to_numpy()
            overlap = np.minimum(found["stop"].to_numpy(), stop[row]) - np.maximum(
                found["start"].to_numpy(), start[row]
            )
            np.add.at(taken, (row, found["part"].to_numpy()), np.maximum(overlap, 0) * found["weight"].to_numpy())
        return taken


_NO_STAYS = dict.fromkeys(("person", "admitted", "ended", "start", "stop", "weight", "part"), pl.Int64)


def nhs_use(
    views: Mapping[str, pl.LazyFrame],
    spells: pl.LazyFrame,
    organisations: Organisations,
    prices: Mapping[str, float],
    as_at: dt.date,
    of: pl.Series | None = None,
) -> Use:
    """The NHS use of the people of a place.

    Args:
        views: kind name to its current rows with ``person``: contacts and attendances are read.
        spells: dated spells (provider, setting, admission_date, end_date, ready_date, admission_method, person).
        organisations: codes to partners.
        prices: item of the unit costs to pounds a unit.
        as_at: the last day that counts.
        of: the people (``person``) whose use will be asked for, few of all: only theirs is kept to be summed. None:
            everybody's. What extracts cover, and whose parts there are, is told by everybody.
    """
    wanted = None if of is None else of.unique().implode()
    parts: list[Part] = []
    covers: list[Coverage] = []
    missing = []
    provider = organisations.partner(pl.col("provider_code")).alias("payer")
    for kind, unit, column in (("contacts", CONTACTS, "contact_date"), ("attendances", ATTENDANCES, "arrival_date")):
        rows = views.get(kind)
        if rows is None:
            missing.append(kind)
            continue
        kept = rows.filter(pl.col("person").is_not_null() & (pl.col(column) <= as_at))
        if kind == "contacts":
            kept = kept.filter(was_attended())
        counted = _rows_of_months(kept.select(pl.col("provider_code").alias("sender"), _number(column).alias("day")))
        counted = counted.with_columns(organisations.partner(pl.col("sender")).alias("sender"))
        covers.append(
            _all_of(list(_covers(counted.group_by("sender", "month").agg(pl.col("rows").sum()), as_at).values()))
        )
        payers = counted["sender"].unique().sort()
        theirs = kept if wanted is None else kept.filter(pl.col("person").is_in(wanted))
        own = streamed(theirs.select("person", _number(column).alias("day"), provider))
        of_payer = own.partition_by("payer", as_dict=True)
        for payer in payers:
            points = of_payer.get((payer,), own.head(0))
            sums = Points.of(points["person"].to_numpy(), points["day"].to_numpy())
            parts.append(_part(unit, "any", str(payer), sums, prices))
    spells = _in_beds(spells)
    sender = ["payer", "setting", "unit"]
    senders = streamed(spells.select(sender).unique())
    covers.append(_covered(spells.select(pl.col("payer").alias("sender"), pl.col("admitted").alias("day")), as_at))
    stays = _stays(spells if wanted is None else spells.filter(pl.col("person").is_in(wanted)))
    of_sender = stays.partition_by(sender, as_dict=True, maintain_order=True)
    stays = stays.head(0)
    pieces = []
    for payer, setting, unit in sorted(senders.rows(), key=str):
        own = of_sender.pop((payer, setting, unit), stays).drop(sender)
        sums_of = Periods.of(*(own[name].to_numpy() for name in ("person", "start", "stop", "weight")))
        pieces.append(own.with_columns(pl.lit(len(parts), dtype=pl.Int64).alias("part")))
        parts.append(_part(str(unit), str(setting), str(payer), sums_of, prices))
    order = sorted(range(len(parts)), key=lambda at: (parts[at].unit, parts[at].payer, parts[at].item))
    place = {old: new for new, old in enumerate(order)}
    together = pl.concat(pieces).select(*_NO_STAYS) if pieces else pl.DataFrame(schema=_NO_STAYS)
    return Use(
        parts=[parts[at] for at in order],
        coverage=_all_of(covers),
        stays=together.with_columns(pl.col("part").replace_strict(place, return_dtype=pl.Int64, default=None)),
        missing=tuple(missing),
        unpriced=tuple(sorted({part.item for part in parts if part.price is None})),
    )


def council_use(events: pl.LazyFrame, as_at: dt.date) -> Use:
    """The care packages that councils pay for, in pence by the day: a seventh of the weekly cost.

    Args:
        events: :func:`costshift.eligibility.decisions.council_events`.
        as_at: the last day that counts.
    """
    services = streamed(
        with_weekly_pence(events.filter(pl.col("event_type") == "Service"))
        .select(
            "person",
            "council",
            _number("event_start_date").alias("start"),
            (_number("event_end_date") + 1).fill_null(_day_number(as_at) + 1).alias("stop"),
            "weekly",
        )
        .filter(pl.col("weekly").is_not_null())
    )
    parts = [
        Part(
            PACKAGES,
            str(council),
            "planned weekly cost",
            1 / 7,
            Periods.of(*(own[name].to_numpy() for name in ("person", "start", "stop", "weekly"))),
        )
        for (council,), own in sorted(
            services.partition_by("council", as_dict=True).items(), key=lambda item: str(item[0])
        )
    ]
    ended = events.filter((pl.col("event_type") != "Service") & pl.col("event_end_date").is_not_null()).select(
        pl.col("council").alias("sender"), _number("event_end_date").alias("day")
    )
    return Use(parts, _covered(ended, as_at), pl.DataFrame(schema=_NO_STAYS))


def _part(unit: str, setting: str, payer: str, sums: Points | Periods, prices: Mapping[str, float]) -> Part:
    item = standards.activity_prices().get((unit, setting), f"bed_day_{setting}")
    pounds = prices.get(item)
    return Part(
        BED_DAYS if unit.startswith(BED_DAYS) else unit, payer, item, None if pounds is None else pounds * 100, sums
    )


def _in_beds(spells: pl.LazyFrame) -> pl.LazyFrame:
    """The spells of people, whole: person, payer, setting, unit, admitted, ended, start, stop, weight 1, and ready."""
    elective = pl.col("admission_method").str.starts_with("1").fill_null(False)
    return spells.filter(pl.col("person").is_not_null()).select(
        "person",
        pl.col("provider").alias("payer"),
        "setting",
        pl.when(elective).then(pl.lit("bed_days_elective")).otherwise(pl.lit(BED_DAYS)).alias("unit"),
        _number("admission_date").alias("admitted"),
        _number("end_date").alias("ended"),
        _number("admission_date").alias("start"),
        _number("end_date").alias("stop"),
        pl.lit(1, dtype=pl.Int64).alias("weight"),
        _number("ready_date").alias("ready"),
    )


def _stays(own: pl.LazyFrame) -> pl.DataFrame:
    """Bed days: person, payer, setting, unit, admitted, ended, and start, stop, weight of what counts.

    A spell (:func:`_in_beds`) counts once whole, and less one for every day on which its person was delayed in any.
    """
    # Delays of one person that touch are one, so that no day is taken away twice.
    new = (pl.col("ready") > pl.col("ended").shift(1).cum_max()).over("person").fill_null(True)
    delays = (
        own.filter(pl.col("ready") < pl.col("ended"))
        .sort("person", "ready", "ended")
        .with_columns(new.cum_sum().over("person").alias("run"))
        .group_by("person", "run")
        .agg(pl.col("ready").min().alias("from"), pl.col("ended").max().alias("until"))
    )
    taken = (
        own.drop("ready")
        .join(delays, on="person")
        .with_columns(
            pl.max_horizontal("start", "from").alias("start"),
            pl.min_horizontal("stop", "until").alias("stop"),
            pl.lit(-1, dtype=pl.Int64).alias("weight"),
        )
        .filter(pl.col("start") < pl.col("stop"))
        .select(own.drop("ready").collect_schema().names())
    )
    return streamed(pl.concat([own.drop("ready"), taken])).sort("person", "admitted", "ended", "start", "stop", "payer")


def _number(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.Int32).cast(pl.Int64)


def _day_number(day: dt.date) -> int:
    return (day - dt.date(1970, 1, 1)).days


def _covered(rows: pl.LazyFrame, as_at: dt.date) -> Coverage:
    """The days that all senders cover."""
    return _all_of(list(coverage_by_sender(rows, as_at).values()))


def coverage_by_sender(rows: pl.LazyFrame, as_at: dt.date, own: Collection[str] = ()) -> dict[str, Coverage]:
    """What each sender's extract covers: its last unbroken run of usual months.

    A month is usual if it has at least a quarter of the rows of the sender's median month; a sender of few rows has no
    usual month and covers from its first month to its last; one with less than 2% of all rows has no say, and is not
    in the answer, unless it is asked for by name.

    Args:
        rows: sender, day (a number).
        as_at: the last day that counts.
        own: senders that are asked about themselves: each is in the answer, however few its rows.
    """
    return _covers(_rows_of_months(rows), as_at, own)


def _rows_of_months(rows: pl.LazyFrame) -> pl.DataFrame:
    """sender, month, rows; of sender, day (a number)."""
    month = pl.col("day").cast(pl.Int32).cast(pl.Date).dt.month_start().alias("month")
    return streamed(rows.group_by("sender", month).agg(pl.len().alias("rows")))


def _covers(counted: pl.DataFrame, as_at: dt.date, named: Collection[str] = ()) -> dict[str, Coverage]:
    """As :func:`coverage_by_sender`, of the rows of each sender and month."""
    every = int(counted["rows"].sum())
    counted = counted.filter(pl.col("month") <= as_at).sort("sender", "month")
    covers = {}
    for (sender,), own in counted.group_by("sender", maintain_order=True):
        if own["rows"].sum() < _SMALL_SENDER * every and sender not in named:
            continue
        usual = float(own["rows"].median() or 0)  # type: ignore[arg-type]
        few = usual < _FEW_ROWS
        months = own["month"].to_list() if few else own.filter(pl.col("rows") >= USUAL_SHARE * usual)["month"].to_list()
        first = months[0] if few else _start_of_run(months)
        end = min(_month_after(months[-1]) - dt.timedelta(days=1), as_at)
        covers[str(sender)] = Coverage(_day_number(first), _day_number(end))
    return covers


def _start_of_run(months: list[dt.date]) -> dt.date:
    first = months[-1]
    for month in reversed(months[:-1]):
        if _month_after(month) != first:
            break
        first = month
    return first


def _month_after(month: dt.date) -> dt.date:
    return dt.date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _all_of(covers: list[Coverage]) -> Coverage:
    if not covers:
        return Coverage(1, 0)
    return Coverage(max(own.first for own in covers), min(own.last for own in covers))
