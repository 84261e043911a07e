"""Layouts: whose headers are whose, and what a look at the values settles."""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path

import pytest

from costshift import standards
from costshift.extracts.kinds import KINDS
from costshift.extracts.layouts import LAYOUT_FILES, layout_headers, match_headers
from costshift.extracts.recognising import recognise_folder
from costshift.project import Project
from costshift.project_file import project_text
from extracts.desk import NUMBERS, csv_of, findings_of, read_all, spell

EVENTS = KINDS["care_events"]
TYPED = {
    "Name": "SMITH, Mary Ann",
    "DOB": "03/02/1940",
    "NHS No": NUMBERS[0],
    "Date of Assessment": "12/03/2025",
    "Outcome": "Not eligible",
    "Band": "Moderate",
}


@pytest.mark.parametrize("layout", LAYOUT_FILES)
def test_every_row_of_a_layout_names_a_canonical_column(layout: str) -> None:
    for kind in KINDS.values():
        assert {name for name, _ in layout_headers(layout, kind.name)} <= set(kind.columns)


@pytest.mark.parametrize("layout", ["cld_r1", "cld_r2"])
def test_headers_with_spaces_and_database_names_are_the_same(layout: str) -> None:
    spaced = [header for _, header in layout_headers(layout, "care_events")]
    database = [header.replace(": ", "_").replace(" (", "_").replace(")", "").replace(" ", "_") for header in spaced]
    assert "Request_Route_of_Access" in database and "Cost_Frequency_Unit_Type" in database
    plain = match_headers(spaced, EVENTS, layout)
    assert match_headers(database, EVENTS, layout).columns.keys() == plain.columns.keys()
    assert len(plain.columns) == len(spaced)
    assert match_headers(database, EVENTS).layout == "cld_r2"


def test_words_of_a_typed_list_are_not_looked_for_in_other_files() -> None:
    headers = [header for _, header in layout_headers("cld_r2", "care_events") if header != "Event Outcome"]
    match = match_headers([*headers, "Outcome", "Band"], EVENTS)
    assert (match.layout, match.columns.keys() & {"event_outcome", "need_band"}) == ("cld_r2", set())


def test_a_typed_list_is_read_as_assessments(tmp_path: Path) -> None:
    rows = [TYPED, TYPED | {"Name": "Mr John  Brown", "NHS No": "", "Outcome": "NFA: Support declined", "DOB": ""}]
    (tmp_path / "list.csv").write_text(csv_of(rows))
    read = read_all(
        tmp_path,
        {
            "kind": "care_events", "submitter": "council", "files": "list.csv", "layout": "simple_assessments",
            "constants": {"council_code": "503"},
        },
    )[0]  # fmt: skip
    first, second = read.accepted.to_dicts()
    assert (first["surname"], first["forename"]) == ("SMITH", "Mary Ann")
    assert (second["surname"], second["forename"]) == ("Brown", "John")
    assert {row["event_type"] for row in (first, second)} == {"Assessment"}
    assert first["event_start_date"] == first["event_end_date"] == dt.date(2025, 3, 12)
    assert (first["need_band"], second["event_outcome"]) == ("Moderate", "NFA: Support declined")
    # «Not eligible» is no outcome of Client Level Data.
    assert findings_of(read) == {("unknown_value", "Outcome"): 1, ("nhs_number_missing", "NHS No"): 1}


def test_values_of_release_1_without_an_equal_are_reported(tmp_path: Path) -> None:
    left_out = standards.unmapped_values().select("column", "value").rows()
    columns = {"council_code": "503", "event_type": "Service", "event_start_date": "01/03/2025"}
    for column, value in left_out:
        (tmp_path / "e.csv").write_text(csv_of([columns | {column: value}]))
        read = read_all(tmp_path, {"kind": "care_events", "submitter": "council", "files": "e.csv", "layout": "cld_r1"})
        assert findings_of(read[0]) == {("unknown_value", column): 1}
        assert read[0].accepted[column].to_list() == [None]


class TestInit:
    def project(self, folder: Path) -> tuple[str, Project]:
        text = project_text(recognise_folder(folder, folder))
        return text, Project.model_validate(tomllib.loads(text))

    def test_a_typed_list_gets_its_layout_and_a_council_to_check(self, tmp_path: Path) -> None:
        (tmp_path / "spells.csv").write_text(csv_of([spell(1, council_code="503")]))
        (tmp_path / "typed.csv").write_text(csv_of([TYPED, TYPED | {"Outcome": "Eligible"}]))
        text, project = self.project(tmp_path)
        own = next(extract for extract in project.extracts if extract.kind == "care_events")
        assert (own.layout, own.constants, own.submitter) == ("simple_assessments", {"council_code": "503"}, "503")
        assert own.columns["eligible_needs"] == "Outcome"
        assert "# check: typed.csv: Outcome says whether needs are eligible (Eligible, Not eligible)" in text
        read = read_all(tmp_path, own.model_dump() | {"submitter": "council"})[0]
        assert read.accepted["eligible_needs"].to_list() == [
            "Non-eligible needs identified",
            "Eligible needs identified",
        ]
        assert read.accepted["surname"].to_list() == ["SMITH", "SMITH"]

    def test_without_any_council_there_is_one_to_fill_in(self, tmp_path: Path) -> None:
        (tmp_path / "typed.csv").write_text(csv_of([TYPED]))
        text, project = self.project(tmp_path)
        assert project.partners[0].codes == ["COUNCIL"]
        assert "put the council's code here" in text

    def test_release_1_is_told_by_its_values(self, tmp_path: Path) -> None:
        row = {
            "LA Code": "503", "Event Type": "Request", "Event Start Date": "01/03/2025", "Client Type": "Carer",
            "LA Person Unique Identifier": "P1",
        }  # fmt: skip
        (tmp_path / "cld.csv").write_text(csv_of([row]))
        text, project = self.project(tmp_path)
        assert project.extracts[0].layout == "cld_r1"
        assert "values of Client Level Data Release 1, such as 'Carer'" in text
        (tmp_path / "cld.csv").write_text(csv_of([row | {"Client Type": "Unpaid carer"}]))
        assert self.project(tmp_path)[1].extracts[0].layout == "auto"

    def test_episodes_are_named_as_such(self, tmp_path: Path) -> None:
        row = {"procodet": "RN1", "provspnops": "7", "epiorder": "1", "admidate": "2025-03-01", "disdate": "2025-03-02"}
        (tmp_path / "hes.csv").write_text(csv_of([row]))
        text, project = self.project(tmp_path)
        assert project.extracts[0].layout == "hes"
        assert "it holds episodes (epiorder), which are put together to spells" in text
