"""Queries, their results and their snapshots, without a database: what a real one does is in tests/deep."""

from __future__ import annotations

import builtins
import datetime as dt
import random
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from costshift.errors import ExtractError
from costshift.extracts import databases
from costshift.extracts.databases import _no_connection, query_for, read_query, sql_server_string, write_snapshot
from costshift.extracts.parquet import read_parquet
from costshift.project import Connection, Extract, load_project

EXTRACT = Extract(kind="spells", submitter="hospital", connection="warehouse", query="spells.sql")
WAREHOUSE = Connection(url="postgresql://host/db")


def answer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, table: pa.Table, **options: Any) -> databases.QueryResult:
    monkeypatch.setattr(databases, "_from_postgresql", lambda url, sql, name, place: table)
    query = tmp_path / "spells.sql"
    query.write_text("SELECT 1", encoding="utf-8")
    return read_query(EXTRACT, WAREHOUSE, query, "2025-02", **options)


def test_the_month_is_filled_in_and_the_last_semicolon_taken_off(tmp_path: Path) -> None:
    query = tmp_path / "q.sql"
    query.write_text("\ufeffSELECT '{month}', '{month_start}', '{month_end}', '{other}';\n ; \n", encoding="utf-8")
    assert query_for(query, "2024-02", "here") == "SELECT '2024-02', '2024-02-01', '2024-02-29', '{other}'\n"


@pytest.mark.parametrize("month", ["2024-13", "2024-1", "2024-02'; DROP TABLE spells; --", "", "2024-02\n"])
def test_nothing_but_a_month_is_filled_in(tmp_path: Path, month: str) -> None:
    with pytest.raises(ExtractError, match="YYYY-MM"):
        query_for(tmp_path / "q.sql", month, "here")


def test_the_order_of_the_rows_does_not_matter_for_the_hash_and_any_other_change_does(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    chance = random.Random(1)
    rows = [
        {
            "a": chance.choice(["", None, "x", "y"]),
            "b": chance.choice([1, 10, 9, None]),
            "c": chance.choice([None, dt.date(2025, 1, 1)]),
            "d": chance.choice([0.0, -0.0, float("nan"), None]),
        }
        for _ in range(200)
    ]
    schema = pa.schema([("a", pa.string()), ("b", pa.int64()), ("c", pa.date32()), ("d", pa.float64())])
    first = answer(monkeypatch, tmp_path, pa.Table.from_pylist(rows, schema))
    for _ in range(5):
        chance.shuffle(rows)
        again = answer(monkeypatch, tmp_path, pa.Table.from_pylist(rows, schema))
        assert again.sha256 == first.sha256
        assert again.frame.equals(first.frame)
    for column, value in (("a", "z"), ("a", ""), ("a", None), ("b", 2), ("c", dt.date(2025, 1, 2)), ("d", 1.0)):
        changed = [dict(row) for row in rows]
        chosen = next(row for row in changed if row[column] != value)
        chosen[column] = value
        assert answer(monkeypatch, tmp_path, pa.Table.from_pylist(changed, schema)).sha256 != first.sha256
    assert answer(monkeypatch, tmp_path, pa.Table.from_pylist(rows[1:], schema)).sha256 != first.sha256
    renamed = pa.Table.from_pylist(rows, schema).rename_columns(["A", "b", "c", "d"])
    assert answer(monkeypatch, tmp_path, renamed).sha256 != first.sha256


def test_a_name_that_postgresql_cut_is_known_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    whole = "ORGANISATION IDENTIFIER (RESIDENCE RESPONSIBILITY LOCAL AUTHORITY)"
    assert len(whole) > 63
    result = answer(monkeypatch, tmp_path, pa.table({whole[:63]: ["E1"], whole[:50]: ["E2"]}))
    assert result.frame.columns == [whole, whole[:50]]


def test_no_rows_are_an_answer_only_where_they_may_be(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    nothing = pa.table({"a": pa.array([], pa.string())})
    assert answer(monkeypatch, tmp_path, nothing, may_have_no_rows=True).frame.height == 0
    with pytest.raises(ExtractError, match="no rows for 2025-02"):
        answer(monkeypatch, tmp_path, nothing)


def test_a_snapshot_is_written_once_for_its_owner_alone_with_the_same_bytes(tmp_path: Path) -> None:
    frame = pl.DataFrame({"nhs_number": ["9990000018", None], "day": [dt.date(2025, 1, 1), None]})
    for name in ("one", "two"):
        write_snapshot(frame, tmp_path / name, "0" * 64)
    one, two = tmp_path / "one" / f"{'0' * 64}.parquet", tmp_path / "two" / f"{'0' * 64}.parquet"
    assert one.read_bytes() == two.read_bytes()
    assert one.stat().st_mode & 0o777 == 0o600
    assert pl.read_parquet(one).equals(frame)
    assert [path.name for path in one.parent.iterdir()] == [one.name]
    written = one.stat().st_mtime_ns
    write_snapshot(frame, tmp_path / "one", "0" * 64)
    assert one.stat().st_mtime_ns == written


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ordinary = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.partition(".")[0] in ("adbc_driver_postgresql", "mssql_python"):
            raise ImportError(name)
        return ordinary(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    query = tmp_path / "q.sql"
    query.write_text("SELECT 1", encoding="utf-8")
    for url in ("postgresql://host/db", "mssql://host/db"):
        with pytest.raises(ExtractError, match=r"pip install 'costshift\[sql\]'"):
            read_query(EXTRACT, Connection(url=url), query, "2025-02")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://host/db",
        "postgresql://user@host:5432/db?sslmode=require",
        "postgresql://${PGUSER}:${PGPASSWORD}@host/db",
        "postgresql://host/db?password=${PGPASSWORD}&passfile=/x",
        "postgresql:///db?host=/var/run/postgresql",
        "mssql://host:1433/db?Authentication=ActiveDirectoryIntegrated",
        "${WAREHOUSE_URL}",
    ],
)
def test_addresses_without_a_password(url: str) -> None:
    assert Connection(url=url).url == url


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://user:hunter2@host/db",
        "postgresql://user:hunter2/@host/db",
        "postgresql://user:hunter2?x@host/db",
        "postgresql://user:hunter2@x@host/db",
        "postgresql://user:${PG}hunter2@host/db",
        "postgresql://host/db?password=hunter2",
        "postgresql://host/db?sslmode=require&PASSWORD=hunter2",
        "postgresql://host/db?sslpassword=hunter2",
        "mssql://host/db?Encrypt=yes;PWD=hunter2",
        "mssql://sa:hunter2@host/db",
        "Server=host;PWD=hunter2",
        "host=host password=hunter2",
        "sqlite:///hunter2.db",
        "hunter2",
    ],
)
def test_an_address_with_a_password_is_refused_and_not_repeated(tmp_path: Path, url: str) -> None:
    with pytest.raises(ValidationError):
        Connection(url=url)
    for lines in (f'[connections.w]\nurl = "{url}"', f'[connections]\nw = "{url}"', f'[connections.w]\npwd = "{url}"'):
        path = tmp_path / "costshift.toml"
        path.write_text(f'[place]\nname = "Anywhere"\n{lines}\n', encoding="utf-8")
        with pytest.raises(Exception, match="connections") as caught:
            load_project(path)
        assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "string"),
    [
        ("mssql://host/db", "Server={host};Database={db};Encrypt={yes};Trusted_Connection={yes};"),
        ("mssql://u:a%40%7D%3B@host:1433/db", "Server={host,1433};Database={db};Encrypt={yes};UID={u};PWD={a@}};};"),
        (
            "mssql://host/db?encrypt=no&Authentication=ActiveDirectoryIntegrated",
            "Server={host};Database={db};Encrypt={no};Authentication={ActiveDirectoryIntegrated};",
        ),
    ],
)
def test_the_address_of_a_sql_server_in_the_words_of_its_driver(url: str, string: str) -> None:
    assert sql_server_string(url) == string


