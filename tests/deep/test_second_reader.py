"""DuckDB reads the history by the query of docs/history.md and finds what costshift finds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from costshift.extracts.kinds import KINDS
from costshift.history.store import History

from places import costshift, inside

duckdb = pytest.importorskip("duckdb", reason="pip install 'costshift[deep]'")
carrier = pytest.importorskip("duckdb_extension_delta", reason="pip install 'costshift[deep]'")

pytestmark = pytest.mark.slow

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/history.md"
HEADER = "provider_code,spell_id,nhs_number,admission_date,discharge_ready_date,discharge_date,discharge_pathway"
PROJECT = """
[place]
name = "Anywhere"
[[partners]]
id = "north"
name = "North"
type = "acute"
codes = ["RN1"]
[[partners]]
id = "south"
name = "South"
type = "acute"
codes = ["RS1"]
[[extracts]]
kind = "spells"
submitter = "north"
files = "in/{month}/north.csv"
[[extracts]]
kind = "spells"
submitter = "south"
files = "in/{month}/south.csv"
required = false
"""


def send(place: Path, month: str, submitter: str, spells: range, pathway: str, ends: str) -> None:
    folder = place / "in" / month
    folder.mkdir(parents=True, exist_ok=True)
    code = {"north": "RN1", "south": "RS1"}[submitter]
    rows = [f"{code},S{n},9990000018,2025-0{1 + n % 3}-{1 + n % 27:02},,{ends},{pathway}" for n in spells]
    (folder / f"{submitter}.csv").write_text("\n".join([HEADER, *rows, rows[0], "broken"]) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three months of two hospitals: resubmissions of an earlier and of the latest month, an undo and a prune."""
    place = tmp_path_factory.mktemp("duck") / "place"
    place.mkdir()
    (place / "costshift.toml").write_text(PROJECT, encoding="utf-8")

    def command(*words: str) -> None:
        outcome = costshift(*words, "--project", place / "costshift.toml")
        assert outcome.code in (0, 1), outcome.err

    def load(month: str) -> None:
        command("load", "--month", month, "--quiet")

    send(place, "2025-01", "north", range(20), "P0", "2025-04-01")
    load("2025-01")  # 1, pruned in the end
    send(place, "2025-02", "north", range(10, 40), "P1", "")
    send(place, "2025-02", "south", range(15), "P1", "2025-04-02")
    load("2025-02")  # 2
    send(place, "2025-03", "north", range(30, 60), "P2", "2025-04-03")
    load("2025-03")  # 3
    send(place, "2025-02", "north", range(5, 45), "P3", "2025-04-04")
    load("2025-02")  # 4: February again, after March
    send(place, "2025-03", "north", range(25, 55), "P0", "2025-04-05")
    send(place, "2025-03", "south", range(10, 20), "P0", "2025-04-05")
    load("2025-03")  # 5, taken back
    command("history", "undo", "5")
    send(place, "2025-03", "south", range(12, 30), "P2", "")
    load("2025-03")  # 7: north's file of load 5 again, and a new one of south
    command("history", "prune", "--before", "2025-02", "--yes")
    return place


def documented_query() -> str:
    found = re.search(r"```sql\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert found is not None
    return found.group(1).strip().rstrip(";")


@pytest.fixture(scope="module")
def duck() -> Any:
    extension = next(Path(carrier.__file__).parent.rglob("delta.duckdb_extension"))
    connection = duckdb.connect(config={"allow_unsigned_extensions": "true", "autoinstall_known_extensions": "false"})
    connection.execute(f"LOAD '{extension.as_posix()}'")
    return connection


def test_the_documented_query_gives_the_same_rows(place: Path, duck: Any) -> None:
    with inside(place):
        theirs = duck.execute(documented_query()).pl()
    view = History(place / "history").current(KINDS["spells"])
    assert view is not None
    ours = view.collect()
    shared = [name for name in ours.columns if name in theirs.columns]
    assert set(KINDS["spells"].columns) <= set(shared)
    assert ours.height == theirs.height > 60
    key = ["provider_code", "spell_id"]
    assert theirs.select(shared).sort(key).equals(ours.select(shared).sort(key))
    # What was sent again, and what was taken back, is decided alike.
    assert set(ours["load_id"]) == {2, 3, 4, 7}
    assert theirs.select(key).is_unique().all()


def test_the_count_of_the_loads_that_count_is_the_same(place: Path, duck: Any) -> None:
    history = History(place / "history")
    with inside(place):
        numbers = duck.execute(
            "SELECT DISTINCT load_id FROM delta_scan('history/submissions') WHERE action = 'load' AND load_id NOT IN "
            "(SELECT concerns FROM delta_scan('history/submissions') WHERE action IN ('undo', 'prune'))"
        ).fetchall()
        rows = duck.execute("SELECT count(*) FROM delta_scan('history/spells')").fetchone()
    assert sorted(number for (number,) in numbers) == sorted({s.load_id for s in history.submissions()})
    assert rows == (pl.scan_delta(place / "history/spells").collect().height,)
