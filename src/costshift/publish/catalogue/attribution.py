"""To whom delayed days are attributable: record against evidence."""

from __future__ import annotations

from costshift.publish.catalogue.columns import (
    COUNCIL,
    MONEY,
    PEOPLE,
    PROVIDER,
    TEXT,
    WHOLE,
    Column,
    Table,
    inner,
    of_month,
)
from costshift.publish.catalogue.controls import Count, RestsOn, Scaled

_BASES = {
    "recorded": "as recorded",
    "evidenced_firm": "by firm evidence alone",
    "evidenced": "by firm and presumptive evidence",
    "reconciled": "as recorded, but where firm evidence, or a note that both partners signed, overrides it",
}

TABLES = (
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
            of_month(),
            PROVIDER,
            COUNCIL,
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
        resting=(inner("_people", "people", Count()),),
    ),
    Table(
        "attribution_bases",
        "Each partner's delayed bed days on the three bases",
        ("month", "partner"),
        (
            of_month(),
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
        resting=tuple(inner(f"_{basis}_people", "people", Count()) for basis in _BASES),
    ),
    Table(
        "dispute_outcomes",
        "What became of the disputed days of spells with a note",
        ("month", "provider", "council", "outcome"),
        (
            of_month(),
            PROVIDER,
            COUNCIL,
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
            PEOPLE,
        ),
        "docs/disputes.md",
        resting=(inner("_moved_people", "people", Count()),),
    ),
    Table(
        "step_standards",
        "Waits within the days that the partners allow",
        ("month", "provider", "council", "state"),
        (
            of_month(),
            PROVIDER,
            COUNCIL,
            Column("state", TEXT, "text", "State of evidenced attribution that has a standard in [rules]"),
            Column("delayed_bed_days", WHOLE, "days", "Delayed bed days in the state", RestsOn("people")),
            Column(
                "within_standard_days",
                WHOLE,
                "days",
                "Of these, before the days allowed are used up",
                RestsOn("_within_people"),
            ),
            PEOPLE,
        ),
        "docs/methods/evidenced-attribution.md",
        resting=(inner("_within_people", "people", Count()),),
    ),
)
