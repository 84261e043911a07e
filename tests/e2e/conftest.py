"""One small artificial place, made and run once for all tests of the command."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from places import costshift, lighter, whole


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place of 1,500 people, not yet run. Copy before changing it."""
    folder = tmp_path_factory.mktemp("made") / "place"
    assert costshift("sample", folder, "--people", "1500", "--quiet").code == 0
    lighter(folder)
    return folder


@pytest.fixture(scope="session")
def published(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same place with its pack. Read only."""
    folder = tmp_path_factory.mktemp("published") / "place"
    shutil.copytree(made, folder)
    whole(folder)
    outcome = costshift("run", "--project", folder / "costshift.toml", "--month", "2025-03", in_full=True)
    assert outcome.code == 0, outcome.err
    return folder


@pytest.fixture
def place(made: Path, tmp_path: Path) -> Path:
    """A copy of the place to do as one likes with."""
    folder = tmp_path / "place"
    shutil.copytree(made, folder)
    return folder
