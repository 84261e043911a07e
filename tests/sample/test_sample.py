"""The artificial place keeps its promises: same bytes, valid numbers, a truth that adds up."""

from __future__ import annotations

import json
import tomllib
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from stdnum.gb import nhs

from costshift.errors import CostshiftError
from costshift.extracts.kinds import KINDS
from costshift.sample import SampleSettings, SampleSummary, write_sample
from costshift.sample.writing import headers

PEOPLE, MONTHS, LAST = 4_000, 14, date(2025, 3, 1)
FIRST_DAY, LAST_DAY = date(2024, 2, 1), date(2025, 3, 31)
MONTH = "2025-03"


def settings(**changes: object) -> SampleSettings:
    values: dict[str, object] = {"people": PEOPLE, "months": MONTHS, "last_month": LAST, "seed": 7}
    return SampleSettings(**{**values, **changes})  # type: ignore[arg-type]


class Place:
    def __init__(self, folder: Path, made: SampleSummary) -> None:
        self.folder, self.made = folder, made

    def truth(self, name: str) -> pl.DataFrame:
        return pl.read_parquet(self.folder / "truth" / f"{name}.parquet")

    def files(self, stem: str) -> list[Path]:
        return sorted(self.folder.glob(f"extracts/*/{stem}.*"))

    def canonical(self, path: Path, kind: str, layout: str) -> pl.DataFrame:
        if path.suffix == ".parquet":
            table = pl.read_parquet(path)
        else:
            encoding = "cp1252" if layout == "sus" else "utf-8-sig"
            text = path.read_bytes().decode(encoding)
            table = pl.read_csv(text.encode(), infer_schema=False)
        names = {header: column for column, header in headers(layout, kind).items()}
        return table.rename({header: name for header, name in names.items() if header in table.columns})

    def spells(self, month: str = MONTH) -> pl.DataFrame:
        parts = []
        for code, layout in (("rz1", "cds"), ("rz2", "sus"), ("rz3", "canonical")):
            (path,) = self.folder.glob(f"extracts/{month}/spells_{code}.*")
            form = "%d/%m/%Y" if layout == "sus" else "%Y-%m-%d"
            part = self.canonical(path, "spells", layout)
            parts.append(
                part.select(
                    "provider_code",
                    "spell_id",
                    "nhs_number",
                    "discharge_pathway",
                    *(
                        pl.col(name).str.to_date(form, strict=False)
                        for name in ("admission_date", "discharge_ready_date", "discharge_date", "birth_date")
                    ),
                )
            )
        return pl.concat(parts)

    def events(self, code: str) -> pl.DataFrame:
        return self.canonical(self.files(f"cld_{code}")[-1], "care_events", "cld_r2")


