"""Client Level Data and charges as the two councils send them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from costshift.sample import careers as c
from costshift.sample import effects, places, stories
from costshift.sample.arrays import (
    NEVER,
    Bools,
    Ints,
    Rng,
    choose,
    dates,
    day_number,
    labels,
    repeat_each,
    take,
)
from costshift.sample.people import People
from costshift.sample.records import FROM, TO, Extract, Writing, local_ids, money, person_columns
from costshift.sample.routes import HospitalRoute
from costshift.sample.settings import SampleSettings

Table = dict[str, npt.NDArray[Any]]

_CODES = ("991", "992")
_WRITING = (Writing(0.06, council=True), Writing(0.06, council=True, upper_surnames=True))
_OPEN_OUTCOME = "Continuation of support or services"
_KEY = (
    "_person",
    "event_type",
    "event_start_date",
    "event_end_date",
    "route_of_access",
    "assessment_type",
    "service_type",
    "service_component",
)
_TEXT = (
    "event_type",
    "event_outcome",
    "route_of_access",
    "assessment_type",
    "eligible_needs",
    "service_type",
    "service_component",
    "delivery_mechanism",
    "review_reason",
    "unit_cost",
    "cost_frequency",
    "planned_units_per_week",
    "funding_status",
    "client_type",
)
_OTHER_OUTCOMES = (
    "NFA: Information and advice or signposting",
    "NFA: No services offered for other reason",
    "NFA: Support declined",
    "NFA: Referral to NHS services or NHS funded social care",
    "NFA: Self-funded client or under 12wk disregard",
    "NFA: Referral to other service within the local authority",
    "NFA: Other",
)


@dataclass(frozen=True)
class CouncilInput:
    """What the councils do: the community route, the hospital route, care after and before continuing healthcare."""

    careers: c.Careers
    route: HospitalRoute
    after_chc: Table
    before_chc: Table


def make_council_extracts(
    settings: SampleSettings, people: People, done: CouncilInput, streams: dict[str, Rng]
) -> list[Extract]:
    """The care events and charges of both councils."""
    rng = streams["care_records"]
    frames = [
        *_events(settings, people, done, rng),
        # A stream of its own: what the others draw does not depend on it.
        _services(people, done.before_chc, streams["chc_interim"]),
    ]
    events = pl.concat(frames, how="diagonal_relaxed")
    start, end = day_number(settings.first_day), day_number(settings.last_day)
    death = pl.Series(people.death).gather(events["_person"])
    service = pl.col("event_type") == "Service"
    events = events.with_columns(_death=death).filter(
        pl.col("_start") <= pl.col("_death"),
        service | (pl.col("_stop") <= pl.min_horizontal("_death", pl.lit(end))),
        pl.col("_start") <= end,
        pl.col("_stop") >= start,
        service | (pl.col("_stop") >= pl.col("_start")),
    )
    passed = service & (pl.col("_stop") >= pl.col("_death")) & (pl.col("_death") < NEVER)
    events = events.with_columns(
        _stop=pl.when(service).then(pl.min_horizontal("_stop", "_death")).otherwise(pl.col("_stop")),
        event_outcome=pl.when(passed).then(pl.lit("NFA: Deceased")).otherwise(pl.col("event_outcome")),
    ).filter(pl.col("_stop") >= pl.col("_start"))
    events = events.with_columns(
        event_start_date=dates(events["_start"].to_numpy()), event_end_date=dates(events["_stop"].to_numpy())
    )
    events = events.unique(subset=[*_KEY], keep="first", maintain_order=True)
    events = events.with_columns(_council=pl.Series(people.council).gather(events["_person"]))
    extracts = []
    for number, code in enumerate(_CODES):
        mine = events.filter(pl.col("_council") == number).sort(
            "_start", "_person", "event_type", "_stop", maintain_order=True
        )
        ids = _person_ids(rng, people.size, number)
        frame = _written(settings, people, mine, code=code, ids=ids, number=number, rng=rng)
        partner = places.COUNCILS[number].partner
        extracts.append(
            Extract(
                kind="care_events",
                submitter=code,
                partner=partner,
                stem=f"cld_{code}",
                layout="cld_r2",
                frame=frame,
                reference="event_id",
                open_blank=("event_end_date",),
                open_values={"event_outcome": _OPEN_OUTCOME},
                by_quarter=True,
            )
        )
        charges = _charges(mine, code, ids, streams["charges"])
        extracts.append(
            Extract(
                kind="charges",
                submitter=code,
                partner=partner,
                stem=f"charges_{code}",
                layout="canonical",
                frame=charges,
                reference="council_person_id",
                open_blank=("end_date",),
                required=False,
            )
        )
    return extracts


def _person_ids(rng: Rng, size: int, council: int) -> pl.Series:
    """The council's own numbers for people."""
    if council == places.NORTHSHIRE:
        return local_ids(rng, size, "", 7, first=1_200_001)
    return local_ids(rng, size, "EM", 6, first=100_001)


