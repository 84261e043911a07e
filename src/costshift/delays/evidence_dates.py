"""The dates that decide to whom a delay can be evidenced: each side's own record of the same person.

One row a delayed spell. What lies outside its window counts as absent. Definition:
docs/methods/evidenced-attribution.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from costshift import standards
from costshift.delays.recorded_attribution import SPELL
from costshift.standards.contacts import was_attended
from costshift.standards.evidence import assessment_outcomes, enabling_components

#: The columns that are read here of each kind of record, all with ``person``.
CARE_EVENT: dict[str, type[pl.DataType]] = {
    "person": pl.Int64,
    "council": pl.String,
    "event_id": pl.String,
    "event_type": pl.String,
    "event_start_date": pl.Date,
    "event_end_date": pl.Date,
    "client_type": pl.String,
    "route_of_access": pl.String,
    "assessment_type": pl.String,
    "review_reason": pl.String,
    "service_type": pl.String,
    "service_component": pl.String,
    "eligible_needs": pl.String,
    "event_outcome": pl.String,
}
REFERRAL: dict[str, type[pl.DataType]] = {"person": pl.Int64, "referred_date": pl.Date, "accepted_date": pl.Date}
CONTACT: dict[str, type[pl.DataType]] = {"person": pl.Int64, "contact_date": pl.Date, "attended": pl.String}
CASE: dict[str, type[pl.DataType]] = {
    "person": pl.Int64,
    "checklist_date": pl.Date,
    "decision_date": pl.Date,
    "decision": pl.String,
    "fast_track": pl.String,
    "package_start_date": pl.Date,
}


@dataclass(frozen=True)
class EvidenceRules:
    """The windows and conventions that the partners have agreed.

    ``settle_days``: after so many days, extracts without open events count as complete. ``chc_before_discharge``:
    whether continuing healthcare is decided in hospital. ``request_window_days``: a request routed from hospital
    counts from so many days before the stay. ``service_window_days``: a service that starts up to so many days after
    the end still enabled the discharge. ``enabling_components``: the service components that enable it.
    """

    settle_days: int = 60
    chc_before_discharge: bool = False
    request_window_days: int = 7
    service_window_days: int = 3
    enabling_components: frozenset[str] = field(default_factory=enabling_components)


@dataclass(frozen=True)
class LinkedRecords:
    """What both sides recorded, linked by ``person``; None where no extract was sent.

    ``care_events`` carry ``council`` as a partner id. ``coverage``: council, covers_from, covers_to,
    includes_open_events: what the council's extracts hold, one row a stretch without a gap.
    """

    coverage: pl.LazyFrame
    care_events: pl.LazyFrame | None = None
    referrals: pl.LazyFrame | None = None
    contacts: pl.LazyFrame | None = None
    chc: pl.LazyFrame | None = None
    nhs_pathways: frozenset[str] = field(default_factory=frozenset)


def evidence_dates(delayed: pl.LazyFrame, records: LinkedRecords, rules: EvidenceRules) -> pl.LazyFrame:
    """The deciding dates of each delayed spell.

    Args:
        delayed: provider_code, spell_id, person, usable_identity, council, pathway, stay_start, ready_date,
            end_date.
        records: what both sides recorded.
        rules: windows and conventions.

    Returns:
        The same rows with referred (h), nhs_service (n), requested (q), assessed (a), decision, service (s),
        long_term_open, on_nhs_pathway, covers_from, covers_to, includes_open_events.
    """
    spells = delayed.with_columns(pl.col("pathway").is_in(records.nhs_pathways).alias("on_nhs_pathway"))
    spells = _worked_out(spells)
    events = _worked_out(_service_users_events(records, spells))
    spells = _worked_out(spells.join(_first_referral(spells, records), on=SPELL, how="left"))
    spells = spells.join(_first_nhs_service(spells, records), on=SPELL, how="left")
    spells = _worked_out(spells.join(_first_known(spells, events, rules), on=SPELL, how="left"))
    for found in (
        _first_assessed(spells, events),
        _first_service(spells, events, rules),
        _with_long_term_support(spells, events),
        _covering(spells, records.coverage),
    ):
        spells = spells.join(found, on=SPELL, how="left")
    return spells.with_columns(pl.col("long_term_open").fill_null(False))


def _worked_out(frame: pl.LazyFrame) -> pl.LazyFrame:
    """The frame collected: one plan of all steps would hold each of them once for every later one that reads it."""
    return frame.collect().lazy()


def _covering(spells: pl.LazyFrame, coverage: pl.LazyFrame) -> pl.LazyFrame:
    """What the council's extracts cover without a gap around the ready date; no row where they do not."""
    return (
        spells.select(*SPELL, "council", "ready_date")
        .join(coverage, on="council")
        .filter((pl.col("covers_from") <= pl.col("ready_date")) & (pl.col("ready_date") <= pl.col("covers_to")))
        .group_by(SPELL)
        .agg(pl.col("covers_from").min(), pl.col("covers_to").max(), pl.col("includes_open_events").any())
    )


