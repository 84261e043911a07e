"""Which files a pattern means: not what programs leave in a folder for themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from costshift.extracts.finding import find_files
from costshift.project import Extract

STRAY = ["~$spells.xlsx", "Thumbs.db", "desktop.ini", ".DS_Store", "._spells.csv"]


def found(folder: Path, files: str) -> list[str]:
    extract = Extract(kind="spells", submitter="trust", files=files)
    return [path.name for path in find_files(extract, folder, "2025-03")]


@pytest.mark.parametrize("pattern", ["extracts/*", "extracts/{month}/*", "**/*"])
def test_what_programs_leave_is_passed_over(tmp_path: Path, pattern: str) -> None:
    for folder in (tmp_path / "extracts", tmp_path / "extracts" / "2025-03"):
        folder.mkdir(parents=True, exist_ok=True)
        for name in ["spells.csv", "spells.xlsx", *STRAY]:
            (folder / name).write_text("x", encoding="utf-8")
    assert set(found(tmp_path, pattern)) == {"spells.csv", "spells.xlsx"}


def test_a_file_that_is_named_is_meant(tmp_path: Path) -> None:
    (tmp_path / ".hidden.csv").write_text("x", encoding="utf-8")
    assert found(tmp_path, ".hidden.csv") == [".hidden.csv"]
