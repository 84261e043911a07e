"""The pack as a Word paper: the page's sections in their order, with real headings, captions and alternative texts.

Nothing in it comes from the clock: the zip's entries and the document's properties carry fixed times, so that the same
content gives the same bytes. Tables are simple grids without merged or empty cells, with header rows that repeat.
"""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

from costshift.publish import words
from costshift.publish.content import PackContent
from costshift.publish.page import parts_of, sections_of
from costshift.publish.page.blocks import (
    Block,
    Cell,
    Columns,
    Figure,
    Grid,
    Head,
    Row,
    Section,
    Terms,
    Tiles,
    Told,
    Words,
)
from costshift.publish.page.view import View

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph

_FONT, _INK, _SOFT, _ACCENT, _WARNING = "Arial", "17212B", "4A5865", "0B4F7D", "7A4A00"
_ABOUT = "About this pack"
#: Tables of more columns are set smaller.
_DENSE = 9
#: Tables of no more rows stay on one page.
_SHORT = 14
#: Twentieths of a point between the margins of an A4 page.
_WIDTH = 9_900
_LINE = "D3DAE0"
#: Of every entry of the file: the earliest that a zip can hold.
_TIME = (1980, 1, 1, 0, 0, 0)
_MAIN = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def write_document(content: PackContent, target: Path | IO[bytes]) -> None:
    """Write the pack's paper. The same content gives the same bytes.

    Args:
        content: all that the paper says, for one audience.
        target: where to write it.
    """
    # Loads templates and an XML library: only where a paper is made.
    import docx

    paper = _Paper(docx.Document(), content)
    view = View(content, paper=True)
    paper.front(view)
    (story, *others) = sections_of(view)
    paper.section(story, 1)
    paper.contents([story, *others])
    place = 1
    for part, sections in parts_of(others):
        paper.part(part)
        for section in sections:
            place += 1
            paper.section(section, place, level=2 if part else 1)
    paper.about(place + 1)
    plain = io.BytesIO()
    paper.document.save(plain)
    written = _without_clock(plain.getvalue())
    if isinstance(target, Path):
        target.write_bytes(written)
    else:
        target.write(written)