def chc_periods(delayed: pl.LazyFrame, records: LinkedRecords, rules: EvidenceRules) -> pl.LazyFrame:
    """Periods in which a continuing healthcare decision or package was awaited, within the delay.

    Grain: provider_code, spell_id, pending (decision or package), chc_from, chc_until. Only cases on the fast
    track, unless the partners have agreed that cases are decided before discharge.
    """
    cases = _columns(records.chc, CASE)
    fast = _same(pl.col("fast_track"), "Y") | _same(pl.col("fast_track"), "yes")
    due = pl.lit(True) if rules.chc_before_discharge else fast
    awaited = delayed.select(*SPELL, "person", "ready_date", "end_date").join(cases.filter(due), on="person")
    decision = awaited.filter(pl.col("checklist_date").is_not_null()).select(
        *SPELL,
        "ready_date",
        "end_date",
        pl.lit("decision").alias("pending"),
        pl.col("checklist_date").alias("chc_from"),
        pl.coalesce("decision_date", "end_date").alias("chc_until"),
    )
    package = awaited.filter(pl.col("decision_date").is_not_null() & _same(pl.col("decision"), "eligible")).select(
        *SPELL,
        "ready_date",
        "end_date",
        pl.lit("package").alias("pending"),
        pl.col("decision_date").alias("chc_from"),
        pl.coalesce("package_start_date", "end_date").alias("chc_until"),
    )
    return (
        pl.concat([decision, package])
        .with_columns(
            pl.max_horizontal("chc_from", "ready_date").alias("chc_from"),
            pl.min_horizontal("chc_until", "end_date").alias("chc_until"),
        )
        .filter(pl.col("chc_from") < pl.col("chc_until"))
        .select(*SPELL, "pending", "chc_from", "chc_until")
    )


def _first_referral(spells: pl.LazyFrame, records: LinkedRecords) -> pl.LazyFrame:
    """h: the hospital's own clock: the first referral within the stay."""
    referred = pl.col("referred_date")
    return (
        spells.select(*SPELL, "person", "stay_start", "end_date")
        .join(_columns(records.referrals, REFERRAL), on="person")
        .filter((referred >= pl.col("stay_start")) & (referred <= pl.col("end_date")))
        .group_by(SPELL)
        .agg(referred.min().alias("referred"))
    )


def _first_nhs_service(spells: pl.LazyFrame, records: LinkedRecords) -> pl.LazyFrame:
    """n: on a pathway that the NHS delivers, the first contact that took place or acceptance, from the referral on."""
    starts = pl.concat(
        [
            _columns(records.contacts, CONTACT)
            .filter(was_attended())
            .select("person", pl.col("contact_date").alias("started")),
            _columns(records.referrals, REFERRAL).select("person", pl.col("accepted_date").alias("started")),
        ]
    ).drop_nulls()
    return (
        spells.filter("on_nhs_pathway")
        .select(*SPELL, "person", pl.coalesce("referred", "ready_date").alias("since"), "end_date")
        .join(starts, on="person")
        .filter((pl.col("started") >= pl.col("since")) & (pl.col("started") <= pl.col("end_date")))
        .group_by(SPELL)
        .agg(pl.col("started").min().alias("nhs_service"))
    )


def _service_users_events(records: LinkedRecords, spells: pl.LazyFrame) -> pl.LazyFrame:
    """Councils' events of the delayed as service users: never as unpaid carers, and no financial assessments."""
    events = _columns(records.care_events, CARE_EVENT).join(spells, on="person", how="semi")
    client = standards.normalise(pl.col("client_type")).fill_null("")
    carer = client.str.starts_with("unpaid carer") | client.str.starts_with("carer")
    return events.filter(~carer & ~_same(pl.col("assessment_type"), "Financial Assessment"))


