"""Figures that would tell suppressed counts of other figures: which of them are suppressed as well.

The same discharges are summed in many ways: by provider, by council, of the place, of twelve months; as counts, as
the denominator of an indicator, as a share, in a control chart. The rule of Hospital Episode Statistics controls each
figure on its own. Here all of them are held against the rows that they are sums of, for every month, whichever of them
a pack shows: what is suppressed does not change from one month's pack to the next.

Definition: docs/methods/disclosure.md.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from costshift.indicators.scheme_series import PARTNERS, SHIFTED
from costshift.project import Disclosure
from costshift.publish.alternatives import Answers
from costshift.publish.inference import Known, hold_bands, hold_counts, hold_lost, hold_rows, hold_within
from costshift.publish.narrowing import Flags, Whole
from costshift.publish.search import searched
from costshift.publish.together_days import days_that_tell, with_measure_and_partner
from costshift.publish.together_records import records_that_tell
from costshift.publish.totals_shown import (
    ACUTE,
    CENSUS,
    HEADLINES,
    LOST,
    OF_CENSUS,
    OF_DISCHARGES,
    OFFICIAL,
    SCHEMES,
    TOTALS_OF_TOTALS,
    YEAR_END,
    YEARS,
    Shown,
    Totals,
    days_of_bands,
    places_of_totals,
    totals_of_schemes,
)
from costshift.standards import formatted

#: Totals that are suppressed: frame to column (a count) to a flag for each row.
Telling = dict[str, dict[str, pl.Series]]


def telling(
    tables: Mapping[str, pl.DataFrame],
    summaries: Mapping[str, pl.DataFrame],
    rule: Disclosure,
    month: dt.date,
    members: Mapping[tuple[str, str], Sequence[str]] | None = None,
) -> Telling:
    """The counts of tables and summaries that are suppressed though they are not small.

    Args:
        tables: uncontrolled tables, inner columns included.
        summaries: uncontrolled summaries, likewise.
        rule: the disclosure rule.
        month: the report's month.
        members: scheme and group (with, without) to the councils or providers that scheme_months sums; as group
            ``partners`` all partners of the scheme, whose shifts it sums.
    """
    if rule.rule == "none":
        return {}
    found: Telling = {}
    frames = dict(summaries) | dict(tables)
    if "revisions" in frames:
        frames["revisions"] = with_measure_and_partner(frames["revisions"])
    if members and "scheme_months" in frames:
        frames[SCHEMES] = _by_member(frames["scheme_months"], members)
    if "census" in tables:
        frames[HEADLINES] = tables["census"].filter(ACUTE).group_by("date").agg(pl.col(CENSUS).sum())
    of_schemes = totals_of_schemes(frames, members or {})
    of_discharges = (*OF_DISCHARGES, *(own for own, _ in of_schemes))
    for name, families in (("discharge_delays", of_discharges), ("census", OF_CENSUS)):
        if name in tables and tables[name].height:
            flags, rows = _searched(tables[name], families, rule, month)
            if rows:
                found[name] = rows
            if YEARS in flags:
                flags[YEARS] = flags[YEARS].filter(pl.col("month") == month)
            for shown in (*places_of_totals(), *(own for _, places in of_schemes for own in places)):
                own = flags.get(shown.totals)
                if own is not None and own.height and shown.frame in frames:
                    _flag(found, frames[shown.frame], shown, own)
    for name, wholes in (
        *_within(frames, rule),
        *days_that_tell(frames, rule).items(),
        *records_that_tell(frames, rule).items(),
    ):
        counts = found.setdefault(name, {})
        for column, flag in wholes.items():
            counts[column] = counts[column] | flag if column in counts else flag
    if SCHEMES in frames:
        _flag_schemes(found, frames)
    _flag_days_of_bands(found, frames)
    if month.month != YEAR_END:
        _flag_years(found, frames)
    return found


def _flag_years(found: Telling, frames: Mapping[str, pl.DataFrame]) -> None:
    """Every total of twelve months: those of the year that ends in March alone are shown."""
    for shown in places_of_totals():
        if shown.totals == YEARS and shown.frame in frames:
            every = pl.repeat(True, frames[shown.frame].height, dtype=pl.Boolean, eager=True)
            found[shown.frame] = {count: every for counts in shown.counts.values() for count in counts}


def _flag_days_of_bands(found: Telling, frames: Mapping[str, pl.DataFrame]) -> None:
    """The days of each band of the official form: with the days lost they would tell who is in a band of few."""
    for name in (name for name in OFFICIAL if name in frames):
        own = frames[name]["measure"].is_in(days_of_bands())
        counts = found.setdefault(name, {})
        counts["_people"] = counts["_people"] | own if "_people" in counts else own


def _by_member(months: pl.DataFrame, members: Mapping[tuple[str, str], Sequence[str]]) -> pl.DataFrame:
    """The rows of scheme_months, each once for every ``_member`` whose figures it sums; ``_of``: which row.

    Shifts are those of all partners of a scheme, all else is that of councils or providers.
    """
    rows = [(scheme, group, name) for (scheme, group), own in members.items() for name in own]
    named = pl.DataFrame(rows, schema=dict.fromkeys(("scheme", "_whose", "_member"), pl.String), orient="row")
    whose = pl.when(pl.col("measure").str.contains(SHIFTED)).then(pl.lit(PARTNERS)).otherwise("group")
    numbered = months.with_row_index("_of").with_columns(whose.alias("_whose"))
    return numbered.join(named, on=["scheme", "_whose"], maintain_order="left")


def _flag_schemes(found: Telling, frames: Mapping[str, pl.DataFrame]) -> None:
    """A sum of the figures of several goes with the figure of each: else the others would tell it."""
    each, height = frames[SCHEMES], frames["scheme_months"].height
    flags = found.pop(SCHEMES, {})
    beds = found.get("spc", {}).get("_behind")
    if beds is not None:
        told = frames["spc"].filter(beds & (frames["spc"]["measure"] == "delayed_beds")).select("partner", "month")
        met = each.join(told.unique(), left_on=["_member", "month"], right_on=["partner", "month"], how="semi")
        rows = met.filter(pl.col("measure") == "delayed_bed_days")["_of"]
        own = each["_of"].is_in(rows.implode()) & (each["measure"] == "delayed_bed_days")
        flags["_numerator_people"] = flags["_numerator_people"] | own if "_numerator_people" in flags else own
    for name, own in flags.items():
        marks = np.zeros(height, np.bool_)
        marks[each["_of"].filter(own).to_numpy().astype(np.int64)] = True
        counts = found.setdefault("scheme_months", {})
        counts[name] = counts[name] | pl.Series(marks) if name in counts else pl.Series(marks)


# --- the search -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Held:
    """Totals of a family as they are held: their keys, and by column the place of each figure (-1: not computable)."""

    keys: pl.DataFrame
    places: Mapping[str, Whole]

    def flagged(self, free: Flags) -> pl.DataFrame:
        """The keys with a flag for each column; ``free``: figures that are suppressed though they need not be small."""
        flags = {name: np.where(own >= 0, free[own], False) for name, own in self.places.items()}
        some = self.keys.with_columns(pl.Series(name, own) for name, own in flags.items())
        return some.filter(pl.any_horizontal(list(flags)))


def _searched(
    table: pl.DataFrame, families: tuple[Totals, ...], rule: Disclosure, month: dt.date
) -> tuple[dict[str, pl.DataFrame], dict[str, pl.Series]]:
    """Totals to suppress, by family: its keys and a flag for each column; and flags of the table's own rows."""
    rows: dict[str, pl.Series] = {}
    own = {family.name: family for family in families}
    answers = Answers()
    while True:
        known = Known(rule)
        quarters = table[families[0].by[0]].dt.truncate("1q").rank("dense").to_numpy().astype(np.int64)
        places = hold_rows(known, table, families[0].columns, rows, quarters)
        lost = None
        if LOST in table.columns:
            lost = hold_lost(known, table[LOST], table["delayed_discharges"], quarters)
            hold_bands(known, places, lost, quarters)
        held = {family.name: _hold(known, table, family, places, month, lost) for family in families}
        for whole, part, by in TOTALS_OF_TOTALS:
            if whole in held and part in held:
                _hold_totals(known, held[whole], held[part], by, own[whole])
        first = known.tells()
        known.doubt()
        opened, told = searched(known, first, before=answers)
        alone = np.zeros(table.height, np.bool_)
        for cells in places.values():
            alone |= (cells >= 0) & told[cells]
        if rows or not alone.any():
            free = np.zeros(len(known.least), np.bool_)
            free[known.wholes[opened]] = True
            if lost is not None and free[lost[lost >= 0]].any():
                rows = rows | {LOST: pl.Series(np.where(lost >= 0, free[lost], False))}
            return {name: totals.flagged(free) for name, totals in held.items()}, rows
        # What its own row tells goes with the row's totals.
        rows = {name: pl.Series(alone) & (table[name] != 0).fill_null(False) for name in families[0].columns[:3]}


