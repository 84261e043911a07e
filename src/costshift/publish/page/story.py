"""The month in one page: what happened, whose the days are, what moved and who paid, each with its doubt.

Every figure in a sentence is one that a table of the pack shows its audience: a headline, a summary or a published
table, as it was controlled. Nothing is added up here. What was suppressed or cannot be worked out is said to be so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import polars as pl

from costshift.delays.agreement_summaries import ALL
from costshift.indicators.series import by_chance
from costshift.ledger.delay_shifts import UNALLOCATED
from costshift.ledger.late_chc_decisions import PERSON
from costshift.ledger.summaries import OTHERS
from costshift.publish import words
from costshift.publish.content import Headline
from costshift.publish.headlines import NOT_COMPUTABLE, SUPPRESSED
from costshift.publish.page.blocks import Block, Section, Tiles, Told, Values, Words, hidden
from costshift.publish.page.view import View
from costshift.publish.signals import Series, series_of
from costshift.statistics.xmr import COMMON_CAUSE

#: A sentence, and the doubt that stands beside it.
Said = tuple[str, str]

_RECORDED = "recorded_"
_TO_WHOM = {
    "acute": "the hospital itself",
    "community": "community services",
    "mental_health": "mental health services",
    "icb": "the ICB",
    "council": "the council",
    "person": "the person or family",
    "not_recorded": "nobody (no reason given)",
    "unknown": "a provider of unknown setting",
}
_FACTORS = {
    "volume": "the number of requests",
    "mix": "who asked",
    "access": "the share of requests that reached an assessment",
    "rate": "the share found eligible of those assessed",
}
#: What a decision on eligibility leads to, in words that follow an amount.
_AFTER = {
    "eligibility_loss": "after support was lost",
    "eligibility_refusal": "after support was refused",
    "package_reduction": "after packages were reduced",
    "chc_loss": "after continuing healthcare was lost",
    "chc_refusal": "after continuing healthcare was refused",
}
#: The headlines that stand on top, in words that need no context.
_ON_TOP = {
    "share_on_ready_date": "Left on the day they were ready",
    "delayed_beds": "Acute beds filled, on average, by people ready to leave",
    "people_delayed": "Ready to leave and still in an acute bed on {}",
    "delayed_bed_days_cost": "Delayed acute days at average cost, not a saving",
}


def story(view: View) -> Section:
    """The month in one page."""
    parts: list[tuple[str, list[Said]]] = [
        ("What happened", [*_discharged(view), *_beds(view), *_changes(view), *_waiting(view), *_against_plan(view)]),
        ("To whom the days are attributable", [*_recorded(view), *_evidenced(view)]),
        ("What moved, and who paid", [*_moved(view), *_positions(view), *_found_eligible(view), *_estimated(view)]),
        ("What to doubt most", _doubts(view)),
    ]
    blocks: list[Block] = [*_on_top(view)]
    for title, said in parts:
        blocks += [Words(title, "heading"), Told(said)] if said else []
    if not any(said for _, said in parts[:-1]):
        blocks = [Words(f"There is nothing to tell of {view.month_name}: no discharges or delays are known."), *blocks]
    return Section("story", "The month in one page", blocks)


def _on_top(view: View) -> list[Tiles]:
    """The main figures as tiles; none where there are fewer than two to show."""
    own = _headlines(view)
    as_at = words.day_name(view.content.as_at)
    told = [
        replace(own[key], label=title.format(as_at))
        for key, title in _ON_TOP.items()
        if key in own and own[key].value is not None
    ]
    return [Tiles(told, main=True)] if len(told) > 1 else []


# --- what happened ------------------------------------------------------------------------------------------


def _discharged(view: View) -> list[Said]:
    own = _headlines(view)
    if "discharges" not in own:
        return []
    total, share, average, lost = (
        own.get(key)
        for key in ("discharges", "share_on_ready_date", "average_delay_days_when_delayed", "bed_days_lost")
    )
    if total is not None and all(own is None or own.value is None for own in (total, share, average)):
        what = f"How long people waited to leave an acute hospital in {view.month_name}"
        return [(f"{what} {_why_not(total.shown)}.", total.doubt)]
    parts = [f"{_adults(total, view.month_name)}."]
    if share is not None:
        parts.append(
            f"{_stated(share, '{} left on the day they were ready', 'The share that left on the day they were ready')}."
        )
    if share is not None and share.value == 1:
        pass
    elif average is not None and lost is not None and average.value is not None and lost.value is not None:
        parts.append(f"Those who did not waited {average.shown} on average: {_bed_days(lost)} in all.")
    elif average is not None:
        parts.append(f"{_stated(average, 'Those who did not waited {} on average', 'How long the others waited')}.")
    return [(" ".join(parts), _doubt(share, total))]


def _adults(total: Headline | None, month: str) -> str:
    if total is None or total.value is None:
        mark = NOT_COMPUTABLE if total is None else total.shown
        return f"How many adults left an acute hospital after a night or more in {month} {_why_not(mark)}"
    who = "adult" if total.value == 1 else "adults"
    return f"{total.shown} {who} left an acute hospital after a night or more in {month}"


def _bed_days(lost: Headline) -> str:
    # Days are written with their unit.
    number = lost.shown.partition(" ")[0]
    return f"{number} bed {'day' if lost.value == 1 else 'days'}"


def _beds(view: View) -> list[Said]:
    own = _headlines(view)
    beds, days = own.get("delayed_beds"), own.get("delayed_bed_days")
    if beds is None or days is None:
        return []
    if beds.value is None or days.value is None:
        return [
            (f"How many acute beds were filled by people who were ready to leave {_why_not(beds.shown)}.", beds.doubt)
        ]
    number = beds.shown.removesuffix(" beds")
    what = "acute bed" if number in ("1", "1.0") else "acute beds"
    return [
        (
            f"People who were ready to leave filled {number} {what} on an average day, {_bed_days(days)} in the month, "
            "those still waiting included.",
            beds.doubt,
        )
    ]


def _changes(view: View) -> list[Said]:
    """Delayed beds of each acute provider and each council's average delay, against the month before and chance."""
    types = {partner.id: str(partner.type) for partner in view.content.project.partners}
    wanted = [
        own
        for own in series_of(view.table("spc"), view.names)
        if (own.measure == "delayed_beds" and types.get(own.partner) == "acute")
        or (own.measure == "average_delay_days" and types.get(own.partner) == "council")
    ]
    said = []
    for measure, title in (("delayed_beds", "Delayed beds"), ("average_delay_days", "Average delay of residents")):
        own = [series for series in wanted if series.measure == measure]
        # A last month that is not shown is told as that: an older one in its place would mislead.
        hidden_ = [series.name for series in own if series.hidden and series.latest is not series.rows[-1]]
        parts = [_change(series) for series in own if series.latest is not None and series.name not in hidden_]
        if hidden_:
            parts.append(f"suppressed ({SUPPRESSED}) for {words.listed(hidden_)}")
        if parts:
            said.append((f"{title}: {'; '.join(parts)}.", ""))
    return [*said[:-1], (said[-1][0], _chance(wanted))] if said else []


