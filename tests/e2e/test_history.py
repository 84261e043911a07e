"""The loads as a user handles them: listed, shown, taken back, pruned; and spells that are lost to sight."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path

import polars as pl
import pytest

from places import Outcome, costshift, every_file

HEADER = (
    "provider_code,spell_id,nhs_number,birth_date,admission_date,discharge_ready_date,discharge_date,discharge_pathway"
)
PROJECT = """
[output]
formats = ["html", "csv"]
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
files = "in/{month}/spells.csv"
"""


@pytest.fixture
def hospital(tmp_path: Path) -> Path:
    (tmp_path / "costshift.toml").write_text(PROJECT, encoding="utf-8")
    return tmp_path


def send(place: Path, month: str, *rows: str) -> None:
    folder = place / "in" / month
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "spells.csv").write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")


def command(place: Path, *words: str) -> Outcome:
    outcome = costshift(*words, "--project", place / "costshift.toml")
    assert outcome.code in (0, 1), outcome.err
    return outcome


def reports(place: Path) -> dict[str, bytes]:
    return every_file(place / "reports") | every_file(place / "restricted")


def table(place: Path, month: str, name: str) -> pl.DataFrame:
    return pl.read_parquet(place / f"reports/{month}/internal/tables/{name}.parquet")


FIRST = "RN1,S1,9990000018,1940-01-01,2025-03-01,2025-03-05,2025-03-10,P1"


def test_undo_gives_back_the_earlier_bytes_and_known_at_gives_either(hospital: Path) -> None:
    send(hospital, "2025-03", FIRST)
    command(hospital, "run", "--month", "2025-03")
    first = reports(hospital)
    send(hospital, "2025-03", FIRST.replace("2025-03-10", "2025-03-20"))
    command(hospital, "run", "--month", "2025-03")
    second = reports(hospital)
    assert table(hospital, "2025-03", "discharge_delays")["bed_days_lost"].to_list() == [15]
    assert first != second

    command(hospital, "report", "--month", "2025-03", "--known-at", "1")
    assert reports(hospital) == first
    command(hospital, "report", "--month", "2025-03", "--known-at", "2")
    assert reports(hospital) == second
    command(hospital, "history", "undo", "2")
    command(hospital, "report", "--month", "2025-03")
    assert reports(hospital) == first


def test_a_corrected_march_leaves_april_alone(hospital: Path) -> None:
    april = "RN1,S2,9990000026,1941-01-01,2025-04-01,2025-04-02,2025-04-08,P0"
    send(hospital, "2025-03", FIRST)
    command(hospital, "load", "--month", "2025-03")
    send(hospital, "2025-04", april)
    command(hospital, "run", "--month", "2025-04")
    before = table(hospital, "2025-04", "discharge_delays").filter(pl.col("month") == dt.date(2025, 4, 1))
    send(hospital, "2025-03", FIRST.replace("2025-03-05", "2025-03-08"))
    command(hospital, "load", "--month", "2025-03")
    command(hospital, "report", "--month", "2025-04")
    after = table(hospital, "2025-04", "discharge_delays")
    assert after.filter(pl.col("month") == dt.date(2025, 4, 1)).equals(before)
    assert after.filter(pl.col("month") == dt.date(2025, 3, 1))["bed_days_lost"].to_list() == [2]


def test_list_and_show_tell_what_each_load_changed(hospital: Path) -> None:
    send(hospital, "2025-03", FIRST, FIRST.replace("S1", "S9").replace("9990000018", ""))
    command(hospital, "load", "--month", "2025-03")
    send(hospital, "2025-03", FIRST.replace("P1", "P2"), FIRST.replace("S1", "S3").replace("9990000018", ""))
    command(hospital, "load", "--month", "2025-03")
    shown = json.loads(command(hospital, "history", "show", "2", "--format", "json").out)
    # S1 changed its pathway, S3 came; S9 is not in the corrected file, but a month's file replaces by key only.
    assert shown["changes"] == [{"kind": "spells", "submitters": "hospital", "added": 1, "changed": 1, "withdrawn": 0}]
    command(hospital, "history", "undo", "1")
    listed = json.loads(command(hospital, "history", "list", "--format", "json").out)["loads"]
    assert [(row["load_id"], row["action"], row["counts"]) for row in listed] == [
        (1, "load", False),
        (2, "load", True),
        (3, "undo", False),
    ]
    assert "took back load 1" in command(hospital, "history", "list").out


def test_a_load_that_does_not_count_cannot_be_undone_or_shown(hospital: Path) -> None:
    send(hospital, "2025-03", FIRST)
    command(hospital, "load", "--month", "2025-03")
    for words in (["history", "undo", "7"], ["history", "show", "7"]):
        outcome = costshift(*words, "--project", hospital / "costshift.toml")
        assert outcome.code == 2
        assert "Loads that count: 1" in outcome.err


def test_an_open_spell_that_is_in_no_later_file_counts_to_the_last_day_seen_and_is_listed(hospital: Path) -> None:
    open_spell = "RN1,S5,9990000034,1942-01-01,2025-03-10,2025-03-21,,P1"
    still = "RN1,S6,9990000042,1943-01-01,2025-03-10,2025-03-25,,P1"
    send(hospital, "2025-03", FIRST, open_spell, still)
    command(hospital, "run", "--month", "2025-03")
    days = table(hospital, "2025-03", "delayed_bed_days")["delayed_bed_days"].sum()
    # S1: 5 to 9 March, 5 days; S5: 21 to 31 March, 11; S6: 25 to 31 March, 7.
    assert days == 5 + 11 + 7
    send(hospital, "2025-04", "RN1,S7,9990000050,1944-01-01,2025-04-01,2025-04-03,2025-04-04,P0", still)
    outcome = command(hospital, "run", "--month", "2025-04")
    by_month = table(hospital, "2025-04", "delayed_bed_days").group_by("month").agg(pl.col("delayed_bed_days").sum())
    # April: S6 30 days, S7 1 day; nothing of S5, which is in no later file.
    assert dict(by_month.iter_rows()) == {dt.date(2025, 3, 1): 23, dt.date(2025, 4, 1): 31}
    lost = pl.read_parquet(hospital / "restricted/2025-04/tables/lost_to_sight.parquet")
    assert lost.select("spell_id", "last_seen", "delay_days").rows() == [("S5", dt.date(2025, 3, 31), 11)]
    assert "nothing_is_lost_to_sight" in outcome.out
    assert table(hospital, "2025-04", "census")["people_delayed"].sum() == 1

    # A later file that says what became of it settles the matter.
    send(hospital, "2025-05", open_spell.replace(",,P1", ",2025-04-12,P1"), still.replace(",,P1", ",2025-05-02,P1"))
    command(hospital, "run", "--month", "2025-05")
    lost = pl.read_parquet(hospital / "restricted/2025-05/tables/lost_to_sight.parquet")
    assert lost.height == 0
    april = table(hospital, "2025-05", "delayed_bed_days").filter(pl.col("month") == dt.date(2025, 4, 1))
    # S5: 1 to 11 April, 11 days.
    assert april["delayed_bed_days"].sum() == 31 + 11


def test_after_prune_no_pruned_identifier_is_in_any_byte(hospital: Path) -> None:
    secrets = {
        "2025-02": ("9990000018", "ZEBEDEE1"),
        "2025-03": ("9990000026", "ZEBEDEE2"),
    }
    for month, (number, spell) in secrets.items():
        send(hospital, month, f"RN1,{spell},{number},1940-01-01,{month}-01,{month}-05,{month}-10,P1", "RN1,broken")
        command(hospital, "run", "--month", month)
    outcome = command(hospital, "history", "prune", "--before", "2025-03")
    assert "Would go for good: loads 1; restricted folders 2025-02" in outcome.out
    assert (hospital / "restricted/2025-02").exists()
    command(hospital, "history", "prune", "--before", "2025-03", "--yes")
    assert not (hospital / "restricted/2025-02").exists()

    def holds(secret: str) -> list[str]:
        # Parquet pages are compressed: what a reader can get back counts as well as the bytes.
        raw = [name for name, content in every_file(hospital / "history").items() if secret.encode() in content]
        read = [
            str(path)
            for path in (hospital / "history").rglob("*.parquet")
            if secret in pl.read_parquet(path, hive_partitioning=False).write_csv()
        ]
        return raw + read

    for secret in secrets["2025-02"]:
        assert holds(secret) == []
    for secret in secrets["2025-03"]:
        assert holds(secret) != []
    command(hospital, "report", "--month", "2025-03")
    assert table(hospital, "2025-03", "discharge_delays")["month"].unique().to_list() == [dt.date(2025, 3, 1)]
    # The number of a pruned load is never given again.
    send(hospital, "2025-04", FIRST.replace("S1", "S4"))
    assert "Kept as load 4" in command(hospital, "load", "--month", "2025-04").out


def test_a_prune_that_was_cut_off_is_finished_by_the_next_load(hospital: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from costshift.history.store import History

    send(hospital, "2025-02", FIRST)
    command(hospital, "load", "--month", "2025-02")
    send(hospital, "2025-03", FIRST.replace("S1", "S2"))
    command(hospital, "load", "--month", "2025-03")
    with monkeypatch.context() as patch:
        patch.setattr(History, "sweep", lambda self: (_ for _ in ()).throw(KeyboardInterrupt))
        costshift("history", "prune", "--before", "2025-03", "--yes", "--project", hospital / "costshift.toml")
    assert (hospital / "history/spells/load_id=1").exists()
    send(hospital, "2025-04", FIRST.replace("S1", "S3"))
    command(hospital, "load", "--month", "2025-04")
    assert not (hospital / "history/spells/load_id=1").exists()


def test_a_copy_of_the_history_reads_the_same(hospital: Path, tmp_path: Path) -> None:
    send(hospital, "2025-03", FIRST)
    command(hospital, "run", "--month", "2025-03")
    first = reports(hospital)
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(hospital, elsewhere, ignore=shutil.ignore_patterns("elsewhere", "reports", "restricted"))
    command(elsewhere, "report", "--month", "2025-03")
    now = {name: content for name, content in reports(elsewhere).items() if "quarantine" not in name}
    assert now == {name: content for name, content in first.items() if "quarantine" not in name}


@pytest.mark.slow
def test_packs_of_known_loads_stay_the_same_where_rows_were_set_aside_and_values_blanked(hospital: Path) -> None:
    broken = ("RN1,broken", FIRST.replace("S1", "S8").replace("1940-01-01", "not a date"))
    packs = {}
    for number, leaving in enumerate(("2025-03-10", "2025-03-20", "2025-03-25"), 1):
        send(hospital, "2025-03", FIRST.replace("2025-03-10", leaving), *broken[: 3 - number])
        command(hospital, "run", "--month", "2025-03")
        packs[number] = every_file(hospital / "reports")
    assert len({str(sorted(pack.items())) for pack in packs.values()}) == 3
    for number in (1, 3, 2):
        command(hospital, "report", "--month", "2025-03", "--known-at", str(number))
        assert every_file(hospital / "reports") == packs[number]


def test_loading_twice_writes_nothing_and_a_correction_changes_just_what_was_corrected(hospital: Path) -> None:
    others = [FIRST.replace("S1", f"S{n}").replace("9990000018", "") for n in range(2, 30)]
    send(hospital, "2025-03", FIRST, *others)
    command(hospital, "run", "--month", "2025-03")
    history = every_file(hospital / "history")
    assert "Nothing new: load 1" in command(hospital, "load", "--month", "2025-03").out
    assert every_file(hospital / "history") == history

    def rows() -> dict[str, tuple[object, ...]]:
        table = pl.read_parquet(hospital / "restricted/2025-03/tables/delayed_spells.parquet")
        return {row[0]: row for row in table.select("spell_id", pl.exclude("spell_id", "person_id")).iter_rows()}

    before = rows()
    send(hospital, "2025-03", FIRST.replace("2025-03-05", "2025-03-08"), *others)
    command(hospital, "run", "--month", "2025-03")
    after = rows()
    assert {spell for spell in after if after[spell] != before[spell]} == {"S1"}
    # What was there before stays, byte for byte: the load is added beside it.
    now = every_file(hospital / "history")
    data = {name: content for name, content in history.items() if "publications" not in name}
    assert {name for name, content in data.items() if now[name] != content} == set()


def test_what_the_rules_of_client_level_data_did_is_told(tmp_path: Path) -> None:
    header = "council_code,council_person_id,nhs_number,event_type,event_start_date,event_end_date,service_type,service_component,death_date"
    care = PROJECT.replace(
        'codes = ["RN1"]',
        'codes = ["RN1"]\n[[partners]]\nid = "council"\nname = "The Council"\ntype = "council"\ncodes = ["503"]',
    )
    care += '[[extracts]]\nkind = "care_events"\nsubmitter = "council"\nfiles = "in/{month}/cld.csv"\n'
    (tmp_path / "costshift.toml").write_text(care, encoding="utf-8")
    service = "503,P1,9990000018,Service,2025-01-10,,Long term support: Community,Home support,"
    gone = "503,P2,9990000026,Service,2025-01-11,,Long term support: Community,Home support,"
    dead = "503,P3,9990000034,Service,2025-01-12,2025-03-30,Long term support: Community,Home support,2025-02-14"
    nobody = "503,,,Service,2025-01-13,2025-01-20,Long term support: Community,Home support,"
    later = "503,P9,9990000042,Service,2025-03-05,2025-03-31,Long term support: Community,Home support,"
    for month, rows in (
        ("2025-02", [service, gone, dead, nobody]),
        ("2025-03", [service, later]),
    ):
        send(tmp_path, month, FIRST.replace("2025-03", month))
        (tmp_path / f"in/{month}/cld.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        command(tmp_path, "run", "--month", month)
    told = table(tmp_path, "2025-03", "data_quality").filter(pl.col("extract") == "care_events")
    departures = {
        (f"{month:%Y-%m}", rule): rows
        for month, rule, rows, severity in told.select("month", "rule", "rows", "severity").iter_rows()
        if severity == "information" and rule.split("_")[0] in ("event", "ended")
    }
    assert departures == {
        ("2025-02", "event_superseded"): 1,  # P1 is in March's file again
        ("2025-02", "ended_by_period"): 1,  # P2 is not
        ("2025-02", "ended_by_death"): 1,
        ("2025-02", "event_without_person"): 1,
    }
    page = (tmp_path / "reports/2025-03/internal/board-pack.html").read_text("utf-8")
    assert "A later file holds the event again: the later record counts." in page
    assert "Where the events that count differ from the records that were sent" in page
    assert "Where the events that count differ" not in (tmp_path / "reports/2025-03/public/board-pack.html").read_text(
        "utf-8"
    )
    text = (tmp_path / "reports/2025-03/internal/findings/council.txt").read_text("utf-8")
    assert "The Council" in text
