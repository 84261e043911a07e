"""Values that no list knows: each with its count, the nearest one that is known, and the line that would map it.

Personal data may stand in a column of free text: the list lies in the restricted folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import polars as pl
from rapidfuzz import fuzz, process

from costshift import standards
from costshift.extracts.raw import RawTable, detached
from costshift.extracts.read_extract import UNKNOWN_SCHEMA

#: Most different values of a column that are listed, the most frequent first.
_MOST = 500
#: Below so much likeness, of 100, no value is named as the nearest.
_LIKE = 60


def unknown_values(
    tables: Mapping[str, tuple[RawTable, Mapping[str, str]]], broken: pl.DataFrame, labels: Mapping[str, str]
) -> pl.DataFrame:
    """The values behind the rule unknown_value.

    Grain: column (the sender's header), value as it came. ``rows``; ``nearest_known``: the published text or code that
    is most like it, empty where none is; ``similarity`` of 100; ``setting``: the line of the project file that would
    read the value so. The most frequent first.

    Args:
        tables: source_file = the raw table and its canonical columns = headers.
        broken: source_file, source_row, and a flag a label.
        labels: the flag's name = canonical column.
    """
    found = [pl.DataFrame(schema={"canonical": pl.String, "column": pl.String, "value": pl.String})]
    for name, (raw, columns) in tables.items():
        own = {label: canonical for label, canonical in labels.items() if canonical in columns}
        rows = broken.filter((pl.col("source_file") == name) & pl.any_horizontal(pl.lit(False), *own))
        if not rows.height:
            continue
        cells = raw.rows.filter(pl.col("source_row").is_in(rows["source_row"].implode())).select(
            "source_row",
            *(
                pl.col(raw.column_of(columns[canonical])).cast(pl.String).str.strip_chars().alias(f"_{canonical}")
                for canonical in own.values()
            ),
        )
        flagged = rows.join(detached(cells.collect()), on="source_row")
        found += [
            flagged.filter(label).select(
                pl.lit(canonical).alias("canonical"),
                pl.lit(columns[canonical]).alias("column"),
                pl.col(f"_{canonical}").alias("value"),
            )
            for label, canonical in own.items()
        ]
    counted = (
        pl.concat(found)
        .group_by("canonical", "column", "value")
        .agg(pl.len().cast(pl.Int64).alias("rows"))
        .sort("column", "rows", "value", descending=[False, True, False])
        .filter(pl.int_range(pl.len()).over("column") < _MOST)
    )
    likes = [nearest(canonical, value) for canonical, value in counted.select("canonical", "value").iter_rows()]
    return counted.with_columns(
        pl.Series("nearest_known", [text for text, _, _ in likes], dtype=pl.String),
        pl.Series("similarity", [score for _, _, score in likes], dtype=pl.Int64),
        pl.Series(
            "setting",
            [
                f"[extracts.values.{canonical}] {_quoted(value)} = {_quoted(code)}" if code else ""
                for (canonical, value), (_, code, _) in zip(
                    counted.select("canonical", "value").iter_rows(), likes, strict=True
                )
            ],
            dtype=pl.String,
        ),
    ).select(list(UNKNOWN_SCHEMA))


def nearest(canonical: str, value: str) -> tuple[str, str, int]:
    """The known text of a column that is most like a value, what it stands for, and how like it is, of 100."""
    known = _known(canonical)
    texts = {text: standards.normalise_text(text) for text in known}
    best = process.extract(standards.normalise_text(value), texts, scorer=fuzz.token_sort_ratio, limit=None)
    # Of equals the first by name, so that the order of a list does not matter.
    text, score = max(((own, score) for _, score, own in best), key=lambda one: (one[1], one[0]), default=("", 0))
    if score < _LIKE:
        return "", "", round(score)
    return text, known[text], round(score)


@cache
def _known(canonical: str) -> dict[str, str]:
    """Every text that is understood in a column, as published, and what it stands for."""
    if canonical == "delay_reason":
        reasons = standards.delay_reasons()
        return dict(zip(reasons["label"], reasons["delay_reason"], strict=True))
    if canonical == "delay_attribution":
        table = standards.delay_attributions()
        return dict(zip(table["value"], table["canonical"], strict=True))
    if canonical in standards.code_lists()["list"]:
        codes = standards.code_list(canonical)
        return {**dict(zip(codes["label"], codes["code"], strict=True)), **{code: code for code in codes["code"]}}
    return {}


def _quoted(text: str) -> str:
    """A TOML string."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{plain}"'
