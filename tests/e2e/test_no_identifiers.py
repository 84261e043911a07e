"""No NHS number, name, birth date or postcode outside the extracts, the quarantine and the history: every byte."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from places import Outcome, costshift, whole

#: Planted in every row of one file: names that are no words, and a day on which nothing else happens.
SURNAME, FORENAME, BORN = "Zyxwvutsen", "Qwertyander", dt.date(1931, 7, 23)
#: Where personal data may be: what was sent, what was kept of it, the rows that were put aside, and examples of these.
ALLOWED = ("extracts/", "history/", "truth/", "restricted/2025-03/quarantine/", "restricted/2025-03/findings/")


@pytest.fixture(scope="module")
def planted(brief: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Outcome]]:
    """A place with planted people, run, reported, explained and failed; and all that was printed."""
    import shutil

    folder = tmp_path_factory.mktemp("planted") / "place"
    shutil.copytree(brief, folder)
    path = folder / "extracts" / "2025-03" / "spells_rz1.csv"
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    columns = {name: header.index(name) for name in ("PERSON FAMILY NAME", "PERSON GIVEN NAME", "PERSON BIRTH DATE")}
    for number, row in enumerate(rows):
        row[columns["PERSON FAMILY NAME"]], row[columns["PERSON GIVEN NAME"]] = SURNAME, FORENAME
        row[columns["PERSON BIRTH DATE"]] = BORN.isoformat()
        if number % 50 == 0:
            # Rows that are put aside, and cells that cannot be read.
            row[header.index("START DATE (HOSPITAL PROVIDER SPELL)")] = f"not {BORN:%d/%m/%Y}"
        if number % 50 == 1:
            row[columns["PERSON BIRTH DATE"]] = f"{FORENAME} {BORN:%d/%m/%Y}"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    number = pl.read_parquet(folder / "truth" / "people.parquet")["nhs_number"].drop_nulls()[0]
    shared = ["--project", folder / "costshift.toml"]
    log = ["--log-file", folder / "log.txt"]
    told = [
        costshift("check", *shared, "--month", "2025-03", *log),
        costshift("run", *shared, "--month", "2025-03", *log),
    ]
    # What stands in the end is the report's, in every format.
    whole(folder)
    told += [
        costshift("report", *shared, "--month", "2025-03", "--format", "json", *log),
        costshift("explain", *shared, "--person", number, *log),
        costshift("explain", *shared, "--person", "0" * 32, *log),
    ]
    assert [outcome.code for outcome in told[1:]] == [0, 0, 2, 2], [outcome.err for outcome in told]
    (folder / "permitted.txt").write_text(f"{number}\n{number[:-1]}x\n", encoding="utf-8")
    toml = folder / "costshift.toml"
    before = toml.read_text(encoding="utf-8")
    toml.write_text(before + '\n[linkage]\npermitted_file = "permitted.txt"\n', encoding="utf-8")
    told.append(costshift("report", *shared, "--month", "2025-03", *log))
    assert told[-1].code == 2
    toml.write_text(before, encoding="utf-8")
    (folder / "permitted.txt").unlink()
    # A file whose header is a person's row.
    path.write_text("\n".join(",".join(row) for row in rows), encoding="utf-8")
    told.append(costshift("run", *shared, "--month", "2025-03", *log))
    return folder, told


def texts_of(path: Path) -> Iterator[bytes]:
    """A file's bytes; what is packed in it; and the values of a table, dates as they are."""
    content = path.read_bytes()
    yield content
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                yield archive.read(name)
    if path.suffix == ".parquet":
        buffer = io.BytesIO()
        pl.read_parquet(path).write_csv(buffer)
        yield buffer.getvalue()


def identifiers_in(content: bytes, numbers: set[bytes], postcodes: set[bytes]) -> set[bytes]:
    """The identifiers that stand in some bytes."""
    found = {text for text in re.findall(rb"(?<![0-9a-f])999\d{7}(?![0-9a-f])", content) if text in numbers}
    found |= {text for text in re.findall(rb"[A-Z]{2}\d{1,2}[A-Z]? ?\d[A-Z]{2}", content) if text in postcodes}
    days = [BORN.isoformat(), f"{BORN:%d/%m/%Y}", f"{BORN:%Y%m%d}", f"{BORN:%d%m%Y}", "23 July 1931", "23 Jul 1931"]
    lower = content.lower()
    found |= {word.encode() for word in (SURNAME, FORENAME, *days) if word.lower().encode() in lower}
    return found


def test_no_byte_of_what_was_written_or_printed_names_a_person(planted: tuple[Path, list[Outcome]]) -> None:
    folder, told = planted
    people = pl.read_parquet(folder / "truth" / "people.parquet")
    numbers = {number.encode() for number in people["nhs_number"].drop_nulls()}
    postcodes = {form.encode() for own in people["postcode"].drop_nulls() for form in (own, own.replace(" ", ""))}
    written = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    scanned = [path for path in written if not any(part in path.relative_to(folder).as_posix() for part in ALLOWED)]
    assert {"log.txt", "board-pack.html", "board-pack.xlsx", "manifest.json", "person_index.parquet"} <= {
        path.name for path in scanned
    }
    leaks = {
        path.relative_to(folder).as_posix(): found
        for path in scanned
        for content in texts_of(path)
        if (found := identifiers_in(content, numbers, postcodes))
    }
    leaks |= {
        f"printed {place}": found
        for place, outcome in enumerate(told)
        if (found := identifiers_in((outcome.out + outcome.err).encode(), numbers, postcodes))
    }
    assert leaks == {}


def test_the_search_finds_what_is_there(planted: tuple[Path, list[Outcome]]) -> None:
    """The same search, where personal data are meant to be: it would see a leak."""
    folder, _ = planted
    people = pl.read_parquet(folder / "truth" / "people.parquet")
    numbers = {number.encode() for number in people["nhs_number"].drop_nulls()}
    postcodes = {own.encode() for own in people["postcode"].drop_nulls()}
    kept: set[bytes] = set()
    for path in (folder / "history" / "spells").rglob("*.parquet"):
        for content in texts_of(path):
            kept |= identifiers_in(content, numbers, postcodes)
    assert {SURNAME.encode(), FORENAME.encode(), BORN.isoformat().encode()} <= kept
    assert kept & numbers and kept & postcodes
