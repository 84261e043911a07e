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
from collections.abc import Mapping

import numpy as np
import polars as pl

from costshift.ledger.bases import COLUMNS as BASES
from costshift.project import Disclosure
from costshift.publish.days_shown import (
    ACUTE,
    AGREED,
    GOOD,
    OF_PROVIDERS,
    TABLE,
    DayTotals,
    of_every_month,
    of_shifts,
    of_the_month,
    of_the_tested_month,
)
from costshift.publish.held import Flagged, Held, figures_of_days
from costshift.publish.narrowing import Whole
from costshift.publish.together_pools import (
    BESIDE,
    Ledger,
    hold_pools,
    hold_schemes,
    with_beside,
    without_beside,
)


def days_that_tell(frames: Mapping[str, pl.DataFrame], rule: Disclosure) -> Flagged:
    """The totals of days that are suppressed though not few people are behind them.

    Args:
        frames: tables and summaries, uncontrolled, inner columns included.
        rule: the disclosure rule.

    Returns:
        Frame to column (the people behind) to a flag for each row.
    """
    if TABLE not in frames or not frames[TABLE].height:
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
    steps = (of_every_month(), of_the_tested_month(), of_the_month())
    for number, totals in enumerate(steps):
        for own in totals:
            if own.frame in frames and own.of in rows:
                held.take_totals(own, _named(own.frame, frames[own.frame]), rows[own.of])
        if number == 0:
            _one_whole(held, frames, months[0])
            _hold_disputes(held, frames, rows)
            ledger = _of_the_ledger(held, frames, "cost_shifts", "partner_positions")
            if ledger is not None:
                hold_pools(held, frames, ledger)
                hold_schemes(held, frames, ledger)
        elif number == 2:
            _of_the_ledger(held, frames, "shifts_by_partner", "positions_by_partner")
            # Shown where the project has pools; else they are the same as those after them.
            _of_the_ledger(held, frames, "shifts_by_partner", "positions_before_pools", after=False)
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
    both = own.select(pl.col("_told").fill_null(False) & (pl.col("table") == TABLE)).to_series()
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
        self.places[name] = self.known.add(
            *figures_of_days(rows["delayed_bed_days"], people, self.rule, least=int(name == TABLE))
        )

    def take_totals(self, own: DayTotals, frame: pl.DataFrame, rows: pl.DataFrame) -> None:
        """Take totals in that are the sums that they should be: definitions have exceptions."""
        keys = list(own.keys)
        taken = pl.Series(self.rows_of(own.frame, own.column), dtype=pl.UInt32)
        beside = [name for name in BESIDE if BESIDE[0] in frame.columns]
        there = frame.with_row_index("_row").filter(own.where).select("_row", *keys, own.column, own.behind, *beside)
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

    def take(self, frame: str, column: str, behind: str, rows: pl.DataFrame, *, least_of_few: int = 0) -> Whole:
        """Take days in as they are shown (``_row``: where), and give the places of what they are."""
        counts, least, most, few = figures_of_days(rows[column], rows[behind], self.rule, least=least_of_few)
        if BESIDE[0] in rows.columns:
            least, most = without_beside(rows, counts, least, most, few, self.rule)
        return self.publish(frame, column, behind, rows["_row"], (counts, least, most, few))


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
    for name in (TABLE, AGREED):
        if name in frames:
            known = frames[name].filter(pl.col("delayed_bed_days").is_not_null())
            own = known.join(refused, on=keys, how="left", maintain_order="left")
            found[name] = own.with_columns(pl.col("_good").fill_null(True)).with_row_index("_at")
    if AGREED in found:
        found[AGREED] = found[AGREED].with_columns(
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
    TABLE: ("provider", "council", "discharge_pathway", "delay_reason", "recorded_attribution"),
    AGREED: ("provider", "council", "recorded_attribution", "evidenced_attribution", "state", "agreement"),
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
    sets = [placed, placed.filter(GOOD), placed.filter(ACUTE)] if name == TABLE else [placed, placed.filter(GOOD)]
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


def _placed(held: _Days, rows: pl.DataFrame, name: str = TABLE) -> pl.DataFrame:
    """Rows with their places; ``_at``: which row of the table each is."""
    places = pl.Series(held.places[name], dtype=pl.Int64)
    return rows.with_columns(places.gather(rows["_at"]).alias("_place"))


def _arrays(lists: pl.Series) -> list[Whole]:
    return [own.to_numpy().astype(np.int64) for own in lists]


def _margins(held: _Days, rows: Mapping[str, pl.DataFrame]) -> None:
    """The days of both tables, by what both have."""
    if AGREED not in rows:
        return
    keys = ["month", "provider", "council", "recorded_attribution"]
    sides = [
        rows[name]
        .with_columns(pl.Series("_place", held.places[name], dtype=pl.Int64))
        .group_by(keys, maintain_order=True)
        .agg(pl.col("_place").alias(f"_{name}"))
        for name in (TABLE, AGREED)
    ]
    both = sides[0].join(sides[1], on=keys, maintain_order="left")
    sums = [held.sums_of(_arrays(both[f"_{name}"])).tolist() for name in (TABLE, AGREED)]
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


def _hold_disputes(held: _Days, frames: Mapping[str, pl.DataFrame], rows: Mapping[str, pl.DataFrame]) -> None:
    """The days of disputes with a note are those that differ, less those without a note."""
    frame = frames.get("dispute_outcomes")
    if frame is None or AGREED not in rows:
        return
    keys = ["month", "provider", "council"]
    noted = frame.with_row_index("_row")
    cells = held.take("dispute_outcomes", "delayed_bed_days", "people", noted, least_of_few=1)
    outcomes = (
        noted.with_columns(pl.Series("_cell", cells, dtype=pl.Int64))
        .group_by(keys, maintain_order=True)
        .agg("_cell", pl.col("delayed_bed_days").sum())
    )
    differing = (
        _placed(held, rows[AGREED].filter(pl.col("agreement").is_in(["disputed", "questioned"])), AGREED)
        .group_by(keys, maintain_order=True)
        .agg("_place", pl.col("delayed_bed_days").sum().alias("_all"))
    )
    both = outcomes.join(differing, on=keys, maintain_order="left")
    sums = held.sums_of(_arrays(both["_place"])).tolist()
    for place, own, rest in zip(sums, both["_cell"], both["_all"] - both["delayed_bed_days"], strict=True):
        without = held.endless(np.array([rest], np.int64)).tolist() if rest > 0 else []
        held.alike([place], [*own.to_list(), *without])


def _of_the_ledger(
    held: _Days, frames: Mapping[str, pl.DataFrame], shifts: str, positions: str, *, after: bool = True
) -> Ledger | None:
    """Shifts of delayed days by payer and by driver, and positions: pounds of which the price tells the days.

    ``after``: whether the positions are those after pools.
    """
    if shifts not in frames or positions not in frames or "attribution_bases" not in frames:
        return None
    rows = _rows(frames)[TABLE]
    days = frames[shifts].with_row_index("_row").filter((pl.col("kind") == "delay") & (pl.col("_days") > 0))
    prices = _single_prices(days)
    moved = _shifts_of_days(held, frames[shifts], shifts, days, prices, rows)
    _by_payer_and_driver(held, frames, moved)
    priced = frames[positions].join(prices, on="month", how="left", maintain_order="left")
    pooled = frames[shifts] if after else frames[shifts].clear()
    absorbed = _side_of_positions(held, with_beside(priced, pooled, "payer"), positions, moved, rows, "payer")
    passed = _side_of_positions(held, with_beside(priced, pooled, "driver"), positions, moved, rows, "driver")
    # What all absorbed is what all passed on.
    for month, cells in _by_month(absorbed).items():
        held.alike(cells, _by_month(passed).get(month, []))
    return Ledger(prices, _places_by(moved, "payer"), {"absorbed_for_others": absorbed, "passed_to_others": passed})


def _by_month(cells: Mapping[tuple[object, object], int]) -> dict[object, list[int]]:
    found: dict[object, list[int]] = {}
    for (month, _), cell in cells.items():
        found.setdefault(month, []).append(cell)
    return found


def _single_prices(shifts: pl.DataFrame) -> pl.DataFrame:
    """month, price: pence for a day, of months in which all shifts of days have one price."""
    whole = pl.col("amount") == pl.col("_days") * pl.col("price")
    return (
        shifts.with_columns((pl.col("amount") // pl.col("_days")).alias("price"))
        .group_by("month")
        .agg(pl.col("price").min(), (whole & (pl.col("price") == pl.col("price").min())).all().alias("one"))
        .filter("one")
        .select("month", "price")
    )


def _shifts_of_days(
    held: _Days, frame: pl.DataFrame, name: str, shifts: pl.DataFrame, prices: pl.DataFrame, rows: pl.DataFrame
) -> pl.DataFrame:
    """Take shifts of days in, as sums of the rows where they are; with the place of what each is in ``_place``."""
    own = shifts.join(prices, on="month", how="semi", maintain_order="left")
    priced = frame.join(prices, on="month", how="left", maintain_order="left")
    for totals in of_shifts(name):
        held.take_totals(totals, priced, rows)
    known = pl.Series([held.is_held(name, "_days", row) for row in own["_row"]], dtype=pl.Boolean)
    held.take(name, "_days", "people", own.filter(~known))
    places = [held.what(name, "_days", row) for row in own["_row"]]
    return own.with_columns(pl.Series("_place", places, dtype=pl.Int64))


#: Of each side of a shift what positions show of it, and the people behind.
_POSITIONS = {
    "payer": ("absorbed_for_others", "_absorbed_people"),
    "driver": ("passed_to_others", "_passed_people"),
}


def _side_of_positions(
    held: _Days, priced: pl.DataFrame, name: str, shifts: pl.DataFrame, rows: pl.DataFrame, side: str
) -> dict[tuple[object, object], int]:
    """Take one side of the positions in: as shifts, and of payers as rows as well. Month and partner to their places.

    Args:
        held: what is held.
        priced: the positions, with the month's price of a day where there is one, and what pools moved.
        name: their name.
        shifts: shifts of days, with their places.
        rows: rows of delayed bed days.
        side: payer or driver.
    """
    column, people = _POSITIONS[side]
    counted = (pl.col("nature") == "notional") & (pl.col("basis") == "counted")
    own_days = pl.col(column) - pl.col(BESIDE[0])
    # A position of nothing but what a pool moved is of no days.
    some = (own_days > 0) | (pl.col(BESIDE[0]) == 0)
    inside = counted & some & (own_days % pl.col("price") == 0)
    in_days = priced.with_columns(
        pl.when(inside).then(own_days // pl.col("price")).alias(column), inside.alias("_inside")
    )
    borne = _borne_for_others(held, in_days, name, rows) if side == "payer" else {}
    there = in_days.with_row_index("_row").filter("_inside")
    known = pl.Series([held.is_held(name, column, row) for row in there["_row"]], dtype=pl.Boolean)
    held.take(name, column, people, there.filter(~known))
    own = pl.col("driver") == pl.col("payer")
    moved, every = (_places_by(frame, side) for frame in (shifts.filter(~own), shifts))
    kept = _places_by(shifts.filter(own), "payer")
    found: dict[tuple[object, object], int] = {}
    for row, month, partner in there.select("_row", "month", "partner").iter_rows():
        cell, whose = held.what(name, column, row), (month, partner)
        held.alike([cell], moved.get(whose, []))
        # All is what was moved, and what a partner bore of its own.
        held.alike(every.get(whose, []), [cell, *kept.get(whose, [])])
        held.alike([cell], borne.get(whose, []))
        found[whose] = cell
    return found


def _places_by(shifts: pl.DataFrame, side: str) -> dict[tuple[object, object], list[int]]:
    """Month and partner on a side to the places of their shifts."""
    summed = shifts.group_by("month", side, maintain_order=True).agg("_place")
    return {(month, partner): cells for month, partner, cells in summed.iter_rows()}


def _borne_for_others(
    held: _Days, in_days: pl.DataFrame, name: str, rows: pl.DataFrame
) -> dict[tuple[object, object], list[int]]:
    """Take in that all that a provider's beds held for others is one sum of the rows.

    Returns:
        Month and provider to the places of the days that its beds held for each attribution.
    """
    column, people = _POSITIONS["payer"]
    others = GOOD & ~pl.col("recorded_attribution").is_in(OF_PROVIDERS)
    keys = {"month": "month", "partner": "provider"}
    held.take_totals(DayTotals(name, column, people, keys, where=pl.col("_inside"), rows=others), in_days, rows)
    by_side = (
        _placed(held, rows.filter(others))
        .group_by("month", "provider", "recorded_attribution", maintain_order=True)
        .agg("_place")
    )
    sums = (
        by_side.with_columns(pl.Series("_sum", held.sums_of(_arrays(by_side["_place"])), dtype=pl.Int64))
        .group_by("month", "provider", maintain_order=True)
        .agg("_sum")
    )
    return {(month, provider): cells for month, provider, cells in sums.iter_rows()}


def _by_payer_and_driver(held: _Days, frames: Mapping[str, pl.DataFrame], shifts: pl.DataFrame) -> None:
    table = _rows(frames)[TABLE].with_columns(pl.Series("_place", held.places[TABLE], dtype=pl.Int64))
    keys = {"month": "month", "provider": "payer"}
    paid = shifts.group_by("month", "payer", maintain_order=True).agg("_place")
    for days in (table.filter(GOOD), table.filter(ACUTE)):
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
