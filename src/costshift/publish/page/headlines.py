"""Headline figures: the ones that are read aloud, each with its doubt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from costshift.publish import words
from costshift.publish.content import Headline
from costshift.publish.page.blocks import Block, Columns, Section, Tiles, Words
from costshift.publish.page.view import View
from costshift.publish.standing_out import FEW, MOST_NAMED, largest, where

_RECORDED, _NET, _CASH = "recorded_", "net_absorbed_", "net_absorbed_cash_"
#: Headings, and the keys of the figures under them.
_GROUPS = {
    "Discharges of {month}": (
        "discharges",
        "share_on_ready_date",
        "average_delay_days",
        "average_delay_days_when_delayed",
        "bed_days_lost",
    ),
    "Delayed bed days of {month}": ("delayed_bed_days", "delayed_beds", "delayed_bed_days_cost"),
    "People waiting on {day}": ("people_delayed", "people_delayed_21_plus"),
    "What both sides’ linked dates say": ("testable_share", "agreed_share", "disputed_days"),
}
#: Names under such a heading, where the figure's own needs less.
_SHORTER = {
    "people_delayed": "Ready to leave and still in an acute bed",
    "people_delayed_21_plus": "Of these, in hospital for 21 nights or more",
    "delayed_bed_days": "All, of people still waiting too",
    "delayed_beds": "Beds that these filled on average",
    "delayed_bed_days_cost": "At the price of a bed day (average cost, not a saving)",
}


def headlines(view: View) -> Section:
    """Lists of the figures that are read aloud, each under a heading that says what they are of."""
    figures = view.content.headlines
    main = {figure.key: figure for figure in figures}
    blocks: list[Block] = [
        Words(
            f"Acute hospitals of the place, {view.month_name}, unless it says otherwise. Each figure stands with the "
            "doubt that touches it; the sections below show where it comes from."
        )
    ]
    lists: list[Sequence[Words | Tiles]] = []
    for title, keys in _GROUPS.items():
        own = [main.pop(key) for key in keys if key in main]
        heading = title.format(month=view.month_name, day=words.day_name(view.content.as_at))
        lists += [_list(heading, own, lambda key: _SHORTER.get(key, ""))] if own else []
    recorded = [main.pop(key) for key in list(main) if key.startswith(_RECORDED)]
    cash = [main.pop(key) for key in list(main) if key.startswith(_CASH)]
    nets = [main.pop(key) for key in list(main) if key.startswith(_NET)]
    if recorded:
        title = "To whom the record gives the delayed days"
        lists += [_list(title, recorded, lambda key: words.label(key.removeprefix(_RECORDED).removesuffix("_share")))]
    for title, own, prefix in (
        ("Net cost absorbed for other partners", nets, _NET),
        ("Net absorbed for other partners in cash", cash, _CASH),
    ):
        if own:
            lists += [_nets(view, title, own, prefix)]
    if main:
        lists += [_list("Other figures", list(main.values()), lambda key: "")]
    blocks += [Columns(lists)] if lists else []
    if not figures:
        blocks = [Words(f"There are no headline figures for {view.month_name}.")]
    return Section("headlines", "Headline figures", blocks)


def _nets(view: View, title: str, every: Sequence[Headline], prefix: str) -> list[Words | Tiles]:
    """Partners' nets; of more than 12 those with the largest, either way, ties by name."""

    def name(key: str) -> str:
        return view.name(key.removeprefix(prefix))

    if len(every) <= MOST_NAMED:
        return _list(title, every, name)
    first = sorted(every, key=lambda own: (own.value is None, -abs(own.value or 0), name(own.key), own.key))[:FEW]
    notes = largest(len(first), len(every), "nets", "the largest net, either way", where("partner_positions"))
    return [*_list(title, [own for own in every if own in first], name), *(Words(note) for note in notes)]


def _list(heading: str, figures: Sequence[Headline], title: Callable[[str], str]) -> list[Words | Tiles]:
    """Headlines under one heading that says what they are; a doubt that all share is said once.

    ``title`` gives a figure's name under the heading from its key; where that is empty it keeps its own.
    """
    doubts = {figure.doubt for figure in figures}
    shared = doubts.pop() if len(doubts) == 1 else ""
    named = [
        replace(figure, label=title(figure.key) or figure.label, doubt="" if shared else figure.doubt)
        for figure in figures
    ]
    return [Words(heading, "heading"), *([Words(shared)] if shared else []), Tiles(named, small=True, title=heading)]
