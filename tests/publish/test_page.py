"""The page: what it says, that it is safe, and that it keeps to the rules of accessible pages."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from importlib import resources
from itertools import pairwise

import pytest

from costshift.publish.content import PackContent
from costshift.publish.page import render_page
from publish.packs import FORMULA, HOSTILE, pack, with_table

VOID = {"meta", "link", "br", "img", "input", "hr"}
ORDER = [
    "headlines",
    "waiting",
    "discharges",
    "trend",
    "attribution",
    "councils",
    "cost",
    "data-quality",
    "linkage",
    "cohort",
    "checks",
    "methods",
    "prices",
    "files",
    "provenance",
]


class Page(HTMLParser):
    """A page read back: elements with attributes, and tables as rows of texts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.tables: dict[str, list[list[str]]] = {}
        self.text = ""
        self._open: list[str] = []
        self._rows: list[list[str]] = []
        self._caption = ""
        self.feed(text)
        assert self._open == [], "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)
        if tag == "table":
            self._rows, self._caption = [], ""
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("td", "th"):
            self._rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag
        if tag == "table":
            self.tables[self._caption] = [[" ".join(cell.split()) for cell in row] for row in self._rows]

    def handle_data(self, data: str) -> None:
        if "style" in self._open:
            return
        self.text += data
        if "caption" in self._open:
            self._caption += data
        elif "td" in self._open or ("tr" in self._open and "th" in self._open):
            self._rows[-1][-1] += data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def table(self, caption: str) -> list[list[str]]:
        (found,) = [rows for own, rows in self.tables.items() if own.startswith(caption)]
        return found

    def row(self, caption: str, first: str) -> list[str]:
        (found,) = [row for row in self.table(caption) if row[0] == first]
        return found


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
    assert [own["id"] for own in page.named("h2")] == ["contents", "about", *ORDER]
    assert [own["href"] for own in page.named("a")] == ["#content", *(f"#{anchor}" for anchor in ORDER)]


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
    waiting = page.table("People delayed on 31 March 2025")
    assert [row for row in waiting if len(row) > 1][1:] == [
        [HOSTILE, "P1", "[x]", "[x]", "[x]", "[x]"],
        [HOSTILE, "P1", "25", "25", "10", "0"],
    ]
    assert "1 row has nothing but suppressed figures and zeros" in page.text


def test_a_share_is_suppressed_with_its_complement() -> None:
    # 50 discharges, 45 of them on the date: 5 delayed are suppressed, and 45 of 50 would tell them.
    row = dict(pack().tables["discharge_delays"].filter(provider="south-hospitals").to_dicts()[0])
    hidden = row | {
        "discharged_on_ready_date": 45,
        "delayed_discharges": None,
        "bed_days_lost": None,
        "suppressed": "delayed_discharges, bed_days_lost",
    }
    public = pack("public")
    frame = public.tables["discharge_delays"]
    shown = replace(
        public,
        tables=public.tables | {"discharge_delays": frame.clear().vstack(type(frame)([hidden], schema=frame.schema))},
    )
    cells = Page(render_page(shown)).table("Discharges by length of delay")[2]
    assert cells[2:5] == ["50", "45", "[c]"]


def test_public_tables_are_never_summed() -> None:
    page = Page(render_page(pack("public")))
    assert not [
        row for rows in page.tables.values() for row in rows if row[0].startswith("All ") and row[0] != "All records"
    ]
    assert "Not shown here." in page.text


def test_uncontrolled_figures_are_summed_over_acceptable_providers() -> None:
    page = Page(render_page(pack()))
    # 80 + 40 of 100 + 50; 212 + 156 days; over 150 discharges 2.45 days, over 30 delayed ones 12.3.
    assert page.row("Discharges by length of delay, March 2025, by provider", "All acute providers above") == [
        "All acute providers above",
        *("150", "120", "80.0%"),
        *("18", "0", "0", "0", "0", "12"),
        *("368", "2.45", "12.3", "0"),
    ]
    # 155 + 62 of 248 days.
    assert page.row("Delayed bed days by recorded attribution", "Council") == ["Council", "217", "87.5%", "7.0"]
    assert page.row("Positions of the partners", "All") == ["All", "£139,376", "£139,376", "£0"]
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
    public = pack("public")
    hidden = public.tables["census"].filter(provider="south-hospitals")
    text = Page(render_page(replace(public, tables=public.tables | {"census": hidden}))).text
    assert "Nobody was recorded" not in text
    assert "Every figure is suppressed or zero, so that no row is listed." in text


def test_an_empty_pack_says_so_in_words() -> None:
    page = Page(render_page(pack(empty=True)))
    assert [own["id"] for own in page.named("h2")] == ["contents", "about", *ORDER]
    for words in (
        "Nobody was recorded as ready to leave",
        "There are no delayed bed days in March 2025.",
        "No rule was broken",
        "No cost was shifted",
        "There are no headline figures",
    ):
        assert words in page.text


def test_pence_are_shown_where_there_are_any() -> None:
    content = pack()
    rows = content.tables["cost_shifts"].head(1).to_dicts()
    shown = with_table(content, "cost_shifts", [rows[0] | {"amount": 1_234_567}])
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
