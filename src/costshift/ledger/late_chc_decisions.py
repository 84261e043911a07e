"""What councils and people paid while a continuing healthcare decision was late: the kind ``late_chc_decision``.

Definition: docs/methods/late-chc-decisions.md. An ICB has 28 days from a positive checklist, the day of the checklist
the first. Whoever is then found eligible should not have paid from day 29 to the decision: what the council and the
person paid for these days is refundable. That it was refunded is in no extract.
"""

from __future__ import annotations

import datetime as dt

import polars as pl

from costshift import standards
from costshift.prices.funding import FundingRules
from costshift.prices.intervals import joined
from costshift.standards.flow import flow_windows
from costshift.statistics.streamed import streamed

KIND, NATURE, BASIS = "late_chc_decision", "cash", "counted"
PERSON = "person"
SHIFT: dict[str, type[pl.DataType] | pl.DataType] = {
    "month": pl.Date,
    "driver": pl.String,
    "payer": pl.String,
    "kind": pl.String,
    "nature": pl.String,
    "basis": pl.String,
    "amount": pl.Int64,
    "people": pl.Int64,
    "_days": pl.Int64,
}
PEOPLE: dict[str, type[pl.DataType] | pl.DataType] = {
    **{name: SHIFT[name] for name in ("month", "driver", "payer", "kind", "nature", "basis")},
    "person": pl.Int64,
}


def late_periods(cases: pl.LazyFrame, as_at: dt.date) -> pl.LazyFrame:
    """The days by which decisions were late, of people found eligible: icb, person, from_date, to_date, both included.

    Fast-track cases are left out: no checklist is due. Of several cases of one person and ICB no day counts twice.

    Args:
        cases: current rows of the kind chc with ``person`` and ``icb`` (a partner id).
        as_at: the last day that counts; later decisions are not known yet.
    """
    first = pl.col("checklist_date").dt.offset_by(f"{flow_windows()['chc_decision']}d")
    periods = (
        cases.filter(
            _is("checklist_outcome", "positive")
            & _is("decision", "eligible")
            & ~(_is("fast_track", "y") | _is("fast_track", "yes"))
            & (pl.col("decision_date") <= pl.lit(as_at, dtype=pl.Date))
        )
        .select("icb", "person", first.alias("from_date"), pl.col("decision_date").dt.offset_by("-1d").alias("to_date"))
        .filter(pl.col("from_date") <= pl.col("to_date"))
    )
    return joined(periods, ["icb", "person"])


def late_pieces(cases: pl.LazyFrame, pieces: pl.LazyFrame, as_at: dt.date) -> pl.DataFrame:
    """The parts of packages that fall on late days: one row a piece and late period.

    month, council, person, service_component, from_date, to_date, gross and contribution (pence, of the late days),
    icb, from_date_late, to_date_late, _days (late days of the piece); sorted.

    Args:
        cases: current rows of the kind chc with ``person`` and ``icb``.
        pieces: pieces of packages with ``contribution`` (null: not known).
        as_at: the last day that counts.
    """
    late = late_periods(cases, as_at)
    overlap = (
        pl.min_horizontal("to_date", "to_date_late") - pl.max_horizontal("from_date", "from_date_late")
    ).dt.total_days() + 1
    return streamed(
        pieces.select(
            *(
                "month",
                "council",
                "person",
                "service_component",
                "from_date",
                "to_date",
                "days",
                "gross",
                "contribution",
            )
        )
        .join(late, on="person", suffix="_late")
        .with_columns(overlap.alias("_days"))
        .filter(pl.col("_days") > 0)
        .with_columns(
            *(
                ((2 * pl.col(name) * pl.col("_days") + pl.col("days")) // (2 * pl.col("days"))).alias(name)
                for name in ("gross", "contribution")
            )
        )
    ).sort("month", "icb", "council", "person", "service_component", "from_date", "to_date", "gross", nulls_last=True)


def late_chc_decisions(
    cases: pl.LazyFrame, pieces: pl.LazyFrame, rules: FundingRules, as_at: dt.date
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Shifts of late decisions, from the ICB to who paid for the council's packages meanwhile.

    Each piece of a package gives the part of its cost that falls on late days: gross x days / days of the piece, pence
    rounded half up, and so the person's contribution. The rest of the gross is the council's, or that of the partners
    of [[funding]] for the component. What the ICB itself paid is no shift.

    Args:
        cases: current rows of the kind chc with ``person`` and ``icb``.
        pieces: pieces of packages with ``contribution`` (null: not known).
        rules: [[funding]] of the project.
        as_at: the last day that counts.

    Returns:
        Rows of the shape of cost_shifts (pence; ``_days``: late days behind the row), sorted; month, council, days:
        late days of packages whose contribution is not known, for which no amount is given; and the grain of the rows
        with each ``person`` behind one.
    """
    found = late_pieces(cases, pieces, as_at)
    unknown = (
        found.filter(pl.col("contribution").is_null())
        .group_by("month", "council")
        .agg(pl.col("_days").sum().alias("days"))
        .sort("month", "council")
    )
    cells: dict[tuple[dt.date, str, str], list[tuple[int, int, int]]] = {}
    for month, council, person, component, gross, paid, icb, days in (
        found.filter(pl.col("contribution").is_not_null())
        .select("month", "council", "person", "service_component", "gross", "contribution", "icb", "_days")
        .iter_rows()
    ):
        for payer, amount in paid_meanwhile(gross, paid, component, council, rules).items():
            if amount and payer != icb:
                cells.setdefault((month, icb, payer), []).append((amount, person, days))
    rows = [
        (
            *key,
            KIND,
            NATURE,
            BASIS,
            sum(amount for amount, _, _ in own),
            len({person for _, person, _ in own}),
            sum(days for _, _, days in own),
        )
        for key, own in sorted(cells.items())
    ]
    people = [
        (*key, KIND, NATURE, BASIS, person)
        for key, own in sorted(cells.items())
        for person in sorted({p for _, p, _ in own})
    ]
    return (
        pl.DataFrame(rows, schema=SHIFT, orient="row"),
        unknown,
        pl.DataFrame(people, schema=PEOPLE, orient="row"),
    )


def paid_meanwhile(gross: int, paid: int, component: str | None, council: str, rules: FundingRules) -> dict[str, int]:
    """Who paid how much of a part of a package (pence): the person the contribution, others theirs by [[funding]].

    What the person paid goes towards the council's part first, as in service_costs.

    Args:
        gross: what it cost.
        paid: the person's contribution.
        component: its service component.
        council: whose service it is.
        rules: [[funding]].
    """
    parts = rules.borne(gross, paid, standards.normalise_text(component or ""), council)
    return parts | {PERSON: parts.get(PERSON, 0) + paid}


def _is(column: str, text: str) -> pl.Expr:
    return (standards.normalise(pl.col(column)) == standards.normalise_text(text)).fill_null(value=False)
