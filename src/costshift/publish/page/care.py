"""What care costs each payer, and what people pay themselves."""

from __future__ import annotations

from decimal import Decimal

from costshift.publish import words
from costshift.publish.page.blocks import (
    MOST_ROWS,
    Cell,
    Grid,
    Section,
    Values,
    Words,
    figure,
    grouped,
    heads,
    left_out,
    names_row,
    none_told,
    only_hidden,
    tells,
)
from costshift.publish.page.view import View
from costshift.publish.standing_out import chosen, where

#: Listed beside the payers, however many there are.
_PERSON = {"person"}
_MEASURES = ("gross", "contribution", "net", "people")


def _pounds(value: Decimal) -> str:
    return words.pounds(value, pence=False)


def care(view: View) -> Section:
    """Service costs of the month, by payer and care setting."""
    every = view.of_month("service_costs").to_dicts()
    rows = sorted(every, key=lambda row: (row["payer"] == "person", view.name(row["payer"]), row["care_setting"]))
    told = [row for row in rows if tells(row, _MEASURES)]
    payers = {row["payer"] for row in told}
    few = view.order.few(payers - _PERSON) | (payers & _PERSON)
    telling = [row for row in told if row["payer"] in few]

    def cells(row: Values) -> list[Cell]:
        return [
            names_row(words.label(row["care_setting"])),
            figure(row, "people"),
            *(figure(row, name, _pounds) for name in ("gross", "contribution", "net")),
        ]

    return Section(
        "care",
        "What care costs, and who pays",
        [
            Words(
                "Planned cost of the month by each council’s own records, in the arithmetic of the Department of "
                "Health and Social Care; continuing healthcare by its cases; funded nursing care at the weekly rate "
                "of the year."
            ),
            Grid(
                f"Cost of care by payer and setting, {view.month_name}",
                heads("Care setting", "People", "Gross", "Paid by people", "Net", numbers=4),
                grouped(telling[:MOST_ROWS], lambda row: view.name(row["payer"]), cells),
                none_told(every, f"No cost of care is known for {view.month_name}."),
                [
                    "Gross less what people pay is net: what the payer bears. Add up nets, never gross: what people "
                    "pay stands in the gross of councils and again under the person.",
                    "[x] under paid by people and net: no charges of that council are known. The gross is then no "
                    "measure of what the council bears.",
                    "In whole pounds; the workbook has the pence.",
                    "Costs are planned, not spent: the latest cost of each service stands for all its months.",
                    *left_out(len(telling) - MOST_ROWS),
                    *chosen(len(few - _PERSON), len(payers - _PERSON), "payers", where("service_costs")),
                    *only_hidden(len(every) - len(told)),
                ],
            ),
        ],
    )
