"""Which charts a pack has: drawn from its tables and summaries, as its audience may see them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import polars as pl

from costshift.delays.agreement_summaries import ALL
from costshift.publish import words
from costshift.publish.charts.agreement import agreement_chart
from costshift.publish.charts.attribution import attribution_chart, bases_chart
from costshift.publish.charts.bands import bands_chart
from costshift.publish.charts.chart import Chart
from costshift.publish.charts.event_study import event_study_chart
from costshift.publish.charts.flow import flow_chart
from costshift.publish.charts.funnel import funnel_chart
from costshift.publish.charts.realised import realised_chart
from costshift.publish.charts.waterfall import NAMES as COMPONENTS
from costshift.publish.charts.waterfall import waterfall_chart
from costshift.publish.charts.xmr import xmr_chart
from costshift.publish.content import PackContent
from costshift.publish.headlines import SUPPRESSED
from costshift.publish.signals import Series, series_of
from costshift.publish.standing_out import MOST_NAMED, Order, councils_drawn, order_of

#: Most control charts that are drawn; the others are in the table of signals and in the workbook.
MOST_CONTROL_CHARTS = 24
#: Designs of shift_effects that are months of an event study, and the outcomes that are drawn.
EVENT_STUDY = "event_study_month_"
OUTCOMES = {"nhs_cost": "NHS cost", "council_cost": "council cost"}
EXPOSURES = {
    "lost": "support lost",
    "refused": "support refused",
    "reduced": "package reduced",
    "chc_lost": "continuing healthcare lost",
    "chc_refused": "continuing healthcare refused",
}


def charts_of(content: PackContent) -> list[Chart]:
    """Every chart for which the pack has figures that may be shown."""
    return charts_and_left_out(content)[0]


def _drawn(content: PackContent) -> set[str]:
    """The councils and ICBs of which decisions on eligibility are drawn."""
    return councils_drawn(content, order_of(content, words.partner_names(content)))[0]


def charts_and_left_out(content: PackContent) -> tuple[list[Chart], dict[str, str]]:
    """Every chart; and, by key, what is said in place of those that would be empty, as all is suppressed in them."""
    every = _every_chart(content)
    left_out = {
        own.key: f"{own.title}. Every figure of this picture rests on few people or discharges, or would tell how few "
        f"others are: all are suppressed ({SUPPRESSED}), and the picture is left out."
        for own in every
        if own.says_nothing
    }
    return [own for own in every if own.key not in left_out], left_out


def _every_chart(content: PackContent) -> list[Chart]:
    found = [
        *control_charts(content),
        *_bands(content),
        *_attribution(content),
        *_matrix(content),
        *_bases(content),
        *_flow(content),
        *_funnel(content),
        *_realised(content),
        *_event_studies(content),
        *_waterfalls(content),
    ]
    return found


def pictured(series: list[Series], types: Mapping[str, str], order: Order) -> list[Series]:
    """The series that get a chart: delayed beds of all, adjusted too of acute providers; councils' average delay.

    Of more than 12 partners those with the most delayed bed days, partner by partner, as long as there is room.
    """
    # Of a series with too many suppressed months only the larger ones are known: their picture would mislead.
    told = [own for own in series if own.judged]
    wanted = [
        own
        for own in told
        if (own.measure == "delayed_beds")
        or (own.measure == "average_delay_days" and types.get(own.partner) == "council")
        or (own.adjusted and own.measure.startswith("delayed_beds") and types.get(own.partner) == "acute")
    ]
    partners = order.of({own.partner for own in wanted})
    if len(partners) <= MOST_NAMED:
        return wanted[:MOST_CONTROL_CHARTS]
    place = {partner: at for at, partner in enumerate(partners)}
    first = sorted(range(len(wanted)), key=lambda at: place[wanted[at].partner])[:MOST_CONTROL_CHARTS]
    return [wanted[at] for at in sorted(first)]


def control_charts(content: PackContent) -> list[Chart]:
    """The control charts of the main series."""
    if "spc" not in content.tables:
        return []
    types = {partner.id: partner.type for partner in content.project.partners}
    series = series_of(content.tables["spc"], words.partner_names(content))
    return [
        xmr_chart(own, content.project.policies, source(content), content.project.baselines)
        for own in pictured(series, types, order_of(content, words.partner_names(content)))
    ]


def _bands(content: PackContent) -> list[Chart]:
    rows = _of_month(content, "discharges_by_provider")
    names = words.partner_names(content)
    good = [row for row in rows if row["setting"] == "acute" and row["acceptable"] and row["provider"] is not None]
    whole = [row for row in rows if row["provider"] is None]
    if not good:
        return []
    row, whose = (whole[0], "Acute hospitals") if len(good) > 1 and whole else (good[0], names[good[0]["provider"]])
    return [bands_chart(row, whose, words.month_name(content.month), source(content))]


def _attribution(content: PackContent) -> list[Chart]:
    rows = [row for row in _of_month(content, "days_by_attribution") if row["setting"] == "acute"]
    if not rows:
        return []
    recorded = {row["recorded_attribution"]: row for row in rows}
    note = f"As recorded by the hospitals; providers with complete enough ready dates. {source(content)}"
    return [attribution_chart({"recorded": recorded}, "acute", words.month_name(content.month), note)]


def _bases(content: PackContent) -> list[Chart]:
    """The three bases in the last month that the council's records can test."""
    frame = content.summaries.get("bases_by_partner")
    if frame is None or frame.is_empty():
        return []
    month: dt.date = frame["month"].max()  # type: ignore[assignment]
    names = words.partner_names(content)
    types = {partner.id: str(partner.type) for partner in content.project.partners}
    chart = bases_chart(
        frame.filter(pl.col("month") == month).to_dicts(),
        lambda partner: names.get(partner, partner),
        lambda partner: types.get(partner, "none"),
        words.month_name(month),
        source(content),
    )
    return [] if chart is None else [chart]


