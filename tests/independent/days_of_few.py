"""Small random places of delayed days: every table of days, added up here, and all that a public pack shows of them."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl

from costshift.project import Disclosure
from costshift.publish.catalogue import TABLES
from costshift.publish.disclosure import control
from costshift.publish.summaries import SUMMARIES
from costshift.publish.together import telling

from independent.every_table import PRICE, Shown

MONTH = dt.date(2025, 1, 1)
RULE = Disclosure()
Row = dict[str, Any]
#: Reasons of which the hospital, the council or nobody has all the days.
_REASONS = {"HP1": "acute", "IN11": "council", "not_recorded": "not_recorded"}
_STATES = {
    "awaiting_assessment": ("council", "firm"),
    "before_referral": ("acute", "firm"),
    "awaiting_service": ("council", "presumptive"),
    "no_care_record": ("none", "none"),
}


def random_days(seed: int) -> list[Row]:
    """Delayed days of one month: of few people, most of whom wait a day or two."""
    chance = random.Random(seed)
    providers = ("a", "b", "c")[: chance.choice([1, 2, 3])]
    councils = ("x", "y", "z")[: chance.choice([1, 2, 3])]
    long = chance.choice([0.0, 0.05, 0.2])
    mean = chance.choice([0.5, 1.0, 2.0])
    rows: list[Row] = []
    for provider in providers:
        for council in councils:
            for pathway in ("P0", "P1", "P3")[: chance.choice([1, 2, 3])]:
                for reason, side in _REASONS.items():
                    for _ in range(1 if chance.random() < 0.8 else int(chance.expovariate(1 / mean))):
                        state = chance.choice(list(_STATES))
                        evidenced, strength = _STATES[state]
                        rows.append(
                            {
                                "month": MONTH,
                                "person": len(rows),
                                "provider": provider,
                                "setting": "acute",
                                "council": council,
                                "discharge_pathway": pathway,
                                "delay_reason": reason,
                                "recorded_attribution": side,
                                "evidenced_attribution": evidenced,
                                "state": state,
                                "strength": strength,
                                "agreement": _agreement(side, evidenced, strength),
                                "days": chance.randint(2, 20) if chance.random() < long else 1,
                            }
                        )
    return rows


def _agreement(recorded: str, evidenced: str, strength: str) -> str:
    if evidenced == "none" or recorded == "not_recorded":
        return "untestable"
    return "agreed" if recorded == evidenced else "disputed" if strength == "firm" else "questioned"


def frames_of(rows: Sequence[Row]) -> dict[str, pl.DataFrame]:
    """The tables and summaries of these days, with their inner columns."""
    shifts = [_shift(own) for own in rows]
    table = ("month", "provider", "setting", "council", "discharge_pathway", "delay_reason", "recorded_attribution")
    agreement = ("month", "provider", "council", "recorded_attribution", "evidenced_attribution", "state", "strength")
    beds = [own | {"measure": "delayed_beds", "partner": own[side]} for own in rows for side in ("provider", "council")]
    flow = [own | {"indicator": "delayed_days_per_1000_discharges"} for own in rows]
    kinds = {f"{name}_days": name for name in ("agreed", "disputed", "questioned", "untestable")}
    frames = {
        "delayed_bed_days": _added(rows, table, {"delayed_bed_days": "people"}),
        "attribution_agreement": _added(rows, (*agreement, "agreement"), {"delayed_bed_days": "_people"}),
        "delayed_beds_by_provider": _added(rows, table[:3], {"delayed_bed_days": "people"}),
        "spc": _added(beds, ("measure", "partner", "month"), {"_numerator": "_behind"}),
        "flow_indicators": _added(flow, ("month", "council", "indicator"), {"numerator": "_numerator_people"}),
        "agreement_by_month": _added(
            rows,
            ("month",),
            {"delayed_bed_days": "people"} | {days: f"_{name}_people" for days, name in kinds.items()},
            lambda own, column: own["agreement"] == kinds.get(column, own["agreement"]),
        ),
        "attribution_bases": _added(
            _on_bases(rows),
            ("month", "partner"),
            {
                f"{basis}_days": f"_{basis}_people"
                for basis in ("recorded", "evidenced_firm", "evidenced", "reconciled")
            },
            lambda own, column: column in own["bases"],
        ),
        "cost_shifts": _added(
            shifts, ("month", "driver", "payer", "kind", "nature", "basis"), {"_days": "people"}
        ).with_columns((pl.col("_days") * PRICE).alias("amount")),
        "partner_positions": _positions(shifts),
    }
    for name, kind in (
        ("days_by_attribution", "recorded_attribution"),
        ("days_by_reason", "delay_reason"),
        ("days_by_pathway", "discharge_pathway"),
    ):
        both = [*rows, *(own | {kind: None} for own in rows)]
        whole = _added(rows, ("month", "setting"), {"_all_days": "_all_people"})
        frames[name] = _added(both, ("month", "setting", kind), {"delayed_bed_days": "people"}).join(
            whole, on=["month", "setting"]
        )
    return {name: _completed(name, frame) for name, frame in frames.items()}


def public_days(rows: Sequence[Row], *, guarded: bool = True) -> Shown:
    """What a public pack shows of these days. ``guarded``: whether totals that would tell are suppressed."""
    exact = frames_of(rows)
    told = telling(exact, exact, RULE, MONTH) if guarded else {}
    definitions = TABLES | SUMMARIES
    shown = {name: control(definitions[name], own, RULE, PRICE, told.get(name)) for name, own in exact.items()}
    return Shown(MONTH, exact, shown, RULE)


def _shift(own: Row) -> Row:
    driver = {"acute": own["provider"], "council": own["council"]}.get(own["recorded_attribution"], "unallocated")
    return own | {
        "driver": driver,
        "payer": own["provider"],
        "kind": "delay",
        "nature": "notional",
        "basis": "counted",
    }


def _on_bases(rows: Sequence[Row]) -> list[Row]:
    found = []
    for own in rows:
        whose = {"acute": own["provider"], "council": own["council"]}
        firm = own["evidenced_attribution"] if own["strength"] == "firm" else "none"
        reconciled = firm if own["agreement"] == "disputed" else own["recorded_attribution"]
        for basis, side in (
            ("recorded", own["recorded_attribution"]),
            ("evidenced", own["evidenced_attribution"]),
            ("evidenced_firm", firm),
            ("reconciled", reconciled),
        ):
            found.append(own | {"partner": whose.get(side, "unallocated"), "bases": [f"{basis}_days"]})
    return found


def _positions(shifts: Sequence[Row]) -> pl.DataFrame:
    keys = ("month", "partner", "nature", "basis")
    sides = {"payer": ("absorbed_for_others", "_absorbed_people"), "driver": ("passed_to_others", "_passed_people")}
    moved = [
        own | {"partner": own[side], "side": column}
        for own in shifts
        for side, (column, _) in sides.items()
        if own["driver"] != own["payer"]
    ]
    frame = _added(moved, keys, dict(sides.values()), lambda own, column: own["side"] == column)
    if not frame.height:
        return frame.with_columns(pl.lit(None, dtype=pl.Int64).alias("net_absorbed"))
    return frame.with_columns(pl.col(column) * PRICE for column, _ in sides.values()).with_columns(
        (pl.col("absorbed_for_others") - pl.col("passed_to_others")).alias("net_absorbed")
    )


def _added(
    rows: Sequence[Row],
    keys: Sequence[str],
    columns: Mapping[str, str],
    belongs: Callable[[Row, str], bool] = lambda own, column: True,
) -> pl.DataFrame:
    """Days and different people by some keys. ``columns``: of days to those of the people behind them."""
    days: dict[tuple[Any, ...], dict[str, int]] = {}
    people: dict[tuple[Any, ...], dict[str, set[int]]] = {}
    for own in rows:
        key = tuple(own[name] for name in keys)
        days.setdefault(key, dict.fromkeys(columns, 0))
        people.setdefault(key, {column: set() for column in columns})
        for column in columns:
            if belongs(own, column):
                days[key][column] += own["days"]
                people[key][column].add(own["person"])
    found = [
        dict(zip(keys, key, strict=True))
        | sums
        | {behind: len(people[key][column]) for column, behind in columns.items()}
        for key, sums in days.items()
    ]
    whole = {column: pl.Int64 for pair in columns.items() for column in pair}
    texts = {name: pl.Date if name == "month" else pl.String for name in keys}
    return pl.DataFrame(found, schema=texts | whole).sort(keys, nulls_last=True)


def _completed(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """With the columns of its definition that are not counted here."""
    table = (TABLES | SUMMARIES)[name]
    given = {
        "period": pl.lit("month"),
        "_calendar": pl.lit(True),
        "_denominator": pl.lit(31),
        "_behind_whole": pl.lit(0),
    }
    given |= {"value": pl.lit(1.0), "_per": pl.lit(1), "_money": pl.lit(False)}
    missing = [column for column in (*table.columns, *table.resting) if column.name not in frame.columns]
    return frame.with_columns(
        given.get(column.name, pl.lit(None))
        .cast(pl.Int64 if column.dtype.is_decimal() else column.dtype)
        .alias(column.name)
        for column in missing
    )