def _hold_totals(known: Known, whole: _Held, part: _Held, by: tuple[str, ...], over: Totals) -> None:
    """Take in that totals are sums of other totals, where they are. ``over``: the family of the wholes."""
    parts = _over_months(part.keys.rename({"_total": "_part"}), over)
    joined = parts.join(whole.keys, on=list(by), nulls_equal=True)
    total, own = (joined[name].to_numpy().astype(np.int64) for name in ("_total", "_part"))
    first = next(iter(whole.places))
    # No row is without any: parts that are as many as the whole are all of it.
    known_parts, known_wholes = part.places[first][own], whole.places[first]
    sums = np.bincount(total, np.where(known_parts < 0, 0, known.counts[known_parts]), len(known_wholes))
    same = (sums == np.where(known_wholes < 0, -1, known.counts[known_wholes]))[total]
    for name in whole.places:
        if name in part.places:
            wholes = np.where(_marked(total[same], len(known_wholes)), whole.places[name], -1)
            _hold_sums(known, wholes, total[same], part.places[name][own][same], ruled=name != LOST)


def _marked(places: Whole, number: int) -> Flags:
    found: Flags = np.zeros(number, np.bool_)
    found[places] = True
    return found


def _over_months(rows: pl.DataFrame, family: Totals) -> pl.DataFrame:
    """Rows as the months of a family's totals have them: once for each total that they are in."""
    if family.quarterly:
        return rows.with_columns(pl.col("month").dt.truncate("1q"))
    if family.months > 1:
        return (
            rows.with_columns(pl.lit(list(range(family.months))).alias("_ahead"))
            .explode("_ahead")
            .with_columns(pl.col("month").dt.offset_by(formatted("{}mo", "_ahead")))
            .drop("_ahead")
        )
    return rows


