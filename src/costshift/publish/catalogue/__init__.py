"""Every output table and column, defined once: for `describe`, the Parquet metadata and the dictionaries.

One module a topic; each table names its grain, its units and the document that defines it, each number how it is
controlled for disclosure.
"""

from __future__ import annotations

from costshift.publish.catalogue import (
    attribution,
    charts,
    costs,
    delays,
    dimensions,
    eligibility,
    flow,
    linkage,
    official,
    quality,
    restricted,
)
from costshift.publish.catalogue.columns import MONEY, Column, Table
from costshift.publish.catalogue.controls import (
    Against,
    Amount,
    Charted,
    Control,
    Count,
    Difference,
    EndOf,
    Free,
    Imbalance,
    Interval,
    Parted,
    Quotient,
    Rate,
    Ratio,
    ReasonOf,
    RestsOn,
    Scaled,
    Stepped,
    SuppressedWith,
)

__all__ = [
    "MONEY",
    "TABLES",
    "Against",
    "Amount",
    "Charted",
    "Column",
    "Control",
    "Count",
    "Difference",
    "EndOf",
    "Free",
    "Imbalance",
    "Interval",
    "Parted",
    "Quotient",
    "Rate",
    "Ratio",
    "ReasonOf",
    "RestsOn",
    "Scaled",
    "Stepped",
    "SuppressedWith",
    "Table",
]

#: By name, in the order in which a pack lists them.
TABLES: dict[str, Table] = {
    table.name: table
    for topic in (
        delays,
        attribution,
        official,
        costs,
        eligibility,
        flow,
        charts,
        linkage,
        quality,
        dimensions,
        restricted,
    )
    for table in topic.TABLES
}