@pytest.fixture(scope="module")
def spotless(tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("spotless")
    return Place(folder, write_sample(folder, settings(fault_rate=0.0)))


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("faulty")
    return Place(folder, write_sample(folder, settings(fault_rate=0.05)))


@pytest.fixture(scope="module")
def monthly(tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("monthly")
    return Place(folder, write_sample(folder, settings(fault_rate=0.0, feeding="monthly")))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_settings_give_the_same_bytes(faulty: Place, tmp_path: Path) -> None:
    write_sample(tmp_path, settings(fault_rate=0.05))
    assert contents(tmp_path) == contents(faulty.folder)


def test_another_seed_gives_other_people(spotless: Place, tmp_path: Path) -> None:
    write_sample(tmp_path, settings(fault_rate=0.0, people=500, seed=8))
    numbers = pl.read_parquet(tmp_path / "truth" / "people.parquet")["nhs_number"]
    assert numbers.to_list() != spotless.truth("people")["nhs_number"][:500].to_list()


def test_every_nhs_number_is_valid_unique_and_from_the_test_range(spotless: Place) -> None:
    numbers = spotless.truth("people")["nhs_number"].to_list()
    assert len(set(numbers)) == PEOPLE
    assert all(number.startswith("999") and nhs.is_valid(number) for number in numbers)


def test_mistyped_numbers_are_invalid_and_stay_in_the_test_range(faulty: Place) -> None:
    typed = faulty.truth("faults").filter(pl.col("fault") == "nhs_number_digit")["after"].to_list()
    assert typed
    assert all(number.startswith("999") and not nhs.is_valid(number) for number in typed)


def test_no_postcode_or_area_code_can_be_real(spotless: Place) -> None:
    people = spotless.truth("people")
    assert people["postcode"].str.contains(r"^[NELMOPR]Q[1-9]\d* \d[A-Z]{2}$").all()


def test_twins_and_care_homes_are_there(spotless: Place) -> None:
    people = spotless.truth("people")
    homes = people.filter("care_home_resident").group_by("postcode").len()
    assert homes["len"].max() >= 10  # type: ignore[operator]
    same = people.group_by("postcode", "birth_date").len().filter(pl.col("len") == 2)
    assert same.height >= 3


def test_spotless_spells_have_dates_in_order_and_keys_once(spotless: Place) -> None:
    spells = spotless.spells()
    assert spells.select("provider_code", "spell_id").is_unique().all()
    assert spells["admission_date"].null_count() == 0
    assert spells["nhs_number"].null_count() == 0
    for before, after in (
        ("birth_date", "admission_date"),
        ("admission_date", "discharge_ready_date"),
        ("admission_date", "discharge_date"),
        ("discharge_ready_date", "discharge_date"),
    ):
        assert spells.filter(pl.col(before) > pl.col(after)).height == 0
    last = spells.select(pl.max_horizontal("discharge_date", "discharge_ready_date", "admission_date").max())
    assert last.item() <= LAST_DAY


def test_stays_of_one_person_do_not_overlap(spotless: Place) -> None:
    spells = spotless.truth("spells").sort("true_person", "admission_date", "discharge_date", nulls_last=True)
    spells = spells.with_columns(
        before=pl.col("discharge_date").fill_null(date(2100, 1, 1)).shift().over("true_person")
    )
    assert spells.filter(pl.col("admission_date") < pl.col("before")).height == 0
    joined = spells.filter(pl.col("admission_date") == pl.col("before"), pl.col("transfer").fill_null("") != "received")
    assert joined.height == 0


def test_spotless_care_events_have_dates_in_order_and_keys_once(spotless: Place) -> None:
    for code in ("991", "992"):
        events = spotless.events(code).with_columns(
            pl.col("event_start_date", "event_end_date").str.to_date("%d/%m/%Y")
        )
        key = ["council_person_id", "event_start_date", "event_end_date", "client_type", "event_type"]
        key += ["route_of_access", "assessment_type", "service_type", "service_component"]
        assert events.select(key).is_unique().all()
        assert events.filter(pl.col("event_start_date") > pl.col("event_end_date")).height == 0
        done = events.filter(pl.col("event_type") != "Service")
        assert done["event_end_date"].null_count() == 0
        assert done["event_end_date"].is_between(FIRST_DAY, LAST_DAY).all()
        assert events["event_id"].is_unique().all()


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"occupied_beds", "published_drd"}))
def test_every_column_of_the_layout_is_in_the_file(spotless: Place, kind: str) -> None:
    project = tomllib.loads((spotless.folder / "costshift.toml").read_text(encoding="utf-8"))
    entries = [each for each in project["extracts"] if each["kind"] == kind]
    assert entries
    for entry in entries:
        path = spotless.folder / entry["files"].replace("{month}", MONTH)
        first = path.read_bytes().split(b"\n", 1)[0].decode("utf-8-sig").strip()
        found = pl.read_csv(first.encode(), infer_schema=False).columns
        assert set(headers(entry["layout"], kind).values()) <= set(found)


def test_encodings_are_as_each_source_writes_them(spotless: Place) -> None:
    second = spotless.files("spells_rz2")[0].read_bytes()
    assert b"\r\n" in second
    with pytest.raises(UnicodeDecodeError):
        (spotless.files("delay_reasons_rz2")[0]).read_bytes().decode("utf-8")
    assert spotless.files("cld_992")[0].read_bytes().startswith(b"\xef\xbb\xbf")
    assert not spotless.files("cld_991")[0].read_bytes().startswith(b"\xef\xbb\xbf")


def test_true_days_sum_to_the_delay_of_every_delayed_spell(spotless: Place) -> None:
    key = ["provider_code", "spell_id"]
    days = spotless.truth("delayed_days")
    assert (days["to_date"] > days["from_date"]).all()
    summed = days.group_by(key).agg(pl.col("days").sum(), pl.col("from_date").min(), pl.col("to_date").max())
    spells = spotless.truth("spells").filter(pl.col("delay_days") > 0)
    both = spells.join(summed, on=key, how="full", coalesce=True)
    assert both.height == spells.height == summed.height
    assert (both["days"] == both["delay_days"]).all()
    assert (both["from_date"] == both["ready_date"]).all()
    # Every run is unbroken: the days between first and last are the days counted.
    assert ((both["to_date"] - both["from_date"]).dt.total_days() == both["days"]).all()
    discharged = both.filter(pl.col("discharge_date").is_not_null())
    assert (discharged["to_date"] == discharged["discharge_date"]).all()


