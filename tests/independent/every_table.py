"""All tables and summaries of a pack, or of several, as one set of numbers and of what must hold between them.

For :mod:`independent.exact_attack`. What holds is told by the definitions of the tables (docs/methods); a sum that does
not hold of the truth, because a definition has an exception, is not used. Where two counts stand behind one ratio the
attacker is given both as they were rounded, and of a suppressed figure whether it is small: more than a reader has.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import polars as pl

from costshift import standards
from costshift.indicators.scheme_series import members_of_schemes
from costshift.organisations import SETTINGS
from costshift.project import Disclosure, Project
from costshift.publish.catalogue import TABLES
from costshift.publish.content import Analysis
from costshift.publish.disclosure import control
from costshift.publish.summaries import SUMMARIES, with_inner_columns
from costshift.publish.together import telling

from independent.attack import BANDS, CENSUS, COUNTS
from independent.exact_attack import ENDLESS, Cell, Numbers
from independent.other_tables import other_tables
from independent.wide_attack import MEASURES

Row = dict[str, Any]
Own = Callable[[Row], bool]
#: The price of a bed day in acute beds, in pence: pounds of positions are read as days.
PRICE = 56_200
_POSITIONS = (
    ("cost_shifts", "partner_positions"),
    ("shifts_by_partner", "positions_by_partner"),
    ("shifts_by_partner", "positions_before_pools"),
)
_BASES = ("recorded", "evidenced_firm", "evidenced", "reconciled")
_AGREEMENT = ("agreed", "disputed", "questioned", "untestable")
_STREAMS = {
    "requests": (("accepted",), ("refused", "refused_again")),
    "reviews": (("kept", "reduced", "gained"), ("lost",)),
    "chc_requests": (("chc_accepted",), ("chc_refused", "chc_refused_again")),
    "chc_reviews": (("chc_kept", "chc_reduced", "chc_gained"), ("chc_lost",)),
}


@dataclass(frozen=True)
class Shown:
    """A pack: its frames as they are, inner columns included, and row by row as they are shown (None: as they are)."""

    month: dt.date
    exact: Mapping[str, pl.DataFrame]
    shown: Mapping[str, pl.DataFrame] | None
    rule: Disclosure = field(default_factory=Disclosure)
    #: Scheme and group to those whose figures scheme_months sums; the group "partners": all of the scheme.
    members: Mapping[tuple[str, str], Sequence[str]] = field(default_factory=dict)


def public_frames(month: dt.date, project: Project, analysis: Analysis) -> Shown:
    """A pack as ``public/`` shows it, row by row and with its inner columns."""
    exact = dict(analysis.tables) | with_inner_columns(analysis.summaries)
    rule = project.disclosure
    members = members_of_schemes(project)
    told = telling(analysis.tables, with_inner_columns(analysis.summaries), rule, month, members)
    used = analysis.bed_day_prices.filter(pl.col("setting").is_in(SETTINGS))
    dearest = int(used["price_pence"].max() or 1)  # type: ignore[arg-type]
    definitions = TABLES | SUMMARIES
    shown = {name: control(definitions[name], own, rule, dearest, told.get(name)) for name, own in exact.items()}
    return Shown(month, exact, shown, rule, members)


def numbers_of(packs: Sequence[Shown]) -> Numbers:
    """Everything that the packs say. Rows of one month that two packs publish alike are taken for one figure."""
    numbers = Numbers()
    for number, pack in enumerate(packs):
        reader = Reader(numbers, pack, number, {})
        _days(reader)
        _discharges(reader)
        _census(reader)
        _eligibility(reader)
        _linkage(reader)
        _inequalities(reader)
        other_tables(reader)
    rule = packs[0].rule
    numbers.doubt(rule.threshold, rule.rounding)
    for earlier, later in pairwise(range(len(packs))):
        _same(numbers, packs, earlier, later)
    return numbers


@dataclass
class Reader:
    """Takes the figures of one pack in."""

    numbers: Numbers
    pack: Shown
    number: int
    rows: dict[str, list[Row]]

    #: The price of a bed day, in pence.
    price: int = PRICE

    def of(self, frame: str) -> list[Row]:
        """The exact rows of a frame, each with its place."""
        if frame not in self.rows:
            found = self.pack.exact.get(frame)
            own = [] if found is None else found.to_dicts()
            shown = own if self.pack.shown is None or found is None else self.pack.shown[frame].to_dicts()
            for place, (row, public) in enumerate(zip(own, shown, strict=True)):
                row["_at"], row["_shown"] = place, public
            self.rows[frame] = own
        return self.rows[frame]

    def take(
        self, frame: str, row: Row, column: str, behind: str | None = None, *, least: int = 0, bears: str | None = None
    ) -> Cell | None:
        """A figure: a count, or a quantity with those behind it in ``behind``. None: not computable.

        ``bears``: the public column without which an inner one is not known.
        """
        cell = (self.number, frame, row["_at"], column)
        if cell in self.numbers.places:
            return cell
        value, people = row[column], row[behind or column]
        if value is None or value < 0:
            return None
        rule = self.pack.rule
        small = people is not None and 1 <= people <= rule.threshold
        public = row["_shown"]
        told = public[column] if bears is None or public[bears] is not None else None
        if self.pack.shown is None:
            low = high = value
        elif told is None and small:
            low, high = (1, rule.threshold) if behind is None else (least, max(366 * rule.threshold, value))
        elif told is None:
            low, high = (0 if people == 0 else least if behind else 1), ENDLESS
        elif people == 0 and value == 0:
            low = high = 0
        else:
            shown = int(told)
            floor = rule.threshold + 1 if behind is None else least
            low = max(floor, shown - rule.rounding // 2)
            high = shown + (rule.rounding - 1) // 2
        return self.numbers.add(cell, low, high, value, secret=small)

    def total(self, what: str, whole: Cell | None, parts: Iterable[Cell | None], *, rule: bool = False) -> None:
        """``rule``: the total is one that is suppressed also where it is large and would tell its parts."""
        own = list(parts)
        if whole is None or any(part is None for part in own):
            return
        held = self.numbers.equal(what, whole, [part for part in own if part is not None])
        place = self.numbers.places[whole]
        if rule and held and self.numbers.secret[place] and self.pack.shown is not None:
            self.numbers.doubtful_total(whole, [part for part in own if part is not None])

    def signed(self, frame: str, row: Row, column: str, behind: str) -> Cell | None:
        """A difference, of which nothing is known where those behind it are few."""
        cell = (self.number, frame, row["_at"], column)
        value, rule = row[column], self.pack.rule
        if value is None:
            return None
        if cell in self.numbers.places:
            return cell
        public = row["_shown"][column]
        low, high = value, value
        if self.pack.shown is not None and public is None:
            low, high = -ENDLESS, ENDLESS
        elif self.pack.shown is not None:
            low, high = int(public) - rule.rounding // 2, int(public) + rule.rounding // 2
        few = row[behind] is not None and 1 <= row[behind] <= rule.threshold
        return self.numbers.add(cell, low, high, value, secret=few)

    def in_days(self, frame: str, row: Row, column: str, behind: str, bears: str | None = None) -> Cell | None:
        """Pounds as days, where they are whole ones of the price of a bed day."""
        return _as_days(self, frame, row, column, behind, bears)

    def in_hundredths(self, frame: str, row: Row, column: str, behind: str, bears: str | None = None) -> Cell | None:
        """Pounds as hundredths of a bed day: what whole per cent of days come to. Rounded to five days."""
        cell = (self.number, frame, row["_at"], f"{column} in hundredths")
        if cell in self.numbers.places:
            return cell
        value, people, rule = row[column], row[behind], self.pack.rule
        public = row["_shown"]
        told = public[column] if bears is None or public[bears] is not None else None
        if value is None or value < 0 or 100 * value % PRICE or (told is not None and 100 * int(told) % PRICE):
            return None
        exact, small = 100 * value // PRICE, people is not None and 1 <= people <= rule.threshold
        low = high = exact
        if self.pack.shown is not None and told is None:
            low, high = 0, max(100 * 366 * rule.threshold, exact) if small else 100 * ENDLESS
        elif self.pack.shown is not None:
            shown, step = 100 * int(told) // PRICE, 100 * rule.rounding
            low, high = max(0, shown - step // 2), shown + (step - 1) // 2
        return self.numbers.add(cell, low, high, exact, secret=small)

    def hundredths(
        self, what: str, whole: Cell | None, days: Iterable[Cell | None], more: Iterable[Cell | None]
    ) -> None:
        """Hundredths of a day are so many days, and other hundredths."""
        own = [(-1, whole), *((100, cell) for cell in days), *((1, cell) for cell in more)]
        if all(cell is not None for _, cell in own):
            self.numbers.balanced(what, [(times, cell) for times, cell in own if cell is not None])

    def union(self, what: str, whole: Cell | None, parts: Iterable[Cell | None]) -> None:
        """Different people: no fewer than of any part, no more than of all."""
        own = [part for part in parts if part is not None]
        if whole is not None and own:
            self.numbers.at_most(f"{what}: all", [whole], own)
            for part in own:
                self.numbers.at_most(f"{what}: each", [part], [whole])


def _same(numbers: Numbers, packs: Sequence[Shown], earlier: int, later: int) -> None:
    """Rows of tables that two packs publish alike."""
    grains = {
        "discharge_delays": ("month", "provider", "setting", "council", "discharge_pathway"),
        "delayed_bed_days": (
            *("month", "provider", "setting", "council", "discharge_pathway"),
            *("delay_reason", "recorded_attribution"),
        ),
        "attribution_agreement": (
            *("month", "provider", "council", "recorded_attribution"),
            *("evidenced_attribution", "state", "strength"),
        ),
        "eligibility_decisions": ("month", "council", "transition"),
    }
    for frame, grain in grains.items():
        then, now = (
            {tuple(row[name] for name in grain): (place, row) for place, row in enumerate(own.exact[frame].to_dicts())}
            for own in (packs[earlier], packs[later])
        )
        for key in then.keys() & now.keys():
            (first, before), (second, after) = then[key], now[key]
            for column in before:
                cells = [(number, frame, place, column) for number, place in ((earlier, first), (later, second))]
                if before[column] == after[column] and all(cell in numbers.places for cell in cells):
                    numbers.equal("the same in two packs", cells[0], [cells[1]])


# --- delayed bed days -----------------------------------------------------------------------------------------


def _days(own: Reader) -> None:
    single = _single_reasons()
    table = own.of("delayed_bed_days")
    for row in table:
        row["_d"] = own.take("delayed_bed_days", row, "delayed_bed_days", "people", least=1)
        row["_p"] = own.take("delayed_bed_days", row, "people")
        if row["_d"] is not None and row["delay_reason"] in single:
            own.numbers.at_most("everyone waits a day", [row["_p"]], [row["_d"]])
            own.numbers.at_most("nobody waits longer than a month", [row["_d"]], [row["_p"]], _length(row["month"]))
    agreement = own.of("attribution_agreement")
    for row in agreement:
        row["_d"] = own.take("attribution_agreement", row, "delayed_bed_days", "_people")
    refused = {(row["month"], row["provider"]) for row in own.of("discharge_delays") if row["acceptable"] is False}
    for row in (*table, *agreement):
        row["_good"] = (row["month"], row["provider"]) not in refused
    margin = ("month", "provider", "council", "recorded_attribution")
    sides = [_by(rows, margin) for rows in (table, agreement)]
    for key in sides[0].keys() & sides[1].keys():
        own.numbers.alike("two tables of days", *([row["_d"] for row in side[key]] for side in sides))

    def days(
        what: str, frame: str, row: Row, column: str, behind: str, mine: Own, of: list[Row] = table, bears: Any = None
    ) -> None:
        whole = own.take(frame, row, column, behind, bears=bears)
        parts = [one for one in of if one["month"] == row["month"] and mine(one)]
        own.total(what, whole, [one["_d"] for one in parts])
        people = own.take(frame, row, behind, bears=bears) if not behind.startswith("_") else None
        if of is table:
            own.union(f"people: {what}", people, [one["_p"] for one in parts])
        if people is not None and whole is not None and column == "delayed_bed_days":
            own.numbers.at_most("everyone waits a day", [people], [whole])

    for row in own.of("delayed_beds_by_provider"):
        days(
            "beds of providers",
            "delayed_beds_by_provider",
            row,
            "delayed_bed_days",
            "people",
            lambda one, row=row: (one["provider"], one["setting"]) == (row["provider"], row["setting"]),
        )
    for frame, column in (
        ("days_by_attribution", "recorded_attribution"),
        ("days_by_reason", "delay_reason"),
        ("days_by_pathway", "discharge_pathway"),
    ):
        for row in own.of(frame):
            days(
                frame,
                frame,
                row,
                "delayed_bed_days",
                "people",
                lambda one, row=row, column=column: (
                    one["setting"] == row["setting"] and one["_good"] and row[column] in (None, one[column])
                ),
            )
    for row in own.of("spc"):
        if row["measure"] == "delayed_beds" and row["period"] == "month":
            days(
                "charts of beds",
                "spc",
                row,
                "_numerator",
                "_behind",
                lambda one, row=row: (
                    one["provider"] == row["partner"]
                    or (one["council"] == row["partner"] and one["setting"] == "acute")
                ),
                bears="value",
            )
    for row in own.of("flow_indicators"):
        if row["indicator"] in ("delayed_days_per_1000_discharges", "share_of_occupied_beds"):
            days(
                "days in flow",
                "flow_indicators",
                row,
                "numerator",
                "_numerator_people",
                lambda one, row=row: one["council"] == row["council"] and one["setting"] == "acute" and one["_good"],
            )
    _bases(own, days, table, agreement)
    _sums_of_agreement(own, agreement)
    _shifts(own, days, table)
    _revised(own, table, "delayed_bed_days", "_d")
    for row in own.of("step_standards"):
        days(
            "days of steps",
            "step_standards",
            row,
            "delayed_bed_days",
            "people",
            lambda one, row=row: all(one[name] == row[name] for name in ("provider", "council", "state")),
            of=agreement,
        )


def _bases(own: Reader, days: Callable[..., None], table: list[Row], agreement: list[Row]) -> None:
    def mine(column: str, partner: str) -> Own:
        def holds(one: Row) -> bool:
            if not one["_good"]:
                return False
            side = one[column]
            if side in ("council",):
                return bool(one["council"] == partner)
            if side in ("acute", "community", "mental_health"):
                return bool(one["provider"] == partner)
            if side == "icb":
                return partner not in ("unallocated",) and partner.endswith("icb")
            return partner == "unallocated"

        return holds

    for frame in ("attribution_bases", "bases_by_partner"):
        for row in own.of(frame):
            partner = row["partner"]
            for basis in _BASES:
                own.take(frame, row, f"{basis}_days", f"_{basis}_people")
            given = (frame, row)
            days("bases: recorded", *given, "recorded_days", "_recorded_people", mine("recorded_attribution", partner))
            evidenced = mine("evidenced_attribution", partner)
            days("bases: evidenced", *given, "evidenced_days", "_evidenced_people", evidenced, of=agreement)

            def firm(one: Row, holds: Own = evidenced) -> bool:
                side = one["evidenced_attribution"] if one["strength"] == "firm" else "none"
                return holds(one | {"evidenced_attribution": side})

            def unsettled(one: Row, holds: Own = evidenced) -> bool:
                side = one["evidenced_attribution" if one["agreement"] == "disputed" else "recorded_attribution"]
                return holds(one | {"evidenced_attribution": side})

            firmly = ("evidenced_firm_days", "_evidenced_firm_people")
            days("bases: firm", *given, *firmly, firm, of=agreement)
            days("bases: reconciled", *given, "reconciled_days", "_reconciled_people", unsettled, of=agreement)
    for month, rows in _by(own.of("attribution_bases"), ("month",)).items():
        good = [one["_d"] for one in table if one["month"] == month[0] and one["_good"]]
        for basis in _BASES:
            cells = [own.take("attribution_bases", row, f"{basis}_days", f"_{basis}_people") for row in rows]
            own.numbers.alike("bases sum to the days", [cell for cell in cells if cell is not None], good)


def _sums_of_agreement(own: Reader, agreement: list[Row]) -> None:
    def role(row: Row) -> Own:
        if row.get("role") in (None, "all"):
            return lambda one: True
        return lambda one: one[row["role"]] == row["organisation"]

    for frame in ("agreement_by_month", "agreement_by_organisation"):
        for row in own.of(frame):
            mine = [one for one in agreement if one["month"] == row["month"] and one["_good"] and role(row)(one)]
            whole = own.take(frame, row, "delayed_bed_days", "people")
            own.total("days of agreement", whole, [one["_d"] for one in mine])
            parts = []
            for name in _AGREEMENT:
                part = own.take(frame, row, f"{name}_days", f"_{name}_people")
                own.total("days by agreement", part, [one["_d"] for one in mine if one["agreement"] == name])
                parts.append(part)
            own.total("agreement sums to the days", whole, parts)
            early = own.take(frame, row, "too_recent_days", "_too_recent_people")
            own.total("days too recent", early, [one["_d"] for one in mine if one["state"] == "not_yet_testable"])
            tested = own.take(frame, row, "_tested_days", "_tested_people", bears="share_agreed")
            own.total("tested days", tested, parts[:3])
    for row in own.of("days_by_state"):
        whole = own.take("days_by_state", row, "delayed_bed_days", "people")
        own.total(
            "days by state",
            whole,
            [
                one["_d"]
                for one in agreement
                if one["_good"] and all(one[name] == row[name] for name in ("month", "state", "strength"))
            ],
        )
        every = own.take("days_by_state", row, "_all_days", "_all_people", bears="share")
        own.total(
            "days of all states",
            every,
            [one["_d"] for one in agreement if one["_good"] and one["month"] == row["month"]],
        )
        people = own.take("days_by_state", row, "people")
        if people is not None and whole is not None:
            own.numbers.at_most("everyone waits a day", [people], [whole])
    side = {"council": "council", "person": "person"} | dict.fromkeys(
        ("acute", "community", "mental_health", "icb", "unknown"), "nhs"
    )
    for row in own.of("days_by_sides"):
        own.total(
            "days by sides",
            own.take("days_by_sides", row, "delayed_bed_days", "people"),
            [
                one["_d"]
                for one in agreement
                if one["_good"]
                and one["month"] == row["month"]
                and side.get(one["recorded_attribution"], "none") == row["recorded_side"]
                and side.get(one["evidenced_attribution"], "none") == row["evidenced_side"]
            ],
        )


def _shifts(own: Reader, days: Callable[..., None], table: list[Row]) -> None:
    for frame, positions in _POSITIONS:
        rows = [row for row in own.of(frame) if row["kind"] == "delay"]
        pooled = [] if positions.endswith("before_pools") else own.of(frame)
        pooled = [row for row in pooled if row["kind"] == "pool_adjustment"]
        for row in rows:
            row["_d"] = own.take(frame, row, "_days", "people", bears="amount")
            row["_p"] = own.take(frame, row, "people")
        for (month, payer), mine in _by(rows, ("month", "payer")).items():
            cells = [one["_d"] for one in table if (one["month"], one["provider"]) == (month, payer) and one["_good"]]
            acute = [
                one["_d"]
                for one in table
                if (one["month"], one["provider"], one["setting"]) == (month, payer, "acute") and one["_good"]
            ]
            if not own.numbers.alike("shifts of a payer", [row["_d"] for row in mine], cells):
                own.numbers.alike("shifts of a payer, acute", [row["_d"] for row in mine], acute)
        bases = {
            (row["month"], row["partner"]): own.take("attribution_bases", row, "recorded_days", "_recorded_people")
            for row in own.of("attribution_bases")
        }
        for (month, driver), mine in _by(rows, ("month", "driver")).items():
            own.total("shifts of a driver", bases.get((month, driver)), [row["_d"] for row in mine])
        for row in own.of(positions):
            if (row["nature"], row["basis"]) != ("notional", "counted"):
                continue
            moved = [one for one in rows if one["month"] == row["month"] and one["driver"] != one["payer"]]
            for side, column, behind in (
                ("payer", "absorbed_for_others", "_absorbed_people"),
                ("driver", "passed_to_others", "_passed_people"),
            ):
                mine = [one["_d"] for one in moved if one[side] == row["partner"]]
                by_pool = _moved_by_pools(own, frame, pooled, row, side)
                if by_pool:
                    whole = own.in_hundredths(positions, row, column, behind)
                    own.hundredths(f"positions after pools: {side}", whole, mine, by_pool)
                else:
                    own.total(f"positions: {side}", _as_days(own, positions, row, column, behind), mine)
        for _, mine in _by(
            [row for row in own.of(positions) if (row["nature"], row["basis"]) == ("notional", "counted")], ("month",)
        ).items():
            sides = [
                [_as_days(own, positions, row, column, behind) for row in mine]
                for column, behind in (
                    ("absorbed_for_others", "_absorbed_people"),
                    ("passed_to_others", "_passed_people"),
                )
            ]
            if all(cell is not None for side in sides for cell in side):
                own.numbers.alike("nets sum to zero", *sides)  # type: ignore[arg-type]


def _as_days(own: Reader, frame: str, row: Row, column: str, behind: str, bears: str | None = None) -> Cell | None:
    """Pounds of a position as days."""
    name = f"{column} in days"
    if name not in row:
        value, told = row[column], row["_shown"][column]
        if bears is not None and row["_shown"][bears] is None:
            told = None
        if value is None or value % PRICE or (told is not None and int(told) % PRICE):
            row[name] = None
        else:
            row[name] = value // PRICE
            row["_shown"][name] = None if told is None else int(told) // PRICE
    return own.take(frame, row, name, behind)


def _moved_by_pools(own: Reader, frame: str, pooled: list[Row], position: Row, side: str) -> list[Cell | None]:
    """What pools moved to a partner (payer), or from it (driver)."""
    same = ("month", "nature", "basis")
    return [
        own.in_hundredths(frame, row, "amount", "people")
        for row in pooled
        if row[side] == position["partner"] and all(row[name] == position[name] for name in same)
    ]


def _revised(own: Reader, rows: list[Row], measure: str, cells: str, table: str = "delayed_bed_days") -> None:
    for row in own.of("revisions"):
        what, _, partner = row["measure"].partition(": ")
        if (row["table"], what) == (table, measure):
            row["_zero"] = row["_shown"]["_zero"] = 0
            now = own.take("revisions", row, "_now_plus", "_now_plus_people", bears="reported_now")
            mine = [one[cells] for one in rows if (one["month"], one["provider"]) == (row["month"], partner)]
            own.total(f"revised {measure}", now, mine)


def _single_reasons() -> set[str]:
    """Reasons whose days are all of one partner type."""
    types = ["provider", "acute", "community", "mental_health", "icb", "council", "person"]
    return set(standards.delay_reasons().filter(pl.max_horizontal(pl.col(types).fill_null(0)) == 100)["delay_reason"])


# --- discharges -----------------------------------------------------------------------------------------------


def _discharges(own: Reader) -> None:
    table = own.of("discharge_delays")
    for row in table:
        for column in COUNTS:
            row[f"_{column}"] = own.take("discharge_delays", row, column)
        row["_bed_days_lost"] = own.take("discharge_delays", row, "bed_days_lost", "delayed_discharges")
        _within(own, row, "_")

    def total(
        frame: str, row: Row, column: str, count: str, mine: Own, *, bears: str | None = None, behind: Any = None
    ) -> Cell | None:
        whole = own.take(frame, row, column, behind, bears=bears)
        parts = [one[f"_{count}"] for one in table if mine(one)]
        own.total(f"{frame}: {count}", whole, parts, rule=count != "bed_days_lost")
        return whole

    def is_good(one: Row) -> bool:
        return one["setting"] == "acute" and one["acceptable"] is True

    for row in own.of("discharges_by_provider"):
        for column in COUNTS:
            row[f"_{column}"] = total(
                "discharges_by_provider",
                row,
                column,
                column,
                lambda one, row=row: (
                    (one["month"], one["setting"]) == (row["month"], row["setting"])
                    and (one["provider"] == row["provider"] if row["provider"] else is_good(one))
                ),
            )
        row["_bed_days_lost"] = total(
            "discharges_by_provider",
            row,
            "bed_days_lost",
            "bed_days_lost",
            lambda one, row=row: (
                (one["month"], one["setting"]) == (row["month"], row["setting"])
                and (one["provider"] == row["provider"] if row["provider"] else is_good(one))
            ),
            behind="delayed_discharges",
        )
        _within(own, row, "_")
    for row in own.of("ready_date_publication"):
        column = MEASURES.get(row["measure"])
        if column is None or row["value"] is None:
            continue
        good = row["data_type"] in ("Place", "UTLA Aggregate")
        row["_whole"] = int(row["value"])
        row["_shown"]["_whole"] = row["_shown"]["value"]
        total(
            "ready_date_publication",
            row,
            "_whole",
            column,
            lambda one, row=row, good=good: (
                one["month"] == row["month"]
                and row["provider"] in ("all", one["provider"])
                and row["council"] in ("all", one["council"])
                and (is_good(one) or not good)
            ),
        )
    _days_of_bands(own, table)
    for row in own.of("bcf_discharge"):
        for inner, count, bears in (
            ("_discharges", "discharges", "average_delay_days"),
            ("_on_ready_date", "discharged_on_ready_date", "share_on_ready_date"),
            ("_delayed", "delayed_discharges", "average_delay_days_when_delayed"),
        ):
            total(
                "bcf_discharge",
                row,
                inner,
                count,
                lambda one, row=row: (one["month"], one["council"]) == (row["month"], row["council"]) and is_good(one),
                bears=bears,
            )
    for row in own.of("providers_by_councils"):
        last = own.pack.month
        total(
            "providers_by_councils",
            row,
            "discharges",
            "discharges",
            lambda one, row=row, last=last: (
                (one["provider"], one["council"]) == (row["provider"], row["council"])
                and last.replace(year=last.year - 1) < one["month"] <= last
            ),
        )
    counts = {
        "average_delay_days": {"_behind": "delayed_discharges", "_behind_whole": "discharges"},
        "share_on_ready_date": {"_numerator": "discharged_on_ready_date", "_denominator": "discharges"},
    }
    for row in own.of("spc"):
        length = 3 if row["period"] == "quarter" else 1
        for inner, count in counts.get(row["measure"], {}).items():
            total(
                "spc",
                row,
                inner,
                count,
                lambda one, row=row, length=length: (
                    0 <= _months(row["month"], one["month"]) < length
                    and (one["provider"] == row["partner"] or (one["council"] == row["partner"] and is_good(one)))
                ),
                bears="value",
            )
    for row in own.of("flow_indicators"):
        if row["indicator"] == "delayed_days_per_1000_discharges":
            total(
                "flow_indicators",
                row,
                "denominator",
                "discharges",
                lambda one, row=row: (one["month"], one["council"]) == (row["month"], row["council"]) and is_good(one),
            )
    for row in own.of("revisions"):
        what, _, partner = row["measure"].partition(": ")
        if row["table"] == "discharge_delays" and what in ("discharges", "delayed_discharges"):
            total(
                "revisions",
                row,
                "_now_plus",
                what,
                lambda one, row=row, partner=partner: (one["month"], one["provider"]) == (row["month"], partner),
                bears="reported_now",
                behind="_now_plus_people",
            )


def _within(own: Reader, row: Row, prefix: str) -> None:
    cells = {column: row[f"{prefix}{column}"] for column in COUNTS}
    own.total("within a row", cells["discharges"], [cells["discharged_on_ready_date"], cells["delayed_discharges"]])
    own.total("within a row: bands", cells["delayed_discharges"], [cells[band] for band in BANDS])
    for smaller, larger in (
        ("ready_date_invalid", "ready_date_missing"),
        ("ready_date_missing", "discharges"),
        ("ready_date_missing", "discharged_on_ready_date"),
    ):
        if cells[smaller] is not None and cells[larger] is not None:
            own.numbers.at_most("within a row: orders", [cells[smaller]], [cells[larger]])
    _of_bands(own, row["_bed_days_lost"], {band: cells[band] for band in BANDS})


#: Least and most of the days of each band: the longest has no most.
_DAYS_OF_BANDS = dict(zip(BANDS, ((1, 1), (2, 3), (4, 6), (7, 13), (14, 20), (21, None)), strict=True))


def _of_bands(own: Reader, days: Cell | None, bands: Mapping[str, Cell | None]) -> None:
    """Days lost: no fewer than the least of each band, and no more than the most where nobody is in the longest."""
    known = [(*_DAYS_OF_BANDS[band], cell) for band, cell in bands.items() if cell is not None]
    if days is None or len(known) < len(bands):
        return
    own.numbers.weighed("days of bands: least", [(least, cell) for least, _, cell in known], [(1, days)])
    if own.numbers.most[own.numbers.places[known[-1][2]]] == 0:
        most = [(most, cell) for _, most, cell in known if most is not None]
        own.numbers.weighed("days of bands: most", [(1, days)], most)


_DAYS_IN = "Total bed days after Discharge Ready Date for patients discharged within "
_LOST = "Total bed days lost due to delayed discharge"
#: Measures of the official form in days, by the band; and how the publication counts those in it.
_IN_BANDS = dict(
    zip(("1 day", "2-3 days", "4-6 days", "7-13 days", "14-20 days", "21 days or more"), BANDS, strict=True)
)


def _days_of_bands(own: Reader, table: list[Row]) -> None:
    """The days of each band of the official form: those of all bands are the days lost, those of all providers the place's."""
    rows: dict[tuple[Any, ...], dict[str, Cell | None]] = {}
    form = own.of("ready_date_publication")
    # Where none is shown they say no more than that days lost are between the least and the most of all bands.
    in_bands = any(row["_shown"]["value"] is not None for row in form if str(row["measure"]).startswith(_DAYS_IN))
    for row in form:
        what = str(row["measure"])
        key = (row["month"], row["data_type"], row["provider"], row["council"])
        if MEASURES.get(what) in BANDS and row["value"] is not None:
            rows.setdefault(key, {})[MEASURES[what]] = own.take("ready_date_publication", row, "_whole")
        elif (what == _LOST or (in_bands and what.startswith(_DAYS_IN))) and row["value"] is not None:
            row["_days"], row["_shown"]["_days"] = int(row["value"]), row["_shown"]["value"]
            cell = own.take("ready_date_publication", row, "_days", "_people", least=1)
            rows.setdefault(key, {})["lost" if what == _LOST else f"{_IN_BANDS[what[len(_DAYS_IN) :]]} days"] = cell
    levels: dict[tuple[Any, ...], list[Cell | None]] = {}
    for (month, level, provider, council), cells in rows.items():
        days = [cells.get(f"{band} days") for band in BANDS]
        good = level in ("Place", "UTLA Aggregate")
        own.total("days of bands are the days lost", cells.get("lost"), days)
        mine = [
            one["_bed_days_lost"]
            for one in table
            if (one["month"], one["setting"]) == (month, "acute")
            and provider in ("all", one["provider"])
            and council in ("all", one["council"])
            and (one["acceptable"] is True or not good)
        ]
        own.total("days lost of the form", cells.get("lost"), mine)
        for band, cell in zip(BANDS, days, strict=True):
            least, most = _DAYS_OF_BANDS[band]
            people = cells.get(band)
            if cell is not None and people is not None:
                own.numbers.weighed("days of a band: least", [(least, people)], [(1, cell)])
                if most is not None:
                    own.numbers.weighed("days of a band: most", [(1, cell)], [(most, people)])
            levels.setdefault((month, band, level), []).append(cell)
    for (month, band, level), own_cells in levels.items():
        whole = levels.get((month, band, "Place"), [None])[0]
        if level != "Place":
            # Of all providers where the month of each is acceptable.
            own.total(f"days of a band: {level}", whole, own_cells)


