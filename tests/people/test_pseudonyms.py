"""Pseudonyms: an HMAC of the seed, and a key that is never guessed, weak or lost in silence."""

from __future__ import annotations

import hashlib
import hmac
import os
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costshift.errors import ProjectError
from costshift.people.pseudonyms import KEY_FILE, KEY_VARIABLE, find_key, pseudonyms


@given(st.binary(min_size=16, max_size=200), st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=5))
def test_an_id_is_the_start_of_the_hmac_of_its_seed(key: bytes, seeds: list[str]) -> None:
    table = pl.DataFrame({"person": range(len(seeds)), "seed": seeds}, schema={"person": pl.Int64, "seed": pl.String})
    expected = [hmac.new(key, seed.encode(), hashlib.sha256).hexdigest()[:32] for seed in seeds]
    assert pseudonyms(table, key)["person_id"].to_list() == expected


def test_ids_are_made_some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    seeds = pl.DataFrame({"person": range(10), "seed": [f"key:{number}" for number in range(10)]})
    at_once = pseudonyms(seeds, b"x" * 16)
    monkeypatch.setattr("costshift.people.pseudonyms._TOGETHER", 3)
    assert pseudonyms(seeds, b"x" * 16).equals(at_once)


def test_another_key_gives_other_ids() -> None:
    seeds = pl.DataFrame({"person": [0], "seed": ["nhs:9990000018"]})
    assert pseudonyms(seeds, b"x" * 16).row(0) != pseudonyms(seeds, b"y" * 16).row(0)


class TestTheKey:
    def test_the_environment_comes_first_and_makes_no_file(self, tmp_path: Path) -> None:
        (tmp_path / KEY_FILE).write_text("another key that is long enough")
        assert find_key(tmp_path, {KEY_VARIABLE: "  a key that is long enough\n"}) == b"a key that is long enough"
        (tmp_path / KEY_FILE).unlink()
        find_key(tmp_path, {KEY_VARIABLE: "a key that is long enough"})
        assert list(tmp_path.iterdir()) == []

    def test_it_is_made_at_first_need_and_stays(self, tmp_path: Path) -> None:
        first = find_key(tmp_path, {})
        assert find_key(tmp_path, {KEY_VARIABLE: "  "}) == first
        assert len(first) == 64
        (tmp_path / "other").mkdir()
        assert find_key(tmp_path / "other", {}) != first

    @pytest.mark.skipif(os.name != "posix", reason="rights of the owner are POSIX")
    def test_only_its_owner_may_read_it(self, tmp_path: Path) -> None:
        before = os.umask(0)
        try:
            find_key(tmp_path, {})
        finally:
            os.umask(before)
        assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600

    @pytest.mark.parametrize("content", ["", "\n", "short", "x" * 15])
    def test_one_that_is_too_short_is_refused_and_not_replaced(self, tmp_path: Path, content: str) -> None:
        (tmp_path / KEY_FILE).write_text(content)
        with pytest.raises(ProjectError, match=r"fewer than 16 characters\. Restore the key"):
            find_key(tmp_path, {})
        assert (tmp_path / KEY_FILE).read_text() == content

    def test_one_that_is_too_short_in_the_environment_is_named_and_not_shown(self, tmp_path: Path) -> None:
        with pytest.raises(ProjectError, match=KEY_VARIABLE) as caught:
            find_key(tmp_path, {KEY_VARIABLE: "tooshort"})
        assert "tooshort" not in str(caught.value)

    def test_an_editor_s_mark_and_line_break_do_not_change_it(self, tmp_path: Path) -> None:
        (tmp_path / KEY_FILE).write_bytes(b"\xef\xbb\xbfa key that is long enough\r\n")
        assert find_key(tmp_path, {}) == b"a key that is long enough"

    def test_one_that_is_no_text_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / KEY_FILE).write_text("a key that is long enough", encoding="utf-16")
        with pytest.raises(ProjectError, match="is not UTF-8 text"):
            find_key(tmp_path, {})

    def test_a_folder_in_its_place_and_a_folder_that_is_none_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ProjectError, match="cannot be read or written"):
            find_key(tmp_path / "nowhere", {})
        (tmp_path / KEY_FILE).mkdir()
        with pytest.raises(ProjectError, match=f"or set {KEY_VARIABLE}"):
            find_key(tmp_path, {})
