"""The table gaps_and_overlaps: people whom both sides left without support, and people whom both sides visit.

Definition: docs/methods/gaps-and-overlaps.md. A group is null, never zero, where an extract that it needs was not
sent, or where the days that it looks ahead have not passed or are not covered by the council's extract.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from costshift import standards
from costshift.eligibility.continuing_healthcare import PREFIX
from costshift.eligibility.decisions import ELIGIBLE
from costshift.indicators.flow_hospital import has_code
from costshift.indicators.reablement import service_users
from costshift.indicators.residence import council_of_people
from costshift.standards.contacts import was_attended
from costshift.standards.flow import flow_codes, flow_windows
from costshift.statistics.streamed import streamed

GRAIN = ("month", "council", "group")
_FAR = dt.date(9999, 1, 1)


@dataclass(frozen=True)
class Group:
    """A group: the days that it looks ahead, and the extracts beside spells and care events that it needs."""

    name: str
    looks_ahead: int = 0
    needs: tuple[str, ...] = ()


GROUPS: dict[str, Group] = {
    own.name: own
    for own in (
        Group("delayed_then_no_support", flow_windows()["support_after_delay"]),
        Group("eligible_then_no_service", flow_windows()["service_after_eligible"]),
        Group("not_eligible_then_emergency_admission", flow_windows()["admission_after_refusal"]),
        Group("nurse_and_carer_in_one_week", needs=("contacts",)),
        Group("nursing_contacts_unknown_to_council", needs=("contacts",)),
    )
}


@dataclass(frozen=True)
class GapRecords:
    """Records with ``person``.

    ``spells``: dated spells with the cohort marked. ``events``: care events with ``council``, None where none were
    sent. ``contacts``: None where none were sent. ``died``: person, died. ``decisions``: person, council,
    decision_date, eligible. ``coverage``: council, covers_from, covers_to.
    """

    spells: pl.LazyFrame
    events: pl.LazyFrame | None
    contacts: pl.LazyFrame | None
    died: pl.LazyFrame
    decisions: pl.LazyFrame
    coverage: pl.LazyFrame


def decided(decisions: pl.LazyFrame) -> pl.LazyFrame:
    """Councils' decisions as the groups need them: person, council, decision_date, eligible.

    Args:
        decisions: every decision of the eligibility stage; those on continuing healthcare are not the council's.
    """
    return decisions.filter(~pl.col("transition").str.starts_with(PREFIX)).select(
        "person", "council", "decision_date", (pl.col("decision") == ELIGIBLE).alias("eligible")
    )


def gaps_and_overlaps(records: GapRecords, as_at: dt.date) -> pl.DataFrame:
    """People in each group by month and council.

    Grain: month, council, group; every month that a council's extract covers has all groups, with zeros where nobody
    is in them. ``people``: different people. The month is that of the discharge, the decision or the contacts.

    Args:
        records: what the extracts hold.
        as_at: the last day that counts.
    """
    if records.events is None:
        return pl.DataFrame(schema={"month": pl.Date, "council": pl.String, "group": pl.String, "people": pl.Int64})
    services = streamed(_services(records.events)).lazy()
    found = {
        "delayed_then_no_support": _delayed_then_no_support(records, services),
        "eligible_then_no_service": _eligible_then_no_service(records, services),
        "not_eligible_then_emergency_admission": _refused_then_admitted(records),
    }
    if records.contacts is not None:
        nursing = streamed(_nursing(records.contacts)).lazy()
        found |= {
            "nurse_and_carer_in_one_week": _nurse_and_carer(nursing, services),
            "nursing_contacts_unknown_to_council": _unknown_to_council(records, nursing),
        }
    people = pl.col("person").n_unique().cast(pl.Int64).alias("people")
    counted = pl.concat(
        streamed(
            frame.group_by("month", pl.col("council").cast(pl.String))
            .agg(people)
            .select("month", "council", pl.lit(name).alias("group"), "people")
        ).lazy()
        for name, frame in found.items()
    )
    first = records.spells.filter("is_discharged").select(pl.col("month").min()).collect().item()
    return (
        _cells(records, set(found), as_at)
        .filter(pl.col("month") >= (first or as_at))
        .join(counted, on=list(GRAIN), how="left")
        .select(*GRAIN, pl.when("_known").then(pl.col("people").fill_null(0)).alias("people"))
        .sort(GRAIN)
        .collect()
    )


def _cells(records: GapRecords, found: set[str], as_at: dt.date) -> pl.LazyFrame:
    """month, council, group, _known: the months that begin within what a council's extract covers."""
    day = pl.lit(as_at, dtype=pl.Date)
    ahead = pl.LazyFrame(
        [(name, own.looks_ahead, name in found) for name, own in GROUPS.items()],
        schema={"group": pl.String, "_ahead": pl.Int64, "_sent": pl.Boolean},
        orient="row",
    )
    last = pl.col("month").dt.month_end() + pl.duration(days=pl.col("_ahead"))
    whole = pl.when(pl.col("_ahead") > 0).then(last).otherwise(pl.min_horizontal(last, day))
    return (
        records.coverage.filter(pl.col("covers_from") <= day)
        .with_columns(
            pl.date_ranges(pl.col("covers_from").dt.month_start(), day.dt.month_start(), interval="1mo").alias("month")
        )
        .explode("month")
        .filter(pl.col("covers_from") <= pl.col("month"))
        .join(ahead, how="cross")
        .select(*GRAIN, (pl.col("_sent") & (whole <= day) & (whole <= pl.col("covers_to"))).alias("_known"))
        # A council's extracts may have gaps: one stretch must hold it all.
        .group_by(GRAIN)
        .agg(pl.col("_known").any())
    )


