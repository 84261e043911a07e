"""A place fed from a real PostgreSQL gives the same tables, to the byte, as the same place from CSV files."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import stat
from pathlib import Path

import polars as pl
import pytest

from places import Outcome, costshift, every_file

dbapi = pytest.importorskip("adbc_driver_postgresql.dbapi", reason="pip install 'costshift[sql]'")

pytestmark = pytest.mark.slow

MONTH = "2025-03"


@pytest.fixture
def database(server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address with ${PGUSER} in it, and the variable set."""
    monkeypatch.setenv("PGUSER", "analyst")
    return f"{server}/postgres"


def tell(address: str, *statements: str) -> None:
    with dbapi.connect(address.replace("${PGUSER}", "analyst"), autocommit=True) as connection:
        for statement in statements:
            with connection.cursor() as cursor:
                cursor.execute(statement)


def run(place: Path, command: str = "run") -> Outcome:
    return costshift(command, "--project", place / "costshift.toml", "--month", MONTH, "--quiet")


def column_type(values: list[str]) -> str:
    """What a database would keep them as: a date where all are dates, a number where none has a leading zero."""
    filled = [value for value in values if value]

    def all_dates(form: str) -> bool:
        try:
            return bool([dt.datetime.strptime(value, form) for value in filled])
        except ValueError:
            return False

    if filled and (all_dates("%Y-%m-%d") or all_dates("%d/%m/%Y")):
        return "date"
    if filled and all(re.fullmatch(r"-?(0|[1-9]\d{0,8})\.\d+", value) for value in filled):
        return "numeric"
    if filled and all(re.fullmatch(r"0|[1-9]\d{0,8}", value) for value in filled):
        return "integer"
    return "text"


def into_database(address: str, table: str, path: Path) -> set[str]:
    """A CSV file as a table with the types that it would have there, in an order of no meaning."""
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252")
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    types = [column_type([row[n] for row in rows]) for n in range(len(header))]
    columns = ", ".join(f'"{name}" {kind}' for name, kind in zip(header, types, strict=True))
    tell(
        address, f'DROP TABLE IF EXISTS "{table}"', f'CREATE TABLE "{table}" ({columns})', "SET datestyle = 'ISO, DMY'"
    )
    typed = pl.DataFrame(
        {name: [row[n] or None for row in rows] for n, name in enumerate(header)},
        schema=dict.fromkeys(header, pl.String),
    )
    with dbapi.connect(address.replace("${PGUSER}", "analyst")) as connection, connection.cursor() as cursor:
        cursor.adbc_ingest(f"{table}_text", typed.reverse().to_arrow(), mode="replace")
        casts = ", ".join(f'"{name}"::{kind}' for name, kind in zip(header, types, strict=True))
        cursor.execute("SET datestyle = 'ISO, DMY'")
        cursor.execute(f'INSERT INTO "{table}" SELECT {casts} FROM "{table}_text"')
        connection.commit()
    return set(types)


def fed_from(address: str, place: Path) -> set[str]:
    """Every file of the month's extracts moved into the database; the types that came of it."""
    project = (place / "costshift.toml").read_text(encoding="utf-8")
    project += f'\n[connections.warehouse]\nurl = "{address}"\n'
    (place / "sql").mkdir()
    types = set()
    for path in sorted((place / f"extracts/{MONTH}").glob("*.csv")):
        types |= into_database(address, path.stem, path)
        path.unlink()
        query = f'-- {{month}}: from {{month_start}} to {{month_end}}\nSELECT * FROM "{path.stem}" -- all of it\n'
        (place / f"sql/{path.stem}.sql").write_text(query, encoding="utf-8")
        project = project.replace(
            f'files = "extracts/{{month}}/{path.name}"',
            f'connection = "warehouse"\nquery = "sql/{path.stem}.sql"',
        )
    assert "files = " not in project
    (place / "costshift.toml").write_text(project, encoding="utf-8")
    return types


def tables(place: Path) -> dict[str, bytes]:
    return {
        f"{audience}/{name}": content
        for audience in ("internal", "public")
        for name, content in every_file(place / f"reports/{MONTH}/{audience}/tables").items()
    }


def made(folder: Path) -> Path:
    assert costshift("sample", folder, "--people", "700", "--months", "6", "--quiet").code == 0
    return folder


def test_a_place_fed_from_the_database_gives_the_same_tables_as_from_files(database: str, tmp_path: Path) -> None:
    files, fed = made(tmp_path / "files"), made(tmp_path / "database")
    types = fed_from(database, fed)
    assert types >= {"date", "text", "numeric"}
    assert run(files).code == 0
    outcome = run(fed, "check")
    assert outcome.code == 0, outcome.err
    assert not (fed / "history").exists(), "check keeps nothing"
    outcome = run(fed)
    assert outcome.code == 0, outcome.err
    assert len(tables(files)) > 20
    assert tables(fed) == tables(files)

    snapshots = fed / "history/snapshots"
    kept = sorted(snapshots.iterdir())
    extracts = (fed / "costshift.toml").read_text(encoding="utf-8").count("query = ")
    # Two queries with the same result, such as none, are one snapshot.
    assert 0 < len(kept) <= extracts
    assert all(re.fullmatch(r"[0-9a-f]{64}\.parquet", path.name) for path in kept)
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept} == {0o600}
    assert stat.S_IMODE(snapshots.stat().st_mode) == 0o700

    before = every_file(fed / "history")
    assert costshift("load", "--project", fed / "costshift.toml", "--month", MONTH).out.count("Nothing new") == 1
    assert {n: c for n, c in every_file(fed / "history").items() if n != ".lock"} == {
        n: c for n, c in before.items() if n != ".lock"
    }


