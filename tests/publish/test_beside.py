"""Work in a second process: the same results, the same errors, and done here where there is no second process."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from costshift.errors import ProjectError
from costshift.project import load_project
from costshift.publish import beside, files
from costshift.publish.beside import ENOUGH_ROWS, Beside
from costshift.publish.files import every_file
from costshift.sample import SampleSettings, write_sample
from publish.packs import pack

from places import run_in_process


def test_many_rows_are_worked_on_beside_and_few_here() -> None:
    with Beside(ENOUGH_ROWS) as many, Beside(ENOUGH_ROWS - 1) as few:
        assert many.start(os.getpid)() != os.getpid()
        assert few.start(os.getpid)() == os.getpid()


def test_one_core_has_no_second_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    with Beside(ENOUGH_ROWS) as only:
        assert only.start(os.getpid)() == os.getpid()


def test_a_machine_that_allows_no_second_process_does_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(Path(__file__).parent / "no-such-program"))
    with Beside(ENOUGH_ROWS) as only:
        assert only.start(os.getpid)() == os.getpid()


def test_what_is_raised_beside_is_raised_here(tmp_path: Path) -> None:
    with Beside(ENOUGH_ROWS) as second:
        result = second.start(load_project, tmp_path / "costshift.toml")
        with pytest.raises(ProjectError, match=r"costshift\.toml"):
            result()
        assert second.start(os.getpid)() != os.getpid(), "an error is no end"


def test_what_waits_behind_other_work_is_done_by_whoever_asks() -> None:
    with Beside(ENOUGH_ROWS) as second:
        first, waiting = second.start(time.sleep, 1), second.start(os.getpid)
        assert waiting() == os.getpid()
        first()
        assert second.start(os.getpid)() != os.getpid(), "what was taken away is not waited for"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal.")
def test_what_was_lost_with_the_second_process_is_done_here() -> None:
    with Beside(ENOUGH_ROWS) as second:
        other = second.start(os.getpid)()
        lost, later = second.start(os.kill, other, signal.SIGKILL), second.start(os.getpid)
        second.no_more()
        assert (lost(), later()) == (None, os.getpid())


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="Asks Linux who runs.")
def test_it_ends_with_the_first(tmp_path: Path) -> None:
    script = tmp_path / "first.py"
    script.write_text(
        "import os, time\nfrom costshift.publish.beside import ENOUGH_ROWS, Beside\n"
        "with Beside(ENOUGH_ROWS) as second:\n"
        "    print(second.start(os.getpid)(), flush=True)\n    time.sleep(60)\n",
        encoding="utf-8",
    )
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE) as first:
        assert first.stdout is not None
        second = int(first.stdout.readline())
        first.kill()
    for _ in range(200):
        if not _runs(second):
            return
        time.sleep(0.1)
    raise AssertionError("The second process goes on without the first.")


def _runs(process: int) -> bool:
    """Whether it is there and no zombie."""
    told = Path(f"/proc/{process}/stat")
    return told.exists() and told.read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] != "Z"


@pytest.mark.slow
def test_the_files_of_a_pack_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    content = pack()
    expected = every_file(content)
    # So that it is not done here.
    monkeypatch.delattr(files, "workbook")
    with Beside(ENOUGH_ROWS) as second:
        result = second.start(every_file, content)
        second.no_more()
        assert result() == expected


@pytest.mark.slow
def test_a_report_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_sample(tmp_path / "one", SampleSettings(people=400, months=6, seed=8))
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    alone = run_in_process(tmp_path / "one")
    monkeypatch.setattr(beside, "ENOUGH_ROWS", 1)
    helped = run_in_process(tmp_path / "two", beside=True)
    assert helped.keys() == alone.keys()
    assert [name for name, content in helped.items() if content != alone[name]] == []
