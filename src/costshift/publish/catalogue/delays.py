"""Discharges, delayed bed days, the census: how long people waited."""

from __future__ import annotations

from costshift.publish.catalogue.columns import (
    COUNCIL,
    DATE,
    FLAG,
    MONEY,
    PATHWAY,
    PEOPLE,
    PROVIDER,
    REAL,
    TEXT,
    WHOLE,
    Column,
    Table,
    count_of,
    of_month,
)
from costshift.publish.catalogue.controls import RestsOn, Scaled

_SETTING = Column(
    "setting",
    TEXT,
    "text",
    "acute, community or mental_health, from the partner's type or the site; else unknown",
)

TABLES = (
    Table(
        "discharge_delays",
        "Discharges by length of delay",
        ("month", "provider", "setting", "council", "discharge_pathway"),
        (
            of_month("Month of discharge, as its first day"),
            PROVIDER,
            _SETTING,
            COUNCIL,
            PATHWAY,
            count_of("discharges", "spells", "Discharges of the cohort"),
            count_of("discharged_on_ready_date", "spells", "Discharged on the discharge ready date (delay 0)"),
            count_of("delayed_discharges", "spells", "Discharged 1 day or more after the ready date"),
            count_of("delay_1_day", "spells", "Of these: 1 day"),
            count_of("delay_2_3_days", "spells", "Of these: 2 to 3 days"),
            count_of("delay_4_6_days", "spells", "Of these: 4 to 6 days"),
            count_of("delay_7_13_days", "spells", "Of these: 7 to 13 days"),
            count_of("delay_14_20_days", "spells", "Of these: 14 to 20 days"),
            count_of("delay_21_plus_days", "spells", "Of these: 21 days or more"),
            Column(
                "bed_days_lost",
                WHOLE,
                "days",
                "Days from ready date to discharge, over the month's discharges",
                RestsOn("delayed_discharges"),
            ),
            count_of("ready_date_missing", "spells", "Discharges without a usable ready date"),
            count_of(
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
            of_month(),
            PROVIDER,
            _SETTING,
            COUNCIL,
            PATHWAY,
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
            PEOPLE,
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
            PROVIDER,
            _SETTING,
            COUNCIL,
            PATHWAY,
            count_of("people_delayed", "people", "People ready for discharge and still in hospital"),
            count_of(
                "people_delayed_7_plus",
                "people",
                "Of these: in hospital for 7 nights or more (nested, never summed)",
            ),
            count_of("people_delayed_14_plus", "people", "Of these: in hospital for 14 nights or more"),
            count_of("people_delayed_21_plus", "people", "Of these: in hospital for 21 nights or more"),
        ),
        "docs/methods/census.md",
    ),
)
