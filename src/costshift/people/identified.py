"""The people of a run: every record of every person-level extract with its person and the pass that found it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
import polars.selectors as cs
from numpy.typing import NDArray

from costshift.extracts.kinds import KINDS
from costshift.history.side_by_side import side_by_side
from costshift.history.workspace import Keep, in_memory
from costshift.people.conflicts import conflicts_of, numbered_sets, traced_later
from costshift.people.demographics import WithoutNames
from costshift.people.identities import IDENTITY_COLUMNS, as_written, records_of
from costshift.people.linking import Further, link
from costshift.people.measured import Measured
from costshift.people.seeds import seeds_of

_AT = ["load_id", "source_file", "source_row"]
#: What a record says of its person, beside what identifies it.
_TRAITS = ("event_date", "birth_date", "sex", "ethnic_category", "gp_practice_code", "lsoa_code")
_PASSES = ("link_pass", "side_pass")


@dataclass(frozen=True)
class People:
    """Who is who.

    ``views``: kind name to the current rows that the people were found from. ``rows``: kind name to identity, person,
    link_pass and side_pass of each of these rows, in their order, as small numbers.
    ``side_pass``: the first pass that brought the record together with one of the other side (NHS, councils); null if
    none did. ``identities``: identity, person, the identity columns and ``permitted``; it never leaves the run.
    ``stages``: each pass that linked, with the groups of identities after it. ``conflicts``: conflict, set, identity.
    ``traced_later``: the people (person) whose records had no verified number before the first that has one.
    ``count``: how many identities. ``counts``: what the linkage had to decide. ``measured``: which of the weakest
    steps were open.
    """

    views: Mapping[str, pl.LazyFrame]
    rows: Mapping[str, pl.DataFrame]
    identities: pl.LazyFrame
    stages: list[tuple[str, NDArray[np.int64]]]
    conflicts: pl.DataFrame
    traced_later: pl.DataFrame
    count: int
    counts: dict[str, int]
    measured: Measured

    @property
    def records(self) -> pl.LazyFrame:
        """Every record: kind, submitter, record_key, load_id, source_file, source_row, traits, identity, person.

        And link_pass and side_pass. The traits: event_date, birth_date, sex, ethnic_category, gp_practice_code,
        lsoa_code.
        """
        return pl.concat(self.records_of_kind(kind) for kind in self.rows)

    def records_of_kind(self, kind: str) -> pl.LazyFrame:
        """The records of one kind."""
        said = records_of(kind, self.views[kind]).select("kind", "submitter", "record_key", *_AT, *_TRAITS)
        return _in_words(side_by_side(said, self.rows[kind]))

    def seeds(self) -> pl.DataFrame:
        """person, seed: what a pseudonym is made of; it never leaves the run. Not held: asked for once."""
        return seeds_of(self.identities, self.conflicts)

    def linked(self, kind: str) -> pl.LazyFrame:
        """The current rows of a kind with their ``person`` and ``link_pass``."""
        return _in_words(side_by_side(self.views[kind], self.rows[kind].select("person", "link_pass")))

    def attach(self, kind: str, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Some rows of a kind, in any order, with their ``person`` and ``link_pass``."""
        at = self.linked(kind).select(*_AT, "person", "link_pass")
        return rows.join(at, on=_AT, how="left")

    def before(self, name: str) -> People:
        """The same records without a pass and all after it; for comparison only, without pseudonyms."""
        earlier = [groups for own, groups in self.stages_until(name)]
        person = pl.Series("person", earlier[-1] if earlier else np.arange(self.count, dtype=np.int64))
        return replace(
            self,
            rows={
                kind: rows.with_columns(person.cast(pl.Int32).gather(rows["identity"]))
                for kind, rows in self.rows.items()
            },
            identities=side_by_side(self.identities.drop("person"), person.to_frame()),
        )

    def stages_until(self, name: str) -> list[tuple[str, NDArray[np.int64]]]:
        """The stages before the first of a pass."""
        names = [own for own, _ in self.stages]
        return self.stages[: names.index(name)] if name in names else self.stages


def identify(
    views: Mapping[str, pl.LazyFrame],
    permitted: frozenset[str] | None = None,
    without_names: WithoutNames = "measured",
    further: Further | None = None,
    keep: Keep = in_memory,
) -> People:
    """Find the people behind the current rows of the person-level kinds.

    Args:
        views: kind name to its current rows; they give their rows in the same order whenever they are read.
        permitted: NHS numbers of those whose data may be used for linking; None: of everyone.
        without_names: what birth date, sex and postcode may link where a side has no names.
        further: the probabilistic pass, where it is wanted.
        keep: where the identities lie, of which little is asked once the people are found.
    """
    own = {name: rows for name, rows in sorted(views.items()) if KINDS[name].has_person}
    identities, identity_of = _told_apart(own)
    identities = with_permission(identities, permitted)
    linked = link(identities, without_names, further)
    # Both are in the order of the identities.
    known = identities.with_columns(linked.identities.select("person", *_PASSES).get_columns())
    del identities
    told_apart = linked.coded.with_columns(known["person"], known["permitted"])
    conflicts = numbered_sets(conflicts_of(told_apart, linked.grouping, linked.refused))
    rows = _rows(known, identity_of)

    def dated(marked: pl.Series) -> pl.LazyFrame:
        return pl.concat(_dates_of(kind, view, rows[kind]["identity"], marked) for kind, view in own.items())

    later = traced_later(dated, known)
    return People(
        views=own,
        rows=rows,
        identities=keep(known.lazy().with_columns(pl.col(*_PASSES).cast(pl.String))),
        stages=linked.grouping.stages,
        conflicts=conflicts,
        traced_later=later,
        count=known.height,
        counts=_counts(known, conflicts, later),
        measured=linked.measured,
    )