def _chance(wanted: Sequence[Series]) -> str:
    """How many of the charts signal, and how many would if nothing had changed anywhere."""
    judged = [own for own in wanted if own.judged and own.latest in own.judged]
    if not judged:
        return ""
    signal = sum(own.judged[-1]["special_cause"] != COMMON_CAUSE for own in judged)
    expected = by_chance([len(own.judged) for own in judged])
    chance = f"about {words.decimal(expected)}" if expected >= 0.05 else "fewer than 0.1"
    told = f"{signal} signal a change at their" if signal > 1 else f"{signal or 'none'} signals a change at its"
    return (
        f"Of {words.counted(len(judged), 'chart', 'charts')} judged, {told} last point; {chance} would by chance alone."
    )


def _change(series: Series) -> str:
    latest = series.latest
    assert latest is not None
    told = f"{series.name} {series.written(latest['value'])}"
    if latest["month"] != series.rows[-1]["month"] or series.quarterly:
        told += f" in {series.when(latest['month'])}"
    place = series.rows.index(latest)
    before = series.rows[place - 1] if place else None
    if before is not None and before["value"] is not None and not latest["provisional"]:
        shown, earlier = series.written(latest["value"]), series.written(before["value"])
        way = "up from" if latest["value"] > before["value"] else "down from"
        told += f", {'as' if shown == earlier else f'{way} {earlier}'} in {series.when(before['month'])}"
    if latest["provisional"]:
        return f"{told}, provisional and not judged"
    cause = latest["special_cause"]
    if cause is None:
        return f"{told}, {'with too many months suppressed' if series.hidden else 'with too few months'} to judge"
    if cause == COMMON_CAUSE:
        return f"{told}: no reliable change{_few(series)}"
    return f"{told}: {_why(series, latest)} ({latest['variation'].partition('_')[0]})"