def _event(kind: str, person: Ints, start: Ints, stop: Ints, **text: pl.Series | str) -> pl.DataFrame:
    """Events of one type; text that is not given stays empty."""
    frame = pl.DataFrame({"_person": person, "_start": start, "_stop": stop})
    columns = {name: pl.lit(value) if isinstance(value, str) else value for name, value in text.items()}
    empty = {name: pl.lit(None, pl.String) for name in _TEXT if name not in columns}
    frame = frame.with_columns(**{**empty, "event_type": pl.lit(kind)})
    client = {} if "client_type" in columns else {"client_type": pl.lit("Service user")}
    return frame.with_columns(**columns, **client)


def _events(settings: SampleSettings, people: People, done: CouncilInput, rng: Rng) -> list[pl.DataFrame]:
    """Every event of the two councils, before the period and deaths cut them."""
    careers, route = done.careers, done.route
    asked, sent = careers.requests, route.requests
    onward = ["Progress to reablement/ST-Max", "Progress to assessment, review or reassessment"]
    entry = labels(
        ["Community / Other route", "Planned Entry (Transition)", "Self-Funder"],
        choose(rng, len(asked["person"]), (93, 3, 4)),
    )
    frames = [
        _event(
            "Request",
            asked["person"],
            asked["start"],
            asked["day"],
            event_outcome=onward[1],
            route_of_access=entry,
        ),
        _event(
            "Request",
            sent["person"],
            sent["start"],
            sent["day"],
            event_outcome=labels(onward, 1 - sent["to_reablement"].astype(np.int64)),
            route_of_access="Discharge from Hospital",
        ),
    ]
    for decisions in (careers.decisions, route.decisions):
        frames += _decided(decisions, rng)
    aside = route.assessments
    frames.append(
        _event(
            "Assessment",
            aside["person"],
            aside["start"],
            aside["day"],
            assessment_type="Long term assessment",
            event_outcome=labels(
                ["NFA: Support declined", "NFA: Self-funded client or under 12wk disregard"],
                (aside["outcome"] == stories.SELF_FUNDED).astype(np.int64),
            ),
        )
    )
    for packages in (careers.packages, route.packages, done.after_chc):
        frames.append(_services(people, packages, rng))
    short = route.short
    frames.append(
        _event(
            "Service",
            short["person"],
            short["start"],
            short["stop"],
            service_type=labels(
                ["Short term support: ST-Max", "Short term support: Other short term"],
                short["bed_based"].astype(np.int64),
            ),
            service_component=labels(
                ["Reablement", "Short term residential care"], short["bed_based"].astype(np.int64)
            ),
            delivery_mechanism="CASSR commissioned support",
            event_outcome="NFA: Support ended as planned",
            funding_status="Fully social care funded",
        )
    )
    frames += _other_requests(settings, people, route.spells, rng)
    return frames


def _decided(decisions: Table, rng: Rng) -> list[pl.DataFrame]:
    """Long-term assessments and reviews, with what they found."""
    review = np.isin(decisions["route"], (c.BY_REVIEW, c.BY_HOSPITAL_REVIEW))
    frames = []
    for is_review in (False, True):
        rows = take(decisions, review == is_review)
        count = len(rows["person"])
        found = rows["found_eligible"].astype(np.bool_)
        # The field is not mandatory, and about a third of it is empty.
        stated = rng.random(count) < 0.66
        needs = labels(
            ["Eligible needs identified", "Non-eligible needs identified", "No needs identified", None],
            np.where(stated, np.where(found, 0, np.where(rng.random(count) < 0.85, 1, 2)), 3),
        )
        if is_review:
            in_hospital = rows["route"] == c.BY_HOSPITAL_REVIEW
            reasons = ["Planned", "Unplanned - Hospital (Planned and unplanned episodes)"]
            frames.append(
                _event(
                    "Review",
                    rows["person"],
                    rows["start"],
                    rows["day"],
                    event_outcome=labels(
                        [_OPEN_OUTCOME, "NFA: Support ended for other reason"], 1 - found.astype(np.int64)
                    ),
                    eligible_needs=needs,
                    review_reason=labels(reasons, in_hospital.astype(np.int64)),
                )
            )
            continue
        told = np.where(found, 0, 1 + choose(rng, count, (62, 38)))
        outcomes = [
            "Progress to support planning or services",
            "NFA: No services offered for other reason",
            "NFA: Information and advice or signposting",
        ]
        frames.append(
            _event(
                "Assessment",
                rows["person"],
                rows["start"],
                rows["day"],
                event_outcome=labels(outcomes, told),
                assessment_type="Long term assessment",
                eligible_needs=needs,
            )
        )
    return frames


