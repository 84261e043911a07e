"""What was published is kept once; a pack is compared with the latest of an earlier month that it can know."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from costshift.errors import HistoryError
from costshift.history.publications import FIGURE_SCHEMA, Publications, State

FEBRUARY, MARCH, APRIL = (dt.date(2025, month, 1) for month in (2, 3, 4))


def state(month: dt.date, *loads: int, settings: str = "a") -> State:
    return State(month, month.replace(day=28), max(loads), loads, settings, "1")


def figures(value: float) -> pl.DataFrame:
    row = ("discharge_delays", "discharges", "", MARCH, "hospital", "spells", value, 9)
    return pl.DataFrame([row], schema=FIGURE_SCHEMA, orient="row")


@pytest.fixture
def publications(tmp_path: Path) -> Publications:
    return Publications(tmp_path)


def test_what_is_kept_comes_back(publications: Publications) -> None:
    assert publications.all() == []
    assert publications.append(state(MARCH, 1, 2), figures(8.0)) == 1
    (found,) = publications.all()
    assert (found.number, found.state) == (1, state(MARCH, 1, 2))
    assert found.figures.equals(figures(8.0))


def test_the_same_content_again_appends_nothing(publications: Publications, tmp_path: Path) -> None:
    publications.append(state(MARCH, 1), figures(8.0))
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert publications.append(state(MARCH, 1), figures(8.0)) == 1
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert publications.append(state(MARCH, 1), figures(9.0)) == 2
    assert publications.append(state(MARCH, 1, settings="b"), figures(9.0)) == 3


def test_compared_is_the_latest_earlier_month_and_of_it_the_most_loads(publications: Publications) -> None:
    for own in (state(MARCH, 1, 2), state(FEBRUARY, 1, 2, 3), state(MARCH, 1), state(APRIL, 1, 2, 3, 4)):
        publications.append(own, figures(1.0))
    found = publications.before(state(APRIL, 1, 2, 3, 4))
    assert found is not None and found.state == state(MARCH, 1, 2)


def test_never_with_loads_that_it_does_not_know_nor_with_its_own_loads(publications: Publications) -> None:
    publications.append(state(FEBRUARY, 1, 2, 3), figures(1.0))
    assert publications.before(state(MARCH, 1, 2)) is None  # load 3 is later
    assert publications.before(state(MARCH, 1, 2, 3)) is None  # the same loads: nothing can differ
    assert publications.before(state(MARCH, 1, 3)) is not None  # load 2 was taken back


def test_later_publications_do_not_change_what_a_pack_was_compared_with(publications: Publications) -> None:
    publications.append(state(FEBRUARY, 1), figures(1.0))
    publications.append(state(MARCH, 1, 2, 3), figures(1.0))
    publications.append(state(FEBRUARY, 1, 2), figures(2.0))
    found = publications.before(state(MARCH, 1, 2, 3))
    assert found is not None and found.number == 1
    fresh = publications.before(state(APRIL, 1, 2, 3, 4))
    assert fresh is not None and fresh.number == 2


def test_a_damaged_table_is_named(publications: Publications) -> None:
    publications.append(state(MARCH, 1), figures(1.0))
    for path in publications.folder.glob("*.parquet"):
        path.unlink()
    with pytest.raises(HistoryError, match="publications cannot be opened"):
        publications.all()
