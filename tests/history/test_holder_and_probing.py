"""Who holds the history, and whether its folder renames and locks as it must."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from costshift.errors import HistoryLockedError
from costshift.history import probing
from costshift.history.holder import NAME, holder_of
from costshift.history.probing import troubles_of
from costshift.history.store import History

HOLD = (
    "import sys, time; from pathlib import Path; from costshift.history.store import History\n"
    "with History(Path(sys.argv[1])).locked(): print('held', flush=True); time.sleep(60)"
)


def test_the_second_run_is_told_who_holds_it(tmp_path: Path) -> None:
    history = History(tmp_path / "history")
    with history.locked(), pytest.raises(HistoryLockedError) as told, History(history.folder).locked():
        pass
    assert f"on {platform.node()}, process {os.getpid()}, since 20" in str(told.value)
    assert told.value.exit_code == 3
    assert [path.name for path in history.folder.iterdir()] == [".lock"]


def test_the_note_of_a_killed_process_confuses_nobody(tmp_path: Path) -> None:
    history = History(tmp_path / "history")
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(history.folder)], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None and other.stdout.readline() == "held\n"
        with pytest.raises(HistoryLockedError, match=f"process {other.pid},"), history.locked():
            pass
        other.kill()
    assert (history.folder / NAME).exists()
    assert holder_of(history.folder) is None  # its process has ended
    with history.locked():
        found = holder_of(history.folder)
        assert found is not None and found.process == os.getpid()
    assert not (history.folder / NAME).exists()


@pytest.mark.parametrize("note", ["", "{half", "[]", '{"user": "x"}', json.dumps({"user": 1, "process": "no"})])
def test_a_note_that_says_nothing_is_passed_over(tmp_path: Path, note: str) -> None:
    history = History(tmp_path)
    with history.locked():
        (tmp_path / NAME).write_text(note, encoding="utf-8")
        with pytest.raises(HistoryLockedError, match="who it is cannot be told"), History(tmp_path).locked():
            pass


def test_without_a_note_the_history_is_held_all_the_same(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    history = History(tmp_path)
    with history.locked(), pytest.raises(HistoryLockedError), History(tmp_path).locked():
        pass


def test_a_good_folder_has_no_troubles_and_nothing_is_left(tmp_path: Path) -> None:
    assert troubles_of(tmp_path / "not" / "yet" / "there") == []
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_does_not_lock_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "_SECOND_TRY", "")  # the other process got the lock
    (trouble,) = troubles_of(tmp_path)
    assert "not locked as they must" in trouble and "[history] folder" in trouble
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_does_not_rename_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "rename", refuse)
    (trouble,) = troubles_of(tmp_path)
    assert "cannot be renamed as they must (Permission denied)" in trouble
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_its_place_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(probing.tempfile, "mkdtemp", refuse)
    (trouble,) = troubles_of(tmp_path)
    assert "cannot be written" in trouble
