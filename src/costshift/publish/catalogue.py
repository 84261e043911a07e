"""Every output table and column, defined once: for `describe`, the Parquet metadata and the dictionaries.

Units: people, spells, days, beds, pounds, share (0 to 1), date, text, flag. How a column is controlled for
disclosure in ``public/`` is part of its definition, so that no column can be added without it.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from costshift.delays.agreement import STATE_COLUMNS
from costshift.delays.evidence_states import STATES

#: Pounds and pence in the published tables; whole pence inside.
MONEY = pl.Decimal(18, 2)


@dataclass(frozen=True)
class Count:
    """A count of people or spells: small ones suppressed, others rounded."""


@dataclass(frozen=True)
class RestsOn:
    """A whole quantity that is suppressed with the count of people behind it, and rounded."""

    count: str


@dataclass(frozen=True)
class SuppressedWith:
    """A result of estimation that tells no count: suppressed with the count that it rests on, and not rounded."""

    count: str


@dataclass(frozen=True)
class Scaled:
    """A quantity in proportion to another column: recomputed from that column as it was rounded.

    Pence where that is zero are rounded as :class:`Amount` is.
    """

    column: str


@dataclass(frozen=True)
class Ratio:
    """A ratio, recomputed from counts as they were rounded."""

    numerator: str
    denominator: str
    #: A column that says per how many the ratio is; None: per one.
    per: str | None = None


@dataclass(frozen=True)
class Stepped:
    """A whole quantity that is suppressed with the count behind it; pounds where ``money``, else as counts are.

    Pounds are rounded to the price of as many bed days as counts are.
    """

    count: str
    money: str


@dataclass(frozen=True)
class Interval:
    """One end of the interval of a proportion, worked out again from counts as they were rounded."""

    numerator: str
    denominator: str
    upper: bool


@dataclass(frozen=True)
class Rate:
    """A ratio of two inner columns as they were rounded; the lower one is left as it is where ``_calendar``."""

    numerator: str
    denominator: str


@dataclass(frozen=True)
class Charted:
    """Worked out again from what is shown, after the control: nothing of the uncontrolled value is kept."""


@dataclass(frozen=True)
class Amount:
    """Pence suppressed with the people behind them, and rounded to the price of as many bed days as counts are."""

    count: str


@dataclass(frozen=True)
class Difference:
    """One controlled column less another; suppressed with either."""

    of: str
    less: str


@dataclass(frozen=True)
class EndOf:
    """One end of the interval of an amount, rounded as amounts are, but outwards; suppressed with the amount.

    So that no rounding makes an estimate look surer than it is.
    """

    of: str
    upper: bool


@dataclass(frozen=True)
class Parted:
    """One part less another, each suppressed with those behind it; pence where ``_money``, else whole numbers.

    Pence are rounded as :class:`Amount` is. ``side`` begins the names of the inner columns: plus, minus, and after
    them ``_people``.
    """

    side: str

    @property
    def parts(self) -> tuple[str, str]:
        """The two inner columns."""
        return f"{self.side}_plus", f"{self.side}_minus"


@dataclass(frozen=True)
class Quotient:
    """A figure: ``top``, or top over ``bottom`` where that is not null; recomputed from both as they were rounded.

    Where ``top`` is null the figure counts no people, and is shown as it is.
    """

    top: str
    bottom: str


@dataclass(frozen=True)
class Free:
    """A number that tells of nobody: a price, a target, a share that was agreed, what others published."""

    why: str


@dataclass(frozen=True)
class ReasonOf:
    """Words for a difference between a count and what was published: said of the count as it was rounded.

    That two counts are the same, or differ by exactly what a filter removed, would tell the count.
    """

    count: str
    published: str


@dataclass(frozen=True)
class Against:
    """A controlled column less one that was published by others; suppressed with it."""

    of: str
    published: str


Control = (
    Count
    | RestsOn
    | SuppressedWith
    | Stepped
    | Scaled
    | Ratio
    | Rate
    | Charted
    | Quotient
    | Interval
    | Amount
    | Difference
    | Against
    | ReasonOf
    | Free
    | Parted
    | EndOf
)


@dataclass(frozen=True)
class Column:
    """One column: its type, unit and meaning, and how it is controlled (None: no number, so nothing to control)."""

    name: str
    dtype: pl.DataType
    unit: str
    meaning: str
    control: Control | None = None


@dataclass(frozen=True)
class Table:
    """One output table.

    ``resting`` names inner columns, beginning with an underscore, that the control of others needs and that
    are never published.
    """

    name: str
    title: str
    grain: tuple[str, ...]
    columns: tuple[Column, ...]
    definition: str
    restricted: bool = False
    resting: tuple[Column, ...] = ()

    @property
    def column_names(self) -> list[str]:
        """Published columns, in order."""
        return [column.name for column in self.columns]


DATE, TEXT, WHOLE, REAL, FLAG = pl.Date(), pl.String(), pl.Int64(), pl.Float64(), pl.Boolean()


def _month(what: str = "Calendar month, as its first day") -> Column:
    return Column("month", DATE, "date", what)


_PROVIDER = Column("provider", TEXT, "text", "Partner id of the provider in whose beds the spell was")
_SETTING = Column(
    "setting",
    TEXT,
    "text",
    "acute, community or mental_health, from the partner's type or the site; else unknown",
)
_COUNCIL = Column("council", TEXT, "text", "Partner id of the person's council; unknown where no code was given")
_PATHWAY = Column("discharge_pathway", TEXT, "text", "P0, P1, P2 or P3; unknown where none was given")
_DECIDER = Column(
    "council", TEXT, "text", "Partner id of the council that decided; of the ICB for continuing healthcare"
)
_EXPOSURE = Column(
    "exposure", TEXT, "text", "lost, refused or reduced; chc_lost or chc_refused of continuing healthcare"
)
_SCHEME = Column("scheme", TEXT, "text", "Name of the scheme, as the project file has it")
_SCHEME_MEASURE = Column(
    "measure",
    TEXT,
    "text",
    "delayed_bed_days, average_delay_days, share_on_ready_date; passed_to_others or absorbed_for_others with its "
    "nature; or an indicator of flow",
)
_PEOPLE = Column("people", WHOLE, "people", "Different people behind the row", Count())


def _count(name: str, unit: str, meaning: str) -> Column:
    return Column(name, WHOLE, unit, meaning, Count())


def _effect(name: str, meaning: str) -> Column:
    return Column(name, REAL, "per unit", meaning, SuppressedWith("people"))


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


def _inner(name: str, unit: str, control: Control) -> Column:
    return Column(name, WHOLE, unit, "Inner: what other columns rest on", control)


_QUOTIENT = (
    _inner("_top", "its own", RestsOn("_people")),
    _inner("_bottom", "spells", Count()),
    _inner("_people", "spells", Count()),
)
_BASES = {
    "recorded": "as recorded",
    "evidenced_firm": "by firm evidence alone",
    "evidenced": "by firm and presumptive evidence",
    "reconciled": "as recorded, but where firm evidence, or a note that both partners signed, overrides it",
}

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            "discharge_delays",
            "Discharges by length of delay",
            ("month", "provider", "setting", "council", "discharge_pathway"),
            (
                _month("Month of discharge, as its first day"),
                _PROVIDER,
                _SETTING,
                _COUNCIL,
                _PATHWAY,
                _count("discharges", "spells", "Discharges of the cohort"),
                _count("discharged_on_ready_date", "spells", "Discharged on the discharge ready date (delay 0)"),
                _count("delayed_discharges", "spells", "Discharged 1 day or more after the ready date"),
                _count("delay_1_day", "spells", "Of these: 1 day"),
                _count("delay_2_3_days", "spells", "Of these: 2 to 3 days"),
                _count("delay_4_6_days", "spells", "Of these: 4 to 6 days"),
                _count("delay_7_13_days", "spells", "Of these: 7 to 13 days"),
                _count("delay_14_20_days", "spells", "Of these: 14 to 20 days"),
                _count("delay_21_plus_days", "spells", "Of these: 21 days or more"),
                Column(
                    "bed_days_lost",
                    WHOLE,
                    "days",
                    "Days from ready date to discharge, over the month's discharges",
                    RestsOn("delayed_discharges"),
                ),
                _count("ready_date_missing", "spells", "Discharges without a usable ready date"),
                _count(
                    "ready_date_invalid",
                    "spells",
                    "Of these: had one before the admission or after the discharge, which was blanked",
                ),
                Column(
                    "acceptable",
                    FLAG,
                    "flag",
                    "Whether the provider's month is complete enough to be used in totals, charts and costs",
                ),
            ),
            "docs/methods/delays.md",
        ),
        Table(
            "delayed_bed_days",
            "Delayed bed days by recorded reason and attribution",
            (
                "month",
                "provider",
                "setting",
                "council",
                "discharge_pathway",
                "delay_reason",
                "recorded_attribution",
            ),
            (
                _month(),
                _PROVIDER,
                _SETTING,
                _COUNCIL,
                _PATHWAY,
                Column("delay_reason", TEXT, "text", "Key of the recorded delay reason; unrecognised, or not_recorded"),
                Column(
                    "recorded_attribution",
                    TEXT,
                    "text",
                    "To whom the record attributes the days: acute, community, mental_health, icb, council, person, "
                    "not_recorded; unknown where it is the provider and its setting is not known",
                ),
                Column(
                    "delayed_bed_days",
                    WHOLE,
                    "days",
                    "Days of the month from the ready date to the day before discharge, people still waiting included",
                    RestsOn("people"),
                ),
                Column(
                    "delayed_beds",
                    REAL,
                    "beds",
                    "Delayed bed days divided by the days in the month",
                    Scaled("delayed_bed_days"),
                ),
                _PEOPLE,
                Column(
                    "cost",
                    MONEY,
                    "pounds",
                    "Delayed bed days at the price of the setting; null without a price or an acceptable month",
                    Scaled("delayed_bed_days"),
                ),
                Column(
                    "provisional",
                    FLAG,
                    "flag",
                    "Last two months of a provider that sends no open spells: the days are too few",
                ),
            ),
            "docs/methods/delayed-bed-days.md",
        ),
        Table(
            "census",
            "People delayed on the as-at date",
            ("date", "provider", "setting", "council", "discharge_pathway"),
            (
                Column("date", DATE, "date", "The as-at date"),
                _PROVIDER,
                _SETTING,
                _COUNCIL,
                _PATHWAY,
                _count("people_delayed", "people", "People ready for discharge and still in hospital"),
                _count(
                    "people_delayed_7_plus",
                    "people",
                    "Of these: in hospital for 7 nights or more (nested, never summed)",
                ),
                _count("people_delayed_14_plus", "people", "Of these: in hospital for 14 nights or more"),
                _count("people_delayed_21_plus", "people", "Of these: in hospital for 21 nights or more"),
            ),
            "docs/methods/census.md",
        ),
        Table(
            "attribution_agreement",
            "Delayed bed days: what was recorded against what the linked dates evidence",
            (
                "month",
                "provider",
                "council",
                "recorded_attribution",
                "evidenced_attribution",
                "state",
                "strength",
            ),
            (
                _month(),
                _PROVIDER,
                _COUNCIL,
                Column("recorded_attribution", TEXT, "text", "As in delayed_bed_days"),
                Column(
                    "evidenced_attribution",
                    TEXT,
                    "text",
                    "Whom the linked dates attribute the days to: acute, community, mental_health, icb, council, "
                    "person; none where they cannot tell; unknown where it is a provider of unknown setting",
                ),
                Column("state", TEXT, "text", "What the linked dates say of the days"),
                Column("strength", TEXT, "text", "firm or presumptive; none where no side is evidenced"),
                Column(
                    "delayed_bed_days",
                    WHOLE,
                    "days",
                    "Delayed bed days; they sum to those of delayed_bed_days",
                    RestsOn("_people"),
                ),
                Column(
                    "cost",
                    MONEY,
                    "pounds",
                    "The days at the price of their setting; null without a price or an acceptable month",
                    Scaled("delayed_bed_days"),
                ),
                Column(
                    "agreement",
                    TEXT,
                    "text",
                    "agreed: the same side; disputed: firm evidence of another; questioned: presumptive evidence of "
                    "another; untestable: no evidenced side, or nothing recorded",
                ),
            ),
            "docs/methods/evidenced-attribution.md",
            resting=(_inner("_people", "people", Count()),),
        ),
        Table(
            "attribution_bases",
            "Each partner's delayed bed days on the three bases",
            ("month", "partner"),
            (
                _month(),
                Column("partner", TEXT, "text", "Partner id; unallocated: days of nobody, and of the person"),
                *(
                    Column(f"{basis}_days", WHOLE, "days", f"Delayed bed days {words}", RestsOn(f"_{basis}_people"))
                    for basis, words in _BASES.items()
                ),
                *(
                    Column(
                        f"{basis}_cost",
                        MONEY,
                        "pounds",
                        f"Cost of the delayed bed days {words}, of those that have a price",
                        Scaled(f"{basis}_days"),
                    )
                    for basis, words in _BASES.items()
                ),
            ),
            "docs/methods/evidenced-attribution.md",
            resting=tuple(_inner(f"_{basis}_people", "people", Count()) for basis in _BASES),
        ),
        Table(
            "dispute_outcomes",
            "What became of the disputed days of spells with a note",
            ("month", "provider", "council", "outcome"),
            (
                _month(),
                _PROVIDER,
                _COUNCIL,
                Column(
                    "outcome",
                    TEXT,
                    "text",
                    "agreed: the evidence, or whom the note names, has the days; overruled: the record has them; "
                    "contested: no agreement; unsigned: a name is missing, so that nothing changes",
                ),
                Column("delayed_bed_days", WHOLE, "days", "Disputed and questioned days", RestsOn("people")),
                Column(
                    "moved_days",
                    WHOLE,
                    "days",
                    "Of these, given by the note to somebody else on the reconciled basis",
                    RestsOn("_moved_people"),
                ),
                _PEOPLE,
            ),
            "docs/disputes.md",
            resting=(_inner("_moved_people", "people", Count()),),
        ),
        Table(
            "step_standards",
            "Waits within the days that the partners allow",
            ("month", "provider", "council", "state"),
            (
                _month(),
                _PROVIDER,
                _COUNCIL,
                Column("state", TEXT, "text", "State of evidenced attribution that has a standard in [rules]"),
                Column("delayed_bed_days", WHOLE, "days", "Delayed bed days in the state", RestsOn("people")),
                Column(
                    "within_standard_days",
                    WHOLE,
                    "days",
                    "Of these, before the days allowed are used up",
                    RestsOn("_within_people"),
                ),
                _PEOPLE,
            ),
            "docs/methods/evidenced-attribution.md",
            resting=(_inner("_within_people", "people", Count()),),
        ),
        Table(
            "bcf_discharge",
            "Better Care Fund: average length of discharge delay",
            ("month", "council"),
            (
                _month("Month of discharge, as its first day"),
                _COUNCIL,
                Column(
                    "share_on_ready_date",
                    REAL,
                    "share",
                    "Acute discharges on the ready date, of all from acceptable providers",
                    Ratio("_on_ready_date", "_discharges"),
                ),
                Column(
                    "average_delay_days_when_delayed",
                    REAL,
                    "days",
                    "Bed days lost per delayed discharge",
                    Ratio("_bed_days", "_delayed"),
                ),
                Column(
                    "average_delay_days",
                    REAL,
                    "days",
                    "Bed days lost per discharge: the headline measure",
                    Ratio("_bed_days", "_discharges"),
                ),
                Column("plan", REAL, "days", "The agreed target of average_delay_days", Free("a target")),
            ),
            "docs/methods/better-care-fund.md",
            resting=(
                _inner("_discharges", "spells", Count()),
                _inner("_on_ready_date", "spells", Count()),
                _inner("_delayed", "spells", Count()),
                _inner("_bed_days", "days", RestsOn("_delayed")),
            ),
        ),
        Table(
            "ready_date_publication",
            "Our discharges in the form of NHS England's Discharge Ready Date publication",
            ("month", "data_type", "provider", "council", "measure"),
            (
                _month("Month of discharge, as its first day"),
                Column(
                    "data_type",
                    TEXT,
                    "text",
                    "Level, as published: Provider, UTLA Aggregate, Provider activity mapped to UTLA; and Place, all "
                    "acceptable acute providers here",
                ),
                Column("provider", TEXT, "text", "Partner id, or all"),
                Column("council", TEXT, "text", "Partner id, or all"),
                Column("measure", TEXT, "text", "Name of the measure, as published"),
                Column(
                    "value",
                    REAL,
                    "its own",
                    "Discharges, bed days, a share from 0 to 1, or days on average",
                    Quotient("_top", "_bottom"),
                ),
                Column("acceptable", FLAG, "flag", "Whether the month of all providers behind it is acceptable"),
            ),
            "docs/methods/official-form.md",
            resting=_QUOTIENT,
        ),
        Table(
            "published_comparison",
            "Our figures beside NHS England's",
            ("month", "organisation", "measure"),
            (
                _month("Month of discharge, as its first day"),
                Column("organisation", TEXT, "text", "Partner id; england; or a neighbour's code in lower case"),
                Column("measure", TEXT, "text", "Name of the measure, as published"),
                Column("ours", REAL, "its own", "Our figure; null for benchmarks", Quotient("_top", "_bottom")),
                Column(
                    "published",
                    REAL,
                    "its own",
                    "NHS England's figure; shares from 0 to 1",
                    Free("published by NHS England"),
                ),
                Column("difference", REAL, "its own", "Ours less published", Against("ours", "published")),
                Column(
                    "reason",
                    TEXT,
                    "text",
                    "What accounts for the difference; empty where there is none",
                    ReasonOf("_total", "_total_published"),
                ),
            ),
            "docs/methods/official-form.md",
            resting=(
                *_QUOTIENT,
                _inner("_total", "spells", Count()),
                Column("_total_published", REAL, "spells", "Inner: as published", Free("published by NHS England")),
            ),
        ),
        Table(
            "cost_shifts",
            "Cost from the partner that drove it to the partner that bore it",
            ("month", "driver", "payer", "kind", "nature", "basis"),
            (
                _month(),
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
                _PEOPLE,
            ),
            "docs/methods/cost-shifts.md",
            resting=(_inner("_days", "days", RestsOn("people")),),
        ),
        Table(
            "pool_shares",
            "What each partner of a pool bears, beside what it contributes",
            ("month", "pool", "nature", "basis", "partner"),
            (
                _month(),
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
                _inner("_people", "people", Count()),
                Column("_all", MONEY, "pounds", "Inner: what fell on all partners", Amount("_people")),
            ),
        ),
        Table(
            "partner_positions",
            "What each partner absorbed for others",
            ("month", "partner", "nature", "basis"),
            (
                _month(),
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
                _inner("_absorbed_people", "people", Count()),
                _inner("_passed_people", "people", Count()),
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
                Column(
                    "before_low", REAL, "its own", "Mean less 2.66 mean moving ranges of the time before", Charted()
                ),
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
                _month(),
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
                _inner("_numerator_people", "people", Count()),
                _inner("_denominator_people", "people", Count()),
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
                _month(),
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
                _PEOPLE,
            ),
            "docs/methods/service-costs.md",
            resting=(_inner("_contributors", "people", Count()),),
        ),
        Table(
            "eligibility_decisions",
            "Decisions on eligibility by what they changed",
            ("month", "council", "transition"),
            (
                _month("Month of the decision, as its first day"),
                _DECIDER,
                Column(
                    "transition",
                    TEXT,
                    "text",
                    "kept, lost, gained, accepted, refused, reduced, refused_again; chc_ before those of continuing "
                    "healthcare",
                ),
                _count("people", "people", "Different people with such a decision"),
                _count("people_recorded", "people", "Of these: eligibility as recorded"),
                _count("people_inferred", "people", "Of these: eligibility read from the event's outcome"),
            ),
            "docs/methods/eligibility-decisions.md",
        ),
        Table(
            "eligibility_decomposition",
            "Why more or fewer people were found eligible",
            ("council", "baseline_start", "period_start", "component"),
            (
                _DECIDER,
                Column("baseline_start", DATE, "date", "First day of the baseline year"),
                Column("period_start", DATE, "date", "First day of the later year"),
                Column(
                    "component",
                    TEXT,
                    "text",
                    "volume, mix, access, rate: they sum to change; review_, package_, chc_ and chc_review_ before "
                    "those of reviews, packages at review and continuing healthcare; _with_band_and_route: a "
                    "sensitivity",
                ),
                Column(
                    "people",
                    WHOLE,
                    "people",
                    "People found eligible more (fewer) than in the baseline",
                    RestsOn("_fewest"),
                ),
                Column("people_low", WHOLE, "people", "Lower end of the 95% interval", RestsOn("_fewest")),
                Column("people_high", WHOLE, "people", "Upper end of the 95% interval", RestsOn("_fewest")),
                Column(
                    "policy", TEXT, "text", "Dated policies between the two; null: none, so no policy effect is claimed"
                ),
            ),
            "docs/methods/eligibility-decomposition.md",
            resting=(_inner("_fewest", "people", Count()),),
        ),
        Table(
            "eligibility_breaks",
            "What no comparison of eligibility reaches across",
            ("council", "date", "reason"),
            (
                _DECIDER,
                Column("date", DATE, "date", "First day after the break"),
                Column("reason", TEXT, "text", "Recording change, change of release, or jump in the recorded share"),
            ),
            "docs/methods/eligibility-decomposition.md",
        ),
        Table(
            "realised_eligibility",
            "Share found eligible of those decided on, by month",
            ("month", "council", "stream"),
            (
                _month("Month of the decision, as its first day"),
                _DECIDER,
                Column("stream", TEXT, "text", "requests, reviews, chc_requests or chc_reviews"),
                _count("assessed", "people", "Decisions"),
                _count("found_eligible", "people", "Of these: found eligible, or still eligible"),
                Column("share", REAL, "share", "Found eligible, of all decided on", Ratio("_found", "_assessed")),
                Column(
                    "standardised_share",
                    REAL,
                    "share",
                    "The share, standardised for age band, sex and support reason (indirectly)",
                    Scaled("_found"),
                ),
            ),
            "docs/methods/eligibility-decomposition.md",
            # The share goes with either count, as one is the other's complement.
            resting=(
                _inner("_found", "people", RestsOn("_not_found")),
                _inner("_assessed", "people", RestsOn("found_eligible")),
                _inner("_not_found", "people", Count()),
            ),
        ),
        Table(
            "threshold_changes",
            "Months in which the share found eligible moved",
            ("council", "streams", "month"),
            (
                _DECIDER,
                Column("streams", TEXT, "text", "What was tested together"),
                _month("First month at the new level, as its first day"),
                _count("people", "people", "Different people decided on, before and after"),
                Column("share_before", REAL, "share", "Found eligible before", SuppressedWith("people")),
                Column("share_after", REAL, "share", "Found eligible from the month on", SuppressedWith("people")),
                Column(
                    "p_value",
                    REAL,
                    "share",
                    "For the search over all months; reported below 0.01",
                    SuppressedWith("people"),
                ),
                Column("policy", TEXT, "text", "Dated policies within a month of it; null: none"),
            ),
            "docs/methods/eligibility-decomposition.md",
        ),
        Table(
            "shift_effects",
            "What decisions on eligibility did to others' costs",
            ("exposure", "council", "outcome", "cohort_from", "cohort_to", "design"),
            (
                _EXPOSURE,
                _DECIDER,
                Column(
                    "outcome",
                    TEXT,
                    "text",
                    "nhs_cost or council_cost, in total, by payer (after a colon), while alive and without the last 90 "
                    "days of life; contacts, attendances, bed_days; deaths, leavers",
                ),
                Column("unit", TEXT, "text", "Unit of the effect"),
                Column("cohort_from", DATE, "date", "First decision of the exposed"),
                Column("cohort_to", DATE, "date", "Last decision of the exposed"),
                Column(
                    "design",
                    TEXT,
                    "text",
                    "main; plain_180_days and matched_... (sensitivities); event_study_month_... (joint bands)",
                ),
                _count("people", "people", "Exposed people who were matched"),
                _count("comparators", "people", "People whose decisions they are compared with"),
                _count("unmatched", "people", "Exposed with complete windows and fewer than two comparators"),
                _count("without_windows", "people", "Exposed whose windows the extracts do not cover"),
                _effect("effect_per_person_month", "Effect a person-month (deaths and leavers: of a share)"),
                _effect("effect_low", "Lower end of the 95% interval"),
                _effect("effect_high", "Upper end of the 95% interval"),
                _effect("p_value", "Two-sided; over payers as Holm adjusts them"),
                _effect("placebo", "The same estimate one step earlier; null where the history is shorter"),
                _effect("robust_low", "Effect less the interval's reach and the size of the placebo"),
                _effect("robust_high", "Effect plus the interval's reach and the size of the placebo"),
                _effect("minimum_detectable", "Smallest true effect that would be found 8 times in 10"),
            ),
            "docs/methods/shift-effects.md",
        ),
        Table(
            "shift_balance",
            "How alike exposed and comparators are, and who was lost to matching",
            ("exposure", "council", "characteristic", "group"),
            (
                _EXPOSURE,
                _DECIDER,
                Column("characteristic", TEXT, "text", "age_band, sex, reason, setting or in_hospital"),
                Column("group", TEXT, "text", "The group"),
                _count("people", "people", "Exposed with complete windows"),
                _count("matched", "people", "Of these: matched"),
                _count("unmatched", "people", "Of these: not matched"),
                Column("share_of_exposed", REAL, "share", "Of all exposed", Ratio("people", "_exposed")),
                Column("share_of_comparators", REAL, "share", "Of all comparators", SuppressedWith("people")),
                Column(
                    "share_of_matched_comparators",
                    REAL,
                    "share",
                    "Of matched comparators, as they are weighted",
                    SuppressedWith("people"),
                ),
                Column(
                    "difference_before",
                    REAL,
                    "standard deviations",
                    "Standardised difference of exposed and comparators before matching",
                    SuppressedWith("people"),
                ),
                Column(
                    "difference_after",
                    REAL,
                    "standard deviations",
                    "Standardised difference after matching",
                    SuppressedWith("people"),
                ),
            ),
            "docs/methods/shift-effects.md",
            resting=(_inner("_exposed", "people", Count()),),
        ),
        Table(
            "substitution_rates",
            "Added NHS cost for each pound less from the council",
            ("exposure", "council"),
            (
                _EXPOSURE,
                _DECIDER,
                _effect("rate", "Added NHS cost for each £1 less from the council"),
                _effect("rate_low", "Lower end of Fieller's 95% interval"),
                _effect("rate_high", "Upper end of Fieller's 95% interval"),
                _count("people", "people", "Exposed people who were matched, with windows complete on both sides"),
                _effect("nhs_cost", "Effect on NHS cost a person-month, in pounds"),
                _effect("council_saving", "What the council paid less a person-month, in pounds"),
                Column("reason", TEXT, "text", "Why there is no rate, or no interval; null where there is"),
            ),
            "docs/methods/substitution-rates.md",
        ),
        Table(
            "cost_after_refusal",
            "Memo: cost after every loss and refusal, excess or not",
            ("month", "driver", "payer", "kind", "nature", "basis"),
            (
                _month(),
                Column("driver", TEXT, "text", "Partner id that decided"),
                Column("payer", TEXT, "text", "Partner id that bore the resource cost"),
                Column("kind", TEXT, "text", "As in cost_shifts; in no position and no total"),
                Column("nature", TEXT, "text", "cash, or notional: valued at an average price, no saving"),
                Column("basis", TEXT, "text", "estimated"),
                Column("amount", MONEY, "pounds", "All exposed people's months x the effect", Scaled("_people")),
                Column("amount_low", MONEY, "pounds", "Lower end of the 95% interval", Scaled("_people")),
                Column("amount_high", MONEY, "pounds", "Upper end of the 95% interval", Scaled("_people")),
                _PEOPLE,
            ),
            "docs/methods/eligibility-shifts.md",
            resting=(_inner("_people", "people", RestsOn("people")),),
        ),
        Table(
            "flow_indicators",
            "Indicators of flow",
            ("month", "council", "indicator"),
            (
                _month(),
                _COUNCIL,
                Column("indicator", TEXT, "text", "Name of the indicator: docs/methods/flow-indicators.md"),
                Column(
                    "numerator",
                    WHOLE,
                    "its own",
                    "Spells, people, days or pounds; null: cannot be worked out, or not yet",
                    Stepped("_numerator_people", "_money"),
                ),
                Column(
                    "denominator",
                    WHOLE,
                    "its own",
                    "Spells, people, days or pounds; null: the indicator is a count",
                    Stepped("_denominator_people", "_money"),
                ),
                Column(
                    "value",
                    REAL,
                    "its own",
                    "Numerator divided by denominator, per 1,000 where the name says so; null for a count",
                    Ratio("numerator", "denominator", "_per"),
                ),
            ),
            "docs/methods/flow-indicators.md",
            resting=(
                _inner("_numerator_people", "people", Count()),
                _inner("_denominator_people", "people", Count()),
                Column("_per", WHOLE, "number", "Inner: per how many the value is", Free("part of the definition")),
                Column("_money", FLAG, "flag", "Inner: whether numerator and denominator are pounds"),
            ),
        ),
        Table(
            "gaps_and_overlaps",
            "People between the two sides, and people whom both visit",
            ("month", "council", "group"),
            (
                _month("Month of the discharge, the decision or the contacts, as its first day"),
                _COUNCIL,
                Column(
                    "group",
                    TEXT,
                    "text",
                    "delayed_then_no_support, eligible_then_no_service, not_eligible_then_emergency_admission, "
                    "nurse_and_carer_in_one_week or nursing_contacts_unknown_to_council",
                ),
                _count("people", "people", "Different people; null: cannot be told, or not yet"),
            ),
            "docs/methods/gaps-and-overlaps.md",
        ),
        Table(
            "inequalities",
            "Who is touched",
            ("measure", "characteristic", "group"),
            (
                Column(
                    "measure",
                    TEXT,
                    "text",
                    "delayed_discharge or delayed_7_days_or_more: of the people discharged in 12 months; refused or "
                    "lost: of those decided on; chc_ before those of continuing healthcare",
                ),
                Column(
                    "characteristic",
                    TEXT,
                    "text",
                    "all, age_band, sex, ethnic_group or deprivation_decile (1: most deprived)",
                ),
                Column("group", TEXT, "text", "The group; not known where no record says"),
                _count("numerator", "people", "Different people who were touched, once or more"),
                _count("denominator", "people", "Different people who could be"),
                Column("rate", REAL, "share", "Numerator divided by denominator", Ratio("numerator", "denominator")),
                Column(
                    "rate_low",
                    REAL,
                    "share",
                    "Lower end of Wilson's 95% interval",
                    Interval("numerator", "denominator", upper=False),
                ),
                Column("rate_high", REAL, "share", "Upper end of it", Interval("numerator", "denominator", upper=True)),
            ),
            "docs/methods/inequalities.md",
        ),
        Table(
            "spc",
            "Control charts: is it change, or chance?",
            ("measure", "partner", "month"),
            (
                Column(
                    "measure",
                    TEXT,
                    "text",
                    "delayed_beds, average_delay_days or share_on_ready_date; with _seasonally_adjusted where adjusted",
                ),
                Column(
                    "partner", TEXT, "text", "Partner id of the provider, or of the council whose residents they are"
                ),
                _month("Calendar month, or the first of a quarter"),
                Column("period", TEXT, "text", "month; quarter where some month has fewer than 30 discharges"),
                Column(
                    "value",
                    REAL,
                    "its own",
                    "Beds, days or a share from 0 to 1; null: not acceptable, nothing known or too few",
                    Rate("_numerator", "_denominator"),
                ),
                Column("mean", REAL, "its own", "Mean of the month's baseline", Charted()),
                Column("lower_limit", REAL, "its own", "Mean less 2.66 mean moving ranges", Charted()),
                Column("upper_limit", REAL, "its own", "Mean and 2.66 mean moving ranges", Charted()),
                Column(
                    "special_cause",
                    TEXT,
                    "text",
                    "The rule that the month meets: above_upper_limit, below_lower_limit, rising_trend, falling_trend, "
                    "two_of_three_high, two_of_three_low, seven_above_mean, seven_below_mean; else common_cause; "
                    "null: no value, no limits, or provisional",
                    Charted(),
                ),
                Column(
                    "variation",
                    TEXT,
                    "text",
                    "improving_high, improving_low, concerning_high, concerning_low or common_cause",
                    Charted(),
                ),
                Column("target", REAL, "its own", "What the partners agreed for the month", Free("a target")),
                Column(
                    "assurance",
                    TEXT,
                    "text",
                    "Whether the process as it is meets the target: consistent_pass, consistent_fail, inconsistent",
                    Charted(),
                ),
                Column("provisional", FLAG, "flag", "Too few days: in no rule, limit or comparison"),
                Column("trial", FLAG, "flag", "The month's baseline has fewer than 12 points", Charted()),
                Column("rebased", FLAG, "flag", "A new baseline begins with the month"),
                Column(
                    "autocorrelation",
                    REAL,
                    "number",
                    "Of neighbouring months, over the whole series; above 0.3 the limits are too narrow",
                    Charted(),
                ),
            ),
            "docs/methods/control-charts.md",
            resting=(
                Column("_calendar", FLAG, "flag", "Inner: whether the denominator is days of the calendar"),
                _inner("_behind", "people", Count()),
                _inner("_behind_whole", "people", Count()),
                _inner("_numerator", "number", RestsOn("_behind")),
                _inner("_denominator", "number", RestsOn("_behind_whole")),
            ),
        ),
        Table(
            "linkage_quality",
            "How records were linked",
            ("extract", "submitter", "pass", "characteristic", "group"),
            (
                Column("extract", TEXT, "text", "Kind of extract"),
                Column("submitter", TEXT, "text", "Partner id that sent it"),
                Column("pass", TEXT, "text", "The pass that gave the records their person, or all"),
                Column("characteristic", TEXT, "text", "all, or what the group is of"),
                Column("group", TEXT, "text", "The group"),
                _count("records", "records", "Records"),
                _count("people", "people", "Different people"),
            ),
            "docs/methods/people.md",
        ),
        Table(
            "linkage_passes",
            "What rests on each pass of the linkage",
            ("pass",),
            (
                Column(
                    "pass",
                    TEXT,
                    "text",
                    "The pass that first brought a person's hospital and council records together; not_linked: none",
                ),
                _count("people", "people", "Different people"),
                _count("delayed_people", "people", "People behind the delayed days"),
                Column("delayed_days", WHOLE, "days", "Days of all their delays", RestsOn("delayed_people")),
                Column(
                    "share_of_delayed_days",
                    REAL,
                    "share",
                    "Of the days of all delays",
                    Ratio("delayed_days", "_all_days"),
                ),
                Column("unused_field", TEXT, "text", "A field that the pass does not use, by which it is judged"),
                _count("compared", "people", "People of the pass with that field on both sides"),
                _count("differing", "people", "Of these: the two sides differ"),
                Column(
                    "false_matches",
                    WHOLE,
                    "people",
                    "Of those compared: likely to be two people, by the disagreement beyond that of the surest pass",
                    RestsOn("differing"),
                ),
                Column(
                    "false_match_share",
                    REAL,
                    "share",
                    "The same as a share; of the surest pass the most that it can be. Null: no field to judge by",
                    Ratio("false_matches", "compared"),
                ),
            ),
            "docs/methods/people.md",
            resting=(_inner("_all_days", "days", RestsOn("_all_people")), _inner("_all_people", "people", Count())),
        ),
        Table(
            "linkage_sensitivity",
            "Evidenced days with and without the weaker passes",
            ("without", "side", "strength"),
            (
                Column("without", TEXT, "text", "nothing: all passes; else a pass: without it and all weaker ones"),
                Column("side", TEXT, "text", "Side that the linked dates evidence: nhs, council, person or none"),
                Column("strength", TEXT, "text", "firm, presumptive, or none where there is no side"),
                _PEOPLE,
                Column("delayed_days", WHOLE, "days", "Days of all delays", RestsOn("people")),
            ),
            "docs/methods/people.md",
        ),
        Table(
            "data_quality",
            "Rules that rows broke",
            ("extract", "submitter", "month", "rule"),
            (
                Column("extract", TEXT, "text", "Kind of extract"),
                Column("submitter", TEXT, "text", "Partner id that sent it"),
                _month("Month of the submission, as its first day"),
                Column("rule", TEXT, "text", "The rule, and after a colon the column in the sender's own words"),
                _count("rows", "rows", "Rows that broke it"),
                Column(
                    "severity",
                    TEXT,
                    "text",
                    "error: quarantined; warning: the cell was blanked or kept; information",
                ),
            ),
            "docs/data-quality.md",
        ),
        Table(
            "cohort_filters",
            "What each filter of the cohort removed",
            ("month", "provider", "filter"),
            (
                _month("Month of discharge; of the as-at date for open spells"),
                _PROVIDER,
                Column("filter", TEXT, "text", "Name of the filter"),
                _count("spells_removed", "spells", "Spells that it was the first to remove"),
                Column(
                    "applied",
                    FLAG,
                    "flag",
                    "Whether the provider's month has values in a column that it needs",
                ),
            ),
            "docs/methods/cohort.md",
        ),
        Table(
            "revisions",
            "What this pack revises of an earlier one",
            ("month", "table", "measure"),
            (
                _month("The month that the figure is about, as its first day"),
                Column("table", TEXT, "text", "Table that it stands in"),
                Column("measure", TEXT, "text", "The measure, and after a colon the partner id"),
                Column(
                    "reported_before",
                    REAL,
                    "its own",
                    "In the latest publication of an earlier month: spells, days or pounds; null: not computable",
                    Parted("_before"),
                ),
                Column("reported_now", REAL, "its own", "In this pack", Parted("_now")),
                Column(
                    "change",
                    REAL,
                    "its own",
                    "Now less before",
                    Difference("reported_now", "reported_before"),
                ),
                Column(
                    "load",
                    WHOLE,
                    "number",
                    "The load through which it changed; null: none, but settings or version changed",
                    Free("the number of a load"),
                ),
            ),
            "docs/methods/revisions.md",
            resting=(
                Column("_money", FLAG, "flag", "Inner: whether the parts are pence"),
                *(
                    Column(f"{part}{behind}", WHOLE, "number", "Inner: a part, or those behind it", rule)
                    for side in ("_before", "_now")
                    for part in Parted(side).parts
                    for behind, rule in (("", Free("never shown: the parts of another column")), ("_people", Count()))
                ),
            ),
        ),
        Table(
            "partners",
            "Partners and other organisations",
            ("partner",),
            (
                Column("partner", TEXT, "text", "Partner id"),
                Column("name", TEXT, "text", "Name"),
                Column(
                    "type",
                    TEXT,
                    "text",
                    "acute, community, mental_health, icb, council, other, person or unknown",
                ),
            ),
            "docs/project-file.md",
        ),
        Table(
            "months",
            "Months",
            ("month",),
            (
                _month(),
                Column("days", WHOLE, "days", "Days in the month", Free("the calendar")),
                Column("financial_year", TEXT, "text", "Financial year, April to March, such as 2024/25"),
                Column("quarter", TEXT, "text", "Quarter of the financial year, such as 2024/25 Q1"),
            ),
            "docs/project-file.md",
        ),
        Table(
            "delay_reasons",
            "Delay reasons",
            ("delay_reason",),
            (
                Column("delay_reason", TEXT, "text", "Key"),
                Column("label", TEXT, "text", "As published"),
                Column("group", TEXT, "text", "Group of reasons, as published"),
                Column("attribution", TEXT, "text", "Shares by partner type, in per cent"),
                Column("attribution_status", TEXT, "text", "Who proposes the attribution"),
                Column("source", TEXT, "text", "Source of the label"),
            ),
            "docs/methods/recorded-attribution.md",
        ),
        Table(
            "delayed_spells",
            "Delayed spells",
            ("provider_code", "spell_id"),
            (
                Column("person_id", TEXT, "text", "Pseudonym"),
                Column("provider_code", TEXT, "text", "As the extract has it"),
                Column("spell_id", TEXT, "text", "As the extract has it"),
                Column("council_code", TEXT, "text", "As the extract has it"),
                Column("discharge_ready_date", DATE, "date", "Usable discharge ready date"),
                Column("end_date", DATE, "date", "Discharge date, or the day after the as-at date"),
                Column("delay_days", WHOLE, "days", "End date less discharge ready date"),
                Column(
                    "recorded_attribution",
                    TEXT,
                    "text",
                    "The attribution with the most days; the first by name of equals",
                ),
                Column(
                    "recorded_nhs_days",
                    REAL,
                    "days",
                    "Of these recorded to acute, community, mental health or ICB",
                ),
                Column("recorded_council_days", REAL, "days", "Recorded to the council"),
                Column("recorded_person_days", REAL, "days", "Recorded to the person"),
                Column("recorded_none_days", REAL, "days", "Not recorded"),
                *(
                    Column(name, WHOLE, "days", f"Evidenced by the linked dates as {state.replace('_', ' ')}")
                    for state, name in zip(STATES, STATE_COLUMNS, strict=True)
                ),
                Column("firm_days", WHOLE, "days", "Of these states' days, with firm evidence"),
                Column("agreed_days", REAL, "days", "Recorded side and evidenced side agree"),
                Column("disputed_days", REAL, "days", "Firm evidence of another side than the recorded one"),
                Column("questioned_days", REAL, "days", "Presumptive evidence of another side"),
                Column("untestable_days", REAL, "days", "No evidenced side, or nothing recorded"),
            ),
            "docs/methods/recorded-attribution.md",
            restricted=True,
        ),
        Table(
            "disputed_spells",
            "Disputed spells, largest first",
            ("provider_code", "spell_id"),
            (
                Column("person_id", TEXT, "text", "Pseudonym"),
                Column("provider_code", TEXT, "text", "As the extract has it"),
                Column("spell_id", TEXT, "text", "As the extract has it"),
                Column("provider", TEXT, "text", "Partner id of the provider"),
                Column("council", TEXT, "text", "Partner id of the person's council"),
                _PATHWAY,
                Column("discharge_ready_date", DATE, "date", "Usable discharge ready date"),
                Column("end_date", DATE, "date", "Discharge date, or the day after the as-at date"),
                Column("delay_days", WHOLE, "days", "End date less discharge ready date"),
                Column("disputed_days", REAL, "days", "Firm evidence of another side than the recorded one"),
                Column("questioned_days", REAL, "days", "Presumptive evidence of another side"),
                Column("recorded_attribution", TEXT, "text", "To whom most of these days are recorded"),
                Column("evidenced_attribution", TEXT, "text", "To whom the dates give most of them"),
                Column("state", TEXT, "text", "What the dates say of most of them"),
                Column("first_referral", DATE, "date", "First referral of the stay"),
                Column("council_knew", DATE, "date", "First day the council knew"),
                Column("assessed", DATE, "date", "End of the council's assessment"),
                Column("service_started", DATE, "date", "Start of the first service that enables discharge"),
                Column("nhs_service_started", DATE, "date", "First contact or acceptance, where the NHS delivers"),
                Column("outcome", TEXT, "text", "Of the latest note: agreed, overruled or contested; null without one"),
                Column("attributed_to", TEXT, "text", "Whom the note names; null: the evidence"),
                Column("name_for_nhs", TEXT, "text", "Who stands for the note on the NHS side"),
                Column("name_for_council", TEXT, "text", "Who stands for the note on the council's side"),
                Column("noted_on", DATE, "date", "Day of the note"),
                Column("reason", TEXT, "text", "The note's reason"),
            ),
            "docs/disputes.md",
            restricted=True,
        ),
        Table(
            "decisions",
            "Decisions on eligibility",
            ("person_id", "council_code", "decision_date", "transition"),
            (
                Column("person_id", TEXT, "text", "Pseudonym"),
                Column("council_code", TEXT, "text", "Council's or ICB's code as the extract has it"),
                Column("decision_date", DATE, "date", "End of the assessment or review; date of the decision"),
                Column("decision", TEXT, "text", "eligible or not_eligible"),
                Column("transition", TEXT, "text", "As in eligibility_decisions"),
                Column("need_band", TEXT, "text", "As the extract has it"),
                Column("basis", TEXT, "text", "recorded, or inferred from the event's outcome"),
            ),
            "docs/methods/eligibility-decisions.md",
            restricted=True,
        ),
        Table(
            "lost_to_sight",
            "Open spells that are in no later file of their sender",
            ("provider_code", "spell_id"),
            (
                Column("person_id", TEXT, "text", "Pseudonym"),
                Column("provider_code", TEXT, "text", "As the extract has it"),
                Column("spell_id", TEXT, "text", "As the extract has it"),
                Column("admission_date", DATE, "date", "Admission date"),
                Column("discharge_ready_date", DATE, "date", "Usable discharge ready date"),
                Column("last_seen", DATE, "date", "Last day of the month of its last file: counted to here"),
                Column("delay_days", WHOLE, "days", "Days from the ready date to that day; null without a ready date"),
            ),
            "docs/history.md",
            restricted=True,
        ),
        Table(
            "linkage_conflicts",
            "What linkage met and did not settle in silence",
            ("conflict", "set", "extract", "submitter", "record_key"),
            (
                Column("conflict", TEXT, "text", "Kind of conflict; each has its rule"),
                Column("set", WHOLE, "number", "Records of one number within a conflict belong together"),
                Column("extract", TEXT, "text", "Kind of extract"),
                Column("submitter", TEXT, "text", "Partner id that sent it"),
                Column("record_key", TEXT, "text", "Key of the record; file and row where the kind has none"),
                Column("person_id", TEXT, "text", "Pseudonym of the person that the record was given"),
            ),
            "docs/methods/people.md",
            restricted=True,
        ),
        Table(
            "person_id_changes",
            "People whose id is another than in the pack before",
            ("person_id_before", "person_id_now"),
            (
                Column("person_id_before", TEXT, "text", "Pseudonym as of the last pack of an earlier month"),
                Column("person_id_now", TEXT, "text", "Pseudonym now"),
                Column(
                    "change",
                    TEXT,
                    "text",
                    "joined: several became one; parted: one became several; renamed: another identifier now stands "
                    "for the person, such as a number that was traced",
                ),
                Column("records", WHOLE, "records", "Records and identifiers by which the person was known again"),
            ),
            "docs/methods/people.md",
            restricted=True,
        ),
        Table(
            "person_index",
            "Which record has which person",
            ("extract", "submitter", "record_key"),
            (
                Column("extract", TEXT, "text", "Kind of extract"),
                Column("submitter", TEXT, "text", "Partner id that sent it"),
                Column("record_key", TEXT, "text", "Key of the record; file and row where the kind has none"),
                Column("person_id", TEXT, "text", "Pseudonym"),
                Column("link_pass", TEXT, "text", "The pass that gave the record its person"),
            ),
            "docs/methods/people.md",
            restricted=True,
        ),
    )
}
