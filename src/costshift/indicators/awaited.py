"""What is awaited: extracts that may come late and have no submission for the month, and what waits for them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from costshift.extracts.finding import is_due
from costshift.history.store import Submission
from costshift.project import Extract, Project

#: What each kind feeds in this version: the figures that wait for a late one.
FIGURES = {
    "spells": "all figures of this sender's spells: discharges, delayed bed days, census, costs and positions",
    "delay_reasons": "the recorded attribution of delayed bed days, cost shifts and positions",
    "care_events": "linkage between hospital and social care",
}
#: All other kinds: they name people, and nothing else of them is used.
LINKAGE = "linkage of people; no other figure of this version"


@dataclass(frozen=True)
class Awaited:
    """An extract without a submission for the month.

    ``last``: the month of its last submission, which is used, and ``covers_to`` the last day that it covers; both null
    where nothing was ever sent. ``late``: whether the month should have had it.
    """

    kind: str
    submitter: str
    cadence: str
    last: dt.date | None
    covers_to: dt.date | None
    figures: str
    late: bool


def what_is_awaited(project: Project, submissions: Sequence[Submission], month: dt.date) -> tuple[Awaited, ...]:
    """The optional and quarterly extracts that have no submission for a month, by kind and sender.

    Args:
        project: the project.
        submissions: those that count.
        month: the report's month.
    """
    found = []
    for extract in project.extracts:
        if extract.required and extract.cadence == "monthly":
            continue
        own = [item for item in submissions if (item.kind, item.submitter) == (extract.kind, extract.submitter)]
        if any(item.month == month for item in own):
            continue
        earlier = [item for item in own if item.month < month]
        last = max(earlier, key=lambda item: (item.month, item.load_id), default=None)
        covered = [item.covers_to for item in earlier if item.covers_to is not None]
        found.append(
            Awaited(
                extract.kind,
                extract.submitter,
                extract.cadence,
                None if last is None else last.month,
                max(covered, default=None),
                FIGURES.get(extract.kind, LINKAGE),
                _is_late(extract, month),
            )
        )
    return tuple(sorted(found, key=lambda item: (item.kind, item.submitter)))


def _is_late(extract: Extract, month: dt.date) -> bool:
    return is_due(extract.model_copy(update={"required": True}), f"{month:%Y-%m}")
