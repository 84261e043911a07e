"""Time costshift as a user meets it: whole processes on artificial places, beside peers that do the same by hand.

Four parts: **stages** (check, load, report, run at the sizes named), **core** (link, delays, attribution, agreement:
beside DuckDB and pandas, whose results must be equal first), **growth** (core and load as the place grows) and **same**
(not a byte of the figures changes with threads, chunks or engine). Figures go to docs/performance.md, each part between
its own markers. Ends by itself: when the time is up, what is left is reported as not run.
"""

from __future__ import annotations

import argparse
import compileall
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import big_places
import polars as pl
from measuring import GIGABYTE, Limits, Measured, Session, machine, total_memory

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "performance.md"
PARTS = ("stages", "core", "growth", "same")
GROWTH = (1_000_000, 2_000_000, 5_000_000, 10_000_000, 25_000_000)
COLUMNS = ["", "median s", "range s", "processor s", "peak GB"]
#: What must be shown: (size, stage) to seconds and gigabytes.
TARGETS = {
    ("month", "run, CSV to pack"): (10, None),
    ("month", "check, CSV"): (3, None),
    ("three-years", "run, CSV to pack"): (60, 4),
    ("england", "load, Parquet"): (120, 6),
    ("england", "load, CSV"): (240, 6),
    ("england", "report, history to pack"): (120, 6),
}
#: The settings under which every figure must be the same.
SETTINGS = {
    "one thread": {"POLARS_MAX_THREADS": "1"},
    "two threads": {"POLARS_MAX_THREADS": "2"},
    "engine in memory": {"POLARS_ENGINE_AFFINITY": "in-memory"},
    "streaming engine": {"POLARS_ENGINE_AFFINITY": "streaming"},
    "streaming engine, chunks of 997 rows": {
        "POLARS_ENGINE_AFFINITY": "streaming",
        "POLARS_IDEAL_MORSEL_SIZE": "997",
    },
}
_PYTHON = sys.executable


