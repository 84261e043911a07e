"""The links of the artificial place against its truth: how precise and how whole, pass by pass."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from places import costshift


def links_of(folder: Path) -> tuple[pl.DataFrame, int]:
    """Each link of a true person's NHS records with council records (pass, right), and the people on both sides."""
    index = pl.read_parquet(folder / "restricted" / "2025-03" / "tables" / "person_index.parquet")
    references = []
    for path in sorted((folder / "extracts" / "2025-03").glob("cld_*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            references += [
                (f"extracts/2025-03/{path.name}#{row}", cells["Event Reference"])
                for row, cells in enumerate(csv.DictReader(file), 2)
            ]
    events = pl.DataFrame(references, schema=["record_key", "reference"], orient="row")
    truth = pl.read_parquet(folder / "truth" / "records.parquet").rename({"record_key": "key"})
    own = (
        index.join(events, on="record_key", how="left")
        .with_columns(
            pl.coalesce("reference", pl.col("record_key").str.split("/").list.last()).str.strip_chars().alias("key")
        )
        .join(truth, on=["extract", "submitter", "key"])
    )
    assert own.height >= 0.99 * index.height
    council = own.filter(pl.col("extract") == "care_events").select("person_id", "true_person", "link_pass").unique()
    nhs = own.filter(pl.col("extract") != "care_events").select("person_id", "true_person").unique()
    links = nhs.join(council, on="person_id", suffix="_council").with_columns(
        (pl.col("true_person") == pl.col("true_person_council")).alias("right")
    )
    both = len(set(nhs["true_person"]) & set(council["true_person"]))
    return links, both


def test_links_are_right_and_whole_pass_by_pass(published: Path) -> None:
    links, both = links_of(published)
    by_pass = dict(links.group_by("link_pass").agg(pl.col("right").mean()).iter_rows())
    assert {"nhs_number", "demographics"} <= set(by_pass)
    assert all(right == 1 for right in by_pass.values()), by_pass
    assert links.filter("right")["true_person"].n_unique() >= 0.985 * both


@pytest.mark.slow
@pytest.mark.parametrize("seed", [11, 12])
def test_without_names_no_link_is_false(seed: int, tmp_path: Path) -> None:
    from costshift.sample import SampleSettings, write_sample

    folder = tmp_path / "place"
    write_sample(folder, SampleSettings(people=6000, seed=seed, names=False))
    assert costshift("run", "--project", folder / "costshift.toml", "--month", "2025-03", "--quiet").code == 0
    links, both = links_of(folder)
    assert links["right"].all()
    assert links["true_person"].n_unique() >= 0.93 * both


def test_a_person_is_explained_and_the_number_comes_by_standard_input_only(published: Path) -> None:
    index = pl.read_parquet(published / "restricted" / "2025-03" / "tables" / "person_index.parquet")
    person = index.filter(pl.col("link_pass") == "demographics")["person_id"].sort()[0]
    project = ["--project", published / "costshift.toml"]
    outcome = costshift("explain", *project, "--person", person)
    assert outcome.code == 0
    assert f"Person {person}" in outcome.out and "demographics: [" in outcome.out
    assert costshift("explain", *project).code == 2
    number = pl.read_parquet(published / "truth" / "people.parquet")["nhs_number"].drop_nulls()[0]
    refused = costshift("explain", *project, "--person", number)
    assert refused.code == 2 and "standard input" in refused.err and number not in refused.err
    outcome = subprocess.run(
        [sys.executable, "-m", "costshift", "explain", *map(str, project), "--person", "-", "--format", "json"],
        input="999\n",
        capture_output=True,
        text=True,
        check=False,
        env={"COSTSHIFT_KEY": "a key for tests, of no secrecy at all", **os.environ},
    )
    assert outcome.returncode == 2 and "no valid NHS number" in outcome.stderr


def test_the_probabilistic_pass_needs_its_extra(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    path = place / "costshift.toml"
    path.write_text(path.read_text(encoding="utf-8") + "\n[linkage]\nprobabilistic = true\n", encoding="utf-8")
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name == "splink" else found(name, *rest)
    )
    outcome = costshift("run", "--project", path, "--month", "2025-03")
    assert outcome.code == 2
    assert 'pip install "costshift[splink]"' in outcome.err
    assert not (place / "history" / "submissions").exists()