def _census(own: Reader) -> None:
    table = own.of("census")
    frames = {
        "census": (),
        "census_by_provider": ("provider", "setting"),
        "census_by_pathway": ("discharge_pathway",),
    }
    for frame, by in frames.items():
        for row in own.of(frame):
            for column in CENSUS:
                row[f"_{column}"] = own.take(frame, row, column)
                if by:
                    own.total(
                        frame,
                        row[f"_{column}"],
                        [one[f"_{column}"] for one in table if all(one[name] == row[name] for name in by)],
                        rule=True,
                    )
            for larger, smaller in pairwise(CENSUS):
                if row[f"_{larger}"] is not None and row[f"_{smaller}"] is not None:
                    own.numbers.at_most("longer stays", [row[f"_{smaller}"]], [row[f"_{larger}"]])


# --- eligibility, linkage, inequalities -----------------------------------------------------------------------


def _eligibility(own: Reader) -> None:
    found = {}
    for row in own.of("eligibility_decisions"):
        cells = {
            name: own.take("eligibility_decisions", row, name)
            for name in ("people", "people_recorded", "people_inferred")
        }
        own.union("recorded or inferred", cells["people"], [cells["people_recorded"], cells["people_inferred"]])
        found[row["month"], row["council"], row["transition"]] = cells["people"]
    for row in own.of("realised_eligibility"):
        assessed, eligible = (own.take("realised_eligibility", row, name) for name in ("assessed", "found_eligible"))
        if assessed is None or eligible is None:
            continue
        own.numbers.at_most("found of assessed", [eligible], [assessed])
        yes, no = (
            [cell for name in names if (cell := found.get((row["month"], row["council"], name))) is not None]
            for names in _STREAMS.get(row["stream"], ((), ()))
        )
        own.numbers.at_most("people of decisions", [*yes, *no], [assessed])
        own.numbers.at_most("people found eligible", yes, [eligible])
        own.numbers.at_most("people not found eligible", [*no, eligible], [assessed])
        # Where everyone was decided on once.
        own.numbers.alike("people are decisions", [*yes, *no], [assessed])
        own.numbers.alike("people are decisions: found", yes, [eligible])


