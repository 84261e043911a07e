"""Two files about one set of people, with the errors that people make when they type: artificial, with the truth.

The errors are those of the record linkage literature (Christen's generator, the FEBRL sets): letters added, lost,
changed and swapped, names in each other's place, a name replaced, dates with parts swapped or another date, values
missing. No rule of costshift was set by what it scores here.
"""

from __future__ import annotations

import datetime as dt
import random
import string
from dataclasses import dataclass
from typing import Any

import polars as pl

from costshift.people.identified import People, identify

from worlds import frame

EVENT = dt.date(2024, 3, 1)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_VOWELS, _CONSONANTS = "aeiou", "bcdfghklmnprstvw"


@dataclass(frozen=True)
class Errors:
    """How often a field of the second file is not as in the first. ``sex``: whether the files have it."""

    number: float = 0.09
    slip: float = 0.18
    replaced: float = 0.05
    swapped: float = 0.03
    missing: float = 0.04
    date_slip: float = 0.06
    date_other: float = 0.03
    postcode: float = 0.10
    sex: bool = False


MODELS = {
    "as the known sets": Errors(),
    "with sex, and clean": Errors(slip=0.06, replaced=0.01, swapped=0.005, missing=0.02, postcode=0.05, sex=True),
    "many slips": Errors(slip=0.3, replaced=0.02, date_slip=0.1, postcode=0.15),
}


def numbers(count: int, chance: random.Random) -> list[str]:
    """Valid NHS numbers of the test range, none twice."""
    found: list[str] = []
    for base in chance.sample(range(1_000_000), min(1_000_000, count + count // 5 + 50)):
        digits = f"999{base:06d}"
        check = (11 - sum(int(digit) * (10 - place) for place, digit in enumerate(digits)) % 11) % 11
        if check != 10 and len(found) < count:
            found.append(f"{digits}{check}")
    return found


def slip(text: str, chance: random.Random, letters: str = _LETTERS) -> str:
    """One slip of the keyboard."""
    place = chance.randrange(len(text))
    kind = chance.choice(["add", "lose", "change", "swap"])
    if kind == "add":
        return text[:place] + chance.choice(letters) + text[place:]
    if kind == "lose" and len(text) > 2:
        return text[:place] + text[place + 1 :]
    if kind == "swap" and place + 1 < len(text):
        return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    return text[:place] + chance.choice(letters) + text[place + 1 :]


def invented_names(count: int, chance: random.Random, syllables: int) -> list[str]:
    """Names that can be spoken, none twice."""
    made: dict[str, None] = {}
    while len(made) < count:
        parts = [chance.choice(_CONSONANTS) + chance.choice(_VOWELS) for _ in range(chance.randint(2, syllables))]
        made["".join(parts) + chance.choice(["", "n", "r", "s", "th", "ck"])] = None
    return list(made)


def two_files(seed: int, count: int, errors: Errors) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The same people in two files; ``true`` says who is who."""
    chance = random.Random(seed)
    forenames, surnames = invented_names(250, chance, 3), invented_names(1800, chance, 4)
    common = [1 / (rank + 5) for rank in range(len(surnames))]
    used = numbers(2 * count, chance)
    places = [
        f"{chance.choice(['AB', 'CD', 'EF'])}{chance.randint(1, 30)} {chance.randint(1, 9)}{a}{b}"
        for a in "ABDEFG"
        for b in "HJLNPQRSTU"
        for _ in range(12)
    ]
    first, second = [], []
    for person in range(count):
        row = {
            "true": person,
            "nhs_number": used[person],
            "birth_date": dt.date(1925, 1, 1) + dt.timedelta(days=chance.randrange(27_000)),
            "sex": chance.choice("12") if errors.sex else None,
            "postcode": chance.choice(places),
            "forename": chance.choices(forenames, weights=common[: len(forenames)])[0],
            "surname": chance.choices(surnames, weights=common)[0],
        }
        other = dict(row)
        if chance.random() < errors.number:
            other["nhs_number"] = used[count + person]
        for name, choices in (("forename", forenames), ("surname", surnames)):
            if chance.random() < errors.slip:
                other[name] = slip(other[name], chance)
                if chance.random() < 0.2:
                    other[name] = slip(other[name], chance)
            if chance.random() < errors.replaced:
                other[name] = chance.choice(choices)
        if chance.random() < errors.swapped:
            other["forename"], other["surname"] = other["surname"], other["forename"]
        if chance.random() < errors.date_slip:
            other["birth_date"] = date_slip(other["birth_date"], chance)
        if chance.random() < errors.date_other:
            other["birth_date"] = dt.date(1925, 1, 1) + dt.timedelta(days=chance.randrange(27_000))
        if chance.random() < errors.postcode:
            other["postcode"] = (
                slip(other["postcode"], chance, string.digits) if chance.random() < 0.7 else chance.choice(places)
            )
        for side in (row, other):
            for name in ("forename", "surname", "birth_date"):
                if chance.random() < errors.missing * (0.5 if side is row else 1):
                    side[name] = None
        first.append(row)
        second.append(other)
    chance.shuffle(first)
    chance.shuffle(second)
    return first, second


def date_slip(day: dt.date, chance: random.Random) -> dt.date | None:
    """A birth date with a digit wrong, or day and month in each other's place; None where that is no date."""
    text = f"{day:%Y%m%d}"
    if chance.random() < 0.4:
        text = text[:4] + text[6:] + text[4:6]
    else:
        place = chance.randrange(2, 8)
        text = text[:place] + chance.choice(string.digits) + text[place + 1 :]
    try:
        return dt.date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def linked(first: list[dict[str, Any]], second: list[dict[str, Any]], **options: Any) -> tuple[People, pl.DataFrame]:
    """The people found, and each link between the files: true, true_b, link_pass, link_pass_b."""
    spells = [
        {
            "spell_id": f"S{n}",
            "provider_code": "RN1",
            "admission_date": EVENT,
            "local_patient_id": f"H{n}",
            "source_row": n,
        }
        | {name: value for name, value in row.items() if name != "true"}
        for n, row in enumerate(first)
    ]
    events = [
        {
            "event_id": f"C{n}",
            "council_code": "E1",
            "event_type": "Service",
            "event_start_date": EVENT,
            "council_person_id": f"P{n}",
            "source_row": n,
        }
        | {name: value for name, value in row.items() if name != "true"}
        for n, row in enumerate(second)
    ]
    people = identify({"spells": frame("spells", spells), "care_events": frame("care_events", events)}, **options)
    whole = people.records.select("kind", "source_row", "person", "link_pass").collect()
    sides = []
    for kind, rows in (("spells", first), ("care_events", second)):
        true = pl.DataFrame(
            {"source_row": range(len(rows)), "true": [row["true"] for row in rows]},
            schema={"source_row": pl.Int64, "true": pl.Int64},
        )
        sides.append(
            whole.filter(pl.col("kind") == kind).join(true, on="source_row").select("person", "true", "link_pass")
        )
    return people, sides[0].join(sides[1], on="person", suffix="_b")


def scores(links: pl.DataFrame, both: int) -> tuple[float, float]:
    """Precision and recall over the people that both files have."""
    right = links.filter(pl.col("true") == pl.col("true_b")).height
    return right / max(links.height, 1), right / both