def _few(series: Series) -> str:
    """That the limits rest on few points, where they do."""
    if not series.rows[-1]["trial"]:
        return ""
    begins = max((place for place, row in enumerate(series.rows) if row["rebased"]), default=0)
    points = sum(row["special_cause"] is not None for row in series.rows[begins:])
    return f", with only {words.counted(points, *series.period)} to judge by"


def _why(series: Series, latest: Values) -> str:
    """Why the last point is no chance, with the limit or mean that it is held against."""
    mean, low, high = (series.written(latest[name]) for name in ("mean", "lower_limit", "upper_limit"))
    seven = f"at least seven {series.period[1]}"
    return {
        "above_upper_limit": f"above {high}, the most that chance explains",
        "below_lower_limit": f"below {low}, the least that chance explains",
        "rising_trend": f"rising over {seven}",
        "falling_trend": f"falling over {seven}",
        "two_of_three_high": f"near {high}, the most that chance explains, for the second time in three",
        "two_of_three_low": f"near {low}, the least that chance explains, for the second time in three",
        "seven_above_mean": f"above the mean of {mean} for {seven}",
        "seven_below_mean": f"below the mean of {mean} for {seven}",
    }[latest["special_cause"]]


def _waiting(view: View) -> list[Said]:
    own = _headlines(view)
    people, long = own.get("people_delayed"), own.get("people_delayed_21_plus")
    if people is None:
        return []
    as_at = words.day_name(view.content.as_at)
    if people.value is None:
        told = f"How many people were waiting in an acute bed on {as_at} {_why_not(people.shown)}"
    elif not people.value:
        return [(f"Nobody who was ready to leave was still in an acute bed on {as_at}.", people.doubt)]
    else:
        one = people.value == 1
        told = (
            f"On {as_at} {people.shown} {'person' if one else 'people'} who {'was' if one else 'were'} ready to leave "
        )
        told += f"{'was' if one else 'were'} still in an acute bed"
    if long is not None and long.value is not None:
        told += f", {long.shown if long.value else 'none'} of them after 21 nights or more in hospital"
    elif long is not None and people.value is not None:
        told += f"; how many of them after 21 nights or more in hospital {_why_not(long.shown)}"
    return [(f"{told}.", people.doubt)]


def _against_plan(view: View) -> list[Said]:
    rows = [row for row in view.of_month("bcf_discharge").to_dicts() if row["plan"] is not None]
    order = view.council_order(row["council"] for row in rows)
    by_council = {row["council"]: row for row in rows}
    told: list[str] = []
    gone: dict[str, list[str]] = {}
    for council in order:
        row = by_council[council]
        own, plan = row["average_delay_days"], row["plan"]
        if own is None:
            gone.setdefault(_mark(row, "average_delay_days"), []).append(view.name(council))
            continue
        # Of the figures as they are written, so that the sentence adds up.
        difference = round(round(own, 2) - round(plan, 2), 2)
        how = f"{words.decimal(abs(difference), 2)} days {'above' if difference > 0 else 'below'} the plan of"
        told.append(
            f"{view.name(council)} {words.decimal(own, 2)} days, {how if difference else 'as planned:'} "
            f"{words.decimal(plan, 2)}"
        )
    known = bool(told)
    told += [f"{_state(mark)} for {words.listed(names)}" for mark, names in gone.items()]
    if not told:
        return []
    return [
        (
            f"Against the agreed plan for the average delay per discharge: {'; '.join(told)}.",
            "One month above or below plan is not in itself a change." if known else "",
        )
    ]


# --- whose the days are -------------------------------------------------------------------------------------


