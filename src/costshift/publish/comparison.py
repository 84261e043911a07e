"""What changed between the packs of two months, and why: from what each was published with, not from its files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from costshift.history.publications import Published
from costshift.indicators.revisions import LoadInBetween, revisions
from costshift.publish import words
from costshift.publish.headlines import NOT_COMPUTABLE, shown


@dataclass(frozen=True)
class HeadlineChange:
    """A headline figure of both packs, each of its own month."""

    key: str
    label: str
    unit: str
    before: float | None
    now: float | None
    change: float | None


@dataclass(frozen=True)
class Comparison:
    """The later pack against the earlier one. ``revised``: the rows of the table revisions, uncontrolled.

    ``became_acceptable`` and ``no_longer_acceptable``: providers whose ready dates are complete enough in the later
    pack's month and were not in the earlier one's, and the reverse.
    """

    earlier: Published
    later: Published
    headlines: list[HeadlineChange]
    revised: list[dict[str, Any]]
    loads: list[LoadInBetween]
    became_acceptable: list[str]
    no_longer_acceptable: list[str]

    @property
    def settings_changed(self) -> bool:
        """Whether the project file says something else."""
        return self.earlier.state.settings_hash != self.later.state.settings_hash

    @property
    def version_changed(self) -> bool:
        """Whether another version of costshift made it."""
        return self.earlier.state.version != self.later.state.version


def compared(earlier: Published, later: Published, between: Sequence[LoadInBetween]) -> Comparison:
    """Two publications compared.

    Args:
        earlier: the one to compare with.
        later: the one that is asked about.
        between: :func:`costshift.indicators.revisions.loads_between` of the two.
    """
    then, now = _acceptable(earlier), _acceptable(later)
    revised = revisions(earlier, later.figures, between)
    return Comparison(
        earlier,
        later,
        _headlines(earlier, later),
        [
            {name: value for name, value in row.items() if not name.startswith("_")}
            for row in revised.iter_rows(named=True)
        ],
        list(between),
        sorted(name for name in now if now[name] and then.get(name) is False),
        sorted(name for name in then if then[name] and now.get(name) is False),
    )


def _acceptable(item: Published) -> dict[str, bool]:
    own = item.figures.filter((pl.col("measure") == "acceptable") & (pl.col("concerned") == item.state.month))
    return {partner: bool(value) for partner, value in own.select("partner", "value").iter_rows()}


def _headlines(earlier: Published, later: Published) -> list[HeadlineChange]:
    then, now = (
        {row["measure"]: row for row in item.figures.filter(pl.col("table") == "headlines").iter_rows(named=True)}
        for item in (earlier, later)
    )
    found = []
    for key in sorted(then.keys() | now.keys()):
        row = now.get(key) or then[key]
        before, after = (side[key]["value"] if key in side else None for side in (then, now))
        change = None if before is None or after is None else after - before
        found.append(HeadlineChange(key, row["label"], row["unit"], before, after, change))
    return found


def comparison_data(found: Comparison) -> dict[str, Any]:
    """The comparison as data."""
    return {
        **{
            name: {"month": f"{item.state.month:%Y-%m}"}
            | {key: asdict(item.state)[key] for key in ("as_at", "known_at")}
            for name, item in (("earlier", found.earlier), ("later", found.later))
        },
        "headlines": [asdict(own) for own in found.headlines],
        "revisions": found.revised,
        "loads_between": [asdict(own) for own in found.loads],
        "became_acceptable": found.became_acceptable,
        "no_longer_acceptable": found.no_longer_acceptable,
        "settings_changed": found.settings_changed,
        "version_changed": found.version_changed,
    }


def comparison_text(found: Comparison) -> str:
    """The comparison to be read."""
    then, now = found.earlier.state, found.later.state
    lines = [
        f"{words.month_name(now.month)} (load {now.known_at}) against {words.month_name(then.month)} (load "
        f"{then.known_at}). Uncontrolled figures: not for onward circulation.",
        "",
        "Headline figures, each pack's own month",
    ]
    width = max((len(own.label) for own in found.headlines), default=0) + 3
    for own in found.headlines:
        before, after = (_shown(value, own.unit) for value in (own.before, own.now))
        change = "" if own.change is None else f"  ({_change(own.change, own.unit)})"
        lines.append(f"  {own.label + ' ':.<{width}} {before} -> {after}{change}")
    lines += ["", "Figures of earlier months that differ"]
    lines += [
        f"  {row['month']:%Y-%m}  {row['measure']}: {_plain(row['reported_before'])} -> {_plain(row['reported_now'])}"
        + (f"  (load {row['load']})" if row["load"] is not None else "")
        for row in found.revised
    ] or ["  None."]
    lines += ["", "Why: loads that count for one of the two only"]
    lines += [
        f"  {own.load:>4}  {own.month:%Y-%m}  {own.kind}/{own.submitter}  "
        + ("came" if own.counts == (now.known_at >= then.known_at) else "taken back, pruned or not known yet")
        for own in found.loads
    ] or ["  None."]
    lines += [
        f"  {name}: ready dates are complete enough to be used now, and were not" for name in found.became_acceptable
    ]
    lines += [
        f"  {name}: ready dates are not complete enough any more: left out" for name in found.no_longer_acceptable
    ]
    lines += ["  The settings of the project file changed."] if found.settings_changed else []
    lines += ["  The version of costshift changed."] if found.version_changed else []
    return "\n".join(lines)


def _shown(value: float | None, unit: str) -> str:
    return NOT_COMPUTABLE if value is None else shown(value, unit)


def _change(value: float, unit: str) -> str:
    if unit == "share":
        return f"{100 * value:+.1f} points"
    return ("+" if value >= 0 else "") + shown(value, unit)


def _plain(value: float | None) -> str:
    return NOT_COMPUTABLE if value is None else f"{value:,.2f}".removesuffix(".00")


def months_published(every: Sequence[Published]) -> list[dt.date]:
    """The months that have a publication."""
    return sorted({item.state.month for item in every})
