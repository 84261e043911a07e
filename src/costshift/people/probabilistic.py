"""Pass 5: Splink on DuckDB, on whom the other passes left on one side only. Extra ``costshift[splink]``.

Fellegi and Sunter's model as Splink has it. How often a field agrees by chance is estimated on random pairs of the
place's records (fixed seed), how often within one person on the people that the passes linked, and rare names count
for more. Definition, threshold and limits: docs/methods/people.md.
"""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import polars as pl

from costshift.errors import ProjectError
from costshift.people.grouping import Grouping, Ints, Refused
from costshift.people.linking import Found, Further

#: Linked people that the estimates need, and the most that they use.
LEAST_LINKED, MOST_LINKED = 500, 20_000
#: Random pairs from which chance agreement is estimated, and their seed.
RANDOM_PAIRS, SEED = 2_000_000, 1
#: Match weights (powers of two) within which two candidates are a tie.
TIE = 1.0
#: Match weight, at the share of matches among all people, below which a pair is not looked at.
LEAST_WEIGHT = -10.0
_ROUNDS = 200
_FIELDS = ("forename", "surname", "birth_date", "postcode", "sex", "nhs_number")
#: Pairs that agree in one of these are compared.
_BLOCKS: tuple[tuple[str, ...], ...] = (
    ("nhs_number",),
    ("birth_date", "surname"),
    ("birth_date", "forename"),
    ("birth_date", "postcode"),
    ("surname", "postcode"),
    ("forename", "postcode"),
    ("forename", "surname"),
)


def refuse_without_splink() -> None:
    """Stop where the project asks for the probabilistic pass and Splink is not installed.

    Raises:
        ProjectError: with what to install.
    """
    missing = [name for name in ("splink", "duckdb") if importlib.util.find_spec(name) is None]
    if missing:
        raise ProjectError(
            f"[linkage] probabilistic = true needs {' and '.join(missing)}, which is not installed. Install the extra: "
            'pip install "costshift[splink]", or set probabilistic = false.'
        )


def likely_links(threshold: float) -> Further:
    """The probabilistic pass with a threshold: the probability from which two people are taken for one."""

    def further(grouping: Grouping, identities: pl.DataFrame) -> Found:
        return _find(grouping, identities, threshold)

    return further


