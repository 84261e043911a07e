"""A slow recount of the delay measures, to hold the fast one against.

Written from the definitions alone (METHODS 1 and 4, DESIGN 4 and 7), without sight of the fast
implementation. Standard library only, one spell and one day at a time: clear before clever.

Decisions taken here where the definitions leave room are marked ``# HOUSE:``.
"""

from __future__ import annotations

import calendar
import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

Row = dict[str, Any]
Shares = tuple[tuple[str, int], ...]

ONE_DAY = timedelta(days=1)
SETTINGS = ("acute", "community", "mental_health")
BANDS = (
    ("delay_1_day", 1, 1),
    ("delay_2_3_days", 2, 3),
    ("delay_4_6_days", 4, 6),
    ("delay_7_13_days", 7, 13),
    ("delay_14_20_days", 14, 20),
    ("delay_21_plus_days", 21, None),
)
NOT_RECORDED = "not_recorded"


@dataclass
class Spell:
    """One spell as it stood on the as-at date."""

    row: Row
    person: int
    provider: str
    setting: str
    council: str
    pathway: str
    icb_code: str | None
    admission: date
    discharge: date | None  # None: still open as at the as-at date
    end: date  # the discharge, or the day after the as-at date
    month: date  # of the discharge, or of the as-at date
    ready: date | None = None  # the usable ready date
    ready_invalid: bool = False
    ready_missing: bool = False
    stay_start: date = date.min
    ends_stay: bool = True  # no later spell continues the stay
    removed_by: list[str] = field(default_factory=list)  # filters that remove it, in their order

    @property
    def is_open(self) -> bool:
        return self.discharge is None

    @property
    def counts_as_discharge(self) -> bool:
        return not self.is_open and not self.removed_by

    @property
    def counts_for_bed_days(self) -> bool:
        return [name for name in self.removed_by if name != "not_died"] == []

    @property
    def nights_of_stay(self) -> int:
        return (self.end - self.stay_start).days

    @property
    def delay_days(self) -> int:
        return 0 if self.ready is None else (self.end - self.ready).days


@dataclass
class ProviderMonth:
    """What a provider's ready dates of one month are worth."""

    computable: bool = True
    acceptable: bool = True
    settings: set[str] = field(default_factory=set)  # of its cohort discharges


@dataclass
class Part:
    """Whole days of one group of delayed days that fall to one attribution type."""

    month: date
    provider: str
    setting: str
    council: str
    icb_code: str | None
    pathway: str
    reason: str
    attribution: str
    days: int
    people: set[int]


def recount(
    spells: list[Row],
    delay_reasons: list[Row],
    partners: list[Row],
    as_at: date,
    *,
    reasons: dict[str, dict[str, int]],
    attributions: dict[str, dict[str, int]],
    filter_values: dict[str, list[tuple[str, str]]],
    transfer_values: list[tuple[str, str]],
    prices: dict[str, Decimal],
    ready_date_missing: str = "no_delay",
    ready_date_min_complete: float = 0.8,
    filters: tuple[str, ...] = (
        "adult",
        "overnight",
        "not_maternity",
        "not_day_case",
        "nhs_funded",
        "not_died",
    ),
    site_settings: dict[str, str] | None = None,
) -> dict[str, list[Row]]:
    """Every delay table, as lists of rows sorted on their grain."""
    if ready_date_missing not in ("no_delay", "exclude"):
        raise ValueError(f"ready_date_missing: {ready_date_missing!r}")
    known = []
    for row in spells:
        if row["admission_date"] <= as_at:
            known.append(spell_as_at(row, partners, as_at, site_settings or {}))
    set_stay_starts(known, transfer_values)
    for spell in known:
        for name in filters:
            if filter_removes(name, spell, filter_values):
                spell.removed_by.append(name)

    provider_months = judge_provider_months(known, ready_date_min_complete)
    no_open = providers_without_open_spells(known, spells)
    dated = dated_reasons_by_spell(delay_reasons)
    parts = attributed_parts(known, dated, provider_months, reasons, attributions)

    discharge_delays = count_discharge_delays(known, provider_months, ready_date_missing)
    cost_shifts = count_cost_shifts(parts, provider_months, partners, prices)
    return {
        "discharge_delays": discharge_delays,
        "delayed_bed_days": count_delayed_bed_days(parts, provider_months, no_open, prices, as_at),
        "census": count_census(known, no_open, provider_months, as_at),
        "cohort_filters": count_cohort_filters(known, filters, filter_values),
        "cost_shifts": cost_shifts,
        "partner_positions": count_partner_positions(cost_shifts),
        "bcf_discharge": count_bcf_discharge(discharge_delays),
        "delayed_spells": list_delayed_spells(known, dated, reasons, attributions),
    }


