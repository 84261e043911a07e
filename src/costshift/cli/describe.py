"""``costshift describe``: what every output table and column means."""

from __future__ import annotations

from typing import Annotated

import typer

from costshift.cli.options import Format, FormatOption, session

NAME = "describe"
HELP = "What each output table and column means: unit, definition."


def command(
    table: Annotated[
        str | None, typer.Argument(metavar="[TABLE]", help="One table; all are listed without it.")
    ] = None,
    format: FormatOption = Format.text,
) -> None:
    """List the tables, or the columns of one."""
    with session(NAME, format=format) as here:
        import difflib

        from costshift.errors import ProjectError
        from costshift.publish.catalogue import TABLES

        if table is None:
            width = max(len(name) for name in TABLES)
            here.result(
                "\n".join(
                    f"{name:<{width}}  {own.title}{' (restricted)' if own.restricted else ''}"
                    for name, own in TABLES.items()
                )
                + "\n\n`costshift describe TABLE` lists a table's columns.",
                {"tables": [_data(own) for own in TABLES.values()]},
            )
            return
        if table not in TABLES:
            near = difflib.get_close_matches(table, TABLES, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise ProjectError(f"There is no table {table}.{hint} Tables: {', '.join(TABLES)}.")
        own = TABLES[table]
        width = max(len(column.name) for column in own.columns)
        lines = [
            f"{own.name}: {own.title}",
            f"One row for each: {', '.join(own.grain)}",
            f"Definition: {own.definition}",
            "",
        ]
        lines += [f"  {column.name:<{width}}  {column.unit:<8} {column.meaning}" for column in own.columns]
        here.result("\n".join(lines), _data(own))


def _data(table: object) -> dict[str, object]:
    from costshift.publish.catalogue import Table

    assert isinstance(table, Table)
    return {
        "table": table.name,
        "title": table.title,
        "restricted": table.restricted,
        "grain": list(table.grain),
        "definition": table.definition,
        "columns": [
            {"name": column.name, "type": str(column.dtype), "unit": column.unit, "meaning": column.meaning}
            for column in table.columns
        ],
    }
