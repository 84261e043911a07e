"""Delayed bed days that would tell the few people behind a row: which totals of days are suppressed as well.

The same delayed days are summed by provider, council, reason, state, side, partner; as days, beds, pounds. Days are
suppressed with the people behind them, 1 to the threshold; a row that nobody may know is then held to what the totals
leave of it. Where ten rows of at least a day each stand under a total of ten, every one of them is one day of one
person. Such totals are suppressed, wherever they are shown.

Three steps, so that a month's figures stay suppressed in later packs: first what every pack shows of every month, then
what packs show of the month that can be tested, then what only a month's own pack shows. No step suppresses what an
earlier one left.

Definition: docs/methods/disclosure.md.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from costshift.delays.both_sides import AGREEMENT
from costshift.ledger.bases import COLUMNS as BASES
from costshift.ledger.delay_shifts import UNALLOCATED
from costshift.project import Disclosure
from costshift.publish.held import Flagged, Held
from costshift.publish.inference import Flags, Whole, rounded

#: The days of a year: nobody waits for more in a month, whoever few they are.
_YEAR = 366
_TABLE, _AGREEMENT = "delayed_bed_days", "attribution_agreement"
_ALL = pl.lit(True)
_GOOD = pl.col("_good")
_ACUTE = _GOOD & (pl.col("setting") == "acute")
_OF_PROVIDERS = ("acute", "community", "mental_health")
_OF_NOBODY = ("person", "not_recorded", "unknown", "none")


@dataclass(frozen=True)
class DayTotals:
    """Figures that are sums of rows of days.

    Args:
        frame: where they are.
        column: the days.
        behind: the people behind them, by which they are suppressed.
        keys: columns of the frame to columns of the rows: of the rows with these values each is the sum.
        of: the rows: delayed_bed_days or attribution_agreement.
        where: which rows of the frame.
        rows: which of the rows.
    """

    frame: str
    column: str
    behind: str
    keys: Mapping[str, str]
    of: str = _TABLE
    where: pl.Expr = field(default_factory=lambda: _ALL)
    rows: pl.Expr = field(default_factory=lambda: _ALL)


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


def _always() -> list[DayTotals]:
    """What every pack shows of every month, or of the last 13."""
    days = ("numerator", "_numerator_people")
    in_flow = pl.col("indicator").is_in(["delayed_days_per_1000_discharges", "share_of_occupied_beds"])
    beds = (pl.col("measure") == "delayed_beds") & (pl.col("period") == "month")
    own = "_numerator", "_behind"
    return [
        DayTotals("delayed_beds_by_provider", *_DAYS, _same("month", "provider", "setting")),
        DayTotals("spc", *own, {"month": "month", "partner": "provider"}, where=beds),
        DayTotals("spc", *own, {"month": "month", "partner": "council"}, where=beds, rows=pl.col("setting") == "acute"),
        DayTotals("flow_indicators", *days, _same("month", "council"), where=in_flow, rows=_ACUTE),
        DayTotals("step_standards", *_DAYS, _same("month", "provider", "council", "state"), of=_AGREEMENT),
        DayTotals(
            "revisions",
            "_now_plus",
            "_now_plus_people",
            {"month": "month", "_partner": "provider"},
            where=(pl.col("table") == _TABLE) & (pl.col("_measure") == "delayed_bed_days"),
        ),
        *_of_agreement("agreement_by_month", ("month",), _ALL, {}),
        *_of_bases("attribution_bases"),
    ]


def _of_the_tested_month() -> list[DayTotals]:
    organisation = "agreement_by_organisation"
    return [
        *_of_agreement(organisation, ("month",), pl.col("role") == "all", {}),
        *_of_agreement(organisation, ("month",), pl.col("role") == "provider", {"organisation": "provider"}),
        *_of_agreement(organisation, ("month",), pl.col("role") == "council", {"organisation": "council"}),
        DayTotals("days_by_state", *_DAYS, _same("month", "state", "strength"), of=_AGREEMENT, rows=_GOOD),
        DayTotals("days_by_state", "_all_days", "_all_people", _same("month"), of=_AGREEMENT, rows=_GOOD),
        DayTotals(
            "days_by_sides",
            *_DAYS,
            {"month": "month", "recorded_side": "_recorded_side", "evidenced_side": "_evidenced_side"},
            of=_AGREEMENT,
            rows=_GOOD,
        ),
        *_of_bases("bases_by_partner"),
    ]


def _of_the_month() -> list[DayTotals]:
    found = []
    for frame, kind in (
        ("days_by_attribution", "recorded_attribution"),
        ("days_by_reason", "delay_reason"),
        ("days_by_pathway", "discharge_pathway"),
    ):
        whole = pl.col(kind).is_null()
        found += [
            DayTotals(frame, *_DAYS, _same("month", "setting", kind), where=~whole, rows=_GOOD),
            DayTotals(frame, *_DAYS, _same("month", "setting"), where=whole, rows=_GOOD),
        ]
    return found


_DAYS = ("delayed_bed_days", "people")


def _of_agreement(frame: str, keys: Sequence[str], where: pl.Expr, more: Mapping[str, str]) -> Iterator[DayTotals]:
    """Days by agreement: of all, of each kind, and of those too recent to test."""
    own = _same(*keys) | dict(more)
    yield DayTotals(frame, *_DAYS, own, _AGREEMENT, where, _GOOD)
    for name in AGREEMENT:
        kind = _GOOD & (pl.col("agreement") == name)
        yield DayTotals(frame, f"{name}_days", f"_{name}_people", own, _AGREEMENT, where, kind)
    early = _GOOD & (pl.col("state") == "not_yet_testable")
    yield DayTotals(frame, "too_recent_days", "_too_recent_people", own, _AGREEMENT, where, early)
    tested = _GOOD & (pl.col("agreement") != "untestable")
    yield DayTotals(frame, "_tested_days", "_tested_people", own, _AGREEMENT, where, tested)


def _of_bases(frame: str) -> Iterator[DayTotals]:
    """Each partner's days as recorded, and as evidenced: those whose partner is told by the rows alone."""
    for basis, of, side, rows in (
        ("recorded", _TABLE, "recorded_attribution", _GOOD),
        ("evidenced", _AGREEMENT, "evidenced_attribution", _GOOD),
        ("evidenced_firm", _AGREEMENT, "evidenced_attribution", _GOOD & (pl.col("strength") == "firm")),
    ):
        column = (f"{basis}_days", f"_{basis}_people")
        nobody = pl.col("partner") == UNALLOCATED
        whose = pl.col(side)
        yield DayTotals(
            frame, *column, {"month": "month", "partner": "council"}, of, ~nobody, rows & (whose == "council")
        )
        yield DayTotals(
            frame, *column, {"month": "month", "partner": "provider"}, of, ~nobody, rows & whose.is_in(_OF_PROVIDERS)
        )
        yield DayTotals(frame, *column, _same("month"), of, ~nobody, rows & (whose == "icb"))
        yield DayTotals(frame, *column, _same("month"), of, nobody, rows & whose.is_in(_OF_NOBODY))


