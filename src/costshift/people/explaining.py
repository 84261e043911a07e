"""One person's records, and step by step which pass joined which of them, on what. Personal data: only on request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from costshift.errors import CostshiftError
from costshift.extracts.nhs_numbers import is_valid_nhs_number
from costshift.people.identified import People

#: What is compared between records that were joined, in the order in which it is told.
_COMPARED = ("person_key", "nhs_number", "local_id", "birth_date", "sex", "postcode", "surname", "forename")


@dataclass(frozen=True)
class Joined:
    """One step: the groups of records (by their numbers) that a pass brought together, and what they have in common.

    ``agree``: fields of which groups share a value; ``differ``: fields that both sides have and share no value of.
    """

    by: str
    groups: list[list[int]]
    agree: list[str]
    differ: list[str]


@dataclass(frozen=True)
class PersonExplained:
    """A person: the id, the records (numbered from 1), the steps that joined them, and conflicts that they are in."""

    person_id: str
    records: list[dict[str, Any]]
    steps: list[Joined]
    conflicts: list[str]


def explain_person(people: People, ids: pl.DataFrame, wanted: str) -> PersonExplained:
    """How a person came about.

    Args:
        people: the people of the history.
        ids: person, person_id.
        wanted: a person_id.

    Raises:
        CostshiftError: nobody has that id.
    """
    found = ids.filter(pl.col("person_id") == wanted.strip().lower())
    if not found.height:
        raise CostshiftError(
            "Nobody has that person_id. It stands in the restricted tables; with another key, or after new loads, a "
            "person may have another one (restricted table person_id_changes)."
        )
    person = found["person"][0]
    identities = people.identities.filter(pl.col("person") == person).sort("identity").collect()
    places = {identity: place for place, identity in enumerate(identities["identity"])}
    records = (
        people.records.filter(pl.col("person") == person)
        .sort("kind", "submitter", "record_key", "source_row")
        .collect()
    )
    numbered = records.with_columns(pl.int_range(1, pl.len() + 1).alias("number"))
    by_identity: dict[int, list[int]] = {identity: [] for identity in places}
    for identity, number in numbered.select("identity", "number").iter_rows():
        by_identity[identity].append(number)
    told = numbered.join(identities.drop("person", "birth_date", "sex", "link_pass", "side_pass"), on="identity").sort(
        "number"
    )
    shown = ["number", "kind", "submitter", "record_key", "event_date", "link_pass", *_COMPARED]
    return PersonExplained(
        wanted.strip().lower(),
        told.select(pl.col(name) for name in shown).to_dicts(),
        _steps(people, identities, by_identity),
        sorted(people.conflicts.filter(pl.col("identity").is_in(list(places)))["conflict"].unique()),
    )


def person_of_number(people: People, ids: pl.DataFrame, text: str) -> list[str]:
    """The ids of those who carry an NHS number, several where it is in conflict.

    Raises:
        CostshiftError: it is no valid number, or nobody carries it. The message does not repeat it.
    """
    digits = "".join(sign for sign in text if sign.isalnum())
    if not pl.select(is_valid_nhs_number(pl.lit(digits))).item():
        raise CostshiftError("What was read from standard input is no valid NHS number: ten digits, nothing else.")
    carriers = people.identities.filter(pl.col("nhs_number") == digits).select("person").unique().collect()
    found = carriers.join(ids, on="person")["person_id"].sort().to_list()
    if not found:
        raise CostshiftError("Nobody in the history carries that NHS number.")
    return found


def _steps(people: People, identities: pl.DataFrame, by_identity: dict[int, list[int]]) -> list[Joined]:
    own = identities["identity"].to_numpy()
    rows = {row["identity"]: row for row in identities.to_dicts()}
    before = own
    # Records that say the same of whose they are were never apart.
    steps = [
        Joined("the same in all that identifies", [[number] for number in numbers], [], [])
        for numbers in by_identity.values()
        if len(numbers) > 1
    ]
    for name, groups in people.stages:
        after = groups[own]
        for group in np.unique(after):
            parts = [own[before == part] for part in np.unique(before[after == group])]
            if len(parts) > 1:
                members = [[rows[identity] for identity in part] for part in parts]
                agree, differ = _in_common(members)
                steps.append(
                    Joined(
                        name,
                        [sorted(number for identity in part for number in by_identity[identity]) for part in parts],
                        agree,
                        differ,
                    )
                )
        before = after
    return steps


def _in_common(groups: list[list[dict[str, Any]]]) -> tuple[list[str], list[str]]:
    """Fields of which two of the groups share a value; and those that several have and none share."""
    agree, differ = [], []
    for name in _COMPARED:
        # A local id means something within its organisation only.
        values = [
            {(row["organisation"] if name == "local_id" else "", row[name]) for row in group if row[name] is not None}
            for group in groups
        ]
        known = [own for own in values if own]
        if any(one & other for place, one in enumerate(known) for other in known[place + 1 :]):
            agree.append(name)
        elif len(known) > 1 and name != "local_id":
            differ.append(name)
    return agree, differ


def person_text(explained: PersonExplained) -> str:
    """The explanation as text."""
    lines = [f"Person {explained.person_id}: {len(explained.records)} records", ""]
    for row in explained.records:
        said = [f"{name.replace('_', ' ')} {row[name]}" for name in _COMPARED if row[name] is not None]
        lines.append(
            f"  [{row['number']}] {row['kind']} {row['record_key']} from {row['submitter']}, {row['event_date']}: "
            f"{', '.join(said) or 'nothing that identifies'} (pass: {row['link_pass']})"
        )
    lines += ["", "How they were joined:"]
    for step in explained.steps:
        groups = " with ".join("[" + ", ".join(map(str, group)) + "]" for group in step.groups)
        on = f"; the same: {_words(step.agree)}" if step.agree else ""
        off = f"; different: {_words(step.differ)}" if step.differ else ""
        lines.append(f"  {step.by}: {groups}{on}{off}")
    if not explained.steps:
        lines.append("  Nothing was joined: one record.")
    if explained.conflicts:
        lines += ["", f"Conflicts, listed in linkage_conflicts: {_words(explained.conflicts)}."]
    return "\n".join(lines)


def person_data(explained: PersonExplained) -> dict[str, Any]:
    """The same as data."""
    return {
        "person_id": explained.person_id,
        "records": explained.records,
        "steps": [
            {"by": step.by, "groups": step.groups, "agree": step.agree, "differ": step.differ}
            for step in explained.steps
        ],
        "conflicts": explained.conflicts,
    }


def _words(names: list[str]) -> str:
    return ", ".join(name.replace("_", " ") for name in names)
