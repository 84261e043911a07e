"""The totals of discharges and of people waiting: what each is summed by, and every place in which one is shown.

Declared here; held against each other in :mod:`together`. A table or a chart that shows one more total is one more
row here. Definition: docs/methods/disclosure.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from costshift import standards
from costshift.delays.discharges import BANDS
from costshift.indicators.official_form import COUNCIL, PLACE, PROVIDER, PROVIDER_COUNCIL

DISCHARGES = (
    *("discharges", "discharged_on_ready_date", "delayed_discharges"),
    *BANDS,
    *("ready_date_missing", "ready_date_invalid"),
)
LOST = "bed_days_lost"
CENSUS = ("people_delayed", "people_delayed_7_plus", "people_delayed_14_plus", "people_delayed_21_plus")
#: The acute total of the census has no frame: the headlines ask for it by this name.
HEADLINES = "headlines"
#: Rows of scheme_months, once for each council or provider whose figures they sum.
SCHEMES = "scheme_months by member"
#: Where the measures of the official form are shown.
OFFICIAL = ("ready_date_publication", "published_comparison")
#: Months of the window of providers_by_councils, and the month with which the years end that are shown: totals of
#: twelve months that overlap, taken from each other, would tell single months.
_YEAR, YEAR_END = 12, 3
YEARS = "years"
ACUTE = pl.col("setting") == "acute"
GOOD = ACUTE & pl.col("acceptable")


@dataclass(frozen=True)
class Totals:
    """Totals of rows of a table: what they are summed by, of which rows, over how many months, and of which counts.

    ``quarterly``: over whole quarters, each named by its first month.
    """

    name: str
    by: tuple[str, ...]
    columns: tuple[str, ...]
    where: pl.Expr = field(default_factory=lambda: pl.lit(True))
    months: int = 1
    quarterly: bool = False


@dataclass(frozen=True)
class Shown:
    """Where totals are shown: in which rows of a frame, by which of its columns, and which counts hide them there."""

    totals: str
    frame: str
    keys: Mapping[str, str]
    counts: Mapping[str, tuple[str, ...]]
    where: pl.Expr


OF_DISCHARGES = (
    Totals("settings", ("month", "provider", "setting"), DISCHARGES),
    Totals("providers", ("month", "provider"), DISCHARGES[:3]),
    Totals("good_providers", ("month", "provider"), DISCHARGES, GOOD),
    Totals("place", ("month",), DISCHARGES, GOOD),
    Totals("councils", ("month", "council"), DISCHARGES, GOOD),
    Totals("all_of_councils", ("month", "council"), DISCHARGES[:1], ACUTE),
    Totals("providers_and_councils", ("month", "provider", "council"), DISCHARGES[:1], ACUTE),
    Totals(YEARS, ("month", "provider", "council"), DISCHARGES[:1], months=_YEAR),
    Totals("quarters_of_providers", ("month", "provider"), DISCHARGES[:3], quarterly=True),
    Totals("quarters_of_councils", ("month", "council"), DISCHARGES[:3], GOOD, quarterly=True),
)
OF_CENSUS = (
    Totals("waiting_by_provider", ("date", "provider", "setting"), CENSUS),
    Totals("waiting_by_pathway", ("date", "discharge_pathway"), CENSUS),
    Totals("waiting_by_acute_provider", ("date", "provider"), CENSUS, ACUTE),
    Totals("waiting", ("date",), CENSUS, ACUTE),
)

#: Totals of which others may be all the parts: whole, part, and the keys that they share.
TOTALS_OF_TOTALS = (
    ("place", "good_providers", ("month",)),
    ("place", "councils", ("month",)),
    ("providers", "settings", ("month", "provider")),
    ("providers", "good_providers", ("month", "provider")),
    ("providers", "providers_and_councils", ("month", "provider")),
    ("good_providers", "providers_and_councils", ("month", "provider")),
    ("councils", "providers_and_councils", ("month", "council")),
    ("all_of_councils", "councils", ("month", "council")),
    ("all_of_councils", "providers_and_councils", ("month", "council")),
    (YEARS, "providers_and_councils", ("month", "provider", "council")),
    ("quarters_of_providers", "providers", ("month", "provider")),
    ("quarters_of_councils", "councils", ("month", "council")),
    ("waiting", "waiting_by_acute_provider", ("date",)),
)


# --- where they are shown --------------------------------------------------------------------------------------


#: What the ratios of schemes rest on: what did not leave on the date was delayed.
_OF_SCHEMES: dict[str, dict[str, tuple[str, ...]]] = {
    "average_delay_days": {
        "discharges": ("_denominator_people",),
        "delayed_discharges": ("_numerator_people",),
        LOST: ("_numerator_people",),
    },
    "share_on_ready_date": {
        "discharges": ("_denominator_people",),
        "discharged_on_ready_date": ("_numerator_people",),
        "delayed_discharges": ("_numerator_people",),
    },
    "delayed_days_per_1000_discharges": {"discharges": ("_denominator_people",)},
}


def places_of_totals() -> list[Shown]:
    """Every place in which totals are shown."""
    same = {name: (name,) for name in (*DISCHARGES, LOST)}
    by_measure = _counts_of_measures()
    kind = pl.col("data_type")
    found = [
        Shown(
            "settings",
            "discharges_by_provider",
            {name: name for name in ("month", "provider", "setting")},
            same,
            pl.col("provider").is_not_null(),
        ),
        Shown(
            "good_providers",
            "discharges_by_provider",
            {"month": "month", "provider": "provider"},
            same,
            pl.col("provider").is_not_null() & GOOD,
        ),
        Shown("place", "discharges_by_provider", {"month": "month"}, same, pl.col("provider").is_null()),
        Shown(
            "councils",
            "bcf_discharge",
            {"month": "month", "council": "council"},
            {"discharges": ("_discharges",), "discharged_on_ready_date": ("_on_ready_date",)}
            | {"delayed_discharges": ("_delayed",), LOST: ("_bed_days",)},
            pl.lit(True),
        ),
        Shown(
            "councils",
            "flow_indicators",
            {"month": "month", "council": "council"},
            {"discharges": ("_denominator_people",)},
            pl.col("indicator") == "delayed_days_per_1000_discharges",
        ),
        Shown(
            YEARS,
            "providers_by_councils",
            {"provider": "provider", "council": "council"},
            {"discharges": ("discharges",)},
            pl.lit(True),
        ),
    ]
    found += [
        Shown(
            family,
            summary,
            {name: name for name in by},
            {name: (name,) for name in CENSUS},
            pl.lit(True),
        )
        for family, summary, by in (
            ("waiting_by_provider", "census_by_provider", ("date", "provider", "setting")),
            ("waiting_by_pathway", "census_by_pathway", ("date", "discharge_pathway")),
            ("waiting_by_acute_provider", "census_by_provider", ("date", "provider")),
            ("waiting", HEADLINES, ("date",)),
        )
    ]
    # What did not leave on the date was delayed: the share goes with either count.
    charted: dict[str, dict[str, tuple[str, ...]]] = {
        "average_delay_days": {
            "discharges": ("_behind_whole",),
            "delayed_discharges": ("_behind",),
            LOST: ("_behind",),
        },
        "share_on_ready_date": {
            "discharges": ("_behind",),
            "discharged_on_ready_date": ("_behind_whole",),
            "delayed_discharges": ("_behind",),
        },
    }
    for family, key, period in (
        ("providers", "provider", "month"),
        ("councils", "council", "month"),
        ("quarters_of_providers", "provider", "quarter"),
        ("quarters_of_councils", "council", "quarter"),
    ):
        for measure, counts in charted.items():
            where = (pl.col("measure") == measure) & (pl.col("period") == period)
            found.append(Shown(family, "spc", {"month": "month", key: "partner"}, counts, where))
    for family, key in (("providers", "provider"), ("councils", "council")):
        for measure, own in _OF_SCHEMES.items():
            where = pl.col("measure") == measure
            found.append(Shown(family, SCHEMES, {"month": "month", key: "_member"}, own, where))
    for count, measures in (
        ("discharges", ("discharges",)),
        ("delayed_discharges", ("delayed_discharges", LOST)),
        (LOST, (LOST,)),
    ):
        where = (pl.col("table") == "discharge_delays") & pl.col("_measure").is_in(measures)
        counts = {count: ("_now_plus_people", "_before_plus_people")}
        found.append(Shown("providers", "revisions", {"month": "month", "provider": "_partner"}, counts, where))
    for family, key in (("settings", "provider"), ("good_providers", "provider"), ("councils", "council")):
        whose = {"month": "month", key: "organisation"}
        found.append(Shown(family, "published_comparison", whose, {"discharges": ("_total",)}, pl.lit(True)))
    level = {
        "settings": (PROVIDER, {"month": "month", "provider": "provider"}),
        "good_providers": (PROVIDER, {"month": "month", "provider": "provider"}),
        "place": (PLACE, {"month": "month"}),
        "councils": (COUNCIL, {"month": "month", "council": "council"}),
        "all_of_councils": (COUNCIL, {"month": "month", "council": "council"}),
        "providers_and_councils": (
            PROVIDER_COUNCIL,
            {"month": "month", "provider": "provider", "council": "council"},
        ),
    }
    for family, (data_type, keys) in level.items():
        for measure, counts in by_measure[family].items():
            named = pl.col("measure") == measure
            found.append(Shown(family, "ready_date_publication", keys, counts, (kind == data_type) & named))
            if family in ("settings", "good_providers", "councils", "all_of_councils"):
                ours = {own: "organisation" if own != "month" else own for own in keys}
                found.append(Shown(family, "published_comparison", ours, counts, named))
    return found


def totals_of_schemes(
    frames: Mapping[str, pl.DataFrame], members: Mapping[tuple[str, str], Sequence[str]]
) -> list[tuple[Totals, list[Shown]]]:
    """The totals over several members of a scheme, or over several without it, and where they are shown.

    Args:
        frames: tables, with scheme_months.
        members: scheme and group to councils or providers.
    """
    months = frames.get("scheme_months")
    found: list[tuple[Totals, list[Shown]]] = []
    if months is None:
        return found
    for (scheme, group), own in members.items():
        rows = (pl.col("scheme") == scheme) & (pl.col("group") == group)
        of_ratios = months.filter(rows & pl.col("measure").is_in(list(_OF_SCHEMES)))
        if len(own) > 1 and of_ratios.height:
            theirs = pl.col("provider").is_in(list(own)) | (GOOD & pl.col("council").is_in(list(own)))
            there = pl.col("month").is_in(of_ratios["month"].unique().to_list())
            name = f"{scheme}: {group}"
            places = [
                Shown(name, "scheme_months", {"month": "month"}, counts, rows & (pl.col("measure") == measure))
                for measure, counts in _OF_SCHEMES.items()
            ]
            found.append((Totals(name, ("month",), DISCHARGES[:3], theirs & there), places))
    return found


def days_of_bands() -> list[str]:
    """The measures of the official form that are days of those in one band."""
    tops = [name.replace("delay_", "bed_days_") for name in BANDS]
    return [row["measure"] for row in standards.ready_date_measures().to_dicts() if row["top"] in tops]


def _counts_of_measures() -> dict[str, dict[str, dict[str, tuple[str, ...]]]]:
    """Family to measure as published to count to the inner columns that hide it there."""
    named = {
        "all_of_councils": {"all_discharges": "discharges"},
        "providers_and_councils": {"discharges_of_utla": "discharges"},
    }
    usual = {name: name for name in DISCHARGES} | {"acceptable_discharges": "discharges"}
    usual |= {name.replace("delay_", "bed_days_"): name for name in BANDS} | {"bed_days_lost": "delayed_discharges"}
    found: dict[str, dict[str, dict[str, tuple[str, ...]]]] = {}
    for family in ("settings", "good_providers", "place", "councils", "all_of_councils", "providers_and_councils"):
        counts = named.get(family, usual)
        measures = found.setdefault(family, {})
        for row in standards.ready_date_measures().to_dicts():
            hides: dict[str, tuple[str, ...]] = {}
            for part, inner in ((row["top"], "_people"), (row["bottom"], "_bottom")):
                if part in counts:
                    hides[counts[part]] = (*hides.get(counts[part], ()), inner)
                if part == LOST:
                    hides[LOST] = (*hides.get(LOST, ()), inner)
            if hides:
                measures[row["measure"]] = hides
    return found
