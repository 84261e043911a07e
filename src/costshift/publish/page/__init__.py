"""The pack as one self-contained HTML page: for a board member first, for an analyst second.

The page is a list of sections, one to a module, each a list of blocks (``blocks.py``); the template only lays them
out. Public and internal pages are made in the same way from what the pack holds for their audience. Nothing is
summed here: what the page shows in place of fine-grained tables are the pack's summaries, each controlled for
disclosure on its own (``publish/summaries.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from costshift.publish import words
from costshift.publish.content import PackContent
from costshift.publish.page.agreement import agreement
from costshift.publish.page.attribution import attribution
from costshift.publish.page.awaited import awaited
from costshift.publish.page.blocks import Section
from costshift.publish.page.care import care
from costshift.publish.page.checks import checks
from costshift.publish.page.cohort import cohort
from costshift.publish.page.costs import costs
from costshift.publish.page.councils import councils
from costshift.publish.page.discharges import discharges
from costshift.publish.page.eligibility import eligibility
from costshift.publish.page.flow import flow
from costshift.publish.page.gaps import gaps
from costshift.publish.page.headlines import headlines
from costshift.publish.page.linkage import linkage
from costshift.publish.page.methods import methods
from costshift.publish.page.pathways import pathways
from costshift.publish.page.prices import prices
from costshift.publish.page.provenance import files, provenance
from costshift.publish.page.published import published
from costshift.publish.page.quality import quality
from costshift.publish.page.revisions import revisions
from costshift.publish.page.schemes import schemes
from costshift.publish.page.signals import signals
from costshift.publish.page.story import story
from costshift.publish.page.touched import touched
from costshift.publish.page.trend import trend
from costshift.publish.page.view import View
from costshift.publish.page.waiting import waiting

#: Parts of the pack, from what a board reads to what an analyst asks; a part without a title is its one section.
PARTS: tuple[tuple[str, tuple[Callable[[View], Section], ...]], ...] = (
    ("", (story,)),
    ("Waiting and delay", (headlines, waiting, discharges, pathways, trend, signals, councils, published)),
    ("Attribution and disputes", (attribution, agreement)),
    ("", (eligibility,)),
    ("Cost and positions", (costs, care)),
    ("", (flow,)),
    ("Gaps and inequalities", (gaps, touched)),
    ("", (schemes,)),
    ("Data behind the figures", (quality, linkage, cohort, awaited, revisions, checks)),
    ("Methods, prices and sources", (methods, prices, files, provenance)),
)


def render_page(content: PackContent) -> str:
    """The pack as one HTML file: no network, no script, everything in it escaped.

    Args:
        content: all that the page says, for one audience.

    Returns:
        the page; the same content gives the same text.
    """
    view = View(content)
    every = sections_of(view)
    return template().render(
        place=content.project.place.name,
        month=view.month_name,
        as_at=words.day_name(content.as_at),
        known_at=content.known_at,
        version=content.version,
        banner=words.banner(content),
        audience=content.audience if view.controlled or not view.public else "warning",
        governance=words.governance(content),
        governance_gap=words.governance_gap(content),
        marks=words.marks(content),
        disclosure=words.disclosure_notes(content),
        sections=every,
        parts=parts_of(every),
    )


def sections_of(view: View) -> list[Section]:
    """What the pack says, section by section: page and paper are laid out from the same. Empty ones are left out."""
    found = [(part, section(view)) for part, sections in PARTS for section in sections]
    return [replace(own, part=part) for part, own in found if own.blocks]


def parts_of(sections: Iterable[Section]) -> list[tuple[str, list[Section]]]:
    """Sections under the parts that the contents list; a part without a title holds one section."""
    found: list[tuple[str, list[Section]]] = []
    for section in sections:
        if section.part and found and found[-1][0] == section.part:
            found[-1][1].append(section)
        else:
            found.append((section.part, [section]))
    return found


def _written(own: object) -> object:
    """Plain text with minus signs; what is markup already, such as a chart, as it is."""
    return words.with_minus(own) if type(own) is str else own


@cache
def template() -> Template:
    """The page without what it says."""
    environment = Environment(
        loader=PackageLoader("costshift.publish", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_written,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("pack.html.j2")
