"""Text files: every encoding, delimiter and line end gives the same cells; what cannot be read is caught."""

from __future__ import annotations

import csv
import io
import itertools
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costshift.errors import ExtractError
from costshift.extracts.encodings import encoding_of, whole_lines
from costshift.extracts.raw import UNCLOSED_QUOTE, RawTable
from costshift.extracts.text import find_delimiter, read_text

ENCODINGS = {
    "utf-8": lambda text: text.encode("utf-8"),
    "utf-8 with mark": lambda text: text.encode("utf-8-sig"),
    "utf-16 little with mark": lambda text: b"\xff\xfe" + text.encode("utf-16-le"),
    "utf-16 big with mark": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "utf-16 little": lambda text: text.encode("utf-16-le"),
    "utf-16 big": lambda text: text.encode("utf-16-be"),
    "windows-1252": lambda text: text.encode("cp1252"),
}
DELIMITERS = [",", ";", "\t", "|"]
LINE_ENDS = ["\n", "\r\n", "\r"]


def read(folder: Path, content: str | bytes) -> RawTable:
    path = folder / "file.csv"
    path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return read_text(path)


def rows(table: RawTable) -> list[tuple[object, ...]]:
    return table.frame.rows()


def malformed(table: RawTable) -> list[tuple[int, int]]:
    return table.counts().malformed.select("source_row", "fields").rows()


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(("delimiter", "line_end"), list(itertools.product(DELIMITERS, LINE_ENDS)))
def test_encoding_delimiter_and_line_end_leave_no_trace(
    tmp_path: Path, encoding: str, delimiter: str, line_end: str
) -> None:
    lines = ["code|name", "007|Zoë £5", "", "|’–", "1|"]
    text = line_end.join(line.replace("|", delimiter) for line in lines)
    table = read(tmp_path, ENCODINGS[encoding](text))
    assert table.headers == ["code", "name"]
    assert rows(table) == [(2, "007", "Zoë £5"), (4, "", "’–"), (5, "1", "")]
    assert (table.counts().malformed.height, table.counts().blank_rows) == (0, 1)


@pytest.mark.parametrize("content", [b"\x81\x8d\x8f\x90\x9d", bytes(range(1, 256)), b"\xff\xfe\x00", b"a\x00b"])
def test_any_bytes_are_text_of_some_kind(content: bytes) -> None:
    def opened() -> io.BytesIO:
        return io.BytesIO(content)

    for size in (1, 3, 1000):
        assert b"\n".join(whole_lines(opened, encoding_of(opened), size)).decode() or not content


