"""The people of a run: every record of every person-level extract with its person and the pass that found it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from costshift.extracts.kinds import KINDS
from costshift.people.conflicts import conflicts_of, numbered_sets, traced_later
from costshift.people.demographics import WithoutNames
from costshift.people.identities import IDENTITY_COLUMNS, records_of
from costshift.people.linking import Further, link
from costshift.people.measured import Measured
from costshift.standards import formatted

_AT = ["load_id", "source_file", "source_row"]


@dataclass(frozen=True)
class People:
    """Who is who.

    ``records``: kind, submitter, record_key, load_id, source_file, source_row, event_date, birth_date, sex,
    ethnic_category, gp_practice_code, lsoa_code, identity, person, link_pass, side_pass; one row a record.
    ``side_pass``: the first pass that brought the record together with one of the other side (NHS, councils); null if
    none did. ``identities``: identity, person, the identity columns and ``permitted``; it never leaves the run.
    ``seeds``: person, seed: what a pseudonym is made of; likewise. ``stages``: each pass that linked, with the groups
    of identities after it. ``conflicts``: conflict, set, identity. ``traced_later``: the people (person) whose records
    had no verified number before the first that has one. ``counts``: what the linkage had to decide.
    ``measured``: which of the weakest steps were open.
    """

    records: pl.DataFrame
    identities: pl.DataFrame
    seeds: pl.DataFrame
    stages: list[tuple[str, np.ndarray[tuple[int], np.dtype[np.int64]]]]
    conflicts: pl.DataFrame
    traced_later: pl.DataFrame
    counts: dict[str, int]
    measured: Measured

    def attach(self, kind: str, rows: pl.LazyFrame) -> pl.LazyFrame:
        """The rows of a kind with their ``person`` and ``link_pass``."""
        own = self.records.filter(pl.col("kind") == kind).select(*_AT, "person", "link_pass")
        given = rows.collect()
        # The rows that the people were found from lie in the order of their records.
        if given.height == own.height and all(given[name].equals(own[name], null_equal=True) for name in _AT):
            return given.with_columns(own["person"], own["link_pass"]).lazy()
        return given.lazy().join(own.lazy(), on=_AT, how="left")

    def before(self, name: str) -> People:
        """The same records without a pass and all after it; for comparison only, without pseudonyms."""
        earlier = [groups for own, groups in self.stages_until(name)]
        groups = earlier[-1] if earlier else np.arange(self.identities.height, dtype=np.int64)
        person = pl.DataFrame({"identity": np.arange(len(groups), dtype=np.int64), "person": groups})
        return replace(self, records=self.records.drop("person").join(person, on="identity", how="left"))

    def stages_until(self, name: str) -> list[tuple[str, np.ndarray[tuple[int], np.dtype[np.int64]]]]:
        """The stages before the first of a pass."""
        names = [own for own, _ in self.stages]
        return self.stages[: names.index(name)] if name in names else self.stages


def identify(
    views: Mapping[str, pl.LazyFrame],
    permitted: frozenset[str] | None = None,
    without_names: WithoutNames = "measured",
    further: Further | None = None,
) -> People:
    """Find the people behind the current rows of the person-level kinds.

    Args:
        views: kind name to its current rows.
        permitted: NHS numbers of those whose data may be used for linking; None: of everyone.
        without_names: what birth date, sex and postcode may link where a side has no names.
        further: the probabilistic pass, where it is wanted.
    """
    parts = [records_of(name, rows) for name, rows in sorted(views.items()) if KINDS[name].has_person]
    records = pl.concat(parts).collect().with_row_index("_row")
    # One pass over the records finds both what each says and which say the same; a join would take twice the memory.
    given = [name for name in IDENTITY_COLUMNS if records[name].null_count() < max(records.height, 1)]
    absent = [pl.lit(None, dtype=records.schema[name]).alias(name) for name in IDENTITY_COLUMNS if name not in given]
    grouped = (
        records.group_by(given)
        .agg("_row")
        .sort(given, nulls_last=True)
        .with_row_index("identity")
        .select(pl.col("identity").cast(pl.Int64), *given, *absent, "_row")
    )
    of_row = grouped.select("identity", "_row").explode("_row").sort("_row")["identity"]
    identities = with_permission(grouped.drop("_row"), permitted)
    del grouped
    told = [name for name in IDENTITY_COLUMNS if name not in ("birth_date", "sex")]
    later_by = records.select("event_date")
    records = records.drop("_row", *told).with_columns(of_row)
    linked = link(identities, without_names, further)
    # Both are in the order of the identities.
    known = identities.with_columns(linked.identities.select("person", "link_pass", "side_pass").get_columns())
    del identities
    person_of = known.select("person", "link_pass", "side_pass")[of_row]
    told_apart = linked.coded.with_columns(known["person"], known["permitted"])
    conflicts = numbered_sets(conflicts_of(told_apart, linked.grouping, linked.refused))
    later = traced_later(later_by.with_columns(of_row, person_of["person"]), known)
    return People(
        records=records.select(
            "kind",
            "submitter",
            "record_key",
            *_AT,
            "event_date",
            "birth_date",
            "sex",
            "ethnic_category",
            "gp_practice_code",
            "lsoa_code",
            "identity",
        ).with_columns(person_of),
        identities=known,
        seeds=_seeds(known, conflicts),
        stages=linked.grouping.stages,
        conflicts=conflicts,
        traced_later=later,
        counts=_counts(known, conflicts, later),
        measured=linked.measured,
    )


def with_permission(identities: pl.DataFrame, permitted: frozenset[str] | None) -> pl.DataFrame:
    """The identities with ``permitted``: whether their data may be used for linking.

    A record without a number goes with its organisation's local id, where all numbers that carry it are permitted;
    else nothing says that it may be linked, and it is not.
    """
    if permitted is None:
        return identities.with_columns(pl.lit(True).alias("permitted"))
    own = pl.col("nhs_number").is_in(sorted(permitted))
    by_local_id = (
        identities.drop_nulls(["local_id", "nhs_number"])
        .group_by("organisation", "local_id")
        .agg(own.all().alias("all_permitted"))
    )
    return (
        identities.join(by_local_id, on=["organisation", "local_id"], how="left", maintain_order="left")
        .with_columns(pl.coalesce(own, "all_permitted", pl.lit(False)).alias("permitted"))
        .drop("all_permitted")
    )


def _counts(known: pl.DataFrame, conflicts: pl.DataFrame, later: pl.DataFrame) -> dict[str, int]:
    sets = {str(name): count for name, count in conflicts.group_by("conflict").agg(pl.col("set").max()).iter_rows()}
    return {
        "people": known["person"].n_unique(),
        "nhs_numbers_with_conflicting_birth_dates": sets.get("number_on_several_people", 0),
        "people_with_several_nhs_numbers": sets.get("person_with_several_numbers", 0),
        "people_not_permitted": known.filter(~pl.col("permitted"))["person"].n_unique(),
        "number_traced_later": later.height,
        "only_person_keys": int(
            known["person_key"].is_not_null().any() and not known["nhs_number"].is_not_null().any()
        ),
        **dict(sorted(sets.items())),
    }


def _seeds(known: pl.DataFrame, conflicts: pl.DataFrame) -> pl.DataFrame:
    """person, seed: the person's smallest valid number, else key, else local id, else demographic key.

    A number that several people carry names nobody, and is passed over. Who may not be linked has a seed of each
    organisation's own.
    """
    shared_number = conflicts.filter(pl.col("conflict") == "number_on_several_people")["identity"]
    number = pl.when(~pl.col("identity").is_in(shared_number.implode())).then(pl.col("nhs_number"))
    inside = pl.when(pl.col("permitted")).then(pl.lit("")).otherwise(formatted("only:{}:", "organisation"))
    seeds = (
        known.lazy()
        .select("person", "organisation", "permitted", number.alias("number"), "person_key")
        .group_by("person")
        .agg(pl.col("number", "person_key", "organisation").min(), pl.col("permitted").all())
        .with_columns(inside.alias("inside"))
        .with_columns(
            pl.coalesce(
                formatted("{}nhs:{}", "inside", "number"),
                formatted("{}key:{}", "inside", "person_key"),
            ).alias("seed")
        )
        .select("person", "inside", "seed")
        .collect(engine="streaming")
    )
    by_local_id = (
        known.join(seeds.filter(pl.col("seed").is_null()).select("person", "inside"), on="person")
        .group_by("person")
        .agg(formatted("{}local:{}:{}", "inside", "organisation", "local_id").min().alias("local"))
    )
    seeds = (
        seeds.select("person", "seed")
        .join(by_local_id, on="person", how="left")
        .select("person", pl.coalesce("seed", "local").alias("seed"))
    )
    # Two people must never share a pseudonym: a local id that two people carry does not name either.
    doubtful = seeds.filter(pl.col("seed").is_null() | pl.col("seed").is_duplicated()).select("person")
    whole = (
        known.join(doubtful, on="person", how="semi")
        .with_columns(
            formatted(
                "demographic:{}:{}",
                "organisation",
                _joined(("birth_date", "sex", "postcode", "surname", "forename", "record")),
            ).alias("demographic"),
            _joined(IDENTITY_COLUMNS).alias("whole"),
        )
        .group_by("person")
        .agg(pl.col("demographic", "whole").min())
    )
    told = seeds.join(whole, on="person", how="left").with_columns(pl.coalesce("seed", "demographic").alias("seed"))
    shared = pl.col("seed").is_duplicated()
    return told.select(
        "person", pl.when(shared).then(formatted("{}|{}", "seed", "whole")).otherwise("seed").alias("seed")
    ).sort("person")


def _joined(names: tuple[str, ...]) -> pl.Expr:
    return pl.concat_str(*(pl.col(name).cast(pl.String).fill_null("") for name in names), separator="|")
