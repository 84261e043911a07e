"""What becomes of a command whose output nobody reads, or that has no console: what it did stands, and it says so."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from costshift.sample import SampleSettings, write_sample


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("place")
    write_sample(folder, SampleSettings(people=300, months=4, seed=3))
    ended = subprocess.run([*_command("run"), "--quiet"], cwd=folder, capture_output=True, check=False)
    assert ended.returncode in (0, 1), ended.stderr
    return folder


def _command(name: str) -> list[str]:
    return [sys.executable, "-m", "costshift", name, "--month", "2025-03"]


def test_a_reader_that_has_gone_takes_nothing_back(place: Path) -> None:
    reads, writes = os.pipe()
    os.close(reads)
    try:
        ended = subprocess.run(_command("report"), cwd=place, stdout=writes, stderr=subprocess.PIPE, check=False)
    finally:
        os.close(writes)
    assert ended.returncode in (0, 1)
    assert b"Nothing was published" not in ended.stderr and b"Traceback" not in ended.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("given", [["report", "--month", "2025-03"], ["explain", "--help"]])
def test_a_full_disk_behind_the_output_is_told_and_no_traceback(place: Path, given: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "costshift", *given], cwd=place, stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert b"cannot be shown" in ended.stderr and b"Traceback" not in ended.stderr
    assert ended.returncode == (2 if given[-1] == "--help" else ended.returncode) and ended.returncode in (0, 1, 2)
    assert (b"stands" in ended.stderr) == (given[0] == "report")


@pytest.mark.skipif(os.name != "posix", reason="closes a stream by its number")
def test_without_a_standard_error_a_command_works(place: Path) -> None:
    ended = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" 2>&-', "sh", *_command("report")], cwd=place, capture_output=True, check=False
    )
    assert ended.returncode in (0, 1)
    assert b"reports" in ended.stdout


def test_json_is_plain_whatever_the_console_s_encoding(place: Path) -> None:
    given = os.environ | {"PYTHONUTF8": "0", "PYTHONIOENCODING": "cp1252"}
    ended = subprocess.run(
        [*_command("report"), "--format", "json"], cwd=place, env=given, capture_output=True, check=False
    )
    assert "£" in json.dumps(json.loads(ended.stdout.decode("ascii")), ensure_ascii=False)


@pytest.mark.parametrize("month", ["2030-01", "1950-01"])
def test_a_month_of_which_nothing_was_loaded_is_refused_and_replaces_nothing(place: Path, month: str) -> None:
    before = {path: path.read_bytes() for path in (place / "reports").rglob("*") if path.is_file()}
    command = [sys.executable, "-m", "costshift", "report", "--month", month]
    ended = subprocess.run(command, cwd=place, capture_output=True, check=False)
    assert ended.returncode == 2
    assert month.encode() in ended.stderr and b"costshift load --month" in ended.stderr
    assert {path: path.read_bytes() for path in (place / "reports").rglob("*") if path.is_file()} == before
