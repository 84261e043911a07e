"""Values that no list knows: counted, with the nearest known and the line that maps it."""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path

import pytest

from costshift.extracts.unknown_values import nearest

from places import costshift


@pytest.mark.parametrize(
    ("column", "value", "known"),
    [
        ("delay_reason", "Awaiting therapy review of need for supported dischrge (Hospital process)", "HP3"),
        ("delay_reason", "hospital process awaiting patient transport", "HP6"),
        ("delay_reason", "Capacity: residential / nursing home care not available (Pathway 3)", "CP7"),
        ("delay_attribution", "Socal Care", "council"),
        ("delay_reason", "qqq", ""),
    ],
)
def test_the_nearest_known_value(column: str, value: str, known: str) -> None:
    text, code, score = nearest(column, value)
    assert code == known
    assert (score >= 60) == bool(known) == bool(text)


def test_a_column_without_a_list_has_no_nearest_value() -> None:
    assert nearest("surname", "Smith") == ("", "", 0)


def test_each_unknown_reason_is_listed_with_its_count_and_the_line_that_maps_it(tmp_path: Path) -> None:
    rows = ["provider_code,spell_id,admission_date,discharge_ready_date,discharge_date,delay_reason"]
    reasons = ["Hospital process awaiting patient transport"] * 3 + ['Waiting for "Bob"', "HP1", ""]
    rows += [
        f'RZ1,S{number},2025-03-01,2025-03-05,2025-03-09,"{reason.replace(chr(34), chr(34) * 2)}"'
        for number, reason in enumerate(reasons)
    ]
    (tmp_path / "spells.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    project = tmp_path / "costshift.toml"
    project.write_text(
        '[place]\nname = "X"\n[[partners]]\nid = "h"\nname = "H"\ntype = "acute"\ncodes = ["RZ1"]\n'
        '[[extracts]]\nkind = "spells"\nsubmitter = "h"\nfiles = "spells.csv"\n',
        encoding="utf-8",
    )
    outcome = costshift("load", "--project", project, "--month", "2025-03")
    assert outcome.code in (0, 1), outcome.err
    path = tmp_path / "restricted/2025-03/quarantine/unknown_values_spells_h.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.DictReader(file))
    assert [(row["column"], row["value"], row["rows"]) for row in found] == [
        ("delay_reason", "Hospital process awaiting patient transport", "3"),
        ("delay_reason", 'Waiting for "Bob"', "1"),
    ]
    assert found[0]["nearest_known"].startswith("Hospital process") and found[1]["nearest_known"] == ""
    # The line, put into the project file, reads the value.
    table, line = found[0]["setting"].split("] ", 1)
    project.write_text(f"{project.read_text(encoding='utf-8')}{table}]\n{line}\n", encoding="utf-8")
    assert tomllib.loads(project.read_text(encoding="utf-8"))
    assert costshift("load", "--project", project, "--month", "2025-03").code in (0, 1)
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert [row["value"] for row in csv.DictReader(file)] == ['Waiting for "Bob"']
    assert "Bob" not in outcome.out + outcome.err