def test_the_extract_shows_the_true_delay(spotless: Place) -> None:
    key = ["provider_code", "spell_id"]
    truth = spotless.truth("spells").filter(pl.col("discharge_date").is_not_null())
    both = truth.join(spotless.spells(), on=key, how="left", suffix="_sent")
    sent = (pl.col("discharge_date_sent") - pl.col("discharge_ready_date")).dt.total_days().fill_null(0)
    assert both.filter(sent != pl.col("delay_days")).height == 0


def test_recorded_reasons_disagree_at_their_rate(tmp_path: Path) -> None:
    for rate in (0.0, 0.3):
        folder = tmp_path / str(rate)
        write_sample(folder, settings(recorded_disagreement=rate, fault_rate=0.0))
        place = Place(folder, SampleSummary({}))
        key = ["provider_code", "spell_id"]
        days, said = place.truth("delayed_days"), place.truth("recorded_reasons")
        overlap = (
            pl.min_horizontal("to_date", "to_date_said") - pl.max_horizontal("from_date", "from_date_said")
        ).dt.total_days()
        both = days.join(said, on=key, suffix="_said").with_columns(overlap=overlap)
        both = both.filter(pl.col("overlap") > 0)
        runs = both.unique(subset=[*key, "from_date"], keep="first", maintain_order=True)
        wrong = runs.select((pl.col("partner_type") != pl.col("partner_type_said")).mean()).item()
        assert wrong == pytest.approx(rate, abs=0.06)


def test_an_effect_of_zero_plants_nothing(spotless: Place, tmp_path: Path) -> None:
    write_sample(tmp_path, settings(fault_rate=0.0, eligibility_effect=0.0, chc_effect=0.0))
    without = Place(tmp_path, SampleSummary({}))
    effects = without.truth("effects")
    assert effects.height > 0
    assert effects.select(pl.col("contacts", "attendances", "admissions", "pounds").sum()).row(0) == (
        0,
        0,
        0,
        0,
    )
    assert without.truth("chc")["council_weekly_cost"].null_count() == without.truth("chc").height
    columns = ["true_person", "admission_date", "ready_date", "discharge_date", "story", "outcome"]
    planted = spotless.truth("spells").filter(~pl.col("planted")).select(columns).sort(columns)
    assert planted.equals(without.truth("spells").select(columns).sort(columns))
    assert without.truth("eligibility").equals(spotless.truth("eligibility"))
    for stem in ("contacts_rz3", "attendances_rz1"):
        assert pl.read_csv(without.files(stem)[0]).height < pl.read_csv(spotless.files(stem)[0]).height


def test_late_decisions_on_continuing_healthcare_were_paid_for_by_a_council(spotless: Place) -> None:
    late = spotless.truth("chc").filter(pl.col("council_paid_from").is_not_null())
    assert late.filter(pl.col("decision_date") >= date(2025, 3, 1))["council"].sort().to_list() == [
        "eastmoor-council",
        "northshire-council",
    ]
    assert late["eligible"].all() and not late["fast_track"].any()
    assert (late["decision_date"] - late["checklist_date"]).dt.total_days().min() > 28  # type: ignore[operator]
    assert (late["council_paid_to"] < late["package_start_date"]).all()
    services = spotless.truth("services").filter(pl.col("service_component") == "Long term nursing care")
    found = late.join(services, left_on=["true_person", "council_paid_from"], right_on=["true_person", "start_date"])
    assert found.height == late.height
    ended = found.filter(pl.col("end_date").is_not_null())
    assert (ended["end_date"] == ended["council_paid_to"]).all()


def test_reasons_are_recorded_at_their_share(tmp_path: Path) -> None:
    key = ["provider_code", "spell_id"]
    for share in (0.5, 1.0):
        folder = tmp_path / str(share)
        write_sample(folder, settings(reasons_recorded=share, fault_rate=0.0))
        place = Place(folder, SampleSummary({}))
        delayed = place.truth("delayed_days").select(key).unique()
        told = delayed.join(place.truth("recorded_reasons"), on=key, how="semi")
        assert told.height / delayed.height == pytest.approx(share, abs=0.06)


def test_planted_use_is_worth_its_pounds(tmp_path: Path) -> None:
    write_sample(tmp_path, settings(people=30_000, eligibility_effect=300.0, names=False))
    effects = pl.read_parquet(tmp_path / "truth" / "effects.parquet")
    mean = effects["pounds"].sum() / effects["person_months"].sum()
    assert mean == pytest.approx(300.0, rel=0.08)