def _services(people: People, packages: Table, rng: Rng) -> pl.DataFrame:
    """Long-term services with their costs."""
    component, count = packages["component"], len(packages["person"])
    types = ["Community", "Residential care", "Nursing care"]
    placed = np.select([component == c.RESIDENTIAL, component == c.NURSING], [1, 2], 0)
    names = [
        "Home support or domiciliary care",
        "Long term residential care",
        "Long term nursing care",
        "Direct payment",
        "Day support",
        "Extra care housing",
    ]
    managed = (component == c.HOME_CARE) & (rng.random(count) < 0.25)
    mechanism = np.where(component == c.DIRECT_PAYMENT, 0, np.where(managed, 1, 2))
    frequency = np.select([component == c.HOME_CARE, component == c.DAY_SUPPORT], [0, 1], 2)
    units = money(packages["units"])
    joint = rng.random(people.size)[packages["person"]] < 0.68
    return _event(
        "Service",
        packages["person"],
        packages["start"],
        packages["stop"],
        service_type=labels([f"Long term support: {name}" for name in types], placed),
        service_component=labels(names, component),
        delivery_mechanism=labels(
            ["Direct payment", "CASSR managed personal budget", "CASSR commissioned support"], mechanism
        ),
        event_outcome=labels(
            [
                "NFA: Support ended for other reason",
                "NFA: Deceased",
                "NFA: Referral to NHS services or NHS funded social care",
                "Continuation of support or services",
            ],
            packages["ending"],
        ),
        unit_cost=money(packages["unit_cost"]),
        cost_frequency=labels(["Hourly", "Per session", "Weekly"], frequency),
        planned_units_per_week=pl.select(pl.when(pl.Series(packages["units"] > 0)).then(units)).to_series(),
        funding_status=labels(
            ["Fully social care funded", "Joint client and social care funded"], joint.astype(np.int64)
        ),
    )


def _other_requests(settings: SampleSettings, people: People, spells: Table, rng: Rng) -> list[pl.DataFrame]:
    """Requests that lead to no assessment, equipment, and what unpaid carers ask for."""
    start, end = day_number(settings.first_day), day_number(settings.last_day)
    years = (end - start + 1) / 365.25
    rate = np.asarray((0.0, 0.012, 0.03, 0.06, 0.12, 0.18))[people.band]
    rate = np.where(people.council == places.ELSEWHERE, 0.0, rate)
    person = repeat_each(rng.poisson(rate * years))
    person = person[people.birth[person] < start - 19 * 365]
    day = start + rng.integers(0, end - start + 1, len(person))
    # Nobody asks from a hospital bed by these routes.
    outside = ~effects.in_hospital(spells, person, day)
    person, day = person[outside], day[outside]
    count = len(person)
    closed = day + np.floor(rng.gamma(1.2, 5.0, count)).astype(np.int64)
    carer = rng.random(count) < 0.12
    routes = [
        "Community / Other route",
        "Diversion from Hospital Services",
        "Self-Funder",
        "Planned Entry (Transition)",
    ]
    requests = _event(
        "Request",
        person,
        day,
        closed,
        event_outcome=labels(list(_OTHER_OUTCOMES), choose(rng, count, (46, 14, 12, 8, 7, 9, 4))),
        route_of_access=labels(routes, choose(rng, count, (84, 9, 5, 2))),
        client_type=labels(["Service user", "Unpaid carer"], carer.astype(np.int64)),
    )
    helped: Bools = ~carer & (rng.random(count) < 0.22)
    equipment = _event(
        "Service",
        person[helped],
        closed[helped] + 3,
        closed[helped] + 3,
        service_type="Short term support: Ongoing low level",
        service_component="Equipment",
        event_outcome="NFA: Support ended as planned",
        unit_cost=money(np.round(40 + rng.gamma(1.4, 70.0, int(helped.sum())), 2)),
        cost_frequency="One-off",
        funding_status="Fully social care funded",
    )
    given = carer & (rng.random(count) < 0.5)
    caring = _event(
        "Service",
        person[given],
        closed[given] + 5,
        closed[given] + 5 + rng.integers(20, 300, int(given.sum())),
        service_type="Unpaid carer support: Direct to unpaid carer",
        service_component="Other unpaid carer support",
        event_outcome="NFA: Support ended as planned",
        client_type="Unpaid carer",
    )
    return [requests, equipment, caring]


