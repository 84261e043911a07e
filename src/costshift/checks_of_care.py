"""Checks of care packages and of the indicators of flow: what holds, and what must stand beside the figures."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from costshift.errors import PublicationError
from costshift.indicators.care_and_flow import CareAndFlow
from costshift.organisations import Organisations
from costshift.publish.content import Check
from costshift.publish.words import counted

_TREATMENTS = {
    "negative_cost": "a negative unit cost was taken as positive",
    "negative_units": "negative planned units were taken as positive",
    "units_disagree": "the cost frequency was trusted over other planned units",
}
_COUNTS = {
    "charges_overlapping": "charges were cut short by a later one",
    "charged_beyond_cost": "months of a person in which the charge exceeds the cost: taken up to the cost",
    "people_in_both_packages": "people have a council package and a continuing healthcare package on one day: both "
    "are counted",
    "joint_without_charge": "jointly funded services have no charge: what these people pay is counted as nothing",
}


def checks_of_care(care: CareAndFlow, organisations: Organisations) -> list[Check]:
    """One check each.

    Raises:
        PublicationError: costs by payer do not add up to the costs of the packages. Nothing is published.
    """
    return [
        _costs_add_up(care),
        _priced(care, organisations),
        _treated(care, organisations),
        _charges(care),
        _flow(care, organisations),
        _gaps(care),
    ]


def _costs_add_up(care: CareAndFlow) -> Check:
    """Whether what payers bear is what the packages cost, to the penny."""
    table = care.costs.table
    council = table.filter(
        (pl.col("payer") != "person") & ~pl.col("care_setting").is_in(["funded_nursing_care", "continuing_healthcare"])
    )
    pieces = int(care.costs.pieces.select(pl.col("gross").sum()).collect().item())
    split = int(council["gross"].sum())
    known = table.filter(pl.col("net").is_not_null() & pl.col("gross").is_not_null())
    wrong = known.filter(pl.col("gross") - pl.col("contribution") != pl.col("net")).height
    if pieces != split or wrong:
        raise PublicationError(
            f"Care packages cost £{pieces / 100:,.2f}, and their payers were given £{split / 100:,.2f}; gross less "
            f"contribution is not net in {wrong:,} rows. This is a fault of costshift: please report it, without the "
            "data. Nothing was published."
        )
    return Check("care_costs_of_payers_equal_the_packages", "pass", f"£{pieces / 100:,.2f} on both sides.")


def _priced(care: CareAndFlow, organisations: Organisations) -> Check:
    parts = []
    for activity, quantity, unit, why in care.costs.unpriced.iter_rows():
        number = counted(quantity, unit.removesuffix("s"), unit)
        parts.append(f"{_named(activity, organisations)}: {number} ({why})")
    return Check(
        "every_service_has_a_cost",
        "warn" if parts else "pass",
        f"Unpriced, and so in no cost: {'; '.join(parts)}." if parts else "Every service and package.",
    )


def _named(text: str, organisations: Organisations) -> str:
    *first, last = text.split(" ")
    return " ".join([*first, organisations.names.get(last, last.replace("_", " "))])


def _treated(care: CareAndFlow, organisations: Organisations) -> Check:
    rows = care.costs.packages.treatment.filter(pl.col("treatment").is_in(list(_TREATMENTS)))
    parts = []
    for council, kind, count in rows.iter_rows():
        number = counted(count, "service", "services")
        parts.append(f"{organisations.names.get(council, council)}: {number} in which {_TREATMENTS[kind]}")
    return Check(
        "service_costs_are_taken_as_sent",
        "warn" if parts else "pass",
        "; ".join(parts) + "." if parts else "No cost was flipped or overruled.",
    )


def _charges(care: CareAndFlow) -> Check:
    parts = [f"{care.costs.counts[name]:,} {words}" for name, words in _COUNTS.items() if care.costs.counts.get(name)]
    table = care.costs.table
    blank = table.filter(pl.col("contribution").is_null() & (pl.col("payer") != "person"))["payer"].unique().sort()
    if blank.len():
        parts.append(f"no charges of {', '.join(blank)}: what people pay, and the net, are not known there")
    return Check(
        "charges_fit_the_services",
        "warn" if parts else "pass",
        _sentence(parts) if parts else "Every charge.",
    )


def _flow(care: CareAndFlow, organisations: Organisations) -> Check:
    parts = []
    for (why,), own in care.flow.reasons.group_by("why", maintain_order=True):
        if str(why).startswith("null until"):
            continue
        names = ", ".join(name.replace("_", " ") for name in own["indicator"].unique(maintain_order=True))
        words = str(why)
        for council, name in organisations.names.items():
            words = words.replace(council, name)
        parts.append(f"{names}: {words}")
    return Check(
        "flow_indicators_can_be_worked_out",
        "warn" if parts else "pass",
        f"Null, or in part: {'; '.join(parts)}." if parts else "All, once the days that they look ahead have passed.",
    )


def _gaps(care: CareAndFlow) -> Check:
    parts = [text.replace("_", " ") for text in care.gaps_unknown]
    return Check(
        "gaps_and_overlaps_can_be_told",
        "warn" if parts else "pass",
        f"Null: {'; '.join(parts)}." if parts else "Every group, once the days that it looks ahead have passed.",
    )


def _sentence(parts: Sequence[str]) -> str:
    return "; ".join(parts) + "."
