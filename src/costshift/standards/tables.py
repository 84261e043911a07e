"""The shipped tables: published lists, reasons, filters and prices, each row with its source.

All columns are text except shares (whole per cent, Int64) and values (pounds, Decimal(18,2)). ``verified`` is
``yes`` where the value was read in the named source, ``no`` where it is from memory or is costshift's own.
Frames are read once and shared: take them as read-only.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from costshift.standards.normalised_text import normalise_text

if TYPE_CHECKING:
    import polars as pl

SHARE_COLUMNS = ("provider", "acute", "community", "mental_health", "icb", "council", "person")
"""Partner types among which a delayed day is shared; ``provider`` is whoever's bed the person is in."""


@cache
def _table(name: str) -> pl.DataFrame:
    import polars as pl

    content = resources.files("costshift.standards").joinpath("data", f"{name}.csv").read_bytes()
    return pl.read_csv(content, infer_schema=False)


def _with_whole_shares(table: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    return table.with_columns(pl.col(SHARE_COLUMNS).cast(pl.Int64))


@cache
def delay_reasons() -> pl.DataFrame:
    """Return the delay reasons: the 37 in force since 27 May 2024, and the lists before them.

    Grain: a reason; key ``delay_reason`` (costshift's, as NHS England publishes no codes). ``list`` is sitrep_2024
    (the 37 of the Acute Discharge Situation Report), acute_2020, community_2023 or dtoc (Delayed Transfers of
    Care). ``label`` is as published; ``pathway`` holds the pathways that the label names, separated by a space, null
    where none. Shares are whole per cent by partner type and sum to 100, or are all zero where a reason says nothing
    of the partner: **not official** (``attribution_status`` says whose they are). ``verified`` is about the label.
    Source: the monthly CSV files of NHS England; for the older lists as ``source`` says.
    """
    return _with_whole_shares(_table("delay_reasons"))


@cache
def delay_reason_lookup() -> pl.DataFrame:
    """Return ``normalised`` text to ``delay_reason``: label, key and other spellings of each reason.

    Grain: a text (as ``normalise_text`` gives it); key ``normalised``, to be
    compared with ``normalise`` of the extract's value.
    """
    import polars as pl

    reasons = delay_reasons()
    keys = reasons["delay_reason"].to_list()
    spelled = _table("delay_reason_spellings")
    texts = [normalise_text(text) for text in (*reasons["label"], *keys, *spelled["text"])]
    found = pl.DataFrame({"normalised": texts, "delay_reason": [*keys, *keys, *spelled["delay_reason"]]})
    # Labels before spellings.
    return found.unique(subset="normalised", keep="first", maintain_order=True)


@cache
def delay_attributions() -> pl.DataFrame:
    """Return the accepted values of a ``delay_attribution`` column, and what each means.

    Grain: a value; key ``value`` (compare normalised texts). ``canonical`` is one of acute, community,
    mental_health, icb, council, person, nhs (the provider in whose bed the person is) and both. Shares are
    whole per cent by partner type and sum to 100. Source: NHS, Social Care and Both are of NHS England's
    Delayed Transfers of Care statistics (to February 2020); the other spellings are costshift's.
    """
    return _with_whole_shares(_table("delay_attributions"))


@cache
def code_lists() -> pl.DataFrame:
    """Return the index of the code lists: what each holds, and whether it is complete.

    Grain: a list; key ``list``, which is also the canonical column that holds its codes. ``complete`` is
    ``no`` where the published list was not found in full, so that a value outside it may still be right.
    Also ``meaning``, ``note``, ``source`` and ``verified`` (``yes`` only if all its codes are).
    """
    return _table("code_list_index")


@cache
def code_list(name: str) -> pl.DataFrame:
    """Return the codes of one list: ``code``, ``label``, ``source``, ``verified``.

    Grain: a code; key ``code``. The adult social care lists (Client Level Data) use the Release 2 wording as
    the code, or that of Release 1 where Release 2 was not found. ``admission_source`` is empty: its values
    were not found, and cannot be checked. Raises ``KeyError`` for a list that is not in ``code_lists()``.
    """
    import polars as pl

    if name not in code_lists()["list"]:
        raise KeyError(f"no code list {name!r}; the lists are {', '.join(code_lists()['list'])}")
    return _table("code_lists").filter(pl.col("list") == name).drop("list")


@cache
def value_map(column: str) -> pl.DataFrame:
    """Return ``value`` to ``canonical`` for one canonical column: other releases and spellings seen in files.

    Grain: a value as seen; key ``value`` (compare normalised texts). ``canonical`` is a code of
    ``code_list(column)``; a code itself, in any case, is not repeated here. Empty for a column without a map.
    """
    import polars as pl

    return _table("value_maps").filter(pl.col("column") == column).select("value", "canonical")


@cache
def unmapped_values() -> pl.DataFrame:
    """Return the published values that are left without a code on purpose: ``column``, ``value``, ``reason``.

    Grain: a value of a column; key ``column``, ``value``. They are Release 1 values of Client Level Data that
    have no equal in Release 2. In an extract each is reported as an unknown value. Also ``source``, ``verified``.
    """
    return _table("unmapped_values")


@cache
def plausible_limits() -> dict[str, int]:
    """Return the limits beyond which a value is reported as implausible: ``limit`` to its value."""
    table = _table("plausible_limits")
    return {name: int(value) for name, value in table.select("limit", "value").iter_rows()}


@cache
def chart_measures() -> dict[str, dict[str, str]]:
    """Return the measures that are charted, in order: measure to label, short_label, unit and better.

    ``better`` is decrease or increase.
    """
    table = _table("chart_measures").drop("source", "verified")
    return {row["measure"]: row for row in table.iter_rows(named=True)}


@cache
def chart_false_alarms() -> dict[int, tuple[float, float]]:
    """Return the share of steady control charts that signal by chance: points to (at any point, at the last one)."""
    table = _table("chart_false_alarms")
    return {
        int(points): (float(anywhere), float(last))
        for points, anywhere, last in table.select("points", "any_point", "last_point").iter_rows()
    }


@cache
def code_lengths() -> dict[str, list[int]]:
    """Return the lengths that codes of an organisation or area have: column to lengths."""
    table = _table("code_lengths")
    return {
        column: [int(length) for length in rows["length"]]
        for (column,), rows in table.group_by("column", maintain_order=True)
    }


@cache
def dummy_values() -> dict[str, list[str]]:
    """Return what values that stand for an unknown one begin with: column to beginnings (dates in ISO form)."""
    table = _table("dummy_values")
    return {column: rows["begins_with"].to_list() for (column,), rows in table.group_by("column", maintain_order=True)}


@cache
def event_outcome_ranks() -> dict[str, int]:
    """Return DHSC's hierarchy of event outcomes: of two records of one event, that of the lowest number counts."""
    table = _table("event_outcome_ranks")
    return {outcome: int(rank) for outcome, rank in table.select("event_outcome", "rank").iter_rows()}


@cache
def cohort_filter_values() -> pl.DataFrame:
    """Return the values that remove a spell from the cohort: ``filter``, ``column``, ``value``.

    Grain: a value of a column; key ``filter``, ``column``, ``value``. Also ``source`` and ``verified``.
    The filters adult and overnight rest on dates and have no rows. Source: NHS Data Dictionary.
    """
    return _table("cohort_filters")


@cache
def cohort_filters() -> dict[str, str]:
    """Return each cohort filter's name with the sentence that says whom it leaves out."""
    table = _table("cohort_filter_sentences")
    return dict(zip(table["filter"], table["sentence"], strict=True))


@cache
def transfer_values() -> pl.DataFrame:
    """Return the values that show that a spell ended with, or began by, a transfer between hospitals.

    Grain: a value of a column; key ``column``, ``value``. ``discharge_destination`` tells of an end,
    ``admission_method`` and ``admission_source`` of a beginning. Also ``meaning``, ``source``, ``verified``.
    Source: NHS Data Dictionary (admission source from memory).
    """
    return _table("transfers")


@cache
def unit_costs() -> pl.DataFrame:
    """Return the shipped prices.

    Grain: an item in a period; key ``item``, ``valid_from``. ``value`` is pounds per ``unit`` at
    ``price_year`` prices, null where no price is known: such an activity is unpriced, never free.
    ``valid_from`` and ``valid_to`` are ISO dates, both included; null means unlimited. Also ``source``,
    ``url``, ``verified`` and ``note``.
    """
    import polars as pl

    return _table("unit_costs").with_columns(pl.col("value").str.to_decimal(scale=2).cast(pl.Decimal(18, 2)))


@cache
def ready_date_measures() -> pl.DataFrame:
    """Return the measures of NHS England's Discharge Ready Date publication, with what each is made of.

    Grain: a measure; key ``measure``, as published. ``level`` is all (provider, council and place), place, utla or
    provider_utla. Its value is ``top`` over ``bottom``, or ``top`` alone where ``bottom`` is null: the columns of
    ``indicators/official_form.py``. Source: the monthly CSV files of NHS England.
    """
    return _table("ready_date_measures")


def decision_outcomes() -> dict[str, str]:
    """Return what each event outcome decides on eligibility: normalised outcome to decision.

    ``eligible`` and ``not_eligible`` are decisions; an event that was ``moved`` (to another council) or decided
    ``none`` is no decision whatever else it records; one that is ``silent`` is a decision only where eligible needs
    are recorded. Both releases of Client Level Data are in it. The reading is costshift's own.
    """
    table = _table("decision_outcomes")
    return {
        normalise_text(value): decision for value, decision in table.select("event_outcome", "decision").iter_rows()
    }


@cache
def support_reason_groups() -> dict[str, str]:
    """Return the group of each primary support reason: normalised reason to group."""
    table = _table("support_reason_groups")
    return {
        normalise_text(reason): group for reason, group in table.select("primary_support_reason", "group").iter_rows()
    }


@cache
def activity_prices() -> dict[tuple[str, str], str]:
    """Return the price that an activity takes: (activity, setting) to the item of ``unit_costs()``; ``any`` setting."""
    table = _table("activity_prices")
    return {
        (activity, setting): item for activity, setting, item in table.select("activity", "setting", "item").iter_rows()
    }


@cache
def contacts_not_attended() -> list[str]:
    """Return the values of ``attended`` that say that a contact did not take place, normalised."""
    return [normalise_text(value) for value in _table("contacts_not_attended")["attended"]]


@cache
def published_substitution() -> pl.DataFrame:
    """Return published findings to stand beside a substitution rate: none is like for like.

    Grain: a finding; ``study``, ``design``, ``finding``, ``per_pound`` (text; null where it is not in pounds),
    ``null_result`` and ``source``.
    """
    return _table("published_substitution")