def _find(grouping: Grouping, identities: pl.DataFrame, threshold: float) -> Found:
    nothing = Found(np.zeros((0, 2), dtype=np.int64), [])
    sides = _one_row_a_side(grouping, identities)
    linked = sides.filter(pl.len().over("group") == 2)
    left = sides.filter(pl.len().over("group") == 1)
    if linked["group"].n_unique() < LEAST_LINKED or left["side"].n_unique() < 2:
        return nothing
    numbers = dict(sides.group_by("side").len().iter_rows())
    prior = linked["group"].n_unique() / (numbers[0] * numbers[1])
    step = -(-linked["group"].n_unique() // MOST_LINKED)
    some = linked.filter(pl.col("group").rank("dense") % step == 0)
    rows = pl.concat(
        [
            some.with_columns(pl.col("group").alias("label"), pl.lit(False).alias("left_over")),
            # Nobody's label but their own.
            left.with_columns((-1 - pl.col("group")).alias("label"), pl.lit(True).alias("left_over")),
        ]
    ).sort("side", "group")
    scored = _scored(rows, prior)
    left_by_side = [left.filter(pl.col("side") == side).height for side in (0, 1)]
    likely = _from_threshold(scored, prior, left_by_side[0] * left_by_side[1], threshold)
    chosen, tied = _one_to_one(likely)
    sets = tied.with_row_index("set").with_columns(pl.col("set").cast(pl.Int64))
    groups = pl.concat([sets.select("set", pl.col(name).alias("group")) for name in ("group", "group_b")])
    refused = [Refused("likely_pairs_tied", groups)] if tied.height else []
    return Found(chosen, refused)


def _one_row_a_side(grouping: Grouping, identities: pl.DataFrame) -> pl.DataFrame:
    """group, side, and the identity of the group that says most on that side."""
    told = pl.sum_horizontal(pl.col(name).is_not_null().cast(pl.Int8) for name in _FIELDS)
    return (
        identities.with_columns(
            pl.Series("group", grouping.groups), pl.Series("side", grouping.side), told.alias("told")
        )
        .filter("permitted")
        .sort(["told", "identity"], descending=[True, False])
        .unique(["group", "side"], keep="first", maintain_order=True)
        .select(
            "group",
            "side",
            *(pl.col(name).cast(pl.String) for name in _FIELDS),
        )
        .sort("group", "side")
    )


def _one_to_one(scored: pl.DataFrame) -> tuple[Ints, pl.DataFrame]:
    """The pairs that are each other's best by more than a tie; and the best pairs that are tied.

    ``scored``: group, group_b, weight.
    """
    if not scored.height:
        return np.zeros((0, 2), dtype=np.int64), scored
    best = scored
    for name in ("group", "group_b"):
        best = best.with_columns(
            pl.col("weight").max().over(name).alias(f"best_{name}"),
            pl.col("weight").sort(descending=True).get(1, null_on_oob=True).over(name).alias(f"second_{name}"),
        )
    clear = [
        (pl.col("weight") == pl.col(f"best_{name}"))
        & (pl.col("weight") - pl.col(f"second_{name}") > TIE).fill_null(True)
        for name in ("group", "group_b")
    ]
    near = [pl.col("weight") >= pl.col(f"best_{name}") - TIE for name in ("group", "group_b")]
    chosen = best.filter(clear[0] & clear[1])
    tied = best.filter(~(clear[0] & clear[1]) & near[0] & near[1]).select("group", "group_b")
    pairs = chosen.select("group", "group_b").sort("group", "group_b")
    return pairs.to_numpy().astype(np.int64).reshape(-1, 2), tied.sort("group", "group_b")


def _from_threshold(scored: pl.DataFrame, prior: float, pairs: int, threshold: float) -> pl.DataFrame:
    """The pairs whose probability reaches the threshold, with their weight as it then is.

    Among those left over the share of pairs that are one person is another than among all: it is estimated from their
    own weights, by expectation and maximisation with all else held.

    Args:
        scored: group, group_b, weight at the prior.
        prior: the share of pairs that are one person, with which they were scored.
        pairs: all pairs of those left over; those not scored count as different.
        threshold: the probability.
    """
    evidence = np.exp2(scored["weight"].to_numpy()) * (1 - prior) / prior
    share = prior
    for _ in range(_ROUNDS):
        odds = evidence * share / (1 - share)
        share = min(max(float((odds / (1 + odds)).sum()) / pairs, prior), 0.5)
    odds = evidence * share / (1 - share)
    return scored.with_columns(pl.Series("weight", np.log2(odds)).round(6)).filter(
        pl.Series(odds / (1 + odds) >= threshold)
    )


def _scored(rows: pl.DataFrame, prior: float) -> pl.DataFrame:
    """group, group_b, weight: the pairs of those left over that are not far from likely."""
    import duckdb
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    # Names and postcodes are put on no disk: else DuckDB would put what it has no room for where the command is run.
    connection = duckdb.connect(":memory:", config={"temp_directory": ""})
    # One thread: sums of fractions, and so all that follows, come out the same every time.
    connection.execute("SET threads TO 1")
    connection.execute("SET enable_progress_bar = false")
    api = DuckDBAPI(connection=connection)
    tables = [
        api.register(
            rows.filter(pl.col("side") == side).drop("side").rename({"group": "unique_id"}).to_arrow(),
            dataset_display_name=name,
        )
        for side, name in ((0, "nhs"), (1, "councils"))
    ]
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=_comparisons(),
        blocking_rules_to_generate_predictions=[block_on(*names) for names in _BLOCKS],
        probability_two_random_records_match=prior,
        additional_columns_to_retain=["left_over"],
        retain_matching_columns=False,
        linker_uid="costshift",
    )
    linker = Linker(tables, settings, log_level=None)
    try:
        linker.training.estimate_u_using_random_sampling(max_pairs=RANDOM_PAIRS, seed=SEED)
        linker.training.estimate_m_from_label_column("label")
        found = linker.inference.predict(threshold_match_weight=LEAST_WEIGHT, warning_mode="never")
        scored = pl.DataFrame(found.as_duckdbpyrelation().to_arrow_table())
    except duckdb.OutOfMemoryException:
        raise ProjectError(
            "[linkage] probabilistic: the pass needs more memory than this machine has. Nothing was published. Run it "
            "where there is more, or set probabilistic = false."
        ) from None
    connection.close()
    return (
        scored.filter(pl.col("left_over_l") & pl.col("left_over_r"))
        .select(
            pl.col("unique_id_l").cast(pl.Int64).alias("group"),
            pl.col("unique_id_r").cast(pl.Int64).alias("group_b"),
            pl.col("match_weight").round(6).alias("weight"),
        )
        .sort("group", "group_b")
    )


def _comparisons() -> list[Any]:
    import splink.comparison_level_library as levels
    import splink.comparison_library as comparisons

    def parts(most: int) -> str:
        """Birth dates that agree in so many of year, month and day."""
        same = " + ".join(
            f"(substr(birth_date_l, {start}, {length}) = substr(birth_date_r, {start}, {length}))::INT"
            for start, length in ((1, 4), (6, 2), (9, 2))
        )
        return f"({same}) >= {most}"

    return [
        comparisons.JaroWinklerAtThresholds("forename", [0.9, 0.7]).configure(term_frequency_adjustments=True),
        comparisons.JaroWinklerAtThresholds("surname", [0.9, 0.7]).configure(term_frequency_adjustments=True),
        comparisons.CustomComparison(
            [
                levels.NullLevel("birth_date"),
                levels.ExactMatchLevel("birth_date"),
                levels.CustomLevel("damerau_levenshtein(birth_date_l, birth_date_r) <= 1", "one slip"),
                levels.CustomLevel(parts(2), "two of three parts"),
                levels.CustomLevel(parts(1), "one of three parts"),
                levels.ElseLevel(),
            ],
            output_column_name="birth_date",
        ),
        comparisons.DamerauLevenshteinAtThresholds("postcode", [1, 2]).configure(term_frequency_adjustments=True),
        comparisons.ExactMatch("sex"),
        comparisons.ExactMatch("nhs_number"),
    ]
