"""An extract from a database: the query's result through Arrow, in an order of its own, with the hash of its content.

The same rows give the same hash in whatever order the database returns them, so that the same result is the same
load. No message carries the password, the text of the query or a value of a row.
"""

from __future__ import annotations

import calendar
import hashlib
import json
import os
import re
import uuid
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

import polars as pl

from costshift.errors import ExtractError
from costshift.extracts.layouts import LAYOUTS, layout_headers
from costshift.extracts.parquet import dates_in_range
from costshift.project import ENVIRONMENT_VARIABLE, Connection, Extract

if TYPE_CHECKING:
    import pyarrow as pa

# PostgreSQL cuts the names of columns to this many bytes and says nothing: an optional column would vanish.
_LONGEST_NAME = 63

# What the driver says of a connection can repeat its address, so that it is told in other words.
_CONNECTION_PHRASES = (
    ("Failed to load the driver", "system libraries that the driver needs are not installed (its own pages name them)"),
    ("Connection refused", "nothing answers at that host and port"),
    ("Connection string parsing failed", "the driver does not understand a word of the address"),
    ("TCP Provider", "nothing answers at that host and port, or the host is not known"),
    ("Login failed", "the sign-in was not accepted"),
    ("Cannot open database", "there is no such database, or the user may not use it"),
    ("could not translate host name", "the name of the host is not known"),
    ("No such file or directory", "there is no socket of a server in that folder"),
    ("password authentication failed", "the password was not accepted"),
    ("no password supplied", "the server asks for a password and none was given"),
    ("no pg_hba.conf entry", "the server does not let this user in from this machine"),
    ("authentication failed", "the sign-in was not accepted"),
    ("role", "the user is not known there"),
    ("database", "there is no such database"),
    ("timeout", "it took too long"),
    ("SSL", "no encrypted connection could be made"),
    ("URI", "the driver does not understand the address"),
)
# Likewise of a query: the driver repeats its text.
_QUERY_STATES = {
    "25006": "it writes, and a query may only read",
    "42501": "the user has no right to read all that it names",
    "42601": "it is not one SELECT that the database understands (nothing may follow its closing semicolon)",
    "42703": "it names a column that is not there",
    "42883": "it uses a function that is not there, or with other types",
    "42P01": "it names a table that is not there",
    "57014": "the database stopped it",
}


@dataclass(frozen=True)
class QueryResult:
    """A query's result: ``frame`` with the query's own column names and its rows in order, ``sha256`` of both."""

    frame: pl.DataFrame
    sha256: str


def read_query(
    extract: Extract, connection: Connection, query: Path, month: str, *, may_have_no_rows: bool = False
) -> QueryResult:
    """Run an extract's query for a month.

    Args:
        extract: the entry, for messages.
        connection: its connection.
        query: its file of SQL.
        month: YYYY-MM, which stands in the SQL for ``{month}``.
        may_have_no_rows: whether no rows are an answer («nothing this month»).

    Raises:
        ExtractError: the extra is not installed, there is no connection, the query fails or gives nothing, or a column
            is of a type that an extract cannot have.
    """
    place = f"[[extracts]] {extract.label}, query {extract.query}"
    sql = query_for(query, month, place)
    name = f"[connections.{extract.connection}]"
    url = _address(connection.url, name, os.environ)
    fetch = _from_sql_server if url.startswith("mssql://") else _from_postgresql
    table = fetch(url, sql, name, place)
    table = table.rename_columns(_whole_names(table.column_names, extract))
    frame = _in_order(_plain(table, place))
    if frame.height == 0 and not may_have_no_rows:
        raise ExtractError(
            f"{place}: the database answered with no rows for {month}. Check the query's dates and the rights of the "
            "user. An extract with `required = false` may have none."
        )
    return QueryResult(frame, _content_hash(frame))


def query_for(query: Path, month: str, place: str) -> str:
    """The SQL of a month: ``{month}``, ``{month_start}`` and ``{month_end}`` (ISO dates, the last included) filled in.

    Raises:
        ExtractError: the file cannot be read or is empty.
    """
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month):
        raise ExtractError(f"{place}: {month!r} is no month; it is written YYYY-MM.")
    try:
        sql = query.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ExtractError(f"{place}: the file is not UTF-8 text. Save it as UTF-8.") from None
    except OSError as error:
        raise ExtractError(f"{place}: the file cannot be read ({error.strerror}).") from None
    days = calendar.monthrange(int(month[:4]), int(month[5:]))[1]
    for name, value in (("month", month), ("month_start", f"{month}-01"), ("month_end", f"{month}-{days}")):
        sql = sql.replace(f"{{{name}}}", value)
    sql = sql.strip().rstrip("; \t\r\n")
    if not sql:
        raise ExtractError(f"{place}: the file is empty. Write one SELECT into it.")
    # The driver puts its own words behind the query: a comment in the last line must not swallow them.
    return sql + "\n"


