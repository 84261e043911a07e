"""Control charts."""

from __future__ import annotations

from costshift.publish.catalogue.columns import FLAG, REAL, TEXT, Column, Table, inner, of_month
from costshift.publish.catalogue.controls import Charted, Count, Free, Rate, RestsOn

TABLES = (
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
            Column("partner", TEXT, "text", "Partner id of the provider, or of the council whose residents they are"),
            of_month("Calendar month, or the first of a quarter"),
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
            inner("_behind", "people", Count()),
            inner("_behind_whole", "people", Count()),
            inner("_numerator", "number", RestsOn("_behind")),
            inner("_denominator", "number", RestsOn("_behind_whole")),
        ),
    ),
)