def main() -> None:
    """Measure what was asked for, and write it down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", nargs="*", choices=PARTS, default=PARTS)
    parser.add_argument("--sizes", nargs="*", choices=list(big_places.SIZES), default=["month", "three-years"])
    parser.add_argument("--core", nargs="*", type=int, default=[1_000_000], help="spells of the comparison with peers")
    parser.add_argument("--growth", nargs="*", type=int, default=GROWTH[:3], help="spells of the growth study")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--budget", type=float, default=660, help="seconds for all of it")
    parser.add_argument("--timeout", type=float, default=600, help="seconds for one process")
    parser.add_argument("--memory", type=float, default=0.75 * total_memory() / GIGABYTE, help="GB for one process")
    parser.add_argument("--work", type=Path, help="folder for the places (made anew; default: a temporary one)")
    parser.add_argument("--page", type=Path, default=PAGE, help="the page that takes the figures")
    options = parser.parse_args()
    session = Session(Limits(options.timeout, options.memory * GIGABYTE), options.runs, options.budget)
    print(machine(), flush=True)
    # As pip leaves what it installs: else, where Python may not write, every process compiles all of it anew.
    compileall.compile_dir(HERE.parent / "src", quiet=1)
    if options.work is not None:
        Path(options.work).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="costshift-bench-", dir=options.work) as name:
        work = Path(name)
        if "core" in options.parts:
            write_down(options.page, "core", core(session, work, options.core))
        if "stages" in options.parts:
            for size in options.sizes:
                write_down(options.page, size, stages(session, work, big_places.SIZES[size]))
        if "growth" in options.parts:
            write_down(options.page, "growth", growth(session, work, options.growth))
        if "same" in options.parts:
            write_down(options.page, "same", same(work))


def stages(session: Session, work: Path, size: big_places.Size) -> str:
    """Each stage on a place of one size."""
    print(f"{size.name}: {size.spells:,} spells, {size.care_events:,} care events, {size.contacts:,} contacts")
    folder = work / size.name
    if session.left > 0:
        big_places.make(size, folder)
    parquet, text = folder / "parquet", folder / "csv"
    results = [
        _stage(session, "check, CSV", "check", text),
        _stage(session, "run, CSV to pack", "run", text),
        _stage(session, "load, CSV", "load", text),
    ]
    shutil.rmtree(text, ignore_errors=True)
    loaded = _stage(session, "load, Parquet", "load", parquet)
    results.append(loaded)
    if loaded.ended:
        results.append(Measured("report, history to pack", loaded.runs))
    else:
        results.append(_stage(session, "report, history to pack", "report", parquet, fresh=False))
    shutil.rmtree(folder, ignore_errors=True)
    rows = [[*_row(result), _held_against(size.name, result)] for result in results]
    return f"{_rows_of(size)}\n\n{_table([*COLUMNS, 'must be'], rows)}\n\n{machine()}"


def _stage(session: Session, words: str, command: str, place: Path, *, fresh: bool = True) -> Measured:
    """One command of costshift; ``fresh``: with nothing loaded before."""
    shared = ["--project", str(place / "costshift.toml"), "--month", big_places.MONTH, "--quiet"]
    return session.take(
        words,
        [_PYTHON, "-m", "costshift", command, *shared],
        before=(lambda: _forget(place)) if fresh else (lambda: None),
    )


def core(session: Session, work: Path, sizes: Sequence[int]) -> str:
    """The core beside its peers, results equal first."""
    print("core")
    small = work / "core-small"
    big_places.make_core(big_places.numbered(100_000), small)
    _equal(small, {name: command for name, command in _core_commands(small).items() if "reading" not in name})
    texts = [
        "Equal first: at 100,000 spells, and again at each size below, all tables hold the same rows, days, pence and "
        "people."
    ]
    for spells in sizes:
        size = big_places.numbered(spells) if spells <= 1_900_000 else big_places.part_of_england(spells)
        folder = work / f"core-{spells}"
        big_places.make_core(size, folder)
        results = []
        for name, command in _core_commands(folder).items():
            results.append(session.take(name, command))
        _compare(folder)
        shutil.rmtree(folder, ignore_errors=True)
        own = results[0]
        rows = [
            [*_row(result), "" if own.ended or result.ended else f"{result.seconds / own.seconds:.2f}"]
            for result in results
        ]
        by = "NHS number" if size.identity == "number" else "pseudonym"
        texts.append(
            f"**{size.spells:,} spells, {size.care_events:,} care events, {size.people:,} people, linked by {by}**\n\n"
            + _table([*COLUMNS, "times costshift"], rows)
        )
    return "\n\n".join([*texts, machine()])


def _core_commands(folder: Path) -> dict[str, list[str]]:
    threads = str(os.environ.get("POLARS_MAX_THREADS") or os.cpu_count() or 2)
    own, sql, frames = HERE / "core.py", HERE / "peers" / "by_duckdb.py", HERE / "peers" / "by_pandas.py"
    return {
        "costshift": [_PYTHON, str(own), str(folder), str(folder / "costshift.parquet")],
        "DuckDB": [_PYTHON, str(sql), str(folder), str(folder / "duckdb.parquet"), "--threads", threads],
        "pandas": [_PYTHON, str(frames), str(folder), str(folder / "pandas.parquet")],
        "reading alone, Polars": [_PYTHON, str(HERE / "peers" / "reading.py"), str(folder)],
        "reading alone, DuckDB": [_PYTHON, str(sql), str(folder), "-", "--floor", "--threads", threads],
        "reading alone, pandas": [_PYTHON, str(frames), str(folder), "-", "--floor"],
    }


def _equal(folder: Path, commands: dict[str, list[str]]) -> None:
    """Run each once; stop where their tables differ."""
    session = Session(Limits(300, total_memory()), 1, 900)
    for name, command in commands.items():
        found = session.take(f"{name}, for equality", command)
        if found.ended:
            raise SystemExit(f"{name}: {found.ended}")
    _compare(folder)


def _compare(folder: Path) -> None:
    tables = {path.stem: _sorted(path) for path in sorted(folder.glob("*.parquet"))}
    own = tables.pop("costshift", None)
    if own is None:
        return
    for name, table in tables.items():
        theirs = table.select(pl.col(column).cast(dtype) for column, dtype in own.schema.items())
        if not theirs.equals(own):
            raise SystemExit(f"{name} and costshift do not agree on {folder.name}: nothing is timed.")


def _sorted(path: Path) -> pl.DataFrame:
    table = pl.read_parquet(path)
    return table.sort([column for column in table.columns if not table[column].dtype.is_numeric()])


def growth(session: Session, work: Path, sizes: Sequence[int]) -> str:
    """Core and load as the place grows, and what ten times the rows take."""
    print("growth")
    measures: dict[str, dict[int, Measured]] = {"core": {}, "load, Parquet": {}}
    for spells in sizes:
        size = big_places.part_of_england(spells)
        folder = work / f"growth-{spells}"
        if session.left > 0 and not _stopped(measures["core"]):
            big_places.make_core(size, folder)
            measures["core"][spells] = session.take(f"core, {spells:,}", _core_commands(folder)["costshift"])
            shutil.rmtree(folder, ignore_errors=True)
        if session.left > 0 and not _stopped(measures["load, Parquet"]):
            big_places.make(replace(size, faults=True), folder, ("parquet",))
            measures["load, Parquet"][spells] = _stage(session, f"load, {spells:,}", "load", folder / "parquet")
            shutil.rmtree(folder, ignore_errors=True)
    texts = []
    for name, own in measures.items():
        found = {spells: own.get(spells, Measured(name)) for spells in sizes}
        rows = [[f"{spells:,} spells", *result.cells()] for spells, result in found.items()]
        texts.append(f"**{name}**\n\n{_table(COLUMNS, rows)}\n\n{_growth_words(found)}")
    return "\n\n".join([*texts, machine()])


def _stopped(measures: dict[int, Measured]) -> bool:
    return any(result.ended for result in measures.values())


def _growth_words(found: dict[int, Measured]) -> str:
    """Ten times the rows, and the peak against that at 1 million."""
    done = {spells: result for spells, result in found.items() if not result.ended}
    words = []
    for spells, result in done.items():
        for factor in (10, 5, 2):
            if spells * factor in done:
                times = done[spells * factor].seconds / result.seconds
                words.append(f"{factor} times the rows of {spells:,} take {times:.1f} times the time")
                break
    if done:
        least, most = min(done), max(done)
        if most > least and done[least].peak:
            words.append(
                f"peak memory at {most:,} spells is {done[most].peak / done[least].peak:.1f} times that at {least:,}"
            )
    return ("; ".join(words) + ".").capitalize() if words else "Too few sizes ran to say how it grows."


def same(work: Path) -> str:
    """The tables of one place under each setting, compared byte by byte."""
    print("same")
    size = replace(
        big_places.MONTH_OF_AN_ICB, name="same", spells=5_000, care_events=10_000, contacts=2_000, people=9_000
    )
    hashes = hashes_of(size, work / "same")
    refuse_if_different(hashes)
    return (
        f"Every published table of a place of {size.spells:,} spells, made {len(hashes)} times: {'; '.join(hashes)}. "
        f"All are equal byte for byte ({len(next(iter(hashes.values())))} tables; `data_quality`, which tells what was "
        f"wrong with the files, is compared among the text files and among the Parquet files).\n\n{machine()}"
    )


def hashes_of(size: big_places.Size, folder: Path) -> dict[str, dict[str, str]]:
    """Setting to table to hash, of all that a run publishes: by setting, from Parquet, and from smaller files."""
    big_places.make(size, folder)
    hashes = {f"CSV, {name}": _hashes_of_run(folder / "csv", settings) for name, settings in SETTINGS.items()}
    hashes["Parquet"] = _hashes_of_run(folder / "parquet", {})
    _split(folder / "parquet" / "extracts" / big_places.MONTH, 997)
    hashes["Parquet, files of 997 rows"] = _hashes_of_run(folder / "parquet", {})
    return hashes


def refuse_if_different(hashes: dict[str, dict[str, str]]) -> None:
    """Stop, and name the tables, where settings give different bytes."""
    first, *others = hashes
    for name in others:
        # What was wrong with a file is another matter in text, where a date can be unreadable.
        against = "Parquet" if name.startswith("Parquet,") else first
        left_out = "data_quality" if name == "Parquet" else "-"
        tables = {table for table in hashes[name].keys() | hashes[against].keys() if left_out not in table}
        differ = sorted(table for table in tables if hashes[name].get(table) != hashes[against].get(table))
        if differ:
            raise SystemExit(f"{name} and {against} give different tables: {', '.join(differ)}.")


def _split(folder: Path, rows: int) -> None:
    """The same rows in smaller files, in the same order."""
    for path in sorted(folder.glob("*.parquet")):
        frame = pl.read_parquet(path)
        path.unlink()
        for number, part in enumerate(frame.iter_slices(rows)):
            part.write_parquet(path.with_name(f"{path.stem}_{number:04}.parquet"))


def _hashes_of_run(place: Path, settings: dict[str, str]) -> dict[str, str]:
    """Published table to the hash of its bytes."""
    _forget(place)
    session = Session(Limits(600, total_memory()), 1, 3600)
    command = [_PYTHON, "-m", "costshift", "run", "--quiet", "--month", big_places.MONTH, "--project"]
    found = session.take(
        f"{place.name} {' '.join(f'{name}={value}' for name, value in settings.items())}",
        [*command, str(place / "costshift.toml")],
        environment=settings,
    )
    if found.ended:
        raise SystemExit(found.ended)
    published = place / "reports" / big_places.MONTH
    tables = sorted(published.rglob("tables/*.csv"))
    if not tables:
        raise SystemExit("The run published no tables.")
    return {path.relative_to(published).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in tables}


def _forget(place: Path) -> None:
    """As if nothing had been loaded or published; the key stays, so that pseudonyms do."""
    for name in ("history", "reports", "restricted"):
        shutil.rmtree(place / name, ignore_errors=True)


def _rows_of(size: big_places.Size) -> str:
    return (
        f"{size.spells:,} spells, {size.care_events:,} care events and {size.contacts:,} contacts of {size.people:,} "
        f"people; {'pseudonyms' if size.identity == 'key' else 'NHS numbers, local ids, birth dates and postcodes'}."
    )


def _held_against(size: str, result: Measured) -> str:
    seconds, gigabytes = TARGETS.get((size, result.name), (None, None))
    if seconds is None:
        return ""
    wanted = f"under {seconds} s" + (f" and {gigabytes} GB" if gigabytes else "")
    if result.ended:
        return f"{wanted}: not shown"
    met = result.seconds < seconds and (gigabytes is None or result.peak < gigabytes * GIGABYTE)
    return f"{wanted}: {'met' if met else 'not met'}"


def _row(result: Measured) -> list[str]:
    return [result.name, *result.cells()]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] + ["---:"] * (len(heads) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def write_down(page: Path, part: str, text: str) -> None:
    """Put the text between the markers of its part; other parts stay as they are."""
    begin, end = f"<!-- measured: {part} -->", f"<!-- end: {part} -->"
    whole = page.read_text(encoding="utf-8")
    if begin not in whole or end not in whole:
        raise SystemExit(f"{page.name} has no markers {begin} and {end}.")
    before, rest = whole.split(begin, 1)
    page.write_text(f"{before}{begin}\n{text}\n{end}{rest.split(end, 1)[1]}", encoding="utf-8")


if __name__ == "__main__":
    main()
