"""Identities to people, by passes: the first pass that matches decides, and each link keeps its pass.

Definition: docs/methods/people.md. The same identities give the same people in any order: every step finds all its
links before it makes any, and what cannot be told links nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from costshift.people import demographics, name_passes
from costshift.people.candidates import FIELDS, carriers, edges, regrouped
from costshift.people.demographics import WithoutNames, guards_of
from costshift.people.grouping import Bools, Grouping, Guard, Ints, Refused, columns_of, star
from costshift.people.measured import Measured, measure
from costshift.people.names import compared_names

#: Organisations of the council side, as identities name them.
COUNCIL_SIDE = "council:"
#: Birth dates under one number, above which it is a dummy: names are not compared under it.
_MOST_BIRTH_DATES = 50
#: How a record has its person where no pass brought it together with another organisation's.
_OWN_PASSES = ("not_permitted", "person_key", "nhs_number", "local_id", "unlinked")
#: Texts that are numbered at once: more are parted by their hash first, as each takes its room several times over.
_CODED_TOGETHER = 1_000_000
#: Larger than any code and any NHS number.
_BESIDE = 10**11
#: Finds more links than the passes do, from the groups so far and the identities.
Further = Callable[[Grouping, pl.DataFrame], "Found"]


@dataclass(frozen=True)
class Linked:
    """Identities with their people.

    ``identities``: identity, person (0 … m-1, numbered by the least identity of each), link_pass, side_pass.
    ``coded``: identity, organisation, local_id, nhs_number, as whole numbers that are equal where what they stand for
    is.
    ``grouping``: how they came about. ``refused``: links that the last round of passes would have made, had nothing
    stood between. ``measured``: which of the weakest steps the place's own records open.
    """

    identities: pl.DataFrame
    coded: pl.DataFrame
    grouping: Grouping
    refused: list[Refused]
    measured: Measured


@dataclass(frozen=True)
class Found:
    """What pass 5 found: pairs of groups to join, and what it left alone."""

    linked: Ints
    refused: list[Refused]


def link(identities: pl.DataFrame, without_names: WithoutNames = "measured", further: Further | None = None) -> Linked:
    """Give each identity its person.

    Args:
        identities: one row an identity: ``identity`` (0 … n-1), the identity columns, normalised, and ``permitted``
            (false: its data may not be used for linking).
        without_names: what links birth date, sex and postcode may make where a side has no names.
        further: pass 5, where it is wanted.
    """
    identities = identities if identities["identity"].is_sorted() else identities.sort("identity")
    coded, spelling = _coded(identities)
    free = coded["permitted"].to_numpy()
    grouping = Grouping(
        organisation=coded["organisation"].to_numpy(),
        side=identities["organisation"].str.starts_with(COUNCIL_SIDE).to_numpy().astype(np.int8),
    )
    guards = _guards(coded)

    grouping.join("person_key", star(_grouped(grouping, coded, "person_key")))
    _by_number(grouping, coded, spelling, guards)
    _by_local_id(grouping, coded)
    open_ = coded
    if not free.all():
        # Who may not be linked says nothing to the passes between organisations.
        open_ = coded.with_columns(pl.when(pl.Series(free)).then(pl.col(name)).alias(name) for name in FIELDS)
    pairs = demographics.named_pairs(grouping, open_, spelling)
    measured = measure(grouping, open_, pairs[0], spelling)
    while True:
        joined, refused = _by_demographics(grouping, open_, pairs, guards, without_names)
        more, more_refused = _by_names(grouping, open_, spelling, guards, measured)
        if not joined + more:
            break
        pairs = demographics.named_pairs(grouping, open_, spelling)
    refused += more_refused
    if further is not None:
        found = further(grouping, identities)
        wanted, late = grouping.allowed(found.linked, guards_of(loosely=False, guards=guards))
        grouping.join("probabilistic", wanted)
        refused += [*late, *found.refused]
    return Linked(
        _with_passes(identities, grouping),
        coded.select("identity", "organisation", "local_id", "nhs_number"),
        grouping,
        refused,
        measured,
    )


def _with_passes(identities: pl.DataFrame, grouping: Grouping) -> pl.DataFrame:
    """identity, person, link_pass, side_pass. The passes as numbers of their names: as texts they would take most."""
    # People are numbered by the least identity of each, which names its group.
    names_group = grouping.groups == np.arange(len(grouping.groups))
    person = (np.cumsum(names_group) - 1)[grouping.groups]
    statuses = identities["nhs_number_status"].drop_nulls().unique().sort().to_list()
    others = {status: f"nhs_number_status_{status}" for status in statuses if status != "01"}
    told = pl.Enum(list(dict.fromkeys([*grouping.passes, *_OWN_PASSES, *others.values()])))
    found_by = pl.Series([*grouping.passes, None], dtype=told)

    def name(own: str) -> pl.Expr:
        return pl.lit(own, dtype=told)

    own = (
        pl.when(~pl.col("permitted"))
        .then(name("not_permitted"))
        .when(pl.col("person_key").is_not_null())
        .then(name("person_key"))
        .when(pl.col("nhs_number").is_not_null())
        .then(name("nhs_number"))
        .when(pl.col("local_id").is_not_null())
        .then(name("local_id"))
        .otherwise(name("unlinked"))
    )
    by = pl.coalesce(pl.when("permitted").then(found_by.gather(pl.Series(grouping.link_pass % len(found_by)))), own)
    link_pass = by
    for status, instead in others.items():
        by_number = (by == "nhs_number") & (pl.col("nhs_number_status") == status)
        link_pass = pl.when(by_number).then(name(instead)).otherwise(link_pass)
    return identities.select(
        "identity",
        pl.Series("person", person),
        link_pass.alias("link_pass"),
        found_by.gather(pl.Series(grouping.side_pass % len(found_by))).alias("side_pass"),
    )


def _coded(identities: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Identities as whole numbers, equal where what they stand for is equal; and code, name: how names are spelt.

    Who may not be linked keeps number and key within the organisation.
    """
    empty = [column.name for column in identities.iter_columns() if column.null_count() == identities.height]
    named = [name for name in ("surname", "forename") if name not in empty]
    # What nobody says is no column of its own, but one constant.
    code: dict[str, pl.Series | pl.Expr] = {name: pl.lit(None, dtype=pl.Int64) for name in empty}
    names = pl.concat([identities[name] for name in named]) if named else pl.Series("surname", [], dtype=pl.String)
    told = [name for name in ("local_id", "postcode", "person_key") if name not in empty]
    # Texts are numbered outside Python's lock, by one thread each.
    with ThreadPoolExecutor() as pool:
        codes, *others = pool.map(_codes, [names, *(identities[name] for name in told)])
    spelling = pl.DataFrame({"code": codes, "name": names}).drop_nulls().unique()
    count = identities.height
    code |= {name: codes[at * count : (at + 1) * count] for at, name in enumerate(named)}
    code |= dict(zip(told, others, strict=True))
    if "nhs_number" not in empty:
        code["nhs_number"] = identities["nhs_number"].cast(pl.Int64)
    organisations = pl.Enum(identities["organisation"].unique().sort())
    place = identities["organisation"].cast(organisations).to_physical().cast(pl.Int32) + 1
    at = pl.lit(place).cast(pl.Int64)
    # Inside an organisation only: its rank beside the code.
    inside = pl.when("permitted").then(0).otherwise(at) * _BESIDE
    keys = identities["person_key"]
    scheme: pl.Series | pl.Expr = code["person_key"]
    if "person_key" not in empty:
        scheme = _codes(keys.str.extract(r"^([^:]*)"))
    coded = identities.select(
        "identity",
        place.alias("organisation"),
        _beside(at * _BESIDE, code["local_id"]).alias("local_id"),
        _beside(inside, code["nhs_number"]).alias("nhs_number"),
        _beside(inside, code["person_key"]).alias("person_key"),
        _as(scheme).cast(pl.Int32).alias("scheme"),
        (pl.col("nhs_number_status") == "01").fill_null(False).alias("verified"),
        pl.col("birth_date").to_physical().cast(pl.Int32).alias("birth_date"),
        pl.col("sex").cast(pl.Int8).alias("sex"),
        *(_as(code[name]).alias(name) for name in ("postcode", "surname", "forename")),
        "permitted",
        "loose",
    )
    known = [pl.col(name).is_not_null() for name in ("nhs_number", "person_key")]
    return (
        coded.with_columns(
            pl.any_horizontal(*known).alias("has_number"),
            pl.col("local_id").is_not_null().alias("has_local"),
        ),
        spelling,
    )


