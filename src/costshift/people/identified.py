"""The people of a run: every record of every person-level extract with its person and the pass that found it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from costshift.extracts.kinds import KINDS
from costshift.people.identities import IDENTITY_COLUMNS, records_of
from costshift.people.linking import link

_AT = ["load_id", "source_file", "source_row"]


@dataclass(frozen=True)
class People:
    """Who is who.

    ``records``: kind, submitter, record_key, load_id, source_file, source_row, event_date, birth_date, sex,
    person, link_pass; one row a record. ``seeds``: person, seed: what a pseudonym is made of; it never
    leaves the run. ``counts``: what the linkage had to decide, for the pack.
    """

    records: pl.DataFrame
    seeds: pl.DataFrame
    counts: dict[str, int]

    def attach(self, kind: str, rows: pl.LazyFrame) -> pl.LazyFrame:
        """The rows of a kind with their ``person`` and ``link_pass``."""
        own = self.records.lazy().filter(pl.col("kind") == kind).select(*_AT, "person", "link_pass")
        return rows.join(own, on=_AT, how="left")


def identify(views: Mapping[str, pl.LazyFrame]) -> People:
    """Find the people behind the current rows of the person-level kinds.

    Args:
        views: kind name to its current rows.
    """
    parts = [records_of(name, rows) for name, rows in sorted(views.items()) if KINDS[name].has_person]
    records = pl.concat(parts).collect()
    identities = (
        records.select(IDENTITY_COLUMNS).unique().sort(IDENTITY_COLUMNS, nulls_last=True).with_row_index("identity")
    )
    identities = identities.with_columns(pl.col("identity").cast(pl.Int64))
    linked = link(identities)
    known = identities.join(linked, on="identity", maintain_order="left")
    people = records.join(known, on=list(IDENTITY_COLUMNS), nulls_equal=True, how="left")
    conflicts = known.filter("number_in_conflict")
    counts = {
        "people": known["person"].n_unique(),
        "nhs_numbers_with_conflicting_birth_dates": conflicts["nhs_number"].n_unique(),
        "people_with_several_nhs_numbers": known.filter(pl.col("nhs_number").is_not_null())
        .group_by("person")
        .agg(pl.col("nhs_number").n_unique().alias("numbers"))
        .filter(pl.col("numbers") > 1)
        .height,
        "people_joined_by_demographics": known.filter("joined_by_demographics")["person"].n_unique(),
    }
    return People(
        records=people.select(
            "kind", "submitter", "record_key", *_AT, "event_date", "birth_date", "sex", "person", "link_pass"
        ).sort("kind", "submitter", "record_key", *_AT),
        seeds=_seeds(known),
        counts=counts,
    )


def _seeds(known: pl.DataFrame) -> pl.DataFrame:
    """person, seed: the person's smallest valid number, else key, else local id, else demographic key.

    A number under which birth dates conflict names nobody, and is passed over.
    """
    number = pl.when(~pl.col("number_in_conflict")).then(pl.col("nhs_number"))
    demographic = pl.concat_str(
        *(
            pl.col(name).cast(pl.String).fill_null("")
            for name in ("birth_date", "sex", "postcode", "surname", "forename")
        ),
        pl.col("record").fill_null(""),
        separator="|",
    )
    seeds = (
        known.select(
            "person",
            pl.format("nhs:{}", number).alias("number"),
            pl.format("key:{}", "person_key").alias("key"),
            pl.format("local:{}:{}", "organisation", "local_id").alias("local"),
            pl.format("demographic:{}:{}", "organisation", demographic).alias("demographic"),
            pl.concat_str(
                *(pl.col(name).cast(pl.String).fill_null("") for name in IDENTITY_COLUMNS), separator="|"
            ).alias("whole"),
        )
        .group_by("person")
        .agg(pl.col("number", "key", "local", "demographic", "whole").min())
        .with_columns(pl.coalesce("number", "key", "local", "demographic").alias("seed"))
    )
    # Two people must never share a pseudonym: a local id that two people carry does not name either.
    shared = pl.len().over("seed") > 1
    return seeds.select(
        "person", pl.when(shared).then(pl.format("{}|{}", "seed", "whole")).otherwise("seed").alias("seed")
    ).sort("person")
