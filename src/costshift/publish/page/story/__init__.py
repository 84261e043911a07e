"""The month in one page: what happened, whose the days are, what moved and who paid, each with its doubt.

Every figure in a sentence is one that a table of the pack shows its audience: a headline, a summary or a published
table, as it was controlled. Nothing is added up here. What was suppressed or cannot be worked out is said to be so.
"""

from __future__ import annotations

from dataclasses import replace

from costshift.publish import words
from costshift.publish.page.blocks import Block, Section, Tiles, Told, Words
from costshift.publish.page.story.attributable import to_whom
from costshift.publish.page.story.doubts import what_to_doubt
from costshift.publish.page.story.happened import what_happened
from costshift.publish.page.story.moved import what_moved
from costshift.publish.page.story.phrases import Said, headlines_of
from costshift.publish.page.view import View

#: The headlines that stand on top, in words that need no context.
_ON_TOP = {
    "share_on_ready_date": "Left on the day they were ready",
    "delayed_beds": "Acute beds filled, on average, by people ready to leave",
    "people_delayed": "Ready to leave and still in an acute bed on {}",
    "delayed_bed_days_cost": "Delayed acute days at average cost, not a saving",
}


def story(view: View) -> Section:
    """The month in one page."""
    parts: list[tuple[str, list[Said]]] = [
        ("What happened", what_happened(view)),
        ("To whom the days are attributable", to_whom(view)),
        ("What moved, and who paid", what_moved(view)),
        ("What to doubt most", what_to_doubt(view)),
    ]
    blocks: list[Block] = [*_on_top(view)]
    for title, said in parts:
        blocks += [Words(title, "heading"), Told(said)] if said else []
    if not any(said for _, said in parts[:-1]):
        blocks = [Words(f"There is nothing to tell of {view.month_name}: no discharges or delays are known."), *blocks]
    return Section("story", "The month in one page", blocks)


def _on_top(view: View) -> list[Tiles]:
    """The main figures as tiles; none where there are fewer than two to show."""
    own = headlines_of(view)
    as_at = words.day_name(view.content.as_at)
    told = [
        replace(own[key], label=title.format(as_at))
        for key, title in _ON_TOP.items()
        if key in own and own[key].value is not None
    ]
    return [Tiles(told, main=True)] if len(told) > 1 else []
