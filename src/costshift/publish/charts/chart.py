"""A chart as the pack has it: what it says, how it is drawn, and the table that holds its figures."""

from __future__ import annotations

import os
import re
import struct
import tempfile
import zlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

from costshift.publish.charts.canvas import Drawing
from costshift.publish.content import Picture
from costshift.publish.headlines import SUPPRESSED
from costshift.publish.page.blocks import Grid
from costshift.publish.words import with_minus

#: Pixels of the PNG for one of the SVG: sharp in print.
_SHARP = 2


@dataclass(frozen=True)
class Chart:
    """One chart. ``key`` is its file's name; ``alternative`` says in words what it shows; ``grid`` has its figures."""

    key: str
    title: str
    alternative: str
    source: str
    drawing: Drawing
    grid: Grid

    @property
    def says_nothing(self) -> bool:
        """Whether every figure of it is suppressed, or zero beside suppressed ones."""
        figures = [cell.text for row in self.grid.rows for cell in row.cells if cell.number]
        return any(SUPPRESSED in own for own in figures) and not any(re.search("[1-9]", own) for own in figures)

    @property
    def svg(self) -> str:
        """The chart with its name and description, for who cannot see it."""
        size = f'width="{self.drawing.width}" height="{self.drawing.height}"'
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.drawing.width} {self.drawing.height}" {size} '
            f'role="img" aria-labelledby="{self.key}-title {self.key}-text">'
            f'<title id="{self.key}-title">{escape(with_minus(self.title))}</title>'
            f'<desc id="{self.key}-text">{escape(with_minus(self.alternative))}</desc>{self.drawing.body}</svg>\n'
        )


def drawn(charts: Iterable[Chart]) -> list[Picture]:
    """Charts as SVG text and PNG bytes: no browser, no network; the same chart gives the same bytes."""
    # Loads fonts and a renderer: only where something is drawn.
    from vl_convert import svg_to_png

    load_fonts()
    every = list(charts)
    # A picture is compressed outside Python's lock, while the next is drawn.
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        pictures = list(pool.map(lambda chart: packed(svg_to_png(chart.svg, scale=_SHARP)), every))
    return [
        Picture(
            key=chart.key,
            title=chart.title,
            alternative=chart.alternative,
            source=chart.source,
            svg=chart.svg,
            png=png,
            width=chart.drawing.width,
            height=chart.drawing.height,
            grid=chart.grid,
        )
        for chart, png in zip(every, pictures, strict=True)
    ]


@cache
def load_fonts() -> None:
    """Have the renderer load its fonts: on Linux those that it carries and no others.

    It carries Liberation Sans (Latin, Greek, Cyrillic and Hebrew letters), yet prefers a machine's own, whose version
    may be another: the same chart would not be the same picture on another machine. And it opens the file of such a
    font anew for each letter, half of the time. Windows and macOS, which rarely have that font, do not ask the setting.
    """
    from vl_convert import register_font_directory

    setting = "FONTCONFIG_FILE"
    before = os.environ.get(setting)
    with tempfile.TemporaryDirectory() as empty:
        told = Path(empty) / "fonts.conf"
        told.write_text(f"<fontconfig><dir>{escape(empty)}</dir></fontconfig>", encoding="utf-8")
        os.environ[setting] = str(told)
        try:
            # The first call of any kind loads all fonts.
            register_font_directory(empty)
        finally:
            os.environ.pop(setting)
            if before is not None:
                os.environ[setting] = before


def packed(png: bytes) -> bytes:
    """The same picture, compressed well: a third of what the renderer writes."""
    start, chunks, data = 8, [], b""
    while start < len(png):
        (size,) = struct.unpack(">I", png[start : start + 4])
        kind, content = png[start + 4 : start + 8], png[start + 8 : start + 8 + size]
        start += 12 + size
        if kind == b"IDAT":
            data += content
        elif kind != b"IEND":
            chunks.append((kind, content))
    chunks += [(b"IDAT", zlib.compress(zlib.decompress(data), 6)), (b"IEND", b"")]
    return png[:8] + b"".join(
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in chunks
    )