# ------------------------------------------------------------------------------- one spell


def first_of_month(day: date) -> date:
    return day.replace(day=1)


def partner_with_code(code: str | None, partners: list[Row]) -> Row | None:
    for partner in partners:
        if code in partner["codes"]:
            return partner
    return None


def spell_as_at(row: Row, partners: list[Row], as_at: date, site_settings: dict[str, str]) -> Spell:
    provider_partner = partner_with_code(row["provider_code"], partners)
    provider = provider_partner["id"] if provider_partner else row["provider_code"].lower()
    setting = "unknown"
    if provider_partner and provider_partner["type"] in SETTINGS:
        setting = provider_partner["type"]
    if row.get("site_code") in site_settings:
        setting = site_settings[row["site_code"]]

    council = "unknown"
    if row.get("council_code"):
        council_partner = partner_with_code(row["council_code"], partners)
        council = council_partner["id"] if council_partner else row["council_code"].lower()

    discharge = row.get("discharge_date")
    if discharge is not None and discharge > as_at:
        discharge = None
    end = as_at + ONE_DAY if discharge is None else discharge
    spell = Spell(
        row=row,
        person=row["person"],
        provider=provider,
        setting=setting,
        council=council,
        pathway=row.get("discharge_pathway") or "unknown",
        icb_code=row.get("icb_code"),
        admission=row["admission_date"],
        discharge=discharge,
        end=end,
        month=first_of_month(as_at if discharge is None else discharge),
    )
    ready = row.get("discharge_ready_date")
    if ready is None:
        spell.ready_missing = True
    elif ready < spell.admission or (discharge is not None and ready > discharge):
        # HOUSE: of a discharged spell, a ready date after the as-at date is after the discharge too:
        # invalid, else the spell would be in the discharges and in no band.
        spell.ready_invalid = True
        spell.ready_missing = True
    elif ready <= as_at:
        spell.ready = ready
    return spell


def set_stay_starts(known: list[Spell], transfer_values: list[tuple[str, str]]) -> None:
    by_person: dict[int, list[Spell]] = defaultdict(list)
    for spell in known:
        by_person[spell.person].append(spell)
    for theirs in by_person.values():
        # HOUSE: two admissions on one day: the one discharged first comes first, open ones last.
        theirs.sort(key=lambda s: (s.admission, s.end, s.row["provider_code"], s.row["spell_id"]))
        previous = None
        for spell in theirs:
            if previous is not None and continues(previous, spell, transfer_values):
                spell.stay_start = previous.stay_start
                previous.ends_stay = False
            else:
                spell.stay_start = spell.admission
            # HOUSE: a destination that is a hospital ends no stay, whether or not the next spell is known.
            for column, value in transfer_values:
                if column.startswith("discharge_") and spell.discharge and spell.row.get(column) == value:
                    spell.ends_stay = False
            previous = spell


def continues(earlier: Spell, later: Spell, transfer_values: list[tuple[str, str]]) -> bool:
    if earlier.discharge is None:
        return False
    if (later.admission - earlier.discharge).days not in (0, 1):
        return False
    for column, value in transfer_values:
        source = earlier if column.startswith("discharge_") else later
        if source.row.get(column) == value:
            return True
    return False


