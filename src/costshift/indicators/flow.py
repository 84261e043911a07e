"""The table flow_indicators: the vicious circle between hospital and what follows, month by month.

A hospital under pressure discharges early or into the wrong place; people come back, or go into care homes; the
council's budget goes into care homes, and less is left for what keeps people out of hospital. Definition:
docs/methods/flow-indicators.md.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from costshift.delays.bed_days import provisional_from
from costshift.indicators import flow_care, flow_hospital, flow_spend
from costshift.indicators.flow_hospital import GRAIN, MEASURES
from costshift.indicators.residence import council_of_people
from costshift.standards.flow import flow_windows
from costshift.statistics.streamed import streamed


@dataclass(frozen=True)
class Indicator:
    """How one indicator is worked out.

    ``looks_ahead``: days after the month's end that must have passed. ``needs_admissions``: whether people who are
    still in hospital must be known. ``of_councils``: whether the council's own records are needed, for as long as it
    looks ahead. ``whole_waits``: whether the denominator, too, is known only then; else it is of discharges.
    ``per``: the value is per so many. ``in_pounds``: numerator and denominator are pounds.
    """

    name: str
    looks_ahead: int = 0
    needs_admissions: bool = False
    of_councils: bool = False
    whole_waits: bool = False
    per: int = 1
    in_pounds: bool = False


INDICATORS: dict[str, Indicator] = {
    own.name: own
    for own in (
        Indicator("care_home_within_28_days", flow_windows()["care_home_placement"], of_councils=True),
        # The councils' extracts tell of NHS-funded nursing care.
        Indicator(
            "community_share_of_nhs_spend",
            needs_admissions=True,
            of_councils=True,
            whole_waits=True,
            in_pounds=True,
        ),
        Indicator("delayed_days_per_1000_discharges", needs_admissions=True, per=1000),
        Indicator("died_while_delayed"),
        Indicator("discharged_to_care_home_from_home"),
        Indicator("emergency_admissions_65_plus", needs_admissions=True),
        Indicator("emergency_readmission_30_days", flow_windows()["readmission"], needs_admissions=True),
        Indicator("length_of_stay"),
        Indicator("reablement_offered", flow_windows()["ascof_2d_discharge_before"], of_councils=True),
        Indicator("residential_share_of_council_spend", of_councils=True, whole_waits=True, in_pounds=True),
        Indicator("share_of_occupied_beds", needs_admissions=True, whole_waits=True),
        Indicator(
            "still_in_community_84_days", flow_windows()["ascof_2d_follow_up"], needs_admissions=True, of_councils=True
        ),
    )
}


@dataclass(frozen=True)
class FlowRecords:
    """What the indicators are counted from, all with ``person``.

    ``spells``: dated spells with the cohort marked. ``months``: the state of each provider's month. ``spell_months``:
    delayed bed days by spell and month. ``views``: care_events (with ``council``), contacts, attendances, each where
    it was sent. ``died``: person, died. ``coverage``: council, covers_from, covers_to. ``pieces``: costed packages;
    ``nhs_packages``: month, person, pence of continuing healthcare and funded nursing care. ``councils``: ids of the
    declared councils. ``ready_date_missing``: no_delay or exclude.
    """

    spells: pl.LazyFrame
    months: pl.LazyFrame
    spell_months: pl.LazyFrame
    views: Mapping[str, pl.LazyFrame]
    died: pl.LazyFrame
    coverage: pl.LazyFrame
    pieces: pl.LazyFrame
    nhs_packages: pl.LazyFrame
    councils: tuple[str, ...]
    ready_date_missing: str


@dataclass(frozen=True)
class Flow:
    """``table``: flow_indicators with inner columns. ``reasons``: indicator, why: what cannot be worked out, in words.

    ``unpriced``: item, month, quantity of NHS activity without a price; ``used``: the price items used.
    """

    table: pl.DataFrame
    reasons: pl.DataFrame
    unpriced: pl.DataFrame
    used: tuple[str, ...]


def flow_indicators(records: FlowRecords, prices: pl.DataFrame, as_at: dt.date) -> Flow:
    """Indicators by month and council.

    Grain: month, council, indicator. ``value`` = numerator / denominator (per 1,000 where the name says so); null where
    there is no denominator. A month is null, never low, until the days that an indicator looks ahead have passed and
    are covered. Councils without an extract have nulls where their records are needed, of the declared councils only.

    Args:
        records: what the extracts hold.
        prices: :func:`costshift.prices.unit_costs.unit_costs`.
        as_at: the last day that counts.

    Returns:
        the table with ``_numerator_people``, ``_denominator_people`` (whom each rests on), ``_per`` (per how many the
        value is) and ``_money`` (whether numerator and denominator are pounds): for disclosure control.
    """
    spells, months, views = records.spells, records.months, records.views
    events = views.get("care_events")
    residents = council_of_people(spells, events).collect(engine="streaming").lazy()
    activity = flow_spend.nhs_activity_of(spells, views, residents)
    packages = records.nhs_packages.join(residents, on="person", how="left").with_columns(
        pl.col("council").cast(pl.String).fill_null("unknown")
    )
    share, unpriced = flow_spend.community_share_of_nhs_spend(activity, packages, prices)
    share = share.collect().lazy()
    del residents, packages
    frames = {
        "died_while_delayed": flow_hospital.died_while_delayed(spells, months),
        "emergency_admissions_65_plus": flow_hospital.emergency_admissions_65_plus(spells),
        "length_of_stay": flow_hospital.length_of_stay(spells),
        "discharged_to_care_home_from_home": flow_hospital.discharged_to_care_home_from_home(spells),
        "emergency_readmission_30_days": flow_hospital.emergency_readmission_30_days(spells),
        "delayed_days_per_1000_discharges": flow_hospital.delayed_days_per_1000_discharges(
            spells, months, records.spell_months, records.ready_date_missing
        ),
        "share_of_occupied_beds": flow_hospital.share_of_occupied_beds(spells, months, records.spell_months),
        "community_share_of_nhs_spend": share,
    }
    if events is not None:
        discharges, linked = flow_care.reablement_of_discharges(spells, events, records.coverage)
        frames |= {
            "care_home_within_28_days": flow_care.care_home_within_28_days(spells, events),
            "reablement_offered": flow_care.reablement_offered(discharges, linked),
            "still_in_community_84_days": flow_care.still_in_community_84_days(linked, spells, events, records.died),
            "residential_share_of_council_spend": flow_spend.residential_share_of_council_spend(records.pieces),
        }
    if "contacts" not in views:
        blank = (pl.lit(None, dtype=pl.Int64).alias(name) for name in MEASURES)
        frames["community_share_of_nhs_spend"] = share.with_columns(blank)
    known_to = _admissions_known_to(spells, as_at)
    every = [
        streamed(_matured(frame, INDICATORS[name], records, known_to, as_at)) for name, frame in frames.items()
    ] + [_without_records(records, spells).collect()]
    # Before the first discharge of the extracts only those are seen who stayed until then.
    first = spells.filter("is_discharged").select(pl.col("month").min()).collect().item()
    table = pl.concat(every).filter(pl.col("month").is_between(first or as_at, as_at))
    told = table.filter((pl.col("indicator") == "community_share_of_nhs_spend") & pl.col("value").is_not_null())
    used = activity.quantities["item"].unique().to_list() if told.height else []
    return Flow(
        table.sort("month", "council", "indicator"),
        _reasons(records, unpriced, known_to, as_at),
        unpriced,
        tuple(sorted(used)),
    )


def _matured(
    frame: pl.LazyFrame, own: Indicator, records: FlowRecords, known_to: dt.date, as_at: dt.date
) -> pl.LazyFrame:
    """An indicator with its value; null where the days that it looks ahead have not passed, or are not covered."""
    ahead = pl.col("month").dt.month_end().dt.offset_by(f"{own.looks_ahead}d")
    # The report's own month may end before its last day, where --as-at names an earlier one.
    whole = ahead if own.looks_ahead else pl.min_horizontal(ahead, pl.lit(as_at, dtype=pl.Date))
    ripe = whole <= pl.lit(as_at, dtype=pl.Date)
    if own.needs_admissions:
        ripe = ripe & (whole <= pl.lit(known_to, dtype=pl.Date))
    if own.of_councils:
        # A council's extracts may have gaps: one stretch must hold it all.
        held = (pl.col("covers_from") <= pl.col("month")) & (pl.col("covers_to") >= whole)
        stretches = frame.select(GRAIN).join(records.coverage, on="council")
        frame = frame.join(stretches.group_by(GRAIN).agg(held.any().alias("_held")), on=list(GRAIN))
        ripe = ripe & pl.col("_held")
    numerator, denominator = pl.col("numerator"), pl.col("denominator")
    waiting = ["numerator", "_numerator_people"]
    waiting += ["denominator", "_denominator_people"] if own.whole_waits else []
    scaled = [
        ((2 * pl.col(name) + 100) // 200 if own.in_pounds else pl.col(name)).alias(name)
        for name in ("numerator", "denominator")
    ]
    return (
        frame.with_columns(
            pl.when(ripe & (denominator > 0)).then(own.per * numerator / denominator).alias("value"),
            *(pl.when(ripe).then(pl.col(name)).alias(name) for name in waiting),
        )
        .with_columns(scaled)
        .select(
            *GRAIN,
            pl.lit(own.name).alias("indicator"),
            *MEASURES[:2],
            pl.col("value").cast(pl.Float64),
            *MEASURES[2:],
            pl.lit(own.per, dtype=pl.Int64).alias("_per"),
            pl.lit(own.in_pounds).alias("_money"),
        )
    )


def _without_records(records: FlowRecords, spells: pl.LazyFrame) -> pl.LazyFrame:
    """Nulls for the declared councils of which no care events are there, in every month of spells."""
    of_councils = [own for own in INDICATORS.values() if own.of_councils]
    silent = pl.LazyFrame({"council": list(records.councils)}, schema={"council": pl.String}).join(
        records.coverage, on="council", how="anti"
    )
    told = pl.LazyFrame(
        [(own.name, own.per, own.in_pounds) for own in of_councils],
        schema={"indicator": pl.String, "_per": pl.Int64, "_money": pl.Boolean},
        orient="row",
    )
    return (
        spells.select("month")
        .unique()
        .join(silent, how="cross")
        .join(told, how="cross")
        .select(
            *GRAIN,
            "indicator",
            *(pl.lit(None, dtype=pl.Int64).alias(column) for column in MEASURES[:2]),
            pl.lit(None, dtype=pl.Float64).alias("value"),
            *(pl.lit(None, dtype=pl.Int64).alias(column) for column in MEASURES[2:]),
            "_per",
            "_money",
        )
    )


def _admissions_known_to(spells: pl.LazyFrame, as_at: dt.date) -> dt.date:
    """The last day whose admissions are all known: before the last two months where a provider sends no open spells."""
    first = provisional_from(spells, as_at).select(pl.col("provisional_from").min()).collect().item()
    return as_at if first is None else first - dt.timedelta(days=1)


def _reasons(records: FlowRecords, unpriced: pl.DataFrame, known_to: dt.date, as_at: dt.date) -> pl.DataFrame:
    covered = set(records.coverage.select("council").collect()["council"])
    silent = [council for council in records.councils if council not in covered]
    rows: list[tuple[str, str]] = []
    for own in INDICATORS.values():
        if own.of_councils and not covered:
            rows.append((own.name, "no care events were sent"))
        elif own.of_councils and silent:
            rows.append((own.name, f"no care events from {', '.join(silent)}"))
        if own.needs_admissions and known_to < as_at:
            rows.append(
                (own.name, f"a provider sends no people who are still in hospital: not known after {known_to:%d/%m/%Y}")
            )
        if own.looks_ahead:
            rows.append((own.name, f"null until {own.looks_ahead} days after the month have passed and are covered"))
    if "contacts" not in records.views:
        rows.append(("community_share_of_nhs_spend", "no contacts were sent"))
    if unpriced.height:
        items = ", ".join(unpriced["item"].unique().sort())
        rows.append(("community_share_of_nhs_spend", f"no price of {items}"))
    sources = records.spells.select(pl.col("admission_source").is_not_null().any()).collect().item()
    if not sources:
        rows.append(("discharged_to_care_home_from_home", "no extract says where people were admitted from"))
    return pl.DataFrame(rows, schema={"indicator": pl.String, "why": pl.String}, orient="row").sort("indicator", "why")