def _recorded(view: View) -> list[Said]:
    shares = [own for own in view.content.headlines if own.key.startswith(_RECORDED)]
    told = [own for own in shares if own.value is not None]
    if not shares:
        return []
    many = sum(str(partner.type) == "council" for partner in view.content.project.partners) > 1
    listed = [f"{own.shown} to {_whom(own.key, many=many)}" for own in told if own.value]
    gone = [own for own in shares if own.value is None]
    if not listed and not gone:
        return []
    sentence = f"The hospitals’ own records give the delayed acute days of {view.month_name}: {words.listed(listed)}"
    if not listed:
        sentence = f"To whom the hospitals’ records give the delayed acute days {_why_not(gone[0].shown)}"
    elif gone:
        sentence += f"; {words.counted(len(gone), 'further share is', 'further shares are')} {_state(gone[0].shown)}"
    return [(f"{sentence}.", "This is one side’s record, not what happened.")]


def _whom(key: str, *, many: bool) -> str:
    own = key.removeprefix(_RECORDED).removesuffix("_share")
    return "councils" if many and own == "council" else _TO_WHOM.get(own, words.label(own))


def _evidenced(view: View) -> list[Said]:
    rows = view.summary("agreement_by_organisation").filter(pl.col("role") == ALL).to_dicts()
    days = view.table("delayed_bed_days").iter_rows(named=True)
    if not any(own["delayed_bed_days"] is not None or "delayed_bed_days" in hidden(own) for own in days):
        return []
    if not any(own.kind == "care_events" for own in view.content.project.extracts):
        return [("Whose the delayed days are rests on the hospitals’ record alone: no council sends an extract.", "")]
    if not rows:
        return [
            (
                "Both sides’ linked dates cannot test the delayed days yet.",
                "No council’s extract reaches far enough beyond the delays of these months.",
            )
        ]
    row = rows[0]
    month = words.month_name(row["month"])
    if not any(row[f"{name}_days"] != 0 for name in ("agreed", "disputed", "questioned")):
        number = "" if row["delayed_bed_days"] is None else f"{words.whole(row['delayed_bed_days'])} "
        none = f"None of the {number}delayed bed days of {month} can be tested against both sides’ linked dates."
        return [(none, "The records do not cover these delays: this counts for nobody.")]
    parts = [
        f"{_days(row, f'{name}_days')} {how}"
        for name, how in (
            ("agreed", "agreed"),
            ("disputed", "disputed by firm dates"),
            ("questioned", "questioned by weaker ones"),
            ("untestable", "that cannot be tested"),
        )
    ]
    told = (
        f"Both sides’ linked dates were held against the record of the {_days(row, 'delayed_bed_days')} delayed bed "
        f"days of {month}, in all settings, the latest month that is not too recent: {words.listed(parts)}."
    )
    if row["share_agreed"] is not None:
        share = words.percent(row["share_agreed"])
        told += f" Of those that can be tested, {share} are recorded to the side that the dates show."
    said = [(told, "Each side writes its own dates. What cannot be tested counts for nobody.")]
    return [*said, *_bases(view, row["month"])]


def _bases(view: View, tested: dt.date) -> list[Said]:
    """The partner whose days the firm evidence changes most."""
    month = words.month_name(tested)
    partners = [
        row
        for row in view.summary("bases_by_partner").filter(pl.col("month") == tested).to_dicts()
        if row["partner"] not in (UNALLOCATED, OTHERS)
    ]
    rows = [row for row in partners if row["recorded_days"] is not None and row["reconciled_days"] is not None]
    most = max(rows, key=lambda row: (abs(row["reconciled_days"] - row["recorded_days"]), row["partner"]), default=None)
    if most is None:
        return []
    if most["recorded_days"] == most["reconciled_days"]:
        return [(f"Firm evidence changes no partner’s delayed bed days of {month} that can be shown.", "")]
    shown = "Of those that can be shown, firm" if len(rows) < len(partners) else "Firm"
    return [
        (
            f"{shown} evidence changes the delayed bed days of {view.name(most['partner'])} in {month} most: from "
            f"{_days(most, 'recorded_days')} as recorded to {_days(most, 'reconciled_days')}.",
            "",
        )
    ]


