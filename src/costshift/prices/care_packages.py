"""Care packages in pence: what each service cost in each month, in which state of the rule table the person was.

Definition: docs/methods/service-costs.md. A service of a council is cut at the ends of months and, where the first six
weeks are free, after 42 days. Each month is priced by its days, both ends included; of a month that is cut the second
piece has what the first leaves of it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl

from costshift import standards
from costshift.history.workspace import Keep, in_memory
from costshift.prices.intervals import by_month, joined
from costshift.prices.weekly_cost import COSTED, NOTES, pence_for, treatments, weekly_costs
from costshift.standards import formatted
from costshift.standards.payers import care_settings

#: Days of intermediate care and reablement that are free of charge: six weeks.
FREE_DAYS = 42
UNKNOWN = "unknown"
#: Who a piece is about, where records of one council are held together.
OWNER = ("council", "client")
SERVICE: dict[str, type[pl.DataType] | pl.DataType] = {
    "council": pl.String,
    "person": pl.Int64,
    "council_person_id": pl.String,
    "event_type": pl.String,
    "event_start_date": pl.Date,
    "event_end_date": pl.Date,
    "funding_status": pl.String,
    "service_type": pl.String,
    "service_component": pl.String,
    "unit_cost": pl.Decimal(18, 2),
    "cost_frequency": pl.String,
    "planned_units_per_week": pl.Decimal(18, 2),
}


@dataclass(frozen=True)
class Packages:
    """Costed services.

    ``pieces``: a piece of a service in a month: council, client, person, care_setting, state, service_component, month,
    from_date, to_date, days, gross (pence), ``started`` (of the service), ``once`` (a one-off cost). ``treatment``:
    council, treatment, services: what the arithmetic dropped (``no_cost``, ``no_units``), flipped (``negative_cost``,
    ``negative_units``) or overruled (``units_disagree``). ``covered``: council, month: the months that the council's
    extracts hold in full. ``homes``: periods in a nursing home, with a cost or without: council, client, person, month,
    from_date, to_date.
    """

    pieces: pl.LazyFrame
    homes: pl.LazyFrame
    treatment: pl.DataFrame
    covered: pl.LazyFrame


#: What is read of a service that was costed.
_COSTED = (
    *("council", "client", "person", "event_start_date", "to_date", "funding_status", "service_type"),
    *("service_component", "unit_pence", "week_units", "week_parts", "is_one_off", "treatment", *NOTES),
)


def packages(events: pl.LazyFrame | None, coverage: pl.LazyFrame, as_at: dt.date, keep: Keep = in_memory) -> Packages:
    """The services of councils in pence, by month.

    Args:
        events: current care events with ``council`` (a partner id) and ``person``; None where none were sent.
        coverage: council, covers_from, covers_to: what the council's extracts hold; a stretch without a gap a row.
        as_at: the last day that counts; an open service runs to it, never beyond what the extracts cover.
        keep: works the services and their pieces out once, in their order.
    """
    services = (
        pl.LazyFrame(schema=SERVICE)
        if events is None
        else events.filter(pl.col("event_type") == "Service").select(*SERVICE)
    )
    owner = pl.coalesce(pl.col("council_person_id"), formatted("person {}", "person"))
    covered = covered_months(coverage, as_at).collect().lazy()
    # A service that goes on over a gap is one: its months in the gap are not held, and are left out below.
    until = coverage.group_by("council").agg(pl.col("covers_to").max())
    day = pl.lit(as_at, dtype=pl.Date)
    costed = keep(
        weekly_costs(services.with_columns(owner.alias("client")))
        .join(until, on="council", how="left", maintain_order="left")
        .with_columns(pl.min_horizontal(pl.col("event_end_date"), day, "covers_to").alias("to_date"))
        .select(_COSTED)
    )
    known = with_state(costed.filter(pl.col("treatment") == COSTED)).with_columns(
        pl.col("event_start_date").alias("started"),
        pl.col("is_one_off").alias("once"),
        pl.col("event_start_date").alias("from_date"),
    )
    columns = [
        *(*OWNER, "person", "care_setting", "state", "service_component"),
        *("month", "from_date", "to_date", "days", "started", "once"),
    ]
    # The days of the month before a piece: none, but where the month holds the end of the first six weeks. What the
    # service costs in the month is rounded once; its second piece is the rest of it.
    earlier = (pl.col("from_date") - pl.max_horizontal("started", "month")).dt.total_days()
    running = by_month(_cut_after_six_weeks(known.filter(~pl.col("is_one_off")))).with_columns(
        (pence_for(earlier + pl.col("days")) - pence_for(earlier)).alias("gross")
    )
    # A one-off cost is of the month in which the service started.
    once = by_month(
        _cut_after_six_weeks(
            known.filter(pl.col("is_one_off") & (pl.col("from_date") <= day)).with_columns(
                pl.col("from_date").alias("to_date")
            )
        )
    ).with_columns(pl.col("unit_pence").alias("gross"))
    held = covered.with_columns(pl.lit(value=True).alias("_held"))
    pieces = (
        pl.concat([frame.select(*columns, "gross") for frame in (running, once)])
        .join(held, on=["council", "month"], how="left", maintain_order="left")
        .filter("_held")
        .drop("_held")
    )
    # Who is in a nursing home is there on every day, whatever the record says of its cost.
    homes = (
        by_month(
            with_state(costed)
            .filter(pl.col("care_setting") == "nursing_home")
            .select(*OWNER, "person", pl.col("event_start_date").alias("from_date"), "to_date")
        )
        .drop("days")
        .join(covered, on=["council", "month"], how="semi")
        .collect(engine="streaming")
    )
    return Packages(keep(pieces), homes.lazy(), treatments(costed).collect(engine="streaming"), covered)


def covered_months(coverage: pl.LazyFrame, as_at: dt.date) -> pl.LazyFrame:
    """council, month: the months whose days up to the as-at date a council's extracts hold, all of them.

    Args:
        coverage: council, covers_from, covers_to.
        as_at: the last day that counts.
    """
    day = pl.lit(as_at, dtype=pl.Date)
    month = pl.col("month")
    return (
        coverage.filter(pl.col("covers_from") <= day)
        .select(
            "council",
            "covers_from",
            "covers_to",
            pl.date_ranges(pl.col("covers_from").dt.month_start(), day.dt.month_start(), interval="1mo").alias("month"),
        )
        .explode("month")
        .filter(
            (pl.col("covers_from") <= month) & (pl.col("covers_to") >= pl.min_horizontal(month.dt.month_end(), day))
        )
        .select("council", "month")
        .unique()
    )


def with_state(services: pl.LazyFrame) -> pl.LazyFrame:
    """Add ``care_setting`` and ``state`` by the shipped table; a kind that it does not have is ``unknown``.

    A service that the person pays in full is ``client_funded``, but for free kinds, which nobody is charged for:
    equipment, carers' services, and the first six weeks of intermediate care (:func:`_cut_after_six_weeks`).
    """
    table = care_settings()
    keys = {
        "_type": standards.normalise(pl.col("service_type")).fill_null(""),
        "_component": standards.normalise(pl.col("service_component")).fill_null(""),
    }
    own = table.select(
        pl.col("service_type").map_elements(standards.normalise_text, return_dtype=pl.String).alias("_type"),
        pl.col("service_component")
        .map_elements(standards.normalise_text, return_dtype=pl.String)
        .fill_null("")
        .alias("_component"),
        "care_setting",
        "state",
    ).lazy()
    general = own.filter(pl.col("_component") == "").select(
        "_type", pl.col("care_setting").alias("_setting"), pl.col("state").alias("_state")
    )
    state = pl.coalesce("state", "_state", pl.lit("care_at_home"))
    free = ["intermediate_care", "equipment", "carers"]
    return (
        services.with_columns(**keys)
        .join(own, on=["_type", "_component"], how="left", maintain_order="left")
        .join(general, on="_type", how="left", maintain_order="left")
        .with_columns(
            pl.coalesce("care_setting", "_setting", pl.lit(UNKNOWN)).alias("care_setting"),
            pl.when(_paid_by_client() & ~state.is_in(free))
            .then(pl.lit("client_funded"))
            .otherwise(state)
            .alias("state"),
        )
        .drop("_type", "_component", "_setting", "_state")
    )


def _paid_by_client() -> pl.Expr:
    fully = standards.normalise_text("Fully client funded")
    return (standards.normalise(pl.col("funding_status")) == fully).fill_null(value=False)


def _cut_after_six_weeks(services: pl.LazyFrame) -> pl.LazyFrame:
    """Intermediate care as two pieces, before and after its 42nd day; all else as it is."""
    name = "intermediate_care"
    cut = services.filter(pl.col("state") == name)
    last_free = pl.col("event_start_date").dt.offset_by(f"{FREE_DAYS - 1}d")
    first = cut.with_columns(
        pl.min_horizontal("to_date", last_free).alias("to_date"), pl.lit(f"{name}_first_six_weeks").alias("state")
    )
    then = cut.with_columns(
        pl.max_horizontal("from_date", last_free.dt.offset_by("1d")).alias("from_date"),
        pl.when(_paid_by_client())
        .then(pl.lit("client_funded"))
        .otherwise(pl.lit(f"{name}_after_six_weeks"))
        .alias("state"),
    )
    return pl.concat([services.filter(pl.col("state") != name), first, then]).filter(
        pl.col("from_date") <= pl.col("to_date")
    )


def chc_packages(cases: pl.LazyFrame | None, as_at: dt.date) -> pl.LazyFrame:
    """Continuing healthcare packages by month.

    Grain: a package and month: icb, person, month, from_date, to_date, days, weekly_pence (null: not stated).

    Args:
        cases: current rows of the kind chc with ``person`` and ``icb`` (a partner id); None where none were sent.
        as_at: the last day that counts; a package without an end runs to it.
    """
    schema: dict[str, type[pl.DataType] | pl.DataType] = {
        "icb": pl.String,
        "person": pl.Int64,
        "package_start_date": pl.Date,
        "package_end_date": pl.Date,
        "weekly_cost": pl.Decimal(18, 2),
    }
    rows = pl.LazyFrame(schema=schema) if cases is None else cases.select(*schema)
    day = pl.lit(as_at, dtype=pl.Date)
    pieces = by_month(
        rows.filter(pl.col("package_start_date").is_not_null()).with_columns(
            pl.col("package_start_date").alias("from_date"),
            pl.min_horizontal("package_end_date", day).alias("to_date"),
        )
    )
    weekly = (pl.col("weekly_cost") * 100).cast(pl.Int64)
    return pieces.select(
        "icb", "person", "month", "from_date", "to_date", "days", pl.when(weekly > 0).then(weekly).alias("weekly_pence")
    )


def nursing_days(homes: pl.LazyFrame, chc: pl.LazyFrame) -> pl.LazyFrame:
    """Days in a nursing home of people who are not in continuing healthcare, none twice, whichever councils say so.

    Grain: person, month; ``days``. Where a person is not known, the council's client stands for them: council, client.

    Args:
        homes: of :class:`Packages`.
        chc: :func:`chc_packages`.
    """
    unknown = pl.col("person").is_null()
    who = [*OWNER, "person", "month"]
    own = joined(
        homes.with_columns(
            *(pl.when(unknown).then(name).otherwise(pl.lit("")).alias(name) for name in OWNER),
            pl.col("person").fill_null(-1),
        ),
        who,
    ).with_columns(((pl.col("to_date") - pl.col("from_date")).dt.total_days() + 1).alias("days"))
    paid = joined(chc, ["person", "month"])
    first = pl.max_horizontal("from_date", "from_date_paid")
    last = pl.min_horizontal("to_date", "to_date_paid")
    overlap = (
        own.join(paid, on=["person", "month"], suffix="_paid")
        .with_columns(((last - first).dt.total_days() + 1).alias("_both"))
        .filter(pl.col("_both") > 0)
        .group_by(who)
        .agg(pl.col("_both").sum())
    )
    known = pl.col("person") >= 0
    return (
        own.group_by(who)
        .agg(pl.col("days").sum())
        .join(overlap, on=who, how="left")
        .with_columns((pl.col("days") - pl.col("_both").fill_null(0)).cast(pl.Int64).alias("days"))
        .filter(pl.col("days") > 0)
        .select(
            *(pl.when(~known).then(name).alias(name) for name in OWNER),
            pl.when(known).then("person").alias("person"),
            "month",
            "days",
        )
    )
