"""The Word paper, read back: outline, captions, alternative texts, repeating headers, and the same bytes each time."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import docx
import pytest
from docx.document import Document
from docx.text.paragraph import Paragraph

from costshift.publish.charts import charts_of, drawn
from costshift.publish.content import Audience, PackContent
from costshift.publish.document import _widths, write_document
from costshift.publish.page import parts_of, sections_of
from costshift.publish.page.blocks import Cell, Head, Row
from costshift.publish.page.view import View
from publish.packs import AS_AT, FORMULA, HOSTILE, pack

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@cache
def content(audience: Audience) -> PackContent:
    own = pack(audience)
    return replace(own, pictures={picture.key: picture for picture in drawn(charts_of(own))})


@cache
def written(audience: Audience) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "pack.docx"
        write_document(content(audience), path)
        return path.read_bytes()


def paper(audience: Audience) -> Document:
    return docx.Document(io.BytesIO(written(audience)))


@pytest.fixture(params=["public", "internal"])
def audience(request: pytest.FixtureRequest) -> Audience:
    return request.param  # type: ignore[no-any-return]


def whole(paragraph: Paragraph) -> str:
    """A paragraph's text with that of its fields."""
    return "".join(own.text or "" for own in paragraph._p.iter(f"{W}t"))


def test_headings_form_an_outline_of_the_page_s_sections(audience: Audience) -> None:
    headings = [
        (int(own.style.name[-1]), own.text)  # type: ignore[union-attr,index]
        for own in paper(audience).paragraphs
        if own.style is not None and re.fullmatch(r"Heading \d", own.style.name or "")
    ]
    assert headings[0][0] == 1
    assert all(after <= before + 1 for (before, _), (after, _) in pairwise(headings))
    (_, (story,)), *parts = parts_of(sections_of(View(content(audience))))
    # The story opens the paper; a part has its sections below it.
    assert headings[0] == (1, story.title)
    titles = [part or sections[0].title for part, sections in parts]
    assert [text for level, text in headings if level == 1] == [story.title, "Contents", *titles, "About this pack"]
    below = [section.title for part, sections in parts if part for section in sections]
    assert [text for level, text in headings if level == 2 and text in below] == below


def test_contents_link_to_every_section(audience: Audience) -> None:
    body = paper(audience).element.body
    links = [own.get(f"{W}anchor") for own in body.iter(f"{W}hyperlink")]
    marks = [own.get(f"{W}name") for own in body.iter(f"{W}bookmarkStart")]
    assert links == marks and len(set(links)) == len(links) == len(sections_of(View(content(audience)))) + 1


def test_every_table_has_a_caption_a_repeated_header_and_no_merged_or_empty_cell(audience: Audience) -> None:
    document = paper(audience)
    captions = [whole(own) for own in document.paragraphs if own.style is not None and own.style.name == "Caption"]
    tables = [text for text in captions if text.startswith("Table")]
    assert len(tables) == len(document.tables) > 12
    # The number is a field, so that Word renumbers it; what stands in it counts up.
    numbers = [int(found[1]) for text in tables if (found := re.match(r"Table (\d+): ", text))]
    assert numbers == list(range(1, len(tables) + 1))
    for table in document.tables:
        first, *others = table._tbl.tr_lst
        assert first.find(f"{W}trPr/{W}tblHeader") is not None
        assert all(row.find(f"{W}trPr/{W}tblHeader") is None for row in others)
        assert not list(table._tbl.iter(f"{W}gridSpan", f"{W}vMerge"))
        width = len(first.tc_lst)
        for row in table._tbl.tr_lst:
            assert len(row.tc_lst) == width
            assert all("".join(text.text or "" for text in cell.iter(f"{W}t")).strip() for cell in row.tc_lst)
        assert table._tbl.tblPr.find(f"{W}tblCaption").get(f"{W}val")


def test_every_picture_has_an_alternative_text_and_a_caption(audience: Audience) -> None:
    document = paper(audience)
    shapes = [shape._inline.docPr for shape in document.inline_shapes]
    pictures = content(audience).pictures
    assert {own.get("name") for own in shapes} == set(pictures)
    assert all(own.get("descr") == pictures[own.get("name")].alternative for own in shapes)
    figures = [text for own in document.paragraphs if re.match(r"Figure \d+: ", text := whole(own))]
    assert len(figures) == len(shapes)


def test_names_and_formulas_stand_as_they_are() -> None:
    text = "".join(own.text or "" for own in paper("internal").element.body.iter(f"{W}t"))
    assert HOSTILE in text and FORMULA in text


def test_properties_and_language_are_set_and_nothing_comes_from_the_clock(audience: Audience) -> None:
    told = paper(audience).core_properties
    assert told.title == "North & South, March 2025: delayed discharge and who bears its cost"
    assert told.category == audience.capitalize() and told.language == "en-GB"
    assert told.created is not None and told.created.date() == AS_AT and told.modified == told.created
    with zipfile.ZipFile(io.BytesIO(written(audience))) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        styles = archive.read("word/styles.xml").decode()
    assert 'w:val="en-GB"' in styles and 'w:val="en-US"' not in styles


def test_same_content_gives_the_same_bytes(audience: Audience, tmp_path: Path) -> None:
    write_document(content(audience), tmp_path / "again.docx")
    assert (tmp_path / "again.docx").read_bytes() == written(audience)


def test_header_says_on_every_page_for_whom_it_is(audience: Audience) -> None:
    (section,) = paper(audience).sections
    said = {"public": "Public: small numbers suppressed and rounded.", "internal": "Internal: uncontrolled figures"}
    assert section.header.paragraphs[0].text.startswith(said[audience])
    assert "Page " in section.footer.paragraphs[0].text


def test_what_is_suppressed_is_in_no_part_of_the_file() -> None:
    with zipfile.ZipFile(io.BytesIO(written("public"))) as archive:
        every = "".join(
            archive.read(name).decode("utf-8", "ignore") for name in archive.namelist() if name.endswith("xml")
        )
    assert "34,844" not in every and "[c]" in every


def test_an_empty_pack_can_be_written(tmp_path: Path) -> None:
    write_document(pack(empty=True), tmp_path / "empty.docx")
    text = "\n".join(own.text for own in docx.Document(str(tmp_path / "empty.docx")).paragraphs)
    assert "There are no headline figures" in text and "No cost was shifted" in text


def test_lists_of_figures_are_named_and_the_story_has_a_page_of_its_own(audience: Audience) -> None:
    own = paper(audience)
    captions = [whole(paragraph) for paragraph in own.paragraphs if paragraph.style.name == "Caption"]  # type: ignore[union-attr]
    assert any(caption.endswith(": Discharges of March 2025") for caption in captions)
    assert not any(caption.endswith(": Figures") for caption in captions)
    (contents,) = [paragraph for paragraph in own.paragraphs if paragraph.text == "Contents"]
    assert contents.paragraph_format.page_break_before


def test_a_column_is_as_wide_as_its_words_and_notes() -> None:
    heads = [Head("Outcome"), Head("Effect", True)]
    short = _widths(heads, [Row([Cell("Deaths"), Cell("0.02", number=True)])])
    noted = _widths(heads, [Row([Cell("Deaths"), Cell("0.02", number=True, note="cannot be told from none")])])
    assert noted[0] == short[0] and noted[1] > 2 * short[1]
