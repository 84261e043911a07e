"""The pack's content with what every section asks of it."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from costshift.publish import words
from costshift.publish.catalogue import TABLES, Table
from costshift.publish.content import PackContent
from costshift.publish.page.blocks import MOST_ROWS, Block, Figure, Words
from costshift.publish.standing_out import chosen, order_of, where
from costshift.publish.summaries import SUMMARIES

#: Rows, one a partner, of a table whose figures stand in no other file at this grain: on the page.
_ROWS_OF_PAGE = 200


class View:
    """The content of one audience's pack, as the sections read it; ``paper``: for the Word paper, not the page."""

    def __init__(self, content: PackContent, *, paper: bool = False) -> None:
        self.content = content
        self.names = words.partner_names(content)
        self.public = content.audience == "public"
        self.controlled = words.is_controlled(content)
        self.month_name = words.month_name(content.month)
        self.order = order_of(content, self.names)
        self.paper = paper
        #: Most rows of a table that has one a partner: the page may hold more than the paper.
        self.rows = MOST_ROWS if paper else _ROWS_OF_PAGE

    def table(self, name: str) -> pl.DataFrame:
        """A published table whole; without rows where this pack has none."""
        return self.content.tables.get(name, _without_rows(TABLES[name]))

    def of_month(self, name: str) -> pl.DataFrame:
        """The rows of a published table of the report's month."""
        return self.table(name).filter(pl.col("month") == self.content.month)

    def summary(self, name: str) -> pl.DataFrame:
        """A summary; without rows where this pack has none."""
        return self.content.summaries.get(name, _without_rows(SUMMARIES[name]))

    def chart(self, key: str) -> list[Block]:
        """A chart, where this pack has it; where it would be empty, why it is left out."""
        picture, why = self.content.pictures.get(key), self.content.pictures_left_out.get(key)
        if picture is not None:
            return [Figure(picture)]
        return [] if why is None else [Words(why)]

    def name(self, partner: str) -> str:
        """A partner's name."""
        return self.names.get(partner, words.label(partner))

    def chosen(self, shown: int, every: int, whom: str, table: str) -> list[str]:
        """The words beneath a table of one row a partner that leaves some out: the page holds more than the paper.

        ``table``: the published table that holds the figures, at its finer grain.
        """
        with_page = self.paper and every <= _ROWS_OF_PAGE and "html" in self.content.project.output.formats
        return chosen(
            shown, every, whom, "on the page, board-pack.html" if with_page else f"at finer grain {where(table)}"
        )

    def council_order(self, councils: Iterable[str]) -> list[str]:
        """Declared councils first, then the others, by name."""
        declared = {partner.id for partner in self.content.project.partners}
        return sorted(councils, key=lambda council: (council not in declared, self.name(council), council))


def _without_rows(table: Table) -> pl.DataFrame:
    return pl.DataFrame(schema={column.name: column.dtype for column in table.columns})
