"""Ten thousand damaged files: each is read or refused with a message, and no row of any goes missing.

Every batch has its own seed, and a failure names the number of the file: ``mutated(number)`` makes it again.
"""

from __future__ import annotations

import csv
import gzip
import io
import random
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from costshift.errors import CostshiftError
from costshift.extracts.reading import read_month
from costshift.project import Project

from places import costshift

pytestmark = pytest.mark.slow

FILES = 10_000
BATCHES = 20
#: Every so many files one goes through the command as well, and every so many through a process of its own.
THROUGH_COMMAND = 25
THROUGH_PROCESS = 400

Rows = list[list[str]]

SPELLS: Rows = [
    [
        "ORGANISATION IDENTIFIER (CODE OF PROVIDER)",
        "HOSPITAL PROVIDER SPELL IDENTIFIER",
        "NHS NUMBER",
        "PERSON BIRTH DATE",
        "PERSON FAMILY NAME",
        "START DATE (HOSPITAL PROVIDER SPELL)",
        "DISCHARGE READY DATE (HOSPITAL PROVIDER SPELL)",
        "DISCHARGE DATE (HOSPITAL PROVIDER SPELL)",
        "PATIENT CLASSIFICATION CODE",
        "DISCHARGE PATHWAY",
        "DELAY REASON",
    ],
    *(
        [
            "RN1",
            f"S{n:03}",
            number,
            f"{n + 1:02}/04/19{40 + n}",
            ["O'Neil", "Smith, the younger", 'Jo "Joe" Bloggs', "Ælfgifu", "Ngozi"][n % 5],
            f"{n + 1:02}/03/2025",
            f"{n + 3:02}/03/2025",
            f"{n + 8:02}/03/2025" if n % 4 else "",
            "1",
            f"P{n % 4}",
            "Awaiting care package in own home" if n % 3 else "",
        ]
        for n, number in enumerate(
            ["9990000018", "9990000026", "", "9990000034", "9990000042", "9990000050", "", "x", "999 000 0018"]
        )
    ),
]
CARE_EVENTS: Rows = [
    [
        "LA Code",
        "LA_Person_Unique_Identifier",
        "Event Type",
        "Event_Start_Date",
        "Event End Date",
        "NHS Number",
        "Reporting Period Start Date",
        "Reporting Period End Date",
        "Service Component",
        "Unit Cost",
        "Ethnicity",
    ],
    *(
        [
            "503",
            f"P{n}",
            ["Service", "Assessment", "Request", "Review"][n % 4],
            f"2025-03-{n + 1:02}",
            f"2025-03-{n + 9:02}" if n % 2 else "",
            "9990000018",
            "2025-01-01",
            "2025-03-31",
            "Reablement",
            ["£1,200.50", "12", "", "-3"][n % 4],
            "White – British",
        ]
        for n in range(9)
    ),
]
REASONS: Rows = [
    ["provider_code", "spell_id", "from_date", "to_date", "delay_reason"],
    *(["RN1", f"S{n:03}", f"{n + 3} Mar 2025", "", ["HP1", "WB2", "CP2"][n % 3]] for n in range(6)),
]
KINDS = {"spells": SPELLS, "care_events": CARE_EVENTS, "delay_reasons": REASONS}

DATES = ["31/02/2025", "2025-13-45", "00/00/0000", "1/1/25", "45730", "45730.5", "3 Smarch 2025", "20250231", "12:00"]
DATES += ["0001-01-01", "99999-01-01", "2025-03-01T25:61:61Z", "٣/٣/٢٠٢٥", "-1", "1e9", "2025-03-01 00:00:00.0000000"]
FORMULAS = ["=1+1", "=cmd|' /C calc'!A0", "+44", "-2+3", "@SUM(A1:A9)", '=HYPERLINK("http://x","y")', "\t=1", "#REF!"]
ODD = [
    "",
    " ",
    "NULL",
    "\x00",
    "\u200b",
    "\ufeff",
    "é" * 300,
    "9" * 400,
    "1e400",
    "-0",
    "NaN",
    "inf",
    "💥",
    "\x1a",
    "\x85",
]


def csv_text(rows: Rows, delimiter: str = ",", end: str = "\r\n") -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(rows)
    return out.getvalue()


# --- changes to the cells, whatever file they are written to ---


def drop_column(rows: Rows, chance: random.Random) -> None:
    at = chance.randrange(len(rows[0]))
    for row in rows:
        del row[at : at + 1]


def double_column(rows: Rows, chance: random.Random) -> None:
    at = chance.randrange(len(rows[0]))
    for row in rows:
        row.insert(chance.choice([at, len(row)]) if row is not rows[0] else at, row[at])