def _services(events: pl.LazyFrame) -> pl.LazyFrame:
    """Services of service users: person, council, is_carer (it is one of carers), start, end (far off where open)."""
    (components,) = flow_codes("carer").values()
    names = [standards.normalise_text(name) for name in components]
    return (
        service_users(events)
        .filter(pl.col("event_type") == "Service")
        .select(
            "person",
            "council",
            standards.normalise(pl.col("service_component")).is_in(names).fill_null(value=False).alias("is_carer"),
            pl.col("event_start_date").alias("start"),
            pl.col("event_end_date").fill_null(_FAR).alias("end"),
        )
    )


def _delayed_then_no_support(records: GapRecords, services: pl.LazyFrame) -> pl.LazyFrame:
    """Left hospital alive after a delay, not on pathway 0, and had neither a service nor a contact in 28 days.

    Who died, or was admitted again, within them is left out: no one had the time.
    """
    days = flow_windows()["support_after_delay"]
    alive = streamed(
        records.spells.filter(
            pl.col("in_cohort")
            & pl.col("is_discharged")
            & pl.col("ends_stay")
            & (pl.col("delay_days") >= 1)
            & (pl.col("pathway") != "P0")
        )
        .select("month", "council", "person", "discharge_date")
        .with_columns(pl.col("discharge_date").dt.offset_by(f"{days}d").alias("_last"))
    )
    left = alive.with_row_index("_left").lazy()
    paired = left.select("_left", "person", "discharge_date", "_last")
    # What was open before and ended that day went no further; what began that day was for the return home.
    left_on = pl.col("discharge_date")
    supported = paired.join(services, on="person").filter(
        (pl.col("start") <= pl.col("_last")) & ((pl.col("start") >= left_on) | (pl.col("end") > left_on))
    )
    died = paired.join(records.died, on="person").filter(pl.col("died") <= pl.col("_last"))
    admitted = paired.join(records.spells.select("person", pl.col("admission_date").alias("_day")), on="person").filter(
        (pl.col("_day") >= pl.col("discharge_date")) & (pl.col("_day") <= pl.col("_last"))
    )
    out = [supported, died, admitted]
    if records.contacts is not None:
        out.append(
            paired.join(records.contacts.select("person", "contact_date", "attended"), on="person")
            .filter((pl.col("contact_date") >= pl.col("discharge_date")) & (pl.col("contact_date") <= pl.col("_last")))
            .filter(was_attended())
        )
    return left.join(pl.concat([streamed(own.select("_left")).lazy() for own in out]).unique(), on="_left", how="anti")


def _eligible_then_no_service(records: GapRecords, services: pl.LazyFrame) -> pl.LazyFrame:
    """Found eligible, and no service of that council open then or begun in the 28 days after; the dead are left out."""
    days = flow_windows()["service_after_eligible"]
    decided = (
        records.decisions.filter("eligible")
        .select("person", "council", "decision_date", pl.col("decision_date").dt.month_start().alias("month"))
        .with_row_index("_decided")
        .with_columns(pl.col("decision_date").dt.offset_by(f"{days}d").alias("_last"))
    )
    served = decided.join(services, on=["person", "council"]).filter(
        (pl.col("start") <= pl.col("_last")) & (pl.col("end") >= pl.col("decision_date"))
    )
    died = decided.join(records.died, on="person").filter(pl.col("died") <= pl.col("_last"))
    out = pl.concat([streamed(own.select("_decided")).lazy() for own in (served, died)]).unique()
    return decided.join(out, on="_decided", how="anti")