def _matrix(content: PackContent) -> list[Chart]:
    """Recorded against evidenced side, in the last month that the council's records can test."""
    rows, every = (content.summaries.get(name) for name in ("days_by_sides", "agreement_by_organisation"))
    if rows is None or every is None or rows.is_empty():
        return []
    whole = every.filter(pl.col("role") == ALL).to_dicts()
    if not whole:
        return []
    month = words.month_name(whole[0]["month"])
    return [agreement_chart(rows.to_dicts(), whole[0], month, source(content))]


def _event_studies(content: PackContent) -> list[Chart]:
    """For each exposure and council with an event study: NHS cost, or a council's for continuing healthcare."""
    frame = content.tables.get("shift_effects")
    if frame is None:
        return []
    keys = ["exposure", "council", "outcome"]
    monthly = frame.filter(pl.col("design").str.starts_with(EVENT_STUDY) & pl.col("outcome").is_in(list(OUTCOMES)))
    names = words.partner_names(content)
    found = []
    monthly = monthly.filter(pl.col("council").is_in(list(_drawn(content))))
    for (exposure, council, outcome), rows in sorted(monthly.group_by(keys), key=lambda group: group[0]):
        main = frame.filter(
            (pl.col("exposure") == exposure)
            & (pl.col("council") == council)
            & (pl.col("outcome") == outcome)
            & (pl.col("design") == "main")
        ).to_dicts()
        told = rows.filter(pl.col("effect_per_person_month").is_not_null())
        if not main or told.is_empty():
            continue
        found.append(
            event_study_chart(
                [
                    {
                        "months_from_decision": int(row["design"].removeprefix(EVENT_STUDY)),
                        "difference": row["effect_per_person_month"],
                        "low": row["effect_low"],
                        "high": row["effect_high"],
                    }
                    for row in told.to_dicts()
                ],
                main[0],
                exposure=EXPOSURES.get(exposure, words.label(exposure).lower()),
                partner=council,
                council=names.get(council, council),
                outcome=OUTCOMES[outcome],
                source=source(content),
            )
        )
    return found


