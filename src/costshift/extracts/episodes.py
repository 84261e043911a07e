"""Episodes of Hospital Episode Statistics to hospital provider spells, before anything is cleaned.

Episodes with one provider and one spell number (provspnops, else provspno) are one spell. Of the first episode it
has how the person came in (admidate, admimeth, admisorc, classpat), of the last one all else: the discharge
(disdate, dismeth, disdest, disreadydate) stands in a spell's last episode only. A spell whose last episode has no
discharge date is open. Episodes are put in order by epiorder where every episode of the spell has one of its own (98
and 99 mean that there is none), else by epistart and epiend; where these do not decide, by their place in the file.
Source: NHS England, Hospital Episode Statistics field definitions; the orders 98 and 99 from memory, unverified.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from costshift.extracts.cleaning import text_of
from costshift.extracts.dates import date_of

#: What tells that a file holds episodes: the order or the start of an episode.
_TELLING = ("order", "start")
#: Of the first episode of a spell.
_OF_ADMISSION = ("admission_date", "admission_method", "admission_source", "patient_classification")
_HIGHEST_ORDER = 97
_AT = ("source_file", "source_row")
_SPELL = ("_provider", "_spell")


@dataclass(frozen=True)
class Spelled:
    """Rows of which episodes have become spells.

    ``rows``: the columns that came, one row a spell, with the source of its last episode. ``merged``: source_file,
    source_row, into_file, into_row of every other episode: it stands or falls with the row that it went into.
    ``put_aside``: source_file, source_row, rule (``duplicate``, ``key_conflict``) of episodes that make no spell.
    ``odd_length``: source_file, source_row of spells whose speldur is not the days from admission to discharge.
    """

    rows: pl.DataFrame
    merged: pl.DataFrame
    put_aside: pl.DataFrame
    odd_length: pl.DataFrame


def are_episodes(beside: dict[str, str]) -> bool:
    """Whether a file with these columns beside the canonical ones holds episodes."""
    return any(name in beside for name in _TELLING)


def with_spells(rows: pl.DataFrame) -> Spelled:
    """Spells in place of episodes.

    Args:
        rows: source_file, source_row, canonical columns of spells (text or dates), ``_episode_order``,
            ``_episode_start``, ``_episode_end`` and ``_episode_spell_days`` where the file has them, and
            ``_is_episode``: rows where it is not true are left as they are, and so are episodes without a provider
            or spell number.

    Returns:
        Every row that came is in ``rows``, ``merged`` or ``put_aside``, and in one of them only.
    """
    canonical = [name for name in rows.columns if not name.startswith("_")]
    contents = [name for name in rows.columns if name not in _AT]
    known = (
        rows.sort(_AT)
        .with_columns(
            _cell(rows, "provider_code").str.to_uppercase().alias("_provider"),
            _cell(rows, "spell_id").alias("_spell"),
            _number(rows, "_episode_order").alias("_order"),
            _number(rows, "_episode_spell_days").alias("_days"),
            _day(rows, "_episode_start").alias("_from"),
            _day(rows, "_episode_end").alias("_to"),
            _day(rows, "admission_date").alias("_admitted"),
            _day(rows, "discharge_date").alias("_discharged"),
            _day(rows, "birth_date").alias("_born"),
        )
        .with_columns(
            (pl.col("_is_episode").fill_null(False) & pl.all_horizontal(pl.col(_SPELL).is_not_null())).alias("_joins")
        )
    )
    alone = known.filter(~pl.col("_joins"))
    episodes = known.filter("_joins").with_columns(
        pl.int_range(pl.len()).over(contents).alias("_nth"),
        # One number for two people, or for two stays: nobody can say which episode belongs to which.
        ((pl.col("_admitted").drop_nulls().n_unique() > 1) | (pl.col("_born").drop_nulls().n_unique() > 1))
        .over(_SPELL)
        .alias("_conflict"),
    )
    conflict = episodes.filter("_conflict")
    repeated = episodes.filter(~pl.col("_conflict") & (pl.col("_nth") > 0))
    ordered = _in_order(episodes.filter(~pl.col("_conflict") & (pl.col("_nth") == 0)))
    came = [name for name in _OF_ADMISSION if name in rows.columns]
    of_first = [pl.col(name).first().over(_SPELL) for name in came if name != "admission_date"]
    admitted = pl.col("admission_date").sort_by(pl.col("_admitted").is_null(), maintain_order=True).first().over(_SPELL)
    ordered = ordered.with_columns(
        *of_first,
        *([admitted] if "admission_date" in came else []),
        pl.col("_admitted").drop_nulls().first().over(_SPELL),
        pl.col("source_file").last().over(_SPELL).alias("into_file"),
        pl.col("source_row").last().over(_SPELL).alias("into_row"),
    )
    last = (pl.col("source_file") == pl.col("into_file")) & (pl.col("source_row") == pl.col("into_row"))
    spells = ordered.filter(last)
    length = (pl.col("_discharged") - pl.col("_admitted")).dt.total_days()
    return Spelled(
        rows=pl.concat([alone.select(canonical), spells.select(canonical)]).sort(_AT),
        merged=ordered.filter(~last).select(*_AT, "into_file", "into_row"),
        put_aside=pl.concat(
            [
                conflict.select(*_AT, pl.lit("key_conflict").alias("rule")),
                repeated.select(*_AT, pl.lit("duplicate").alias("rule")),
            ]
        ),
        odd_length=spells.filter(pl.col("_days") != length).select(_AT),
    )


def _in_order(episodes: pl.DataFrame) -> pl.DataFrame:
    numbered = (pl.col("_order").null_count() == 0) & (pl.col("_order").n_unique() == pl.len())
    return episodes.with_columns(pl.when(numbered.over(_SPELL)).then("_order").alias("_order")).sort(
        *_SPELL, "_order", "_from", "_to", *_AT, nulls_last=False
    )


def _cell(rows: pl.DataFrame, name: str) -> pl.Expr:
    return text_of(name, rows.schema[name]) if name in rows.columns else pl.lit(None, dtype=pl.String)


def _day(rows: pl.DataFrame, name: str) -> pl.Expr:
    return date_of(name, _cell(rows, name))


def _number(rows: pl.DataFrame, name: str) -> pl.Expr:
    number = _cell(rows, name).cast(pl.Int64, strict=False)
    return pl.when(number.is_between(0, _HIGHEST_ORDER)).then(number) if name == "_episode_order" else number