def _refused_then_admitted(records: GapRecords) -> pl.LazyFrame:
    """Found not eligible, and an emergency admission in the 90 days after the decision."""
    days = flow_windows()["admission_after_refusal"]
    admitted = records.spells.filter(has_code(flow_codes("emergency")) & pl.col("starts_stay")).select(
        "person", "admission_date"
    )
    return (
        records.decisions.filter(~pl.col("eligible"))
        .with_columns(pl.col("decision_date").dt.month_start().alias("month"))
        .join(admitted, on="person")
        .filter(
            (pl.col("admission_date") > pl.col("decision_date"))
            & (pl.col("admission_date") <= pl.col("decision_date").dt.offset_by(f"{days}d"))
        )
    )


def _nurse_and_carer(nursing: pl.LazyFrame, services: pl.LazyFrame) -> pl.LazyFrame:
    """A nurse's visit in a week (Monday to Sunday) on some day of which a carer's service was open."""
    week = pl.col("contact_date").dt.truncate("1w")
    return (
        nursing.join(services.filter("is_carer"), on="person")
        .with_columns(pl.col("contact_date").dt.month_start().alias("month"), week.alias("_week"))
        .filter((pl.col("start") < pl.col("_week").dt.offset_by("1w")) & (pl.col("end") >= pl.col("_week")))
    )


def _unknown_to_council(records: GapRecords, nursing: pl.LazyFrame) -> pl.LazyFrame:
    """Eight or more nursing contacts in a month, and no record with any council in the year up to the month's end."""
    windows = flow_windows()
    frequent = (
        _often(nursing, windows["frequent_contacts"]).with_columns(pl.col("month").dt.month_end().alias("_last")).lazy()
    )
    events = pl.LazyFrame(schema={"person": pl.Int64}) if records.events is None else records.events
    known = (
        frequent.join(
            events.select(
                "person",
                pl.col("event_start_date").alias("start"),
                pl.col("event_end_date").fill_null(_FAR).alias("end"),
            ),
            on="person",
        )
        .filter(
            (pl.col("start") <= pl.col("_last"))
            & (pl.col("end") >= pl.col("_last").dt.offset_by(f"-{windows['known_to_council']}d"))
        )
        .select("month", "person")
        .unique()
    )
    unknown = frequent.join(streamed(known).lazy(), on=["month", "person"], how="anti").collect().lazy()
    # They are few: only their records are asked where they live.
    spells, events = (rows.join(unknown, on="person", how="semi") for rows in (records.spells, events))
    councils = council_of_people(spells, events if records.events is not None else None)
    return unknown.join(councils.with_columns(pl.col("council").cast(pl.String)), on="person")


def _often(nursing: pl.LazyFrame, times: int) -> pl.DataFrame:
    """month, person: who had so many contacts in a month, or more.

    A month and a person are one number, which is put in order: to count all of them takes several times the memory.
    """
    everyone = 1 << 32
    month = pl.col("contact_date").dt.month_start().cast(pl.Int32).cast(pl.Int64)
    own = nursing.filter(pl.col("person").is_not_null()).select((month * everyone + pl.col("person")).alias("own"))
    numbers = streamed(own)["own"].sort()
    often = numbers.filter(numbers == numbers.shift(1 - times)).unique()
    return pl.DataFrame({"month": (often // everyone).cast(pl.Int32).cast(pl.Date), "person": often % everyone})


def _nursing(contacts: pl.LazyFrame) -> pl.LazyFrame:
    """Attended contacts of nurses: person, contact_date."""
    (teams,) = flow_codes("nurse").values()
    names = [standards.normalise_text(name) for name in teams]
    return contacts.filter(
        was_attended() & standards.normalise(pl.col("team_type")).is_in(names).fill_null(value=False)
    ).select("person", "contact_date")


def why_unknown(sent: Mapping[str, object]) -> list[str]:
    """The groups that no figure is there for, and why, in words.

    Args:
        sent: the kinds of extract that were sent.
    """
    words = [
        f"{name}: no {kind} were sent" for name, own in sorted(GROUPS.items()) for kind in own.needs if kind not in sent
    ]
    return words if "care_events" in sent else ["every group: no care events were sent"]