def _first_known(spells: pl.LazyFrame, events: pl.LazyFrame, rules: EvidenceRules) -> pl.LazyFrame:
    """q: the first day the council knew."""
    start, kind = pl.col("event_start_date"), pl.col("event_type")
    in_hospital = standards.normalise(pl.col("review_reason")).str.contains("hospital", literal=True).fill_null(False)
    tells = kind.is_in(["Request", "Assessment"]) | ((kind == "Review") & in_hospital)
    from_hospital = (kind == "Request") & _same(pl.col("route_of_access"), "Discharge from hospital")
    before = pl.col("stay_start").dt.offset_by(f"-{rules.request_window_days}d")
    return (
        _with_events(spells, events, "stay_start", "end_date")
        .filter(
            (start <= pl.col("end_date"))
            & ((tells & (start >= pl.col("stay_start"))) | (from_hospital & (start >= before)))
        )
        .group_by(SPELL)
        .agg(start.min().alias("requested"))
    )


def _first_assessed(spells: pl.LazyFrame, events: pl.LazyFrame) -> pl.LazyFrame:
    """a and its decision: the earliest end of an assessment or review that started once the council knew."""
    start, end = pl.col("event_start_date"), pl.col("event_end_date")
    return (
        _with_events(spells.filter(pl.col("requested").is_not_null()), events, "requested", "end_date")
        .filter(
            pl.col("event_type").is_in(["Assessment", "Review"])
            & (start >= pl.col("requested"))
            & (end >= pl.col("requested"))
            & (end <= pl.col("end_date"))
        )
        .with_columns(_decision().alias("decision"))
        .sort("event_end_date", "event_start_date", "event_id", "decision", nulls_last=True)
        .group_by(SPELL, maintain_order=True)
        .agg(end.first().alias("assessed"), pl.col("decision").first())
    )


def _decision() -> pl.Expr:
    """eligible, not_eligible, declined or self_funded; null where the outcome tells nothing."""
    table = assessment_outcomes()
    readings = []
    for column in ("eligible_needs", "event_outcome"):
        own = table.filter(pl.col("column") == column)
        known = {standards.normalise_text(v): d for v, d in own.select("value", "decision").iter_rows()}
        readings.append(standards.looked_up(standards.normalise(pl.col(column)), known, pl.String))
    return pl.coalesce(readings)


def _first_service(spells: pl.LazyFrame, events: pl.LazyFrame, rules: EvidenceRules) -> pl.LazyFrame:
    """s: the first service that enables discharge."""
    start = pl.col("event_start_date")
    latest = pl.col("end_date").dt.offset_by(f"{rules.service_window_days}d")
    return (
        _with_events(spells.filter(pl.col("requested").is_not_null()), events, "requested", "end_date")
        .filter(
            (pl.col("event_type") == "Service")
            & _listed(pl.col("service_component"), rules.enabling_components)
            & (start >= pl.col("requested"))
            & (start <= latest)
        )
        .group_by(SPELL)
        .agg(start.min().alias("service"))
    )


def _with_long_term_support(spells: pl.LazyFrame, events: pl.LazyFrame) -> pl.LazyFrame:
    """Spells of people with a long-term service open when the stay began."""
    start, end = pl.col("event_start_date"), pl.col("event_end_date")
    long_term = standards.normalise(pl.col("service_type")).str.starts_with("long term")
    return (
        _with_events(spells, events, "stay_start")
        .filter(
            (pl.col("event_type") == "Service")
            & long_term.fill_null(False)
            & (start <= pl.col("stay_start"))
            & (end.is_null() | (end >= pl.col("stay_start")))
        )
        .select(*SPELL, pl.lit(True).alias("long_term_open"))
        .unique()
    )


def _with_events(spells: pl.LazyFrame, events: pl.LazyFrame, *columns: str) -> pl.LazyFrame:
    return spells.select(*SPELL, "person", "council", *columns).join(events, on=["person", "council"])


def _listed(value: pl.Expr, names: frozenset[str]) -> pl.Expr:
    wanted = sorted(standards.normalise_text(name) for name in names)
    return standards.normalise(value).is_in(wanted).fill_null(False)


def _columns(frame: pl.LazyFrame | None, schema: dict[str, type[pl.DataType]]) -> pl.LazyFrame:
    """The columns of a kind that are read here; no rows where no extract was sent."""
    return pl.LazyFrame(schema=schema) if frame is None else frame.select(*schema)


def _same(value: pl.Expr, text: str) -> pl.Expr:
    return (standards.normalise(value) == standards.normalise_text(text)).fill_null(False)
