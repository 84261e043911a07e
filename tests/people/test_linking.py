"""Who is who: each pass by hand, what must not be linked, and the same answer in any order."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costshift.people import linking
from costshift.people.identified import People, identify
from costshift.people.pseudonyms import pseudonyms
from costshift.people.quality import linkage_quality

from examples import examples
from worlds import frame

KEY = b"a key of tests, of no secrecy"
N1, N2, N3 = "9990000018", "9990000026", "9990000034"
BORN, TYPO, OTHER = dt.date(1940, 5, 12), dt.date(1940, 5, 21), dt.date(1971, 9, 3)
ANN: dict[str, Any] = {"birth_date": BORN, "sex": "2", "postcode": "AB1 2CD", "forename": "Ann", "surname": "Smith"}
BERYL = ANN | {"forename": "Beryl"}
NAMELESS = ANN | {"forename": None, "surname": None}


def spell(name: str, provider: str = "RN1", **cells: Any) -> dict[str, Any]:
    return {
        "spell_id": name,
        "provider_code": provider,
        "admission_date": dt.date(2024, 3, 1),
        "_kind": "spells",
    } | cells


def event(name: str, council: str = "E1", **cells: Any) -> dict[str, Any]:
    return {
        "event_id": name,
        "council_code": council,
        "event_type": "Service",
        "event_start_date": dt.date(2024, 3, 1),
        "_kind": "care_events",
    } | cells


def who(*rows: dict[str, Any]) -> tuple[People, dict[str, int], dict[str, str]]:
    """The people; record -> person; record -> pass. A row's place in its file is its name's own."""
    by_kind: dict[str, list[dict[str, Any]]] = {"spells": [], "care_events": []}
    names: dict[tuple[str, int], str] = {}
    for row in rows:
        name = row.get("spell_id") or row["event_id"]
        place = int.from_bytes(name.encode(), "big") % 10**9 + 2
        names[row["_kind"], place] = name
        own = {key: value for key, value in row.items() if not key.startswith("_")}
        by_kind[row["_kind"]].append(own | {"source_row": place})
    people = identify({kind: frame(kind, own) for kind, own in by_kind.items() if own})
    found = [(names[row["kind"], row["source_row"]], row) for row in people.records.collect().to_dicts()]
    return people, {name: row["person"] for name, row in found}, {name: row["link_pass"] for name, row in found}


def partition(*rows: dict[str, Any]) -> set[frozenset[str]]:
    people = who(*rows)[1]
    return {frozenset(name for name, person in people.items() if person == one) for one in set(people.values())}


def together(*rows: dict[str, Any]) -> bool:
    return len(partition(*rows)) == 1


class TestPersonKey:
    def test_equal_keys_of_one_scheme_are_one_person(self) -> None:
        key = {"person_key": "not-a-number", "person_key_scheme": "icb"}
        _, people, passes = who(spell("a", **key), event("b", **key))
        assert people["a"] == people["b"]
        assert set(passes.values()) == {"person_key"}

    def test_the_same_key_of_two_schemes_is_two_people(self) -> None:
        assert not together(
            spell("a", person_key="1", person_key_scheme="icb"), event("b", person_key="1", person_key_scheme="council")
        )
        assert not together(spell("a", person_key="1", person_key_scheme="icb"), event("b", person_key="1"))


class TestNhsNumber:
    @pytest.mark.parametrize("born", [BORN, TYPO, dt.date(1941, 5, 12), dt.date(1940, 12, 12), None])
    def test_birth_dates_agree_in_two_parts_or_are_absent(self, born: dt.date | None) -> None:
        _, people, passes = who(spell("a", nhs_number=N1, birth_date=BORN), event("b", nhs_number=N1, birth_date=born))
        assert people["a"] == people["b"]
        assert set(passes.values()) == {"nhs_number"}

    def test_birth_dates_in_conflict_are_two_people_and_counted(self) -> None:
        peter = ANN | {"birth_date": OTHER, "forename": "Peter"}
        people, person, _ = who(spell("a", nhs_number=N1, **ANN), event("b", nhs_number=N1, **peter))
        assert person["a"] != person["b"]
        assert people.counts["nhs_numbers_with_conflicting_birth_dates"] == 1

    def test_a_close_name_settles_a_conflict(self) -> None:
        anne = ANN | {"birth_date": OTHER, "forename": "Anne"}
        people, person, passes = who(spell("a", nhs_number=N1, **ANN), event("b", nhs_number=N1, **anne))
        assert person["a"] == person["b"]
        assert set(passes.values()) == {"nhs_number_name"}
        assert people.counts["nhs_numbers_with_conflicting_birth_dates"] == 0

    def test_a_record_without_birth_date_joins_neither_side_of_a_conflict(self) -> None:
        rows = [spell("a", nhs_number=N1, birth_date=BORN), event("b", nhs_number=N1, birth_date=OTHER)]
        assert partition(*rows, event("c", nhs_number=N1)) == {frozenset("a"), frozenset("b"), frozenset("c")}

    def test_a_chain_of_agreeing_dates_is_one_person(self) -> None:
        chain = [BORN, dt.date(1940, 5, 21), dt.date(1940, 6, 21)]
        assert together(*(spell(f"s{n}", nhs_number=N1, birth_date=day) for n, day in enumerate(chain)))

    def test_a_status_other_than_verified_is_kept_in_the_pass(self) -> None:
        _, person, passes = who(
            spell("a", nhs_number=N1, nhs_number_status="01"),
            spell("b", nhs_number=N1, nhs_number_status="03"),
            event("c", nhs_number=N1),
        )
        assert passes == {"a": "nhs_number", "b": "nhs_number_status_03", "c": "nhs_number"}
        assert len(set(person.values())) == 1


class TestLocalId:
    def test_it_joins_within_an_organisation_only(self) -> None:
        rows = [spell("a", local_patient_id="7"), spell("b", local_patient_id="7")]
        assert together(*rows)
        assert not together(rows[0], spell("c", provider="RS1", local_patient_id="7"))
        assert not together(rows[0], event("d", council_person_id="7"))

    def test_a_record_without_number_joins_the_one_who_carries_its_id(self) -> None:
        _, person, passes = who(
            spell("a", local_patient_id="7", nhs_number=N1), spell("b", local_patient_id="7"), event("c", nhs_number=N1)
        )
        assert len(set(person.values())) == 1
        assert passes["b"] == "local_id"

    def test_an_id_that_two_numbers_carry_joins_nobody_to_them(self) -> None:
        assert partition(
            spell("a", local_patient_id="7", nhs_number=N1),
            spell("b", local_patient_id="7", nhs_number=N2),
            spell("c", local_patient_id="7"),
            spell("d", local_patient_id="7", birth_date=BORN),
        ) == {frozenset("a"), frozenset("b"), frozenset("cd")}


class TestDemographics:
    @pytest.mark.parametrize(
        ("other", "found_by"),
        [
            (ANN, "demographics"),
            (ANN | {"forename": "Anne"}, "demographics"),
            (ANN | {"forename": "ANN ", "surname": "Jones"}, "demographics"),  # marriage changes a surname
            (BERYL, None),
            (NAMELESS, "demographics"),
            (ANN | {"sex": None}, "demographics"),
            (NAMELESS | {"sex": None}, None),
            (NAMELESS | {"sex": "1"}, None),
            (ANN | {"sex": "9"}, "demographics"),  # not known is absent
            (NAMELESS | {"birth_date": TYPO}, None),
            (NAMELESS | {"birth_date": None}, None),
            (NAMELESS | {"postcode": "AB1 2CE"}, None),
            (ANN | {"postcode": "ab12cd"}, "demographics"),
            (NAMELESS | {"postcode": None}, None),
            (ANN | {"forename": None}, "demographics"),
            (ANN | {"forename": None, "surname": "Jones"}, None),
        ],
    )
    def test_birth_date_sex_postcode_and_a_close_name(self, other: dict[str, Any], found_by: str | None) -> None:
        _, person, passes = who(spell("a", nhs_number=N1, **ANN), event("b", council_person_id="7", **other))
        assert (person["a"] == person["b"]) is (found_by is not None)
        assert passes["b"] == (found_by or "local_id")

    @pytest.mark.parametrize(
        ("name", "other"),
        [
            ("O'Neil", "ONEIL"),
            ("Zoë", "Zoe"),
            ("Mary-Jane", "mary jane"),
            ("Mrs Ann", "Ann"),
            ("Dr. Ann", "ANN"),
            ("Jose", "José"),
        ],
    )
    def test_case_accents_hyphens_and_titles_do_not_part_names(self, name: str, other: str) -> None:
        assert together(spell("a", **ANN | {"forename": name}), event("b", **ANN | {"forename": other}))

    def test_two_numbers_that_differ_need_a_close_name_and_are_counted(self) -> None:
        people, person, _ = who(spell("a", nhs_number=N1, **ANN), event("b", nhs_number=N2, **ANN))
        assert person["a"] == person["b"]
        assert people.counts["people_with_several_nhs_numbers"] == 1
        assert not together(spell("a", nhs_number=N1, **NAMELESS), event("b", nhs_number=N2, **NAMELESS))

    def test_two_traced_numbers_that_differ_are_two_people(self) -> None:
        rows = [
            spell("a", nhs_number=N1, nhs_number_status="01", **ANN),
            spell("b", provider="RS1", nhs_number=N2, nhs_number_status="01", **ANN),
        ]
        assert not together(*rows)
        # Also where another organisation has one of them without saying that it is traced.
        assert partition(*rows, event("c", nhs_number=N1, **ANN)) == {frozenset("ac"), frozenset("b")}

    def test_nobody_is_linked_within_one_organisation(self) -> None:
        assert not together(spell("a", nhs_number=N1, **ANN), spell("b", nhs_number=N2, **ANN))


class TestTwinsAndHomes:
    def test_twins_with_names_are_parted_by_them(self) -> None:
        rows = [spell("a", nhs_number=N1, **ANN), event("b", council_person_id="7", **BERYL)]
        assert not together(*rows)

    def test_where_one_side_has_both_twins_names_tell_whom_to_link(self) -> None:
        assert partition(
            spell("a", nhs_number=N1, **ANN),
            event("b", council_person_id="7", **ANN),
            event("c", council_person_id="8", **BERYL),
        ) == {frozenset("ab"), frozenset("c")}

    def test_where_one_side_has_both_twins_without_names_nobody_is_linked(self) -> None:
        assert partition(
            spell("a", nhs_number=N1, **NAMELESS),
            event("b", council_person_id="7", **NAMELESS),
            event("c", council_person_id="8", **NAMELESS),
        ) == {frozenset("a"), frozenset("b"), frozenset("c")}

    def test_twins_of_two_sexes_are_linked_to_their_own(self) -> None:
        brother = NAMELESS | {"sex": "1"}
        assert partition(
            spell("a", nhs_number=N1, **NAMELESS),
            spell("b", nhs_number=N2, **brother),
            event("c", council_person_id="7", **NAMELESS),
            event("d", council_person_id="8", **brother),
        ) == {frozenset("ac"), frozenset("bd")}

    def test_a_third_record_does_not_make_one_of_two_people_of_an_organisation(self) -> None:
        # One twin's sex is not known: both are close to the council's record.
        assert partition(
            spell("a", nhs_number=N1, **ANN),
            spell("b", nhs_number=N2, **ANN | {"sex": None}),
            event("c", council_person_id="7", **ANN),
        ) == {frozenset("a"), frozenset("b"), frozenset("c")}

    def test_a_communal_address_links_nobody(self) -> None:
        home = [
            spell(f"s{n}", provider=f"R{n}", local_patient_id=str(n), **NAMELESS | {"sex": "12"[n % 2]})
            for n in range(10)
        ]
        assert len(partition(*home, event("x", council_person_id="1", **NAMELESS))) == 11

    def test_records_that_nothing_identifies_are_each_their_own(self) -> None:
        bare = {"birth_date": BORN, "sex": "2"}
        assert (
            len(partition(spell("a", **bare), spell("b", **bare), spell("c"), spell("d"), event("e"), event("f"))) == 6
        )

    def test_the_same_row_of_two_months_files_is_not_one_record(self) -> None:
        rows = [event("a"), event("b", event_type="Review")]
        places = [row | {"source_row": 2, "load_id": load} for load, row in enumerate(rows, 1)]
        events = frame("care_events", [{k: v for k, v in row.items() if k != "_kind"} for row in places])
        assert identify({"care_events": events}).counts["people"] == 2


@pytest.mark.parametrize(
    "dummy",
    [
        {"nhs_number": None, "birth_date": None},
        {"birth_date": dt.date(1905, 1, 1), "sex": "2", "postcode": "AB1 2CD"},  # 119 years old
        {"birth_date": BORN, "sex": "2", "postcode": "ZZ99 3VZ"},
        {"birth_date": BORN, "sex": "2", "postcode": "UNKNOWN"},
        {"surname": "-", "forename": "--", "birth_date": BORN},
        {"person_key": None, "person_key_scheme": "icb"},
    ],
)
def test_dummy_values_match_nothing(dummy: dict[str, Any]) -> None:
    assert not together(spell("a", **dummy), event("b", **dummy))


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "kind": st.sampled_from(["spells", "care_events"]),
            "organisation": st.sampled_from("12"),
            "nhs_number": st.sampled_from([None, None, N1, N2, N3]),
            "nhs_number_status": st.sampled_from([None, "01", "02"]),
            "person_key": st.sampled_from([None, None, None, None, "k1", "k|2"]),
            "birth_date": st.sampled_from([None, BORN, BORN, TYPO, OTHER]),
            "sex": st.sampled_from([None, "1", "2", "2"]),
            "postcode": st.sampled_from([None, "AB1 2CD", "AB1 2CD", "AB1 2CE"]),
            "forename": st.sampled_from([None, "Ann", "Anne", "Beryl"]),
            "surname": st.sampled_from([None, "Smith", "Jones"]),
            "local": st.sampled_from([None, "1", "2", "1|2"]),
        }
    ),
    min_size=1,
    max_size=12,
)


def as_rows(drawn: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = []
    for number, cells in enumerate(drawn):
        own = {k: v for k, v in cells.items() if k not in ("kind", "organisation", "local")}
        if cells["kind"] == "spells":
            rows.append(spell(f"s{number}", f"R{cells['organisation']}", local_patient_id=cells["local"], **own))
        else:
            rows.append(event(f"e{number}", f"E{cells['organisation']}", council_person_id=cells["local"], **own))
    return rows


@examples(25, quick=10)
@given(drawn=ROWS, seed=st.integers(0, 2**32))
def test_the_same_records_give_the_same_people_in_any_order(drawn: list[dict[str, Any]], seed: int) -> None:
    def answer(rows: list[dict[str, Any]]) -> dict[str, tuple[str, str]]:
        people, person, passes = who(*rows)
        ids = dict(pseudonyms(people.seeds(), KEY).iter_rows())
        return {name: (ids[one], passes[name]) for name, one in person.items()}

    rows = as_rows(drawn)
    first = answer(rows)
    random.Random(seed).shuffle(rows)
    assert answer(rows) == first


@examples(15, quick=8)
@given(drawn=ROWS, seed=st.integers(0, 2**32))
def test_the_same_records_give_the_same_people_whatever_files_and_loads_brought_them(
    drawn: list[dict[str, Any]], seed: int
) -> None:
    chance = random.Random(seed)
    rows = as_rows(drawn)
    first = partition(*rows)
    spread = [row | {"load_id": chance.randint(1, 9), "source_file": f"{chance.randint(1, 3)}.csv"} for row in rows]
    chance.shuffle(spread)
    assert partition(*spread) == first


@examples(25, quick=10)
@given(drawn=ROWS)
def test_every_record_has_one_person_and_every_person_an_id_of_their_own(drawn: list[dict[str, Any]]) -> None:
    people, person, _ = who(*as_rows(drawn))
    assert len(person) == len(drawn)
    assert people.records.collect()["person"].null_count() == 0
    ids = pseudonyms(people.seeds(), KEY)
    assert ids.height == ids["person_id"].n_unique() == len(set(person.values())) == people.counts["people"]
    assert set(people.records.collect()["person"]) == set(ids["person"]) == set(range(ids.height))


@examples(25, quick=10)
@given(drawn=ROWS)
def test_no_organisation_has_two_traced_numbers_made_one(drawn: list[dict[str, Any]]) -> None:
    """Demographics never join two people of one organisation; numbers alone decide there."""
    people, person, _ = who(*as_rows([cells | {"person_key": None, "local": None} for cells in drawn]))
    rows = {row.get("spell_id") or row["event_id"]: row for row in as_rows(drawn)}
    by_place: dict[tuple[int, str], set[str]] = {}
    for name, one in person.items():
        row = rows[name]
        place = row.get("provider_code") or row["council_code"]
        if row["nhs_number"]:
            by_place.setdefault((one, place), set()).add(row["nhs_number"])
    assert all(len(numbers) == 1 for numbers in by_place.values())
    assert people.records.collect().height == len(drawn)


def test_a_record_without_a_birth_date_still_says_whom_an_organisation_knows() -> None:
    # The hospital knows N1 (by a record without birth date) and N2; the council's N1 looks like the hospital's N2.
    # Joined by demographics they would make one person of the hospital's two.
    _, person, _ = who(spell("a", nhs_number=N1), event("b", nhs_number=N1, **ANN), spell("c", nhs_number=N2, **ANN))
    assert person["a"] == person["b"] != person["c"]


class TestQuality:
    def test_records_are_counted_by_pass_and_by_whether_the_other_side_knows_them(self) -> None:
        people, _, _ = who(
            spell("a", nhs_number=N1, **ANN), spell("b", nhs_number=N1, **ANN), spell("c"), event("d", nhs_number=N1)
        )
        table = linkage_quality(people)
        assert table.filter(pl.col("characteristic") == "all").select(
            "extract", "pass", "records", "people"
        ).rows() == [
            ("care_events", "nhs_number", 1, 1),
            ("spells", "nhs_number", 2, 1),
            ("spells", "unlinked", 1, 1),
        ]
        found = table.filter(pl.col("characteristic") == "found_in_care_events")
        assert found.select("group", "records", "people").rows() == [("no", 1, 1), ("yes", 2, 1)]

    @pytest.mark.parametrize(
        ("born", "band"),
        [
            (dt.date(2006, 3, 2), "0-17"),
            (dt.date(2006, 3, 1), "18-64"),
            (dt.date(1959, 3, 2), "18-64"),
            (dt.date(1959, 3, 1), "65-74"),
            (dt.date(1939, 3, 1), "85+"),
            (None, "not known"),
        ],
    )
    def test_age_is_that_of_the_last_birthday(self, born: dt.date | None, band: str) -> None:
        people, _, _ = who(spell("a", nhs_number=N1, birth_date=born), event("b", nhs_number=N2))
        table = linkage_quality(people).filter(pl.col("characteristic") == "found_in_care_events by age band")
        assert table["group"].to_list() == [f"{band}: no"]

    def test_age_is_that_of_the_last_birthday_in_every_month(self) -> None:
        for month in range(1, 13):
            day = dt.date(2025, month, 15)
            for born, band in ((day.replace(year=1960, day=16), "18-64"), (day.replace(year=1960), "65-74")):
                own = spell("a", nhs_number=N1, birth_date=born, admission_date=day)
                people, _, _ = who(own, event("b", nhs_number=N2))
                table = linkage_quality(people).filter(pl.col("characteristic") == "found_in_care_events by age band")
                assert table["group"].to_list() == [f"{band}: no"], (born, day)


@pytest.mark.parametrize("together", [1, 3, 1000])
def test_texts_have_one_number_where_they_are_equal_and_none_where_there_is_none(
    together: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linking, "_CODED_TOGETHER", together)
    texts = [None if number % 11 == 0 else f"text {number * 7 % 13}" for number in range(60)]
    codes = linking._codes(pl.Series("own", texts, dtype=pl.String)).to_list()
    assert [code is None for code in codes] == [text is None for text in texts]
    for one, first in zip(codes, texts, strict=True):
        for other, second in zip(codes, texts, strict=True):
            assert (one == other) is (first == second)
    assert linking._codes(pl.Series("own", [None, None], dtype=pl.String)).to_list() == [None, None]
    assert linking._codes(pl.Series("own", [], dtype=pl.String)).to_list() == []