def days_that_tell(frames: Mapping[str, pl.DataFrame], rule: Disclosure) -> Flagged:
    """The totals of days that are suppressed though not few people are behind them.

    Args:
        frames: tables and summaries, uncontrolled, inner columns included.
        rule: the disclosure rule.

    Returns:
        Frame to column (the people behind) to a flag for each row.
    """
    if _TABLE not in frames or not frames[_TABLE].height:
        return {}
    held = _Days(rule)
    rows = _rows(frames)
    for name in rows:
        held.take_rows(name, rows[name])
    months = [_partitions(held, name, own) for name, own in rows.items()]
    for month, place in months[0].items():
        for others in months[1:]:
            if month in others:
                held.alike([place], [others[month]])
    _margins(held, rows)
    steps = (_always(), _of_the_tested_month(), _of_the_month())
    for number, totals in enumerate(steps):
        for own in totals:
            if own.frame in frames and own.of in rows:
                held.take_totals(own, _named(own.frame, frames[own.frame]), rows[own.of])
        if number == 0:
            _one_whole(held, frames, months[0])
            _of_the_ledger(held, frames, "cost_shifts", "partner_positions")
        elif number == 2:
            _of_the_ledger(held, frames, "shifts_by_partner", "positions_by_partner")
        held.search()
    found = held.flagged({name: frame.height for name, frame in frames.items()})
    if "revisions" in found:
        _with_what_was_before(found["revisions"], with_measure_and_partner(frames["revisions"]))
    return found


