"""What is awaited: extracts without a submission for the month, and the figures that wait for them."""

from __future__ import annotations

from costshift.publish import words
from costshift.publish.page.blocks import MOST_ROWS, Grid, Row, Section, Words, heads, names_row, text
from costshift.publish.page.view import View


def awaited(view: View) -> Section:
    """One row an optional or quarterly extract that the month does not have."""
    every = view.content.awaited
    more = len(every) - MOST_ROWS
    intro = Words(
        "Optional and quarterly extracts that have not come for the month. The last one that came is used; the figures "
        "that it feeds may change when the next one comes."
    )
    grid = Grid(
        f"Extracts without a submission for {view.month_name}",
        heads("Extract", "Sent by", "State", "Last sent for", "Covers to", "What waits for it"),
        [
            Row(
                [
                    names_row(words.label(item.kind)),
                    text(view.name(item.submitter)),
                    text("Late" if item.late else "Not due: quarterly"),
                    text("Never sent" if item.last is None else words.month_name(item.last)),
                    text("Nothing" if item.covers_to is None else words.day_name(item.covers_to)),
                    text(item.figures[:1].upper() + item.figures[1:]),
                ]
            )
            for item in every[:MOST_ROWS]
        ],
        f"Every extract has a submission for {view.month_name}.",
        [f"{words.counted(more, 'more extract is', 'more extracts are')} awaited, and not listed."] if more > 0 else [],
    )
    return Section("awaited", "What is awaited", [intro, grid] if every else [grid])
