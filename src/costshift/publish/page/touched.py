"""Who is touched by delays, refusals and losses, group by group; and who shares whom."""

from __future__ import annotations

import polars as pl

from costshift.publish import words
from costshift.publish.page.blocks import (
    MOST_ROWS,
    Cell,
    Grid,
    Row,
    Section,
    Values,
    Words,
    figure,
    grouped,
    heads,
    left_out,
    mark,
    names_row,
    none_told,
    only_hidden,
    tells,
)
from costshift.publish.page.view import View
from costshift.publish.standing_out import chosen, where
from costshift.publish.totals_shown import YEAR_END

#: Measure: its title, who could be touched, and who was.
_MEASURES = {
    "delayed_discharge": ("People delayed by a day or more", "People discharged", "Delayed"),
    "delayed_7_days_or_more": ("People delayed by 7 days or more", "People discharged", "Delayed"),
    "refused": ("People refused council support", "People with a first decision", "Refused"),
    "lost": ("People who lost council support", "People whose support was reviewed", "Lost"),
    "chc_refused": ("People refused continuing healthcare", "People with a first decision", "Refused"),
    "chc_lost": ("People who lost continuing healthcare", "People whose package was reviewed", "Lost"),
}
_DELAYS = ("delayed_discharge", "delayed_7_days_or_more")
_KINDS = {
    "all": "All",
    "age_band": "Age",
    "sex": "Sex",
    "ethnic_group": "Ethnic group",
    "deprivation_decile": "Deprivation, 01 the most deprived tenth",
}

#: Discharges of the year by provider and council stand here alone; month by month they are published.
_FINER = f"at finer grain, month by month, {where('discharge_delays')}"


def touched(view: View) -> Section:
    """Rates by group, and the matrix of providers by councils."""
    return Section(
        "touched",
        "Who is touched",
        [
            Words(
                "Of the people discharged from acute beds in the 12 months to the as-at date, those who were delayed "
                "at least once; and of those on whose support a council or the ICB decided in these months, those "
                "refused or who lost it. A group whose interval lies apart from that of all people differs by more "
                "than chance would explain."
            ),
            *(_rates(view, measure) for measure in _measures(view)),
            _matrix(view),
        ],
    )


def _measures(view: View) -> list[str]:
    """The measures that there are; those of delays stand there with or without people."""
    there = set(view.table("inequalities")["measure"])
    return [name for name in _MEASURES if name in there or name in _DELAYS]


def _rates(view: View, measure: str) -> Grid:
    title, could_be, was = _MEASURES[measure]
    every = view.table("inequalities").filter(pl.col("measure") == measure).to_dicts()
    order = list(_KINDS)
    rows = sorted(
        every, key=lambda row: (order.index(row["characteristic"]), row["group"] == "not known", row["group"])
    )
    telling = [row for row in rows if tells(row, ("numerator", "denominator"))]

    def cells(row: Values) -> list[Cell]:
        return [
            names_row(
                "All people"
                if row["group"] == "all"
                else row["group"].capitalize()
                if row["group"].islower()
                else row["group"]
            ),
            figure(row, "denominator"),
            figure(row, "numerator"),
            figure(row, "rate", words.percent),
            figure(row, "rate_low", words.percent),
            figure(row, "rate_high", words.percent),
        ]

    return Grid(
        f"{title}, 12 months to {words.day_name(view.content.as_at)}",
        heads("Group", could_be, was, "Share", "From", "To", numbers=5),
        grouped(telling[:MOST_ROWS], lambda row: _KINDS[row["characteristic"]], cells),
        none_told(every, "Nobody was discharged in these months."),
        [
            "From and to: Wilson’s 95% interval, as if people were independent of each other.",
            "Crude: groups differ in age, illness and pathway, and nothing is adjusted for.",
            *(
                []
                if any(row["characteristic"] == "deprivation_decile" for row in every)
                else ["No deprivation lookup is given."]
            ),
            *left_out(len(telling) - MOST_ROWS),
            *only_hidden(len(every) - len(telling)),
        ],
    )


def _matrix(view: View) -> Grid:
    frame = view.summary("providers_by_councils")
    found = {(row["provider"], row["council"]): row for row in frame.to_dicts()}
    partners = {partner.id for partner in view.content.project.partners}
    declared = [own for own in view.council_order(frame["council"].unique().to_list()) if own in partners]
    few = view.order.few(declared)
    councils = [own for own in declared if own in few]
    others = frame.filter(~pl.col("council").is_in(declared))["council"].n_unique()
    providers = sorted(frame["provider"].unique().to_list(), key=lambda own: (own not in partners, view.name(own)))

    shown = view.order.most(providers, MOST_ROWS)

    def cell(provider: str, council: str) -> Cell:
        row = found.get((provider, council))
        return mark("None") if row is None else figure(row, "discharges")

    return Grid(
        f"Who shares whom: discharges of the 12 months to {words.day_name(view.content.as_at)}, providers by councils",
        heads("Provider", *(view.name(council) for council in councils), numbers=len(councils)),
        [
            Row([names_row(view.name(provider)), *(cell(provider, council) for council in councils)])
            for provider in providers
            if provider in shown
        ],
        "There are no discharges in these months.",
        [
            "All settings. Partner councils only"
            + (
                f"; residents of {words.counted(others, 'other council', 'other councils')} are left out."
                if others
                else "."
            ),
            *(
                ["Shown in packs of March only: years that overlap, taken from each other, would tell single months."]
                if view.controlled and view.content.month.month != YEAR_END
                else []
            ),
            *chosen(len(councils), len(declared), "partner councils", _FINER),
            *chosen(len(shown), len(providers), "providers", _FINER),
        ],
    )