# --- what moved ---------------------------------------------------------------------------------------------


def _moved(view: View) -> list[Said]:
    """The largest amount from one partner to another, and the cost of all delayed days."""
    cost = _headlines(view).get("delayed_bed_days_cost")
    said: list[Said] = []
    if cost is not None:
        told = _stated(
            cost,
            f"At the price of a bed day the delayed acute days of {view.month_name} are worth {{}}",
            f"What the delayed acute days of {view.month_name} are worth at the price of a bed day",
        )
        beside = "Average cost, not a saving: no cash moved. " if cost.value is not None else ""
        said.append((f"{told}.", f"{beside}{cost.doubt}".strip()))
    rows = [
        row
        for row in _of_month(view, "shifts_by_partner")
        if row["driver"] != row["payer"] and row["kind"] == "delay" and row["nature"] == "notional"
    ]
    known = [row for row in rows if row["amount"] and UNALLOCATED not in (row["driver"], row["payer"])]
    most = max(known, key=lambda row: (row["amount"], row["driver"], row["payer"]), default=None)
    gone = [row for row in rows if row["amount"] is None]
    if most is not None:
        shown = "Of what can be shown, the" if gone else "The"
        said.append(
            (
                f"{shown} largest cost of delay that one partner drove and another bore: {_pounds(most['amount'])}, "
                f"driven by {view.name(most['driver'])} and borne by {view.name(most['payer'])}.",
                _gone(gone, "amount"),
            )
        )
    return said


def _positions(view: View) -> list[Said]:
    """Each partner's net position, from who bore most for others to who passed on most; cash apart."""
    every = _of_month(view, "positions_by_partner")
    return [
        said
        for nature in ("notional", "cash")
        for said in _positions_in(view, [row for row in every if row["nature"] == nature], cash=nature == "cash")
    ]


def _positions_in(view: View, rows: Sequence[Values], *, cash: bool) -> list[Said]:
    own = [row for row in rows if row["partner"] not in (UNALLOCATED, OTHERS)]
    if not own:
        return []
    known = sorted(
        (row for row in own if row["net_absorbed"] is not None), key=lambda row: (-row["net_absorbed"], row["partner"])
    )
    bore = [row for row in known if row["net_absorbed"] > 0]
    passed = [row for row in reversed(known) if row["net_absorbed"] < 0]
    parts = []
    if bore:
        parts.append(f"{_named(view, bore)} bore more for others than others bore for {_them(bore)}.")
    if passed:
        parts.append(f"{_named(view, passed)} passed on more than {'it' if len(passed) == 1 else 'they'} bore.")
    nobody = next((row for row in rows if row["partner"] == UNALLOCATED and row["passed_to_others"]), None)
    if nobody is not None:
        parts.append(f"{_pounds(nobody['passed_to_others'])} was driven by nobody that can be named, or by the person.")
    gone = [row for row in own if row["net_absorbed"] is None]
    if not parts:
        where = " in cash" if cash else ""
        if not gone:
            return [(f"No partner bore cost for another{where}.", "")]
        return [(f"What each partner bore for others{where} {_why_not(_mark(gone[0], 'net_absorbed'))}.", "")]
    beside = (
        "Late decisions on continuing healthcare, and what pools moved. Never to be added to bed days."
        if cash
        else "Bed days at average cost: no cash moved."
    )
    told = " ".join(parts)
    told = f"In cash, {told if bore or passed else told[:1].lower() + told[1:]}" if cash else told
    return [(told, f"{beside} {_gone(gone, 'net_absorbed')}".strip())]


def _named(view: View, rows: Sequence[Values]) -> str:
    return words.listed([f"{_within(view, row['partner'])} ({_pounds(abs(row['net_absorbed']))})" for row in rows])


def _them(rows: Sequence[Values]) -> str:
    return "them" if len(rows) > 1 or rows[0]["partner"] == PERSON else "it"


