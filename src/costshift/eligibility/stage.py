"""Eligibility-driven shifts of one report, in both directions: the stage that the pipeline calls."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from costshift import standards
from costshift.delays.bed_days import delayed_spells
from costshift.eligibility import cases as c
from costshift.eligibility import decomposition as dc
from costshift.eligibility import realised
from costshift.eligibility.activity import BED_DAYS, Coverage, Use, council_use, coverage_by_sender, nhs_use
from costshift.eligibility.booked_quarters import BookedQuarters, booked_quarters, not_booked
from costshift.eligibility.breaks import (
    THRESHOLDS,
    Break,
    Comparison,
    breaks_of,
    comparisons_of,
    is_financial,
    spans_of,
)
from costshift.eligibility.continuing_healthcare import PREFIX, chc_cases, chc_decisions
from costshift.eligibility.decisions import RECORDED, TRANSITIONS, council_decisions, council_events
from costshift.eligibility.effects import BALANCE, SCHEMA, TO_COUNCIL, TO_NHS, Effects, LedgerEffect, shift_effects
from costshift.eligibility.exposures import COMPARED_WITH, Exposures, exposures_of
from costshift.eligibility.substitution import SCHEMA as RATES
from costshift.eligibility.substitution import substitution_rates
from costshift.eligibility.traits import people_described
from costshift.history.workspace import Keep, in_memory
from costshift.organisations import Organisations
from costshift.prices.unit_costs import prices_of_months
from costshift.project import Project
from costshift.statistics.streamed import streamed

#: Components of a stream carry its name; those of requests have none.
COMPONENT_PREFIX = {
    c.REQUESTS: "",
    c.REVIEWS: "review_",
    c.PACKAGES: "package_",
    c.CHC_REQUESTS: "chc_",
    c.CHC_REVIEWS: "chc_review_",
}
#: Components that say something of a stream without requests.
_WITHOUT_ACCESS = ("volume", "mix", "rate")
FINER = "_with_band_and_route"

DECISIONS = {
    "month": pl.Date,
    "council": pl.String,
    "transition": pl.String,
    "people": pl.Int64,
    "people_recorded": pl.Int64,
    "people_inferred": pl.Int64,
}
DECOMPOSITION = {
    "council": pl.String,
    "baseline_start": pl.Date,
    "period_start": pl.Date,
    "component": pl.String,
    "people": pl.Int64,
    "people_low": pl.Int64,
    "people_high": pl.Int64,
    "policy": pl.String,
    "_fewest": pl.Int64,
}
BREAKS = {"council": pl.String, "date": pl.Date, "reason": pl.String}


@dataclass(frozen=True)
class Eligibility:
    """What eligibility-driven shifts are published from.

    ``tables``: unrestricted tables by name. ``decisions``: every decision with ``person``, councils' and ICBs' (whose
    transitions begin with chc_), kept; ``covered``: those from the first day on that the extracts cover. ``cases``,
    ``quarters``, ``booked`` and ``exposures`` are what the ledger needs: cases by stream; a council's decision
    quarters; effects; decisions by direction. ``delayed_days``: days of delayed stays that the effects count as bed
    days: none, unless something is wrong. ``notes``: what could not be worked out, and why.
    """

    tables: dict[str, pl.DataFrame]
    decisions: pl.LazyFrame
    covered: pl.LazyFrame
    cases: pl.DataFrame
    quarters: dict[str, BookedQuarters]
    booked: list[LedgerEffect]
    exposures: dict[str, Exposures]
    delayed_days: int
    notes: list[str] = field(default_factory=list)

    def people_exposed_twice(self) -> int:
        """People who are exposed more than once in one direction."""
        return sum(
            len(exposed) - len(set(exposed.tolist()))
            for own in self.exposures.values()
            for exposed in [np.concatenate([own.person[own.exposed(transition)] for transition in COMPARED_WITH])]
        )


def eligibility_shifts(
    views: Mapping[str, pl.LazyFrame],
    spells: pl.LazyFrame,
    organisations: Organisations,
    project: Project,
    prices: pl.DataFrame,
    month: dt.date,
    as_at: dt.date,
    keep: Keep = in_memory,
) -> Eligibility:
    """Decisions, why they changed, and what followed for others, from the current rows.

    Args:
        views: kind name to its current rows with ``person``.
        spells: dated spells.
        organisations: codes to partners.
        project: the project: its policies.
        prices: :func:`costshift.prices.unit_costs.unit_costs`.
        month: the report's month: its prices value all activity.
        as_at: the last day that counts.
        keep: works the councils' events out once.
    """
    notes: list[str] = []
    # Only of those who may have a decision it is asked who they are.
    asked = [views[kind].select("person") for kind in ("care_events", "chc") if kind in views]
    of = streamed(pl.concat(asked or [pl.LazyFrame(schema=_PERSON)]).unique())
    people = streamed(people_described(views, of.lazy()))
    events = _events(views, organisations, as_at, keep, notes)
    decided, concluded, covers, breaks, moved, council = _councils(events, project, people, as_at)
    pending = c.pending_since(events, decided.lazy(), as_at)
    chc_decided, chc_concluded, chc_pending = _healthcare(views, organisations, project, people, covers, as_at, notes)
    cases = pl.concat([concluded, chc_concluded])
    thresholds = sorted(
        (policy for policy in project.policies if policy.kind in THRESHOLDS),
        key=lambda policy: (policy.date, policy.partner, policy.description),
    )
    own_thresholds = {name: [policy for policy in thresholds if policy.partner == name] for name in covers}
    days = {name: (_date(own.first), _date(own.last)) for name, own in covers.items() if own.first <= own.last}
    comparisons = {
        name: comparisons_of(*cover, breaks.get(name, []), own_thresholds[name]) for name, cover in days.items()
    }
    spans = {name: spans_of(*cover, breaks.get(name, [])) for name, cover in days.items()}
    waiting = {c.REQUESTS: pending, c.CHC_REQUESTS: chc_pending}
    quarters = {
        name: booked_quarters(
            cover,
            as_at,
            breaks.get(name, []),
            own_thresholds[name],
            {stream: since[name] for stream, since in waiting.items() if name in since},
        )
        for name, cover in days.items()
    }
    exposures = {"": exposures_of(decided, people), PREFIX: exposures_of(chc_decided, people)}
    prefixed = chc_decided.with_columns((pl.lit(PREFIX) + pl.col("transition")).alias("transition"))
    every = keep(pl.concat([decided.lazy(), prefixed.lazy()]))
    del of, people, events, decided, chc_decided, prefixed
    decided_on = exposures[""].frame["person"]
    nhs = nhs_use(views, spells, organisations, _prices_in(prices, month), as_at, decided_on)
    notes += _what_is_missing(nhs)
    to_nhs = shift_effects(exposures[""], nhs, TO_NHS, moved)
    to_council = shift_effects(exposures[PREFIX], council, TO_COUNCIL, moved)
    if not any(own["effect_per_person_month"].is_not_null().any() for own in (to_nhs.rows, to_council.rows)):
        notes.append("No exposure has 50 matched people with complete windows: there are counts and no effects.")
    booked = [*to_nhs.booked, *to_council.booked]
    notes += not_booked(booked, quarters, as_at)
    covered = _covered(every, covers)
    return Eligibility(
        tables={
            "eligibility_decisions": _by_month(covered),
            "eligibility_decomposition": _decomposition(cases, comparisons),
            "eligibility_breaks": _breaks(breaks),
            "realised_eligibility": realised.realised_eligibility(cases).with_columns(
                pl.col("found_eligible").alias("_found"),
                pl.col("assessed").alias("_assessed"),
                (pl.col("assessed") - pl.col("found_eligible")).alias("_not_found"),
            ),
            "threshold_changes": realised.threshold_changes(cases, spans, thresholds),
            "shift_effects": pl.concat([to_nhs.rows, to_council.rows]).select(list(SCHEMA)),
            "shift_balance": pl.concat([to_nhs.balance, to_council.balance]).select(list(BALANCE)),
            "substitution_rates": substitution_rates(to_nhs, nhs, council).select(list(RATES)),
        },
        decisions=every,
        covered=covered,
        cases=cases,
        quarters=quarters,
        booked=booked,
        exposures=exposures,
        delayed_days=delayed_days_in(nhs, streamed(delayed_spells(spells).select("person", "ready_date", "end_date"))),
        notes=notes,
    )


def delayed_days_in(use: Use, delayed: pl.DataFrame) -> int:
    """Days of delayed stays among the bed days of what people used.

    Args:
        use: of those who had a decision, and those like them.
        delayed: person, ready_date, end_date (the day after the last): the delays that are shifted as such.
    """
    numbers = delayed.select(
        pl.col("person").cast(pl.Int64),
        *(pl.col(name).cast(pl.Int32).cast(pl.Int64) for name in ("ready_date", "end_date")),
    ).drop_nulls()
    beds = [part for part in use.parts if part.unit == BED_DAYS]
    # Few of the delayed are among those whose use is summed, and all parts are asked of each.
    whose = pl.concat([pl.Series("person", part.sums.subjects()) for part in beds]) if beds else None
    if whose is not None:
        numbers = numbers.filter(pl.col("person").is_in(whose.unique().implode()))
    person, start, stop = (numbers[name].to_numpy() for name in ("person", "ready_date", "end_date"))
    return sum(int(part.sums.within(person, start, stop).sum()) for part in beds)


def decisions_listed(decisions: pl.LazyFrame, ids: pl.DataFrame) -> pl.DataFrame:
    """The restricted table decisions: one row a decision, with the pseudonym.

    Args:
        decisions: of :class:`Eligibility`.
        ids: person, person_id.
    """
    return (
        decisions.join(ids.lazy(), on="person")
        .select("person_id", "council_code", "decision_date", "decision", "transition", "need_band", "basis")
        .collect()
    )


# --- what both directions are made of ----------------------------------------------------------------------


def _events(
    views: Mapping[str, pl.LazyFrame], organisations: Organisations, as_at: dt.date, keep: Keep, notes: list[str]
) -> pl.LazyFrame:
    """Service users' events, with what decisions, and what followed them, are read from."""
    rows = views.get("care_events")
    if rows is None:
        notes.append("No care events were sent: councils' decisions, and what followed them, cannot be worked out.")
        rows = pl.LazyFrame(schema=_EVENTS)
    return keep(council_events(rows.select(list(_EVENTS)), organisations, as_at).drop("client_type"))


