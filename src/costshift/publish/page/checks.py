"""The checks of the run, gravest first."""

from __future__ import annotations

from costshift.publish import words
from costshift.publish.page.blocks import Cell, Grid, Row, Section, Words, heads, names_row, text
from costshift.publish.page.view import View

_TITLES = {"fail": "Needs a person", "warn": "Warning", "pass": "Pass"}


def checks(view: View) -> Section:
    """Every check with its result and its detail."""
    every = sorted(view.content.checks, key=lambda check: list(_TITLES).index(check.status))
    count = {status: sum(check.status == status for check in every) for status in _TITLES}
    return Section(
        "checks",
        "Checks",
        [
            Words(
                f"{words.counted(count['pass'], 'check passed', 'checks passed')}, "
                f"{words.counted(count['warn'], 'warning stands', 'warnings stand')} beside the figures, "
                f"{words.counted(count['fail'], 'needs', 'need') if count['fail'] else 'none needs'} a person."
            ),
            Grid(
                "Checks of this run, gravest first",
                heads("Check", "Result", "Detail"),
                [
                    Row(
                        [
                            names_row(words.check_name(check)),
                            Cell(_TITLES[check.status], tone=check.status),
                            text(words.detail(check) or "No more to say."),
                        ]
                    )
                    for check in every
                ],
                "No checks were made.",
            ),
        ],
    )
