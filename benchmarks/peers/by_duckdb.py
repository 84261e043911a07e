"""The core in DuckDB SQL, as one process; with ``--floor`` the same columns are only read."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

import duckdb

#: What tells people apart, by what the place sends.
WORDS = {
    "number": {"person": "nhs_number", "born": "birth_date", "usable": "nhs_number is not null"},
    "key": {"person": "person_key", "born": "birth_month", "usable": "person_key is not null"},
}


def agreement_of(folder: Path, out: Path, *, floor: bool, threads: int, memory: str) -> None:
    """Write the table attribution_agreement of what the folder holds."""
    connection = duckdb.connect(config={"threads": threads, "memory_limit": memory})
    connection.execute("set preserve_insertion_order = false")
    if floor:
        for kind in ("spells", "care_events"):
            names = connection.execute(f"select * from read_parquet('{folder}/{kind}/*.parquet') limit 0").description
            counts = ", ".join(f'count("{name[0]}")' for name in names)
            connection.execute(f"select {counts} from read_parquet('{folder}/{kind}/*.parquet')").fetchall()
        return
    identity = json.loads((folder / "size.json").read_text(encoding="utf-8"))["identity"]
    text = (
        Path(__file__)
        .with_name("core.sql")
        .read_text(encoding="utf-8")
        .format(folder=folder.as_posix(), **WORDS[identity])
    )
    for statement in text.split(";\n"):
        if statement.strip():
            connection.execute(statement)
    connection.execute(f"copy agreement to '{out.as_posix()}' (format parquet)")


def main() -> None:
    """Write the table, or read only."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--floor", action="store_true")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--memory", default="16GB")
    options = parser.parse_args()
    agreement_of(options.folder, options.out, floor=options.floor, threads=options.threads, memory=options.memory)


if __name__ == "__main__":
    main()
