"""What the page shows in place of the fine-grained tables: each summary's definition, and its control.

The frames are counted in the rooms before (``delays/summaries.py``, ``ledger/summaries.py``,
``people/summaries.py``) from uncontrolled data. They are in the page only: no file, no sheet and no part of the
contract of the tables. Their control is that of the tables: a definition says of each column on what it rests.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from costshift.delays.both_sides import AGREEMENT
from costshift.ledger.replicates import ENDS
from costshift.project import Disclosure
from costshift.publish.catalogue import TABLES, Column, Control, Count, Free, Ratio, RestsOn, Table
from costshift.publish.disclosure import control
from costshift.publish.tables import published
from costshift.publish.together import Telling

_SHARE, _DAYS, _WHOLE = pl.Float64(), pl.Float64(), pl.Int64()


def _of(table: str, *names: str) -> list[Column]:
    """Columns of a published table, all of them or some."""
    return [column for column in TABLES[table].columns if not names or column.name in names]


def _without(table: str, *names: str) -> list[Column]:
    return [column for column in TABLES[table].columns if column.name not in names]


def _count(name: str, unit: str, meaning: str) -> Column:
    return Column(name, _WHOLE, unit, meaning, Count())


def _inner(name: str, unit: str, rule: Control) -> Column:
    return Column(name, _WHOLE, unit, "Inner: what other columns rest on", rule)


def _attributed(name: str, by: str, title: str, definition: str) -> Table:
    """Delayed bed days by setting and one column of delayed_bed_days."""
    return Table(
        name,
        title,
        ("month", "setting", by),
        (
            *_of("delayed_bed_days", "month", "setting", by, "delayed_bed_days", "delayed_beds", "people"),
            Column("share", _SHARE, "share", "Of the setting's days", Ratio("delayed_bed_days", "_all_days")),
        ),
        definition,
        resting=(_inner("_all_days", "days", RestsOn("_all_people")), _inner("_all_people", "people", Count())),
    )


_COUNTED_POSITIONS = tuple(_without("partner_positions", *ENDS))

_AGREEMENT = (
    *_of("delayed_bed_days", "delayed_bed_days", "people"),
    *(
        Column(f"{name}_days", _WHOLE, "days", f"Days that are {name}", RestsOn(f"_{name}_people"))
        for name in AGREEMENT
    ),
    Column("too_recent_days", _WHOLE, "days", "Untestable because too recent", RestsOn("_too_recent_people")),
    Column("share_agreed", _SHARE, "share", "Agreed, of the testable days", Ratio("agreed_days", "_tested_days")),
)
_AGREEMENT_RESTS_ON = (
    *(_inner(f"_{name}_people", "people", Count()) for name in (*AGREEMENT, "tested", "too_recent")),
    _inner("_tested_days", "days", RestsOn("_tested_people")),
)

SUMMARIES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            "discharges_by_provider",
            "Discharges by length of delay, by provider",
            ("month", "setting", "provider"),
            (
                *_without("discharge_delays", "council", "discharge_pathway"),
                Column(
                    "share_on_ready_date",
                    _SHARE,
                    "share",
                    "Discharged on the ready date, of all discharges",
                    # What did not leave on the date was delayed: the share goes with either count.
                    Ratio("_on_ready_date", "_discharges"),
                ),
                Column(
                    "average_delay_days",
                    _DAYS,
                    "days",
                    "Bed days lost per discharge",
                    Ratio("bed_days_lost", "discharges"),
                ),
                Column(
                    "average_delay_days_when_delayed",
                    _DAYS,
                    "days",
                    "Bed days lost per delayed discharge",
                    Ratio("bed_days_lost", "delayed_discharges"),
                ),
            ),
            "docs/methods/delays.md",
            resting=(
                _inner("_on_ready_date", "spells", RestsOn("delayed_discharges")),
                _inner("_discharges", "spells", RestsOn("discharged_on_ready_date")),
            ),
        ),
        Table(
            "delayed_beds_by_provider",
            "Delayed bed days and delayed beds, by provider",
            ("provider", "setting", "month"),
            (
                *_of(
                    "delayed_bed_days",
                    *("month", "provider", "setting"),
                    *("delayed_bed_days", "delayed_beds", "people", "provisional"),
                ),
                *_of("discharge_delays", "acceptable"),
            ),
            "docs/methods/delayed-bed-days.md",
        ),
        _attributed(
            "days_by_attribution",
            "recorded_attribution",
            "Delayed bed days by recorded attribution",
            "docs/methods/recorded-attribution.md",
        ),
        _attributed(
            "days_by_reason", "delay_reason", "Delayed bed days by reason", "docs/methods/recorded-attribution.md"
        ),
        _attributed(
            "days_by_pathway",
            "discharge_pathway",
            "Delayed bed days by discharge pathway",
            "docs/methods/delayed-bed-days.md",
        ),
        Table(
            "days_by_sides",
            "Delayed bed days by recorded and by evidenced side",
            ("month", "recorded_side", "evidenced_side"),
            (
                *_of("delayed_bed_days", "month"),
                Column("recorded_side", pl.String(), "text", "nhs, council, person, or none: nothing recorded"),
                Column("evidenced_side", pl.String(), "text", "nhs, council, person, or none: nobody, or untestable"),
                *_of("delayed_bed_days", "delayed_bed_days", "people"),
            ),
            "docs/methods/evidenced-attribution.md",
        ),
        Table(
            "agreement_by_organisation",
            "Recorded against evidenced, by organisation",
            ("month", "role", "organisation"),
            (
                *_of("delayed_bed_days", "month"),
                Column("role", pl.String(), "text", "provider, council, or all"),
                Column("organisation", pl.String(), "text", "Partner id"),
                *_AGREEMENT,
            ),
            "docs/methods/evidenced-attribution.md",
            resting=_AGREEMENT_RESTS_ON,
        ),
        Table(
            "agreement_by_month",
            "Recorded against evidenced, by month",
            ("month",),
            (*_of("delayed_bed_days", "month"), *_AGREEMENT),
            "docs/methods/evidenced-attribution.md",
            resting=_AGREEMENT_RESTS_ON,
        ),
        Table(
            "days_by_state",
            "Delayed bed days by what the linked dates say",
            ("month", "state", "strength"),
            (
                *_of("attribution_agreement", "month", "state", "strength"),
                *_of("delayed_bed_days", "delayed_bed_days", "people"),
                Column("share", _SHARE, "share", "Of all delayed bed days", Ratio("delayed_bed_days", "_all_days")),
            ),
            "docs/methods/evidenced-attribution.md",
            resting=(_inner("_all_days", "days", RestsOn("_all_people")), _inner("_all_people", "people", Count())),
        ),
        Table(
            "bases_by_partner",
            "The three bases, other organisations together",
            TABLES["attribution_bases"].grain,
            TABLES["attribution_bases"].columns,
            "docs/methods/evidenced-attribution.md",
            resting=TABLES["attribution_bases"].resting,
        ),
        Table(
            "census_by_provider",
            "People delayed on the as-at date, by provider",
            ("date", "provider", "setting"),
            tuple(_without("census", "council", "discharge_pathway")),
            "docs/methods/census.md",
        ),
        Table(
            "census_by_pathway",
            "People delayed on the as-at date, by discharge pathway",
            ("date", "discharge_pathway"),
            tuple(_without("census", "provider", "setting", "council")),
            "docs/methods/census.md",
        ),
        Table(
            "shifts_by_partner",
            "Cost from driver to payer, other organisations together",
            TABLES["cost_shifts"].grain,
            tuple(_without("cost_shifts", "amount_low", "amount_high", "avoided_care_cost")),
            "docs/methods/cost-shifts.md",
            resting=TABLES["cost_shifts"].resting,
        ),
        Table(
            "positions_by_partner",
            "Positions, other organisations together",
            TABLES["partner_positions"].grain,
            _COUNTED_POSITIONS,
            "docs/methods/positions.md",
            resting=TABLES["partner_positions"].resting,
        ),
        Table(
            "positions_before_pools",
            "Positions before the pools, other organisations together",
            TABLES["partner_positions"].grain,
            _COUNTED_POSITIONS,
            "docs/methods/positions.md",
            resting=TABLES["partner_positions"].resting,
        ),
        Table(
            "estimated_positions",
            "Positions by estimate, other organisations together",
            ("months", "partner", "nature"),
            (
                *_of("partner_positions", "month"),
                Column(
                    "months", _WHOLE, "months", "Months in sum to the month: 1, or 12", Free("part of the definition")
                ),
                *_without("partner_positions", "month"),
            ),
            "docs/methods/positions.md",
            resting=TABLES["partner_positions"].resting,
        ),
        Table(
            "providers_by_councils",
            "Who shares whom: discharges of 12 months by provider and council",
            ("provider", "council"),
            (
                *_of("discharge_delays", "provider", "council", "discharges"),
                Column(
                    "share_of_provider",
                    _SHARE,
                    "share",
                    "Of the provider's discharges",
                    Ratio("discharges", "_of_provider"),
                ),
                Column(
                    "share_of_council",
                    _SHARE,
                    "share",
                    "Of the council's discharges",
                    Ratio("discharges", "_of_council"),
                ),
            ),
            "docs/methods/inequalities.md",
            resting=(_inner("_of_provider", "spells", Count()), _inner("_of_council", "spells", Count())),
        ),
        Table(
            "linked_records",
            "Records by how they came to their person",
            ("extract", "submitter"),
            (
                *_of("linkage_quality", "extract", "submitter", "records", "people"),
                _count("by_nhs_number", "records", "Linked by NHS number, with or without the name"),
                _count("by_other_means", "records", "Linked by key, demographics or local identifier"),
                _count("unlinked", "records", "Linked to nothing else"),
                Column(
                    "share_by_nhs_number",
                    _SHARE,
                    "share",
                    "Linked by NHS number, of all records",
                    Ratio("by_nhs_number", "records"),
                ),
                Column(
                    "share_unlinked", _SHARE, "share", "Linked to nothing, of all records", Ratio("unlinked", "records")
                ),
            ),
            "docs/methods/people.md",
        ),
        Table(
            "found_on_other_side",
            "Records whose person is found on the other side",
            ("extract", "characteristic", "submitter", "group"),
            (
                *_of("linkage_quality", "extract", "submitter", "characteristic", "group"),
                _count("found", "records", "Records whose person has a record on the other side"),
                _count("not_found", "records", "Records whose person has none there"),
                Column(
                    "share_found",
                    _SHARE,
                    "share",
                    "Found, of all records",
                    Ratio("_found", "_records"),
                ),
            ),
            "docs/methods/people.md",
            # The share goes with either count, as one is the other's complement.
            resting=(
                _inner("_found", "records", RestsOn("not_found")),
                _inner("_records", "records", RestsOn("found")),
            ),
        ),
    )
}


def with_inner_columns(frames: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The summaries with the inner columns that only their control needs."""
    added = {
        "discharges_by_provider": [
            pl.col("discharged_on_ready_date").alias("_on_ready_date"),
            pl.col("discharges").alias("_discharges"),
        ],
        "found_on_other_side": [
            pl.col("found").alias("_found"),
            (pl.col("found") + pl.col("not_found")).alias("_records"),
        ],
    }
    return {name: frame.with_columns(added.get(name, [])) for name, frame in frames.items()}


def controlled_summaries(
    frames: Mapping[str, pl.DataFrame], rule: Disclosure | None, bed_day_pence: int, told: Telling | None = None
) -> dict[str, pl.DataFrame]:
    """The summaries as an audience may see them: money in pounds, sorted on their grain.

    Args:
        frames: uncontrolled summaries by name, money in pence.
        rule: [disclosure] of the project; None leaves the figures as they are.
        bed_day_pence: the highest price of a bed day in force.
        told: the counts that are suppressed though they are not small, as they would tell others (``together.py``).
    """
    found: dict[str, pl.DataFrame] = {}
    for name, frame in with_inner_columns(frames).items():
        shown = frame if rule is None else control(SUMMARIES[name], frame, rule, bed_day_pence, (told or {}).get(name))
        found[name] = published(SUMMARIES[name], shown)
    return found
