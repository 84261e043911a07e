"""The figures that are read aloud: acute, acceptable providers, the report's month.

Sums are taken over uncontrolled tables; for ``public/`` the disclosure rule is then applied to each sum, which
is why a headline may differ from the sum of the rounded rows beneath it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl

from costshift.ledger.delay_shifts import UNALLOCATED
from costshift.ledger.summaries import OTHERS
from costshift.project import Disclosure
from costshift.publish.content import Headline
from costshift.publish.dates import month_name
from costshift.publish.standing_out import named

SUPPRESSED, NOT_COMPUTABLE = "[c]", "[x]"
#: Recorded attributions as they are read aloud.
WORDS = {
    "acute": "the hospital's own",
    "community": "community services",
    "mental_health": "mental health services",
    "icb": "the ICB's",
    "council": "the council's",
    "person": "the person's or family's",
    "not_recorded": "nobody's: no reason given",
    "unknown": "the provider's, of unknown setting",
}
#: The basis that the money follows, as it is read aloud.
ON_BASIS = {
    "recorded": "as recorded",
    "evidenced": "as evidenced by both sides' linked dates",
    "reconciled": "as recorded, unless firm evidence overrides it",
}
#: The name of all organisations that the project file does not declare.
OTHERS_NAME = {OTHERS: "Other organisations"}
#: The other published price of a delayed bed day, shown beside the one in use.
KINGS_FUND = "acute_kings_fund"


@dataclass(frozen=True)
class Rule:
    """The disclosure rule for single figures (None leaves them as they are), with the price of the dearest bed day."""

    disclosure: Disclosure | None
    bed_day_pence: int = 1
    #: What is suppressed though it is not small, as it would tell others (``pack.py`` has the names).
    telling: frozenset[str] = frozenset()

    @property
    def controls(self) -> bool:
        """Whether anything is suppressed or rounded."""
        return self.disclosure is not None and self.disclosure.rule != "none"

    def hides(self, people: int) -> bool:
        """Whether what rests on so many people is suppressed."""
        return self.disclosure is not None and self.controls and 1 <= people <= self.disclosure.threshold

    def whole(self, value: int) -> int:
        """A count or quantity as it may be shown."""
        if self.disclosure is None or not self.controls:
            return value
        return _nearest(value, self.disclosure.rounding)

    def amount(self, pence: int) -> int:
        """Pence as they may be shown: to as many of the dearest bed days as counts are rounded to."""
        if self.disclosure is None or not self.controls:
            return pence
        return _nearest(pence, self.disclosure.rounding * self.bed_day_pence)


def headlines(
    tables: dict[str, pl.DataFrame],
    summaries: dict[str, pl.DataFrame],
    names: dict[str, str],
    month: dt.date,
    prices: dict[str, int],
    ready_date_missing: str,
    basis: str,
    rule: Rule,
) -> list[Headline]:
    """The headline figures of a month.

    Args:
        tables: uncontrolled tables, inner columns included, money in pence.
        summaries: uncontrolled summaries: days_by_attribution for the different people behind the days, and
            positions_by_partner, where the organisations that are no partners are one.
        names: partner id to name.
        month: the report's month.
        prices: price of a bed day in pence, by setting; under acute_kings_fund the other published price.
        ready_date_missing: no_delay or exclude: how the tables treat a missing ready date.
        basis: recorded, evidenced or reconciled: which attribution the money follows.
        rule: the disclosure rule.
    """
    return [
        *_discharges(tables["discharge_delays"], names, month, ready_date_missing, rule),
        *_bed_days(tables["delayed_bed_days"], summaries["days_by_attribution"], tables, names, month, prices, rule),
        *_agreement(summaries["agreement_by_organisation"], month, rule),
        *_waiting(tables["census"], names, rule),
        *_positions(summaries["positions_by_partner"], names, month, basis, rule),
    ]


def _discharges(
    table: pl.DataFrame, names: dict[str, str], month: dt.date, ready_date_missing: str, rule: Rule
) -> list[Headline]:
    acute = table.filter((pl.col("month") == month) & (pl.col("setting") == "acute"))
    used = acute.filter("acceptable")
    left_out = _named(acute.filter(~pl.col("acceptable"))["provider"], names)
    doubt = f"Without {left_out}, whose ready dates are missing or too few." if left_out else ""
    labels = {
        "discharges": ("Adults discharged after a night or more", "spells"),
        "share_on_ready_date": ("Left on their discharge ready date", "share"),
        "average_delay_days": ("Average delay, all discharges", "days"),
        "average_delay_days_when_delayed": ("Average delay of those delayed", "days"),
        "bed_days_lost": ("Bed days lost by these discharges", "days"),
    }
    if not used.height:
        why = doubt or "No acute provider has discharges in the month."
        return [_missing(key, label, unit, NOT_COMPUTABLE, why) for key, (label, unit) in labels.items()]
    total, on_date, delayed, lost, missing = (
        int(used[name].sum())
        for name in (
            "discharges",
            "discharged_on_ready_date",
            "delayed_discharges",
            "bed_days_lost",
            "ready_date_missing",
        )
    )
    r_total, r_on, r_delayed, r_lost = (rule.whole(value) for value in (total, on_date, delayed, lost))
    bound, average_bound = _other_bounds(total, on_date, delayed, lost, missing, ready_date_missing, rule)
    if rule.telling & {"discharges", "discharged_on_ready_date", "delayed_discharges", "ready_date_missing"}:
        bound = average_bound = ""
    no_total, no_on_date, no_delayed = (
        rule.hides(count) or name in rule.telling
        for name, count in (
            ("discharges", total),
            ("discharged_on_ready_date", on_date),
            ("delayed_discharges", delayed),
        )
    )
    hidden = {
        "discharges": no_total,
        # What did not leave on the date was delayed: the share goes with either count.
        "share_on_ready_date": no_total or no_on_date or no_delayed,
        "average_delay_days": no_total or no_delayed,
        "average_delay_days_when_delayed": no_delayed,
        "bed_days_lost": no_delayed,
    }
    values: dict[str, float | None] = {
        "discharges": r_total,
        "share_on_ready_date": r_on / r_total if r_total else None,
        "average_delay_days": r_lost / r_total if r_total else None,
        "average_delay_days_when_delayed": r_lost / r_delayed if r_delayed else None,
        "bed_days_lost": r_lost,
    }
    doubts = {
        "share_on_ready_date": f"{doubt} {bound}".strip(),
        "average_delay_days": f"{doubt} {average_bound}".strip(),
    }
    return [
        _missing(key, label, unit, SUPPRESSED, doubts.get(key, doubt))
        if hidden[key]
        else _figure(key, label, values[key], unit, doubts.get(key, doubt))
        for key, (label, unit) in labels.items()
    ]


def _other_bounds(
    total: int, on_date: int, delayed: int, lost: int, missing: int, ready_date_missing: str, rule: Rule
) -> tuple[str, str]:
    """The share on the ready date and the average delay under the other reading of missing ready dates, in words."""
    if ready_date_missing == "no_delay":
        others, on_others, words = total - missing, on_date - missing, "if missing ready dates are left out"
    else:
        others, on_others, words = total + missing, on_date + missing, "if missing ready dates count as no delay"
    if not missing or not rule.whole(others) or any(rule.hides(count) for count in (missing, others)):
        return "", ""
    whole = rule.whole(others)
    share = "" if rule.hides(on_others) else f"{100 * rule.whole(on_others) / whole:.1f}% {words}."
    average = "" if rule.hides(delayed) else f"{rule.whole(lost) / whole:.2f} days {words}."
    return share, average


def _bed_days(
    table: pl.DataFrame,
    people: pl.DataFrame,
    tables: dict[str, pl.DataFrame],
    names: dict[str, str],
    month: dt.date,
    prices: dict[str, int],
    rule: Rule,
) -> list[Headline]:
    here = table.filter((pl.col("month") == month) & (pl.col("setting") == "acute"))
    acute = (pl.col("month") == month) & (pl.col("setting") == "acute")
    state = tables["discharge_delays"].filter(acute).select("provider", "acceptable").unique()
    used = here.join(state.filter(~pl.col("acceptable")), on="provider", how="anti")
    left_out = _named(state.filter(~pl.col("acceptable"))["provider"], names)
    provisional = _named(used.filter("provisional")["provider"], names)
    doubt = " ".join(
        part
        for part in (
            f"Without {left_out}." if left_out else "",
            f"Provisional: days are too few, as nobody who is still waiting is sent by {provisional}."
            if provisional
            else "",
        )
        if part
    )
    days = int(used["delayed_bed_days"].sum())
    behind = people.filter((pl.col("month") == month) & (pl.col("setting") == "acute"))
    counts = dict(behind.select("recorded_attribution", "people").iter_rows())
    everyone = counts.get(None, 0)
    in_month = _days_in(month)
    shown = rule.whole(days)
    price, other = prices.get("acute"), prices.get(KINGS_FUND)
    at_other = "" if other is None else f"At the King's Fund's £{other / 100:,.0f} a day: £{shown * other / 100:,.0f}."
    # Where every acute provider is left out, nothing is known: no days are not zero days.
    nothing_known = bool(left_out) and not state["acceptable"].any()
    figures: list[Headline] = []
    for key, label, value, unit, beside in (
        ("delayed_bed_days", "Delayed bed days in the month, people still waiting included", float(shown), "days", ""),
        ("delayed_beds", "Beds that these filled on average", shown / in_month, "beds", ""),
        (
            "delayed_bed_days_cost",
            "Delayed bed days at the price of a bed day (average cost, not a saving)",
            None if price is None else shown * price / 100,
            "pounds",
            at_other,
        ),
    ):
        if nothing_known:
            figures.append(_missing(key, label, unit, NOT_COMPUTABLE, doubt))
        elif rule.hides(everyone) or "days" in rule.telling:
            figures.append(_missing(key, label, unit, SUPPRESSED, doubt))
        else:
            figures.append(_figure(key, label, value, unit, f"{doubt} {beside}".strip()))
    if nothing_known:
        return figures
    by_attribution = used.group_by("recorded_attribution").agg(pl.col("delayed_bed_days").sum())
    shares: list[Headline] = []
    for attribution, own in by_attribution.iter_rows():
        key, label = (
            f"recorded_{attribution}_share",
            f"Of these days, recorded as {WORDS.get(attribution, attribution)}",
        )
        told = "days" in rule.telling or f"days: {attribution}" in rule.telling
        if told or rule.hides(counts.get(attribution, 0)) or rule.hides(everyone):
            shares.append(_missing(key, label, "share", SUPPRESSED, "As recorded by the hospital."))
        else:
            share = rule.whole(own) / shown if shown else None
            shares.append(_figure(key, label, share, "share", "As recorded by the hospital."))
    # By what is shown: the order, too, must not tell what is suppressed.
    return [*figures, *sorted(shares, key=lambda own: (own.value is None, -(own.value or 0), own.key))]


def _agreement(table: pl.DataFrame, month: dt.date, rule: Rule) -> list[Headline]:
    """Where the record and the linked dates agree: all settings, providers with acceptable ready dates."""
    rows = table.filter(pl.col("role") == "all").to_dicts()
    tested_month = rows[0]["month"] if rows else month
    labels = {
        "testable_share": f"Delayed bed days of {month_name(tested_month)} that both sides' linked dates can test",
        "agreed_share": "Of these, recorded to the side that the dates show",
        "disputed_days": "Days that firm evidence gives to another side than the record",
    }
    doubts = {
        "testable_share": "All settings; the latest month that is not too recent to test. The rest count for nobody.",
        "agreed_share": "Each side writes its own dates.",
        "disputed_days": "The restricted list names the spells.",
    }
    units = {"testable_share": "share", "agreed_share": "share", "disputed_days": "days"}
    if not rows or not rows[0]["_tested_days"]:
        why = (
            "No delayed day can be tested: the linked records do not cover the delays, or not yet."
            if rows
            else "No council's extract reaches far enough beyond the delays of these months."
        )
        return [_missing(key, label, units[key], NOT_COMPUTABLE, why) for key, label in labels.items()]
    row = rows[0]

    def hides(count: str) -> bool:
        return rule.hides(row[count]) or f"agreement: {count}" in rule.telling

    every, tested, agreed, disputed = (
        rule.whole(int(row[name])) for name in ("delayed_bed_days", "_tested_days", "agreed_days", "disputed_days")
    )
    hidden = {
        "testable_share": hides("people") or hides("_tested_people") or hides("_untestable_people"),
        "agreed_share": hides("_agreed_people") or hides("_tested_people"),
        "disputed_days": hides("_disputed_people"),
    }
    values = {
        "testable_share": tested / every if every else None,
        "agreed_share": agreed / tested if tested else None,
        "disputed_days": float(disputed),
    }
    return [
        _missing(key, label, units[key], SUPPRESSED, doubts[key])
        if hidden[key]
        else _figure(key, label, values[key], units[key], doubts[key])
        for key, label in labels.items()
    ]


def _waiting(table: pl.DataFrame, names: dict[str, str], rule: Rule) -> list[Headline]:
    acute = table.filter(pl.col("setting") == "acute")
    blind = _named(acute.filter(pl.col("people_delayed").is_null())["provider"], names)
    doubt = f"Not known for {blind}." if blind else ""
    figures = []
    for key, label in (
        ("people_delayed", "People ready to leave and still in an acute bed on the as-at date"),
        ("people_delayed_21_plus", "Of these, in hospital for 21 nights or more"),
    ):
        count = int(acute[key].sum())
        if acute.height and acute[key].null_count() == acute.height:
            figures.append(_missing(key, label, "people", NOT_COMPUTABLE, doubt))
        elif rule.hides(count) or key in rule.telling:
            figures.append(_missing(key, label, "people", SUPPRESSED, doubt))
        else:
            figures.append(_figure(key, label, float(rule.whole(count)), "people", doubt))
    return figures


def _positions(table: pl.DataFrame, names: dict[str, str], month: dt.date, basis: str, rule: Rule) -> list[Headline]:
    figures = []
    last = [OTHERS, UNALLOCATED]
    own = sorted(
        # Counted bed days alone: an estimate is read with its interval, in its own section.
        table.filter((pl.col("month") == month) & (pl.col("basis") == "counted")).to_dicts(),
        key=lambda row: (
            row["nature"] == "cash",
            row["partner"] in last,
            row["partner"] == UNALLOCATED,
            row["partner"],
        ),
    )
    for row in own:
        # Natures are never summed: each has its own figure.
        in_cash = row["nature"] == "cash"
        key = f"net_absorbed_{'cash_' if in_cash else ''}{row['partner']}"
        name = (names | OTHERS_NAME).get(row["partner"], row["partner"])
        label = f"Net absorbed for others{' in cash' if in_cash else ''}: {name}"
        doubt = (
            "Cash that was counted: late decisions on continuing healthcare, and what pools moved. Never to be added "
            "to bed days."
            if in_cash
            else f"Delayed bed days {ON_BASIS[basis]}, at average cost; notional, no cash moved."
        )
        told = f"position: {row['partner']} {row['nature']}" in rule.telling
        if told or rule.hides(row["_absorbed_people"]) or rule.hides(row["_passed_people"]):
            figures.append(_missing(key, label, "pounds", SUPPRESSED, doubt))
            continue
        net = rule.amount(row["absorbed_for_others"]) - rule.amount(row["passed_to_others"])
        figures.append(_figure(key, label, net / 100, "pounds", doubt))
    return figures


def _nearest(value: int, base: int) -> int:
    return (2 * value + base) // (2 * base) * base


def _named(providers: pl.Series, names: dict[str, str]) -> str:
    every = [names.get(provider, provider) for provider in providers.unique().sort()]
    return named(every)


def _days_in(month: dt.date) -> int:
    return int(pl.select(pl.lit(month).dt.days_in_month()).item())


def _missing(key: str, label: str, unit: str, shown: str, doubt: str) -> Headline:
    return Headline(key, label, None, unit, shown, doubt)


def _figure(key: str, label: str, value: float | None, unit: str, doubt: str) -> Headline:
    if value is None:
        return _missing(key, label, unit, NOT_COMPUTABLE, doubt)
    return Headline(key, label, float(value), unit, shown(float(value), unit), doubt)


def shown(value: float, unit: str) -> str:
    """A figure as it is read aloud: 1,234 or 86.4% or 2.16 days or £1.2m."""
    match unit:
        case "share":
            return f"{100 * value:.1f}%"
        case "days" if value != int(value):
            return f"{value:,.2f} days"
        case "days":
            return f"{value:,.0f} {'day' if value == 1 else 'days'}"
        case "beds":
            return f"{value:,.1f} beds"
        case "pounds":
            return f"{'-' if round(value) < 0 else ''}£{abs(value):,.0f}"
        case _:
            return f"{value:,.0f}"