def _linkage(own: Reader) -> None:
    rows = own.of("linkage_quality")
    for row in rows:
        row["_r"] = own.take("linkage_quality", row, "records")
        row["_p"] = own.take("linkage_quality", row, "people")
        own.numbers.at_most("everyone has a record", [row["_p"]], [row["_r"]])
    for key, mine in _by(rows, ("extract", "submitter")).items():
        whole = [row for row in mine if (row["pass"], row["characteristic"]) == ("all", "all")]
        passes = [row for row in mine if row["pass"] != "all" and row["characteristic"] == "all"]
        for row in own.of("linked_records"):
            if (row["extract"], row["submitter"]) == key:
                cells = {
                    name: own.take("linked_records", row, name)
                    for name in ("records", "people", "by_nhs_number", "by_other_means", "unlinked")
                }
                own.total("linked records", cells["records"], [cells[name] for name in list(cells)[2:]])
                own.total("records of passes", cells["records"], [one["_r"] for one in passes])
                own.union("people of passes", cells["people"], [one["_p"] for one in passes])
                own.total(
                    "records by number",
                    cells["by_nhs_number"],
                    [one["_r"] for one in passes if one["pass"].startswith("nhs_number")],
                )
                for characteristic in {one["characteristic"] for one in mine} - {"all"}:
                    own.total(
                        "records of groups",
                        cells["records"],
                        [one["_r"] for one in mine if one["characteristic"] == characteristic and one["pass"] == "all"],
                    )
        for row in whole:
            own.total("records of passes", row["_r"], [one["_r"] for one in passes])
            for characteristic in {one["characteristic"] for one in mine} - {"all"}:
                groups = [one for one in mine if one["characteristic"] == characteristic and one["pass"] == "all"]
                own.total("records of groups", row["_r"], [one["_r"] for one in groups])
    for row in own.of("found_on_other_side"):
        cells = [own.take("found_on_other_side", row, name) for name in ("found", "not_found")]
        if row["submitter"] is None or row["characteristic"] != "all":
            continue
        for one in own.of("linked_records"):
            if (one["extract"], one["submitter"]) == (row["extract"], row["submitter"]):
                own.total("found or not", own.take("linked_records", one, "records"), cells)
        for cell, ends in zip(cells, ("yes", "no"), strict=True):
            groups = [
                one["_r"]
                for one in rows
                if (one["extract"], one["submitter"]) == (row["extract"], row["submitter"])
                and one["characteristic"] in ("found_in_spells", "found_in_care_events")
                and one["group"].endswith(ends)
            ]
            own.total("found: groups", cell, groups)
    passes = own.of("linkage_passes")
    for row in passes:
        row["_p"] = own.take("linkage_passes", row, "people")
        row["_dp"] = own.take("linkage_passes", row, "delayed_people")
        row["_d"] = own.take("linkage_passes", row, "delayed_days", "delayed_people")
        own.take("linkage_passes", row, "_all_days", "_all_people", bears="share_of_delayed_days")
        if row["_p"] is not None and row["_dp"] is not None:
            own.numbers.at_most("delayed people are people", [row["_dp"]], [row["_p"]])
        if row["_d"] is not None and row["_dp"] is not None:
            own.numbers.at_most("everyone waits a day", [row["_dp"]], [row["_d"]])
        own.total(
            "days of passes",
            own.take("linkage_passes", row, "_all_days", "_all_people"),
            [one.get("_d") for one in passes],
        )
        pairs = [own.take("linkage_passes", row, name) for name in ("differing", "compared")]
        if pairs[0] is not None and pairs[1] is not None:
            own.numbers.at_most("differing of compared", [pairs[0]], [pairs[1]])


def _inequalities(own: Reader) -> None:
    rows = own.of("inequalities")
    for row in rows:
        for column in ("numerator", "denominator"):
            row[f"_{column}"] = own.take("inequalities", row, column)
        own.numbers.at_most("touched of all", [row["_numerator"]], [row["_denominator"]])
    for (measure,), mine in _by(rows, ("measure",)).items():
        whole = next((row for row in mine if row["characteristic"] == "all"), None)
        for characteristic in {row["characteristic"] for row in mine} - {"all"}:
            groups = [row for row in mine if row["characteristic"] == characteristic]
            for column in ("_numerator", "_denominator"):
                own.total("groups are all", whole and whole[column], [row[column] for row in groups], rule=True)
        assert measure


def _by(rows: Iterable[Row], names: Sequence[str]) -> dict[tuple[Any, ...], list[Row]]:
    found: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        if row.get("_d", 0) is not None:
            found.setdefault(tuple(row[name] for name in names), []).append(row)
    return found


def _months(first: dt.date, later: dt.date) -> int:
    return (later.year - first.year) * 12 + later.month - first.month


def _length(month: dt.date) -> int:
    return calendar.monthrange(month.year, month.month)[1]
