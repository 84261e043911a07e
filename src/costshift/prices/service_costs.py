"""The table service_costs: what care cost each payer, by month and care setting, and what was left unpriced.

Definition: docs/methods/service-costs.md. Who pays is read from the rule table (``standards.payers.who_pays``), and
from [[funding]] where a council's extract cannot say.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from costshift import standards
from costshift.history.workspace import Keep, in_memory
from costshift.organisations import Organisations
from costshift.prices.care_packages import Packages, chc_packages, nursing_days, packages
from costshift.prices.contributions import with_contributions
from costshift.prices.funding import FundingRules, paid_towards
from costshift.prices.unit_costs import prices_of_months
from costshift.project import Funding
from costshift.standards import formatted
from costshift.standards.payers import care_settings, who_pays
from costshift.statistics.largest_remainder import spread
from costshift.statistics.streamed import streamed

PERSON = "person"
NURSING_RATE, CHC_WEEK = "funded_nursing_care_week", "continuing_healthcare_week"
CHC = "continuing_healthcare"
FUNDED_NURSING = "funded_nursing_care"
GRAIN = ("month", "payer", "care_setting")
UNPRICED: dict[str, type[pl.DataType] | pl.DataType] = {
    "activity": pl.String,
    "quantity": pl.Int64,
    "unit": pl.String,
    "why": pl.String,
}
_COST: dict[str, type[pl.DataType] | pl.DataType] = {
    "month": pl.Date,
    "payer": pl.String,
    "care_setting": pl.String,
    "gross": pl.Int64,
    "contribution": pl.Int64,
    "net": pl.Int64,
}
#: Who a cost is about: the person; where none is known, the council's client.
_WHOM = ("person", "client")


@dataclass(frozen=True)
class ServiceCosts:
    """What care cost.

    ``table``: service_costs, with ``_contributors``: the people who pay towards it. ``pieces``: the council's packages
    with their contribution. ``nhs_pieces``: month, person, pence of funded nursing care and continuing healthcare.
    ``packages``: costed services and what the arithmetic did to them. ``unpriced``: activity,
    quantity, unit, why. ``uses``: price item to what it was used for. ``counts``: what was cut or cannot be told.
    """

    table: pl.DataFrame
    pieces: pl.LazyFrame
    nhs_pieces: pl.LazyFrame
    packages: Packages
    unpriced: pl.DataFrame
    uses: dict[str, str]
    counts: dict[str, int] = field(default_factory=dict)

    def with_months_not_held(self, organisations: Organisations) -> pl.DataFrame:
        """The table, with a row without a net for each month and setting of a council whose extract does not hold it.

        For what shares costs between partners: that a council has no row there does not say that it paid nothing.
        """
        councils = [name for name, kind in organisations.types.items() if kind == "council"]
        settings = sorted(set(care_settings()["care_setting"]))
        missing = (
            self.table.lazy()
            .select("month")
            .unique()
            .join(pl.LazyFrame({"council": councils}, schema={"council": pl.String}), how="cross")
            .join(self.packages.covered, on=["month", "council"], how="anti")
            .rename({"council": "payer"})
            .join(pl.LazyFrame({"care_setting": settings}), how="cross")
            .collect()
        )
        return pl.concat([self.table, missing], how="diagonal").sort(GRAIN)


def service_costs(
    views: Mapping[str, pl.LazyFrame],
    coverage: pl.LazyFrame,
    prices: pl.DataFrame,
    funding: Sequence[Funding],
    organisations: Organisations,
    as_at: dt.date,
    keep: Keep = in_memory,
) -> ServiceCosts:
    """Service costs of a place.

    Grain of the table: month, payer, care_setting. ``gross``: the payer's part of the cost before what people pay;
    ``contribution``: what people pay towards that part; ``net`` = gross - contribution: what the payer bears. In the
    rows of the payer ``person`` the gross is what people pay, so that the nets of all payers are the whole cost. Null
    contribution and net: no charges of a council are known; what people pay is then null whole. Whole pence.

    Args:
        views: kind name to its current rows with ``person``: care_events, charges, chc, each where it was sent; care
            events with ``council`` as a partner id.
        coverage: council, covers_from, covers_to.
        prices: :func:`costshift.prices.unit_costs.unit_costs`.
        funding: [[funding]] of the project.
        organisations: codes to partners.
        as_at: the last day that counts.
        keep: works the packages out once.
    """
    events = views.get("care_events")
    costed = packages(events, coverage, as_at, keep)
    charges = views.get("charges")
    if charges is not None:
        charges = charges.with_columns(organisations.partner(pl.col("council_code")).alias("council"))
    pieces, counts = with_contributions(costed.pieces, charges, as_at)
    if charges is not None:
        pieces = keep(pieces)
    cases = views.get("chc")
    if cases is not None:
        cases = cases.with_columns(organisations.partner(pl.col("icb_code")).alias("icb"))
    chc = chc_packages(cases, as_at).collect().lazy()
    councils = [name for name, kind in organisations.types.items() if kind == "council"]
    shared = _by_council(pieces, FundingRules.of(funding, councils))
    nursing, without_rate = _funded_nursing(costed.homes, chc, prices, organisations)
    healthcare, without_price, priced_here = _healthcare(chc, prices)
    costs = pl.concat([shared[0], nursing[0], healthcare[0]])
    people = pl.concat([shared[1], nursing[1], healthcare[1]])
    nhs_pieces = pl.concat([frame.select("month", "person", "pence") for frame in (nursing[2], healthcare[2])])
    counts |= _doubts(pieces, chc, events, charges)
    uses = {NURSING_RATE: "NHS-funded nursing care"} if nursing[0].height else {}
    if priced_here:
        uses[CHC_WEEK] = "Continuing healthcare packages whose weekly cost is not stated"
    return ServiceCosts(
        table=_table(costs, people),
        pieces=pieces,
        nhs_pieces=nhs_pieces.lazy(),
        packages=costed,
        unpriced=pl.concat([_left_out(costed.treatment), without_rate, without_price]),
        uses=uses,
        counts=counts,
    )


def _table(costs: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    unknown = pl.col("contribution").is_null().any()
    summed = costs.group_by(GRAIN).agg(
        pl.when(pl.col("gross").is_not_null().all()).then(pl.col("gross").sum()).alias("gross"),
        pl.when(~unknown).then(pl.col("contribution").sum()).alias("contribution"),
        pl.when(~unknown).then(pl.col("net").sum()).alias("net"),
    )
    return (
        summed.join(people, on=list(GRAIN), how="left")
        .select(*GRAIN, "gross", "contribution", "net", pl.col("people", "_contributors").fill_null(0))
        .sort(GRAIN)
    )


def _whom() -> list[pl.Expr]:
    """The columns of :data:`_WHOM`: ``client`` is null where the person is known."""
    own = pl.when(pl.col("person").is_null()).then(formatted("{} {}", "council", "client"))
    return [pl.col("person"), own.alias("client")]


def _different(rows: pl.LazyFrame, grain: Sequence[str]) -> pl.LazyFrame:
    """How many different people, and how many of them pay: ``people``, ``_contributors``.

    Args:
        rows: the grain, :data:`_WHOM`, pays.
        grain: the columns that it is told for.
    """
    return (
        rows.group_by(*grain, *_WHOM)
        .agg(pl.col("pays").any())
        .group_by(grain)
        .agg(pl.len().cast(pl.Int64).alias("people"), pl.col("pays").sum().cast(pl.Int64).alias("_contributors"))
    )


def _by_council(pieces: pl.LazyFrame, rules: FundingRules) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The council's packages among who pays for them, the person included; and the people behind them."""
    component = standards.normalise(pl.col("service_component"))
    joint = pl.when(component.is_in(list(rules.shares))).then(component).otherwise(pl.lit("")).fill_null("")
    marked = pieces.with_columns((joint if rules.shares else pl.lit("")).alias("_shared"))
    cell = ["month", "council", "care_setting", "_shared"]
    cells = (
        marked.group_by(cell)
        .agg(pl.col("gross").sum(), pl.col("contribution").sum(), pl.col("contribution").null_count().alias("_unknown"))
        .with_columns(pl.when(pl.col("_unknown") == 0).then("contribution").alias("contribution"))
        .drop("_unknown")
        .sort(cell)
        .collect(engine="streaming")
    )
    rows: list[tuple[dt.date, str, str, int | None, int | None, int | None]] = []
    for month, council, setting, joint, gross, contribution in cells.iter_rows():
        parts = spread(gross, rules.for_service(joint, council))
        paid = None if contribution is None else paid_towards(parts, contribution, council)
        for payer, part in parts.items():
            own = None if paid is None else paid.get(payer, 0)
            rows.append((month, payer, setting, part, own, None if own is None else part - own))
        if contribution is None:
            rows.append((month, PERSON, setting, None, None, None))
        elif contribution:
            rows.append((month, PERSON, setting, contribution, 0, contribution))
    named = cells.select("_shared", "council").unique().iter_rows()
    payers = pl.DataFrame(
        [(joint, council, payer) for joint, council in named for payer in (*rules.for_service(joint, council), PERSON)],
        schema={"_shared": pl.String, "council": pl.String, "payer": pl.String},
        orient="row",
    )
    # A number for each row of the table: texts beside each person would fill the memory.
    places = (
        cells.select(cell)
        .join(payers, on=["_shared", "council"])
        .with_columns(pl.struct(GRAIN).rank("dense").alias("_place"))
    )
    of_pieces = places.filter(pl.col("payer") != PERSON)
    billed = marked.join(of_pieces.lazy(), on=cell).select(
        "_place", *_whom(), (pl.col("contribution").fill_null(0) > 0).alias("pays")
    )
    paying = (
        marked.filter(pl.col("contribution") > 0)
        .join(places.filter(pl.col("payer") == PERSON).lazy(), on=cell)
        .select("_place", *_whom(), pl.lit(value=True).alias("pays"))
    )
    people = streamed(_different(pl.concat([billed, paying]), ["_place"]))
    behind = places.select(*GRAIN, "_place").unique().join(people, on="_place")
    return pl.DataFrame(rows, schema=_COST, orient="row"), behind.select(*GRAIN, "people", "_contributors")


