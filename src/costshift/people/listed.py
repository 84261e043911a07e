"""Restricted lists about people: conflicts of the linkage, and ids that changed since an earlier pack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from costshift.extracts.kinds import KINDS
from costshift.history.in_order import TOGETHER, in_order
from costshift.history.workspace import Keep, in_memory
from costshift.people.identified import People
from costshift.standards import formatted

#: Rows that a group of a Parquet file holds at most: a longer table is parted there when it is written.
GROUP_OF_ROWS = 2**20


def conflict_list(people: People, ids: pl.DataFrame) -> pl.DataFrame:
    """The records behind each conflict.

    Args:
        people: the people of the run.
        ids: person, person_id.

    Returns:
        Grain: conflict, set, extract, submitter, record_key. And person_id. ``set`` numbers from 1 what belongs
        together within a conflict.
    """
    records = people.records.select("identity", pl.col("kind").alias("extract"), "submitter", "record_key", "person")
    later = (
        records.join(people.traced_later.lazy(), on="person")
        .with_columns(
            pl.lit("number_traced_later").alias("conflict"),
            pl.col("person").rank("dense").cast(pl.Int64).alias("set"),
        )
        .drop("identity")
    )
    names = ["conflict", "set", "extract", "submitter", "record_key"]
    listed = people.conflicts.lazy().join(records, on="identity").select(*names, "person")
    return (
        pl.concat([listed, later.select(*names, "person")])
        .join(ids.lazy(), on="person")
        .select(*names, "person_id")
        .sort(*names, "person_id")
        .unique(names, keep="first", maintain_order=True)
        .collect()
    )


def person_index(people: People, ids: pl.DataFrame, keep: Keep = in_memory) -> Iterator[pl.DataFrame]:
    """Which record has which person, in parts: extract by extract, and submitter by submitter, each by name.

    Grain: extract, submitter, record_key. And person_id, link_pass. At least one part, which may be empty. A
    submitter's rows come in parts of as many as a group of rows of a Parquet file holds, so that the file is as if they
    had come at once.

    Args:
        people: the people of the run.
        ids: person, person_id.
        keep: where rows lie while they are put in order, of a submitter that has many.
    """
    of_person = ids.sort("person")["person_id"]
    nobody = True
    for kind in sorted(people.rows):
        own = people.records_of_kind(kind).select("submitter", "record_key", "person", "link_pass")
        counts = own.group_by("submitter").agg(pl.len()).collect(engine="streaming").sort("submitter")
        for submitters in _read_together(dict(counts.iter_rows())):
            for submitter, part in _by_submitter(own, submitters, keep):
                # Whole numbers become ids here: as texts they would be held twice.
                yield part.select(
                    pl.lit(kind).alias("extract"),
                    pl.lit(submitter).alias("submitter"),
                    "record_key",
                    of_person.gather(part["person"]).alias("person_id"),
                    "link_pass",
                )
                nobody = False
    if nobody:
        yield pl.DataFrame(
            schema=dict.fromkeys(("extract", "submitter", "record_key", "person_id", "link_pass"), pl.String)
        )


def _read_together(counts: Mapping[str, int]) -> Iterator[dict[str, int]]:
    """Submitters, in their order, in lists that have no more rows than are put in order at once; or one alone."""
    together: dict[str, int] = {}
    for submitter, count in counts.items():
        if together and sum(together.values()) + count > TOGETHER:
            yield together
            together = {}
        together[submitter] = count
    if together:
        yield together


def _by_submitter(rows: pl.LazyFrame, counts: Mapping[str, int], keep: Keep) -> Iterator[tuple[str, pl.DataFrame]]:
    """The rows of some submitters, each with its name, in the order of submitter and record_key."""
    own = rows.filter(pl.col("submitter").is_in(list(counts)))
    if len(counts) > 1:
        own = own.collect(engine="streaming").lazy()
    for submitter, count in counts.items():
        one = own.filter(pl.col("submitter") == submitter).drop("submitter")
        for part in in_order(one, "record_key", count, keep, GROUP_OF_ROWS):
            yield submitter, part


def changed_ids(before: People, before_ids: pl.DataFrame, now: People, ids: pl.DataFrame) -> pl.DataFrame:
    """People whose id is another than in an earlier pack, known again by record, local id, key or number.

    Returns:
        Grain: person_id_before, person_id_now. ``change``: joined (several became one), parted (one became several),
        both, or renamed (another identifier now stands for the person, such as a number that was traced);
        ``records``: by how many records and identifiers the person was known again.
    """
    old, new = _handles(before, before_ids), _handles(now, ids)
    pairs = (
        old.join(new, on="handle", suffix="_now")
        .group_by("person_id", "person_id_now")
        .agg(pl.len().cast(pl.Int64).alias("records"))
        .with_columns(
            (pl.col("person_id_now").n_unique().over("person_id") > 1).alias("parted"),
            (pl.col("person_id").n_unique().over("person_id_now") > 1).alias("joined"),
        )
    )
    return (
        pairs.filter(pl.col("person_id") != pl.col("person_id_now"))
        .select(
            pl.col("person_id").alias("person_id_before"),
            "person_id_now",
            pl.when(pl.col("parted") & pl.col("joined"))
            .then(pl.lit("joined and parted"))
            .when("parted")
            .then(pl.lit("parted"))
            .when("joined")
            .then(pl.lit("joined"))
            .otherwise(pl.lit("renamed"))
            .alias("change"),
            "records",
        )
        .sort("person_id_before", "person_id_now")
        .collect()
    )


def no_changes() -> pl.DataFrame:
    """The table of changed ids where nothing was loaded since the earlier pack."""
    return pl.DataFrame(
        schema={"person_id_before": pl.String, "person_id_now": pl.String, "change": pl.String, "records": pl.Int64}
    )


def _handles(people: People, ids: pl.DataFrame) -> pl.LazyFrame:
    """handle, person_id: what a person can be known again by. It never leaves the run."""
    keyed = [name for name, kind in KINDS.items() if kind.key]
    permitted = people.identities.filter("permitted")
    parts = [
        people.records.filter(pl.col("kind").is_in(keyed)).select(
            "person", formatted("record {} {}", "kind", "record_key").alias("handle")
        ),
        people.identities.select("person", formatted("local {} {}", "organisation", "local_id").alias("handle")),
        permitted.select("person", formatted("number {}", "nhs_number").alias("handle")),
        permitted.select("person", formatted("key {}", "person_key").alias("handle")),
    ]
    return pl.concat(parts).drop_nulls().unique().join(ids.lazy(), on="person").select("handle", "person_id")
