"""A large history is worked on in files, a small one in memory: what is published is the same to the byte."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from costshift.history import workspace
from costshift.sample import SampleSettings, write_sample

from places import run_in_process


def test_files_and_memory_publish_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_sample(tmp_path / "memory", SampleSettings(people=700, months=8, seed=5))
    shutil.copytree(tmp_path / "memory", tmp_path / "files")
    in_memory = run_in_process(tmp_path / "memory")
    monkeypatch.setattr(workspace, "MANY_ROWS", 1)
    in_files = run_in_process(tmp_path / "files")
    assert list((tmp_path / "files" / "history").glob(".working-*/*.parquet"))
    assert in_files.keys() == in_memory.keys()
    assert [name for name, content in in_files.items() if content != in_memory[name]] == []