def write_snapshot(frame: pl.DataFrame, folder: Path, sha256: str) -> None:
    """Keep a query's result as ``FOLDER/SHA256.parquet``, whole or not at all, for its owner alone.

    Raises:
        OSError: the folder cannot be written.
    """
    target = folder / f"{sha256}.parquet"
    if target.exists():
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = folder / f".{sha256}.new"
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        frame.write_parquet(
            file, compression="zstd", compression_level=3, statistics=False, row_group_size=250_000, use_pyarrow=False
        )
        file.flush()
        os.fsync(file.fileno())
    beside.replace(target)


def _address(url: str, name: str, environment: Mapping[str, str]) -> str:
    """The URL with its variables filled in, escaped so that a sign in a password stays in it."""
    missing = sorted({name for name in ENVIRONMENT_VARIABLE.findall(url) if not environment.get(name)})
    if missing:
        raise ExtractError(
            f"{name}: the environment variable {', '.join(missing)}, which url names, is not set. Set it for the "
            "account that runs costshift."
        )
    if whole := ENVIRONMENT_VARIABLE.fullmatch(url):
        return environment[whole.group(1)]
    return ENVIRONMENT_VARIABLE.sub(lambda found: quote(environment[found.group(1)], safe=""), url)


def _from_postgresql(url: str, sql: str, name: str, place: str) -> pa.Table:
    try:
        from adbc_driver_postgresql import dbapi
    except ImportError:
        raise _extra_missing(place) from None
    try:
        connection = dbapi.connect(url, autocommit=True)
    except dbapi.Error as error:
        raise _no_connection(name, str(error)) from None
    try:
        with closing(connection), closing(connection.cursor()) as cursor:
            cursor.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
            cursor.execute(sql)
            return cursor.fetch_arrow_table()
    except dbapi.Error as error:
        line = re.search(r"^LINE (\d+):", str(error), flags=re.MULTILINE)
        raise _query_failed(place, error.sqlstate, line.group(1) if line else None) from None


def _from_sql_server(url: str, sql: str, name: str, place: str) -> pa.Table:
    """By Microsoft's driver. Written from its documentation and not tried on a server."""
    try:
        import mssql_python
    except ImportError:
        raise _extra_missing(place) from None
    try:
        connection = mssql_python.connect(sql_server_string(url), autocommit=True)
    except Exception as error:
        # Its errors have no base of their own: those about the address come from Exception itself.
        raise _no_connection(name, str(error)) from None
    try:
        with closing(connection), closing(connection.cursor()) as cursor:
            cursor.execute(sql)
            return cursor.arrow()
    except Exception:
        raise _query_failed(place, None, None) from None


def sql_server_string(url: str) -> str:
    """``mssql://USER:PASSWORD@HOST:PORT/DATABASE?KEY=VALUE`` in the form of Microsoft's drivers.

    Encrypted unless the URL says otherwise; signed in as the account that runs it if the URL names no user and no
    other way of signing in.
    """
    parts = urlsplit(url)
    server = unquote(parts.hostname or "") + (f",{parts.port}" if parts.port else "")
    given = [pair.partition("=")[::2] for pair in parts.query.split("&") if pair]
    words = {"Server": server, "Database": unquote(parts.path.strip("/")), "Encrypt": "yes"}
    if parts.username:
        words["UID"] = unquote(parts.username)
    if parts.password:
        words["PWD"] = unquote(parts.password)
    for key, value in given:
        known = next((name for name in words if name.lower() == key.lower()), key)
        words[known] = unquote(value)
    if not parts.username and not any(key.lower() in ("authentication", "uid") for key in words):
        words.setdefault("Trusted_Connection", "yes")
    return "".join(f"{key}={{{value.replace('}', '}}')}}};" for key, value in words.items() if value)


