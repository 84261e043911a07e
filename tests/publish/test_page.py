"""The page: what it says, that it is safe, and that it keeps to the rules of accessible pages."""

from __future__ import annotations

import re
from html import unescape
from importlib import resources
from itertools import pairwise

import pytest

from costshift.publish.content import PackContent
from costshift.publish.page import render_page
from publish.packs import FORMULA, HOSTILE, ROWS, SMALL, attributed, discharged, linked, pack, with_summary
from publish.pages import Page

ORDER = [
    "story",
    "headlines",
    "waiting",
    "discharges",
    "pathways",
    "trend",
    "signals",
    "councils",
    "published",
    "attribution",
    "agreement",
    "eligibility",
    "cost",
    "care",
    "flow",
    "gaps",
    "touched",
    "data-quality",
    "linkage",
    "cohort",
    "awaited",
    "revisions",
    "checks",
    "methods",
    "prices",
    "files",
    "provenance",
]


@pytest.fixture(params=["public", "internal"])
def content(request: pytest.FixtureRequest) -> PackContent:
    return pack(request.param)


def test_one_h1_headings_in_order_and_landmarks(content: PackContent) -> None:
    page = Page(render_page(content))
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h\d", tag)]
    assert levels.count(1) == 1 and levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    for landmark in ("header", "nav", "main", "footer"):
        assert len(page.named(landmark)) == 1
    assert page.named("html")[0]["lang"] == "en-GB"
    assert page.named("a")[0] == {"class": "skip", "href": "#content"}


def test_sections_stand_in_order_and_are_in_the_contents(content: PackContent) -> None:
    page = Page(render_page(content))
    # The story comes before the contents, which the head links to.
    assert [own["id"] for own in page.named("h2")] == [ORDER[0], "contents", *ORDER[1:], "about"]
    links = [own["href"] for own in page.named("a")]
    assert links == ["#content", "#contents", *(f"#{anchor}" for anchor in [*ORDER, "about"])]


def test_ids_are_unique_and_every_reference_has_its_target(content: PackContent) -> None:
    page = Page(render_page(content))
    ids = [own["id"] for _, own in page.elements if "id" in own]
    assert len(ids) == len(set(ids))
    for _, own in page.elements:
        if "aria-labelledby" in own:
            assert own["aria-labelledby"] in ids
        if str(own.get("href", "")).startswith("#"):
            assert str(own["href"])[1:] in ids


def test_every_table_has_a_caption_and_scopes_and_can_be_scrolled_by_keyboard(content: PackContent) -> None:
    page = Page(render_page(content))
    tags = [tag for tag, _ in page.elements]
    assert tags.count("table") == tags.count("caption") == len(page.tables) > 8
    assert all(own.get("scope") in ("col", "row", "rowgroup") for own in page.named("th"))
    boxes = [own for own in page.named("div") if str(own.get("class")).startswith("scroll")]
    assert len(boxes) == tags.count("table")
    assert all(own["tabindex"] == "0" and own["role"] == "region" for own in boxes)
    for rows in page.tables.values():
        width = len(rows[0])
        assert all(len(row) in (1, width) for row in rows)
        assert all(cell for row in rows for cell in row), "no empty cell"


def test_nothing_comes_from_elsewhere_and_nothing_runs(content: PackContent) -> None:
    text = render_page(content)
    assert not re.search(r"<script|<link|<img|<iframe|src=|https?://|//cdn|@import|url\(|\son\w+=", text)


def test_names_from_the_project_file_are_escaped(content: PackContent) -> None:
    text = render_page(content)
    assert "<b>" not in text
    assert "&lt;b&gt;&amp;" in text
    assert HOSTILE in Page(text).text
    assert "North & South, March 2025" in unescape(re.findall(r"<h1>(.*)</h1>", text)[0])


def test_same_content_gives_the_same_text(content: PackContent) -> None:
    assert render_page(content) == render_page(content)


def test_suppressed_figures_stand_as_c_and_appear_nowhere() -> None:
    # South Hospitals: 6 people waiting, 6 people behind 62 bed days (£34,844), 6 delayed by one day.
    page = Page(render_page(pack("public")))
    shifts = [row[1:] for row in page.table("Cost from driver to payer") if row[0] == HOSTILE]
    assert shifts == [
        ["North Hospitals", "Delay, notional, counted", "25", "£87,110"],
        ["South Hospitals", "Delay, notional, counted", "[c]", "[c]"],
    ]
    assert page.row("Positions of the partners", "South Hospitals") == ["South Hospitals", "[c]", "£0", "[c]"]
    assert "34,844" not in page.text
    assert not any("62" in cell for rows in page.tables.values() for row in rows for cell in row if cell.isdigit())
    assert page.row("People delayed on 31 March 2025, by provider", "South Hospitals")[1:] == ["[c]", "[c]", "[c]", "0"]
    assert page.row("People delayed on 31 March 2025, by provider", "Blank Hospitals")[1:] == ["[x]"] * 4
    # 30 people over both hospitals are enough.
    (row,) = page.table("People delayed on 31 March 2025, by discharge pathway")[1:]
    assert row == [
        "P1 home or usual place of residence, with new or additional health or social care",
        "30",
        "30",
        "15",
        "0",
    ]
    # 62 of 2 beds a day; 186 days rounded to 185 are 6.0 beds.
    assert page.row("Delayed beds by provider", "South Hospitals")[-1] == "[c] [p]"
    assert page.row("Delayed beds by provider", "North Hospitals")[-1] == "6.0"