def _with_what_was_before(flags: dict[str, pl.Series], revisions: pl.DataFrame) -> None:
    """With revised days go what they were before, and what both cost."""
    keys = ["month", "_partner"]
    told = revisions.filter(flags["_now_plus_people"]).select(keys).with_columns(pl.lit(True).alias("_told"))
    own = revisions.select(*keys, "table").join(told.unique(), on=keys, how="left", maintain_order="left")
    both = own.select(pl.col("_told").fill_null(False) & (pl.col("table") == _TABLE)).to_series()
    flags |= dict.fromkeys(("_now_plus_people", "_before_plus_people"), both)


class _Days(Held):
    """Days: rows of two tables, and the totals of them."""

    def __init__(self, rule: Disclosure) -> None:
        super().__init__(rule)
        #: The rows: table to the place of each.
        self.places: dict[str, Whole] = {}

    def take_rows(self, name: str, rows: pl.DataFrame) -> None:
        """Take the rows of a table in."""
        people = rows["people" if "people" in rows.columns else "_people"]
        self.places[name] = self.known.add(*self.days(rows["delayed_bed_days"], people, least=int(name == _TABLE)))

    def take_totals(self, own: DayTotals, frame: pl.DataFrame, rows: pl.DataFrame) -> None:
        """Take totals in that are the sums that they should be: definitions have exceptions."""
        keys = list(own.keys)
        taken = pl.Series(self.rows_of(own.frame, own.column), dtype=pl.UInt32)
        there = frame.with_row_index("_row").filter(own.where).select("_row", *keys, own.column, own.behind)
        parts = (
            rows.with_row_index("_part")
            .filter(own.rows)
            .select(
                "_part",
                *(pl.col(name).alias(key) for key, name in own.keys.items()),
                pl.col("delayed_bed_days").alias("_days"),
            )
        )
        joined = there.join(parts, on=keys, nulls_equal=True)
        sums = joined.group_by("_row").agg(pl.col("_days").sum().alias("_sum"))
        good = (
            there.join(sums, on="_row", how="left")
            .filter(pl.col(own.column) == pl.col("_sum").fill_null(0))
            .filter(~pl.col("_row").is_in(taken.implode()))
            .sort("_row")
            .with_row_index("_total")
        )
        latent = self.take(own.frame, own.column, own.behind, good)
        met = joined.join(good.select("_row", "_total"), on="_row").sort("_total", "_part")
        total, part = (met[name].to_numpy().astype(np.int64) for name in ("_total", "_part"))
        ends = np.searchsorted(total, np.arange(1, len(latent)))
        wholes = self.sums_of(np.split(self.places[own.of][part], ends) if len(latent) else [])
        self.known.hold(latent, np.arange(len(latent)), wholes, opens=False)

    def take(self, frame: str, column: str, behind: str, rows: pl.DataFrame) -> Whole:
        """Take days in as they are shown (``_row``: where), and give the places of what they are."""
        return self.publish(frame, column, behind, rows["_row"], self.days(rows[column], rows[behind]))

    def days(self, days: pl.Series, people: pl.Series, *, least: int = 0) -> tuple[Whole, Whole, Whole, Flags]:
        """Days, and as they may be known: of few people from ``least`` on, else what rounds to what is shown."""
        counts, behind = (own.fill_null(0).to_numpy().astype(np.int64) for own in (days, people))
        few = (behind >= 1) & (behind <= self.rule.threshold)
        shown = rounded(counts, self.rule)
        nothing = (counts == 0) & (behind == 0)
        low = np.maximum(least, shown - (self.rule.rounding - 1) // 2)
        high = shown + self.rule.rounding // 2
        most = np.maximum(self.rule.threshold * _YEAR, counts)
        return (
            counts,
            np.where(few, least, np.where(nothing, 0, low)),
            np.where(few, most, np.where(nothing, 0, high)),
            few,
        )


def _rows(frames: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The rows of both tables whose days are known, marked where the provider's month is used in totals."""
    discharges = frames.get("discharge_delays")
    keys = ["month", "provider"]
    refused = (
        pl.DataFrame(schema={"month": pl.Date, "provider": pl.String})
        if discharges is None
        else discharges.filter(~pl.col("acceptable")).select(keys).unique()
    ).with_columns(pl.lit(False).alias("_good"))
    found = {}
    for name in (_TABLE, _AGREEMENT):
        if name in frames:
            known = frames[name].filter(pl.col("delayed_bed_days").is_not_null())
            own = known.join(refused, on=keys, how="left", maintain_order="left")
            found[name] = own.with_columns(pl.col("_good").fill_null(True)).with_row_index("_at")
    if _AGREEMENT in found:
        found[_AGREEMENT] = found[_AGREEMENT].with_columns(
            pl.col(f"{side}_attribution")
            .replace_strict(
                {"council": "council", "person": "person", "none": "none", "not_recorded": "none"}, default="nhs"
            )
            .alias(f"_{side}_side")
            for side in ("recorded", "evidenced")
        )
    return found


def _named(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    return with_measure_and_partner(frame) if name == "revisions" else frame


def with_measure_and_partner(revisions: pl.DataFrame) -> pl.DataFrame:
    """Revisions with their measure and partner apart: ``_measure``, ``_partner``."""
    parts = pl.col("measure").str.splitn(": ", 2)
    return revisions.with_columns(
        parts.struct.field("field_0").alias("_measure"), parts.struct.field("field_1").alias("_partner")
    )


#: What the days of a month are parted by.
_BY = {
    _TABLE: ("provider", "council", "discharge_pathway", "delay_reason", "recorded_attribution"),
    _AGREEMENT: ("provider", "council", "recorded_attribution", "evidenced_attribution", "state", "agreement"),
}
#: And crosswise: each cell is in a sum of either.
_PAIRS = (
    ("provider", "recorded_attribution"),
    ("council", "recorded_attribution"),
    ("provider", "council"),
)


def _partitions(held: _Days, name: str, rows: pl.DataFrame) -> dict[dt.date, int]:
    """The days of a month are the sum of those of all providers, of all councils, of all reasons and so on.

    Returns:
        Month to the place of all its days, of providers whose month is used in totals.
    """
    placed = rows.with_columns(pl.Series("_place", held.places[name], dtype=pl.Int64))
    sets = [placed, placed.filter(_GOOD), placed.filter(_ACUTE)] if name == _TABLE else [placed, placed.filter(_GOOD)]
    for own in sets:
        whole = own.group_by("month", maintain_order=True).agg("_place")
        months = held.sums_of(_arrays(whole["_place"]))
        for by in _BY[name]:
            parts = own.group_by("month", by, maintain_order=True).agg("_place")
            sums = held.sums_of(_arrays(parts["_place"]))
            each = (
                parts.with_columns(pl.Series("_sum", sums, dtype=pl.Int64))
                .group_by("month", maintain_order=True)
                .agg("_sum")
            )
            found = dict(each.iter_rows())
            for month, place in zip(whole["month"], months.tolist(), strict=True):
                held.alike([place], found[month])
        for pair in _PAIRS:
            cells = own.group_by("month", *pair, maintain_order=True).agg("_place")
            cells = cells.with_columns(pl.Series("_sum", held.sums_of(_arrays(cells["_place"])), dtype=pl.Int64))
            for by in pair:
                nested = cells.group_by("month", by, maintain_order=True).agg(pl.col("_place").explode(), "_sum")
                wholes = held.sums_of(_arrays(nested["_place"])).tolist()
                for place, parts_of in zip(wholes, nested["_sum"], strict=True):
                    held.alike([place], parts_of.to_list())
    good = sets[1].group_by("month", maintain_order=True).agg("_place")
    return dict(zip(good["month"], held.sums_of(_arrays(good["_place"])).tolist(), strict=True))


def _placed(held: _Days, rows: pl.DataFrame, name: str = _TABLE) -> pl.DataFrame:
    """Rows with their places; ``_at``: which row of the table each is."""
    places = pl.Series(held.places[name], dtype=pl.Int64)
    return rows.with_columns(places.gather(rows["_at"]).alias("_place"))


def _arrays(lists: pl.Series) -> list[Whole]:
    return [own.to_numpy().astype(np.int64) for own in lists]


def _margins(held: _Days, rows: Mapping[str, pl.DataFrame]) -> None:
    """The days of both tables, by what both have."""
    if _AGREEMENT not in rows:
        return
    keys = ["month", "provider", "council", "recorded_attribution"]
    sides = [
        rows[name]
        .with_columns(pl.Series("_place", held.places[name], dtype=pl.Int64))
        .group_by(keys, maintain_order=True)
        .agg(pl.col("_place").alias(f"_{name}"))
        for name in (_TABLE, _AGREEMENT)
    ]
    both = sides[0].join(sides[1], on=keys, maintain_order="left")
    sums = [held.sums_of(_arrays(both[f"_{name}"])).tolist() for name in (_TABLE, _AGREEMENT)]
    for one, other in zip(*sums, strict=True):
        held.alike([one], [other])


def _one_whole(held: _Days, frames: Mapping[str, pl.DataFrame], months: Mapping[dt.date, int]) -> None:
    """On each basis the days of all partners are the same days."""
    frame = frames.get("attribution_bases")
    if frame is None:
        return
    for own in frame.with_row_index("_row").partition_by("month", maintain_order=True):
        sums = []
        for basis in BASES:
            column = f"{basis}_days"
            known = [held.is_held("attribution_bases", column, row) for row in own["_row"]]
            held.take("attribution_bases", column, f"_{basis}_people", own.filter(~pl.Series(known, dtype=pl.Boolean)))
            sums.append([held.what("attribution_bases", column, row) for row in own["_row"]])
        whole = months.get(own["month"][0])
        held.alike(*([] if whole is None else [[whole]]), *sums)


def _of_the_ledger(held: _Days, frames: Mapping[str, pl.DataFrame], shifts: str, positions: str) -> None:
    """Shifts of delayed days by payer and by driver, and positions: pounds of which the price tells the days."""
    if shifts not in frames or positions not in frames or "attribution_bases" not in frames:
        return
    rows = _rows(frames)[_TABLE]
    own = frames[shifts].with_row_index("_row").filter((pl.col("kind") == "delay") & (pl.col("_days") > 0))
    # A month in which all days have one price.
    whole = pl.col("amount") == pl.col("_days") * pl.col("price")
    prices = (
        own.with_columns((pl.col("amount") // pl.col("_days")).alias("price"))
        .group_by("month")
        .agg(pl.col("price").min(), (whole & (pl.col("price") == pl.col("price").min())).all().alias("one"))
        .filter("one")
        .select("month", "price")
    )
    own = own.join(prices, on="month", how="semi", maintain_order="left")
    for totals in _of_shifts(shifts):
        held.take_totals(totals, frames[shifts].join(prices, on="month", how="left", maintain_order="left"), rows)
    known = pl.Series([held.is_held(shifts, "_days", row) for row in own["_row"]], dtype=pl.Boolean)
    held.take(shifts, "_days", "people", own.filter(~known))
    places = [held.what(shifts, "_days", row) for row in own["_row"]]
    own = own.with_columns(pl.Series("_place", places, dtype=pl.Int64))
    _by_payer_and_driver(held, frames, own)
    moved = own.filter(pl.col("driver") != pl.col("payer"))
    unmoved = own.filter(pl.col("driver") == pl.col("payer")).select("month", "payer", "_place")
    kept = {(month, partner): [place] for month, partner, place in unmoved.iter_rows()}
    counted = (pl.col("nature") == "notional") & (pl.col("basis") == "counted")
    sides: dict[str, dict[object, list[int]]] = {"payer": {}, "driver": {}}
    #: Month and provider to the days that its beds held for each attribution.
    borne: dict[tuple[object, object], list[int]] = {}
    for side, column, people in (
        ("payer", "absorbed_for_others", "_absorbed_people"),
        ("driver", "passed_to_others", "_passed_people"),
    ):
        summed = moved.group_by("month", side, maintain_order=True).agg("_place")
        parts = {(month, partner): cells for month, partner, cells in summed.iter_rows()}
        every = own.group_by("month", side, maintain_order=True).agg("_place")
        wholes = {(month, partner): cells for month, partner, cells in every.iter_rows()}
        priced = frames[positions].join(prices, on="month", how="left", maintain_order="left")
        inside = counted & (pl.col(column) % pl.col("price") == 0)
        in_days = priced.with_columns(
            pl.when(inside).then(pl.col(column) // pl.col("price")).alias(column), inside.alias("_inside")
        )
        if side == "payer":
            # All that a provider's beds held for others: one sum of the rows.
            others = _GOOD & ~pl.col("recorded_attribution").is_in(_OF_PROVIDERS)
            keys = {"month": "month", "partner": "provider"}
            held.take_totals(
                DayTotals(positions, column, people, keys, where=pl.col("_inside"), rows=others), in_days, rows
            )
            by_side = (
                _placed(held, rows.filter(others))
                .group_by("month", "provider", "recorded_attribution", maintain_order=True)
                .agg("_place")
            )
            own_sums = (
                by_side.with_columns(pl.Series("_sum", held.sums_of(_arrays(by_side["_place"])), dtype=pl.Int64))
                .group_by("month", "provider", maintain_order=True)
                .agg("_sum")
            )
            for month, provider, cells in own_sums.iter_rows():
                borne[month, provider] = cells
        there = in_days.with_row_index("_row").filter("_inside")
        known = pl.Series([held.is_held(positions, column, row) for row in there["_row"]], dtype=pl.Boolean)
        held.take(positions, column, people, there.filter(~known))
        for row, month, partner in there.select("_row", "month", "partner").iter_rows():
            cell = held.what(positions, column, row)
            held.alike([cell], parts.get((month, partner), []))
            # All is what was moved, and what a partner bore of its own.
            held.alike(wholes.get((month, partner), []), [cell, *kept.get((month, partner), [])])
            if side == "payer":
                held.alike([cell], borne.get((month, partner), []))
            sides[side].setdefault(month, []).append(cell)
    # What all absorbed is what all passed on.
    for month, absorbed in sides["payer"].items():
        held.alike(absorbed, sides["driver"].get(month, []))


def _of_shifts(frame: str) -> Iterator[DayTotals]:
    """Shifts of delayed days as sums of the rows, where the rows alone tell the driver."""
    delay = (pl.col("kind") == "delay") & pl.col("price").is_not_null() & (pl.col("_days") > 0)
    keys = {"month": "month", "payer": "provider"}
    whose, driver = pl.col("recorded_attribution"), pl.col("driver")
    own, nobody = driver == pl.col("payer"), driver == UNALLOCATED
    for more, where, rows in (
        ({}, own, whose.is_in(_OF_PROVIDERS)),
        ({}, nobody, whose.is_in(_OF_NOBODY)),
        ({"driver": "council"}, ~own & ~nobody, whose == "council"),
        ({}, ~own & ~nobody, whose == "icb"),
    ):
        yield DayTotals(frame, "_days", "people", keys | more, where=delay & where, rows=_GOOD & rows)


def _by_payer_and_driver(held: _Days, frames: Mapping[str, pl.DataFrame], shifts: pl.DataFrame) -> None:
    table = _rows(frames)[_TABLE].with_columns(pl.Series("_place", held.places[_TABLE], dtype=pl.Int64))
    keys = {"month": "month", "provider": "payer"}
    paid = shifts.group_by("month", "payer", maintain_order=True).agg("_place")
    for days in (table.filter(_GOOD), table.filter(_ACUTE)):
        own = days.rename(keys).group_by("month", "payer", maintain_order=True).agg(pl.col("_place").alias("_days"))
        both = paid.join(own, on=["month", "payer"], how="inner", maintain_order="left")
        sums = held.sums_of(_arrays(both["_days"])).tolist()
        for place, shifted in zip(sums, both["_place"], strict=True):
            held.alike([place], shifted.to_list())
    bases = frames["attribution_bases"].with_row_index("_row")
    cells = {
        (month, partner): [
            held.what("attribution_bases", f"{basis}_days", row)
            for basis in BASES
            if held.is_held("attribution_bases", f"{basis}_days", row)
        ]
        for row, month, partner in bases.select("_row", "month", "partner").iter_rows()
    }
    for (month, driver), rows in shifts.group_by("month", "driver", maintain_order=True):
        for cell in cells.get((month, driver), []):
            held.alike([cell], rows["_place"].to_list())
