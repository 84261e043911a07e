"""Charts: well-formed, named for who cannot see them, the same bytes each time, readable in grey and by the colour-blind."""

from __future__ import annotations

import datetime as dt
import math
import os
import re
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from costshift.indicators.series import CHART_SCHEMA, control_charts
from costshift.project import Baseline, Policy
from costshift.publish.charts import canvas, charts_and_left_out, charts_of, drawn
from costshift.publish.charts.agreement import agreement_chart
from costshift.publish.charts.attribution import attribution_chart, bases_chart
from costshift.publish.charts.bands import bands_chart
from costshift.publish.charts.chart import Chart
from costshift.publish.charts.event_study import event_study_chart
from costshift.publish.charts.flow import flow_chart
from costshift.publish.charts.funnel import funnel_chart
from costshift.publish.charts.realised import realised_chart
from costshift.publish.charts.waterfall import waterfall_chart
from costshift.publish.charts.xmr import xmr_chart
from costshift.publish.page.blocks import Words
from costshift.publish.page.view import View
from costshift.publish.signals import series_of
from costshift.publish.words import with_minus
from publish.packs import MONTH, discharged, pack

SOURCE = "Source: made-up figures."
TEXT = "{http://www.w3.org/2000/svg}text"


def months(count: int, first: int = 2022) -> list[dt.date]:
    return [dt.date(first + place // 12, place % 12 + 1, 1) for place in range(count)]


def spc(values: list[float | None], **more: Any) -> pl.DataFrame:
    rows = [
        {
            "measure": "delayed_beds",
            "partner": "north-hospitals",
            "month": month,
            "period": "month",
            "value": value,
            "provisional": False,
            "target": None,
            "rebased": False,
        }
        | {name: own[place] if isinstance(own, list) else own for name, own in more.items()}
        for place, (month, value) in enumerate(zip(months(len(values)), values, strict=True))
    ]
    frame = pl.DataFrame(rows, infer_schema_length=None).cast({"value": pl.Float64, "target": pl.Float64})
    charts = control_charts(frame)
    if "suppressed" not in frame.columns:
        return charts
    return charts.join(frame.select("month", "suppressed"), on="month", how="left")


def xmr(values: list[float | None], policies: Iterable[Policy] = (), **more: Any) -> Chart:
    (series,) = [
        own for own in series_of(spc(values, **more), {"north-hospitals": "North Hospitals"}) if not own.adjusted
    ]
    return xmr_chart(series, list(policies), SOURCE)


def effects() -> Chart:
    rows = [
        {"months_from_decision": month, "difference": 10.0 * month, "low": 10.0 * month - 40, "high": 10.0 * month + 40}
        for month in range(-9, 10)
    ]
    estimate = {"effect_per_person_month": 120.0, "effect_low": 50.4, "effect_high": 189.6, "people": 212}
    return event_study_chart(
        rows,
        estimate,
        exposure="support lost",
        partner="north-council",
        council="North Council",
        outcome="NHS cost",
        source=SOURCE,
    )


def steps() -> Chart:
    rows = [
        {"component": name, "people": people, "people_low": people - 5, "people_high": people + 5}
        for name, people in (("rate", -60.0), ("volume", 24.0), ("mix", -6.5), ("access", -18.0))
    ]
    return waterfall_chart(
        rows,
        partner="north-council",
        council="North Council",
        baseline="2023/24",
        period="2024/25",
        before=412,
        source=SOURCE,
    )


def matrix() -> Chart:
    rows = [
        {"recorded_side": one, "evidenced_side": other, "delayed_bed_days": days}
        for one, other, days in (
            ("nhs", "nhs", 210),
            ("nhs", "council", 40),
            ("council", "nhs", 88),
            ("council", "none", 31),
        )
    ]
    whole = {"agreed_days": 210, "disputed_days": 70, "questioned_days": 58, "untestable_days": 31}
    return agreement_chart(rows, whole, "March 2025", SOURCE)


def funnel() -> Chart:
    rows = [
        {"name": f"Hospital {place}", "numerator": numerator, "denominator": 1000}
        for place, numerator in enumerate((860, 868, 790, 862, 925), start=1)
    ]
    chart = funnel_chart(rows, "discharges on the ready date", "March 2025", SOURCE, better="increase")
    assert chart is not None
    return chart


def bases(*names: str) -> Chart:
    days = {"acute": 100, "council": 160, "person": 40, None: 300}
    rows = {kind: {"delayed_bed_days": own, "share": own / 300} for kind, own in days.items()}
    return attribution_chart(dict.fromkeys(names, rows), "acute", "March 2025", SOURCE)


LONG = "Northshire, Westmarch and Upper Fenlands University Hospitals NHS Foundation Trust"
UNBROKEN = "Northshireandwestmarchcommunityhealthandcarepartnership"


def crowded_funnel() -> Chart:
    """Thirty units, most of them outside the limits, one with a long name."""
    rows = [
        {
            "name": LONG if place == 4 else f"Hospital {place}",
            "numerator": size * (70 + 7 * place % 25) // 100,
            "denominator": size,
        }
        for place, size in enumerate(range(60, 60 + 30 * 131, 131))
    ]
    chart = funnel_chart(rows, "discharges on the ready date", "March 2025", SOURCE, better="increase")
    assert chart is not None
    return chart


def crowded_flow() -> Chart:
    """Nine drivers and thirty payers, with long names and amounts of pence up to millions."""
    moved: list[dict[str, Any]] = [
        {"driver": f"council-{place % 9}", "payer": f"trust-{place}", "amount": Decimal(f"{place**4 + 1}.37")}
        for place in range(30)
    ]
    positions: dict[str, dict[str, Any]] = {}
    for row in moved:
        for key, side in (("payer", "absorbed_for_others"), ("driver", "passed_to_others")):
            own = positions.setdefault(row[key], {"absorbed_for_others": Decimal(0), "passed_to_others": Decimal(0)})
            own[side] += row["amount"]
    names = {"trust-29": LONG, "council-2": UNBROKEN}
    chart = flow_chart(
        moved,
        positions,
        lambda partner: names.get(partner, partner.capitalize()),
        lambda partner: "acute" if partner.startswith("trust") else "council",
        "March 2025",
        SOURCE,
    )
    assert chart is not None
    return chart


def large_effects() -> Chart:
    """Hundreds of thousands of pounds, below zero, of one person."""
    rows = [
        {"months_from_decision": month, "difference": -90_000.0 + 7_000 * month, "low": -480_000.0, "high": 120_000.0}
        for month in range(-9, 10)
    ]
    estimate = {"effect_per_person_month": -120_000.4, "effect_low": -250_000.0, "effect_high": -1_000.0, "people": 1}
    return event_study_chart(
        rows, estimate, exposure="support lost", partner="c", council=LONG, outcome="NHS cost", source=SOURCE
    )


def every_chart() -> list[Chart]:
    return [
        crowded_funnel(),
        crowded_flow(),
        large_effects(),
        xmr([12_000.0 + 900 * (place % 4) for place in range(36)]),
        xmr([0.0] * 14),
        xmr([3.0]),
        *charts_of(pack()),
        *charts_of(pack("public")),
        xmr([5, 6] * 9, target=[4.0] * 18, provisional=[False] * 16 + [True] * 2),
        bases("recorded", "evidenced", "reconciled"),
        effects(),
        steps(),
        matrix(),
        funnel(),
    ]


@pytest.mark.parametrize("chart", every_chart(), ids=lambda chart: chart.key)
def test_a_chart_is_named_and_described_and_stays_within_its_edges(chart: Chart) -> None:
    root = ElementTree.fromstring(chart.svg)
    title, desc = root[0], root[1]
    assert (title.text, desc.text) == (with_minus(chart.title), with_minus(chart.alternative))
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-labelledby"].split() == [title.attrib["id"], desc.attrib["id"]]
    assert len(chart.alternative) > 60 and chart.title[-1] != "." and chart.source.startswith(("Source", "As", "Bed"))
    # Nothing is cut off: the outermost pixels are paper.
    (picture,) = drawn([chart])
    pixels = decoded(picture.png)
    for edge in (pixels[:8], pixels[-2:], pixels[:, :8], pixels[:, -8:]):
        assert (edge == 255).all()


def decoded(png: bytes) -> npt.NDArray[np.uint8]:
    """A picture as the renderer writes it: rows of differences to the left."""
    width, height = struct.unpack(">II", png[16:24])
    data, start = b"", 8
    while start < len(png):
        (size,) = struct.unpack(">I", png[start : start + 4])
        data += png[start + 8 : start + 8 + size] if png[start + 4 : start + 8] == b"IDAT" else b""
        start += 12 + size
    rows = np.frombuffer(zlib.decompress(data), dtype=np.uint8).reshape(height, 1 + 4 * width)
    assert set(rows[:, 0]) <= {0, 1}
    plain = rows[:, 1:].reshape(height, width, 4)
    summed = plain.cumsum(axis=1, dtype=np.uint64).astype(np.uint8)
    return np.where((rows[:, 0] == 1)[:, None, None], summed, plain)


def texts(root: ElementTree.Element) -> list[tuple[float, float, str, float, str]]:
    """Place, anchor, size and words of each text that is not turned."""
    found: list[tuple[float, float, str, float, str]] = []

    def walk(node: ElementTree.Element, x: float, y: float) -> None:
        moved = re.match(r"translate\(([-\d.]+),([-\d.]+)\)", node.attrib.get("transform", ""))
        if node.tag == TEXT:
            if not moved:
                own = node.attrib
                found.append(
                    (
                        x + float(own["x"]),
                        y + float(own["y"]),
                        own.get("text-anchor", "start"),
                        float(own["font-size"]),
                        node.text or "",
                    )
                )
            return
        if moved:
            x, y = x + float(moved[1]), y + float(moved[2])
        for child in node:
            walk(child, x, y)

    walk(root, 0, 0)
    return found


def test_no_two_labels_of_a_chart_lie_over_each_other() -> None:
    for chart in every_chart():
        boxes = []
        for x, y, anchor, size, text in texts(ElementTree.fromstring(chart.svg)):
            wide = 0.44 * size * len(text)
            left = {"start": x, "middle": x - wide / 2, "end": x - wide}[anchor]
            boxes.append((left, y - 0.7 * size, left + wide, y, text))
        for one, other in combinations(boxes, 2):
            apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
            assert apart, (chart.key, one[4], other[4])


def test_the_same_chart_gives_the_same_bytes_and_a_picture_of_twice_its_size() -> None:
    charts = [xmr([5, 6] * 9), matrix()]
    one, two = drawn(charts), drawn(charts)
    assert [(own.svg, own.png) for own in one] == [(own.svg, own.png) for own in two]
    for picture in one:
        width, height = struct.unpack(">II", picture.png[16:24])
        assert (width, height) == (2 * picture.width, 2 * picture.height)
        assert picture.png.endswith(b"IEND" + struct.pack(">I", zlib.crc32(b"IEND")))
        assert len(picture.png) < 200_000


_DRAW = """
import hashlib, os
from costshift.publish.charts import drawn
from costshift.publish.charts.canvas import picture, words
from costshift.publish.charts.chart import Chart
shapes = [words(f"Llŷr’s {weight} £1.50 – 84 days", 0, 30, bold=weight == "bold") for weight in ("bold", "plain")]
chart = Chart("key", "Title", "Words", "Source", picture("Title", "Days", "Source", 60, shapes), None)
before = dict(os.environ)
print(hashlib.sha256(drawn([chart])[0].png).hexdigest(), before == dict(os.environ))
"""


def test_a_picture_is_the_same_whatever_fonts_the_machine_has(tmp_path: Path) -> None:
    (tmp_path / "fonts.conf").write_text(f"<fontconfig><dir>{tmp_path}</dir></fontconfig>", encoding="utf-8")
    told = []
    for own in ({}, {"FONTCONFIG_FILE": str(tmp_path / "fonts.conf")}):
        done = subprocess.run(
            [sys.executable, "-c", _DRAW], env=os.environ | own, capture_output=True, text=True, check=True
        )
        told.append(done.stdout.split())
    assert told[0] == told[1]
    assert told[0][1] == "True"


def test_a_public_chart_draws_no_figure_that_is_suppressed() -> None:
    public = {chart.key: chart for chart in charts_of(pack("public"))}
    # South Hospitals: 62 days of 6 people, £34,844; six discharges after a day.
    for chart in public.values():
        assert "34,844" not in chart.svg and "62" not in re.findall(r">([^<]*)<", chart.drawing.body)
    flow = public["flow-of-cost"]
    assert "1 flow is suppressed ([c]) and not drawn" in flow.source
    assert flow.drawing.body.count('fill-opacity="0.55"') == 2
    internal = {chart.key: chart for chart in charts_of(pack())}["flow-of-cost"]
    assert internal.drawing.body.count('fill-opacity="0.55"') == 3 and "£34,844" in internal.alternative


def test_a_picture_of_which_every_figure_is_suppressed_is_left_out_and_the_page_says_why() -> None:
    own = pack("public")
    few = own.summaries["shifts_by_partner"].with_columns(
        pl.lit(None, dtype=own.summaries["shifts_by_partner"].schema["amount"]).alias("amount"),
        pl.lit("amount, people").alias("suppressed"),
    )
    empty = replace(own, summaries=own.summaries | {"shifts_by_partner": few})
    assert (
        "flow-of-cost" in {chart.key for chart in charts_of(own)} and "flow-of-cost" not in charts_and_left_out(own)[1]
    )
    assert "flow-of-cost" not in {chart.key for chart in charts_of(empty)}
    why = charts_and_left_out(empty)[1]["flow-of-cost"]
    assert "all are suppressed ([c]), and the picture is left out" in why
    said = View(replace(empty, pictures_left_out={"flow-of-cost": why})).chart("flow-of-cost")
    assert said == [Words(why)]
    # The same month with figures that are not suppressed, or with no shift at all, is not left out with these words.
    assert charts_and_left_out(pack())[1] == {}


def test_a_control_chart_says_what_it_finds_in_its_title() -> None:
    steady = [5.0, 6.0] * 9
    assert xmr(steady).title == "North Hospitals: 6.0 delayed beds in June 2023; no reliable change"
    assert xmr([*steady, 30.0]).title == (
        "North Hospitals: 30.0 delayed beds in July 2023; higher than chance explains (concerning)"
    )
    assert xmr([*steady, 0.0]).title.endswith("lower than chance explains (improving)")
    assert xmr([*steady, *[6.2 + place / 9 for place in range(8)]]).title.endswith("(concerning)")
    assert xmr([*steady, 9.0], provisional=[False] * 18 + [True]).title.endswith("provisional, not judged")
    assert xmr([*steady[:15], *[None] * 3], suppressed=[""] * 15 + ["value"] * 3).title == (
        "North Hospitals: 5.0 delayed beds in March 2023; too many months are suppressed to judge"
    )


def test_a_control_chart_breaks_at_a_missing_month_and_marks_signals_by_shape() -> None:
    body = xmr([*[5.0, 6.0] * 9, None, 5.0, 30.0]).drawing.body
    assert body.count(f'fill="none" stroke="{canvas.COMMON}"') == 2
    assert body.count(f'Z" fill="{canvas.CONCERNING}"') == 1
    hollow = xmr([5.0, 6.0] * 9, provisional=[False] * 17 + [True]).drawing.body
    assert hollow.count(f'r="4" fill="{canvas.PAPER}" stroke="{canvas.COMMON}"') == 1
    holed = xmr([*[5.0, 6.0] * 9, None, 5.0])
    assert "1 month is missing and breaks the line." in holed.source


def test_policies_are_drawn_with_their_number_and_named_below() -> None:
    policy = Policy(
        date=dt.date(2022, 7, 1),
        partner="north-council",
        kind="eligibility_threshold",
        description="Moderate needs no longer met",
    )
    late = policy.model_copy(update={"date": dt.date(2030, 1, 1)})
    chart = xmr([5.0, 6.0] * 9, [policy, late])
    assert "1: July 2022, Moderate needs no longer met." in chart.source
    assert "2030" not in chart.source and "Moderate needs" in chart.alternative


def test_policies_of_its_own_and_set_dates_are_said_to_begin_a_baseline() -> None:
    own = Policy(date=dt.date(2022, 7, 1), partner="north-hospitals", kind="recording_change", description="New system")
    other = own.model_copy(update={"date": dt.date(2022, 9, 1), "partner": "north-council", "description": "Theirs"})
    dates = [
        Baseline(date=dt.date(2023, 1, 1), description="New ward"),
        Baseline(date=dt.date(2023, 2, 1), partner="south-hospitals", description="Elsewhere"),
        Baseline(date=dt.date(2023, 3, 1), measure="share_on_ready_date", description="Of another measure"),
    ]
    frame = spc([5.0, 6.0] * 9)
    (series,) = [one for one in series_of(frame, {"north-hospitals": "North"}) if not one.adjusted]
    source = xmr_chart(series, [other, own], SOURCE, dates).source
    assert "1: July 2022, New system; a new baseline begins." in source
    assert "2: September 2022, Theirs." in source
    assert "3: January 2023, New ward; a new baseline begins." in source
    assert "Elsewhere" not in source and "Of another measure" not in source


def test_targets_are_drawn_and_their_assurance_said() -> None:
    chart = xmr([5.0, 6.0] * 9, target=[2.0] * 18)
    assert "Target 2.0" in chart.svg and "Assurance: misses the target unless it changes" in chart.svg
    assert "Variation: no reliable change" in chart.svg
    assert "The target is 2.0 beds: misses the target unless it changes." in chart.alternative


def test_the_bases_of_attribution_stand_side_by_side() -> None:
    one, three = bases("recorded"), bases("recorded", "evidenced", "reconciled")
    for name, count in (("160 (53.3%)", 1), ("Recorded", 1)):
        assert one.drawing.body.count(f">{name}<") == count
    assert three.drawing.body.count(">160 (53.3%)<") == 3
    assert [head.title for head in three.grid.heads][1:] == [
        f"{basis}: {of}" for basis in ("Recorded", "Evidenced", "Reconciled") for of in ("days", "share")
    ]
    assert one.title == "The most days are recorded to councils: 160 delayed bed days (53.3%)"


def test_partners_stand_on_the_three_bases_with_what_the_evidence_changes_most() -> None:
    rows = [
        {"partner": partner, "recorded_days": one, "evidenced_days": two, "reconciled_days": three, "suppressed": gone}
        for partner, one, two, three, gone in (
            ("north-council", 160, 105, 120, ""),
            ("north-hospitals", 100, 140, 130, ""),
            ("unallocated", 40, 300, 50, ""),
            ("the-icb", None, 15, None, "recorded_days, reconciled_days"),
        )
    ]
    chart = bases_chart(rows, str, str, "December 2024", SOURCE)
    assert chart is not None
    assert chart.title == (
        "Of those that can be shown, the evidence changes the delayed bed days of north-council most: 160 as recorded, "
        "120 reconciled"
    )
    assert "the-icb: [c]" in chart.alternative and chart.drawing.body.count(">[c]<") == 2
    assert [row.cells[0].text for row in chart.grid.rows] == [
        "north-council",
        "north-hospitals",
        "the-icb",
        "unallocated",
    ]
    assert bases_chart([], str, str, "December 2024", SOURCE) is None
    every = bases_chart(rows[:3], str, str, "December 2024", SOURCE)
    assert every is not None and every.title.startswith("The evidence changes the delayed bed days of north-council")
    alike = [row | {"reconciled_days": row["recorded_days"]} for row in rows]
    some = bases_chart(alike, str, str, "December 2024", SOURCE)
    assert some is not None and some.title == "The evidence changes no partner’s delayed bed days that can be shown"
    alike = alike[:3]
    same = bases_chart(alike, str, str, "December 2024", SOURCE)
    assert same is not None and same.title == "The evidence changes no partner’s delayed bed days"


def test_ribbons_are_as_wide_as_their_amounts() -> None:
    chart = {chart.key: chart for chart in charts_of(pack())}["flow-of-cost"]
    shapes = re.findall(
        r'<path d="M([-\d.]+),([-\d.]+)C[^"]*?([-\d.]+),([-\d.]+)Z" fill="[^"]*" fill-opacity', chart.drawing.body
    )
    wide = sorted(float(low) - float(top) for _, top, _, low in shapes)
    # 31, 62 and 155 days.
    assert wide[1] / wide[0] == pytest.approx(2, rel=0.01) and wide[2] / wide[0] == pytest.approx(5, rel=0.01)
    assert chart.title == (
        "North Hospitals absorbed the most for others: £104,532; "
        + '<b>&"North\'s" Council passed on the most: £121,954'
    )


def test_what_is_the_most_is_said_of_what_can_be_shown() -> None:
    """A suppressed figure rests on few people, yet may be the largest: each of them may have waited for long."""
    titles = {chart.key: chart.title for chart in charts_of(pack("public"))}
    small = {"delayed_bed_days": None, "share": None, "suppressed": "delayed_bed_days"}
    known = {"council": {"delayed_bed_days": 35, "share": 0.4, "suppressed": ""}, "acute": small}
    recorded = attribution_chart({"recorded": known}, "acute", "March 2025", SOURCE).title
    assert recorded == "Of what can be shown, the most days are recorded to councils: 35 delayed bed days (40.0%)"
    assert titles["flow-of-cost"].startswith("Of what can be shown, North Hospitals absorbed the most for others")
    parts = [
        {"component": name, "people": people, "people_low": people, "people_high": people, "suppressed": ""}
        for name, people in (("rate", -60.0), ("volume", None), ("change", -70.0))
    ]
    chart = waterfall_chart(
        parts, partner="a", council="A", baseline="2023/24", period="2024/25", before=412, source=SOURCE
    )
    assert "the largest part that can be shown is " in chart.title


def test_a_flow_without_any_shift_is_not_drawn() -> None:
    rows = [{"driver": "a", "payer": "a", "amount": 5, "suppressed": ""}]
    assert flow_chart(rows, {}, str, str, "March 2025", SOURCE) is None


def test_delay_bands_with_suppressed_ones() -> None:
    row = discharged("north-hospitals", (80, 12, 8, 212)) | {
        "delay_21_plus_days": None,
        "suppressed": "delay_21_plus_days",
    }
    chart = bands_chart(row, "North Hospitals", "March 2025", SOURCE)
    assert (
        chart.title
        == "North Hospitals: 80.0% left on their ready date; how many came three weeks or more after it is suppressed"
    )
    assert "21+ days: [c]" in chart.alternative and "[c] is suppressed." in chart.alternative
    none = bands_chart(row | {"delay_21_plus_days": 0, "suppressed": ""}, "North Hospitals", "March 2025", SOURCE)
    assert none.title.endswith("none came three weeks or more after it")
    one = bands_chart(row | {"delay_21_plus_days": 1, "suppressed": ""}, "North Hospitals", "March 2025", SOURCE)
    assert one.title.endswith("1 discharge came three weeks or more after it")


def test_an_event_study_says_what_the_estimate_says() -> None:
    assert effects().title == (
        "North Council, support lost: NHS cost is higher after the decision, £120 a person a month (£50 to £190)"
    )
    nothing = event_study_chart(
        [],
        {"effect_per_person_month": 5.0, "effect_low": -20.0, "effect_high": 30.0, "people": 60},
        exposure="support lost",
        partner="north-council",
        council="North Council",
        outcome="NHS cost",
        source=SOURCE,
    )
    assert "cannot be told from no change after the decision, £5 a person a month (-£20 to £30)" in nothing.title
    none = event_study_chart(
        [],
        dict.fromkeys(("effect_per_person_month", "effect_low", "effect_high", "people")),
        exposure="support lost",
        partner="north-council",
        council="North Council",
        outcome="NHS cost",
        source=SOURCE,
    )
    assert none.title == "North Council, support lost: no estimate of NHS cost after the decision"


def test_a_waterfall_reaches_from_the_baseline_to_the_period() -> None:
    chart = steps()
    # 24 - 6.5 - 18 - 60.
    assert chart.title == (
        "North Council: 60.5 fewer people found eligible than in 2023/24; the largest part is the share found "
        "eligible (-60)"
    )
    assert ">412<" in chart.svg and ">351.5<" in chart.svg
    assert [row.cells[0].text for row in chart.grid.rows] == [
        *("Volume: requests", "Mix of people", "Access to assessment", "Share found eligible"),
    ]


def test_a_matrix_says_where_both_agree() -> None:
    chart = matrix()
    assert chart.title == "Record and linked dates agree on 210 delayed bed days and are in dispute over 70"
    assert "recorded to Council, evidenced to NHS: 88" in chart.alternative


def test_a_funnel_names_who_lies_outside_its_limits() -> None:
    chart = funnel()
    # 4,305 of 5,000 = 86.1%; 3.09 standard deviations of 1,000: 3.4 points.
    whole = 4305 / 5000
    spread = 3.09 * math.sqrt(whole * (1 - whole) / 1000)
    assert 0.79 < whole - spread < 0.86 and whole + spread < 0.925
    assert chart.title == (
        "Hospital 3 and Hospital 5: the share of discharges on the ready date differs by more than their size explains"
    )
    assert "All units shown together: 86.1%." in chart.grid.notes
    assert funnel_chart([], "x", "March 2025", SOURCE, better="increase") is None


# --- colours ---------------------------------------------------------------------------------------------------

#: How the three kinds of colour blindness see (Machado, Oliveira and Fernandes 2009, severity 1.0), on linear light.
BLIND = {
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
    "none": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
}


def lab(colour: str, sight: str) -> tuple[float, float, float]:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    light = [own / 12.92 if own <= 0.04045 else ((own + 0.055) / 1.055) ** 2.4 for own in parts]
    r, g, b = (min(1.0, max(0.0, sum(k * own for k, own in zip(row, light, strict=True)))) for row in BLIND[sight])
    xyz = (
        (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505,
        0.2126 * r + 0.7152 * g + 0.0722 * b,
        (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089,
    )
    x, y, z = (own ** (1 / 3) if own > 0.008856 else 7.787 * own + 16 / 116 for own in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("sight", BLIND)
def test_neighbouring_kinds_can_be_told_apart_by_the_colour_blind(sight: str) -> None:
    sides = [canvas.KINDS[kind] for kind in ("acute", "community", "council", "person", "none")]
    for one, other in combinations(sides, 2):
        assert math.dist(lab(one, sight), lab(other, sight)) > 10, (one, other)
    for one, other in combinations((canvas.COMMON, canvas.IMPROVING, canvas.CONCERNING), 2):
        assert math.dist(lab(one, sight), lab(other, sight)) > 10, (one, other)


def test_kinds_of_partner_differ_in_grey() -> None:
    grey = sorted(lab(canvas.KINDS[kind], "none")[0] for kind in ("acute", "icb", "community", "mental_health"))
    assert all(after - before > 10 for before, after in pairwise(grey))
    sides = [lab(canvas.KINDS[kind], "none")[0] for kind in ("acute", "council", "none")]
    assert all(abs(one - other) > 10 for one, other in combinations(sides, 2))


def test_a_crowd_is_counted_in_the_title_and_named_where_there_is_room() -> None:
    chart = crowded_funnel()
    outside = sum("outside the 99.8%" in row.cells[-1].text for row in chart.grid.rows)
    assert outside > 3 and chart.title.startswith(f"{outside} of 30 units: ")
    named = [text for *_, text in texts(ElementTree.fromstring(chart.svg)) if text.startswith(("Hospital ", LONG[:8]))]
    assert 5 < len(named) < 30
    # The table has all, in full.
    assert LONG in [row.cells[0].text for row in chart.grid.rows] and len(chart.grid.rows) == 30


def test_a_name_that_is_cut_ends_with_an_ellipsis() -> None:
    drawn_ = [text for *_, text in texts(ElementTree.fromstring(crowded_flow().svg))]
    assert sum(text.endswith("…") for text in drawn_) == 2
    assert canvas.label_lines("North Council", 100, 13, 2) == ["North Council"]
    assert canvas.label_lines(LONG, 100, 13, 2)[-1].endswith("…") and len(canvas.label_lines(LONG, 100, 13, 2)) == 2


def test_the_share_found_eligible_says_whose_steps_it_names() -> None:
    rows = [
        {"month": month, "assessed": 40, "found_eligible": 20, "share": 0.5, "standardised_share": 0.5}
        for month in months(14)
    ]

    def title(streams: str) -> str:
        change = {"month": months(8)[-1], "share_before": 0.9, "share_after": 0.8, "streams": streams}
        chart = realised_chart(
            rows, [change], partner="c", council="North Council", stream="requests", policies=[], source=SOURCE
        )
        assert chart is not None
        return chart.title

    # The chart shows 50% throughout: 90% and 80% are those of requests and reviews together.
    together = "the share, with the other decisions, moved in August 2022 (90.0% before, 80.0% after)"
    assert title("requests and reviews").endswith(together)
    assert title("requests").endswith("the share moved in August 2022 (90.0% before, 80.0% after)")


def test_lines_points_and_text_have_contrast_enough() -> None:
    for colour in (canvas.INK, canvas.SOFT, canvas.COMMON, canvas.IMPROVING, canvas.CONCERNING):
        assert canvas.contrast(colour, canvas.PAPER) >= 4.5
    for colour in (canvas.BAR, canvas.BELOW):
        assert canvas.contrast(colour, canvas.PAPER) >= 3
    for colour in canvas.KINDS.values():
        assert canvas.contrast(canvas.text_on(colour), colour) >= 4.5


def test_ticks_are_round_and_within_the_scale() -> None:
    assert canvas.Scale(0, 12.4, 0, 100).ticks() == [0, 2, 4, 6, 8, 10, 12]
    assert canvas.Scale(0.76, 0.94, 0, 100).ticks(4) == [0.8, 0.85, 0.9]
    both = canvas.scale([3, -1], 100, 0)
    assert both.low < -1 and both.high > 3


def test_labels_that_would_overlap_are_moved_apart() -> None:
    assert canvas.apart([(50, "b"), (44, "a"), (52, "c")]) == [(44, "a"), (59, "b"), (74, "c")]


def test_the_table_of_a_chart_has_a_row_for_every_month() -> None:
    chart = xmr([5.0, 6.0] * 9)
    assert len(chart.grid.rows) == 18
    assert set(CHART_SCHEMA) >= {"value", "mean"} and MONTH.month == 3


@pytest.mark.parametrize("values", [[0.0], [0.0, 0.0], [1e-15, -3e-16], [5.0, 5.0], [-2.0, -2.0]])
@pytest.mark.parametrize("zero", [True, False])
def test_a_scale_has_a_length_where_nothing_varies(values: list[float], zero: bool) -> None:
    own = canvas.scale(values, 100, 0, zero=zero)
    assert own.high > own.low and len(own.ticks()) >= 2
    assert all(-1e-6 <= own(value) <= 100 + 1e-6 for value in values)


def test_an_event_study_of_nothing_is_a_flat_line() -> None:
    rows = [{"months_from_decision": month, "difference": 0.0, "low": 0.0, "high": 0.0} for month in (-2, -1, 1, 2)]
    estimate = {"effect_per_person_month": 0.0, "effect_low": 0.0, "effect_high": 0.0, "people": 80}
    chart = event_study_chart(
        rows,
        estimate,
        exposure="support lost",
        partner="north-council",
        council="North Council",
        outcome="NHS cost",
        source=SOURCE,
    )
    assert chart.drawing
