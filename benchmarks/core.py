"""The core through costshift's own functions, as one process: link, delays, attribution, agreement.

Reads the accepted rows that ``big_places.py --core`` wrote, takes the stages of ``costshift.linked_days`` in their
order, and writes the table attribution_agreement as the ledger prices it (pence).
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import time
from pathlib import Path

from costshift import own_process

own_process.set_up()

import polars as pl  # noqa: E402

from costshift.delays.agreement import attribution_agreement  # noqa: E402
from costshift.delays.both_sides import BothSides, both_sides  # noqa: E402
from costshift.delays.evidence import evidence_of, linked_records, rules_of  # noqa: E402
from costshift.delays.measures import date_spells  # noqa: E402
from costshift.extracts.kinds import KINDS  # noqa: E402
from costshift.history.workspace import Workspace  # noqa: E402
from costshift.organisations import Organisations  # noqa: E402
from costshift.people.identified import identify  # noqa: E402
from costshift.project import Project  # noqa: E402

#: 562 pounds: what docs/methods/prices.md gives for a delayed acute bed day.
PRICE = 56_200
AS_AT = dt.date(2025, 3, 31)


def views_of(folder: Path) -> dict[str, pl.LazyFrame]:
    """The current rows of each kind; canonical columns that the place does not send are null."""
    views = {}
    for name in ("spells", "care_events"):
        rows = pl.scan_parquet(folder / name / "*.parquet")
        there = rows.collect_schema().names()
        absent = {column: own.dtype for column, own in KINDS[name].schema.columns().items() if column not in there}
        views[name] = rows.with_columns(pl.lit(None, dtype=dtype).alias(column) for column, dtype in absent.items())
    views["spells"] = views["spells"].with_columns(pl.lit(None, dtype=pl.Date).alias("last_seen"))
    return views


def priced(months: pl.LazyFrame) -> pl.LazyFrame:
    """The price of a delayed bed day in an acute bed, in every month; other settings have none."""
    return months.select("month").unique().with_columns(pl.lit("acute").alias("setting"), price_pence=pl.lit(PRICE))


def agreement_of(folder: Path, said: dict[str, float]) -> pl.DataFrame:
    """The table attribution_agreement of what the folder holds; ``said`` gets the seconds of each stage."""
    started = time.perf_counter()

    def say(stage: str) -> None:
        nonlocal started
        said[stage] = time.perf_counter() - started
        started = time.perf_counter()

    project = Project.model_validate(_settings(folder))
    organisations = Organisations.of(project)
    views = views_of(folder)
    people = identify(views)
    say("identify")
    linked = {name: people.linked(name) for name in views}
    say("attach")
    rows = sum(view.select(pl.len()).collect().item() for view in views.values())
    keep = Workspace(folder, rows).kept
    dated = date_spells(linked["spells"], None, organisations, project.delays, AS_AT, keep)
    say("date")
    records = linked_records(linked, organisations, project, [], AS_AT)
    evidence = evidence_of(dated.spells, records, rules_of(project))
    say("evidence")
    both = both_sides(dated.days, evidence.periods.lazy())
    both = BothSides(*(frame.collect().lazy() for frame in (both.parts, both.people, both.periods)))
    say("both sides")
    months = pl.concat([dated.months.select("month"), both.parts.select("month")])
    table = attribution_agreement(both, dated.months, priced(months)).collect()
    say("agreement")
    return table


def _settings(folder: Path) -> dict[str, object]:
    import tomllib

    return tomllib.loads((folder / "costshift.toml").read_text(encoding="utf-8"))


def main() -> None:
    """Write the table; print the seconds of each stage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path, help="the table, as Parquet")
    options = parser.parse_args()
    said: dict[str, float] = {}
    agreement_of(options.folder, said).write_parquet(options.out)
    print(json.dumps({stage: round(seconds, 3) for stage, seconds in said.items()}))
    own_process.leave()


if __name__ == "__main__":
    main()
