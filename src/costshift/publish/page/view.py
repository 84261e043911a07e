"""The pack's content with what every section asks of it."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from costshift.publish import words
from costshift.publish.catalogue import TABLES, Table
from costshift.publish.content import PackContent
from costshift.publish.page.blocks import Block, Figure, Words
from costshift.publish.summaries import SUMMARIES


class View:
    """The content of one audience's pack, as the sections read it."""

    def __init__(self, content: PackContent) -> None:
        self.content = content
        self.names = words.partner_names(content)
        self.public = content.audience == "public"
        self.controlled = words.is_controlled(content)
        self.month_name = words.month_name(content.month)

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

    def council_order(self, councils: Iterable[str]) -> list[str]:
        """Declared councils first, then the others, by name."""
        declared = {partner.id for partner in self.content.project.partners}
        return sorted(councils, key=lambda council: (council not in declared, self.name(council), council))


def _without_rows(table: Table) -> pl.DataFrame:
    return pl.DataFrame(schema={column.name: column.dtype for column in table.columns})
