"""What ``costshift explain`` asks of the stages: the same figures as a report's, one at a time."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from costshift.delays.evidence import rules_of
from costshift.delays.spell_story import SpellStory, spell_story
from costshift.errors import ProjectError
from costshift.ledger.shift_story import ShiftStory, row_named, shift_story
from costshift.linked_days import Say, linked_days
from costshift.month import Month
from costshift.prices.funding import FundingRules
from costshift.project import Project
from costshift.worked_out import Worked, work_out


def spell(project: Project, folder: Path, month: Month, named: str, say: Say) -> tuple[SpellStory, dict[str, str]]:
    """The story of a spell as a report of the month counts it, and the partners' names.

    Args:
        project: the project.
        folder: where its paths start.
        month: the report.
        named: PROVIDER/SPELL.
        say: told what is being done.

    Raises:
        ProjectError: it is not written so, or there is no such spell. The message does not repeat the spell's id.
    """
    provider, slash, spell_id = named.partition("/")
    if not slash or not provider.strip() or not spell_id.strip():
        raise ProjectError("--spell is written PROVIDER/SPELL: the provider code, a slash, and the spell id.")
    days = linked_days(project, folder, month, say)
    story = spell_story(
        provider.strip(),
        spell_id.strip(),
        days.dated,
        days.both,
        days.evidence,
        rules_of(project),
        days.linked,
        days.notes.notes,
    )
    if story is None:
        raise ProjectError(
            f"there is no such spell of this provider in the history as of {month.as_at:%d/%m/%Y}. Write provider code "
            "and spell id as the extract has them; the restricted table delayed_spells lists the delayed ones."
        )
    return story, dict(days.organisations.names)


def shift(project: Project, folder: Path, month: Month, named: str, say: Say) -> tuple[ShiftStory, dict[str, str]]:
    """A row of cost_shifts down to the rows that it rests on, and the partners' names.

    Args:
        project: the project.
        folder: where its paths start.
        month: the report.
        named: MONTH/DRIVER/PAYER/KIND, with /NATURE/BASIS where several have these.
        say: told what is being done.

    Raises:
        ProjectError: it is not written so, or there is no such row, or several.
    """
    worked = work_out(project, folder, month, say)
    row = row_named(named, worked.ledger.shifts)
    return story_of(row, worked, project, month), dict(worked.days.organisations.names)


def story_of(row: Mapping[str, Any], worked: Worked, project: Project, month: Month) -> ShiftStory:
    """A row of cost_shifts of a month that is worked out, down to the rows that it rests on."""
    days = worked.days
    councils = [name for name, kind in days.organisations.types.items() if kind == "council"]
    return shift_story(
        row,
        worked.ledger,
        days.both,
        project.delays.attribution_basis,
        days.dated.spells,
        days.dated.months,
        worked.bed_days,
        days.linked.get("chc"),
        worked.care.costs,
        FundingRules.of(project.funding, councils),
        worked.eligibility.decisions.collect(),
        project.pools,
        days.organisations,
        month.as_at,
    )
