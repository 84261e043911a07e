"""What a proposal would do to each partner: the positions of a month under other rules, prices, shares or delays.

Definition: docs/what-if.md. Both sides are worked out from the same history by the monthly run itself, so that a
proposal that changes nothing changes no position.
"""

from __future__ import annotations

import datetime as dt
import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl

from costshift.errors import ProjectError
from costshift.ledger.ledger import pooled
from costshift.ledger.pools import KIND as POOLED
from costshift.linked_days import Say
from costshift.month import Month
from costshift.project import Project, project_of
from costshift.worked_out import work_out

#: Sections of the project file that a proposal may change; and the section of its own.
SECTIONS = ("delays", "rules", "costs", "pathways", "funding", "pools")
DAYS = "delayed_days"
CELL = ("nature", "basis", "partner")


@dataclass(frozen=True)
class Proposal:
    """``project``: the project as it would be. ``delayed_days``: partner to per cent more (or, below zero, fewer) "
    "days."""

    project: Project
    delayed_days: dict[str, float]


def read_proposal(path: Path, project: Project) -> Proposal:
    """A file with what is proposed: sections of the project file, and [delayed_days].

    A section in single brackets changes the keys that it names; one in double brackets replaces all of its kind.

    Raises:
        ProjectError: the file is missing, is not TOML, or says something that cannot be followed.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ProjectError(f"There is no file {path}. Write what is proposed into one: docs/what-if.md.") from None
    except UnicodeDecodeError:
        raise ProjectError(f"{path} is not UTF-8 text. Save it as UTF-8 and try again.") from None
    except ValueError as error:
        raise ProjectError(f"{path} is not valid TOML: {error}.") from None
    for name in content:
        if name not in (*SECTIONS, DAYS):
            near = difflib.get_close_matches(name, [*SECTIONS, DAYS], n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise ProjectError(
                f"{path}: [{name}] cannot be proposed.{hint} A proposal may have: {', '.join((*SECTIONS, DAYS))}."
            )
    days = content.pop(DAYS, {})
    merged: dict[str, Any] = project.model_dump(mode="json")
    for name, value in content.items():
        merged[name] = merged[name] | value if isinstance(value, dict) and isinstance(merged[name], dict) else value
    return Proposal(project_of(merged, str(path)), _changes(days, project, path))


def _changes(days: Any, project: Project, path: Path) -> dict[str, float]:
    known = [partner.id for partner in project.partners]
    if not isinstance(days, dict):
        raise ProjectError(f"{path}: [{DAYS}] holds one line a partner, such as northshire-council = -20.")
    for partner, value in days.items():
        if partner not in known:
            near = difflib.get_close_matches(partner, known, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise ProjectError(f"{path}, [{DAYS}]: {partner!r} is not a declared partner.{hint}")
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not -100 <= value < float("inf"):
            raise ProjectError(f"{path}, [{DAYS}] {partner}: {value!r} is not a per cent of -100 or more.")
    return dict(days)


def what_if(project: Project, proposal: Proposal, folder: Path, month: Month, say: Say) -> pl.DataFrame:
    """Net positions of a month now and as proposed.

    Grain: nature, basis, partner. ``now``, ``proposed``, ``difference`` in pence; each sums to zero over the partners
    of a nature and basis. Uncontrolled: for the partners' analysts.

    Args:
        project: the project as it is.
        proposal: what is proposed.
        folder: the project file's folder.
        month: the month.
        say: tells what is being done.
    """
    now = nets(_shifts(project, folder, month, {}, say), month.first)
    then = nets(_shifts(proposal.project, folder, month, proposal.delayed_days, say), month.first)
    return (
        now.rename({"net": "now"})
        .join(then.rename({"net": "proposed"}), on=list(CELL), how="full", coalesce=True)
        .with_columns(pl.col("now", "proposed").fill_null(0))
        .with_columns((pl.col("proposed") - pl.col("now")).alias("difference"))
        .sort(CELL)
    )


def nets(shifts: pl.DataFrame, month: dt.date) -> pl.DataFrame:
    """What each partner absorbed for others less what it passed on: nature, basis, partner, net (pence).

    Args:
        shifts: month, driver, payer, nature, basis, amount (pence).
        month: the month.
    """
    moved = shifts.filter((pl.col("month") == month) & (pl.col("driver") != pl.col("payer")))
    sides = [
        moved.select("nature", "basis", pl.col(side).alias("partner"), (sign * pl.col("amount")).alias("net"))
        for side, sign in (("payer", 1), ("driver", -1))
    ]
    return pl.concat(sides).group_by(CELL).agg(pl.col("net").sum()).sort(CELL)


def with_other_delays(shifts: pl.DataFrame, delayed_days: Mapping[str, float]) -> pl.DataFrame:
    """The shifts with more or fewer delayed days: those of the kind delay change by their driver's per cent.

    Args:
        shifts: driver, kind, amount (pence); before any pool, which acts on what then falls.
        delayed_days: driver to per cent more (or, below zero, fewer).
    """
    amounts = [
        _scaled(amount, delayed_days.get(driver, 0) if kind == "delay" else 0)
        for driver, kind, amount in shifts.select("driver", "kind", "amount").iter_rows()
    ]
    return shifts.with_columns(pl.Series("amount", amounts, dtype=pl.Int64))


def _scaled(pence: int, per_cent: float) -> int:
    """Pence changed by a per cent, halves upwards."""
    exact = pence * (100 + Fraction(str(per_cent))) / 100
    return int((2 * exact + 1) // 2)


def _shifts(project: Project, folder: Path, month: Month, delayed_days: Mapping[str, float], say: Say) -> pl.DataFrame:
    """The ledger's shifts under a project and other delays, with the pools after them."""
    worked = work_out(project, folder, month, say)
    before = with_other_delays(worked.ledger.shifts.filter(pl.col("kind") != POOLED), delayed_days)
    costs = worked.care.costs.with_months_not_held(worked.days.organisations)
    moved, _ = pooled(before, costs, project.pools)
    return pl.concat([before, moved])


def what_if_text(found: pl.DataFrame, project: Project, month: Month) -> str:
    """The positions, one line a partner."""
    names = {partner.id: partner.name for partner in project.partners}
    lines = [f"Net absorbed for others in {month.first:%Y-%m}, now and as proposed; uncontrolled."]
    for (nature, basis), own in found.group_by("nature", "basis", maintain_order=True):
        lines += ["", f"{nature}, {basis}", f"  {'':<44} {'now':>16} {'proposed':>16} {'difference':>16}"]
        lines += [
            f"  {names.get(partner, partner):<44} {_pounds(now):>16} {_pounds(then):>16} {_pounds(difference):>16}"
            for partner, now, then, difference in own.select("partner", "now", "proposed", "difference").iter_rows()
        ]
    if not found.height:
        lines.append("Nothing was shifted in this month.")
    lines += ["", "Above zero: the partner bears more for others than others bear for it. Each column sums to zero."]
    return "\n".join(lines)


def what_if_data(found: pl.DataFrame, month: Month) -> dict[str, Any]:
    """The same as data, in pounds."""
    pounds = [row | {name: row[name] / 100 for name in ("now", "proposed", "difference")} for row in found.to_dicts()]
    return {"month": f"{month.first:%Y-%m}", "positions": pounds}


def _pounds(pence: int) -> str:
    return f"{'-' if pence < 0 else ''}£{abs(pence) // 100:,}.{abs(pence) % 100:02d}"