def _whole_names(names: list[str], extract: Extract) -> list[str]:
    """Names as they were before PostgreSQL cut them, where one known header alone begins like that."""
    known = {header for layout in LAYOUTS if layout != "auto" for _, header in layout_headers(layout, extract.kind)}
    known |= set(extract.columns.values())
    whole = []
    for name in names:
        longer = [header for header in known if header.casefold().startswith(name.casefold()) and header != name]
        was_cut = len(name.encode("utf-8")) == _LONGEST_NAME and len(longer) == 1
        whole.append(longer[0] if was_cut else name)
    return whole


def _plain(table: pa.Table, place: str) -> pl.DataFrame:
    """The result as text, numbers, dates and times of day; what has no such form is refused by its column's name."""
    import pyarrow as pa

    names = table.column_names
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ExtractError(f"{place}: the column {twice[0]!r} stands twice in the result. Give each its name with AS.")
    series = []
    for field, column in zip(table.schema, table.columns, strict=True):
        own_type = (field.metadata or {}).get(b"POSTGRESQL:type", b"").decode()
        storage = field.type.storage_type if isinstance(field.type, pa.BaseExtensionType) else field.type
        chunks = [chunk.storage if isinstance(chunk, pa.ExtensionArray) else chunk for chunk in column.chunks]
        values = pa.chunked_array(chunks, type=storage)
        if isinstance(field.type, pa.UuidType):
            values = pa.chunked_array(
                [pa.array([None if v is None else str(uuid.UUID(bytes=v)) for v in values.to_pylist()], pa.string())]
            )
        elif own_type == "money" or not _has_a_plain_form(storage):
            raise ExtractError(
                f"{place}: the column {field.name!r} is of the type {own_type or storage}, which is not read. Write it "
                "in the query as text, number or date, for example with CAST(... AS numeric)."
            )
        series.append(pl.Series(field.name, values))
    return dates_in_range(pl.DataFrame(series))


def _has_a_plain_form(storage: pa.DataType) -> bool:
    from pyarrow import types

    return any(
        test(storage)
        for test in (
            types.is_string,
            types.is_large_string,
            types.is_string_view,
            types.is_boolean,
            types.is_integer,
            types.is_floating,
            types.is_decimal,
            types.is_date,
            types.is_timestamp,
            types.is_time,
            types.is_null,
        )
    )


def _in_order(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows sorted by all their cells as text: a database returns them in any order."""
    if frame.width == 0:
        return frame
    order = _texts(frame).select(
        pl.arg_sort_by(*(pl.col(name) for name in frame.columns), nulls_last=False, maintain_order=True)
    )
    return frame[order.to_series()]


def _texts(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.all().cast(pl.String))


def _content_hash(frame: pl.DataFrame) -> str:
    """SHA-256 of the columns' names and types and of all cells as text, apart from how a file would hold them."""
    header = json.dumps([[name, str(dtype)] for name, dtype in frame.schema.items()], ensure_ascii=False)
    digest = hashlib.sha256(header.encode("utf-8") + b"\n")
    for part in _texts(frame).iter_slices(250_000):
        # Text in quotation marks, so that an empty one is not a missing one.
        content = part.write_csv(include_header=False, quote_style="non_numeric", null_value="")
        digest.update(content.encode("utf-8"))
    return digest.hexdigest()


def _extra_missing(place: str) -> ExtractError:
    return ExtractError(
        f"{place}: reading from a database needs the extra `sql`, which is not installed. Install it with "
        "`pip install 'costshift[sql]'`."
    )


def _no_connection(name: str, message: str) -> ExtractError:
    why = next(
        (words for phrase, words in _CONNECTION_PHRASES if phrase in message), "the driver gave no reason known here"
    )
    return ExtractError(
        f"{name}: no connection could be made: {why}. Check url, the environment variables that it names, and that the "
        "database can be reached from this machine (docs/databases.md)."
    )


def _query_failed(place: str, state: str | None, line: str | None) -> ExtractError:
    why = _QUERY_STATES.get(state or "", "the database refused it")
    known = ", ".join(
        part for part in (f"SQLSTATE {state}" if state else "", f"line {line} or after" if line else "") if part
    )
    return ExtractError(
        f"{place}: the query failed: {why}{f' ({known})' if known else ''}. Run it in the database's own client to see "
        "more."
    )


def query_file(extract: Extract, folder: Path) -> Path:
    """The file of SQL of an extract from a database.

    Raises:
        ExtractError: it is not there.
    """
    query = folder / str(extract.query)
    if not query.is_file():
        raise ExtractError(
            f"[[extracts]] {extract.label}: there is no file {extract.query}, which `query` names (paths are from "
            f"{folder})."
        )
    return query
