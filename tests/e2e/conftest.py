"""Small artificial places, made and run once for all tests of the command."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from places import costshift, lighter, whole

Once = Callable[[str, Callable[[Path], None]], Path]


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Makes a folder once for all processes of the tests, and gives each a copy of its own."""

    def made(name: str, make: Callable[[Path], None]) -> Path:
        own = tmp_path_factory.mktemp(name) / "place"
        # Processes of pytest-xdist have folders side by side; without it there is one process.
        base = tmp_path_factory.getbasetemp()
        root = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
        first = root / f"{name}-once"
        with FileLock(root / f"{name}-once.lock"):
            if not first.exists():
                make(own)
                shutil.copytree(own, first.with_suffix(".new"))
                first.with_suffix(".new").rename(first)
                return own
        shutil.copytree(first, own)
        return own

    return made


@pytest.fixture(scope="session")
def made(once: Once) -> Path:
    """A place of 1,500 people and three years, not yet run. Copy before changing it."""

    def make(folder: Path) -> None:
        assert costshift("sample", folder, "--people", "1500", "--quiet").code == 0
        lighter(folder)

    return once("made", make)


@pytest.fixture(scope="session")
def published(made: Path, once: Once) -> Path:
    """The place of three years with its pack. Read only."""

    def make(folder: Path) -> None:
        shutil.copytree(made, folder)
        whole(folder)
        outcome = costshift("run", "--project", folder / "costshift.toml", "--month", "2025-03", in_full=True)
        assert outcome.code == 0, outcome.err

    return once("published", make)


@pytest.fixture(scope="session")
def brief(once: Once) -> Path:
    """A place of 1,500 people and 12 months, not yet run. Copy before changing it."""

    def make(folder: Path) -> None:
        assert costshift("sample", folder, "--people", "1500", "--months", "12", "--quiet").code == 0
        lighter(folder)

    return once("brief", make)


@pytest.fixture
def place(brief: Path, tmp_path: Path) -> Path:
    """A copy of the brief place to do as one likes with."""
    folder = tmp_path / "place"
    shutil.copytree(brief, folder)
    return folder