def _councils(
    events: pl.LazyFrame, project: Project, people: pl.DataFrame, as_at: dt.date
) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, Coverage], dict[str, list[Break]], pl.DataFrame, Use]:
    """Decisions, cases, what each council's extract covers, its breaks, who moved away, and care packages."""
    decided = council_decisions(events, people.lazy()).collect()
    concluded = c.council_cases(events, decided.lazy(), people.lazy(), as_at)
    ended = events.filter((pl.col("event_type") != "Service") & pl.col("event_end_date").is_not_null()).select(
        pl.col("council").alias("sender"), pl.col("event_end_date").cast(pl.Int32).cast(pl.Int64).alias("day")
    )
    # A council's own decisions need its own extract alone, however small it is beside the others.
    covers = coverage_by_sender(ended, as_at, {partner.id for partner in project.partners})
    assessments = streamed(
        events.filter((pl.col("event_type") == "Assessment") & pl.col("event_end_date").is_not_null()).select(
            "council",
            pl.col("event_end_date").dt.month_start().alias("month"),
            is_financial(pl.col("assessment_type")).alias("is_financial"),
            (standards.normalise(pl.col("assessment_type")) == "long term assessment")
            .fill_null(False)
            .alias("is_long_term"),
        )
    )
    asked = concluded.filter(pl.col("stream").is_in([c.REQUESTS, c.REVIEWS])).select("council", "day", "basis")
    assessed_by, asked_of = (
        rows.partition_by("council", as_dict=True, maintain_order=True) for rows in (assessments, asked)
    )
    breaks = {
        name: breaks_of(
            name,
            assessed_by.get((name,), assessments.clear()),
            asked_of.get((name,), asked.clear()),
            project.policies,
        )
        for name in sorted(covers)
    }
    outcome = standards.looked_up(
        standards.normalise(pl.col("event_outcome")), standards.decision_outcomes(), pl.String
    )
    moved = streamed(
        events.filter((outcome == "moved").fill_null(False) & pl.col("event_end_date").is_not_null())
        .select("person", pl.col("event_end_date").cast(pl.Int32).cast(pl.Int64).alias("day"))
        .unique()
    ).sort("person", "day")
    return decided, concluded, covers, breaks, moved, council_use(events, as_at)


