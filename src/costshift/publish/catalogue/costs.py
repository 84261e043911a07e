"""Who drove cost and who bore it: shifts, pools, positions, schemes, services."""

from __future__ import annotations

from costshift.publish.catalogue.columns import FLAG, MONEY, PEOPLE, REAL, TEXT, WHOLE, Column, Table, inner, of_month
from costshift.publish.catalogue.controls import (
    Amount,
    Charted,
    Count,
    Difference,
    EndOf,
    Free,
    Ratio,
    RestsOn,
    Scaled,
    Stepped,
)

_SCHEME = Column("scheme", TEXT, "text", "Name of the scheme, as the project file has it")
_SCHEME_MEASURE = Column(
    "measure",
    TEXT,
    "text",
    "delayed_bed_days, average_delay_days, share_on_ready_date; passed_to_others or absorbed_for_others with its "
    "nature; or an indicator of flow",
)


def _ends(measure: str) -> tuple[Column, Column]:
    """Both ends of the interval of an estimated amount."""
    low, high = (
        Column(
            f"{measure}_{end}",
            MONEY,
            "pounds",
            f"{word} end of the 95% interval; null: counted",
            EndOf(measure, end == "high"),
        )
        for end, word in (("low", "Lower"), ("high", "Upper"))
    )
    return low, high


