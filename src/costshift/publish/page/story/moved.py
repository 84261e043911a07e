"""What moved, and who paid: shifts, positions, decisions on eligibility and what followed."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from costshift.ledger.delay_shifts import UNALLOCATED
from costshift.ledger.late_chc_decisions import PERSON
from costshift.ledger.summaries import OTHERS
from costshift.publish import words
from costshift.publish.page.blocks import Values
from costshift.publish.page.story.phrases import (
    Said,
    further_suppressed,
    headlines_of,
    mark_of,
    rows_of_month,
    signed,
    stated,
    whole_pounds,
    why_not,
    within,
)
from costshift.publish.page.view import View
from costshift.publish.standing_out import FEW, MOST_NAMED, named, where

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


def what_moved(view: View) -> list[Said]:
    """What moved from one partner to another."""
    return [*_moved(view), *_positions(view), *_found_eligible(view), *_estimated(view)]


def _moved(view: View) -> list[Said]:
    """The largest amount from one partner to another, and the cost of all delayed days."""
    cost = headlines_of(view).get("delayed_bed_days_cost")
    said: list[Said] = []
    if cost is not None:
        told = stated(
            cost,
            f"At the price of a bed day the delayed acute days of {view.month_name} are worth {{}}",
            f"What the delayed acute days of {view.month_name} are worth at the price of a bed day",
        )
        beside = "Average cost, not a saving: no cash moved. " if cost.value is not None else ""
        said.append((f"{told}.", f"{beside}{cost.doubt}".strip()))
    rows = [
        row
        for row in rows_of_month(view, "shifts_by_partner")
        if row["driver"] != row["payer"] and row["kind"] == "delay" and row["nature"] == "notional"
    ]
    known = [row for row in rows if row["amount"] and UNALLOCATED not in (row["driver"], row["payer"])]
    most = max(known, key=lambda row: (row["amount"], row["driver"], row["payer"]), default=None)
    gone = [row for row in rows if row["amount"] is None]
    if most is not None:
        shown = "Of what can be shown, the" if gone else "The"
        said.append(
            (
                f"{shown} largest cost of delay that one partner drove and another bore: {whole_pounds(most['amount'])}"
                f", driven by {view.name(most['driver'])} and borne by {view.name(most['payer'])}.",
                further_suppressed(gone, "amount"),
            )
        )
    return said


def _positions(view: View) -> list[Said]:
    """Each partner's net position, from who bore most for others to who passed on most; cash apart."""
    every = rows_of_month(view, "positions_by_partner")
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
    if max(len(bore), len(passed)) > MOST_NAMED:
        parts.append(f"All stand {where('partner_positions')}.")
    nobody = next((row for row in rows if row["partner"] == UNALLOCATED and row["passed_to_others"]), None)
    if nobody is not None:
        parts.append(
            f"{whole_pounds(nobody['passed_to_others'])} was driven by nobody that can be named, or by the person."
        )
    gone = [row for row in own if row["net_absorbed"] is None]
    if not parts:
        in_cash = " in cash" if cash else ""
        if not gone:
            return [(f"No partner bore cost for another{in_cash}.", "")]
        return [(f"What each partner bore for others{in_cash} {why_not(mark_of(gone[0], 'net_absorbed'))}.", "")]
    beside = (
        "Late decisions on continuing healthcare, and what pools moved. Never to be added to bed days."
        if cash
        else "Bed days at average cost: no cash moved."
    )
    told = " ".join(parts)
    told = f"In cash, {told if bore or passed else told[:1].lower() + told[1:]}" if cash else told
    return [(told, f"{beside} {further_suppressed(gone, 'net_absorbed')}".strip())]


def _named(view: View, rows: Sequence[Values]) -> str:
    return named([f"{within(view, row['partner'])} ({whole_pounds(abs(row['net_absorbed']))})" for row in rows])


def _them(rows: Sequence[Values]) -> str:
    return "them" if len(rows) > 1 or rows[0]["partner"] == PERSON else "it"


def _found_eligible(view: View) -> list[Said]:
    """For each council the change in people found eligible from the first to the last year, and its largest part."""
    frame = view.table("eligibility_decomposition").filter(pl.col("component").is_in([*_FACTORS, "change"]))
    latest = frame.filter(pl.col("period_start") == pl.col("period_start").max().over("council"))
    first = latest.filter(pl.col("baseline_start") == pl.col("baseline_start").min().over("council"))
    said: list[Said] = []
    every = first["council"].unique().to_list()
    councils = _largest_changes(view, first) if len(every) > MOST_NAMED else view.council_order(every)
    for council in councils:
        rows = {row["component"]: row for row in first.filter(pl.col("council") == council).to_dicts()}
        change = rows.get("change")
        if change is None:
            continue
        later, earlier = (words.month_name(change[name]) for name in ("period_start", "baseline_start"))
        if change["people"] is None:
            said.append(
                (f"{view.name(council)}: the change in people found eligible {why_not(mark_of(change, 'people'))}.", "")
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
            told += f". The largest part{shown} is {_FACTORS[most['component']]}: {signed(most['people'])}"
            told += _reliable(most)
        doubt = (
            f"Dated policy between the two years: {words.policies(change['policy'])}."
            if change["policy"]
            else "No dated policy between the two years: no policy effect is claimed."
        )
        said.append((f"{told}.", doubt))
    return [*said, *_others(len(every))]


def _largest_changes(view: View, first: pl.DataFrame) -> list[str]:
    """The councils whose people found eligible changed most, either way; ties by name."""
    rows = first.filter(pl.col("component") == "change").to_dicts()
    order = sorted(
        rows,
        key=lambda row: (row["people"] is None, -abs(row["people"] or 0), view.name(row["council"]), row["council"]),
    )
    return [row["council"] for row in order[:FEW]]


def _others(every: int) -> list[Said]:
    """That the councils above are those whose change is largest, and where the others stand."""
    if every <= MOST_NAMED:
        return []
    told = f"These are the {FEW} of {every:,} councils with the largest change in people found eligible, either way."
    return [(f"{told} All stand {where('eligibility_decomposition')}.", "")]


def _reliable(row: Values) -> str:
    low, high = row["people_low"], row["people_high"]
    if low is None or high is None:
        return ""
    return f" (95% interval {signed(low)} to {signed(high)}{': no reliable change' if _holds_zero(row) else ''})"


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
        f"{whole_pounds(row['amount'])} from {view.name(row['driver'])} to {view.name(row['payer'])} "
        + _AFTER.get(row["kind"], f"by {words.label(row['kind']).lower()}")
        + (
            f" ({whole_pounds(row['amount_low'])} to {whole_pounds(row['amount_high'])})"
            if row["amount_low"] is not None and row["amount_high"] is not None
            else ""
        )
        for row in shown
    ]
    if not told:
        return [
            (f"What decisions on eligibility moved to others in the month {why_not(mark_of(rows[0], 'amount'))}.", "")
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