def _as(own: pl.Series | pl.Expr) -> pl.Expr:
    return pl.lit(own) if isinstance(own, pl.Series) else own


def _beside(first: pl.Expr, own: pl.Series | pl.Expr) -> pl.Expr:
    """A number beside a code; one constant where there is no code."""
    return first + pl.lit(own) if isinstance(own, pl.Series) else own


def _codes(texts: pl.Series) -> pl.Series:
    """Whole numbers that are the same where the texts are; null stays null."""
    if len(texts) <= _CODED_TOGETHER:
        return pl.Series(texts.name, texts.to_arrow().dictionary_encode().indices).cast(pl.Int64)
    parts = -(-len(texts) // _CODED_TOGETHER)
    part_of = (texts.hash() % parts).cast(pl.Int32)
    codes, start = np.empty(len(texts), dtype=np.int64), 0
    for part in range(parts):
        own = (part_of == part).arg_true()
        coded = texts.gather(own).to_arrow().dictionary_encode()
        codes[own.to_numpy()] = pl.Series(coded.indices).cast(pl.Int64).fill_null(-1 - start).to_numpy() + start
        start += len(coded.dictionary)
    return pl.select(pl.when(pl.Series(codes) >= 0).then(pl.Series(codes))).to_series().alias(texts.name)


def _guards(coded: pl.DataFrame) -> dict[str, Guard]:
    """What one person has at most one of."""
    numbers = coded.filter("verified")["nhs_number"].drop_nulls().unique()
    whole = {
        "organisation": pl.col("organisation"),
        "local_at": pl.when("has_local").then("organisation"),
        "number_at": pl.when("has_number").then("organisation"),
        # Two numbers that were both traced are two people; two keys that one scheme gave are, too.
        "verified": pl.when(pl.col("nhs_number").is_in(numbers.implode())).then(pl.lit(0)),
        "key": pl.col("scheme"),
    }
    names = {
        "organisation": "several_people_alike",
        "local_at": "several_people_alike",
        "number_at": "several_people_alike",
        "verified": "verified_numbers_differ",
        "key": "person_keys_differ",
    }
    return {
        name: Guard(names[name], _few_bytes(coded.select(codes.cast(pl.Int32)).to_series()))
        for name, codes in whole.items()
    }


def _few_bytes(codes: pl.Series) -> NDArray[np.int32]:
    """The codes, -1 for none; where there is none at all as one constant, which takes no room."""
    if codes.null_count() == len(codes):
        return np.broadcast_to(np.array(-1, dtype=np.int32), len(codes))
    return codes.fill_null(-1).to_numpy()


def _grouped(grouping: Grouping, rows: pl.DataFrame, column: str, where: Bools | None = None) -> pl.DataFrame:
    """value, group: the groups that carry each value of a column."""
    table = pl.DataFrame({"value": rows[column], "group": grouping.groups})
    return (table if where is None else table.filter(pl.Series(where))).drop_nulls()


def _by_number(grouping: Grouping, coded: pl.DataFrame, spelling: pl.DataFrame, guards: dict[str, Guard]) -> None:
    """Pass 1: a valid number, birth dates agreeing in two of three parts or absent on one side; else a name close.

    Each group of agreeing birth dates under one number is a person of its own. Where two person keys of one scheme
    carry a number, it joins neither; records that have nothing but the number stay together.
    """
    if coded["nhs_number"].null_count() == coded.height:
        return
    groups = _number_groups(coded, spelling)
    steps = [("nhs_number", "agreeing"), ("nhs_number_name", "named")]
    # Where no number has birth dates that differ, names have nothing to decide.
    for name, column in steps[: 1 if groups["named"].equals(groups["agreeing"]) else 2]:
        found = star(_grouped(grouping, groups, column))
        wanted, _ = grouping.allowed(found, [guards["key"]])
        grouping.join(name, wanted)
        if len(wanted) < len(found):
            keyless = groups["person_key"].is_null().to_numpy()
            grouping.join(name, star(_grouped(grouping, groups, column, keyless)))


def _number_groups(coded: pl.DataFrame, spelling: pl.DataFrame) -> pl.DataFrame:
    """The identities, in their order, with ``agreeing`` and ``named``: one value for each group under a number."""
    several = (
        coded.drop_nulls("nhs_number")
        .group_by("nhs_number")
        .agg((pl.col("birth_date").min() != pl.col("birth_date").max()).alias("several"))
        .filter("several")
        .select("nhs_number")
    )
    if not several.height:
        return coded.select(pl.col("nhs_number").alias("agreeing"), pl.col("nhs_number").alias("named"), "person_key")
    own = coded.join(several, on="nhs_number", how="semi")
    told = _birth_date_groups(own, spelling)
    # Groups under numbers that need no telling apart are named by the number, the others by numbers below zero.
    return (
        coded.select("nhs_number", "birth_date", "person_key")
        .join(told, on=["nhs_number", "birth_date"], how="left", nulls_equal=True, maintain_order="left")
        .with_columns(pl.coalesce(name, "nhs_number").alias(name) for name in ("agreeing", "named"))
    )


def _birth_date_groups(own: pl.DataFrame, spelling: pl.DataFrame) -> pl.DataFrame:
    """nhs_number, birth_date, agreeing, named: birth dates under one number, grouped by agreement and then by name."""
    nodes = own.select("nhs_number", "birth_date").unique().sort("nhs_number", "birth_date", nulls_last=True)
    dated = nodes.drop_nulls().with_row_index("node").with_columns(pl.col("node").cast(pl.Int64))
    dated = dated.with_columns(pl.len().over("nhs_number").alias("dates"))
    pairs = dated.join(dated, on="nhs_number", suffix="_b").filter(pl.col("node") < pl.col("node_b"))
    parts = [
        (
            getattr(pl.col("birth_date").cast(pl.Date).dt, part)()
            == getattr(pl.col("birth_date_b").cast(pl.Date).dt, part)()
        ).cast(pl.Int8)
        for part in ("year", "month", "day")
    ]
    agreeing = pairs.filter(pl.sum_horizontal(parts) >= 2).select("node", "node_b")
    names = own.select("nhs_number", "birth_date", "surname", "forename").unique()
    disputed = (
        pairs.filter(pl.col("dates") <= _MOST_BIRTH_DATES)
        .join(agreeing, on=["node", "node_b"], how="anti")
        .join(names, on=["nhs_number", "birth_date"])
        .join(
            names.rename({name: f"{name}_b" for name in ("birth_date", "surname", "forename")}),
            on=["nhs_number", "birth_date_b"],
        )
    )
    named = compared_names(disputed, spelling).filter("name_close").select("node", "node_b").unique()
    counted = dated
    for label, joined in (("agreeing", agreeing), ("named", pl.concat([agreeing, named]))):
        alone = Grouping(np.zeros(dated.height, dtype=np.int32), np.zeros(dated.height, dtype=np.int8))
        alone.join(label, columns_of(joined))
        counted = counted.with_columns(pl.Series(label, -2 - alone.groups))
    # No birth date: the number's only group, else a person apart.
    apart = (
        nodes.filter(pl.col("birth_date").is_null())
        .with_row_index("node")
        .with_columns((-2 - dated.height - pl.col("node").cast(pl.Int64)).alias("node"))
    )
    only = counted.group_by("nhs_number").agg(
        pl.when(pl.col(name).n_unique() == 1).then(pl.col(name).min()).alias(name) for name in ("agreeing", "named")
    )
    undated = apart.join(only, on="nhs_number").with_columns(
        pl.coalesce(name, "node").alias(name) for name in ("agreeing", "named")
    )
    wanted = ["nhs_number", "birth_date", "agreeing", "named"]
    return pl.concat([counted.select(wanted), undated.select(wanted)])


def _by_local_id(grouping: Grouping, coded: pl.DataFrame) -> None:
    """Pass 2: the same local id under the same organisation code.

    Records without key and number join the one person who carries their local id. Where people of several numbers or
    keys carry it, they join none of them, and stay together.
    """
    if not coded["has_local"].any():
        return
    # What a group knows of itself elsewhere counts here, too.
    known = np.zeros(coded.height, dtype=np.bool_)
    known[grouping.groups[(coded["nhs_number"].is_not_null() | coded["person_key"].is_not_null()).to_numpy()]] = True
    rows = coded.select(
        "local_id",
        "nhs_number",
        "person_key",
        pl.Series("group", grouping.groups),
        pl.Series("known", known[grouping.groups]),
    ).drop_nulls("local_id")
    shared = (
        rows.group_by("local_id")
        .agg((pl.col("group").min() != pl.col("group").max()).alias("shared"))
        .filter("shared")
        .select("local_id")
    )
    rows = rows.join(shared, on="local_id", how="semi")
    people = (
        rows.filter("known")
        .group_by("local_id")
        .agg(
            (pl.col("group").min() == pl.col("group").max()).alias("one_group"),
            (
                pl.col("nhs_number").is_not_null().all() & (pl.col("nhs_number").min() == pl.col("nhs_number").max())
            ).alias("one_number"),
            pl.col("person_key").is_null().all().alias("no_key"),
        )
    )
    several = people.filter(~(pl.col("one_group") | (pl.col("one_number") & pl.col("no_key")))).select("local_id")
    settled = rows.join(several, on="local_id", how="anti")
    bare = rows.join(several, on="local_id", how="semi").filter(~pl.col("known"))
    carried = pl.concat([settled, bare]).select(pl.col("local_id").alias("value"), "group").unique()
    grouping.join("local_id", star(carried))


def _by_demographics(
    grouping: Grouping,
    coded: pl.DataFrame,
    pairs: tuple[pl.DataFrame, pl.DataFrame],
    guards: dict[str, Guard],
    rule: WithoutNames,
) -> tuple[int, list[Refused]]:
    """Pass 3; ``pairs``: :func:`costshift.people.demographics.named_pairs` of the groups as they are."""
    compared, nameless = pairs
    joined, refused = 0, []
    for same in (True, False):
        own = demographics.by_names(regrouped(compared, grouping), same=same)
        wanted, late = grouping.allowed(edges(own), guards_of(loosely=True, guards=guards))
        joined += grouping.join("demographics", wanted)
        refused += [] if same else late
    told = demographics.without_names(grouping, coded, nameless, rule)
    wanted, late = grouping.allowed(told.linked, guards_of(loosely=True, guards=guards))
    joined += grouping.join("demographics", wanted)
    refused += late
    for reason, untold in told.untold.items():
        numbered = untold.with_row_index("set").with_columns(pl.col("set").cast(pl.Int64))
        refused.append(
            Refused(
                reason,
                pl.concat([numbered.select("set", pl.col(name).alias("group")) for name in ("group", "group_b")]),
            )
        )
    return joined, refused


def _by_names(
    grouping: Grouping,
    coded: pl.DataFrame,
    spelling: pl.DataFrame,
    guards: dict[str, Guard],
    measured: Measured,
) -> tuple[int, list[Refused]]:
    """Pass 4, the surer alternatives first, and the same names before close ones."""
    joined = 0
    refused: list[Refused] = []
    if not spelling.height:
        return joined, refused
    rows = carriers(grouping, coded)

    def take(pairs: pl.DataFrame, *, loosely: bool) -> int:
        own = regrouped(pairs, grouping)
        wanted, late = grouping.allowed(edges(own), guards_of(loosely=loosely, guards=guards))
        refused.extend(late)
        return grouping.join("names", wanted)

    by_date = name_passes.by_birth_date(rows, spelling)
    joined += take(by_date.filter("both_same"), loosely=True)
    joined += take(by_date, loosely=True)
    by_postcode = name_passes.by_postcode(rows, spelling, measured)
    joined += take(by_postcode.filter("both_same"), loosely=False)
    joined += take(by_postcode, loosely=False)
    compared, _ = demographics.named_pairs(grouping, coded, spelling)
    joined += take(demographics.by_one_name(compared), loosely=False)
    joined += take(demographics.by_surname(compared, measured), loosely=False)
    joined += take(name_passes.by_parts_of_birth_date(carriers(grouping, coded), spelling, measured), loosely=False)
    return joined, refused
