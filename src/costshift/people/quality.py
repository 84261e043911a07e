"""How the records were linked: the figures that stand beside everything that rests on a link."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from costshift.people.identified import People
from costshift.standards import formatted

#: Age bands of the link rates, as upper bounds of all but the last.
AGE_BANDS = ((18, "0-17"), (65, "18-64"), (75, "65-74"), (85, "75-84"))


def linkage_quality(people: People, deprivation: Mapping[str, str] | None = None) -> pl.DataFrame:
    """Links by extract, submitter and pass; and whether a record's person is known to the other side.

    Args:
        people: the people of the run.
        deprivation: LSOA code to group, where the place has a lookup.

    Returns:
        Grain: extract, submitter, pass, characteristic, group. ``records`` and ``people`` count what is
        behind each. characteristic ``all``: by pass. ``found_in_care_events`` (of spells) and
        ``found_in_spells`` (of care events): group yes or no, over all passes, and again by age band, sex, ethnic
        group, and deprivation where there is a lookup (``found_in_care_events by age band``: group ``65-74: yes``).
        ``conflict``: group = its kind, the records and people in it.
    """
    records = people.records.with_columns(pl.col("ethnic_category").fill_null("not known").alias("ethnic_group"))
    if deprivation:
        area = pl.col("lsoa_code").replace_strict(dict(deprivation), default=None, return_dtype=pl.String)
        records = records.with_columns(area.fill_null("not known").alias("deprivation"))
    parts = [
        _counted(records, "link_pass", pl.lit("all"), pl.lit("all")),
    ]
    conflicts = people.conflicts.select("identity", "conflict").unique().join(records, on="identity")
    later = people.traced_later.join(records, on="person").with_columns(pl.lit("number_traced_later").alias("conflict"))
    parts += [_counted(met, pl.lit("all"), pl.lit("conflict"), pl.col("conflict")) for met in (conflicts, later)]
    sides = {"spells": "care_events", "care_events": "spells"}
    present = set(records["kind"].unique())
    for own, other in sides.items():
        if own not in present or other not in present:
            continue
        there = (
            records.filter(pl.col("kind") == other).select("person").unique().with_columns(pl.lit("yes").alias("found"))
        )
        mine = (
            records.filter(pl.col("kind") == own)
            .join(there, on="person", how="left")
            .with_columns(pl.col("found").fill_null("no"), _age_band())
        )
        name = f"found_in_{other}"
        sexes = pl.col("sex").replace_strict({"1": "male", "2": "female"}, default="not known", return_dtype=pl.String)
        parts += [
            _counted(mine, pl.lit("all"), pl.lit(name), pl.col("found")),
            _counted(mine, pl.lit("all"), pl.lit(f"{name} by age band"), formatted("{}: {}", "age_band", "found")),
            _counted(
                mine,
                pl.lit("all"),
                pl.lit(f"{name} by sex"),
                formatted("{}: {}", sexes.fill_null("not known"), "found"),
            ),
            *(
                _counted(
                    mine,
                    pl.lit("all"),
                    pl.lit(f"{name} by {column.replace('_', ' ')}"),
                    formatted("{}: {}", column, "found"),
                )
                for column in ("ethnic_group", "deprivation")
                if column in mine.columns
            ),
        ]
    grain = ["extract", "submitter", "pass", "characteristic", "group"]
    return pl.concat(parts).sort(grain)


def _counted(records: pl.DataFrame, by_pass: str | pl.Expr, characteristic: pl.Expr, group: pl.Expr) -> pl.DataFrame:
    return records.group_by(
        pl.col("kind").alias("extract"),
        "submitter",
        (pl.col(by_pass) if isinstance(by_pass, str) else by_pass).alias("pass"),
        characteristic.alias("characteristic"),
        group.alias("group"),
    ).agg(pl.len().cast(pl.Int64).alias("records"), pl.col("person").n_unique().cast(pl.Int64).alias("people"))


def _age_band() -> pl.Expr:
    event, born = pl.col("event_date").dt, pl.col("birth_date").dt
    before_birthday = event.month() * 100 + event.day() < born.month() * 100 + born.day()
    age = event.year() - born.year() - before_birthday.cast(pl.Int32)
    bands = [pl.when(age < below).then(pl.lit(name)) for below, name in AGE_BANDS]
    known = pl.coalesce(*bands, pl.lit("85+"))
    return pl.when(age.is_null()).then(pl.lit("not known")).otherwise(known).alias("age_band")
