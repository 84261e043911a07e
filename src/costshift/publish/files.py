"""The files of a pack that are made from what it says: workbook, page, paper and charts. As bytes: nothing is written.

Whoever publishes writes them, so that a process that makes them beside it touches no folder.
"""

from __future__ import annotations

import io
from dataclasses import replace

from costshift.publish.charts import charts_and_left_out, drawn, load_fonts
from costshift.publish.content import PackContent
from costshift.publish.document import write_document
from costshift.publish.page import render_page, template
from costshift.publish.workbook import write_workbook

#: What the files of a pack are called.
WORKBOOK, PAGE, PAPER, CHARTS = "board-pack.xlsx", "board-pack.html", "board-pack.docx", "charts"


def get_ready() -> None:
    """Load what pictures, page and paper need, for a process that waits until there is something to say."""
    import docx  # noqa: F401

    load_fonts()
    template()


def with_pictures(content: PackContent) -> PackContent:
    """The content with its charts, drawn from what it shows; of those that would be empty, what is said instead."""
    charts, left_out = charts_and_left_out(content)
    return replace(content, pictures={own.key: own for own in drawn(charts)}, pictures_left_out=left_out)


def every_file(content: PackContent) -> dict[str, bytes]:
    """Workbook, charts, page and paper of a content without its pictures, as the project asks for."""
    return workbook(content) | drawn_files(content)


def drawn_files(content: PackContent) -> dict[str, bytes]:
    """Charts, page and paper of a content without its pictures, as the project asks for them."""
    return page_and_paper(with_pictures(content))


def workbook(content: PackContent) -> dict[str, bytes]:
    """The workbook, if the project asks for one: name to bytes."""
    if "xlsx" not in content.project.output.formats:
        return {}
    target = io.BytesIO()
    write_workbook(content, target)
    return {WORKBOOK: target.getvalue()}


def page_and_paper(content: PackContent) -> dict[str, bytes]:
    """Charts, and as the project asks for them page and paper: path in the audience's folder to bytes."""
    found = {}
    for picture in content.pictures.values():
        found[f"{CHARTS}/{picture.key}.svg"] = picture.svg.encode()
        found[f"{CHARTS}/{picture.key}.png"] = picture.png
    if "html" in content.project.output.formats:
        found[PAGE] = render_page(content).encode()
    if "docx" in content.project.output.formats:
        target = io.BytesIO()
        write_document(content, target)
        found[PAPER] = target.getvalue()
    return found