@pytest.mark.parametrize(
    ("days", "day"),
    [
        (20_000, dt.date(2024, 10, 4)),
        (2**31 - 1, dt.date(9999, 12, 31)),
        (-(2**31), dt.date(1, 1, 1)),
        (2_932_897, dt.date(1, 1, 1)),
        (-719_163, dt.date(1, 1, 1)),
    ],
)
def test_a_day_that_no_calendar_here_holds_is_read_from_parquet_all_the_same(
    tmp_path: Path, days: int, day: dt.date
) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"d": pa.array([days, None], pa.int32()).cast(pa.date32())}), path)
    assert read_parquet(path).frame["c0"].to_list() == [day, None]


def test_a_time_with_a_zone_is_of_the_english_day(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    times = [dt.datetime(2025, 3, 29, 23, 30), dt.datetime(2025, 3, 30, 23, 30)]
    pq.write_table(pa.table({"t": pa.array(times, pa.timestamp("ns", "UTC"))}), path)
    assert read_parquet(path).frame["c0"].dt.date().to_list() == [dt.date(2025, 3, 29), dt.date(2025, 3, 31)]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mssql://me:${PW}@127.0.0.1:1/x", "nothing answers at that host and port"),
        ("mssql://me:${PW}@127.0.0.1:1/x?Nonsense=2", "does not understand a word of the address"),
    ],
)
def test_a_sql_server_that_does_not_answer_is_explained_without_the_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, said: str
) -> None:
    driver = pytest.importorskip("mssql_python", reason="pip install 'costshift[sql]'")
    with pytest.raises(driver.Error) as alone:
        driver.connect("Server=127.0.0.1,1;Encrypt=no;")
    if "Failed to load the driver" in str(alone.value) and "Nonsense" not in url:
        # The words of an address are looked at first. Then the system's libraries are not there, and no host is tried.
        said = "system libraries that the driver needs are not installed"
    monkeypatch.setenv("PW", "hunter2")
    (tmp_path / "q.sql").write_text("SELECT 1", encoding="utf-8")
    extract = Extract(kind="spells", submitter="north", connection="warehouse", query="q.sql")
    with pytest.raises(ExtractError, match=said) as told:
        read_query(extract, Connection(url=url), tmp_path / "q.sql", "2025-03")
    assert "hunter2" not in str(told.value)


def test_a_driver_without_its_system_libraries_is_told_as_that() -> None:
    said = str(
        _no_connection("[connections.warehouse]", "DDBC Error: Failed to load the driver. Please read the pages")
    )
    assert "system libraries that the driver needs are not installed" in said