def age_in_years(birth: date, day: date) -> int:
    years = day.year - birth.year
    if (day.month, day.day) < (birth.month, birth.day):
        years -= 1
    return years


def filter_removes(name: str, spell: Spell, filter_values: dict[str, list[tuple[str, str]]]) -> bool:
    if name == "adult":
        birth = spell.row.get("birth_date")
        return birth is not None and age_in_years(birth, spell.end) < 18
    if name == "overnight":
        return (spell.end - spell.admission).days < 1
    if name == "not_died" and spell.is_open:
        # HOUSE: an open spell is in no measure of discharges, so this filter has nothing to remove.
        return False
    return any(spell.row.get(column) == value for column, value in filter_values.get(name, []))


# --------------------------------------------------------------------------- provider's month


def judge_provider_months(
    known: list[Spell], ready_date_min_complete: float
) -> defaultdict[tuple[str, date], ProviderMonth]:
    discharges: dict[tuple[str, date], list[Spell]] = defaultdict(list)
    for spell in known:
        if spell.counts_as_discharge:
            discharges[spell.provider, spell.month].append(spell)

    judged: defaultdict[tuple[str, date], ProviderMonth] = defaultdict(ProviderMonth)
    for key, theirs in discharges.items():
        month = judged[key]
        month.settings = {spell.setting for spell in theirs}
        month.computable = any(spell.ready is not None for spell in theirs)
        long = [spell for spell in theirs if spell.ends_stay and spell.nights_of_stay >= 7]
        with_ready = [spell for spell in long if spell.ready is not None]
        complete = not long or len(with_ready) / len(long) >= ready_date_min_complete
        month.acceptable = month.computable and complete
    return judged


def providers_without_open_spells(known: list[Spell], sent: list[Row]) -> set[str]:
    """HOUSE: asked of all rows that were sent, later discharges and admissions included."""
    codes = {row["provider_code"] for row in sent if row["discharge_date"] is None}
    return {s.provider for s in known if s.row["provider_code"] not in codes}


# -------------------------------------------------------------------------------- discharges


def count_discharge_delays(
    known: list[Spell],
    provider_months: defaultdict[tuple[str, date], ProviderMonth],
    ready_date_missing: str,
) -> list[Row]:
    grain = ("month", "provider", "setting", "council", "discharge_pathway")
    cells: dict[tuple[Any, ...], list[Spell]] = defaultdict(list)
    for spell in known:
        if spell.counts_as_discharge:
            cells[spell.month, spell.provider, spell.setting, spell.council, spell.pathway].append(spell)

    rows = []
    for key, theirs in cells.items():
        row: Row = dict(zip(grain, key, strict=True))
        measures = ["discharged_on_ready_date", "delayed_discharges"]
        measures += [name for name, _, _ in BANDS] + ["bed_days_lost"]
        row["discharges"] = 0
        for measure in measures:
            row[measure] = 0
        row["ready_date_missing"] = 0
        row["ready_date_invalid"] = 0
        for spell in theirs:
            if spell.ready_invalid:
                row["ready_date_invalid"] += 1
            if spell.ready_missing:
                row["ready_date_missing"] += 1
                if ready_date_missing == "exclude":
                    continue
            row["discharges"] += 1
            delay = spell.delay_days
            if delay == 0:
                row["discharged_on_ready_date"] += 1
                continue
            row["delayed_discharges"] += 1
            row["bed_days_lost"] += delay
            for name, low, high in BANDS:
                if low <= delay and (high is None or delay <= high):
                    row[name] += 1
        month = provider_months[row["provider"], row["month"]]
        if not month.computable:
            for measure in measures:
                row[measure] = None
            if ready_date_missing == "exclude":
                row["discharges"] = None
        row["acceptable"] = month.acceptable
        rows.append(row)
    return sorted_on(rows, grain)