def test_a_share_is_suppressed_with_its_complement() -> None:
    # 50 discharges, 45 of them on the date: 5 delayed are suppressed, and 45 of 50 would tell them.
    row = discharged("south-hospitals", (45, 2, 3, 70))
    for few in (row, row | {"discharged_on_ready_date": 5, "delayed_discharges": 45}):
        public = with_summary(pack("public"), "discharges_by_provider", [few])
        cells = Page(render_page(public)).row(
            "Discharges by length of delay, March 2025, by provider", "South Hospitals"
        )
        assert cells[3] == "[c]"
    assert Page(render_page(with_summary(pack(), "discharges_by_provider", [row]))).row(
        "Discharges by length of delay, March 2025, by provider", "South Hospitals"
    )[1:4] == ["50", "45", "90.0%"]


def test_shares_and_averages_are_worked_out_from_rounded_counts() -> None:
    # 121 discharges, 109 on the date, 12 delayed, 77 days: 110 / 120, 75 / 120, 75 / 10.
    row = discharged("north-hospitals", (109, 9, 3, 77))
    cells = Page(render_page(with_summary(pack("public"), "discharges_by_provider", [row]))).row(
        "Discharges by length of delay, March 2025, by provider", "North Hospitals"
    )
    assert cells[1:] == ["120", "110", "91.7%", "10", "0", "0", "0", "0", "[c]", "75", "0.62", "7.5", "0"]


def test_public_and_internal_pages_are_made_in_the_same_way() -> None:
    public, internal = (Page(render_page(pack(audience))) for audience in ("public", "internal"))
    assert set(internal.tables) - set(public.tables) == {"Files that count in this pack, latest first"}
    assert [own["id"] for own in public.named("h2")] == [own["id"] for own in internal.named("h2")]


def test_reasons_without_enough_people_are_counted_and_their_order_tells_nothing() -> None:
    def reason(key: str | None, days: int, people: int) -> dict[str, object]:
        return attributed("days_by_reason", key, days, people, (200, 40))

    rows = [
        reason("CP3", 40, 20),
        reason("CP5", 90, SMALL),
        reason("IF3", 50, 14),
        reason("HP1", 20, 3),
        reason(None, 200, 40),
    ]
    table = Page(render_page(with_summary(pack("public"), "days_by_reason", rows))).table("The reasons with the most")
    assert [row[2:] for row in table[2:]] == [["50", "25.0%", "1.6", "15"], ["40", "20.0%", "1.3", "20"]]
    text = Page(render_page(with_summary(pack("public"), "days_by_reason", rows))).text
    assert "2 rows have nothing but suppressed figures and zeros: not listed." in text


def test_long_lists_are_capped() -> None:
    rows = [linked("spells", f"sender-{place:02d}", 100, 90) for place in range(60)]
    page = Page(render_page(with_summary(pack(), "linked_records", rows)))
    assert len(page.table("Records and people")) == 1 + 40
    assert "20 more rows stand in the workbook." in page.text


def test_totals_are_over_acceptable_providers() -> None:
    page = Page(render_page(pack()))
    # 80 + 40 of 100 + 50; 212 + 156 days; over 150 discharges 2.45 days, over 30 delayed ones 12.3.
    assert page.row("Discharges by length of delay, March 2025, by provider", "All acute providers above") == [
        "All acute providers above",
        *("150", "120", "80.0%"),
        *("18", "0", "0", "0", "0", "12"),
        *("368", "2.45", "12.3", "0"),
    ]
    # 155 + 62 of 248 days.
    assert page.row("Delayed bed days by recorded attribution", "Council") == ["Council", "217", "87.5%", "7.0", "31"]
    assert page.row("Delayed bed days by recorded attribution", "All") == ["All", "248", "100.0%", "8.0", "40"]
    assert page.row("Positions of the partners", "North Hospitals")[1:] == ["£104,532", "£0", "£104,532"]
    assert page.row("Records whose person is found", "Age band: 85+")[1:] == ["30", "10", "75.0%"]
    assert page.row("Records and people", "Spells")[2:] == ["100", "95", "90", "90.0%", "0", "10", "10.0%"]
    assert page.row("Average length of discharge delay by council", HOSTILE)[3:] == [
        *("2.45", "2.00", "0.45 days above plan", "30", "3"),
    ]