def test_the_tightening_makes_losses_and_refusals_rise_in_eastmoor_only(tmp_path: Path) -> None:
    made = settings(people=30_000, months=24, names=False)
    write_sample(tmp_path, made)
    decisions = pl.read_parquet(tmp_path / "truth" / "eligibility.parquet").with_columns(
        after=pl.col("decision_date") >= made.eligibility_month
    )
    bad = pl.col("transition").is_in(["lost", "refused"]).mean().alias("bad")
    share = {(row[0], row[1]): row[2] for row in decisions.group_by("council", "after").agg(bad).iter_rows()}
    assert share["eastmoor-council", True] > share["eastmoor-council", False] + 0.05
    assert abs(share["northshire-council", True] - share["northshire-council", False]) < 0.04


def test_both_feedings_hold_the_same_spells(spotless: Place, monthly: Place) -> None:
    key = ["provider_code", "spell_id"]
    months = sorted(path.name for path in (monthly.folder / "extracts").iterdir())
    assert len(months) == MONTHS
    parts = [monthly.spells(month).with_columns(month=pl.lit(month)) for month in months]
    fed = pl.concat(parts).sort("month").unique(subset=key, keep="last").drop("month").sort(key)
    assert fed.equals(spotless.spells().sort(key))
    closed = pl.concat(parts).filter(pl.col("discharge_date").is_not_null())
    assert closed.select(key).is_unique().all()
    assert (closed["discharge_date"].dt.strftime("%Y-%m") == closed["month"]).all()


def test_a_monthly_file_knows_nothing_of_later_days(monthly: Place) -> None:
    early = monthly.spells("2024-06")
    for name in ("admission_date", "discharge_ready_date", "discharge_date"):
        assert early[name].max() <= date(2024, 6, 30)  # type: ignore[operator]
    council = monthly.files("cld_991")
    assert [path.parent.name for path in council] == ["2024-03", "2024-06", "2024-09", "2024-12", "2025-03"]


def test_faults_stand_where_the_truth_says(faulty: Place) -> None:
    faults = faulty.truth("faults")
    kinds = set(faults["fault"].unique())
    assert {
        "nhs_number_missing",
        "nhs_number_digit",
        "surname_typing",
        "birth_date_part",
        "duplicate",
        "key_conflict",
        "discharge_before_admission",
        "ready_before_admission",
        "ready_after_discharge",
        "unreadable_date",
        "null_text",
        "null_date",
        "unknown_reason",
        "reason_spaces_and_dashes",
        "trailing_space",
    } <= kinds
    name = f"extracts/{MONTH}/spells_rz1.csv"
    table = faulty.canonical(faulty.folder / name, "spells", "cds")
    mine = faults.filter(pl.col("file") == name, pl.col("fault") == "ready_before_admission")
    assert mine.height > 0
    for row in mine.iter_rows(named=True):
        found = table.row(row["row"] - 2, named=True)
        assert found["spell_id"] == row["record_key"]
        assert found["discharge_ready_date"] == row["after"]
        assert found["discharge_ready_date"] < found["admission_date"]


def test_no_faults_at_rate_zero(spotless: Place) -> None:
    assert spotless.truth("faults").height == 0


def test_parquet_has_real_dates_and_text_else(tmp_path: Path) -> None:
    write_sample(tmp_path, settings(people=500, file_format="parquet"))
    table = pl.read_parquet(tmp_path / "extracts" / MONTH / "spells_rz2.parquet")
    dates = {name for name, kind in table.schema.items() if kind == pl.Date}
    assert "Admission_Date" in dates
    assert all(kind in (pl.Date, pl.String) for kind in table.schema.values())


def test_more_people_than_numbers_leaves_the_rest_without(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("costshift.sample.people._VALID_999_NUMBERS", 400)
    write_sample(tmp_path, settings(people=600, fault_rate=0.0))
    numbers = pl.read_parquet(tmp_path / "truth" / "people.parquet")["nhs_number"]
    given = numbers.drop_nulls()
    assert 0 < len(given) <= 400
    assert given.is_unique().all()


def test_names_can_be_left_out(tmp_path: Path) -> None:
    write_sample(tmp_path, settings(people=500, names=False))
    header = (tmp_path / "extracts" / MONTH / "cld_991.csv").read_text(encoding="utf-8").split("\n")[0]
    assert "Last Name" not in header


def test_the_world_names_what_is_planted(spotless: Place) -> None:
    world = json.loads((spotless.folder / "truth" / "world.json").read_text(encoding="utf-8"))
    assert world["eligibility_tightening"]["council"] == "eastmoor-council"
    assert world["settings"]["people"] == PEOPLE


@pytest.mark.parametrize(
    "changes",
    [{"people": 3}, {"months": 0}, {"fault_rate": 2.0}, {"eligibility_effect": -1.0}, {"feeding": "x"}],
)
def test_impossible_settings_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(CostshiftError, match=next(iter(changes))):
        settings(**changes)
