"""A proposal, from its file to each partner's difference."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costshift.errors import ProjectError
from costshift.project import Project
from costshift.what_if import nets, read_proposal, with_other_delays

from places import costshift

MARCH = dt.date(2025, 3, 1)
PROJECT = Project.model_validate(
    {
        "place": {"name": "Anywhere"},
        "partners": [
            {"id": "hospital", "name": "Hospital", "type": "acute"},
            {"id": "council", "name": "Council", "type": "council"},
        ],
        "extracts": [{"kind": "spells", "submitter": "hospital", "files": "spells.csv"}],
        "delays": {"settle_days": 30},
    }
)
SHIFT = {
    "month": pl.Date, "driver": pl.String, "payer": pl.String, "kind": pl.String, "nature": pl.String,
    "basis": pl.String, "amount": pl.Int64,
}  # fmt: skip


def shifts(*rows: tuple[str, str, str, int]) -> pl.DataFrame:
    return pl.DataFrame(
        [(MARCH, driver, payer, kind, "notional", "counted", amount) for driver, payer, kind, amount in rows],
        schema=SHIFT,
        orient="row",
    )


def written(folder: Path, text: str) -> Path:
    path = folder / "proposal.toml"
    path.write_text(text, encoding="utf-8")
    return path


def net(frame: pl.DataFrame, days: dict[str, float]) -> dict[str, int]:
    return dict(nets(with_other_delays(frame, days), MARCH).select("partner", "net").iter_rows())


def test_fewer_days_of_a_driver_by_hand() -> None:
    rows = shifts(
        ("council", "hospital", "delay", 955_400),
        ("icb", "hospital", "delay", 10_000),
        ("council", "hospital", "late_chc_decision", 100),
        ("hospital", "hospital", "delay", 5_000),
    )
    assert net(rows, {}) == {"council": -955_500, "hospital": 965_500, "icb": -10_000}
    # A fifth of £9,554.00 is £1,910.80; other kinds and drivers stay.
    assert net(rows, {"council": -20}) == {"council": -764_420, "hospital": 774_420, "icb": -10_000}
    assert net(rows, {"council": -100})["council"] == -100


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from("abc"), st.just("delay"), st.integers(-(10**6), 10**6)),
        max_size=20,
    ),
    st.dictionaries(st.sampled_from("abc"), st.floats(-100, 300)),
)
def test_nets_sum_to_zero_whatever_is_proposed(rows: list, days: dict[str, float]) -> None:
    assert sum(net(shifts(*rows), days).values()) == 0


def test_a_section_changes_what_it_names_and_leaves_the_rest(tmp_path: Path) -> None:
    text = "[delays]\nready_date_min_complete = 0.5\n[[pools]]\nname = 'Fund'\npartners = { hospital = 50, council = 50 }\nrule = 'fixed_share'\n"
    found = read_proposal(written(tmp_path, text), PROJECT)
    assert (found.project.delays.ready_date_min_complete, found.project.delays.settle_days) == (0.5, 30)
    assert [pool.name for pool in found.project.pools] == ["Fund"]
    assert found.delayed_days == {}


def test_nothing_proposed_is_the_project_itself(tmp_path: Path) -> None:
    assert read_proposal(written(tmp_path, ""), PROJECT).project == PROJECT


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[delay]\n", "Did you mean 'delays'"),
        ("[[partners]]\nid = 'x'\n", "cannot be proposed"),
        ("[delayed_days]\ncouncill = -20\n", "Did you mean 'council'"),
        ("[delayed_days]\ncouncil = -120\n", "not a per cent"),
        ("[delayed_days]\ncouncil = 'some'\n", "not a per cent"),
        ("delayed_days = 3\n", "one line a partner"),
        ("[delays]\nsettle_dayz = 3\n", "settle_days"),
        ("[delays\n", "not valid TOML"),
    ],
)
def test_a_proposal_that_cannot_be_followed_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ProjectError, match=said):
        read_proposal(written(tmp_path, text), PROJECT)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="There is no file"):
        read_proposal(tmp_path / "none.toml", PROJECT)


def test_the_command_shows_each_partner_and_publishes_nothing(tmp_path: Path) -> None:
    rows = [
        "provider_code,spell_id,council_code,birth_date,admission_date,discharge_ready_date,discharge_date,delay_attribution"
    ]
    rows += [f"RN1,{n},C1,1940-01-0{n},2025-03-01,2025-03-05,2025-03-0{5 + n},council" for n in (1, 2)]
    (tmp_path / "spells.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (tmp_path / "costshift.toml").write_text(
        "[place]\nname = 'Anywhere'\n[[partners]]\nid = 'hospital'\nname = 'Hospital'\ntype = 'acute'\ncodes = ['RN1']\n"
        "[[partners]]\nid = 'council'\nname = 'Council'\ntype = 'council'\ncodes = ['C1']\n"
        "[[extracts]]\nkind = 'spells'\nsubmitter = 'hospital'\nfiles = 'spells.csv'\n",
        encoding="utf-8",
    )
    project = ["--project", tmp_path / "costshift.toml", "--month", "2025-03"]
    assert costshift("load", *project).code == 0
    proposal = written(tmp_path, "[delayed_days]\ncouncil = -50\n")
    outcome = costshift("what-if", proposal, *project, "--format", "json")
    assert outcome.code == 0, outcome.err
    found = {row["partner"]: row for row in json.loads(outcome.out)["positions"]}
    # 3 delayed days x £562 = £1,686.
    assert found["council"]["now"] == -1_686.0
    assert found["council"]["proposed"] == -843.0
    assert found["hospital"]["difference"] == -843.0
    text = costshift("what-if", proposal, *project).out
    assert "Council" in text and "-£1,686.00" in text
    assert not (tmp_path / "reports").exists() and not (tmp_path / "costshift.key").exists()
    # A pool shares what then falls: £1,686 or £843 on the hospital, of which the council bears half.
    with (tmp_path / "costshift.toml").open("a", encoding="utf-8") as file:
        file.write(
            "[[pools]]\nname = 'Fund'\nrule = 'fixed_share'\ncovers = ['delay']\n"
            "partners = { hospital = 50, council = 50 }\n"
        )
    pooled = costshift("what-if", proposal, *project, "--format", "json")
    found = {row["partner"]: row for row in json.loads(pooled.out)["positions"]}
    assert (found["hospital"]["now"], found["hospital"]["proposed"]) == (843.0, 421.5)
    assert (found["council"]["now"], found["council"]["proposed"]) == (-843.0, -421.5)
    wrong = costshift("what-if", tmp_path / "none.toml", *project)
    assert wrong.code == 2 and "There is no file" in wrong.err