class _Paper:
    """A document that grows section by section."""

    def __init__(self, document: Document, content: PackContent) -> None:
        self.document = document
        self.content = content
        self._tables = 0
        self._figures = 0
        self._level = 2
        self._style_ids: dict[str, str | None] = {}
        _set_up(document, content)

    def front(self, view: View) -> None:
        """The title, for whom it is, and how far it counts."""
        content = self.content
        self._paragraph(f"{content.project.place.name}, {view.month_name}", "Title")
        self._paragraph("Delayed discharge and who bears its cost", "Subtitle")
        self._text(f"{words.banner(content)}.", bold=True)
        self._text(
            f"People and days counted to {words.day_name(content.as_at)}. Based on loads to number {content.known_at}."
        )

    def contents(self, sections: Sequence[Section]) -> None:
        """Links to the sections, under their parts."""
        self._paragraph("Contents", "Heading 1").paragraph_format.page_break_before = True
        place = 0
        for part, own in parts_of(sections):
            if part:
                self._text(part, bold=True)
            for section in own:
                place += 1
                self._link(section.title, place, "List Bullet")
        self._link(_ABOUT, place + 1, "List Bullet")

    def _link(self, title: str, place: int, style: str) -> None:
        from docx.oxml import parse_xml

        look = f'<w:rPr><w:color w:val="{_ACCENT}"/><w:u w:val="single"/></w:rPr>'
        self._paragraph("", style)._p.append(
            parse_xml(
                f'<w:hyperlink {_MAIN} w:anchor="section{place}" w:history="1"><w:r>{look}'
                f"<w:t>{escape(title)}</w:t></w:r></w:hyperlink>"
            )
        )

    def part(self, title: str) -> None:
        """The heading of a part; nothing for a part that is one section."""
        if title:
            self._paragraph(title, "Heading 1")

    def about(self, place: int) -> None:
        """Governance, marks and disclosure control."""
        content = self.content
        self._heading(_ABOUT, place, 1)
        gap = words.governance_gap(content)
        if gap:
            self._text(f"Warning. {gap}", warning=True)
        governance = words.governance(content)
        if governance:
            self._grid(_pairs("Governance", "Item", "Stated", governance))
        self._grid(_pairs("Marks in place of figures", "Mark", "Meaning", words.marks(content)))
        for note in words.disclosure_notes(content):
            self._text(note)

    def section(self, section: Section, place: int, *, level: int = 1) -> None:
        """A heading that the contents link to, and its blocks, their headings one level below."""
        self._heading(section.title, place, level)
        self._level = level + 1
        self._blocks(section.blocks)

    def _blocks(self, blocks: Sequence[Block]) -> None:
        """Blocks in their order; words that lead to a table or picture stay on its page."""
        for place, block in enumerate(blocks):
            follows = blocks[place + 1] if place + 1 < len(blocks) else None
            if isinstance(block, Words) and block.kind != "heading" and isinstance(follows, (Grid, Tiles, Figure)):
                own = self._text(block.text, warning=block.kind == "warning")
                own.paragraph_format.keep_with_next = True
            else:
                self._block(block)

    def _heading(self, title: str, place: int, level: int) -> None:
        from docx.oxml import parse_xml

        heading = self._paragraph(title, f"Heading {level}")
        # Ids of bookmarks begin above those of pictures.
        number = 1000 + place
        heading._p.insert(1, parse_xml(f'<w:bookmarkStart {_MAIN} w:id="{number}" w:name="section{place}"/>'))
        heading._p.append(parse_xml(f'<w:bookmarkEnd {_MAIN} w:id="{number}"/>'))

    def _block(self, block: Block) -> None:
        match block:
            case Words(text, "heading"):
                self._paragraph(text, f"Heading {self._level}")
            case Told(said):
                for sentence, doubt in said:
                    # One paragraph, so that the story stays on one page.
                    paragraph = self._paragraph(words.with_minus(sentence), "Story")
                    if doubt:
                        paragraph.add_run(f" Doubt: {words.with_minus(doubt)}").italic = True
            case Words(text, kind):
                self._text(text, warning=kind == "warning")
            case Tiles():
                # Those on top of the page's story say what its sentences say, and it must stay one page here.
                if not block.main:
                    self._tiles(block)
            case Terms(entries):
                for term, texts in entries:
                    self._paragraph(term, f"Heading {self._level}")
                    for text in texts:
                        self._text(text)
            case Columns(columns):
                for column in columns:
                    self._blocks(column)
            case Figure():
                self._picture(block)
            case Grid():
                self._grid(block)

    def _paragraph(self, text: str, style: str) -> Paragraph:
        """A paragraph of a style at the end. The library would look through all styles for each."""
        from docx.enum.style import WD_STYLE_TYPE

        part: Any = self.document.part
        if style not in self._style_ids:
            self._style_ids[style] = part.get_style_id(style, WD_STYLE_TYPE.PARAGRAPH)
        paragraph = self.document.add_paragraph(text)
        paragraph._p.style = self._style_ids[style]
        return paragraph

    def _text(self, text: str, *, bold: bool = False, warning: bool = False) -> Paragraph:
        paragraph = self._paragraph("", "Warning" if warning else "Normal")
        paragraph.add_run(text).bold = bold or None
        return paragraph

    def _tiles(self, block: Tiles) -> None:
        doubts = any(figure.doubt for figure in block.figures)
        rows = [
            Row(
                [
                    Cell(figure.label, header=True),
                    Cell(figure.shown, number=True),
                    *([Cell(figure.doubt or "None stated")] if doubts else []),
                ]
            )
            for figure in block.figures
        ]
        heads = [Head("Figure"), Head("Value", True), *([Head("To be said with it")] if doubts else [])]
        self._grid(Grid(block.title or "Figures", heads, rows, "There are no figures."))

    def _picture(self, block: Figure) -> None:
        from docx.shared import Cm

        picture = block.picture
        paragraph = self.document.add_paragraph()
        paragraph.paragraph_format.keep_with_next = True
        shape = paragraph.add_run().add_picture(io.BytesIO(picture.png), width=Cm(16.0))
        properties = shape._inline.docPr
        properties.set("descr", picture.alternative)
        properties.set("title", picture.title)
        properties.set("name", picture.key)
        self._figures += 1
        self._caption("Figure", self._figures, picture.title, before=False)

    def _grid(self, grid: Grid) -> None:
        """A table; one with groups becomes a table for each, so that no cell is merged."""
        if not grid.rows:
            self._text(f"{grid.caption}. {grid.empty}")
        for group, rows in _by_group(grid.rows):
            self._tables += 1
            caption = f"{grid.caption}: {group}" if group else grid.caption
            self._caption("Table", self._tables, caption, before=True)
            self._table(caption, grid.heads, rows)
        for note in grid.notes:
            self._paragraph(note, "Note")

    def _caption(self, what: str, number: int, text: str, *, before: bool) -> None:
        from docx.oxml import parse_xml

        paragraph = self._paragraph(f"{what} ", "Caption")
        paragraph.paragraph_format.keep_with_next = before or None
        paragraph._p.append(
            parse_xml(
                f'<w:fldSimple {_MAIN} w:instr=" SEQ {what} \\* ARABIC "><w:r><w:t>{number}</w:t></w:r></w:fldSimple>'
            )
        )
        paragraph.add_run(f": {text}")

    def _table(self, caption: str, heads: Sequence[Head], rows: Sequence[Row]) -> None:
        from docx.oxml import parse_xml

        # Written as XML: a library's cell by cell is a hundred times slower.
        body = self.document.element.body
        body.insert(len(body) - 1, parse_xml(_table_xml(caption, heads, rows)))
        # Two tables that touch would become one.
        after = self._paragraph("", "Note")
        after.paragraph_format.space_after = 0