def count_bcf_discharge(discharge_delays: list[Row]) -> list[Row]:
    cells: dict[tuple[date, str], list[Row]] = defaultdict(list)
    for row in discharge_delays:
        if row["setting"] == "acute" and row["acceptable"]:
            cells[row["month"], row["council"]].append(row)
    rows = []
    for (month, council), theirs in cells.items():
        discharges = sum(row["discharges"] for row in theirs)
        on_ready_date = sum(row["discharged_on_ready_date"] for row in theirs)
        delayed = sum(row["delayed_discharges"] for row in theirs)
        days = sum(row["bed_days_lost"] for row in theirs)
        rows.append(
            {
                "month": month,
                "council": council,
                # HOUSE: under "exclude" a cell can have no discharges left: a row of nulls.
                "share_on_ready_date": on_ready_date / discharges if discharges else None,
                "average_delay_days_when_delayed": days / delayed if delayed else None,
                "average_delay_days": days / discharges if discharges else None,
            }
        )
    return sorted_on(rows, ("month", "council"))


def count_cohort_filters(
    known: list[Spell], filters: tuple[str, ...], filter_values: dict[str, list[tuple[str, str]]]
) -> list[Row]:
    spells_of: dict[tuple[date, str], list[Spell]] = defaultdict(list)
    for spell in known:
        spells_of[spell.month, spell.provider].append(spell)
    rows = []
    for (month, provider), theirs in spells_of.items():
        for name in filters:
            if name == "overnight":
                applied = True
            else:
                columns = {column for column, _ in filter_values.get(name, [])}
                if name == "adult":
                    columns = {"birth_date"}
                applied = any(spell.row.get(column) not in (None, "") for spell in theirs for column in columns)
            removed = [spell for spell in theirs if spell.removed_by and spell.removed_by[0] == name]
            rows.append(
                {
                    "month": month,
                    "provider": provider,
                    "filter": name,
                    "spells_removed": len(removed),
                    "applied": applied,
                }
            )
    return sorted_on(rows, ("month", "provider", "filter"))


# --------------------------------------------------------------------------- delayed bed days


def days_of_delay(spell: Spell) -> list[date]:
    if spell.ready is None:
        return []
    days = []
    day = spell.ready
    while day < spell.end:
        days.append(day)
        day += ONE_DAY
    return days


def dated_reasons_by_spell(delay_reasons: list[Row]) -> dict[tuple[str, str], list[Row]]:
    """The dated reasons of each spell in order of from_date, one for each from_date."""
    rows_of: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in delay_reasons:
        rows_of[row["provider_code"], row["spell_id"]].append(row)

    def order(row: Row) -> tuple[date, str, str, date]:
        return (
            row["from_date"],
            row.get("delay_reason") or "",
            row.get("delay_attribution") or "",
            row.get("to_date") or date.min,
        )

    dated = {}
    for key, theirs in rows_of.items():
        last_of_from_date = {}
        for row in sorted(theirs, key=order):
            last_of_from_date[row["from_date"]] = row
        dated[key] = [last_of_from_date[from_date] for from_date in sorted(last_of_from_date)]
    return dated


def row_in_force(dated_rows: list[Row], day: date) -> Row | None:
    """The dated reason in force on a day: the last to have begun, unless it has ended."""
    begun = [row for row in dated_rows if row["from_date"] <= day]
    if not begun:
        return None
    last = begun[-1]
    if last.get("to_date") is not None and day > last["to_date"]:
        return None
    return last