def _realised(content: PackContent) -> list[Chart]:
    """The share found eligible month by month, for each council's requests and reviews."""
    frame = content.tables.get("realised_eligibility")
    if frame is None:
        return []
    names = words.partner_names(content)
    changes = content.tables["threshold_changes"].to_dicts() if "threshold_changes" in content.tables else []
    found = []
    frame = frame.filter(pl.col("council").is_in(list(_drawn(content))))
    for (council, stream), rows in sorted(frame.group_by("council", "stream"), key=lambda group: group[0]):
        chart = realised_chart(
            rows.sort("month").to_dicts(),
            [own for own in changes if own["council"] == council and stream in _streams(own["streams"])],
            partner=council,
            council=names.get(council, council),
            stream=stream,
            policies=[own for own in content.project.policies if own.partner == council],
            source=source(content),
        )
        found += [] if chart is None else [chart]
    return found


def _streams(together: str) -> set[str]:
    """The streams that were tested together, as threshold_changes names them."""
    return {own.strip() for own in together.replace(" and ", ",").split(",")}


def _flow(content: PackContent) -> list[Chart]:
    rows = [row for row in _of_month(content, "shifts_by_partner") if row["nature"] == "notional"]
    positions = {
        row["partner"]: row for row in _of_month(content, "positions_by_partner") if row["nature"] == "notional"
    }
    names = words.partner_names(content)
    types = {partner.id: str(partner.type) for partner in content.project.partners}
    chart = flow_chart(
        rows,
        positions,
        lambda partner: names.get(partner, partner),
        lambda partner: types.get(partner, "none"),
        words.month_name(content.month),
        source(content),
    )
    return [] if chart is None else [chart]


def _waterfalls(content: PackContent) -> list[Chart]:
    """For each council the latest year's change in people found eligible, by component."""
    frame = content.tables.get("eligibility_decomposition")
    if frame is None:
        return []
    names = words.partner_names(content)
    own = frame.filter(
        pl.col("component").is_in([*COMPONENTS, "change"]) & pl.col("council").is_in(list(_drawn(content)))
    )
    latest = own.filter(pl.col("period_start") == pl.col("period_start").max().over("council"))
    return [
        waterfall_chart(
            rows.sort("component").to_dicts(),
            partner=council,
            council=names.get(council, council),
            baseline=f"the year from {words.month_name(baseline)}",
            period=f"the year from {words.month_name(period)}",
            before=None,
            source=source(content),
        )
        for (council, baseline, period), rows in sorted(
            latest.group_by("council", "baseline_start", "period_start"), key=lambda group: group[0]
        )
        if rows.height == len(COMPONENTS) + 1
    ]


def _funnel(content: PackContent) -> list[Chart]:
    names = words.partner_names(content)
    rows = [
        {
            "name": names.get(row["provider"], row["provider"]),
            # The share says whether it may be shown.
            "numerator": None if row["share_on_ready_date"] is None else row["discharged_on_ready_date"],
            "denominator": row["discharges"],
        }
        for row in _of_month(content, "discharges_by_provider")
        if row["setting"] == "acute" and row["acceptable"] and row["provider"] is not None
    ]
    chart = funnel_chart(
        rows, "discharges on the ready date", words.month_name(content.month), source(content), better="increase"
    )
    return [] if chart is None else [chart]


def source(content: PackContent) -> str:
    """Where a chart's figures come from, and what was done to them."""
    place = f"Source: {content.project.place.name}, loads to number {content.known_at}."
    if words.is_controlled(content):
        return f"{place} Small numbers suppressed, others rounded."
    return f"{place} Uncontrolled figures." if content.audience == "internal" else place


def _of_month(content: PackContent, summary: str) -> list[dict[str, Any]]:
    frame = content.summaries.get(summary)
    return [] if frame is None else frame.filter(pl.col("month") == content.month).to_dicts()
