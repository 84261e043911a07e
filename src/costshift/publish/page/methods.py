"""What each figure means, and what it cannot say."""

from __future__ import annotations

from costshift.publish import words
from costshift.publish.page.blocks import Section, Terms, Words
from costshift.publish.page.view import View


def methods(view: View) -> Section:
    """The methods in brief."""
    entries = [(method.figure, (method.meaning, f"Limits: {method.limits}")) for method in words.methods(view.content)]
    return Section(
        "methods",
        "Methods in brief",
        [
            Words(
                "What each figure means, and what it cannot say. The full definitions are in costshift’s docs/methods."
            ),
            Terms(entries),
        ],
    )
