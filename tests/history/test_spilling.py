"""What polars puts on disk where memory is short lies with the history, and goes with the process that put it there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from costshift.history.spilling import FOLDER, spill_beside
from costshift.history.store import History
from costshift.sample import SampleSettings, write_sample

from places import every_output

SETTING = "POLARS_OOC_SPILL_DIR"
#: No process has it: Linux counts to 2 ** 22 at most.
NOBODY = 2**22 + 1


@pytest.fixture(autouse=True)
def _setting_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SETTING, raising=False)
    monkeypatch.setenv(SETTING, "")


def test_rows_are_spilled_beside_the_history(tmp_path: Path) -> None:
    spill_beside(tmp_path / "history")
    assert Path(os.environ[SETTING]) == (tmp_path / "history" / FOLDER).resolve()
    spill_beside(tmp_path / "other")
    assert Path(os.environ[SETTING]) == (tmp_path / "other" / FOLDER).resolve(), "each place has its own"


def test_a_place_that_a_person_names_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTING, str(tmp_path / "safe disk"))
    spill_beside(tmp_path / "history")
    assert os.environ[SETTING] == str(tmp_path / "safe disk")


def test_what_a_killed_process_left_goes_with_the_next(tmp_path: Path) -> None:
    history = tmp_path / "history"
    for process in (NOBODY, os.getpid()):
        left = history / FOLDER / str(process)
        left.mkdir(parents=True)
        (left / "spill-sort-1.ipc").write_bytes(b"rows of people")
    with History(history).locked():
        assert [own.name for own in (history / FOLDER).iterdir()] == [str(os.getpid())]


@pytest.mark.slow
def test_with_hardly_any_memory_the_pack_is_the_same(tmp_path: Path) -> None:
    write_sample(tmp_path / "ample", SampleSettings(people=1500, months=12, seed=5))
    shutil.copytree(tmp_path / "ample", tmp_path / "short")
    plain = {name: value for name, value in os.environ.items() if name != SETTING}
    plain |= {"COSTSHIFT_KEY": "a key of sixteen letters"}
    found = {}
    for name, more in (("ample", {}), ("short", {"POLARS_OOC_MEMORY_BUDGET_MB": "10"})):
        place = tmp_path / name
        subprocess.run(
            [sys.executable, "-m", "costshift", "run", "--month", "2025-03", "--quiet"],
            cwd=place,
            env=plain | more,
            check=True,
        )
        found[name] = every_output(place)
    assert (tmp_path / "short" / "history" / FOLDER).is_dir(), "memory was not short"
    assert not list((tmp_path / "short" / "history" / FOLDER).rglob("*.ipc"))
    assert found["short"].keys() == found["ample"].keys()
    assert [name for name, content in found["short"].items() if content != found["ample"][name]] == []