def _healthcare(
    views: Mapping[str, pl.LazyFrame],
    organisations: Organisations,
    project: Project,
    people: pl.DataFrame,
    covers: dict[str, Coverage],
    as_at: dt.date,
    notes: list[str],
) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, dt.date]]:
    """Decisions on continuing healthcare, its concluded cases, and from when on some are pending.

    ICBs are added to what is covered.
    """
    rows = views.get("chc")
    if rows is None:
        notes.append("No continuing healthcare cases were sent: what its decisions shift to councils is not known.")
        rows = pl.LazyFrame(schema=_CASES)
    cases = chc_cases(rows, organisations, as_at).collect().lazy()
    decided = chc_decisions(cases, people.lazy()).collect()
    if decided.height:
        dates = cases.select(
            pl.col("icb").alias("sender"),
            pl.coalesce("decision_date", "checklist_date").cast(pl.Int32).cast(pl.Int64).alias("day"),
        )
        spoken = covers.values()
        first = min((own.first for own in spoken), default=None)
        # Packages that began long ago reach back beyond what the extract covers.
        known = dates.filter(pl.col("day").is_not_null() & (pl.lit(first is None) | (pl.col("day") >= (first or 0))))
        covers |= coverage_by_sender(known, as_at, {partner.id for partner in project.partners})
    return decided, c.chc_concluded(cases, decided.lazy(), people.lazy(), as_at), c.chc_pending_since(cases, as_at)