@pytest.mark.parametrize(
    "content",
    [
        b"abcdefghi", "abcéfghi".encode(), "abcdéfghi".encode(), b"abc\xc3efghi", b"abcdefgh\xc3", b"\xa9bcdefgh",
        "ab€€€cd€".encode(), b"abc\xe2\x82xyz", b"abcd\xe2\x82",
    ],
)  # fmt: skip
def test_a_sign_may_begin_in_one_bite_and_end_in_the_next(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("costshift.extracts.encodings.BITE", 4)
    expected = "utf-8"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        expected = "cp1252"
    assert encoding_of(lambda: io.BytesIO(content)) == expected


def test_a_byte_without_meaning_spoils_one_sign_and_not_the_file(tmp_path: Path) -> None:
    assert rows(read(tmp_path, b"a,b\nO\x81Neil,2\n")) == [(2, "O�Neil", "2")]


def test_nul_bytes_are_passed_over(tmp_path: Path) -> None:
    assert rows(read(tmp_path, b"a,b\x00\n\x001,2\x00\x00\n")) == [(2, "1", "2")]


def test_a_delimiter_inside_a_quoted_header_does_not_count() -> None:
    assert find_delimiter('"a,b,c,d";e;f') == ";"


def test_a_delimiter_is_found_where_a_header_spans_lines(tmp_path: Path) -> None:
    table = read(tmp_path, '"first\nsecond";other\n1;2\n')
    assert table.headers == ["first\nsecond", "other"]
    assert rows(table) == [(3, "1", "2")]


def test_a_quoted_delimiter_stays_in_its_cell(tmp_path: Path) -> None:
    assert rows(read(tmp_path, 'a,b\n"Smith, Ann",1\nJones,"say ""no"""\n')) == [
        (2, "Smith, Ann", "1"),
        (3, "Jones", 'say "no"'),
    ]


def test_a_row_is_numbered_by_the_line_where_its_record_starts(tmp_path: Path) -> None:
    text = 'a,b\n1,"two\nlines"\n3,4\n\n5,"three\n\nlines"\n6,7\n8\n'
    table = read(tmp_path, text)
    assert rows(table) == [
        (2, "1", "two\nlines"),
        (4, "3", "4"),
        (6, "5", "three\n\nlines"),
        (9, "6", "7"),
    ]
    assert malformed(table) == [(10, 1)]
    assert table.counts().blank_rows == 1


def test_rows_with_too_few_or_too_many_fields_are_handed_back_whole(tmp_path: Path) -> None:
    table = read(tmp_path, 'a,b,c\n1,2,3\n1,2\n1,2,3,4\n"x,y",2\n1,2,"3",4\n')
    assert rows(table) == [(2, "1", "2", "3")]
    assert malformed(table) == [(3, 2), (4, 4), (5, 2), (6, 4)]
    assert table.counts().malformed["content"].to_list()[:2] == ["1,2", "1,2,3,4"]


def test_blank_rows_are_counted_and_the_last_line_break_is_none(tmp_path: Path) -> None:
    for quoted in ("", '"\n"'):
        text = f"\n\na,b\n\n , \n1,{quoted}\n,\n\t\n"
        table = read(tmp_path, text)
        assert [row[0] for row in rows(table)] == [6]
        assert table.counts().blank_rows == 4, quoted
        assert read(tmp_path, text.rstrip("\n")).counts().blank_rows == 4, quoted


@pytest.mark.parametrize("content", [b"", b"\n\r\n \n", b"\x00", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_an_empty_file_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ExtractError, match=r"file\.csv is empty\. Ask the sender"):
        read(tmp_path, content)


def test_a_header_alone_has_no_rows(tmp_path: Path) -> None:
    for text in ("a,b", "a,b\n", '"a","b"\n\n', '"a\n",b\n'):
        assert read(tmp_path, text).rows_read == 0


class TestUnbalancedQuotes:
    """A quotation mark that is never closed must not take the rows after it along."""

    def test_an_open_mark_in_the_last_column_takes_only_its_own_row(self, tmp_path: Path) -> None:
        table = read(tmp_path, 'a,b\n1,"open\n2,x\n3,y\n')
        assert rows(table) == [(3, "2", "x"), (4, "3", "y")]
        assert malformed(table) == [(2, UNCLOSED_QUOTE)]
        assert table.counts().malformed["content"].to_list() == ['1,"open']

    def test_a_mark_that_the_next_row_seems_to_close_takes_only_its_own_row(self, tmp_path: Path) -> None:
        table = read(tmp_path, 'a,b\n"1","open\n"2","x"\n"3","y"\n')
        assert rows(table) == [(3, "2", "x"), (4, "3", "y")]
        assert malformed(table) == [(2, UNCLOSED_QUOTE)]

    def test_a_mark_in_a_value_with_an_open_field_beside_it(self, tmp_path: Path) -> None:
        # An even number of marks on each line, and yet the last field is open.
        table = read(tmp_path, 'a,b,c\n1,5"6,"open\n"2",x,y\n3,5"6,"open\n4,x,y\n')
        assert rows(table) == [(3, "2", "x", "y"), (5, "4", "x", "y")]
        assert malformed(table) == [(2, UNCLOSED_QUOTE), (4, UNCLOSED_QUOTE)]

    def test_marks_inside_a_value_are_kept(self, tmp_path: Path) -> None:
        assert rows(read(tmp_path, 'a,b\n1,5"6\n2,6" pole\n')) == [(2, "1", '5"6'), (3, "2", '6" pole')]

    def test_a_field_beyond_all_measure_is_a_mark_left_open(self, tmp_path: Path) -> None:
        long = "x" * 600_000
        table = read(tmp_path, f'a,b\n1,"{long}\n2,{long}\n3,y\n')
        assert [row[:2] for row in rows(table)] == [(3, "2"), (4, "3")]
        table = read(tmp_path, f'a,b\n1,"{long}{long}"\n3,y\n')
        assert (rows(table), malformed(table)) == ([(3, "3", "y")], [(2, UNCLOSED_QUOTE)])

    def test_an_open_mark_in_the_header_is_refused_with_its_row(self, tmp_path: Path) -> None:
        with pytest.raises(ExtractError, match=r"file\.csv, row 2: the header has a quotation mark"):
            read(tmp_path, '\n"a,b\n1,2\n')


CELLS = st.text(st.sampled_from("ab0 ,;|\t\"\n'é\u00a0"), max_size=5)


@given(st.integers(1, 4).flatmap(lambda n: st.lists(st.lists(CELLS, min_size=n, max_size=n), min_size=1, max_size=6)))
def test_what_csv_writes_is_read_back(tmp_path_factory: pytest.TempPathFactory, table: list[list[str]]) -> None:
    width = len(table[0])
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=",", lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow([f"column {n}" for n in range(width)])
    writer.writerows(table)
    got = read(tmp_path_factory.mktemp("t"), out.getvalue().replace('"column 0"', '"column, 0"'))
    written = [tuple(row) for row in table if any(cell.strip() for cell in row)]
    # A row of nothing but delimiters and marks may count as blank: it holds nothing either way.
    told = [row for row in written if any(cell.strip(', \t"') for cell in row)]
    assert [row[1:] for row in rows(got) if any(str(cell).strip(', \t"\u00a0\n') for cell in row[1:])] == [
        row for row in told if any(cell.strip(', \t"\u00a0\n') for cell in row)
    ]
    assert got.counts().malformed.is_empty()


@given(st.text(st.sampled_from('a1,"\n '), max_size=40))
def test_no_line_with_something_on_it_is_lost(tmp_path_factory: pytest.TempPathFactory, body: str) -> None:
    """Each filled line is in an accepted record, in a malformed one, or inside a strictly quoted field."""
    table = read(tmp_path_factory.mktemp("t"), "a,b\n" + body + "\n9,end\n")
    assert rows(table)[-1][1:] == ("9", "end") or '"' in body
    everything = "".join(
        pl.concat(
            [table.frame.select(pl.concat_str("c0", "c1").alias("x")), table.counts().malformed.select(x="content")]
        )["x"]
    )
    assert everything.count("a") + everything.count("1") == body.count("a") + body.count("1")
