"""Removing personal data for good: the rows of old loads, and the restricted folders of their months."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import polars as pl

from costshift.errors import HistoryError
from costshift.history.store import History


def what_would_go(history: History, restricted: Path, before: dt.date) -> tuple[list[int], list[str]]:
    """The loads of months before a month, and the names of the restricted folders of such months."""
    actions = history.actions()
    gone = actions.filter(pl.col("action") == "prune")["concerns"].to_list()
    old = actions.filter((pl.col("action") == "load") & (pl.col("month") < before))["load_id"].unique().sort()
    return [load for load in old.to_list() if load not in gone], [path.name for path in _folders(restricted, before)]


def prune_place(history: History, restricted: Path, before: dt.date, pruned_at: str) -> None:
    """Remove them. The caller holds the history.

    Raises:
        HistoryError: a folder cannot be removed; the loads are struck off already, and another try goes on.
    """
    history.prune(before, pruned_at)
    for folder in _folders(restricted, before):
        try:
            shutil.rmtree(folder)
        except OSError as error:
            raise HistoryError(
                f"{folder} cannot be removed ({error.strerror}). Close its files in other programs, and prune again."
            ) from None


def _folders(restricted: Path, before: dt.date) -> list[Path]:
    """Folders named YYYY-MM, of months before the month."""
    found = []
    for path in sorted(restricted.glob("[0-9][0-9][0-9][0-9]-[0-9][0-9]")):
        if path.is_dir() and path.name < f"{before:%Y-%m}":
            found.append(path)
    return found
