"""Small random places of delayed days: every table of days, added up here, and all that a public pack shows of them."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl

from costshift.ledger.pools import pool_adjustments, pool_spend
from costshift.ledger.schemes import SERIES, WITH, WITHOUT, scheme_months
from costshift.project import Disclosure, Pool, Scheme
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


def random_pool(seed: int) -> Pool:
    """A pool of some who have delayed days and of some who have not, for delays."""
    chance = random.Random(f"pool {seed}")
    partners = chance.sample(["a", "b", "x", "y"], chance.choice([2, 2, 3]))
    first = chance.choice([20, 40, 50, 60, 75])
    shares = [first, 100 - first] if len(partners) == 2 else [first, (100 - first) // 2, (101 - first) // 2]
    return Pool(
        name="Fund",
        partners=dict(zip(partners, shares, strict=True)),
        rule=chance.choice(["fixed_share", "fixed_share", "own_risk", "capped"]),
        covers=["delay"],
        monthly_budget=562 * chance.choice([5, 10, 20, 40]),
    )


def random_scheme(seed: int) -> Scheme:
    """A joint scheme of some councils and providers."""
    chance = random.Random(f"scheme {seed}")
    partners = chance.sample(["a", "b"], chance.choice([0, 1, 2])) + chance.sample(["x", "y"], chance.choice([1, 1, 2]))
    return Scheme(name="Home", start=MONTH, monthly_cost=0, partners=dict.fromkeys(partners, 100 // len(partners)))


def random_notes(seed: int, rows: Sequence[Row]) -> list[Row]:
    """The days with what a meeting wrote on some of those that are not agreed on."""
    chance = random.Random(f"notes {seed}")
    every = chance.choice([1.0, 0.5])
    return [own | {"outcome": _note(chance, every, own)} for own in rows]


def _note(chance: random.Random, every: float, own: Row) -> str | None:
    noted = own["agreement"] in ("disputed", "questioned") and chance.random() < every
    return chance.choice(["agreed", "agreed", "overruled", "contested"]) if noted else None


def frames_of(rows: Sequence[Row], pool: Pool | None = None, scheme: Scheme | None = None) -> dict[str, pl.DataFrame]:
    """The tables and summaries of these days, with their inner columns; with a pool also what only then is shown."""
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
    if scheme is not None:
        frames["scheme_months"] = _months_of(scheme, frames)
    if pool is not None:
        frames |= _with_pool(frames, pool)
    if any(own.get("outcome") for own in rows):
        frames["dispute_outcomes"] = _outcomes(rows)
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


def public_days(
    rows: Sequence[Row], *, guarded: bool = True, pool: Pool | None = None, scheme: Scheme | None = None
) -> Shown:
    """What a public pack shows of these days. ``guarded``: whether totals that would tell are suppressed."""
    exact = frames_of(rows, pool, scheme)
    members = {} if scheme is None else members_of(scheme)
    told = telling(exact, exact, RULE, MONTH, members) if guarded else {}
    definitions = TABLES | SUMMARIES
    shown = {name: control(definitions[name], own, RULE, PRICE, told.get(name)) for name, own in exact.items()}
    return Shown(MONTH, exact, shown, RULE, members)


def members_of(scheme: Scheme) -> dict[tuple[str, str], list[str]]:
    """Whose figures the rows of a scheme are sums of: councils with it and without it, and all its partners."""
    having = [name for name in ("x", "y", "z") if name in scheme.partners]
    without = [name for name in ("x", "y", "z") if name not in scheme.partners]
    return {(scheme.name, WITH): having, (scheme.name, WITHOUT): without, (scheme.name, "partners"): [*scheme.partners]}


def _months_of(scheme: Scheme, frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """The months of a scheme: delayed days, as a count and for discharges, and what was shifted."""
    beds, flow, positions = (frames[name] for name in ("spc", "flow_indicators", "partner_positions"))
    series = [
        (row["partner"], "delayed_bed_days", row["_numerator"], None, row["_behind"], False) for row in beds.to_dicts()
    ] + [
        (row["council"], "delayed_days_per_1000_discharges", row["numerator"], 3100, row["_numerator_people"], False)
        for row in flow.to_dicts()
    ]
    by_partner = {row["partner"]: row for row in positions.to_dicts()}
    shifted = [
        (partner, f"{name}_notional", row.get(name, 0) // 100, None, row.get(people, 0), True)
        for name, people in (
            ("passed_to_others", "_passed_people"),
            ("absorbed_for_others", "_absorbed_people"),
        )
        for partner in scheme.partners
        for row in (by_partner.get(partner, {}),)
    ]
    members = members_of(scheme)
    having, without = members[scheme.name, WITH], members[scheme.name, WITHOUT]
    found = []
    for rows, own in ((series, having), (shifted, [*scheme.partners])):
        frame = pl.DataFrame(
            [(unit, MONTH, what, top, bottom, behind, 0, 1, money) for unit, what, top, bottom, behind, money in rows],
            schema=pl.Schema({name: SERIES[name] for name in _IN_SERIES}),
            orient="row",
        )
        found.append(scheme_months(frame, scheme, own, without if rows is series else (), MONTH))
    return pl.concat(found)


_IN_SERIES = (
    *("unit", "month", "measure", "numerator", "denominator", "_numerator_people"),
    *("_denominator_people", "_per", "_money"),
)


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
        reconciled = _settled(own, reconciled)
        for basis, side in (
            ("recorded", own["recorded_attribution"]),
            ("evidenced", own["evidenced_attribution"]),
            ("evidenced_firm", firm),
            ("reconciled", reconciled),
        ):
            found.append(own | {"partner": whose.get(side, "unallocated"), "bases": [f"{basis}_days"]})
    return found


def _settled(own: Row, unsettled: str) -> str:
    noted = {"agreed": own["evidenced_attribution"], "overruled": own["recorded_attribution"]}
    return str(noted.get(own.get("outcome") or "", unsettled))


def _outcomes(rows: Sequence[Row]) -> pl.DataFrame:
    """What became of the days with a note, and those of them that the note gives to somebody else."""
    noted = [own for own in rows if own.get("outcome")]

    def moved(own: Row, column: str) -> bool:
        firm = own["evidenced_attribution"] if own["agreement"] == "disputed" else own["recorded_attribution"]
        return column != "moved_days" or _settled(own, firm) != firm

    keys = ("month", "provider", "council", "outcome")
    return _added(noted, keys, {"delayed_bed_days": "people", "moved_days": "_moved_people"}, moved)


def _with_pool(frames: Mapping[str, pl.DataFrame], pool: Pool) -> dict[str, pl.DataFrame]:
    """Shifts, positions and shares once a pool has moved what it covers; and the positions before it."""
    names = ("month", "driver", "payer", "kind", "nature", "basis", "amount", "people", "_days")
    before = frames["cost_shifts"].select(names)
    costs = pl.DataFrame(schema={"month": pl.Date, "payer": pl.String, "care_setting": pl.String} | _COSTS)
    moved, shares = pool_adjustments(pool_spend(before, costs, pool), pool)
    shifts = pl.concat([before, moved.select(pl.col(name).cast(before.schema[name]) for name in names)])
    after = {(own["month"], own["partner"]): own for own in frames["partner_positions"].to_dicts()}
    nothing = dict.fromkeys(("absorbed_for_others", "_absorbed_people", "passed_to_others", "_passed_people"), 0)
    for own in moved.to_dicts():
        for side, column, behind in (
            ("payer", "absorbed_for_others", "_absorbed_people"),
            ("driver", "passed_to_others", "_passed_people"),
        ):
            whose = {"month": own["month"], "partner": own[side], "nature": own["nature"], "basis": own["basis"]}
            row = after.setdefault((own["month"], own[side]), whose | nothing)
            row[column] += own["amount"]
            row[behind] = max(row[behind], own["people"])
    schema = frames["partner_positions"].schema
    positions = pl.DataFrame(list(after.values()), schema=schema) if after else frames["partner_positions"]
    positions = positions.with_columns(
        (pl.col("absorbed_for_others") - pl.col("passed_to_others")).alias("net_absorbed")
    ).sort("month", "partner")
    return {
        "cost_shifts": shifts,
        "shifts_by_partner": shifts,
        "partner_positions": positions,
        "positions_by_partner": positions,
        "positions_before_pools": frames["partner_positions"],
        "pool_shares": shares,
    }


_COSTS: dict[str, type[pl.DataType]] = {"net": pl.Int64, "people": pl.Int64, "_contributors": pl.Int64}


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
