"""The table inequalities: whom delays, refusals and losses touch. Definition: docs/methods/inequalities.md."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from costshift.delays.discharges import discharges_that_count
from costshift.eligibility.continuing_healthcare import PREFIX
from costshift.eligibility.decisions import ACCEPTED, KEPT, LOST, REDUCED, REFUSED
from costshift.errors import ProjectError
from costshift.indicators.flow_hospital import whole_years
from costshift.standards import looked_up
from costshift.standards.flow import ethnic_groups
from costshift.statistics.proportions import wilson
from costshift.statistics.streamed import streamed

GRAIN = ("measure", "characteristic", "group")
UNKNOWN = "not known"
#: Age bands as upper bounds of all but the last.
AGE_BANDS = ((65, "18-64"), (75, "65-74"), (85, "75-84"))
_SEXES = {"1": "male", "2": "female"}
MONTHS = 12


def inequalities(touched: Sequence[tuple[str, pl.LazyFrame]], people: pl.LazyFrame, day: dt.date) -> pl.DataFrame:
    """Rates by age band, sex, ethnic group and deprivation, with Wilson's interval.

    Grain: measure, characteristic, group. ``denominator``: different people who could be touched; ``numerator``:
    those of them who were, once or more; ``rate``, ``rate_low``, ``rate_high``. The characteristic ``all`` is
    everybody together.

    Args:
        touched: measure, and its people: person, touched (whether they were; several rows a person may say).
        people: :func:`characteristics`.
        day: the day on which age is taken, the same for all.
    """
    born = pl.col("birth_date")
    age = whole_years(born, pl.lit(day, dtype=pl.Date))
    band = pl.coalesce(
        pl.when(age.is_null()).then(pl.lit(UNKNOWN)),
        *(pl.when(age < below).then(pl.lit(name)) for below, name in AGE_BANDS),
        pl.lit("85+"),
    )
    known = people.collect()
    several = ["sex", "ethnic_group"]
    if known["deprivation_decile"].is_not_null().any():
        several.append("deprivation_decile")
    parts = []
    for measure, rows in touched:
        # Of everyone together: what a person is, and how many are that.
        cells = streamed(
            rows.group_by("person")
            .agg(pl.col("touched").any())
            .join(known.lazy(), on="person", how="left")
            .group_by(pl.when(pl.col("birth_date").is_not_null()).then(band).alias("age_band"), *several)
            .agg(
                pl.col("touched").sum().cast(pl.Int64).alias("numerator"),
                pl.len().cast(pl.Int64).alias("denominator"),
            )
        ).lazy()
        for kind in ("all", "age_band", *several):
            group = pl.lit("all") if kind == "all" else pl.col(kind).cast(pl.String).fill_null(UNKNOWN)
            parts.append(
                cells.select(group.alias("group"), "numerator", "denominator")
                .group_by("group")
                .agg(pl.col("numerator", "denominator").sum())
                .with_columns(pl.lit(measure).alias("measure"), pl.lit(kind).alias("characteristic"))
            )
    schema = {"measure": pl.String, "characteristic": pl.String, "group": pl.String}
    if not parts:
        whole: dict[str, type[pl.DataType]] = {**schema, "numerator": pl.Int64, "denominator": pl.Int64}
        return _with_rates(pl.LazyFrame(schema=whole)).collect()
    return _with_rates(pl.concat([part.select(*GRAIN, "numerator", "denominator") for part in parts])).collect()


def _with_rates(counted: pl.LazyFrame) -> pl.LazyFrame:
    low, high = wilson(pl.col("numerator"), pl.col("denominator"))
    return counted.with_columns(
        (pl.col("numerator") / pl.col("denominator")).alias("rate"), low.alias("rate_low"), high.alias("rate_high")
    ).sort(GRAIN)


def delays_of_people(
    spells: pl.LazyFrame, months: pl.LazyFrame, day: dt.date, ready_date_missing: str
) -> list[tuple[str, pl.LazyFrame]]:
    """Of the people discharged from acute beds in the 12 months up to a day, those delayed, also by 7 days or more.

    Providers' months that are not acceptable are left out.

    Args:
        spells: dated spells with the cohort marked, with ``person``.
        months: the state of each provider's month.
        day: the last day that counts.
        ready_date_missing: no_delay or exclude: whether discharges without a ready date count.
    """
    first = pl.lit(day, dtype=pl.Date).dt.month_start().dt.offset_by(f"-{MONTHS - 1}mo")
    refused = months.filter(~pl.col("acceptable")).select("month", "provider")
    left = spells.filter(
        discharges_that_count(ready_date_missing) & (pl.col("setting") == "acute") & (pl.col("month") >= first)
    ).join(refused, on=["month", "provider"], how="anti")
    delay = pl.col("delay_days").fill_null(0)
    return [
        (name, left.select("person", (delay >= least).alias("touched")))
        for name, least in (("delayed_discharge", 1), ("delayed_7_days_or_more", 7))
    ]


def decisions_of_people(decisions: pl.LazyFrame, day: dt.date) -> list[tuple[str, pl.LazyFrame]]:
    """Of the people decided on in the 12 months up to a day, those refused and those who lost what they had.

    ``refused``: at a first decision, councils' and (``chc_``) on continuing healthcare; ``lost``: where there was
    support, or a package. A measure of which there is no decision is left out.

    Args:
        decisions: decisions of the eligibility stage that the extracts cover: person, decision_date, transition.
        day: the last day that counts.
    """
    first = pl.lit(day, dtype=pl.Date).dt.month_start().dt.offset_by(f"-{MONTHS - 1}mo")
    recent = decisions.filter((pl.col("decision_date") >= first) & (pl.col("decision_date") <= day))
    found = [
        (
            f"{prefix}{touched}",
            recent.filter(pl.col("transition").is_in([f"{prefix}{own}" for own in (touched, *others)])).select(
                "person", (pl.col("transition") == f"{prefix}{touched}").alias("touched")
            ),
        )
        for prefix in ("", PREFIX)
        for touched, others in ((REFUSED, (ACCEPTED,)), (LOST, (KEPT, REDUCED)))
    ]
    return [(name, rows) for name, rows in found if rows.select(pl.len()).collect().item()]


def characteristics(
    records: Sequence[pl.LazyFrame], deprivation: dict[str, str], people: pl.LazyFrame | None = None
) -> pl.LazyFrame:
    """person, birth_date, sex, ethnic_group, deprivation_decile: what a person's records say most often.

    Of what is said equally often, the first by name. "Not stated" is said by nobody who says anything else. All but the
    date are one of a list (``pl.Enum``), in the order of their names.

    Args:
        records: current rows of person-level kinds with ``person`` and the person fields.
        deprivation: LSOA code to decile; empty where no lookup was given.
        people: person: who is wanted; everyone if not given.
    """
    wanted = None if people is None else streamed(people.select("person").unique()).lazy()
    groups = _ethnic_groups(records)
    words = {
        "sex": sorted(set(_SEXES.values())),
        "ethnic_group": sorted(set(groups.values())),
        "deprivation_decile": sorted(set(deprivation.values())),
    }
    # Places in the order of the names, which take less room than these.
    place = {name: {word: at for at, word in enumerate(own)} for name, own in words.items()}
    lsoa = pl.col("lsoa_code").str.to_uppercase().str.strip_chars()
    placed = [
        looked_up(code, {key: place[name][word] for key, word in table.items()}, pl.Int32).alias(name)
        if table
        else pl.lit(None, dtype=pl.Int32).alias(name)
        for name, code, table in (
            ("sex", pl.col("sex"), _SEXES),
            ("ethnic_group", pl.col("ethnic_category"), groups),
            ("deprivation_decile", lsoa, deprivation),
        )
    ]
    said = pl.concat(
        (own if wanted is None else own.join(wanted, on="person", how="semi")).select(
            "person", pl.coalesce("birth_date", "birth_month").alias("birth_date"), *placed
        )
        for own in records
    )
    names = ("birth_date", *words)
    ends = streamed(
        said.group_by("person").agg(
            *(pl.col(name).min() for name in names), *(pl.col(name).max().alias(f"_last_{name}") for name in names)
        )
    ).lazy()
    # Of most people all records say the same.
    differs = pl.any_horizontal(pl.col(name) != pl.col(f"_last_{name}") for name in names)
    agreed = ends.select("person", *(pl.when(pl.col(name) == pl.col(f"_last_{name}")).then(name) for name in names))
    others = ends.filter(differs).select("person").collect()
    if others.height:
        theirs = streamed(said.join(others.lazy(), on="person", how="semi")).lazy()
        agreed = pl.concat([agreed.join(others.lazy(), on="person", how="anti"), _said_most_often(theirs, names)])
    in_words = (looked_up(pl.col(name), dict(enumerate(own)), pl.Enum(own)).alias(name) for name, own in words.items())
    return agreed.with_columns(in_words)


def _ethnic_groups(records: Sequence[pl.LazyFrame]) -> dict[str, str]:
    """Ethnic category, as records have it, to its group."""
    written = streamed(pl.concat(own.select("ethnic_category") for own in records).unique()).drop_nulls()
    code = pl.col("ethnic_category").str.strip_chars()
    group = pl.coalesce(
        looked_up(code, ethnic_groups(), pl.String),
        pl.when(code.str.contains(": ", literal=True)).then(code.str.split(": ").list.first()),
    )
    return dict(written.select("ethnic_category", group.alias("group")).drop_nulls().iter_rows())


def _said_most_often(said: pl.LazyFrame, names: Sequence[str]) -> pl.LazyFrame:
    """Of each person and column the value that comes most often, of several the first."""
    whole = said.select("person").unique()
    for name in names:
        most = (
            said.filter(pl.col(name).is_not_null())
            .group_by("person", name)
            .agg(pl.len().alias("_said"))
            .sort("person", "_said", name, descending=[False, True, False])
            .group_by("person", maintain_order=True)
            .agg(pl.col(name).first())
        )
        whole = whole.join(most, on="person", how="left")
    return whole


def providers_by_councils(spells: pl.LazyFrame, day: dt.date) -> pl.LazyFrame:
    """Who shares whom: discharges of the 12 months up to a day, by provider and council.

    Grain: provider, council. ``discharges``, ``share_of_provider``, ``share_of_council``; ``_of_provider`` and
    ``_of_council``, which the shares rest on.

    Args:
        spells: dated spells with the cohort marked.
        day: the last day that counts.
    """
    first = pl.lit(day, dtype=pl.Date).dt.month_start().dt.offset_by(f"-{MONTHS - 1}mo")
    whole = pl.col("discharges").sum()
    return (
        spells.filter(pl.col("in_cohort") & pl.col("is_discharged") & (pl.col("month") >= first))
        .group_by("provider", "council")
        .agg(pl.len().cast(pl.Int64).alias("discharges"))
        .with_columns(whole.over("provider").alias("_of_provider"), whole.over("council").alias("_of_council"))
        .with_columns(
            (pl.col("discharges") / pl.col("_of_provider")).alias("share_of_provider"),
            (pl.col("discharges") / pl.col("_of_council")).alias("share_of_council"),
        )
        .sort("provider", "council")
    )


def deprivation_lookup(path: Path | None) -> dict[str, str]:
    """LSOA code to deprivation decile, from the place's own file: lsoa_code, decile (1, the most deprived, to 10).

    Raises:
        ProjectError: the file cannot be read, lacks a column, or a row of it cannot be understood.
    """
    if path is None:
        return {}
    try:
        table = pl.read_csv(path, infer_schema=False, glob=False)
    except FileNotFoundError:
        raise ProjectError(
            f"[place] deprivation_lookup: there is no file {path}. Correct the path or remove the setting."
        ) from None
    except (pl.exceptions.PolarsError, OSError) as error:
        raise ProjectError(f"{path.name} cannot be read as UTF-8 CSV: {str(error).splitlines()[0]}.") from None
    if not {"lsoa_code", "decile"} <= set(table.columns):
        raise ProjectError(
            f"{path.name}: it needs the columns lsoa_code and decile; it has {', '.join(table.columns)}."
        )
    found: dict[str, str] = {}
    for row, (lsoa, decile) in enumerate(table.select("lsoa_code", "decile").iter_rows(), start=2):
        code, value = (lsoa or "").strip().upper(), (decile or "").strip()
        if not value.isdigit() or not 1 <= int(value) <= 10:
            raise ProjectError(f"{path.name}, row {row}, decile: {decile!r} is not a whole number from 1 to 10.")
        if found.setdefault(code, f"{int(value):02d}") != f"{int(value):02d}":
            raise ProjectError(f"{path.name}, row {row}, lsoa_code: {code!r} stands with two deciles. Keep one row.")
    return found
