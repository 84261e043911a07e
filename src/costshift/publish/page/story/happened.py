"""What happened: discharges, delayed beds, changes, who waits, how it stands against plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from costshift.indicators.series import by_chance
from costshift.publish import words
from costshift.publish.content import Headline
from costshift.publish.headlines import NOT_COMPUTABLE, SUPPRESSED
from costshift.publish.page.blocks import Values
from costshift.publish.page.story.phrases import Said, doubt_of, headlines_of, mark_of, state_of, stated, why_not
from costshift.publish.page.view import View
from costshift.publish.signals import Series, series_of, signals_change
from costshift.publish.standing_out import FEW, MOST_NAMED, where
from costshift.statistics.xmr import COMMON_CAUSE


def what_happened(view: View) -> list[Said]:
    """What happened in the month."""
    return [*_discharged(view), *_beds(view), *_changes(view), *_waiting(view), *_against_plan(view)]


def _discharged(view: View) -> list[Said]:
    own = headlines_of(view)
    if "discharges" not in own:
        return []
    total, share, average, lost = (
        own.get(key)
        for key in ("discharges", "share_on_ready_date", "average_delay_days_when_delayed", "bed_days_lost")
    )
    if total is not None and all(own is None or own.value is None for own in (total, share, average)):
        what = f"How long people waited to leave an acute hospital in {view.month_name}"
        return [(f"{what} {why_not(total.shown)}.", total.doubt)]
    parts = [f"{_adults(total, view.month_name)}."]
    if share is not None:
        parts.append(
            f"{stated(share, '{} left on the day they were ready', 'The share that left on the day they were ready')}."
        )
    if share is not None and share.value == 1:
        pass
    elif average is not None and lost is not None and average.value is not None and lost.value is not None:
        parts.append(f"Those who did not waited {average.shown} on average: {_bed_days(lost)} in all.")
    elif average is not None:
        parts.append(f"{stated(average, 'Those who did not waited {} on average', 'How long the others waited')}.")
    return [(" ".join(parts), doubt_of(share, total))]


def _adults(total: Headline | None, month: str) -> str:
    if total is None or total.value is None:
        mark = NOT_COMPUTABLE if total is None else total.shown
        return f"How many adults left an acute hospital after a night or more in {month} {why_not(mark)}"
    who = "adult" if total.value == 1 else "adults"
    return f"{total.shown} {who} left an acute hospital after a night or more in {month}"


def _bed_days(lost: Headline) -> str:
    # Days are written with their unit.
    number = lost.shown.partition(" ")[0]
    return f"{number} bed {'day' if lost.value == 1 else 'days'}"


def _beds(view: View) -> list[Said]:
    own = headlines_of(view)
    beds, days = own.get("delayed_beds"), own.get("delayed_bed_days")
    if beds is None or days is None:
        return []
    if beds.value is None or days.value is None:
        return [
            (f"How many acute beds were filled by people who were ready to leave {why_not(beds.shown)}.", beds.doubt)
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
        told = [series for series in own if series.latest is not None and series.name not in hidden_]
        if len(told) + len(hidden_) > MOST_NAMED:
            said.append((f"{title}: {_standing_out(told, len(hidden_))}", ""))
            continue
        parts = [_change(series) for series in told]
        if hidden_:
            parts.append(f"suppressed ({SUPPRESSED}) for {words.listed(hidden_)}")
        if parts:
            said.append((f"{title}: {'; '.join(parts)}.", ""))
    return [*said[:-1], (said[-1][0], _chance(wanted))] if said else []


def _standing_out(every: Sequence[Series], suppressed: int) -> str:
    """The series that stand out, and how many others there are: of a place with more than a sentence can name.

    Those that signal a change come first; then those with the largest change since the point before, either way;
    ties go by name.
    """
    order = sorted(every, key=lambda own: (not signals_change(own), -_size(own), own.name, own.partner))
    parts = [_change(series) for series in order[:FEW]]
    others = order[FEW:]
    causes = [own.latest["special_cause"] for own in others if own.latest is not None]
    kinds = [
        (sum(signals_change(own) for own in others), "signals a change", "signal a change"),
        (causes.count(COMMON_CAUSE), "shows no reliable change", "show no reliable change"),
        (causes.count(None), "cannot be judged", "cannot be judged"),
        (suppressed, f"is suppressed ({SUPPRESSED})", f"are suppressed ({SUPPRESSED})"),
    ]
    counts = words.listed([f"{number:,} {one if number == 1 else many}" for number, one, many in kinds if number])
    named = "Named first are those that signal a change, then those with the largest change since the point before. "
    rest = f"Of the other {len(others) + suppressed:,}, {counts}: all stand {where('spc')}."
    return f"{'; '.join(parts)}. {named if parts else ''}{rest}"


def _size(series: Series) -> float:
    """How far the last point is from the one before, either way; nothing where that is not told."""
    latest = series.latest
    place = 0 if latest is None else series.rows.index(latest)
    before = series.rows[place - 1]["value"] if place else None
    if latest is None or before is None or latest["provisional"]:
        return 0.0
    return abs(float(latest["value"]) - float(before))


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
    own = headlines_of(view)
    people, long = own.get("people_delayed"), own.get("people_delayed_21_plus")
    if people is None:
        return []
    as_at = words.day_name(view.content.as_at)
    if people.value is None:
        told = f"How many people were waiting in an acute bed on {as_at} {why_not(people.shown)}"
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
        told += f"; how many of them after 21 nights or more in hospital {why_not(long.shown)}"
    return [(f"{told}.", people.doubt)]


def _against_plan(view: View) -> list[Said]:
    rows = [row for row in view.of_month("bcf_discharge").to_dicts() if row["plan"] is not None]
    order = view.council_order(row["council"] for row in rows)
    by_council = {row["council"]: row for row in rows}
    told: list[str] = []
    gone: dict[str, list[str]] = {}
    for council in order:
        row = by_council[council]
        if row["average_delay_days"] is None:
            gone.setdefault(mark_of(row, "average_delay_days"), []).append(view.name(council))
            continue
        told.append(_with_plan(view, row))
    known = bool(told)
    if len(order) > MOST_NAMED:
        return [_plans_standing_out(view, rows, gone)]
    told += [f"{state_of(mark)} for {words.listed(names)}" for mark, names in gone.items()]
    if not told:
        return []
    return [
        (
            f"Against the agreed plan for the average delay per discharge: {'; '.join(told)}.",
            "One month above or below plan is not in itself a change." if known else "",
        )
    ]


def _beyond_plan(row: Values) -> float:
    """Days above the plan. Of the figures as they are written, so that the sentence adds up."""
    return float(round(round(row["average_delay_days"], 2) - round(row["plan"], 2), 2))


def _with_plan(view: View, row: Values) -> str:
    difference = _beyond_plan(row)
    how = f"{words.decimal(abs(difference), 2)} days {'above' if difference > 0 else 'below'} the plan of"
    return (
        f"{view.name(row['council'])} {words.decimal(row['average_delay_days'], 2)} days, "
        f"{how if difference else 'as planned:'} {words.decimal(row['plan'], 2)}"
    )


def _plans_standing_out(view: View, rows: Sequence[Values], gone: Mapping[str, Sequence[str]]) -> Said:
    """The councils furthest from their plans, and how many others there are."""
    known = sorted(
        (row for row in rows if row["average_delay_days"] is not None),
        key=lambda row: (-abs(_beyond_plan(row)), view.name(row["council"]), row["council"]),
    )
    others = [_beyond_plan(row) for row in known[FEW:]]
    counts = [
        (sum(own > 0 for own in others), "above plan"),
        (sum(own < 0 for own in others), "below"),
        (others.count(0), "as planned"),
        *((len(names), state_of(mark)) for mark, names in sorted(gone.items())),
    ]
    told = "; ".join(_with_plan(view, row) for row in known[:FEW])
    furthest = f"{told}. Named are those furthest from their plans; of " if known else "of "
    number = len(others) + sum(len(names) for names in gone.values())
    rest = words.listed([f"{own:,} {how}" for own, how in counts if own])
    return (
        f"Against the agreed plan for the average delay per discharge: {furthest}the other {number:,} councils "
        f"{rest}: all stand {where('bcf_discharge')}.",
        "One month above or below plan is not in itself a change." if known else "",
    )
