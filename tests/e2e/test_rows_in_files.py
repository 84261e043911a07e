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
    for name in ("half", "files"):
        shutil.copytree(tmp_path / "memory", tmp_path / name)
    in_memory = run_in_process(tmp_path / "memory")

    def differing(found: dict[str, bytes]) -> list[str]:
        assert found.keys() == in_memory.keys()
        return [name for name, content in found.items() if content != in_memory[name]]

    monkeypatch.setattr(workspace, "MANY_ROWS", 1)
    assert differing(run_in_process(tmp_path / "half")) == []
    assert not list((tmp_path / "half" / "history").glob(".working-*"))
    monkeypatch.setattr(workspace, "VERY_MANY_ROWS", 1)
    assert differing(run_in_process(tmp_path / "files")) == []
    assert list((tmp_path / "files" / "history").glob(".working-*/*.parquet"))
