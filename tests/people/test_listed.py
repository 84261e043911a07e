"""The list of who is who, as it is written: piece by piece, and as if it had come at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from costshift.history import in_order as ordering
from costshift.people import listed
from costshift.people.identified import People
from costshift.people.listed import GROUP_OF_ROWS, person_index
from costshift.people.measured import Measured
from costshift.publish.catalogue import TABLES
from costshift.publish.tables import published, write_parts

SENDERS = {"spells": {"a": 40, "b": 3, "c": 55, "d": 1}, "contacts": {"b": 25, "e": 30}}
NOTHING = pl.lit(None, dtype=pl.String)


def people(seed: int = 1) -> tuple[People, pl.DataFrame, list[tuple[str, ...]]]:
    """Who is who, drawn; the ids; and each record with its person as the list must have it, in its order."""
    rng = np.random.default_rng(seed)
    views, rows, wanted = {}, {}, []
    ids = pl.DataFrame({"person": range(50), "person_id": [f"{own * 7919 % 50:032x}" for own in range(50)]})
    of_person = dict(ids.iter_rows())
    for kind, senders in SENDERS.items():
        key = {"spells": "spell_id", "contacts": "contact_id"}[kind]
        said = [(sender, f"Z{at % 3}", f"S{at * 31 % 997}") for sender, count in senders.items() for at in range(count)]
        rng.shuffle(said)
        person = rng.integers(0, 50, len(said))
        passes = [("nhs_number", "unlinked")[own % 2] for own in person]
        views[kind] = (
            pl.DataFrame(said, schema=["submitter", "provider_code", key], orient="row")
            .lazy()
            .with_columns(
                pl.lit(1).alias("load_id"),
                pl.lit("file").alias("source_file"),
                pl.int_range(pl.len()).alias("source_row"),
                *(
                    NOTHING.alias(name)
                    for name in (
                        *("ethnic_category", "gp_practice_code", "lsoa_code", "nhs_number", "nhs_number_status"),
                        *(
                            "person_key",
                            "person_key_scheme",
                            "sex",
                            "postcode",
                            "surname",
                            "forename",
                            "local_patient_id",
                        ),
                    )
                ),
                *(
                    pl.lit(None, dtype=pl.Date).alias(name)
                    for name in ("birth_date", "admission_date", "contact_date", "birth_month")
                ),
            )
        )
        rows[kind] = pl.DataFrame(
            {
                "identity": pl.Series(person, dtype=pl.Int32),
                "person": pl.Series(person, dtype=pl.Int32),
                "link_pass": pl.Series(passes, dtype=pl.Enum(["nhs_number", "unlinked"])),
                "side_pass": pl.Series([None] * len(said), dtype=pl.Enum([])),
            }
        )
        wanted += [
            (kind, sender, f"{provider}/{spell}", of_person[int(one)], by)
            for (sender, provider, spell), one, by in zip(said, person, passes, strict=True)
        ]
    empty = pl.DataFrame()
    found = People(views, rows, empty.lazy(), [], empty, empty, 50, {}, Measured(False, False, False, False))
    return found, ids, sorted(wanted)


@pytest.mark.parametrize("together", [10, 30, 60, 1000])
def test_every_record_stands_in_its_place(together: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ordering, "TOGETHER", together)
    monkeypatch.setattr(listed, "TOGETHER", together)
    monkeypatch.setattr(listed, "GROUP_OF_ROWS", 16)
    found, ids, wanted = people(together)
    parts = list(person_index(found, ids))
    assert [row for part in parts for row in part.rows()] == wanted
    # Each part is of one sender, and all but a sender's last hold as many rows as a group of the file.
    of_sender: dict[tuple[str, str], list[int]] = {}
    for part in parts:
        ((kind, sender),) = part.select("extract", "submitter").unique().rows()
        of_sender.setdefault((kind, sender), []).append(part.height)
    assert of_sender == {
        (kind, sender): [16] * (count // 16) + [count % 16] * (count % 16 > 0)
        for kind, senders in sorted(SENDERS.items())
        for sender, count in senders.items()
    }


def test_a_list_of_nobody_is_a_table_without_rows() -> None:
    found, ids, _ = people()
    (part,) = person_index(People(**{**vars(found), "views": {}, "rows": {}}), ids)
    assert part.columns == TABLES["person_index"].column_names and part.height == 0


def test_pieces_are_written_as_the_whole(tmp_path: Path) -> None:
    table, count = TABLES["person_index"], GROUP_OF_ROWS + 5_000
    number = pl.int_range(count, eager=True)
    whole = pl.select(
        pl.lit("spells").alias("extract"),
        pl.lit("a").alias("submitter"),
        pl.format("S{}", number + 10_000_000).alias("record_key"),
        pl.format("{}", number * 7919 % 99_991).alias("person_id"),
        pl.when(number % 3 == 0).then(pl.lit("nhs_number")).otherwise(pl.lit("unlinked")).alias("link_pass"),
    )
    pieces = [whole.slice(0, GROUP_OF_ROWS), whole.slice(GROUP_OF_ROWS)]
    write_parts(table, [published(table, whole)], tmp_path / "whole", csv=True)
    write_parts(table, (published(table, own) for own in pieces), tmp_path / "pieces", csv=True)
    for name in ("person_index.parquet", "person_index.csv"):
        assert (tmp_path / "pieces" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