def rename_column(rows: Rows, chance: random.Random) -> None:
    at = chance.randrange(len(rows[0]))
    header = rows[0][at]
    rows[0][at] = chance.choice(
        [
            header.lower(),
            header.replace(" ", "_"),
            header[: len(header) // 2],
            "",
            chance.choice(rows[0]),
            "c0",
            "source_row",
            "source_file",
            "reasons",
            f" {header}\xa0",
            header + "\n",
            f'"{header}',
            "_extract",
            *ODD[3:7],
        ]
    )


def swap_columns(rows: Rows, chance: random.Random) -> None:
    order = list(range(len(rows[0])))
    chance.shuffle(order)
    rows[:] = [[row[at] for at in order] for row in rows]


def change_cell(values: list[str]) -> Callable[[Rows, random.Random], None]:
    def change(rows: Rows, chance: random.Random) -> None:
        for _ in range(chance.randrange(1, 5)):
            row = chance.choice(rows[:1] if chance.random() < 0.1 else rows[1:] or rows)
            row[chance.randrange(len(row))] = chance.choice(values)

    return change


def repeat_rows(rows: Rows, chance: random.Random) -> None:
    row = chance.choice(rows)
    rows.insert(chance.randrange(len(rows) + 1), list(row))
    if chance.random() < 0.5:
        rows[-1][-1] = "changed"


def lose_rows(rows: Rows, chance: random.Random) -> None:
    del rows[chance.randrange(len(rows)) :]
    if not rows:
        rows.append([""])


def title_rows(rows: Rows, chance: random.Random) -> None:
    for _ in range(chance.randrange(1, 5)):
        rows.insert(0, [chance.choice(["", "A title", *rows[0][:1]])] + [""] * (len(rows[0]) - 1))


CELL_CHANGES: list[Callable[[Rows, random.Random], None]] = [
    drop_column,
    double_column,
    rename_column,
    rename_column,
    swap_columns,
    change_cell(DATES),
    change_cell(DATES),
    change_cell(FORMULAS),
    change_cell(ODD),
    repeat_rows,
    lose_rows,
    title_rows,
]


def changed_rows(chance: random.Random, kind: str) -> Rows:
    rows = [list(row) for row in KINDS[kind]]
    for _ in range(chance.randrange(0, 3)):
        if rows[0] and all(rows):
            chance.choice(CELL_CHANGES)(rows, chance)
    return rows


# --- changes to the text of a delimited file ---


def break_delimiters(text: str, chance: random.Random) -> str:
    lines = text.split("\n")
    for _ in range(chance.randrange(1, 4)):
        at = chance.randrange(len(lines))
        old, new = chance.choice(
            [(",", ";"), (",", "\t"), (",", ""), (",", ",,"), (",", "|"), ("\r", ""), ("\r", "\r\r")]
        )
        lines[at] = lines[at].replace(old, new, chance.choice([1, -1]))
    return "\n".join(lines)


def break_quotes(text: str, chance: random.Random) -> str:
    for _ in range(chance.randrange(1, 4)):
        at = chance.randrange(len(text) + 1)
        text = text[:at] + chance.choice(['"', '""', '",', ',"', '"\r\n', "'", '"""']) + text[at:]
    return text


def cut_rows(text: str, chance: random.Random) -> str:
    lines = text.split("\n")
    for _ in range(chance.randrange(1, 3)):
        at = chance.randrange(len(lines))
        lines[at] = lines[at][: chance.randrange(len(lines[at]) + 1)]
    return "\n".join(lines)


def end_early(text: str, chance: random.Random) -> str:
    return text[: chance.randrange(len(text) + 1)]


def put_in(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice([*ODD, "\n", "\r", "\r\n\r\n", "\n,,,,,\n", "\x0c", "\u2028"]) + text[at:]


TEXT_CHANGES = [break_delimiters, break_quotes, cut_rows, end_early, put_in]


def text_bytes(chance: random.Random, rows: Rows) -> bytes:
    text = csv_text(rows, chance.choice([",", ",", ",", ";", "\t", "|"]), chance.choice(["\r\n", "\n", "\r"]))
    for _ in range(chance.randrange(0, 3)):
        if text:
            text = chance.choice(TEXT_CHANGES)(text, chance)
    encoding = chance.choice(["utf-8", "utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
    content = text.encode(encoding, errors="replace")
    if chance.random() < 0.15:
        # A file put together from two programs' exports.
        at = chance.randrange(len(text) + 1)
        content = text[:at].encode(encoding, "replace") + text[at:].encode(
            chance.choice(["utf-8", "cp1252", "utf-16-le", "utf-16"]), "replace"
        )
    return content


# --- changes to bytes ---


def flipped(content: bytes, chance: random.Random, times: int | None = None) -> bytes:
    changed = bytearray(content)
    for _ in range(times or chance.choice([1, 1, 2, 5, 20])):
        if changed:
            at = chance.randrange(len(changed))
            changed[at] = chance.choice([changed[at] ^ (1 << chance.randrange(8)), chance.randrange(256), 0, 255])
    return bytes(changed)


def damaged(content: bytes, chance: random.Random) -> bytes:
    how = chance.random()
    if how < 0.7:
        return flipped(content, chance)
    at, to = sorted(chance.randrange(len(content) + 1) for _ in range(2))
    if how < 0.85:
        return content[:at] + content[to:]
    return content[:to] + content[at:]


# --- files ---


def delimited(chance: random.Random, kind: str) -> tuple[str, bytes]:
    content = text_bytes(chance, changed_rows(chance, kind))
    if chance.random() < 0.3:
        content = flipped(content, chance)
    return chance.choice([".csv", ".csv", ".txt", ".tsv"]), content


def gzipped(chance: random.Random, kind: str) -> tuple[str, bytes]:
    content = gzip.compress(text_bytes(chance, changed_rows(chance, kind)), mtime=0)
    return chance.choice([".csv.gz", ".gz"]), damaged(content, chance) if chance.random() < 0.6 else content


def zipped(chance: random.Random, kind: str) -> tuple[str, bytes]:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", chance.choice([zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])) as archive:
        for name in ["a.csv", "deep/b.txt", "c.csv"][: chance.randrange(1, 4)]:
            member = zipfile.ZipInfo(name, (2025, 3, 1, 0, 0, 0))
            archive.writestr(member, text_bytes(chance, changed_rows(chance, kind)))
    return ".zip", damaged(out.getvalue(), chance) if chance.random() < 0.6 else out.getvalue()


@cache
def whole_parquet(kind: str, compression: str) -> bytes:
    return parquet_bytes(KINDS[kind], compression)


def parquet_bytes(rows: Rows, compression: str) -> bytes:
    header, *body = rows
    names: list[str] = []
    for name in header:
        while name in names:
            name += "_"  # noqa: PLW2901
        names.append(name)
    frame = pl.DataFrame(
        {name: [row[n] if n < len(row) else None for row in body] for n, name in enumerate(names)},
        schema=dict.fromkeys(names, pl.String),
    )
    # Dates and numbers as what they are, so that damage can make them what no calendar holds.
    frame = frame.with_columns(
        *(
            pl.col(name).str.to_date("%d/%m/%Y", strict=False)
            for name in frame.columns
            if name.startswith("DISCHARGE D")
        ),
        *(pl.col(name).str.to_datetime("%Y-%m-%d", strict=False) for name in frame.columns if "Start_Date" in name),
        *(pl.col(name).str.to_integer(strict=False) for name in frame.columns if "CLASSIFICATION" in name),
        *(pl.col(name).cast(pl.Float64, strict=False) for name in frame.columns if name == "Unit Cost"),
    )
    out = io.BytesIO()
    frame.write_parquet(out, compression=compression)  # type: ignore[arg-type]
    return out.getvalue()


def parquet(chance: random.Random, kind: str) -> tuple[str, bytes]:
    compression = chance.choice(["uncompressed", "zstd", "snappy"])
    if chance.random() < 0.3:
        return ".parquet", parquet_bytes(changed_rows(chance, kind), compression)
    return ".parquet", damaged(whole_parquet(kind, compression), chance)


def workbook_bytes(rows: Rows, *, formulas: bool) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_numbers": formulas}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if formulas and cell.startswith("="):
                    sheet.write_formula(number, column, cell)
                elif len(cell) < 32_000:
                    sheet.write_string(number, column, cell)
    return out.getvalue()


@cache
def whole_workbook(kind: str) -> bytes:
    return workbook_bytes(KINDS[kind], formulas=False)


def workbook(chance: random.Random, kind: str) -> tuple[str, bytes]:
    suffix = chance.choice([".xlsx", ".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"])
    if chance.random() < 0.4:
        return ".xlsx", workbook_bytes(changed_rows(chance, kind), formulas=True)
    if chance.random() < 0.3:
        return suffix, damaged(whole_workbook(kind), chance)
    # Damage inside: a package that opens, with a part that is not as it must be.
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole_workbook(kind))) as old, zipfile.ZipFile(out, "w") as new:
        parts = old.namelist()
        hit = chance.choice([name for name in parts if name.endswith(".xml")])
        for name in parts:
            content = old.read(name)
            if name == hit:
                if chance.random() < 0.1:
                    continue
                content = damaged(content, chance)
            new.writestr(zipfile.ZipInfo(name, (2025, 3, 1, 0, 0, 0)), content)
    return ".xlsx", out.getvalue()


FORMATS = [delimited] * 11 + [gzipped, zipped, parquet, parquet, parquet, workbook, workbook, workbook, workbook]


def mutated(number: int) -> tuple[str, str, bytes]:
    """The kind, the ending and the content of a damaged file."""
    chance = random.Random(f"mutated file {number}")
    kind = chance.choice(list(KINDS))
    suffix, content = chance.choice(FORMATS)(chance, kind)
    return kind, suffix, content


def place_for(kind: str, file: str) -> dict[str, object]:
    return {
        "place": {"name": "Anywhere"},
        "partners": [{"id": "sender", "name": "Sender", "type": "acute", "codes": ["RN1", "503"]}],
        "extracts": [{"kind": kind, "submitter": "sender", "files": file}],
    }


TOML = """[place]
name = "Anywhere"
[[partners]]
id = "sender"
name = "Sender"
type = "acute"
codes = ["RN1", "503"]
[[extracts]]
kind = "{kind}"
submitter = "sender"
files = "{file}"
"""


def outcome_of(number: int, folder: Path) -> str:
    """Read the file as `check` does: what became of it, or why it is wrong that it did."""
    kind, suffix, content = mutated(number)
    path = folder / f"file{suffix}"
    path.write_bytes(content)
    try:
        reads = read_month(Project.model_validate(place_for(kind, path.name)), folder, "2025-03")
    except CostshiftError as error:
        if "fault of costshift" in str(error):
            return f"file {number} ({kind}{suffix}): {error}"
        return "refused"
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return f"file {number} ({kind}{suffix}): {type(error).__name__}: {str(error)[:200]}"
    finally:
        path.unlink()
    for read in reads:
        known = sum(item.rows_read for item in read.inputs)
        kept = sum(item.rows_accepted for item in read.inputs)
        aside = sum(item.rows_quarantined for item in read.inputs)
        if not (known == kept + aside and kept == read.accepted.height and aside == read.quarantine.height):
            return f"file {number} ({kind}{suffix}): {known} rows read, {kept} accepted, {aside} quarantined"
    return "read"


@pytest.mark.parametrize("batch", range(BATCHES))
def test_damaged_files_are_read_or_refused_and_no_row_goes_missing(batch: int, tmp_path: Path) -> None:
    size = FILES // BATCHES
    outcomes = [outcome_of(number, tmp_path) for number in range(batch * size, (batch + 1) * size)]
    assert [told for told in outcomes if told not in ("read", "refused")] == []
    # The damage must not be so great, nor so small, that one of the two is hardly tried.
    assert 0.2 * size < outcomes.count("read") < 0.9 * size


@pytest.mark.parametrize("command", ["check", "load"])
def test_the_command_ends_with_a_message_and_never_a_traceback(command: str, tmp_path: Path) -> None:
    codes = set()
    for number in range(0, FILES, THROUGH_COMMAND):
        kind, suffix, content = mutated(number)
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / f"file{suffix}").write_bytes(content)
        (folder / "costshift.toml").write_text(
            TOML.replace("{kind}", kind).replace("{file}", f"file{suffix}"), encoding="utf-8"
        )
        outcome = costshift(command, "--month", "2025-03", "--strict" if command == "check" else "--quiet", cwd=folder)
        said = outcome.out + outcome.err
        assert outcome.code in (0, 1, 2), (number, said)
        assert "Traceback" not in said and "did not foresee" not in said, (number, said)
        codes.add(outcome.code)
        shutil.rmtree(folder)
    assert codes == {0, 1, 2} if command == "check" else codes >= {0, 2}


def test_a_process_of_its_own_ends_in_the_same_way(tmp_path: Path) -> None:
    """What a library writes to the console past everything else is seen only so."""
    codes = set()
    for number in range(7, FILES, THROUGH_PROCESS):
        kind, suffix, content = mutated(number)
        (tmp_path / f"file{suffix}").write_bytes(content)
        (tmp_path / "costshift.toml").write_text(
            TOML.replace("{kind}", kind).replace("{file}", f"file{suffix}"), encoding="utf-8"
        )
        outcome = subprocess.run(
            [sys.executable, "-m", "costshift", "check", "--month", "2025-03"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        said = outcome.stdout + outcome.stderr
        assert outcome.returncode in (0, 1, 2), (number, said)
        assert "Traceback" not in said and "did not foresee" not in said and "panicked" not in said, (number, said)
        codes.add(outcome.returncode)
        (tmp_path / f"file{suffix}").unlink()
    assert codes >= {0, 2}
