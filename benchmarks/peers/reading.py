"""The floor of the core: read every column of both kinds with Polars, and do nothing with them."""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl


def main() -> None:
    """Count what is there, column by column."""
    folder = Path(sys.argv[1])
    for name in ("spells", "care_events"):
        pl.scan_parquet(folder / name / "*.parquet").select(pl.all().count()).collect(engine="streaming")


if __name__ == "__main__":
    main()