def _hold_sums(
    known: Known, wholes: Whole, total: Whole, parts: Whole, *, far: bool = False, ruled: bool = True
) -> None:
    """Take in the sums of which all is computable. ``total``: which of ``wholes`` each of ``parts`` is a part of."""
    there = (np.bincount(total, parts < 0, len(wholes)) == 0) & (wholes >= 0)
    number = np.where(there, np.cumsum(there) - 1, -1)
    inside = there[total]
    known.hold(wholes[there], number[total[inside]], parts[inside], opens=True, far=far, ruled=ruled)


def _hold(
    known: Known,
    table: pl.DataFrame,
    family: Totals,
    places: Mapping[str, Whole],
    month: dt.date,
    lost: Whole | None = None,
) -> _Held:
    """Take the totals of a family in, with the sums that hold within each. ``lost``: places of the rows' days lost."""
    by = list(family.by)
    more = (LOST,) if lost is not None and "delayed_discharges" in family.columns else ()
    rows = table.with_row_index("_row").filter(family.where).select("_row", *by, *family.columns, *more)
    rows = _over_months(rows, family)
    # Up to the report's own month, whether or not anyone was discharged in it; of quarters the whole ones.
    if family.quarterly:
        rows = rows.filter(pl.col("month").dt.offset_by("2mo") <= month)
    elif family.months > 1:
        rows = rows.filter((pl.col("month") <= month) & (pl.col("month").dt.month() == YEAR_END))
    keys = rows.select(by).unique(maintain_order=True).with_row_index("_total")
    joined = rows.join(keys, on=by, nulls_equal=True)
    total, row = (joined[name].to_numpy().astype(np.int64) for name in ("_total", "_row"))
    held = {}
    for name in family.columns:
        parts = places[name][row]
        exact = np.bincount(total, joined[name].fill_null(0).to_numpy(), keys.height).astype(np.int64)
        # A total of which a part is not computable is not computable.
        there = np.bincount(total, parts < 0, keys.height) == 0
        held[name] = np.where(there, hold_counts(known, pl.Series(exact)), -1)
        _hold_sums(known, held[name], total, parts, far=family.months > 1)
    hold_within(known, held, opens=True)
    if more and lost is not None:
        parts = lost[row]
        days, delayed = (
            pl.Series(np.bincount(total, joined[name].fill_null(0).to_numpy(), keys.height).astype(np.int64))
            for name in (LOST, "delayed_discharges")
        )
        there = np.bincount(total, parts < 0, keys.height) == 0
        whole = np.where(there, hold_lost(known, days, delayed), -1)
        _hold_sums(known, whole, total, parts, ruled=False)
        hold_bands(known, held, whole)
        held[LOST] = whole
    return _Held(keys, held)


