"""What linkage settles by rule and lists: bridges, conflicts, permission, ids that change, and one person explained."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from costshift.errors import CostshiftError, ProjectError
from costshift.people.explaining import explain_person, person_data, person_of_number, person_text
from costshift.people.identified import People, identify
from costshift.people.listed import changed_ids, conflict_list
from costshift.people.permissions import permitted_numbers
from costshift.people.pseudonyms import pseudonyms
from costshift.people.quality import linkage_quality
from costshift.people.reliance import linkage_passes, linkage_sensitivity

from worlds import frame

KEY = b"a key of tests, of no secrecy"
N1, N2, N3 = "9990000018", "9990000026", "9990000034"
BORN = dt.date(1940, 5, 12)
ANN: dict[str, Any] = {"birth_date": BORN, "sex": "2", "postcode": "AB1 2CD", "forename": "Ann", "surname": "Smith"}


def people_of(spells: list[dict[str, Any]], events: list[dict[str, Any]], **options: Any) -> People:
    """Spells s0, s1 … of RN1 and events in rows 0, 1 … of E1, unless they say otherwise."""
    stays = [
        {"spell_id": f"s{n}", "provider_code": "RN1", "admission_date": dt.date(2024, 3, 1), "source_row": n} | row
        for n, row in enumerate(spells)
    ]
    care = [
        {"event_id": f"e{n}", "council_code": "E1", "event_type": "Service", "event_start_date": dt.date(2024, 3, 1)}
        | {"source_row": n}
        | row
        for n, row in enumerate(events)
    ]
    views = {"spells": frame("spells", stays), "care_events": frame("care_events", care)}
    return identify({name: rows for name, rows in views.items() if rows.collect().height}, **options)


def persons(people: People) -> dict[str, int]:
    """s0, e0 … to person."""
    return {
        f"{kind[0] if kind == 'spells' else 'e'}{row}": person
        for kind, row, person in people.records.select("kind", "source_row", "person").collect().iter_rows()
    }


def ids_of(people: People) -> pl.DataFrame:
    return pseudonyms(people.seeds(), KEY)


class TestKeysAndNumbers:
    def test_a_record_with_both_bridges_those_with_one(self) -> None:
        key = {"person_key": "k1", "person_key_scheme": "icb"}
        who = persons(people_of([key, key | {"nhs_number": N1}], [{"nhs_number": N1}, {"nhs_number": N2}]))
        assert who["s0"] == who["s1"] == who["e0"] != who["e1"]

    def test_two_keys_of_one_scheme_are_never_one_person(self) -> None:
        keys = [{"person_key": name, "person_key_scheme": "icb", "nhs_number": N1} | ANN for name in ("k1", "k2")]
        people = people_of(keys, [{"nhs_number": N1}])
        assert len(set(persons(people).values())) == 3
        assert people.counts["number_on_several_people"] == 1

    def test_a_place_with_keys_only_says_so(self) -> None:
        key = {"person_key": "k1", "person_key_scheme": "icb"}
        assert people_of([key], [key]).counts["only_person_keys"] == 1
        assert people_of([{"nhs_number": N1}], []).counts["only_person_keys"] == 0


class TestNames:
    @pytest.mark.parametrize(
        ("other", "found_by"),
        [
            (ANN | {"postcode": "CD1 2CD"}, "names"),  # birth date and both names
            (ANN | {"postcode": None, "forename": "Smith", "surname": "Ann"}, "names"),  # in each other's place
            (ANN | {"birth_date": None}, "names"),  # both names and postcode
            (ANN | {"birth_date": dt.date(1940, 5, 13), "postcode": None}, "names"),  # two of three parts
            (ANN | {"sex": "1", "surname": "Brown"}, "names"),  # birth date, one name, postcode
            (ANN | {"birth_date": dt.date(1971, 9, 3)}, None),  # a generation apart: father and son
            (ANN | {"birth_date": dt.date(1941, 9, 13), "postcode": None}, None),
            (ANN | {"forename": "Beryl", "postcode": None}, None),
        ],
    )
    def test_each_alternative(self, other: dict[str, Any], found_by: str | None) -> None:
        people = people_of([ANN | {"nhs_number": N1}], [other | {"council_person_id": "7"}])
        who = persons(people)
        assert (who["s0"] == who["e0"]) is (found_by is not None)
        assert people.records.collect().filter(pl.col("kind") == "care_events")["link_pass"].item() == (
            found_by or "local_id"
        )

    def test_namesakes_of_one_organisation_link_nobody(self) -> None:
        rows = [ANN | {"postcode": None, "local_patient_id": name} for name in "12"]
        people = people_of(rows, [ANN | {"postcode": None, "council_person_id": "7"}])
        assert len(set(persons(people).values())) == 3
        assert people.counts["several_people_alike"] == 1


class TestConflicts:
    def test_every_kind_is_listed_with_its_records_and_counted_by_sender(self) -> None:
        people = people_of(
            [
                ANN | {"nhs_number": N1, "local_patient_id": "1"},
                {"nhs_number": N1, "birth_date": dt.date(1971, 9, 3), "forename": "Peter", "local_patient_id": "2"},
                {"nhs_number": N2, "local_patient_id": "3"},
                {"nhs_number": N3, "local_patient_id": "3"},
                {"nhs_number": N3, "local_patient_id": "4"},
            ],
            [ANN | {"nhs_number": N2, "council_person_id": "7", "birth_date": None}],
        )
        listed = conflict_list(people, ids_of(people))
        found = {name: sorted(own["record_key"].unique()) for (name,), own in listed.group_by("conflict")}
        assert found["number_on_several_people"] == ["RN1/s0", "RN1/s1"]
        assert found["local_id_on_several_people"] == ["RN1/s2", "RN1/s3"]
        assert found["person_with_several_local_ids"] == ["RN1/s3", "RN1/s4"]
        assert listed.select(listed.columns[:-1]).is_duplicated().sum() == 0
        counted = linkage_quality(people).filter(pl.col("characteristic") == "conflict")
        assert dict(counted.filter(pl.col("extract") == "spells").select("group", "records").iter_rows()) == {
            "number_on_several_people": 2,
            "local_id_on_several_people": 2,
            "person_with_several_local_ids": 2,
        }

    def test_one_person_with_two_numbers(self) -> None:
        people = people_of([ANN | {"nhs_number": N1}], [ANN | {"nhs_number": N2}])
        assert len(set(persons(people).values())) == 1
        assert conflict_list(people, ids_of(people))["conflict"].to_list() == ["person_with_several_numbers"] * 2

    def test_twins_that_cannot_be_told_are_listed(self) -> None:
        nameless = ANN | {"forename": None, "surname": None}
        people = people_of([nameless | {"nhs_number": N1}], [nameless | {"council_person_id": n} for n in "78"])
        assert conflict_list(people, ids_of(people))["conflict"].unique().to_list() == ["several_people_alike"]

    def test_a_number_that_is_traced_later(self) -> None:
        early = {"local_patient_id": "1", "admission_date": dt.date(2024, 1, 5)}
        people = people_of([early, {"local_patient_id": "1", "nhs_number": N1, "nhs_number_status": "01"}], [])
        assert people.counts["number_traced_later"] == 1
        assert conflict_list(people, ids_of(people))["conflict"].unique().to_list() == ["number_traced_later"]


class TestChangedIds:
    def test_a_traced_number_renames_a_link_joins_and_nothing_else_is_listed(self) -> None:
        before = people_of([{"local_patient_id": "1"}, {"nhs_number": N2}], [{"council_person_id": "7"}])
        now = people_of(
            [{"local_patient_id": "1", "nhs_number": N1}, {"nhs_number": N2}],
            [{"council_person_id": "7", "nhs_number": N1}],
        )
        changes = changed_ids(before, ids_of(before), now, ids_of(now))
        assert changes.select("change", "records").sort("records").rows() == [("joined", 1), ("joined", 2)]
        assert changed_ids(now, ids_of(now), now, ids_of(now)).height == 0

    def test_another_key_changes_every_id(self) -> None:
        people = people_of([{"nhs_number": N1}], [{"nhs_number": N2}])
        other = pseudonyms(people.seeds(), b"another key of tests, long enough")
        assert changed_ids(people, ids_of(people), people, other)["change"].to_list() == ["renamed", "renamed"]


class TestPermission:
    def test_who_is_not_on_the_list_stays_in_each_organisation_and_is_linked_to_nothing(self) -> None:
        rows = [ANN | {"nhs_number": N1, "local_patient_id": "1"}, ANN | {"local_patient_id": "1"}]
        people = people_of(rows, [ANN | {"nhs_number": N1, "council_person_id": "7"}], permitted=frozenset({N2}))
        who = persons(people)
        assert who["s0"] == who["s1"] != who["e0"]
        assert set(people.records.collect()["link_pass"]) == {"not_permitted"}
        assert people.counts["people_not_permitted"] == 2
        assert ids_of(people)["person_id"].n_unique() == 2
        # The same people, once permitted, are one.
        assert len(set(persons(people_of(rows, [ANN | {"nhs_number": N1}], permitted=frozenset({N1}))).values())) == 1

    def test_the_list_is_read_with_and_without_a_header(self, tmp_path: Path) -> None:
        path = tmp_path / "permitted.csv"
        path.write_text("nhs_number\n999 000 0018\n\n999-000-0026\n", encoding="utf-8")
        assert permitted_numbers(path) == {N1, N2}
        path.write_text(f"{N3}\n", encoding="utf-8")
        assert permitted_numbers(path) == {N3}
        assert permitted_numbers(None) is None

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "names nobody"),
            (b"nhs_number\n", "names nobody"),
            (b"9990000018\n9990000019\n", "1 lines that are no valid NHS number, the first is line 2"),
            (b"9990000018,Smith\n", "line 1 has more than one column"),
            (b"\xff\xfe9", "is not UTF-8 text"),
        ],
    )
    def test_one_that_cannot_be_read_stops_the_run_and_shows_no_line(
        self, tmp_path: Path, content: bytes, message: str
    ) -> None:
        path = tmp_path / "permitted.csv"
        path.write_bytes(content)
        with pytest.raises(ProjectError, match=message) as caught:
            permitted_numbers(path)
        assert "99900000" not in str(caught.value)
        with pytest.raises(ProjectError, match="there is no file"):
            permitted_numbers(tmp_path / "nowhere.csv")


class TestExplained:
    def test_the_steps_say_who_was_joined_by_which_pass_on_what(self) -> None:
        people = people_of(
            [ANN | {"nhs_number": N1, "local_patient_id": "1"}, {"local_patient_id": "1"}],
            [ANN | {"council_person_id": "7", "forename": "Anne"}],
        )
        ids = ids_of(people)
        explained = explain_person(people, ids, ids["person_id"].item())
        assert [row["record_key"] for row in explained.records] == ["file.csv#0", "RN1/s0", "RN1/s1"]
        local, demographics = explained.steps
        assert (local.by, sorted(local.groups), local.agree) == ("local_id", [[2], [3]], ["local_id"])
        assert demographics.by == "demographics"
        assert demographics.agree == ["birth_date", "sex", "postcode", "surname"]
        assert demographics.differ == ["forename"]
        assert "demographics: " in person_text(explained)
        assert person_data(explained)["person_id"] == ids["person_id"].item()

    def test_a_number_names_its_people_and_a_wrong_one_is_not_repeated(self) -> None:
        people = people_of([{"nhs_number": N1}], [])
        ids = ids_of(people)
        assert person_of_number(people, ids, "999 000 0018\n") == ids["person_id"].to_list()
        for text, message in ((N2, "Nobody"), ("9990000019", "no valid NHS number"), ("", "no valid NHS number")):
            with pytest.raises(CostshiftError, match=message) as caught:
                person_of_number(people, ids, text)
            assert not text or text not in str(caught.value)
        with pytest.raises(CostshiftError, match="Nobody has that person_id"):
            explain_person(people, ids, "0" * 32)


class TestReliance:
    def test_false_matches_are_what_differs_beyond_the_surest_pass(self) -> None:
        """40 by number, 4 of them of another sex by a slip (r = 0.1); 40 without, by name, 20 of another sex."""
        spells, events = [], []
        numbers = _numbers(40)
        for n in range(80):
            who = {
                "birth_date": BORN + dt.timedelta(days=40 * n),
                "surname": f"Name{chr(97 + n % 26)}{chr(97 + n // 26)}ton",
                "forename": f"{'BCDFGH'[n % 6]}{'aeiou'[n % 5]}rt",
                "sex": "12"[n % 2],
            }
            number = {"nhs_number": numbers[n]} if n < 40 else {}
            other = "21"[n % 2] if (n % 10 == 0 and n < 40) or n >= 60 else who["sex"]
            spells.append(who | number | {"local_patient_id": str(n)})
            events.append(who | number | {"council_person_id": str(n), "sex": other})
        people = people_of(spells, events)
        delayed = (
            people.records.collect()
            .filter(pl.col("kind") == "spells")
            .select("load_id", "source_file", "source_row", pl.lit(2, dtype=pl.Int64).alias("delay_days"))
        )
        table = {row["pass"]: row for row in linkage_passes(people, delayed).to_dicts()}
        assert (table["nhs_number"]["people"], table["names"]["people"]) == (40, 40)
        assert table["names"]["share_of_delayed_days"] == 0.5
        assert (table["nhs_number"]["compared"], table["nhs_number"]["differing"]) == (40, 4)
        # The pass by number has nothing surer beside it: at most d / f; names use every field that is there but sex.
        assert table["nhs_number"]["false_match_share"] == pytest.approx(0.1 / 0.5, abs=0.01)
        assert table["names"]["unused_field"] is None

    def test_sensitivity_sums_days_and_people(self) -> None:
        periods = pl.DataFrame(
            {
                "person": [1, 1, 2],
                "from_date": [BORN, BORN, BORN],
                "until": [BORN + dt.timedelta(days=n) for n in (1, 2, 4)],
                "side": ["nhs", "nhs", "none"],
                "strength": ["firm", "firm", None],
            }
        )
        assert linkage_sensitivity({"nothing": periods}).rows() == [
            ("nothing", "nhs", "firm", 1, 3),
            ("nothing", "none", "none", 1, 4),
        ]


def _numbers(count: int) -> list[str]:
    found = []
    for base in range(100, 100 + 2 * count):
        digits = f"999{base:06d}"
        check = (11 - sum(int(digit) * (10 - place) for place, digit in enumerate(digits)) % 11) % 11
        if check != 10:
            found.append(f"{digits}{check}")
    return found[:count]