_PERSON: dict[str, pl.DataType | type[pl.DataType]] = {"person": pl.Int64}
_EVENTS = _PERSON | {
    **dict.fromkeys(
        (
            "council_code", "client_type", "primary_support_reason", "event_type", "event_outcome", "route_of_access",
            "assessment_type", "eligible_needs", "need_band", "service_type", "review_reason", "cost_frequency",
        ),
        pl.String,
    ),
    "event_start_date": pl.Date,
    "event_end_date": pl.Date,
    "unit_cost": pl.Decimal(18, 2),
    "planned_units_per_week": pl.Decimal(18, 2),
    "load_id": pl.Int64,
}  # fmt: skip
_CASES = _PERSON | {
    **dict.fromkeys(("icb_code", "checklist_outcome", "decision", "fast_track"), pl.String),
    **dict.fromkeys(("checklist_date", "decision_date", "package_start_date", "package_end_date"), pl.Date),
}


def _what_is_missing(nhs: Use) -> list[str]:
    notes = [f"No {kind} were sent: they are in no effect on NHS cost." for kind in nhs.missing]
    if nhs.unpriced:
        notes.append(
            f"Without a price: {', '.join(nhs.unpriced)}. Effects in pounds that would need them are not computable; "
            "those in units are. Give prices in [costs] unit_costs."
        )
    return notes


def _prices_in(prices: pl.DataFrame, month: dt.date) -> dict[str, float]:
    """Item to pounds a unit in a month: as costs of months are priced. An item without a price has none."""
    items = prices["item"].unique().sort().to_list()
    found = prices_of_months(prices, pl.LazyFrame({"month": [month]}), items).collect()
    return {item: pence / 100 for item, pence in found.select("item", "price_pence").iter_rows()}