def recorded_on(
    spell: Spell,
    day: date,
    dated: dict[tuple[str, str], list[Row]],
    reasons: dict[str, dict[str, int]],
    attributions: dict[str, dict[str, int]],
) -> tuple[str, Shares]:
    """The delay reason of a day and the shares by partner type, "provider" resolved."""
    in_force = row_in_force(dated.get((spell.row["provider_code"], spell.row["spell_id"]), []), day)
    # HOUSE: a dated row in force that names neither reason nor attribution still covers its days.
    row = spell.row if in_force is None else in_force
    reason = row.get("delay_reason") or None
    attribution = row.get("delay_attribution") or None
    # HOUSE: a key that the tables do not know has no shares; an unknown attribution leaves the reason's.
    if attribution in attributions:
        shares = attributions[attribution]
    elif reason in reasons:
        shares = reasons[reason]
    else:
        shares = {NOT_RECORDED: 100}
    resolved: dict[str, int] = defaultdict(int)
    for partner_type, share in shares.items():
        # HOUSE: in a bed of unknown setting the type "provider" becomes "unknown".
        resolved[spell.setting if partner_type == "provider" else partner_type] += share
    return reason or NOT_RECORDED, tuple(sorted((t, share) for t, share in resolved.items() if share))


def split_whole_days(days: int, shares: Shares, cell: tuple[Any, ...] = ()) -> dict[str, int]:
    """Largest remainder; ties to the larger share, then by turns that the cell's hash begins."""
    text = "|".join("" if value is None else str(value) for value in cell)
    names = sorted(partner_type for partner_type, _ in shares)
    start = int(hashlib.sha256(text.encode("utf-8")).hexdigest()[:8], 16)
    turn = {name: (place + start) % len(names) for place, name in enumerate(names)}
    whole = {partner_type: days * share // 100 for partner_type, share in shares}
    remainder = {partner_type: days * share % 100 for partner_type, share in shares}
    share_of = dict(shares)
    queue = sorted(whole, key=lambda t: (-remainder[t], -share_of[t], turn[t]))
    for partner_type in queue[: days - sum(whole.values())]:
        whole[partner_type] += 1
    return whole


def attributed_parts(
    known: list[Spell],
    dated: dict[tuple[str, str], list[Row]],
    provider_months: defaultdict[tuple[str, date], ProviderMonth],
    reasons: dict[str, dict[str, int]],
    attributions: dict[str, dict[str, int]],
) -> list[Part]:
    """Delayed days of computable provider's months, summed whole, then split once by their shares.

    Parts of no days are kept: the people behind a split are behind each of its parts.
    """
    days: dict[tuple[Any, ...], int] = defaultdict(int)
    people: dict[tuple[Any, ...], set[int]] = defaultdict(set)
    for spell in known:
        if not spell.counts_for_bed_days:
            continue
        for day in days_of_delay(spell):
            month = first_of_month(day)
            if not provider_months[spell.provider, month].computable:
                continue
            reason, shares = recorded_on(spell, day, dated, reasons, attributions)
            group = (
                month,
                spell.provider,
                spell.setting,
                spell.council,
                spell.icb_code,
                spell.pathway,
                reason,
                shares,
            )
            days[group] += 1
            people[group].add(spell.person)

    parts = []
    for group, total in days.items():
        month, provider, setting, council, icb_code, pathway, reason, shares = group
        cell = (*group[:-1], ", ".join(f"{name} {share}" for name, share in sorted(shares)))
        for attribution, whole in split_whole_days(total, shares, cell).items():
            parts.append(
                Part(
                    month=month,
                    provider=provider,
                    setting=setting,
                    council=council,
                    icb_code=icb_code,
                    pathway=pathway,
                    reason=reason,
                    attribution=attribution,
                    days=whole,
                    people=people[group],
                )
            )
    return parts


def price_of(part_setting: str, month: ProviderMonth, prices: dict[str, Decimal]) -> Decimal | None:
    return prices.get("delayed_bed_day_" + part_setting) if month.acceptable else None


def count_delayed_bed_days(
    parts: list[Part],
    provider_months: defaultdict[tuple[str, date], ProviderMonth],
    no_open: set[str],
    prices: dict[str, Decimal],
    as_at: date,
) -> list[Row]:
    grain = (
        "month",
        "provider",
        "setting",
        "council",
        "discharge_pathway",
        "delay_reason",
        "recorded_attribution",
    )
    this_month = first_of_month(as_at)
    last_two_months = (this_month, first_of_month(this_month - ONE_DAY))

    days: dict[tuple[Any, ...], int] = defaultdict(int)
    people: dict[tuple[Any, ...], set[int]] = defaultdict(set)
    for part in parts:
        key = (
            part.month,
            part.provider,
            part.setting,
            part.council,
            part.pathway,
            part.reason,
            part.attribution,
        )
        days[key] += part.days
        people[key] |= part.people

    rows = []
    for key, total in days.items():
        if total == 0:
            continue
        row: Row = dict(zip(grain, key, strict=True))
        price = price_of(row["setting"], provider_months[row["provider"], row["month"]], prices)
        days_in_month = calendar.monthrange(row["month"].year, row["month"].month)[1]
        row["delayed_bed_days"] = total
        row["delayed_beds"] = total / days_in_month
        row["people"] = len(people[key])
        row["cost"] = None if price is None else total * price
        row["provisional"] = row["provider"] in no_open and row["month"] in last_two_months
        rows.append(row)

    for (provider, month), judged in provider_months.items():
        if judged.computable:
            continue
        for setting in judged.settings:
            blank_key = (month, provider, setting, "unknown", "unknown", NOT_RECORDED, NOT_RECORDED)
            row = dict(zip(grain, blank_key, strict=True))
            for measure in ("delayed_bed_days", "delayed_beds", "people", "cost"):
                row[measure] = None
            row["provisional"] = provider in no_open and month in last_two_months
            rows.append(row)
    return sorted_on(rows, grain)


def list_delayed_spells(
    known: list[Spell],
    dated: dict[tuple[str, str], list[Row]],
    reasons: dict[str, dict[str, int]],
    attributions: dict[str, dict[str, int]],
) -> list[Row]:
    """Each spell with delayed days, computable month or not; days by type exact, not rounded."""
    rows = []
    for spell in known:
        days = days_of_delay(spell)
        if not days or not spell.counts_for_bed_days:
            continue
        by_type: dict[str, Fraction] = defaultdict(Fraction)
        for day in days:
            _, shares = recorded_on(spell, day, dated, reasons, attributions)
            for partner_type, share in shares:
                by_type[partner_type] += Fraction(share, 100)
        rows.append(
            {
                "provider_code": spell.row["provider_code"],
                "spell_id": spell.row["spell_id"],
                "delay_days": len(days),
                "recorded_days": dict(sorted(by_type.items())),
            }
        )
    return sorted_on(rows, ("provider_code", "spell_id"))


# ------------------------------------------------------------------------------------ census


def count_census(
    known: list[Spell],
    no_open: set[str],
    provider_months: defaultdict[tuple[str, date], ProviderMonth],
    as_at: date,
) -> list[Row]:
    grain = ("date", "provider", "setting", "council", "discharge_pathway")
    measures = {
        "people_delayed": 0,
        "people_delayed_7_plus": 7,
        "people_delayed_14_plus": 14,
        "people_delayed_21_plus": 21,
    }
    # HOUSE: a month without any ready date cannot tell who waits at its end either.
    this_month = first_of_month(as_at)
    not_computable = {s.provider for s in known if not provider_months[s.provider, this_month].computable}
    blind = no_open | not_computable
    cells: dict[tuple[Any, ...], list[Spell]] = defaultdict(list)
    for spell in known:
        if spell.provider in blind:
            continue
        if spell.is_open and spell.counts_for_bed_days and spell.ready is not None:
            cells[as_at, spell.provider, spell.setting, spell.council, spell.pathway].append(spell)
    rows = []
    for key, theirs in cells.items():
        row: Row = dict(zip(grain, key, strict=True))
        for measure, nights in measures.items():
            row[measure] = len({s.person for s in theirs if s.nights_of_stay >= nights})
        rows.append(row)

    # HOUSE: "spells in as_at's month" counts all spells, before filters, like "no open spell at all".
    unseen = {
        (spell.provider, spell.setting) for spell in known if spell.provider in blind and spell.month == this_month
    }
    for provider, setting in unseen:
        row = dict(zip(grain, (as_at, provider, setting, "unknown", "unknown"), strict=True))
        row.update(dict.fromkeys(measures))
        rows.append(row)
    return sorted_on(rows, grain)


# -------------------------------------------------------------------------------------- cost


def only_partner_of(partner_type: str, partners: list[Row]) -> str | None:
    ids = [partner["id"] for partner in partners if partner["type"] == partner_type]
    return ids[0] if len(ids) == 1 else None


def driver_of(part: Part, partners: list[Row]) -> str:
    partner_type = part.attribution
    if partner_type in SETTINGS:
        if part.setting == partner_type:
            return part.provider
        return only_partner_of(partner_type, partners) or f"unknown-{partner_type}"
    if partner_type == "council":
        if part.council != "unknown":
            return part.council
        return only_partner_of("council", partners) or "unknown-council"
    if partner_type == "icb":
        if part.icb_code:
            with_code = partner_with_code(part.icb_code, partners)
            return str(with_code["id"]) if with_code else part.icb_code.lower()
        return only_partner_of("icb", partners) or "unknown-icb"
    # HOUSE: person, not_recorded, and the "unknown" of a bed of unknown setting.
    return "unallocated"


def count_cost_shifts(
    parts: list[Part],
    provider_months: defaultdict[tuple[str, date], ProviderMonth],
    partners: list[Row],
    prices: dict[str, Decimal],
) -> list[Row]:
    days: dict[tuple[date, str, str], int] = defaultdict(int)
    amounts: dict[tuple[date, str, str], Decimal] = defaultdict(Decimal)
    people: dict[tuple[date, str, str], set[int]] = defaultdict(set)
    for part in parts:
        price = price_of(part.setting, provider_months[part.provider, part.month], prices)
        if price is None:
            continue
        key = (part.month, driver_of(part, partners), part.provider)
        days[key] += part.days
        amounts[key] += part.days * price
        people[key] |= part.people

    rows = []
    for key, total in days.items():
        if total == 0:
            continue
        month, driver, payer = key
        rows.append(
            {
                "month": month,
                "driver": driver,
                "payer": payer,
                "kind": "delay",
                "nature": "notional",
                "basis": "counted",
                "amount": amounts[key],
                "amount_low": None,
                "amount_high": None,
                "avoided_care_cost": None,
                "people": len(people[key]),
            }
        )
    return sorted_on(rows, ("month", "driver", "payer", "kind", "nature", "basis"))


def count_partner_positions(cost_shifts: list[Row]) -> list[Row]:
    named: set[tuple[date, str, str, str]] = set()
    for shift in cost_shifts:
        for partner in (shift["driver"], shift["payer"]):
            named.add((shift["month"], partner, shift["nature"], shift["basis"]))
    rows = []
    for month, partner, nature, basis in named:
        absorbed = Decimal(0)
        passed = Decimal(0)
        for shift in cost_shifts:
            if (shift["month"], shift["nature"], shift["basis"]) != (month, nature, basis):
                continue
            if shift["payer"] == partner and shift["driver"] != partner:
                absorbed += shift["amount"]
            if shift["driver"] == partner and shift["payer"] != partner:
                passed += shift["amount"]
        rows.append(
            {
                "month": month,
                "partner": partner,
                "nature": nature,
                "basis": basis,
                "absorbed_for_others": absorbed,
                "passed_to_others": passed,
                "net_absorbed": absorbed - passed,
            }
        )
    return sorted_on(rows, ("month", "partner", "nature", "basis"))


def sorted_on(rows: list[Row], grain: tuple[str, ...]) -> list[Row]:
    return sorted(rows, key=lambda row: tuple(row[column] for column in grain))