def _funded_nursing(
    homes: pl.LazyFrame,
    chc: pl.LazyFrame,
    prices: pl.DataFrame,
    organisations: Organisations,
) -> tuple[tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame], pl.DataFrame]:
    """NHS-funded nursing care: the month's weekly rate for each day in a nursing home. No extract records it."""
    spent = nursing_days(homes, chc).collect()
    rates = prices_of_months(prices, spent.lazy().select("month").unique(), [NURSING_RATE])
    days = spent.lazy().join(rates.select("month", "price_pence"), on="month", how="left").collect()
    payers = who_pays().filter(pl.col("pays") == "funded_nursing_care")["payer"]
    payer = organisations.only(payers[0])
    priced = (
        days.filter(pl.col("price_pence").is_not_null())
        .with_columns(
            # Whole pence, halves upwards.
            ((2 * pl.col("price_pence") * pl.col("days") + 7) // 14).alias("gross"),
            pl.lit(payer).alias("payer"),
            pl.lit(FUNDED_NURSING).alias("care_setting"),
            pl.lit(0, dtype=pl.Int64).alias("contribution"),
            pl.lit(value=False).alias("pays"),
            *_whom(),
        )
        .with_columns(pl.col("gross").alias("net"))
    )
    missing = days.filter(pl.col("price_pence").is_null())["days"].sum()
    return (priced.select(*_COST), _different(priced.lazy(), GRAIN).collect(), _pence_of_people(priced)), _unpriced(
        [(FUNDED_NURSING, int(missing), "days", f"no {NURSING_RATE} for the month")]
    )


def _healthcare(
    chc: pl.LazyFrame, prices: pl.DataFrame
) -> tuple[tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame], pl.DataFrame, bool]:
    """Continuing healthcare at the case's own weekly cost, else at the price of a week."""
    weeks = prices_of_months(prices, chc.select("month").unique(), [CHC_WEEK]).select("month", "price_pence")
    rows = chc.join(weeks, on="month", how="left").collect()
    weekly = pl.coalesce("weekly_pence", "price_pence")
    priced = (
        rows.filter(weekly.is_not_null())
        .with_columns(
            ((2 * weekly * pl.col("days") + 7) // 14).alias("gross"),
            pl.col("icb").alias("payer"),
            pl.lit(CHC).alias("care_setting"),
            pl.lit(0, dtype=pl.Int64).alias("contribution"),
            pl.lit(value=False).alias("pays"),
            pl.lit(None, dtype=pl.String).alias("client"),
        )
        .with_columns(pl.col("gross").alias("net"))
    )
    missing = rows.filter(weekly.is_null())["days"].sum()
    used = rows.filter(pl.col("weekly_pence").is_null() & pl.col("price_pence").is_not_null()).height > 0
    return (
        (priced.select(*_COST), _different(priced.lazy(), GRAIN).collect(), _pence_of_people(priced)),
        _unpriced([(CHC, int(missing), "days", f"no weekly cost in the case, and no {CHC_WEEK}")]),
        used,
    )


def _pence_of_people(priced: pl.DataFrame) -> pl.DataFrame:
    return priced.select("month", "person", pl.col("gross").alias("pence"))


def _left_out(treatment: pl.DataFrame) -> pl.DataFrame:
    why = {"no_cost": "no unit cost", "no_units": "no planned units a week, and a frequency that does not tell them"}
    rows = []
    for kind, words in why.items():
        own = treatment.filter(pl.col("treatment") == kind)
        rows += [(f"services of {council}", count, "services", words) for council, _, count in own.iter_rows()]
    return _unpriced(rows)


def _unpriced(rows: Sequence[tuple[str, int, str, str]]) -> pl.DataFrame:
    return pl.DataFrame([row for row in rows if row[1]], schema=UNPRICED, orient="row")


def _doubts(
    pieces: pl.LazyFrame, chc: pl.LazyFrame, events: pl.LazyFrame | None, charges: pl.LazyFrame | None
) -> dict[str, int]:
    """Counts of what the records leave in doubt."""
    both = (
        pieces.select("person", "month", "from_date", "to_date")
        .join(chc.select("person", "month", "from_date", "to_date"), on=["person", "month"], suffix="_chc")
        .filter((pl.col("from_date") <= pl.col("to_date_chc")) & (pl.col("from_date_chc") <= pl.col("to_date")))
    )
    found = {"people_in_both_packages": int(both.select(pl.col("person").n_unique()).collect().item())}
    if events is not None and charges is not None:
        joint = standards.normalise(pl.col("funding_status")) == standards.normalise_text(
            "Joint client and social care funded"
        )
        payers = charges.select("council", "council_person_id").unique()
        bare = (
            events.filter((pl.col("event_type") == "Service") & joint.fill_null(False))
            .join(charges.select("council").unique(), on="council", how="semi")
            .join(payers, on=["council", "council_person_id"], how="anti")
        )
        found["joint_without_charge"] = int(bare.select(pl.len()).collect().item())
    return found