PROJECT = """
[place]
name = "Anywhere"
[[partners]]
id = "hospital"
name = "Hospital"
type = "acute"
codes = ["RN1"]
[connections.warehouse]
url = "{url}"
[[extracts]]
kind = "spells"
submitter = "hospital"
connection = "warehouse"
query = "spells.sql"
"""
SPELLS = """SELECT 'RN1' AS provider_code, 'S' || n AS spell_id, date '2025-03-01' AS admission_date,
  date '2025-03-10' AS discharge_date FROM generate_series(1, 9) AS n"""


def hospital(folder: Path, url: str, sql: str | None) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "costshift.toml").write_text(PROJECT.replace("{url}", url), encoding="utf-8")
    if sql is not None:
        (folder / "spells.sql").write_text(sql, encoding="utf-8")
    return folder


def test_the_order_in_which_the_database_answers_is_no_change(database: str, tmp_path: Path) -> None:
    place = hospital(tmp_path / "place", database, SPELLS + " ORDER BY n;")
    assert run(place, "load").code == 0
    (place / "spells.sql").write_text(SPELLS + " ORDER BY n DESC", encoding="utf-8")
    outcome = costshift("load", "--project", place / "costshift.toml", "--month", MONTH)
    assert "Nothing new: load 1" in outcome.out, outcome


def test_prune_removes_the_snapshots_of_pruned_loads_and_keeps_those_in_use(database: str, tmp_path: Path) -> None:
    by_month = SPELLS.replace("'S' || n", "'S{month}-' || n")
    place = hospital(tmp_path / "place", database, by_month)
    command = ("--project", place / "costshift.toml")
    for month in ("2025-01", "2025-02", "2025-03"):
        assert costshift("load", *command, "--month", month, "--quiet").code == 0
    (place / "spells.sql").write_text(by_month.replace("{month}", "2025-01"), encoding="utf-8")
    # April has the same rows as January, so that January's snapshot stays when January goes.
    assert costshift("load", *command, "--month", "2025-04", "--quiet").code == 0
    snapshots = place / "history/snapshots"
    held = {path.name: "S2025-01-1" in pl.read_parquet(path)["spell_id"] for path in snapshots.iterdir()}
    assert len(held) == 3
    assert costshift("history", "prune", "--before", "2025-03", "--yes", *command).code == 0
    left = {path.name for path in snapshots.iterdir()}
    assert len(left) == 2 and {name for name, january in held.items() if january} < left
    assert costshift("history", "prune", "--before", "2025-05", "--yes", *command).code == 0
    assert list(snapshots.iterdir()) == []


def test_a_snapshot_of_a_load_that_was_cut_off_is_swept_by_the_next(database: str, tmp_path: Path) -> None:
    place = hospital(tmp_path / "place", database, SPELLS)
    stray = place / "history/snapshots" / ("0" * 64 + ".parquet")
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"")
    assert run(place, "load").code == 0
    assert not stray.exists() and len(list(stray.parent.iterdir())) == 1


@pytest.mark.parametrize(
    ("expression", "means"),
    [
        ("date '2025-03-10'", dt.date(2025, 3, 10)),
        ("timestamp '2025-03-10 23:59'", dt.date(2025, 3, 10)),
        # Half an hour before midnight at Greenwich is after midnight in an English summer.
        ("timestamptz '2025-03-30 23:30+00'", dt.date(2025, 3, 31)),
        ("'10/03/2025'", dt.date(2025, 3, 10)),
        ("'10/03/2025'::char(20)", dt.date(2025, 3, 10)),
        ("20250310", dt.date(2025, 3, 10)),
        ("date '9999-12-31'", None),
        ("date 'infinity'", None),
        ("timestamp 'infinity'", None),
        ("timestamptz 'infinity'", None),
        ("null::date", None),
        ("null", None),
    ],
)
def test_types_of_a_date(database: str, tmp_path: Path, expression: str, means: dt.date | None) -> None:
    place = hospital(tmp_path / "place", database, SPELLS.replace("date '2025-03-10'", expression))
    outcome = run(place, "load")
    assert outcome.code == 0, outcome.err
    kept = pl.scan_delta(place / "history/spells").collect()
    assert kept["discharge_date"].unique().to_list() == [means] and kept.height == 9


