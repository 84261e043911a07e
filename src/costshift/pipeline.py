"""The monthly run, from top to bottom: the one place where the stages meet.

What only a report needs is imported where it begins, or, in a run, while the extracts are read.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from costshift.errors import ExtractError, HistoryError
from costshift.extracts.read_extract import ReadExtract
from costshift.extracts.reading import of_no_use, read_month
from costshift.locations import history_of, publications_of
from costshift.month import Month
from costshift.project import Project
from costshift.publish.quarantine import keep_quarantine

if TYPE_CHECKING:
    from costshift.analysed import Key
    from costshift.history.publications import Publications, Published
    from costshift.linked_days import Say
    from costshift.publish.comparison import Comparison
    from costshift.publish.pack import Pack


def run(
    project: Project, folder: Path, month: Month, key: Key, loaded_at: str, say: Say, *, beside: bool = False
) -> Pack:
    """The monthly job: load, analyse, publish.

    Args:
        beside: as for :func:`report`.
    """
    if project.linkage.probabilistic:
        from costshift.linked_people import refuse_what_is_missing

        refuse_what_is_missing(project)
    # Texts are read outside Python's lock: meanwhile what the analysis needs is imported.
    with ThreadPoolExecutor(max_workers=1) as importing:
        needed = importing.submit(import_module, "costshift.analysed")
        load(project, folder, month, None, loaded_at, say)
        needed.result()
    return report(project, folder, month, key, say, beside=beside)


def load(
    project: Project, folder: Path, month: Month, only: str | None, loaded_at: str, say: Say
) -> tuple[int, list[ReadExtract]]:
    """Read the month's extracts and keep the accepted rows as a load; the caller holds the history."""
    say("Reading the extracts")
    history = history_of(project, folder)
    with history.spool() as spool:
        reads = read_month(project, folder, f"{month.first:%Y-%m}", only, spool)
        _refuse_what_is_of_no_use(reads, month)
        say("Keeping the accepted rows")
        number = history.keep(month.first, reads, loaded_at)
    keep_quarantine(folder / project.output.restricted_folder, month.first, reads)
    return number, reads


def _refuse_what_is_of_no_use(reads: list[ReadExtract], month: Month) -> None:
    """Stop where every row of an extract that must be there was set aside: it is as good as missing.

    Raises:
        ExtractError: there is such an extract.
    """
    useless = of_no_use(reads, f"{month.first:%Y-%m}")
    if not useless:
        return
    lines = []
    for read in useless:
        why = read.findings.filter(pl.col("severity") == "error").sort(
            "rows", "rule", "column", descending=[True, False, False]
        )
        named = [
            f"{rule}: {column}" if column else rule for rule, column in why.select("rule", "column").head(3).rows()
        ]
        rows = sum(file.rows_read for file in read.inputs)
        lines.append(f"  {read.extract.label}: all {rows:,} rows set aside ({', '.join(named)})")
    raise ExtractError(
        f"Not one row can be used of extracts that {month.first:%Y-%m} must have:\n"
        + "\n".join(lines)
        + f"\nNothing was kept. See the reasons with `costshift check --month {month.first:%Y-%m}`; then correct the "
        "mapping in the project file, or ask the sender for the file again."
    )


def report(project: Project, folder: Path, month: Month, key: Key, say: Say, *, beside: bool = False) -> Pack:
    """Publish a month from the history, and keep what was said for later packs to be compared with.

    Args:
        beside: whether a second process may help, where there are many rows.
    """
    from costshift.publish.beside import Beside

    rows = history_of(project, folder).rows(month.known_at) if beside else 0
    with Beside(rows) as second, ThreadPoolExecutor(max_workers=1) as importing:
        from costshift.analysed import analyse

        # Figures are worked out outside Python's lock: meanwhile what writes them is imported.
        needed = importing.submit(import_module, "costshift.publish.pack")
        analysis = analyse(project, folder, month, key, say)
        needed.result()
        from costshift.publish.pack import publish

        say("Writing the pack")
        pack = publish(project, folder, month.first, month.as_at, analysis, second)
    publications_of(project, folder).append(analysis.state, pack.figures)
    return pack


def compare(project: Project, folder: Path, month: Month, other: Month) -> Comparison:
    """What changed between the packs of two months, from what was published of them.

    Raises:
        HistoryError: one of the months was never published, or not from loads up to the one asked for.
    """
    from costshift.indicators.revisions import loads_between
    from costshift.publish.comparison import compared

    publications = publications_of(project, folder)
    later, earlier = (_published(publications, own) for own in (month, other))
    between = loads_between(earlier.state, later.state, history_of(project, folder).actions())
    return compared(earlier, later, between)


def _published(publications: Publications, month: Month) -> Published:
    from costshift.publish.comparison import months_published

    found = publications.of_month(month.first, month.known_at)
    if found is None:
        months = ", ".join(f"{own:%Y-%m}" for own in months_published(publications.all())) or "none"
        upto = "" if month.known_at is None else f" from loads up to {month.known_at}"
        raise HistoryError(
            f"No pack of {month.first:%Y-%m}{upto} was published. Published months: {months}. Publish it first: "
            f"costshift report --month {month.first:%Y-%m}."
        )
    return found