def _told_apart(views: Mapping[str, pl.LazyFrame]) -> tuple[pl.DataFrame, dict[str, NDArray[np.int64]]]:
    """The different identities, numbered in ``identity``, and for each row of each kind which of them it has.

    First the rows of a kind that say the same as they are written, then those of all kinds that do when normalised:
    to normalise every row takes longest. Both are told by 128 bits of hash, because the texts of all records side by
    side take many times the memory. The order of the identities is that of the hash: any order will do that does not
    depend on the order of the rows.
    """
    written_of, said = {}, []
    for kind, rows in views.items():
        # Of rows without an identifier the key of each is looked at again when they are normalised.
        number, firsts = _numbered(rows, as_written(kind))
        is_first = np.zeros(len(number), dtype=np.bool_)
        is_first[firsts] = True
        told = side_by_side(rows, pl.DataFrame({"_first": is_first}))
        own = records_of(kind, told.filter("_first").drop("_first")).select(IDENTITY_COLUMNS)
        said.append(_light(own.collect(engine="streaming")))
        # The first rows lie in the order of the rows: where each number's lies among them.
        written_of[kind] = (np.cumsum(is_first) - 1)[firsts][number]
    heights = [own.height for own in said]
    every = _light(pl.concat(said))
    del said
    identity, firsts = _numbered(every.lazy(), [pl.col(name) for name in IDENTITY_COLUMNS])
    known = _light(every[firsts])
    del every
    identity_of, start = {}, 0
    for (kind, written), height in zip(written_of.items(), heights, strict=True):
        identity_of[kind] = identity[start : start + height][written]
        start += height
    return known.with_row_index("identity").cast({"identity": pl.Int64}), identity_of


def _light(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame, with columns that hold no value as constants, which take no room."""
    return frame.with_columns(
        pl.lit(None, dtype=column.dtype).alias(column.name)
        for column in frame.iter_columns()
        if column.null_count() == frame.height
    )


def _numbered(rows: pl.LazyFrame, told: list[pl.Expr]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Each row's number, 0 … n-1 in the order of the hashes, the same where it says the same; and each number's row.

    Of several rows that is the first.
    """
    both = [pl.struct(told).hash(seed=seed).alias(f"hash_{seed}") for seed in (0, 1)]
    hashes = rows.select(both).collect(engine="streaming")
    order = hashes["hash_0"].arg_sort().to_numpy()
    one, other = (hashes[name].to_numpy()[order] for name in hashes.columns)
    if ((one[1:] == one[:-1]) & (other[1:] != other[:-1])).any():
        order = hashes.select(pl.arg_sort_by(hashes.columns)).to_series().to_numpy()
        one, other = (hashes[name].to_numpy()[order] for name in hashes.columns)
    starts = np.flatnonzero(np.concatenate([[True], (one[1:] != one[:-1]) | (other[1:] != other[:-1])])[: len(order)])
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(order)))
    firsts = np.minimum.reduceat(order, starts) if len(starts) else order
    return number, firsts.astype(np.int64)


def _rows(known: pl.DataFrame, identity_of: Mapping[str, NDArray[np.int64]]) -> dict[str, pl.DataFrame]:
    """kind to identity, person, link_pass and side_pass of each of its rows, in few bytes: these lie in memory."""
    passes = {name: pl.Enum(known[name].unique().cast(pl.String).drop_nulls().sort()) for name in _PASSES}
    of_identity = known.select(
        pl.col("person").cast(pl.Int32), *(pl.col(name).cast(own) for name, own in passes.items())
    )
    return {
        kind: of_identity[identity].insert_column(0, pl.Series("identity", identity.astype(np.int32)))
        for kind, identity in identity_of.items()
    }


def _dates_of(kind: str, view: pl.LazyFrame, identity: pl.Series, marked: pl.Series) -> pl.LazyFrame:
    """identity and event_date of the rows of a kind whose identity is marked."""
    own = pl.DataFrame({"identity": identity, "_marked": marked.gather(identity)})
    dates = view.select(pl.col(KINDS[kind].covered_from).alias("event_date"))
    return side_by_side(dates, own).filter("_marked").select(pl.col("identity").cast(pl.Int64), "event_date")


def _in_words(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Rows with what :func:`_rows` says of them, as other stages know it."""
    return rows.with_columns(
        cs.by_name("identity", "person", require_all=False).cast(pl.Int64),
        cs.by_name(*_PASSES, require_all=False).cast(pl.String),
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
