"""Care events and continuing healthcare cases for tests of eligibility: one word or two where a real row has thirty."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from typing import Any

import polars as pl

AS_AT = dt.date(2025, 3, 31)
COLUMNS: dict[str, Any] = {
    "person": pl.Int64,
    "council": pl.String,
    "council_code": pl.String,
    "client_type": pl.String,
    "primary_support_reason": pl.String,
    "event_type": pl.String,
    "event_start_date": pl.Date,
    "event_end_date": pl.Date,
    "event_outcome": pl.String,
    "route_of_access": pl.String,
    "assessment_type": pl.String,
    "eligible_needs": pl.String,
    "need_band": pl.String,
    "service_type": pl.String,
    "review_reason": pl.String,
    "unit_cost": pl.Decimal(18, 2),
    "cost_frequency": pl.String,
    "planned_units_per_week": pl.Decimal(18, 2),
    "load_id": pl.Int64,
}
SUPPORT = "Progress to support planning or services"
GOES_ON = "Continuation of support or services"
ENDED = "NFA: Support ended for other reason"
NOTHING_OFFERED = "NFA: No services offered for other reason"
YES, NO = "Eligible needs identified", "Non-eligible needs identified"


def day(text: str) -> dt.date:
    """«3 Feb 2024»."""
    return dt.datetime.strptime(text, "%d %b %Y").date()


def event(kind: str, start: dt.date, end: dt.date | None, **fields: Any) -> dict[str, Any]:
    """One event of person 1 of the council «north», as a service user."""
    own: dict[str, Any] = {
        **dict.fromkeys(COLUMNS),
        "person": 1,
        "council": "north",
        "council_code": "N",
        "client_type": "Service user",
        "load_id": 1,
        "event_type": kind,
        "event_start_date": start,
        "event_end_date": end,
    }
    return own | fields


def assessment(start: dt.date, end: dt.date, outcome: str, **fields: Any) -> dict[str, Any]:
    """A long-term assessment."""
    return event(
        "Assessment", start, end, **{"event_outcome": outcome, "assessment_type": "Long term assessment"} | fields
    )


def review(start: dt.date, end: dt.date, outcome: str, **fields: Any) -> dict[str, Any]:
    """A planned review."""
    return event("Review", start, end, **{"event_outcome": outcome, "review_reason": "Planned"} | fields)


def service(start: dt.date, end: dt.date | None, weekly: float | None = None, **fields: Any) -> dict[str, Any]:
    """Long-term support in the community at a weekly cost."""
    cost = None if weekly is None else Decimal(str(weekly))
    own = {"service_type": "Long term support: Community", "unit_cost": cost, "cost_frequency": "Weekly"}
    return event("Service", start, end, **own | fields)


def events(rows: list[dict[str, Any]]) -> pl.LazyFrame:
    """As :func:`costshift.eligibility.decisions.council_events` gives them."""
    return pl.DataFrame(rows, schema=COLUMNS, orient="row").lazy()


def people(*numbers: int) -> pl.LazyFrame:
    """Born on 1 January 1940, men."""
    return pl.LazyFrame(
        {"person": list(numbers), "birth_date": [dt.date(1940, 1, 1)] * len(numbers), "sex": ["1"] * len(numbers)}
    ).with_columns(pl.col("person").cast(pl.Int64), pl.lit(None, dtype=pl.Date).alias("death_date"))


def random_events(seed: int, size: int = 120) -> list[dict[str, Any]]:
    """Few people with many events of every kind, close together: collisions on purpose."""
    rng = random.Random(seed)
    first = dt.date(2022, 1, 1)
    rows = []
    for _ in range(size):
        start = first + dt.timedelta(days=rng.randrange(1250))
        end = None if rng.random() < 0.2 else start + dt.timedelta(days=rng.choice([0, 1, 7, 30, 30, 200, 500]))
        common = {
            "person": rng.randrange(1, 12),
            "council": rng.choice(["north", "south"]),
            "load_id": rng.choice([1, 1, 1, 2]),
            "client_type": rng.choice(["Service user"] * 6 + ["Unpaid carer", None]),
        }
        kind = rng.choice(["Assessment", "Review", "Service", "Service", "Request"])
        needs = rng.choice([YES, NO, "No needs identified", None, None, "Perhaps"])
        outcome = rng.choice(
            [
                *(SUPPORT, GOES_ON, ENDED, NOTHING_OFFERED, "NFA: Deceased", "NFA: Other", "NFA: Support declined"),
                *("Progress to reablement/ST-Max", "NFA: Responsibility moved to another local authority", None),
            ]
        )
        if kind == "Assessment":
            what = rng.choice(["Long term assessment"] * 3 + ["Short term assessment", "Financial Assessment", None])
            rows.append(assessment(start, end, outcome, assessment_type=what, eligible_needs=needs, **common))  # type: ignore[arg-type]
        elif kind == "Review":
            why = rng.choice(["Planned", "Unplanned - Other Reason", "Review of short term support", None])
            rows.append(review(start, end, outcome, review_reason=why, eligible_needs=needs, **common))  # type: ignore[arg-type]
        elif kind == "Service":
            rows.append(
                service(
                    start,
                    end,
                    rng.choice([None, 100, 100, 250.5, 400, 0, -300]),
                    service_type=rng.choice(
                        [
                            "Long term support: Community",
                            "Long term support: Nursing care",
                            "Short term support: ST-Max",
                        ]
                    ),
                    cost_frequency=rng.choice(["Weekly", "Weekly", "Monthly", "Hourly", "One-off", None]),
                    planned_units_per_week=rng.choice([None, Decimal("2.50"), Decimal(0)]),
                    **common,
                )
            )
        else:
            rows.append(event("Request", start, end, event_outcome=outcome, **common))
    return rows