def _by_group(rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    found: list[tuple[str, list[Row]]] = []
    for row in rows:
        if row.kind == "group":
            found.append((row.cells[0].text, []))
        elif not found:
            found.append(("", [row]))
        else:
            found[-1][1].append(row)
    return [(group, own) for group, own in found if own]


def _pairs(caption: str, one: str, other: str, entries: Iterable[tuple[str, str]]) -> Grid:
    return Grid(
        caption, [Head(one), Head(other)], [Row([Cell(term, header=True), Cell(text)]) for term, text in entries], ""
    )


# --- tables as XML ------------------------------------------------------------------------------------------


def _table_xml(caption: str, heads: Sequence[Head], rows: Sequence[Row]) -> str:
    size = 13 if len(heads) > _DENSE else 17
    widths = _widths(heads, rows)
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    edges = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="{_LINE}"/>' for side in ("top", "bottom", "insideH")
    )
    head = _row_xml([Cell(own.title, number=own.number) for own in heads], widths, size, "header")
    # A short table stays on one page with its caption.
    together = len(rows) if len(rows) <= _SHORT else 1
    body = "".join(
        _row_xml(row.cells, widths, size, row.kind, last=place + 1 >= together) for place, row in enumerate(rows)
    )
    return (
        f'<w:tbl {_MAIN}><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblBorders>{edges}</w:tblBorders>'
        '<w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="60" w:type="dxa"/><w:right w:w="60" w:type="dxa"/>'
        '</w:tblCellMar><w:tblLook w:val="00A0" w:firstRow="1" w:lastRow="0" w:firstColumn="1" w:lastColumn="0" '
        f'w:noHBand="1" w:noVBand="1"/><w:tblCaption w:val={quoteattr(caption)}/></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{head}{body}</w:tbl>"
    )


def _row_xml(cells: Sequence[Cell], widths: Sequence[int], size: int, kind: str, *, last: bool = False) -> str:
    stays = "" if last else "<w:keepNext/>"
    repeated = "<w:tblHeader/>" if kind == "header" else ""
    parts = []
    for cell, width in zip(cells, widths, strict=True):
        bold = "<w:b/>" if kind in ("header", "total") or cell.tone else ""
        colour = f'<w:color w:val="{_SOFT}"/>' if kind == "header" else ""
        look = f'<w:rPr>{bold}{colour}<w:sz w:val="{size}"/><w:szCs w:val="{size}"/></w:rPr>'
        side = "right" if cell.number else "left"
        text = escape(_clean(_text(cell)))
        parts.append(
            f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr><w:p><w:pPr>{stays}<w:spacing w:before="30" '
            f'w:after="30"/><w:jc w:val="{side}"/></w:pPr><w:r>{look}'
            f'<w:t xml:space="preserve">{text}</w:t></w:r></w:p></w:tc>'
        )
    return f"<w:tr><w:trPr><w:cantSplit/>{repeated}</w:trPr>{''.join(parts)}</w:tr>"


def _text(cell: Cell) -> str:
    return cell.text + (f" ({cell.note})" if cell.note else "")


