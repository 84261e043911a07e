"""Headline figures: the ones that are read aloud, each with its doubt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from costshift.publish import words
from costshift.publish.content import Headline
from costshift.publish.page.blocks import Block, Columns, Section, Tiles, Words
from costshift.publish.page.view import View

_RECORDED, _NET, _CASH = "recorded_", "net_absorbed_", "net_absorbed_cash_"


def headlines(view: View) -> Section:
    """Tiles of the main figures, then lists: to whom the days are recorded, what each partner absorbed."""
    figures = view.content.headlines
    recorded = [figure for figure in figures if figure.key.startswith(_RECORDED)]
    cash = [figure for figure in figures if figure.key.startswith(_CASH)]
    nets = [figure for figure in figures if figure.key.startswith(_NET) and figure not in cash]
    main = [figure for figure in figures if figure not in (*recorded, *nets, *cash)]
    blocks: list[Block] = [
        Words(
            f"Acute hospitals of the place, {view.month_name}. Each figure stands with the doubt that touches it; "
            "the sections below show where it comes from."
        ),
        Tiles(main),
    ]
    lists: list[Sequence[Words | Tiles]] = []
    if recorded:
        title = "To whom the record gives the delayed days"
        lists += [_list(title, recorded, lambda key: words.label(key.removeprefix(_RECORDED).removesuffix("_share")))]
    if nets:
        title = "Net cost absorbed for other partners"
        lists += [_list(title, nets, lambda key: view.name(key.removeprefix(_NET)))]
    if cash:
        title = "The same in cash"
        lists += [_list(title, cash, lambda key: view.name(key.removeprefix(_CASH)))]
    blocks += [Columns(lists)] if lists else []
    if not figures:
        blocks = [Words(f"There are no headline figures for {view.month_name}.")]
    return Section("headlines", "Headline figures", blocks)


def _list(heading: str, figures: Sequence[Headline], title: Callable[[str], str]) -> list[Words | Tiles]:
    """Headlines under one heading that says what they are; a doubt that all share is said once."""
    doubts = {figure.doubt for figure in figures}
    shared = doubts.pop() if len(doubts) == 1 else ""
    named = [replace(figure, label=title(figure.key), doubt="" if shared else figure.doubt) for figure in figures]
    return [Words(heading, "heading"), *([Words(shared)] if shared else []), Tiles(named, small=True)]
