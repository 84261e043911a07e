"""What rests on each pass: people and delayed days, how often it may be wrong, and figures without the weaker ones.

Definition: docs/methods/people.md, what rests on each pass.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from costshift.people.identified import People

#: Passes without which figures are shown as well, the weakest last.
WEAKER = ("demographics", "names", "probabilistic")
#: No pass uses these fields, or not all do; those that a pass uses say nothing of it.
_FIELDS = ("sex", "ethnic_category", "gp_practice_code")
_USED = {"demographics": ("sex",), "names": ("sex",), "probabilistic": ("sex",)}
#: The surest pass, whose disagreements are taken for differences of recording.
_SUREST = ("person_key", "nhs_number")
#: Pairs compared, below which nothing is estimated.
LEAST_COMPARED = 30
_NHS = ("spells", "attendances", "contacts", "referrals", "chc")
NOBODY = "not_linked"


def linkage_passes(people: People, delayed: pl.DataFrame) -> pl.DataFrame:
    """What rests on each pass.

    Args:
        people: the people of the run.
        delayed: one row a delayed spell: load_id, source_file, source_row, delay_days (1 or more).

    Returns:
        Grain: pass (by which the two sides' records of a person first came together; not_linked: none did). Columns:
        people; delayed_people and delayed_days, and share_of_delayed_days; unused_field, compared, differing,
        false_matches and false_match_share: what part of the pass's people are likely to be two. Null where no
        field is left to judge by.
    """
    at = ["load_id", "source_file", "source_row"]
    by = pl.col("side_pass").fill_null(NOBODY).alias("pass")
    everyone = (
        people.records.group_by(by)
        .agg(pl.col("person").n_unique().cast(pl.Int64).alias("people"))
        .collect(engine="streaming")
    )
    days = (
        people.records.filter(pl.col("kind") == "spells")
        .select(*at, "person", "side_pass")
        .join(delayed.lazy().select(*at, "delay_days"), on=at)
        .group_by(by)
        .agg(
            pl.col("person").n_unique().cast(pl.Int64).alias("delayed_people"),
            pl.col("delay_days").sum().cast(pl.Int64).alias("delayed_days"),
        )
        .collect(engine="streaming")
    )
    table = everyone.join(days, on="pass", how="left").with_columns(
        pl.col("delayed_people").fill_null(0), pl.col("delayed_days").fill_null(0)
    )
    total = pl.col("delayed_days").sum()
    return (
        table.with_columns(
            pl.when(total > 0).then(pl.col("delayed_days") / total).alias("share_of_delayed_days"),
            total.alias("_all_days"),
            pl.col("delayed_people").sum().alias("_all_people"),
        )
        .join(_false_matches(people), on="pass", how="left")
        .sort("pass")
    )


def _false_matches(people: People) -> pl.DataFrame:
    """pass, unused_field, compared, differing, false_matches, false_match_share, for passes that can be judged."""
    sides = _sides(people)
    found = [
        _judged(sides.select("person", "council", pl.col(field).alias("value")), _bridged(people, field), field)
        for field in _FIELDS
    ]
    table = pl.concat(found)
    order = {field: place for place, field in enumerate(_FIELDS)}
    return (
        table.with_columns(pl.col("unused_field").replace_strict(order, return_dtype=pl.Int64).alias("order"))
        # The field that compares the most pairs says the most; of equals, the first in the list.
        .sort("pass", "compared", "order", descending=[False, True, False])
        .unique("pass", keep="first", maintain_order=True)
        .drop("order")
    )


def _sides(people: People) -> pl.DataFrame:
    """person, council, and each field's value on that side as a code: null where it says none, or several.

    Only those whose side says one thing: a person with several values differs from whatever one likes.
    """
    codes = {field: pl.col(field).cast(pl.Categorical).to_physical() for field in _FIELDS}
    records = people.records.select("person", pl.col("kind").is_in(_NHS).not_().alias("council"), **codes)
    clear = [pl.when(pl.col(field).min() == pl.col(field).max()).then(pl.col(field).min()) for field in _FIELDS]
    return records.group_by("person", "council").agg(clear).collect(engine="streaming")


def _bridged(people: People, field: str) -> pl.DataFrame:
    """person, pass: by which a council's record that has the field first came together with the other side."""
    councils = [people.records_of_kind(kind) for kind in people.rows if kind not in _NHS]
    none = pl.LazyFrame(schema={"person": pl.Int64, "pass": pl.String})
    told = (
        records.drop_nulls([field, "side_pass"]).select("person", pl.col("side_pass").alias("pass"))
        for records in councils
    )
    return pl.concat([none, *told]).unique().collect(engine="streaming")


def _judged(sides: pl.DataFrame, bridged: pl.DataFrame, field: str) -> pl.DataFrame:
    """The passes that do not use a field, by its disagreement between the two sides.

    d = p f + (1 - p) r, where d is the share of the pass's people whose two sides differ, p the part of them that are
    two people, f the share of two people at random who differ, and r the share of one person's who differ, taken from
    the surest pass. For that pass itself r is 0, so that p is the most that it can be.

    Args:
        sides: person, council, value: what a side says of a person.
        bridged: person, pass.
        field: its name.
    """
    own = sides.drop_nulls("value")
    pairs = (
        bridged.join(own.filter("council"), on="person")
        .join(own.filter(~pl.col("council")), on="person", suffix="_nhs")
        .group_by("pass")
        .agg(
            pl.len().cast(pl.Int64).alias("compared"),
            (pl.col("value") != pl.col("value_nhs")).sum().cast(pl.Int64).alias("differing"),
        )
    )
    at_random = _differ_at_random(own)
    surest = pairs.filter(pl.col("pass").is_in(_SUREST))
    sure = int(surest["compared"].sum())
    right = int(surest["differing"].sum()) / sure if sure >= LEAST_COMPARED else None
    rows = []
    for name, compared, differing in pairs.sort("pass").iter_rows():
        own_right = 0.0 if name in _SUREST else right
        if field in _USED.get(name, ()) or compared < LEAST_COMPARED or own_right is None or at_random <= own_right:
            continue
        share = min(max((differing / compared - own_right) / (at_random - own_right), 0.0), 1.0)
        rows.append((name, field, compared, differing, round(share * compared), share))
    return pl.DataFrame(
        rows,
        schema={
            "pass": pl.String,
            "unused_field": pl.String,
            "compared": pl.Int64,
            "differing": pl.Int64,
            "false_matches": pl.Int64,
            "false_match_share": pl.Float64,
        },
        orient="row",
    )


def _differ_at_random(own: pl.DataFrame) -> float:
    """The share of pairs, one of each side, that would differ if they were drawn at random."""
    shares = {
        side: table.group_by("value").len().with_columns(pl.col("len") / pl.col("len").sum())
        for (side,), table in own.group_by("council")
    }
    if len(shares) < 2:
        return 0.0
    same = shares[True].join(shares[False], on="value").select((pl.col("len") * pl.col("len_right")).sum()).item()
    return 1.0 - float(same)


def linkage_sensitivity(evidenced: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """The delayed days by evidenced side, with all passes and without each weaker one.

    Args:
        evidenced: for each ``without`` (``nothing``, or a pass: without it and all after it): the periods of all
            delays with person, from_date, until, side and strength.

    Returns:
        Grain: without, side, strength (none where there is no side). ``people`` and ``delayed_days``.
    """
    days = (pl.col("until") - pl.col("from_date")).dt.total_days()
    return pl.concat(
        periods.group_by(
            pl.lit(name).alias("without"), "side", pl.col("strength").fill_null("none").alias("strength")
        ).agg(
            pl.col("person").n_unique().cast(pl.Int64).alias("people"),
            days.sum().cast(pl.Int64).alias("delayed_days"),
        )
        for name, periods in evidenced.items()
    ).sort("without", "side", "strength")
