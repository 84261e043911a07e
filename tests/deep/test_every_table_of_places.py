"""Public packs of small artificial places, of one month and of successive ones, attacked with all that they say."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest

from costshift.analysed import analyse
from costshift.month import Month
from costshift.pipeline import load
from costshift.project import load_project
from costshift.publish.catalogue import TABLES
from costshift.publish.pack import content_for
from costshift.publish.tables import published

from independent.every_table import Shown, numbers_of, public_frames
from places import costshift

pytestmark = pytest.mark.slow
KEY = b"a key for tests, of no secrecy at all"


#: Two pooled budgets, of delayed days and of care, and a second scheme, of both councils.
AGREED = """
[[pools]]
name = "Beds"
rule = "fixed_share"
covers = ["delay"]
partners = { northshire-hospitals = 40, eastmoor-hospitals = 20, northshire-council = 40 }
[[pools]]
name = "Better Care Fund"
rule = "fixed_share"
covers = ["home_care", "residential_home", "nursing_home", "funded_nursing_care"]
partners = { northshire-icb = 60, northshire-council = 40 }
[[schemes]]
name = "Beds"
start = 2024-06-01
monthly_cost = 1000
partners = { northshire-hospitals = 50, northshire-council = 25, eastmoor-council = 25 }
"""


def noted(folder: Path, disputed: pl.DataFrame) -> int:
    """Notes on the disputed spells, in turn of each kind, of which all but some are signed by both; how many."""
    file = folder / "restricted" / "dispute_notes" / "notes.csv"
    file.parent.mkdir(parents=True)
    rows = [("Provider code", "Spell id", "Outcome", "Name for the NHS", "Name for the council", "Noted on")]
    for place, row in enumerate(disputed.to_dicts()):
        outcome = ("agreed", "overruled", "agreed", "contested", "agreed")[place % 5]
        council = "" if place % 5 == 4 else "B. Example"
        rows.append((row["provider_code"], row["spell_id"], outcome, "A. Example", council, "31/03/2025"))
    file.write_text("\n".join(",".join(row) for row in rows) + "\n", encoding="utf-8")
    return len(rows) - 1


def packs(folder: Path, people: int, seed: int, months: Sequence[dt.date], *, agreed: str = "") -> list[Shown]:
    """The packs of successive months, each from what was sent by then.

    ``agreed``: more of the project file; with it every disputed spell has a note.
    """
    feeding = ("rolling", "36") if len(months) == 1 else ("monthly", "15")
    words = ("--people", str(people), "--seed", str(seed), "--feeding", feeding[0], "--months", feeding[1], "--quiet")
    assert costshift("sample", folder, *words).code == 0
    settings = folder / "costshift.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + agreed, encoding="utf-8")
    project = load_project(settings)
    found = []
    sent = sorted(path.name for path in (folder / "extracts").iterdir() if path.is_dir())
    for name in sent:
        first = dt.date.fromisoformat(f"{name}-01")
        month = Month(first, (first + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1))
        load(project, folder, month, None, "2025-04-01T00:00:00", lambda said: None)
        if first in months:
            analysis = analyse(project, folder, month, lambda: KEY, lambda said: None)
            if agreed and noted(folder, analysis.restricted.take().tables["disputed_spells"]):
                analysis = analyse(project, folder, month, lambda: KEY, lambda said: None)
            own = public_frames(first, project, analysis)
            # The attack sees what is published, and nothing else.
            content = content_for(project, first, month.as_at, analysis, "public")
            assert own.shown is not None
            for table in ("discharge_delays", "delayed_bed_days", "partner_positions", "linkage_quality"):
                assert content.tables[table].equals(published(TABLES[table], own.shown[table])), table
            found.append(own)
    assert len(found) == len(months)
    return found


@pytest.mark.parametrize(("people", "seed"), [(150, 6), (400, 1), (400, 3), (750, 15), (1500, 5)])
def test_a_small_place_tells_nothing(people: int, seed: int, tmp_path: Path) -> None:
    own = packs(tmp_path / "place", people, seed, [dt.date(2025, 3, 1)])
    internal = numbers_of([dataclasses.replace(own[0], shown=None)])
    public = numbers_of(own)
    assert len(internal.recovered()) == sum(internal.secret) > 1_000
    assert public.recovered() == {}
    # The sums that the definitions promise hold, but for the exceptions that they name.
    assert sum(public.refused.values()) < 0.05 * sum(public.held.values())


def test_a_place_with_pools_and_notes_tells_nothing(tmp_path: Path) -> None:
    own = packs(tmp_path / "place", 3000, 11, [dt.date(2025, 3, 1)], agreed=AGREED)
    exact = own[0].exact
    assert set(exact["pool_shares"]["pool"]) == {"Beds", "Better Care Fund"}
    assert set(exact["dispute_outcomes"]["outcome"]) >= {"agreed", "overruled", "unsigned"}
    internal, public = numbers_of([dataclasses.replace(own[0], shown=None)]), numbers_of(own)
    for what in (
        *("a pool's spend", "what fell on a partner is its delays", "borne of a pool", "moved by a pool"),
        *("positions after pools: payer", "disputes are of what differs", "schemes: delayed_bed_days numerator"),
    ):
        assert internal.held.get(what), what
    assert public.recovered() == {}


def test_packs_of_successive_months_tell_nothing(tmp_path: Path) -> None:
    own = packs(tmp_path / "place", 500, 9, [dt.date(2025, 2, 1), dt.date(2025, 3, 1)])
    assert numbers_of(own).recovered() == {}