def _found_eligible(view: View) -> list[Said]:
    """For each council the change in people found eligible from the first to the last year, and its largest part."""
    frame = view.table("eligibility_decomposition").filter(pl.col("component").is_in([*_FACTORS, "change"]))
    latest = frame.filter(pl.col("period_start") == pl.col("period_start").max().over("council"))
    first = latest.filter(pl.col("baseline_start") == pl.col("baseline_start").min().over("council"))
    said: list[Said] = []
    for council in view.council_order(first["council"].unique().to_list()):
        rows = {row["component"]: row for row in first.filter(pl.col("council") == council).to_dicts()}
        change = rows.get("change")
        if change is None:
            continue
        later, earlier = (words.month_name(change[name]) for name in ("period_start", "baseline_start"))
        if change["people"] is None:
            said.append(
                (f"{view.name(council)}: the change in people found eligible {_why_not(_mark(change, 'people'))}.", "")
            )
            continue
        size = abs(change["people"])
        if not size:
            same = (
                f"{view.name(council)} found as many people eligible in the year from {later} as in the year from "
                f"{earlier}"
            )
            said.append((f"{same}.", ""))
            continue
        more = "more" if change["people"] > 0 else "fewer"
        told = f"{view.name(council)} found {words.counted(size, f'{more} person', f'{more} people')} eligible in the "
        told += f"year from {later} than in the year from {earlier}{_reliable(change)}"
        # What a change that is not reliable consists of would be read as a finding.
        parts = [row for name, row in rows.items() if name in _FACTORS and row["people"] and not _holds_zero(change)]
        most = max(parts, key=lambda row: (abs(row["people"]), row["component"]), default=None)
        if most is not None:
            hidden_some = any(row["people"] is None for name, row in rows.items() if name in _FACTORS)
            shown = " that can be shown" if hidden_some else ""
            told += f". The largest part{shown} is {_FACTORS[most['component']]}: {_signed(most['people'])}"
            told += _reliable(most)
        doubt = (
            f"Dated policy between the two years: {words.policies(change['policy'])}."
            if change["policy"]
            else "No dated policy between the two years: no policy effect is claimed."
        )
        said.append((f"{told}.", doubt))
    return said


def _reliable(row: Values) -> str:
    low, high = row["people_low"], row["people_high"]
    if low is None or high is None:
        return ""
    return f" (95% interval {_signed(low)} to {_signed(high)}{': no reliable change' if _holds_zero(row) else ''})"


def _holds_zero(row: Values) -> bool:
    """Whether the interval is known and holds zero."""
    low, high = row["people_low"], row["people_high"]
    return low is not None and high is not None and low <= 0 <= high


def _estimated(view: View) -> list[Said]:
    """What decisions on eligibility are estimated to have moved in the month."""
    rows = view.of_month("cost_shifts").filter(pl.col("basis") == "estimated").to_dicts()
    if not rows:
        if not view.table("eligibility_decisions").height:
            return []
        silent = [
            own
            for own in view.content.checks
            if own.name == "effects_of_eligibility_are_estimated" and own.status != "pass"
        ]
        if not silent and not view.table("shift_effects").height:
            return []
        why = "Too few people could be matched: that none is shown does not mean that there is none."
        return [("No cost that decisions on eligibility moved to others could be estimated for the month.", why)]
    known = [row for row in rows if row["amount"] is not None]
    shown = sorted(known, key=lambda row: (-abs(row["amount"]), row["driver"], row["payer"], row["kind"]))[:3]
    told = [
        f"{_pounds(row['amount'])} from {view.name(row['driver'])} to {view.name(row['payer'])} "
        + _AFTER.get(row["kind"], f"by {words.label(row['kind']).lower()}")
        + (
            f" ({_pounds(row['amount_low'])} to {_pounds(row['amount_high'])})"
            if row["amount_low"] is not None and row["amount_high"] is not None
            else ""
        )
        for row in shown
    ]
    if not told:
        return [
            (f"What decisions on eligibility moved to others in the month {_why_not(_mark(rows[0], 'amount'))}.", "")
        ]
    least = "; the largest" if len(known) > len(told) else ""
    fell = " A negative amount: the other side’s cost fell." if any(row["amount"] < 0 for row in shown) else ""
    return [
        (
            f"Cost that decisions on eligibility are estimated to have moved in {view.month_name}{least}: "
            f"{'; '.join(told)}.",
            f"In brackets: 95% intervals; one that holds zero cannot be told from none.{fell}",
        )
    ]


