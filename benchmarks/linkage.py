"""Time passes 0 to 4 on two sides of one set of people, each side one record a person, in a process of its own.

Prints, for each size, the seconds of the passes alone (by the clock, and of all cores together), of the whole from
records (read from Parquet, as the history keeps them) to people and conflicts, the peak memory of the process, and how
right and how whole the links are.
"""

from __future__ import annotations

import argparse
import datetime as dt
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

SIZES = (200_000, 2_000_000)


def names(count: int, seed: int) -> pl.Series:
    """Names that can be spoken."""
    rng = np.random.default_rng(seed)
    parts = [consonant + vowel for consonant in "bcdfghklmnprstvw" for vowel in "aeiou"]
    picks = rng.integers(0, len(parts), (count, 4))
    long = rng.integers(2, 5, count)
    return pl.Series(["".join(parts[part] for part in row[:length]) for row, length in zip(picks, long, strict=True)])


def two_sides(count: int) -> dict[str, pl.LazyFrame]:
    """Spells of one hospital and events of one council: errors in names and dates, numbers missing, people shared."""
    from costshift.extracts.kinds import KINDS

    rng = np.random.default_rng(1)
    surnames, forenames = names(30_000, 2), names(2_000, 3)

    def drawn(size: int, most: int) -> np.ndarray:
        weights = 1 / (np.arange(most) + 10)
        return rng.choice(most, size=size, p=weights / weights.sum())

    surname, forename = drawn(count, len(surnames)), drawn(count, len(forenames))
    born = np.datetime64("1925-01-01") + rng.integers(0, 30_000, count)
    place = rng.integers(0, max(count // 25, 1), count)
    sex = pl.Series(np.where(rng.random(count) < 0.5, "1", "2"))
    number = pl.Series(9_990_000_000 + np.arange(count)).cast(pl.String)
    frames = {}
    for kind, missing in (("spells", 0.03), ("care_events", 0.08)):
        wrong = rng.random(count) < 0.02
        own_surname = np.where(wrong, drawn(count, len(surnames)), surname)
        late = rng.random(count) < 0.02
        own_born = np.where(late, born + rng.integers(1, 28, count).astype("timedelta64[D]"), born)
        columns = KINDS[kind].schema.columns()
        day = pl.lit(dt.date(2025, 1, 1))
        given = pl.DataFrame(
            {
                "source_row": np.arange(count, dtype=np.int64),
                "nhs_number": number,
                "birth_date": pl.Series(own_born).cast(pl.Date),
                "sex": sex,
                "postcode": "AB"
                + pl.Series(place % 97).cast(pl.String)
                + " "
                + pl.Series(place // 97).cast(pl.String)
                + "XY",
                "surname": surnames.gather(pl.Series(own_surname)),
                "forename": forenames.gather(pl.Series(forename)),
            }
        ).with_columns(
            pl.when(pl.Series(rng.random(count) >= missing)).then("nhs_number").alias("nhs_number"),
            pl.lit("file.csv").alias("source_file"),
            pl.lit(1, dtype=pl.Int64).alias("load_id"),
            pl.lit("sender").alias("submitter"),
        )
        local = pl.Series(rng.permutation(count)).cast(pl.String)
        if kind == "spells":
            given = given.with_columns(
                pl.lit("RX1").alias("provider_code"),
                local.alias("spell_id"),
                local.alias("local_patient_id"),
                day.alias("admission_date"),
            )
        else:
            given = given.with_columns(
                pl.lit("E1").alias("council_code"),
                local.alias("council_person_id"),
                day.alias("event_start_date"),
                pl.lit("Service").alias("event_type"),
            )
        absent = [
            pl.lit(None, dtype=column.dtype).alias(name)
            for name, column in columns.items()
            if name not in given.columns
        ]
        # Shuffled, so that nothing rests on the order.
        frames[kind] = given.with_columns(absent)[rng.permutation(count)].lazy()
    return frames


def make(count: int, folder: Path) -> None:
    """Write both sides as the history keeps them."""
    for kind, frame in two_sides(count).items():
        frame.collect().write_parquet(folder / f"{kind}.parquet", row_group_size=250_000)


def one(count: int, folder: Path) -> None:
    """Measure one size in this process."""
    from costshift.people import identified

    views = {kind: pl.scan_parquet(folder / f"{kind}.parquet") for kind in ("spells", "care_events")}
    seconds: list[float] = []
    work: list[float] = []
    linking = identified.link

    def timed(*words: object, **options: object) -> object:
        started, begun = time.perf_counter(), time.process_time()
        answer = linking(*words, **options)  # type: ignore[arg-type]
        seconds.append(time.perf_counter() - started)
        work.append(time.process_time() - begun)
        return answer

    identified.link = timed  # type: ignore[assignment]
    started = time.perf_counter()
    people = identified.identify(views)
    whole = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    own = people.records.select("kind", "source_row", "person").collect()
    links = own.filter(pl.col("kind") == "spells").join(own.filter(pl.col("kind") == "care_events"), on="person")
    right = links.filter(pl.col("source_row") == pl.col("source_row_right")).height
    print(
        f"{count:>10,}  {seconds[0]:>8.1f}  {work[0]:>7.1f}  {whole:>8.1f}  {peak / 2**20:>7.2f}  "
        f"{right / links.height:>9.5f}  {right / count:>7.5f}",
        flush=True,
    )


def main() -> None:
    """Measure each size in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, nargs="*", default=SIZES, help="people a side")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--make", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.make:
        make(options.make, options.folder)
        return
    if options.one:
        one(options.one, options.folder)
        return
    heads = ("a side", "passes s", "CPU s", "whole s", "peak GB", "precision", "recall")
    widths = (10, 8, 7, 8, 7, 9, 7)
    print("  ".join(f"{head:>{width}}" for head, width in zip(heads, widths, strict=True)), flush=True)
    for people in options.people:
        with tempfile.TemporaryDirectory() as folder:
            for step in ("--make", "--one"):
                subprocess.run([sys.executable, __file__, step, str(people), "--folder", folder], check=True)


if __name__ == "__main__":
    main()