def _written(
    settings: SampleSettings,
    people: People,
    mine: pl.DataFrame,
    *,
    code: str,
    ids: pl.Series,
    number: int,
    rng: Rng,
) -> pl.DataFrame:
    """The events of one council with the columns about the person, named as the canonical columns are."""
    person = mine["_person"].to_numpy()
    band = people.band[person]
    older = band >= 3
    chosen = choose(rng, people.size, (30, 46, 5, 3, 10, 4, 2))
    reasons = [
        "Physical support: Access and mobility only",
        "Physical support: Personal care support",
        "Support with memory and cognition",
        "Sensory support: Support for dual impairment",
        "Social support: Support for social isolation or other",
        "Mental health support",
        "Learning disability support",
    ]
    younger = choose(rng, people.size, (14, 24, 1, 3, 8, 24, 26))
    reason = np.where(older, chosen[person], younger[person])
    homes = [
        "Owner occupier or shared ownership scheme",
        "Tenant: Local authority or other social housing provider",
        "Tenant: Private landlord",
        "Settled mainstream housing with family or friends",
        "Sheltered housing, extra care housing or other sheltered housing",
        "Registered care home",
        "Registered nursing home",
    ]
    living = choose(rng, people.size, (52, 24, 8, 8, 8))
    living = np.where(people.care_home, 5 + (rng.random(people.size) < 0.4), living)[person]
    cared = rng.random(people.size)[person] < 0.4
    sequence = pl.Series(np.arange(len(person)) + 100_001).cast(pl.String)
    type_letter = mine["event_type"].str.slice(0, 1)
    return mine.select(
        pl.lit(code).alias("council_code"),
        pl.lit(None, pl.Date).alias("reporting_period_start"),
        pl.lit(None, pl.Date).alias("reporting_period_end"),
        ids.gather(pl.Series(person)).alias("council_person_id"),
        *(
            values.alias(name)
            for name, values in person_columns(settings, people, person, _WRITING[number], rng).items()
            if name not in {"nhs_number_status", "lsoa_code"}
        ),
        "client_type",
        pl.when(pl.col("event_type") != "Request").then(labels(reasons, reason)).alias("primary_support_reason"),
        labels(homes, living).alias("accommodation_status"),
        labels(["Yes", "No"], 1 - cared.astype(np.int64)).alias("has_unpaid_carer"),
        "funding_status",
        "event_type",
        pl.concat_str(type_letter, sequence).alias("event_id"),
        "event_start_date",
        "event_end_date",
        *(name for name in _TEXT if name not in {"event_type", "funding_status", "client_type"}),
        pl.when(pl.col("event_type") == "Service").then("_start").otherwise("_stop").alias(FROM),
        pl.col("_stop").alias(TO),
        "_person",
    )


def _charges(mine: pl.DataFrame, code: str, ids: pl.Series, rng: Rng) -> pl.DataFrame:
    """What people with jointly funded long-term support pay towards it."""
    paying = mine.filter(pl.col("funding_status") == "Joint client and social care funded")
    paying = paying.sort("_person", "_start", maintain_order=True).unique(
        subset=["_person", "_start"], keep="first", maintain_order=True
    )
    count = paying.height
    home = paying["service_component"].str.starts_with("Long term").to_numpy()
    weekly = np.where(home, rng.normal(185.0, 28.0, count), rng.gamma(2.2, 24.0, count))
    person, stop = paying["_person"].to_numpy(), paying["_stop"].to_numpy()
    return pl.DataFrame(
        {
            "council_code": pl.Series([code]).gather(pl.Series(np.zeros(count, dtype=np.int64))),
            "council_person_id": ids.gather(pl.Series(person)),
            "start_date": dates(paying["_start"].to_numpy()),
            "end_date": dates(stop),
            "contribution_per_week": money(np.maximum(weekly, 4.0)),
            FROM: paying["_start"].to_numpy(),
            TO: stop,
            "_person": person,
        }
    )