def _widths(heads: Sequence[Head], rows: Sequence[Row]) -> list[int]:
    """Widths by the longest text of each column, and no narrower than its longest word."""
    texts = [[head.title, *(_text(row.cells[place]) for row in rows)] for place, head in enumerate(heads)]
    longest = [max(len(text) for text in own) for own in texts]
    words_ = [max(len(word) for text in own for word in (text.split() or [""])) for own in texts]
    unit = 78 if len(heads) > _DENSE else 112
    least = [max(420, min(34, word) * unit + 140) for word in words_]
    wish = [max(low, min(long, 60) * unit + 140) for low, long in zip(least, longest, strict=True)]
    spare = _WIDTH - sum(least)
    if sum(wish) <= _WIDTH:
        return wish
    if spare <= 0:
        return [low * _WIDTH // sum(least) for low in least]
    more = [want - low for want, low in zip(wish, least, strict=True)]
    return [low + extra * spare // sum(more) for low, extra in zip(least, more, strict=True)]


def _clean(text: str) -> str:
    """With minus signs, and without the control characters that XML cannot hold."""
    return words.with_minus("".join(letter for letter in text if letter >= " " or letter in "\t\n"))


# --- the document -------------------------------------------------------------------------------------------


def _set_up(document: Document, content: PackContent) -> None:
    """Page, styles, language, header, footer and properties."""
    from docx.enum.style import WD_STYLE_TYPE
    from docx.oxml import parse_xml
    from docx.shared import Cm, Pt, RGBColor

    page = document.sections[0]
    page.page_width, page.page_height = Cm(21.0), Cm(29.7)
    page.left_margin = page.right_margin = Cm(1.75)
    page.top_margin = page.bottom_margin = Cm(2.0)
    styles: Any = document.styles
    for name in ("Warning", "Note", "Story"):
        own = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        own.base_style = styles["Normal"]
    looks = {
        "Normal": (10.5, False, _INK),
        "Title": (22, True, _INK),
        "Subtitle": (12, False, _ACCENT),
        "Heading 1": (17, True, _ACCENT),
        "Heading 2": (14, True, _INK),
        "Heading 3": (11.5, True, _INK),
        "Caption": (10, True, _INK),
        "Warning": (10.5, True, _WARNING),
        "Note": (9, False, _SOFT),
        "Story": (9, False, _INK),
        "List Bullet": (10.5, False, _INK),
        "Header": (9, True, _SOFT),
        "Footer": (9, False, _SOFT),
    }
    for name, (size, bold, colour) in looks.items():
        style = styles[name]
        style.font.name, style.font.size, style.font.bold, style.font.italic = _FONT, Pt(size), bold, False
        style.font.color.rgb = RGBColor.from_string(colour)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for key in list(fonts.attrib):
            del fonts.attrib[key]
        for script in ("ascii", "hAnsi", "eastAsia", "cs"):
            fonts.set(f"{{http://schemas.openxmlformats.org/wordprocessingml/2006/main}}{script}", _FONT)
    styles["Heading 1"].paragraph_format.page_break_before = False
    for name, space in (("Normal", 6), ("Note", 2), ("Warning", 6), ("Story", 2), ("Title", 4), ("Subtitle", 4)):
        styles[name].paragraph_format.space_after = Pt(space)
    # The story, its headings among them, is to stay on the first page.
    for name, space in (("Heading 1", 12), ("Heading 2", 7)):
        styles[name].paragraph_format.space_before = Pt(space)
    styles["Story"].paragraph_format.line_spacing = 1.0
    for language in document.styles.element.iter("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}lang"):
        language.set("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}val", "en-GB")
    page.header.paragraphs[0].text = f"{words.banner(content)}."
    footer = page.footer.paragraphs[0]
    footer.text = f"{_title(content)}. Made by costshift {content.version}. Page "
    footer._p.append(parse_xml(f'<w:fldSimple {_MAIN} w:instr=" PAGE "><w:r><w:t>1</w:t></w:r></w:fldSimple>'))
    _describe(document, content)


def _describe(document: Document, content: PackContent) -> None:
    told = document.core_properties
    told.title = f"{_title(content)}: delayed discharge and who bears its cost"
    told.subject = words.banner(content)
    told.author = told.last_modified_by = f"costshift {content.version}"
    told.category = "Public" if content.audience == "public" else "Internal"
    told.keywords = "delayed discharge, discharge ready date, cost shifts"
    told.comments = f"As at {words.day_name(content.as_at)}; loads to number {content.known_at}."
    told.language = "en-GB"
    told.revision = 1
    # Of the report, not of the clock.
    told.created = told.modified = dt.datetime.combine(content.as_at, dt.time())


def _title(content: PackContent) -> str:
    return f"{content.project.place.name}, {words.month_name(content.month)}"


def _without_clock(file: bytes) -> bytes:
    """The same file, its entries in their order and all of one time."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(file)) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, _TIME)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o600 << 16
            new.writestr(entry, old.read(name), compresslevel=6)
    return target.getvalue()
