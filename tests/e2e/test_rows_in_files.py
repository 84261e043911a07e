"""A large history is worked on in files, a small one in memory: what is published is the same to the byte."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from costshift import pipeline
from costshift.history import workspace
from costshift.locations import history_of
from costshift.month import Month
from costshift.project import load_project
from costshift.sample import SampleSettings, write_sample

MONTH = Month(dt.date(2025, 3, 1), dt.date(2025, 3, 31))


def published(folder: Path, *, beside: bool = False) -> dict[str, bytes]:
    project = load_project(folder / "costshift.toml")
    with history_of(project, folder).locked():
        pipeline.run(project, folder, MONTH, lambda: b"key", "2025-04-01T00:00:00", lambda _: None, beside=beside)
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for kept in ("reports", "restricted")
        for path in sorted((folder / kept).rglob("*"))
        if path.is_file()
    }


def test_files_and_memory_publish_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_sample(tmp_path / "memory", SampleSettings(people=700, months=8, seed=5))
    shutil.copytree(tmp_path / "memory", tmp_path / "files")
    in_memory = published(tmp_path / "memory")
    monkeypatch.setattr(workspace, "MANY_ROWS", 1)
    in_files = published(tmp_path / "files")
    assert list((tmp_path / "files" / "history").glob(".working-*/*.parquet"))
    assert in_files.keys() == in_memory.keys()
    assert [name for name, content in in_files.items() if content != in_memory[name]] == []
