"""What commands say of what was read and what was published, as text and as data."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

    from costshift.extracts.read_extract import ReadExtract
    from costshift.month import Month
    from costshift.project import Project
    from costshift.publish.content import Headline
    from costshift.publish.pack import Pack


def findings_text(reads: Sequence[ReadExtract]) -> str:
    """Each extract: its rows, and each rule broken in the sender's own words."""
    from costshift.extracts.rules import RULES

    lines: list[str] = []
    for read in reads:
        total = sum(file.rows_read for file in read.inputs)
        kept = sum(file.rows_accepted for file in read.inputs)
        lines.append(f"{read.extract.label}: {total:,} rows read = {kept:,} accepted + {total - kept:,} quarantined")
        lines += [f"    {file.file}" for file in read.inputs]
        for row in read.findings.iter_rows(named=True):
            words = RULES[row["rule"]].sentence
            for name, value in (
                ("{column}", row["column"]),
                ("{key}", " and ".join(read.kind.key) or "key"),
                ("{found}", "more or fewer"),
                ("{expected}", "others"),
            ):
                words = words.replace(name, value)
            lines.append(f"  {row['severity']:<11} {row['rows']:>8,}  {row['rule']}: {words}")
    return "\n".join(lines)


def findings_data(reads: Sequence[ReadExtract]) -> list[dict[str, Any]]:
    """The same as data."""
    return [
        {
            "extract": read.kind.name,
            "submitter": read.extract.submitter,
            "files": [asdict(file) for file in read.inputs],
            "findings": read.findings.to_dicts(),
        }
        for read in reads
    ]


def loads_text(actions: pl.DataFrame, counting: set[int]) -> str:
    """One line an extract of a load, and one an action."""
    if not actions.height:
        return "The history is empty."
    lines = []
    for row in actions.iter_rows(named=True):
        at = row["loaded_at"]
        if row["action"] == "load":
            mark = "" if row["load_id"] in counting else "  (does not count)"
            files = json.loads(row["inputs"])
            rows = sum(file["rows_accepted"] for file in files)
            what = f"{row['month']:%Y-%m}  {row['kind']}/{row['submitter']}  {row['scope']}  {rows:,} rows{mark}"
        else:
            what = f"{'took back' if row['action'] == 'undo' else 'pruned'} load {row['concerns']}"
        lines.append(f"{row['load_id']:>4}  {at}  {what}")
    return "\n".join(lines)


def loads_data(actions: pl.DataFrame, counting: set[int]) -> list[dict[str, Any]]:
    """The same as data."""
    names = ("load_id", "action", "month", "kind", "submitter", "scope", "concerns", "loaded_at")
    return [
        {name: row[name] for name in names} | {"counts": row["load_id"] in counting}
        for row in actions.iter_rows(named=True)
    ]


def pack_text(project: Project, month: Month, pack: Pack) -> str:
    """The headline figures, the doubts, and where the pack is: to be read aloud."""
    from costshift.publish.words import detail

    as_at = f"{month.as_at.day} {month.as_at:%B %Y}"
    lines = [f"{project.place.name}, {month.first:%B %Y} (as at {as_at}, load {pack.known_at})", ""]
    told, left_out = _read_aloud(pack.headlines)
    width = max((len(headline.label) for headline in told), default=0) + 3
    doubts: list[str] = []
    for headline in told:
        mark = ""
        if headline.doubt:
            if headline.doubt not in doubts:
                doubts.append(headline.doubt)
            mark = f"  [{doubts.index(headline.doubt) + 1}]"
        lines.append(f"  {headline.label + ' ':.<{width}} {headline.shown}{mark}")
    lines += [f"  {own}" for own in left_out]
    lines += [""] + [f"  [{number}] {doubt}" for number, doubt in enumerate(doubts, 1)]
    counts = {status: sum(check.status == status for check in pack.checks) for status in ("pass", "warn", "fail")}
    lines += [
        "",
        f"Checks: {counts['pass']} passed, {counts['warn']} with a warning, {counts['fail']} need a person.",
    ]
    lines += [f"  {check.status}: {check.name}: {detail(check)}" for check in pack.checks if check.status != "pass"]
    lines += [
        "",
        f"Pack:       {pack.folder / 'public'} (small numbers suppressed)",
        f"            {pack.folder / 'internal'} (uncontrolled: for the partners' analysts)",
        f"Restricted: {pack.restricted} (personal data)",
    ]
    return "\n".join(lines)


def _read_aloud(every: Sequence[Headline]) -> tuple[list[Headline], list[str]]:
    """The headline figures; of more than 12 partners' nets the largest, either way, and how many others there are."""
    from costshift.publish.standing_out import FEW, MOST_NAMED

    left_out: set[str] = set()
    lines = []
    for cash in (False, True):
        own = [
            headline
            for headline in every
            if headline.key.startswith("net_absorbed_") and headline.key.startswith("net_absorbed_cash_") is cash
        ]
        if len(own) <= MOST_NAMED:
            continue
        order = sorted(own, key=lambda headline: (headline.value is None, -abs(headline.value or 0), headline.label))
        left_out |= {headline.key for headline in order[FEW:]}
        kind = " in cash" if cash else ""
        lines.append(
            f"Net absorbed for others{kind}: the {FEW} largest, either way, of {len(own):,}. All: partner_positions."
        )
    return [headline for headline in every if headline.key not in left_out], lines


def pack_data(project: Project, month: Month, pack: Pack, exit_code: int) -> dict[str, Any]:
    """The same as data."""
    return {
        "place": project.place.name,
        "month": f"{month.first:%Y-%m}",
        "as_at": month.as_at.isoformat(),
        "known_at": pack.known_at,
        "headlines": [asdict(headline) for headline in pack.headlines],
        "checks": [asdict(check) for check in pack.checks],
        "pack": str(pack.folder),
        "restricted": str(pack.restricted),
        "exit_code": exit_code,
    }
