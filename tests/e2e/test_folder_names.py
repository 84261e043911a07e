"""A place may lie in any folder: Windows makes "OneDrive - My Trust", and people write [2025], # and accents."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from costshift.extracts import judging
from costshift.history import workspace
from costshift.history.store import History
from costshift.sample import SampleSettings, write_sample

from places import costshift, run_in_process

ODD = ["OneDrive - My Trust", "Köln é", "Trust [2025] ^1 #2 100% {x}", "load_id=7"]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plain")
    write_sample(folder, SampleSettings(people=300, months=4, seed=3))
    return folder


@pytest.fixture(scope="module")
def published(plain: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return run_in_process(shutil.copytree(plain, tmp_path_factory.mktemp("other") / "place"))


@pytest.mark.parametrize("name", ODD)
def test_the_same_is_published_from_every_folder(
    plain: Path, published: dict[str, bytes], name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Rows lie in files at every stage, so that each of them has to be found again.
    monkeypatch.setattr(workspace, "MANY_ROWS", 1)
    monkeypatch.setattr(workspace, "VERY_MANY_ROWS", 1)
    monkeypatch.setattr(judging, "PIECE", 50)
    place = shutil.copytree(plain, tmp_path / name)
    found = run_in_process(place)
    assert found.keys() == published.keys()
    assert [file for file, content in found.items() if content != published[file]] == []


@pytest.mark.parametrize("name", ODD)
def test_loads_are_taken_back_and_removed_in_every_folder(plain: Path, name: str, tmp_path: Path) -> None:
    place = shutil.copytree(plain, tmp_path / name)
    run_in_process(place)
    history = History(place / "history")
    with history.locked():
        loads = [submission.load_id for submission in history.submissions()]
        history.undo(loads[-1], "2026-01-01T00:00:00")
        assert loads[-1] not in [submission.load_id for submission in history.submissions()]
        assert set(history.prune(dt.date(2100, 1, 1), "2026-01-01T00:00:00")) == set(loads)
    assert list(place.glob("history/*/load_id=*/*.parquet")) == []


@pytest.mark.parametrize(("name", "sign"), [("My%20Docs", "%20"), ("100%25 done", "%25")])
def test_a_folder_that_would_be_taken_for_another_one_is_refused(
    plain: Path, name: str, sign: str, tmp_path: Path
) -> None:
    """Delta would read the log of the folder beside it: a pack with that one's rows missing, and no word of it."""
    place = shutil.copytree(plain, tmp_path / name)
    for command in (["check", "--month", "2025-03"], ["run", "--month", "2025-03"], ["history", "list"]):
        ended = costshift(*command, cwd=place)
        assert ended.code == 2
        assert f"with {sign} in its path" in ended.err and "Rename the folder" in ended.err
    assert not (place / "history").exists() and not (place / "reports").exists()