@pytest.mark.parametrize("expression", ["date '0044-03-15 BC'", "date '294276-12-31'", "date '-infinity'"])
def test_a_date_that_no_calendar_here_holds_is_a_fault_and_not_missing(
    database: str, tmp_path: Path, expression: str
) -> None:
    place = hospital(tmp_path / "place", database, SPELLS.replace("date '2025-03-10'", expression))
    outcome = costshift("check", "--project", place / "costshift.toml", "--month", MONTH, "--format", "json")
    # Every row has it, so that not one can be used.
    assert outcome.code == 1, outcome.err
    assert "date_out_of_range" in outcome.out and '"refused": [\n    "spells/hospital"' in outcome.out


@pytest.mark.parametrize(
    ("expression", "kept"),
    [
        ("12.50::numeric", "12.50"),
        ("'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
        ("007::bigint", "7"),
        ("'007'::varchar", "007"),
        ("7::float8", "7"),
        ("true", "true"),
        ("""'"x"'::jsonb""", "x"),
        ("time '10:00'", "10:00:00"),
        ("'x'::name", "x"),
    ],
)
def test_types_of_an_id(database: str, tmp_path: Path, expression: str, kept: str) -> None:
    place = hospital(
        tmp_path / "place",
        database,
        SPELLS.replace("date '2025-03-01' AS", f"{expression} AS local_patient_id, date '2025-03-01' AS"),
    )
    outcome = run(place, "load")
    assert outcome.code == 0, outcome.err
    rows = pl.scan_delta(place / "history/spells").collect()
    assert [value.removesuffix(".000000000") for value in rows["local_patient_id"].unique()] == [kept]


@pytest.mark.parametrize(
    "expression",
    [
        "'x'::bytea",
        "interval '1 day'",
        "array[1, 2]",
        "12.5::money",
        "inet '1.1.1.1'",
        "b'101'",
        "'<a/>'::xml",
        "timetz '10:00+01'",
    ],
)
def test_a_type_without_a_plain_form_is_refused_by_the_name_of_its_column(
    database: str, tmp_path: Path, expression: str
) -> None:
    place = hospital(
        tmp_path / "place",
        database,
        SPELLS.replace("date '2025-03-10' AS", f"{expression} AS odd_one, date '2025-03-10' AS"),
    )
    outcome = run(place, "load")
    assert outcome.code == 2 and "'odd_one'" in outcome.err and "CAST" in outcome.err, outcome


SECRET = "a%4/b@c?d"


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT secret_name FROM pg_class", "a column that is not there (SQLSTATE 42703, line 1"),
        ("SELECT 1\nFROM secret_name", "a table that is not there (SQLSTATE 42P01, line 2"),
        ("SELEC secret_name", "not one SELECT"),
        ("SELECT 1; SELECT secret_name", "not one SELECT"),
        ("CREATE TABLE secret_name (a int)", "a query may only read"),
        ("SELECT 1 / 0 AS secret_name", "the database refused it (SQLSTATE 22012"),
        ("SELECT 1 AS a, 2 AS a", "'a' stands twice"),
        ("SELECT row(1, 2) AS secret_name", "the database refused it"),
        ("-- secret_name", "the database refused it"),
        ("  ;\n", "is empty"),
        (SPELLS + " WHERE n > 99 -- secret_name", "no rows for 2025-03"),
        (SPELLS.replace("'RN1' AS provider_code,", ""), "required column missing: provider_code"),
        (None, "there is no file spells.sql"),
    ],
)
def test_what_is_wrong_with_a_query_is_said_without_its_text(
    database: str, tmp_path: Path, sql: str | None, said: str
) -> None:
    place = hospital(tmp_path / "place", database, sql)
    outcome = run(place, "load")
    assert outcome.code == 2 and said in outcome.err, outcome
    assert "secret_name" not in outcome.err and "Traceback" not in outcome.err and "foresee" not in outcome.err


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("@127.0.0.1", ":${SECRET}@127.0.0.1:1?x=1#"), "does not understand the address"),
        (("${PGUSER}@127.0.0.1", "${PGUSER}:${SECRET}@no-such-host.invalid"), "the name of the host is not known"),
        (("${PGUSER}", "nobody:${SECRET}"), "the user is not known there"),
        (("/postgres", "/nowhere?password=${SECRET}"), "there is no such database"),
        (("${PGUSER}", "${NOT_SET}"), "environment variable NOT_SET"),
    ],
)
def test_a_connection_that_fails_is_explained_without_the_password(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: tuple[str, str], said: str
) -> None:
    monkeypatch.setenv("SECRET", SECRET)
    place = hospital(tmp_path / "place", database.replace(*change), SPELLS)
    outcome = run(place, "load")
    assert outcome.code == 2 and said in outcome.err, outcome
    assert SECRET not in outcome.err and "%40c" not in outcome.err and "foresee" not in outcome.err


def test_an_optional_query_may_have_no_rows(database: str, tmp_path: Path) -> None:
    place = hospital(tmp_path / "place", database, SPELLS + " WHERE n > 99")
    project = place / "costshift.toml"
    project.write_text(project.read_text(encoding="utf-8") + "required = false\n", encoding="utf-8")
    assert run(place, "load").code == 0