def test_a_provider_without_ready_dates_is_listed_apart_as_not_computable() -> None:
    page = Page(render_page(pack()))
    apart = page.row("Discharges by length of delay, March 2025: providers whose", "Blank Hospitals")
    assert apart[1:5] == ["20", "[x]", "[x]", "[x]"] and apart[-1] == "20"
    assert "Blank Hospitals: the discharge ready date is missing" in page.text
    assert page.row("Delayed beds by provider", "Blank Hospitals")[-1] == "[x]"


def test_trend_has_thirteen_months_and_marks_provisional_ones() -> None:
    page = Page(render_page(pack()))
    table = page.table("Delayed beds by provider, March 2024 to March 2025")
    assert table[0] == [
        "Provider",
        *(f"{name} 24" for name in (["Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"])),
        "Jan 25",
        "Feb 25",
        "Mar 25",
    ]
    # 280 days / 28; 186 days / 31. Before February nothing is known, which is not zero.
    assert page.row("Delayed beds by provider", "North Hospitals")[11:] == ["[x]", "10.0", "6.0"]
    assert page.row("Delayed beds by provider", "South Hospitals")[-1] == "2.0 [p]"


def test_findings_are_in_words_worst_first_and_capped() -> None:
    table = Page(render_page(pack())).table("Rules broken")
    assert [row[0] for row in table[1:4]] == [
        "Error: row set aside",
        "The row stands twice; the first counts.",
        "The row has more or fewer fields than the header.",
    ]
    assert table[4] == ["Warning: value blanked or kept"]
    assert len(table) == 1 + 3 + 1 + 10
    text = Page(render_page(pack())).text
    assert "3 more rows stand in the workbook." in text


def test_banner_governance_and_doubts() -> None:
    internal = Page(render_page(pack())).text
    assert "Internal: uncontrolled figures — for the partners’ analysts, not for onward circulation" in internal
    assert "The project file names no purpose, lawful basis or data controllers." in internal
    assert "Without Blank Hospitals." in internal
    stated = {"purpose": "Monitoring", "lawful_basis": "Article 6", "controllers": ["North ICB"]}
    public = Page(render_page(pack("public", governance=stated))).text
    assert "Public: small numbers suppressed and rounded" in public
    assert "Monitoring" in public and "names no" not in public
    bare = Page(render_page(pack("public", disclosure={"rule": "none"}))).text
    assert "uncontrolled: the project file switches disclosure control off" in bare


def test_cost_is_named_for_what_it_is_with_price_and_source() -> None:
    text = Page(render_page(pack())).text
    assert "Bed days valued at average cost, not a saving" in text
    assert "£562.00 (2025/26). Source: NHS England" in text
    assert "No price is given for community and mental health beds" in text
    assert "costshift’s proposal and not official" in text


def test_a_list_of_which_all_is_suppressed_does_not_say_that_there_is_nothing() -> None:
    rows = [attributed("days_by_reason", key, 62, SMALL, (62, SMALL)) for key in ("CP3", None)]
    text = Page(render_page(with_summary(pack("public"), "days_by_reason", rows))).text
    assert "The reasons with the most delayed bed days, March 2025. Every figure is suppressed or zero" in " ".join(
        text.split()
    )


def test_an_empty_pack_says_so_in_words() -> None:
    page = Page(render_page(pack(empty=True)))
    assert [own["id"] for own in page.named("h2")] == [ORDER[0], "contents", *ORDER[1:], "about"]
    for words in (
        "Nobody was recorded as ready to leave",
        "There are no delayed bed days in March 2025.",
        "No rule was broken",
        "No cost was shifted",
        "There are no headline figures",
    ):
        assert words in page.text


def test_pence_are_shown_where_there_are_any() -> None:
    shown = with_summary(pack(), "shifts_by_partner", [ROWS["cost_shifts"][0] | {"amount": 1_234_567}])
    assert Page(render_page(shown)).table("Cost from driver to payer")[2][-1] == "£12,345.67"


def test_text_has_contrast_enough_in_light_and_dark() -> None:
    css = resources.files("costshift.publish").joinpath("templates", "pack.css").read_text(encoding="utf-8")
    light, dark = (
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", part))
        for part in css.split("@media print")[0].split("prefers-color-scheme")[:2]
    )
    on_paper = [(ink, paper) for ink in ("ink", "soft", "accent", "link") for paper in ("paper", "wash")]
    pairs = [*on_paper, *((f"{tone}-ink", f"{tone}-wash") for tone in ("warn", "fail", "pass"))]
    pairs += [("on-banner", banner) for banner in ("public", "internal", "alert")]
    for colours in (light, light | dark):
        for ink, paper in pairs:
            assert contrast(colours[ink], colours[paper]) >= 4.5, (ink, paper)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2."""

    def luminance(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_text_from_checks_is_shown_as_it_is() -> None:
    assert FORMULA in Page(render_page(pack())).text