# --- within one frame -----------------------------------------------------------------------------------------


def _within(frames: Mapping[str, pl.DataFrame], rule: Disclosure) -> Iterator[tuple[str, dict[str, pl.Series]]]:
    """Rows that are totals of rows of the same frame, or of one beside it."""
    if "inequalities" in frames and frames["inequalities"].height:
        frame = frames["inequalities"]
        whole = frame.with_row_index("_whole").filter(pl.col("characteristic") == "all").select("measure", "_whole")
        parts = (
            frame.with_row_index("_part")
            .filter(pl.col("characteristic") != "all")
            .join(whole, on="measure")
            .select(pl.struct("measure", "characteristic").rank("dense").alias("_sum"), "_whole", "_part")
        )
        yield "inequalities", _telling_rows(frame, frame, parts, ("numerator", "denominator"), rule)


def _telling_rows(
    whole: pl.DataFrame, part: pl.DataFrame, sums: pl.DataFrame, columns: tuple[str, ...], rule: Disclosure
) -> dict[str, pl.Series]:
    """Flags of rows of ``whole`` whose counts would tell rows of ``part``. ``sums``: _sum, _whole, _part."""
    first = sums.group_by("_sum").agg(pl.col("_whole").first()).sort("_sum")
    place = sums.join(first.select("_sum").with_row_index("_at"), on="_sum")
    found = {}
    for name in columns:
        known = Known(rule)
        parts, wholes = hold_counts(known, part[name]), hold_counts(known, whole[name])
        own = first["_whole"].to_numpy().astype(np.int64)
        known.hold(
            wholes[own],
            place["_at"].to_numpy().astype(np.int64),
            parts[place["_part"].to_numpy().astype(np.int64)],
            opens=True,
        )
        opened = known.tells()
        while True:
            least, most = known.narrowed(_alike(opened, own))
            more = known.protecting(known.told(least, most), least, most, _alike(opened, own))
            if not more.any():
                break
            opened |= more
        flags = np.zeros(whole.height, np.bool_)
        flags[own[opened]] = True
        found[name] = pl.Series(name, flags)
    return found


def _alike(opened: Flags, wholes: Whole) -> Flags:
    """Sums of a whole that is suppressed for one of them are all of a suppressed whole."""
    return np.isin(wholes, wholes[opened])


# --- where totals are shown -----------------------------------------------------------------------------------


def _flag(found: Telling, frame: pl.DataFrame, shown: Shown, flags: pl.DataFrame) -> None:
    """Put the flags of totals where they are shown."""
    keys = list(shown.keys.values())
    rows = frame.with_row_index("_row").filter(shown.where)
    if not rows.height:
        return
    named = flags.select(
        *(pl.col(own).alias(there) for own, there in shown.keys.items()),
        *(pl.col(name).alias(f"_told_{name}") for name in shown.counts if name in flags.columns),
    )
    met = rows.select("_row", *keys).join(named, on=keys)
    for name, counts in shown.counts.items():
        if f"_told_{name}" not in met.columns:
            continue
        told = np.zeros(frame.height, np.bool_)
        told[met.filter(pl.col(f"_told_{name}"))["_row"].to_numpy().astype(np.int64)] = True
        for count in counts:
            own = found.setdefault(shown.frame, {})
            own[count] = own[count] | pl.Series(told) if count in own else pl.Series(told)
