"""A publication is whole or not there, whatever moment a process is killed at."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from costshift.errors import PublicationError
from costshift.publish.swap import Publication


class Killed(BaseException):
    """The process ends here: no clean-up of its own runs."""


def place(folder: Path) -> Publication:
    return Publication(folder / "reports/2025-03", [folder / "reports/latest", folder / "restricted/2025-03"])


def write(publication: Publication, edition: str) -> None:
    for built in publication.build():
        (built / "edition").write_text(edition, encoding="utf-8")


def editions(publication: Publication) -> set[str]:
    return {
        (target / "edition").read_text(encoding="utf-8") if target.exists() else "none"
        for target in (publication.main, *publication.others)
    }


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob(".*")]


def kill_at(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Let the process die before its n-th change of a folder."""
    left = [number]

    def counted(change: Callable[..., Any]) -> Callable[..., Any]:
        def call(*words: Any, **more: Any) -> Any:
            left[0] -= 1
            if left[0] < 0:
                raise Killed
            return change(*words, **more)

        return call

    monkeypatch.setattr(Path, "rename", counted(Path.rename))
    monkeypatch.setattr(Path, "write_text", counted(Path.write_text))
    monkeypatch.setattr(Path, "unlink", counted(Path.unlink))
    monkeypatch.setattr(shutil, "rmtree", counted(shutil.rmtree))


@pytest.mark.parametrize("moment", range(18))
@pytest.mark.parametrize("before", ["none", "old"])
def test_after_a_kill_at_any_moment_all_folders_are_of_one_edition(tmp_path: Path, moment: int, before: str) -> None:
    publication = place(tmp_path)
    if before == "old":
        write(publication, "old")
        publication.swap_in()
    with pytest.MonkeyPatch.context() as patch:
        kill_at(patch, moment)
        try:
            write(publication, "new")
            publication.swap_in()
            killed = False
        except Killed:
            killed = True
    publication.settle()
    assert editions(publication) in ({"new"}, {before}), killed
    if not killed:
        assert editions(publication) == {"new"}
    assert leftovers(tmp_path) == []


def test_what_was_done_is_told(tmp_path: Path) -> None:
    publication = place(tmp_path)
    assert publication.settle() is None
    publication.build()
    assert "taken away" in str(publication.settle())
    write(publication, "new")
    (tmp_path / "reports/.2025-03.new/.complete").write_text("", encoding="utf-8")
    assert "completed" in str(publication.settle())
    assert editions(publication) == {"new"}


def test_an_abandoned_build_leaves_what_stood_there(tmp_path: Path) -> None:
    publication = place(tmp_path)
    write(publication, "old")
    publication.swap_in()
    write(publication, "new")
    publication.abandon()
    assert editions(publication) == {"old"}
    assert leftovers(tmp_path) == []


def test_a_folder_that_another_program_holds_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publication = place(tmp_path)
    write(publication, "new")

    def held(self: Path, target: Path) -> Path:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "rename", held)
    with pytest.raises(PublicationError, match="Close its files in other programs"):
        publication.swap_in()


def test_what_stood_there_and_cannot_be_removed_stops_no_publication(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a pack of last month whose files may only be read, or that another program still has open."""
    publication = Publication(tmp_path / "2025-03", [tmp_path / "latest"])
    removes = shutil.rmtree

    def refused(folder: Path, **given: object) -> None:
        if ".old" in str(folder):
            raise PermissionError(13, "Permission denied", "tables")
        removes(folder, **given)

    monkeypatch.setattr(shutil, "rmtree", refused)
    for edition in ("1", "2", "3"):
        assert publication.settle() is None
        for folder in publication.build():
            (folder / "page").write_text(edition)
        publication.swap_in()
        assert [(tmp_path / name / "page").read_text() for name in ("2025-03", "latest")] == [edition] * 2
    assert {path.name for path in tmp_path.iterdir()} >= {".latest.old", ".latest.old2"}
    monkeypatch.setattr(shutil, "rmtree", removes)
    assert publication.settle() is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2025-03", "latest"]


def test_a_file_in_the_place_of_the_latest_pack_is_replaced(tmp_path: Path) -> None:
    publication = Publication(tmp_path / "2025-03", [tmp_path / "latest"])
    (tmp_path / "latest").write_text("somebody's own")
    for folder in publication.build():
        (folder / "page").write_text("1")
    publication.swap_in()
    assert (tmp_path / "latest" / "page").read_text() == "1"


def test_stopped_while_it_is_put_in_place_it_says_that_it_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publication = Publication(tmp_path / "2025-03", [tmp_path / "latest"])
    publication.build()

    def stopped(self: Path, target: Path) -> Path:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", stopped)
        with pytest.raises(PublicationError, match="It is whole"):
            publication.swap_in()
    assert "was completed" in (publication.settle() or "")
