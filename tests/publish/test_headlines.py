"""The figures that are read aloud: never a zero where nothing is known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from places import costshift

HEADER = "provider_code,spell_id,birth_date,admission_date,discharge_ready_date,discharge_date,discharge_pathway\n"
PROJECT = """
[place]
name = "Anywhere"
[[partners]]
id = "hospital"
name = "Hospital"
type = "acute"
codes = ["RN1"]
[[extracts]]
kind = "spells"
submitter = "hospital"
files = "spells.csv"
[delays]
ready_date_missing = "{missing}"
[output]
formats = []
"""


def headlines(folder: Path, rows: str, missing: str = "no_delay") -> dict[str, dict[str, object]]:
    (folder / "costshift.toml").write_text(PROJECT.format(missing=missing), encoding="utf-8")
    (folder / "spells.csv").write_text(HEADER + rows, encoding="utf-8")
    outcome = costshift("run", "--month", "2025-04", "--format", "json", cwd=folder)
    assert outcome.code == 0, outcome.err
    return {headline["key"]: headline for headline in json.loads(outcome.out)["headlines"]}


def test_where_every_provider_is_left_out_nothing_is_zero(tmp_path: Path) -> None:
    # Two long stays, one without a ready date: half is less than 0.8.
    rows = "RN1,1,1940-01-01,2025-04-01,2025-04-05,2025-04-10,P1\nRN1,2,1940-01-01,2025-04-01,,2025-04-10,P1\n"
    found = headlines(tmp_path, rows)
    for key in ("discharges", "average_delay_days", "delayed_bed_days", "delayed_beds", "delayed_bed_days_cost"):
        assert found[key]["value"] is None and found[key]["shown"] == "[x]", key
        assert "Hospital" in str(found[key]["doubt"])


@pytest.mark.parametrize(
    ("missing", "average", "other"),
    [
        # Four discharges, delays 4, 0, 0 and one of two nights without a ready date.
        # Missing as no delay: 4 / 4 = 1.00; left out: 4 / 3 = 1.33.
        ("no_delay", 1.0, "1.33 days if missing ready dates are left out."),
        ("exclude", 4 / 3, "1.00 days if missing ready dates count as no delay."),
    ],
)
def test_headlines_give_both_bounds(tmp_path: Path, missing: str, average: float, other: str) -> None:
    rows = (
        "RN1,1,1940-01-01,2025-04-01,2025-04-06,2025-04-10,P1\n"
        "RN1,2,1940-01-01,2025-04-01,2025-04-10,2025-04-10,P0\n"
        "RN1,3,1940-01-01,2025-04-01,2025-04-10,2025-04-10,P0\n"
        "RN1,4,1940-01-01,2025-04-08,,2025-04-10,P0\n"
    )
    found = headlines(tmp_path, rows, missing)
    assert found["average_delay_days"]["value"] == pytest.approx(average)
    assert other in str(found["average_delay_days"]["doubt"])
    # 4 delayed bed days (6 to 9 April) at £562 = £2,248; at £395, £1,580.
    assert found["delayed_bed_days"]["value"] == 4
    assert found["delayed_bed_days_cost"]["value"] == 2248
    assert "£1,580" in str(found["delayed_bed_days_cost"]["doubt"])
