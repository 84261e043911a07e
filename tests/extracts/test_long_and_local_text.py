"""Text as local programs write it, and text that is read block by block."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costshift.errors import ExtractError
from costshift.extracts import raw, records, text
from costshift.extracts.files import read_tables
from costshift.extracts.raw import RawTable
from costshift.extracts.text import read_text

from examples import examples


@contextmanager
def long_text(block: int) -> Iterator[None]:
    """Texts are taken for long ones, of blocks of so many bytes."""
    with (
        mock.patch.object(records, "_BLOCK", block),
        mock.patch.object(text, "_MANY", 0),
        mock.patch.object(raw, "KEPT_BYTES", 0),
    ):
        yield


def names_header(cells: list[str]) -> int:
    return 1000 * (cells[:2] == ["code", "name"]) + sum(cell in ("code", "name") for cell in cells)


def read(folder: Path, content: str, *, tested: bool = False) -> RawTable:
    path = folder / "file.csv"
    path.write_text(content, encoding="utf-8", newline="")
    return read_text(path, names_header if tested else None)


def said(table: RawTable) -> tuple[object, ...]:
    return (
        table.headers,
        table.frame.rows(),
        table.counts().malformed.rows(),
        table.counts().blank_rows,
        table.rows_read,
    )


# --- blocks ---

PIECES = ["a", "b;c", ",", ",", "\n", "\n", '"', '""', '"x\ny"', '"p,q"', "\r\n", "\t", "é", " "]


@examples(150, quick=50)
@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join), st.integers(1, 40))
def test_where_a_block_ends_is_of_no_consequence(
    tmp_path_factory: pytest.TempPathFactory, body: str, block: int
) -> None:
    folder = tmp_path_factory.mktemp("text")
    whole = said(read(folder, "code,name\n" + body))
    # The header and the first rows are looked at together, so that the first block holds them here as well.
    with mock.patch.object(records, "_BLOCK", block), mock.patch.object(raw, "KEPT_BYTES", 0):
        assert said(read(folder, "code,name\n" + body)) == whole


# --- lines without a quotation mark ---

CELLS = st.sampled_from(["", " ", "\t", "\u00a0", "a", "007", "Zoë £5", "#", "\ufeff", "x y", "\\n", "NULL", "'", "é"])
#: Nearly all rows have the three fields of the header.
ROWS = st.lists(st.one_of(*[st.tuples(CELLS, CELLS, CELLS)] * 9, st.lists(CELLS, max_size=5).map(tuple)), max_size=12)


@examples(200, quick=60)
@given(ROWS, st.sampled_from([",", ";", "\t", "|"]), st.sampled_from(["\n", "\r\n", "\r"]), st.integers(5, 60))
def test_lines_split_in_bulk_are_those_that_are_split_one_by_one(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]], delimiter: str, end: str, block: int
) -> None:
    folder = tmp_path_factory.mktemp("text")
    content = end.join(delimiter.join(row) for row in [("code", "name", "day"), *rows])
    with mock.patch.object(records, "_BLOCK", block):
        in_bulk = said(read(folder, content))
        with mock.patch.object(records, "_from_plain", lambda *_: None):
            assert said(read(folder, content)) == in_bulk


@examples(150, quick=50)
@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join), st.integers(5, 40), st.sets(st.integers(1, 30)))
def test_some_rows_of_a_long_text_are_those_of_the_whole(
    tmp_path_factory: pytest.TempPathFactory, body: str, block: int, wanted: set[int]
) -> None:
    folder = tmp_path_factory.mktemp("text")
    rows = pl.Series(sorted(wanted), dtype=pl.Int64)
    whole = read(folder, "code,name\n" + body).frame
    with long_text(block=block):
        table = read(folder, "code,name\n" + body)
        assert table.picked is not None or not whole.height
        assert table.at(rows).rows() == whole.filter(pl.col("source_row").is_in(rows.implode())).rows()


def test_of_a_long_text_only_the_lines_that_are_wanted_are_split(tmp_path: Path) -> None:
    lines = "".join(f"{n},name {n}\n" if n % 7 else f"{n},too,many\n" for n in range(1, 5000))
    with long_text(block=1000):
        table = read(tmp_path, "code,name\n" + lines)
        with mock.patch.object(records, "_from_lines", side_effect=AssertionError("one by one")):
            some = table.at(pl.Series([4, 4001, 8, 4002]))
    # Line 8 holds row 7, which has too many fields.
    assert some.rows() == [(4, "3", "name 3"), (4001, "4000", "name 4000"), (4002, "4001", "name 4001")]


def test_a_long_text_is_counted_while_its_rows_go_by(tmp_path: Path) -> None:
    lines = "".join(f"{n},name {n}\n" for n in range(1, 5000))
    with long_text(block=1000):
        table = read(tmp_path, "code,name\n" + lines)
        assert table.rows.collect().height == 4999
        with mock.patch.object(text, "blocks_of", side_effect=AssertionError("read again")):
            assert table.rows_read == 4999


def test_a_text_of_few_rows_that_finds_no_room_is_counted_at_once(tmp_path: Path) -> None:
    with mock.patch.object(raw, "KEPT_BYTES", 0):
        table = read(tmp_path, "code,name\n1,a\n2,b\n")
    with mock.patch.object(text, "blocks_of", side_effect=AssertionError("read again")):
        assert not table.is_long and table.rows_read == 2
    assert table.rows.collect()["c0"].to_list() == table.at(pl.Series([2, 3]))["c0"].to_list() == ["1", "2"]


def test_a_long_text_that_is_gone_when_it_is_wanted_is_named(tmp_path: Path) -> None:
    with long_text(block=1000):
        table = read(tmp_path, "code,name\n" + "1,a\n" * 5000)
        (tmp_path / "file.csv").unlink()
        for wanted in (table.counts, table.rows.collect, lambda: table.at(pl.Series([3]))):
            with pytest.raises(ExtractError, match=r"file\.csv cannot be read to its end .* Ask the sender"):
                wanted()


def test_bytes_that_are_no_longer_text_are_read_as_far_as_they_can_be(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(b"code,name\n" + b"1,Zo\xc3\xab\n" * 500)
    with mock.patch.object(text, "_MANY", 0), mock.patch.object(raw, "KEPT_BYTES", 0):
        table = read_text(path)
        path.write_bytes(b"code,name\n" + b"1,Zo\xff\n" * 500)
        assert table.rows.collect()["c1"].unique().to_list() == ["Zo\ufffd"]


def test_well_formed_lines_are_split_in_bulk(tmp_path: Path) -> None:
    with mock.patch.object(records, "_from_lines", side_effect=AssertionError("one by one")):
        table = read(tmp_path, "code,name\n1,a\n,\n\t,\u00a0\n2,b")
    assert said(table) == (["code", "name"], [(2, "1", "a"), (5, "2", "b")], [], 2, 2)


def test_a_long_text_is_read_anew_part_by_part_and_only_what_is_wanted(tmp_path: Path) -> None:
    lines = [f'{n},"name, {n}"' if n % 7 else f"{n},too,many" for n in range(5000)]
    with mock.patch.object(records, "_BLOCK", 1000):
        table = read(tmp_path, "code,name\n" + "\n".join(lines) + "\n")
        assert table.rows_read == 5000 and table.counts().malformed.height == len(range(0, 5000, 7))
        some = table.rows.filter(table.rows.collect()["source_row"] == 3).select("c1").collect()
        assert some["c1"].to_list() == ["name, 1"]
        assert table.rows.head(3).collect()["c0"].to_list() == ["1", "2", "3"]
        assert (
            table.rows.select("c0").collect().height == table.counts().fitting == 5000 - table.counts().malformed.height
        )


@pytest.mark.parametrize("packed", ["gz", "zip"])
def test_a_long_packed_text_is_read_anew_too(tmp_path: Path, packed: str) -> None:
    content = ("code,name\n" + "".join(f"{n},é{n}\n" for n in range(3000))).encode("utf-8")
    path = tmp_path / f"file.csv.{packed}" if packed == "gz" else tmp_path / "file.zip"
    if packed == "gz":
        path.write_bytes(gzip.compress(content))
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("in/a.csv", content)
            archive.writestr("in/.DS_Store", b"left by a program")
            archive.writestr("in/Thumbs.db", b"left by another")
    with mock.patch.object(records, "_BLOCK", 1000):
        (table,) = read_tables(path, names_header)
        assert table.frame["c1"].to_list() == [f"é{n}" for n in range(3000)]


def test_a_file_of_an_archive_whose_name_is_damaged_is_no_fault_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "file.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("é.csv", "code,name\n1,2\n")
    path.write_bytes(path.read_bytes().replace("é".encode(), b"\xff\xff"))
    with pytest.raises(ExtractError, match="no whole zip file"):
        read_tables(path, names_header)


# --- lines above the header ---


@pytest.mark.parametrize(
    "above", ["Extract\nMade by the team\n\n", "Extract,\n,\n", '"A title, of two lines\nhere",\n']
)
def test_title_lines_above_the_header_are_passed_over(tmp_path: Path, above: str) -> None:
    table = read(tmp_path, above + "code,name\n1,x\n", tested=True)
    assert table.headers == ["code", "name"]
    assert table.frame.rows() == [(above.count("\n") + 2, "1", "x")]
    assert table.counts().blank_rows == 0


def test_without_a_line_that_serves_the_first_one_is_the_header(tmp_path: Path) -> None:
    assert read(tmp_path, "a,b\n1,2\n", tested=True).headers == ["a", "b"]


@pytest.mark.parametrize(
    ("line", "delimiter"), [("sep=;", ";"), ('"sep=|"', "|"), ("SEP=^", "^"), ("\ufeffsep=\t", "\t")]
)
def test_the_line_that_names_the_delimiter_is_followed(tmp_path: Path, line: str, delimiter: str) -> None:
    table = read(tmp_path, f"{line}\ncode{delimiter}name\n1{delimiter}x, y\n", tested=True)
    assert (table.headers, table.frame.rows()) == (["code", "name"], [(3, "1", "x, y")])


# --- delimiters at line ends ---


def test_rows_that_all_end_with_a_delimiter_that_the_header_lacks_fit(tmp_path: Path) -> None:
    table = read(tmp_path, 'code,name\n1,x,,\n2,"y",,\n')
    assert [row[1:3] for row in table.frame.rows()] == [("1", "x"), ("2", "y")]
    assert table.counts().malformed.height == 0


def test_a_header_that_alone_ends_with_a_delimiter_fits(tmp_path: Path) -> None:
    table = read(tmp_path, "code,name,,\n1,x\n2,y\n")
    assert (table.headers, table.frame.rows()) == (["code", "name"], [(2, "1", "x"), (3, "2", "y")])


@pytest.mark.parametrize(
    "rows",
    [
        "1,x,\n2,y\n",  # not all
        "1,x,\n",  # one row shows nothing
        "1,Smith, John\n2,y,\n",  # a delimiter inside a value
    ],
)
def test_fields_too_many_are_caught_where_the_rows_do_not_agree(tmp_path: Path, rows: str) -> None:
    table = read(tmp_path, "code,name\n" + rows)
    assert table.counts().malformed.height >= 1
    assert all(row[1:] != ("1", "Smith") for row in table.frame.rows())


def test_a_later_row_with_a_value_beyond_the_header_is_caught(tmp_path: Path) -> None:
    rows = "".join(f"{n},x,\n" for n in range(150)) + '150,Smith, John\n151,"Smith", "J"\n'
    table = read(tmp_path, "code,name\n" + rows)
    assert table.frame.height == 150
    assert table.counts().malformed["source_row"].to_list() == [152, 153]


# --- files that are not what their ending says ---


@pytest.mark.parametrize("begin", [b"PK\x03\x04xxxx", b"\xd0\xcf\x11\xe0xxxx", b"PAR1xxxx", b"\x1f\x8bxxxx"])
def test_what_is_no_text_is_named(tmp_path: Path, begin: bytes) -> None:
    (tmp_path / "file.csv").write_bytes(begin)
    with pytest.raises(ExtractError, match="is no text but"):
        read_text(tmp_path / "file.csv")


@pytest.mark.parametrize(
    ("content", "what"), [("a,b\n1,2\n", "is no workbook but text"), ("<html><table>", "is no workbook but a web page")]
)
@pytest.mark.parametrize("suffix", [".xls", ".xlsx"])
def test_what_is_no_workbook_is_named(tmp_path: Path, content: str, what: str, suffix: str) -> None:
    (tmp_path / f"file{suffix}").write_text(content, encoding="utf-8")
    with pytest.raises(ExtractError, match=what):
        read_tables(tmp_path / f"file{suffix}", names_header)