def _date(day: int) -> dt.date:
    return dt.date(1970, 1, 1) + dt.timedelta(days=day)


# --- tables ------------------------------------------------------------------------------------------------


def _covered(decisions: pl.LazyFrame, covers: Mapping[str, Coverage]) -> pl.LazyFrame:
    """Not before the extracts cover: of older decisions only those stand in them whose support goes on."""
    first = {name: _date(cover.first) for name, cover in covers.items()}
    since = standards.looked_up(pl.col("council"), first, pl.Date)
    return decisions.filter((pl.col("decision_date") >= since).fill_null(True))


def _by_month(decisions: pl.LazyFrame) -> pl.DataFrame:
    """month, council, transition: different people; recorded and inferred decisions apart."""
    person = pl.col("person")
    return streamed(
        decisions.group_by(pl.col("decision_date").dt.month_start().alias("month"), "council", "transition")
        .agg(
            person.n_unique().cast(pl.Int64).alias("people"),
            person.filter(pl.col("basis") == RECORDED).n_unique().cast(pl.Int64).alias("people_recorded"),
            person.filter(pl.col("basis") != RECORDED).n_unique().cast(pl.Int64).alias("people_inferred"),
        )
        .select(list(DECISIONS))
    ).sort("month", "council", "transition")


def _breaks(breaks: Mapping[str, Sequence[Break]]) -> pl.DataFrame:
    rows = [(name, own.day, own.reason) for name, found in sorted(breaks.items()) for own in found]
    return pl.DataFrame(rows, schema=BREAKS, orient="row")


def _decomposition(cases: pl.DataFrame, comparisons: Mapping[str, Sequence[Comparison]]) -> pl.DataFrame:
    rows: list[dict[str, object]] = []
    for (stream, council), own in sorted(cases.partition_by("stream", "council", as_dict=True).items()):
        for comparison in comparisons.get(str(council), []):
            rows += decomposition_rows(own, str(stream), str(council), comparison)
    return pl.DataFrame(rows, schema=DECOMPOSITION, orient="row").sort(
        "council", "baseline_start", "period_start", "component"
    )


def decomposition_rows(
    cases: pl.DataFrame, stream: str, council: str, comparison: Comparison
) -> list[dict[str, object]]:
    """One comparison of one stream: its components, the change that they sum to, and the finer sensitivity."""
    prefix = COMPONENT_PREFIX[stream]
    with_access = stream in (c.REQUESTS, c.CHC_REQUESTS)
    rows: list[dict[str, object]] = []
    for finer in (False, True):
        key = f"{stream}|{council}|{comparison.baseline[0]}|{comparison.period[0]}|{finer}"
        found = dc.change_in_people(
            cases, [comparison.baseline], comparison.period, prefer_found=with_access, key=key, finer=finer
        )
        if not found.before and not found.after:
            return []
        row = {
            "council": council,
            "baseline_start": comparison.baseline[0],
            "period_start": comparison.period[0],
            "policy": comparison.policy,
            "_fewest": int(min(found.before, found.after)),
        }
        suffix = FINER if finer else ""
        for at, name in enumerate(dc.COMPONENTS):
            if name == "access" and not with_access:
                continue
            low, high = found.interval([at])
            rows.append(
                {
                    **row,
                    "component": f"{prefix}{name}{suffix}",
                    "people": int(found.whole[at]),
                    "people_low": round(low),
                    "people_high": round(high),
                }
            )
        if not finer:
            low, high = found.interval(range(len(dc.COMPONENTS)))
            total = {"people_low": round(low), "people_high": round(high)}
            rows.append({**row, "component": f"{prefix}change", "people": int(found.after - found.before), **total})
    return rows


__all__ = ["TRANSITIONS", "Effects", "Eligibility", "decisions_listed", "eligibility_shifts"]
