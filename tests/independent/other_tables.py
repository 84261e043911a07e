"""The tables beside days, discharges and decisions, and what holds between them: part of :mod:`independent.every_table`.

What is joined to nothing is taken in all the same: a figure that is shown where it must not be is recovered at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from independent.exact_attack import ENDLESS, Cell

if TYPE_CHECKING:
    from independent.every_table import Reader

Row = dict[str, Any]
#: Of the streams of decisions what their components of change begin with.
STREAMS = {"requests": "", "reviews": "review_", "chc_requests": "chc_", "chc_reviews": "chc_review_"}


def other_tables(own: Reader) -> None:
    """Everything that no other part of the attack reads."""
    _sides_without_passes(own)
    _effects(own)
    _steps(own)
    _components(own)
    _costs_of_care(own)
    _pools(own)
    _of_evidence(own)
    _schemes(own)
    for frame, column in (
        ("gaps_and_overlaps", "people"),
        ("cohort_filters", "spells_removed"),
        ("data_quality", "rows"),
        ("threshold_changes", "people"),
        ("cost_after_refusal", "people"),
        ("substitution_rates", "people"),
    ):
        for row in own.of(frame):
            own.take(frame, row, column)


def _sides_without_passes(own: Reader) -> None:
    """The days of all delays, by side: the same without each pass of the linkage."""
    groups: dict[str, list[Cell]] = {}
    for row in own.of("linkage_sensitivity"):
        people = own.take("linkage_sensitivity", row, "people")
        days = own.take("linkage_sensitivity", row, "delayed_days", "people", least=1)
        if people is not None and days is not None:
            own.numbers.at_most("everyone waits a day", [people], [days])
            groups.setdefault(row["without"], []).append(days)
    wholes = [
        own.take("linkage_passes", row, "_all_days", "_all_people", bears="share_of_delayed_days")
        for row in own.of("linkage_passes")
    ]
    for cells in groups.values():
        for other in groups.values():
            own.numbers.alike("days with and without passes", cells, other)
        for whole in wholes:
            own.total("days of all sides", whole, cells)


def _effects(own: Reader) -> None:
    """Exposed people: the same for each outcome, and of each group matched or not."""
    columns = ("people", "comparators", "unmatched", "without_windows")
    main: dict[tuple[Any, Any], list[dict[str, Cell | None]]] = {}
    for row in own.of("shift_effects"):
        cells = {name: own.take("shift_effects", row, name) for name in columns}
        if row["design"] == "main":
            main.setdefault((row["exposure"], row["council"]), []).append(cells)
    for rows in main.values():
        for name in columns:
            for one in rows[1:]:
                _alike(own, "one outcome as another", [rows[0][name]], [one[name]])
    groups: dict[tuple[Any, ...], list[dict[str, Cell | None]]] = {}
    for row in own.of("shift_balance"):
        cells = {name: own.take("shift_balance", row, name) for name in ("people", "matched", "unmatched")}
        cells["_exposed"] = own.take("shift_balance", row, "_exposed", bears="share_of_exposed")
        own.total("matched or not", cells["people"], [cells["matched"], cells["unmatched"]])
        for part, whole, share in (
            ("_comparators", "_every_comparator", "share_of_comparators"),
            ("_as_weighted", "_every_matched", "share_of_matched_comparators"),
        ):
            some, every = (own.take("shift_balance", row, name, bears=share) for name in (part, whole))
            if some is not None and every is not None:
                own.numbers.at_most("a group among all", [some], [every])
            cells[whole] = every
        groups.setdefault((row["exposure"], row["council"], row["characteristic"]), []).append(cells)
    for (exposure, council, _), rows in groups.items():
        for one in rows:
            own.total("all exposed", one["_exposed"], [other["people"] for other in rows])
            own.total("all matched", one["_every_matched"], [other["matched"] for other in rows])
        for cells in main.get((exposure, council), []):
            own.total("matched of all groups", cells["people"], [one["matched"] for one in rows])
            own.total("unmatched of all groups", cells["unmatched"], [one["unmatched"] for one in rows])


def _steps(own: Reader) -> None:
    """Decisions on each side of a step: eligible or not."""
    for row in own.of("threshold_changes"):
        for side in ("before", "after"):
            whole, *parts = (
                own.take("threshold_changes", row, f"_{name}_{side}", bears=f"share_{side}")
                for name in ("all", "eligible", "not_eligible")
            )
            own.total("decisions on one side of a step", whole, parts)


def _components(own: Reader) -> None:
    """A change in people found eligible: of one year less those of another, and the sum of its components."""
    changes: dict[tuple[Any, ...], dict[str, Cell | None]] = {}
    for row in own.of("eligibility_decomposition"):
        key = (row["council"], row["baseline_start"], row["period_start"])
        changes.setdefault(key, {})[row["component"]] = own.signed(
            "eligibility_decomposition", row, "people", "_fewest"
        )
    for (council, before, after), cells in changes.items():
        for stream, prefix in STREAMS.items():
            parts = [cells.get(f"{prefix}{name}") for name in ("volume", "mix", "access", "rate")]
            _alike(own, "components of a change", [cells.get(f"{prefix}change")], [part for part in parts if part])
            years = [
                [
                    own.take("realised_eligibility", row, "found_eligible")
                    for row in own.of("realised_eligibility")
                    if (row["council"], row["stream"]) == (council, stream)
                    and start <= row["month"] < start.replace(year=start.year + 1)
                ]
                for start in (before, after)
            ]
            _alike(own, "a change is of one year to another", years[1], [*years[0], cells.get(f"{prefix}change")])


def _costs_of_care(own: Reader) -> None:
    """Different people by payer: those who pay are among those who receive."""
    people: dict[tuple[Any, Any], dict[str, Cell | None]] = {}
    paying: dict[tuple[Any, Any], list[Cell | None]] = {}
    for row in own.of("service_costs"):
        cell = own.take("service_costs", row, "people")
        those = own.take("service_costs", row, "_contributors", bears="contribution")
        key = (row["month"], row["care_setting"])
        people.setdefault(key, {})[row["payer"]] = cell
        if row["payer"] != "person":
            paying.setdefault(key, []).append(those)
            if cell is not None and those is not None:
                own.numbers.at_most("payers among those who receive", [those], [cell])
    for key, cells in people.items():
        own.union("everyone who pays", cells.get("person"), paying.get(key, []))


def _pools(own: Reader) -> None:
    """What fell on the partners of a pool is what fell on all; in bed days where it is whole ones."""
    shifts = own.of("cost_shifts")
    for (month, _, nature, basis), mine in _grouped(own.of("pool_shares"), ("month", "pool", "nature", "basis")):
        fell = {row["partner"]: own.in_days("pool_shares", row, "fell_on", "_people") for row in mine}
        bears = {row["partner"]: own.in_hundredths("pool_shares", row, "bears", "_people") for row in mine}
        for row in mine:
            partner = row["partner"]
            whole = own.in_days("pool_shares", row, "_all", "_people", bears="share_of_spend")
            own.total("a pool's spend", whole, fell.values())
            for share in (round(100 * row["share_of_contributions"]), 100):
                # By its share of all, or (own risk) what fell on it.
                cell = whole if share < 100 else fell[partner]
                if cell is not None and bears[partner] is not None:
                    own.numbers.balanced("borne of a pool", [(-1, bears[partner]), (share, cell)])
            days = [
                own.take("cost_shifts", one, "_days", "people", bears="amount")
                for one in shifts
                if (one["month"], one["nature"], one["basis"], one["payer"]) == (month, nature, basis, partner)
                and one["kind"] == "delay"
            ]
            _alike(own, "what fell on a partner is its delays", [fell[partner]], days)
            moves = [
                (times, own.in_hundredths("cost_shifts", one, "amount", "people"))
                for one in shifts
                for side, times in (("driver", -1), ("payer", 1))
                if (one["month"], one["nature"], one["basis"], one[side]) == (month, nature, basis, partner)
                and one["kind"] == "pool_adjustment"
            ]
            terms = [(-1, bears[partner]), (100, fell[partner]), *moves]
            if all(cell is not None for _, cell in terms):
                own.numbers.balanced("moved by a pool", [(times, cell) for times, cell in terms if cell is not None])
        if None not in bears.values() and None not in fell.values():
            terms = [*((-1, cell) for cell in bears.values()), *((100, cell) for cell in fell.values())]
            own.numbers.balanced("all is borne", [(times, cell) for times, cell in terms if cell is not None])


def _of_evidence(own: Reader) -> None:
    """Days of disputes and of steps: no more than what they are of."""
    noted: dict[tuple[Any, ...], list[Cell | None]] = {}
    for row in own.of("dispute_outcomes"):
        whole = own.take("dispute_outcomes", row, "delayed_bed_days", "people")
        _at_most(own, own.take("dispute_outcomes", row, "moved_days", "_moved_people"), whole)
        _at_most(own, own.take("dispute_outcomes", row, "people"), whole)
        noted.setdefault((row["month"], row["provider"], row["council"]), []).append(whole)
    for key, cells in noted.items():
        differing = [
            own.take("attribution_agreement", row, "delayed_bed_days", "_people")
            for row in own.of("attribution_agreement")
            if (row["month"], row["provider"], row["council"]) == key and row["agreement"] in ("disputed", "questioned")
        ]
        if None not in cells and None not in differing:
            both = [[cell for cell in side if cell] for side in (cells, differing)]
            own.numbers.at_most("disputes are of what differs", *both)
            # Where each of them has a note.
            own.numbers.alike("all that differs has a note", *both)
    for row in own.of("step_standards"):
        whole = own.take("step_standards", row, "delayed_bed_days", "people")
        _at_most(own, own.take("step_standards", row, "within_standard_days", "_within_people"), whole)
        own.take("step_standards", row, "people")


def _schemes(own: Reader) -> None:
    """Sums over all with a scheme, and over all without it: of the same rows as the figures of each."""
    days, discharges = own.of("delayed_bed_days"), own.of("discharge_delays")
    shifts = [row for row in own.of("cost_shifts") if row["kind"] == "delay"]

    def is_good(one: Row) -> bool:
        return one["setting"] == "acute" and one.get("_good", one.get("acceptable")) is True

    def of_member(one: Row, name: str) -> bool:
        return bool(one["provider"] == name or (one["council"] == name and is_good(one)))

    for row in own.of("scheme_months"):
        what, month = row["measure"], row["month"]
        shifted = what.endswith("_notional")
        members = own.pack.members.get((row["scheme"], "partners" if shifted else row["group"]), ())
        side = "driver" if what.startswith("passed") else "payer"
        sums: dict[str, list[Cell | None]] = {}
        for name in members:
            if shifted:
                mine = [one for one in shifts if one[side] == name and one["driver"] != one["payer"]]
                sums.setdefault("numerator", []).extend(one["_d"] for one in mine if one["month"] == month)
            elif what in _DAYS_OF_SCHEMES:
                mine = [one for one in days if one["month"] == month and of_member(one, name)]
                sums.setdefault("numerator", []).extend(one["_d"] for one in mine)
            if what in _DISCHARGES_OF_SCHEMES:
                mine = [one for one in discharges if one["month"] == month and of_member(one, name)]
                for column, count in _DISCHARGES_OF_SCHEMES[what].items():
                    sums.setdefault(column, []).extend(one[f"_{count}"] for one in mine)
        for column in ("numerator", "denominator"):
            cell = _of_scheme(own, row, column, alone=len(members) == 1)
            own.total(f"schemes: {what} {column}", cell, sums.get(column, [None]))


_DAYS_OF_SCHEMES = ("delayed_bed_days", "delayed_days_per_1000_discharges", "share_of_occupied_beds")
_DISCHARGES_OF_SCHEMES = {
    "average_delay_days": {"numerator": "bed_days_lost", "denominator": "discharges"},
    "share_on_ready_date": {"numerator": "discharged_on_ready_date", "denominator": "discharges"},
    "delayed_days_per_1000_discharges": {"denominator": "discharges"},
}


def _of_scheme(own: Reader, row: Row, column: str, *, alone: bool) -> Cell | None:
    """A figure of a scheme's month, pounds as days. It is suppressed for the fewest behind any part of it."""
    pence, name = 100 if row["_money"] else 1, f"{column} of all"
    value, told = row[column], row["_shown"][column]
    price = own.price if row["_money"] else 1
    if value is None or value * pence % price or (told is not None and int(told) * pence % price):
        return None
    row[name] = value * pence // price
    row["_shown"][name] = None if told is None else int(told) * pence // price
    behind = f"_{column}_people"
    if not alone and told is None:
        # Not few have all: nothing is known of it.
        cell = (own.number, "scheme_months", row["_at"], name)
        return own.numbers.add(cell, 0, max(ENDLESS, row[name]), row[name], secret=False)
    return own.take("scheme_months", row, name, behind)


def _at_most(own: Reader, part: Cell | None, whole: Cell | None) -> None:
    if part is not None and whole is not None:
        own.numbers.at_most("part of the days", [part], [whole])


def _alike(own: Reader, what: str, some: Iterable[Cell | None], others: Iterable[Cell | None]) -> None:
    one, other = list(some), list(others)
    if one and other and None not in one and None not in other:
        own.numbers.alike(what, [cell for cell in one if cell], [cell for cell in other if cell])


def _grouped(rows: list[Row], names: tuple[str, ...]) -> Iterable[tuple[tuple[Any, ...], list[Row]]]:
    found: dict[tuple[Any, ...], list[Row]] = {}
    key: Callable[[Row], tuple[Any, ...]] = lambda row: tuple(row[name] for name in names)  # noqa: E731
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return found.items()