TABLES = (
    Table(
        "cost_shifts",
        "Cost from the partner that drove it to the partner that bore it",
        ("month", "driver", "payer", "kind", "nature", "basis"),
        (
            of_month(),
            Column("driver", TEXT, "text", "Partner id to which the activity is attributable, or unallocated"),
            Column("payer", TEXT, "text", "Partner id that bore the resource cost"),
            Column(
                "kind",
                TEXT,
                "text",
                "delay; late_chc_decision; eligibility_loss, eligibility_refusal, package_reduction; chc_loss, "
                "chc_refusal; pool_adjustment",
            ),
            Column("nature", TEXT, "text", "cash, or notional: valued at an average price, no saving"),
            Column("basis", TEXT, "text", "counted, or estimated"),
            Column("amount", MONEY, "pounds", "Amount shifted", Scaled("_days")),
            Column("amount_low", MONEY, "pounds", "Lower end of an estimate; null for a count", Scaled("_days")),
            Column("amount_high", MONEY, "pounds", "Upper end of an estimate; null for a count", Scaled("_days")),
            Column(
                "avoided_care_cost",
                MONEY,
                "pounds",
                "Of kind delay: what the driver would have paid for the care that followed; null: not known",
                Scaled("_days"),
            ),
            PEOPLE,
        ),
        "docs/methods/cost-shifts.md",
        resting=(inner("_days", "days", RestsOn("people")),),
    ),
    Table(
        "pool_shares",
        "What each partner of a pool bears, beside what it contributes",
        ("month", "pool", "nature", "basis", "partner"),
        (
            of_month(),
            Column("pool", TEXT, "text", "Name of the pool"),
            Column("nature", TEXT, "text", "cash or notional, never summed"),
            Column("basis", TEXT, "text", "counted or estimated, never summed"),
            Column("partner", TEXT, "text", "Partner id"),
            Column("fell_on", MONEY, "pounds", "What fell on it of all that the pool covers", Amount("_people")),
            Column("bears", MONEY, "pounds", "What it bears by the pool's rule", Amount("_people")),
            Column("moved_to", MONEY, "pounds", "Moved to it by the pool", Difference("bears", "fell_on")),
            Column("share_of_spend", REAL, "share", "Of what fell on all partners", Ratio("fell_on", "_all")),
            Column(
                "share_of_contributions",
                REAL,
                "share",
                "Of the contributions, as the project file has it",
                Free("agreed between the partners"),
            ),
        ),
        "docs/methods/pools.md",
        resting=(
            inner("_people", "people", Count()),
            Column("_all", MONEY, "pounds", "Inner: what fell on all partners", Amount("_people")),
        ),
    ),
    Table(
        "partner_positions",
        "What each partner absorbed for others",
        ("month", "partner", "nature", "basis"),
        (
            of_month(),
            Column("partner", TEXT, "text", "Partner id; unallocated: days of nobody, or of the person"),
            Column("nature", TEXT, "text", "cash or notional, never summed"),
            Column("basis", TEXT, "text", "counted or estimated, never summed"),
            Column(
                "absorbed_for_others",
                MONEY,
                "pounds",
                "Borne for what others drove",
                Amount("_absorbed_people"),
            ),
            Column(
                "passed_to_others",
                MONEY,
                "pounds",
                "Driven, and borne by others",
                Amount("_passed_people"),
            ),
            Column(
                "net_absorbed",
                MONEY,
                "pounds",
                "Absorbed less passed; sums to zero over all partners",
                Difference("absorbed_for_others", "passed_to_others"),
            ),
            *_ends("absorbed_for_others"),
            *_ends("passed_to_others"),
            *_ends("net_absorbed"),
        ),
        "docs/methods/positions.md",
        resting=(
            inner("_absorbed_people", "people", Count()),
            inner("_passed_people", "people", Count()),
        ),
    ),
    Table(
        "scheme_effects",
        "Joint schemes: before and after",
        ("scheme", "measure"),
        (
            _SCHEME,
            _SCHEME_MEASURE,
            Column("months_before", WHOLE, "months", "Months before, of up to 12, that have a figure", Charted()),
            Column("months_after", WHOLE, "months", "Months after that have a figure", Charted()),
            Column("before", REAL, "its own", "Mean of the months before", Charted()),
            Column("before_low", REAL, "its own", "Mean less 2.66 mean moving ranges of the time before", Charted()),
            Column("before_high", REAL, "its own", "Mean and 2.66 mean moving ranges of it", Charted()),
            Column("after", REAL, "its own", "Mean of the months after", Charted()),
            Column("change", REAL, "its own", "After less before", Charted()),
            Column("change_low", REAL, "its own", "Lower end of the 95% interval of the change", Charted()),
            Column("change_high", REAL, "its own", "Upper end of it", Charted()),
            Column(
                "difference",
                REAL,
                "its own",
                "Of ratios: the change less that of those without the scheme; null: there are none",
                Charted(),
            ),
            Column("difference_low", REAL, "its own", "Lower end of its 95% interval", Charted()),
            Column("difference_high", REAL, "its own", "Upper end of it", Charted()),
            Column(
                "total",
                REAL,
                "its own",
                "Of counts and amounts: the change summed over the months after",
                Charted(),
            ),
            Column("total_low", REAL, "its own", "Lower end of its 95% interval", Charted()),
            Column("total_high", REAL, "its own", "Upper end of it", Charted()),
            Column("cost", MONEY, "pounds", "What the scheme cost in the months after", Charted()),
            Column(
                "autocorrelation",
                REAL,
                "number",
                "Of neighbouring months; above 0.3 the intervals are too narrow",
                Charted(),
            ),
            Column("why", TEXT, "text", "Why nothing is said; null where there is a change", Charted()),
        ),
        "docs/methods/schemes.md",
    ),
    Table(
        "scheme_months",
        "Joint schemes, month by month: what they cost beside what changed",
        ("scheme", "measure", "group", "month"),
        (
            _SCHEME,
            _SCHEME_MEASURE,
            Column("group", TEXT, "text", "with: all with the scheme together; without: all others of their kind"),
            of_month(),
            Column(
                "period", TEXT, "text", "before, after, or start: the month in the middle of which the scheme began"
            ),
            Column(
                "numerator",
                WHOLE,
                "its own",
                "Spells, people, days or pounds; of a count or an amount all of it",
                Stepped("_numerator_people", "_money"),
            ),
            Column(
                "denominator",
                WHOLE,
                "its own",
                "Spells, people, days or pounds; null: a count or an amount",
                Stepped("_denominator_people", "_money"),
            ),
            Column(
                "value",
                REAL,
                "its own",
                "Numerator divided by denominator, per 1,000 where the name says so; null for a count or an amount",
                Ratio("numerator", "denominator", "_per"),
            ),
            Column("mean_before", REAL, "its own", "Mean of the months before", Charted()),
            Column(
                "cumulative_change",
                REAL,
                "its own",
                "Of counts and amounts: what is above (below) the mean before, summed since the start",
                Charted(),
            ),
            Column("cumulative_low", REAL, "its own", "Lower end of its 95% interval", Charted()),
            Column("cumulative_high", REAL, "its own", "Upper end of it", Charted()),
            Column(
                "cumulative_cost",
                MONEY,
                "pounds",
                "What the scheme cost since it began",
                Free("a budget, in the project file"),
            ),
        ),
        "docs/methods/schemes.md",
        resting=(
            inner("_numerator_people", "people", Count()),
            inner("_denominator_people", "people", Count()),
            Column("_per", WHOLE, "number", "Inner: per how many the value is", Free("part of the definition")),
            Column("_money", FLAG, "flag", "Inner: whether numerator and denominator are pounds"),
            Column("_ratio", FLAG, "flag", "Inner: whether there is a denominator"),
        ),
    ),
    Table(
        "service_costs",
        "What care costs each payer",
        ("month", "payer", "care_setting"),
        (
            of_month(),
            Column("payer", TEXT, "text", "Partner id of who pays; person: the people who receive the care"),
            Column(
                "care_setting",
                TEXT,
                "text",
                "nursing_home, residential_home, home_care, direct_payment, extra_care, community_support, "
                "reablement, short_term_bed, short_term_support, equipment, carers, prison, funded_nursing_care, "
                "continuing_healthcare or unknown",
            ),
            Column(
                "gross",
                MONEY,
                "pounds",
                "The payer's part of the cost before what people pay; of person: what people pay",
                Scaled("people"),
            ),
            Column(
                "contribution",
                MONEY,
                "pounds",
                "What people pay towards that part; null: no charges of the council are known",
                Scaled("_contributors"),
            ),
            Column(
                "net",
                MONEY,
                "pounds",
                "Gross less contribution: what the payer bears; the nets of all payers are the whole cost",
                Difference("gross", "contribution"),
            ),
            PEOPLE,
        ),
        "docs/methods/service-costs.md",
        resting=(inner("_contributors", "people", Count()),),
    ),
)