# --- what to doubt ------------------------------------------------------------------------------------------


#: Warnings that touch what a board reads, in its words: how many rows they touch stands in the internal pack alone.
_WARNINGS = {
    "every_activity_has_a_price": "some delayed bed days have no price and are in no cost",
    "every_service_has_a_cost": "some services have no unit cost and are in no cost of care",
    "reporting_periods_are_filled": "some months of the councils’ records look too thin to test delays against",
    "headline_measures_are_steady": "a headline measure moved by more than usual, so that the sender is to be asked",
}


def _doubts(view: View) -> list[Said]:
    content = view.content
    said: list[Said] = []
    left_out = sorted(
        {
            view.name(row["provider"])
            for row in _of_month(view, "discharges_by_provider")
            if row["provider"] is not None and not row["acceptable"]
        }
    )
    if left_out:
        said.append(
            (f"{words.listed(left_out)}: too few ready dates. Left out of every total, chart and cost above.", "")
        )
    late = [own for own in content.awaited if own.late]
    if late:
        senders = words.listed(sorted({f"{words.label(own.kind)} of {view.name(own.submitter)}" for own in late}))
        said.append((f"Still awaited, an earlier file stands in: {senders}.", ""))
    told = {status: sum(own.status == status for own in content.checks) for status in ("fail", "warn")}
    if content.checks:
        need = "need" if told["fail"] > 1 else "needs"
        warn = "carry a warning" if told["warn"] > 1 else "carries a warning"
        said.append(
            (
                f"Of {words.counted(len(content.checks), 'check', 'checks')} of this run, {told['fail'] or 'none'} "
                f"{need} a person and {told['warn'] or 'none'} {warn}: the pack lists them.",
                "",
            )
        )
        raised = {own.name for own in content.checks if own.status == "warn"}
        touching = [text for name, text in _WARNINGS.items() if name in raised]
        if touching:
            said.append((f"Among them: {'; '.join(touching)}.", ""))
    if view.controlled:
        said.append(("Small numbers are suppressed and others rounded, so that figures may not add up.", ""))
    gap = words.governance_gap(content)
    return [*said, (gap, "")] if gap else said


# --- words --------------------------------------------------------------------------------------------------


def _headlines(view: View) -> dict[str, Headline]:
    return {own.key: own for own in view.content.headlines}


def _of_month(view: View, summary: str) -> list[dict[str, Any]]:
    return view.summary(summary).filter(pl.col("month") == view.content.month).to_dicts()


def _within(view: View, partner: str) -> str:
    """A partner's name within a sentence."""
    name = view.name(partner)
    return name[0].lower() + name[1:] if partner == PERSON else name


def _stated(own: Headline, known: str, what: str) -> str:
    return known.format(own.shown) if own.value is not None else f"{what} {_why_not(own.shown)}"


def _state(mark: str) -> str:
    return f"suppressed ({SUPPRESSED})" if mark == SUPPRESSED else f"not known ({NOT_COMPUTABLE})"


def _why_not(mark: str) -> str:
    return f"is suppressed ({SUPPRESSED})" if mark == SUPPRESSED else f"cannot be worked out ({NOT_COMPUTABLE})"


def _pounds(amount: Decimal) -> str:
    # A board reads whole pounds; the pence stand in the tables.
    return words.pounds(amount, pence=False)


def _mark(row: Values, column: str) -> str:
    return SUPPRESSED if column in hidden(row) else NOT_COMPUTABLE


def _days(row: Values, column: str) -> str:
    own = row[column]
    if own is None:
        return _mark(row, column)
    return words.whole(own)


def _doubt(*figures: Headline | None) -> str:
    return next((own.doubt for own in figures if own is not None and own.doubt), "")


def _gone(rows: Sequence[Values], column: str) -> str:
    hidden_ = sum(column in hidden(row) for row in rows)
    return (
        f"{words.counted(hidden_, 'further amount is', 'further amounts are')} suppressed ({SUPPRESSED})."
        if hidden_
        else ""
    )


def _signed(own: int) -> str:
    # A minus sign, which stays with its number at the end of a line.
    sign = "+" if own > 0 else "\N{MINUS SIGN}" if own < 0 else ""
    return f"{sign}{abs(own):,}"
