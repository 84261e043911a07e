"""Cells: what is read, what is missing, what cannot be read; never one for another."""

from __future__ import annotations

import datetime as dt
import re
import string
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.exceptions import ValidationError
from stdnum.gb import nhs

from costshift import standards
from costshift.extracts.cleaning import _is_trim, _without_missing, text_of
from costshift.extracts.nhs_numbers import are_ten_digits, is_valid_nhs_number
from extracts.desk import cleaned

from examples import examples

DAY = dt.date(2025, 4, 5)


@pytest.mark.parametrize(
    "written",
    [
        "2025-04-05", "2025-4-5", "05/04/2025", "5/4/2025", "05-04-2025", "05.04.2025", "5.4.2025", "2025/04/05",
        "20250405", "05-Apr-2025", "5 APR 2025", "05 april 2025", "5-April-2025", "05/04/25", "5-4-25", "5.4.25",
        "05-Apr-25", " 05/04/2025 ", "'05/04/2025", "05\u00a0Apr\u00a02025", '"05/04/2025"',
        "05/04/2025 00:00", "05/04/2025 9:30", "05/04/2025 09:30:15", "05/04/2025 9:30 AM", "05/04/2025 09:30:00 pm",
        "2025-04-05T10:11:12", "2025-04-05T10:11:12Z", "2025-04-05T10:11:12.123+01:00", "2025-04-05 10:11:12+0100",
        "2025-04-05 10:11:12.1234567 +01:00", "2025-04-05 10:11:12+00", "2025-04-05 00:00:00.000", "05/04/25 09:00",
        "20250405 10:00", "Apr  5 2025 12:00AM", "Apr 05 2025", "5th April 2025", "5th Apr 2025 10:00",
    ],
)  # fmt: skip
def test_a_date_is_read_in_the_forms_people_use(written: str) -> None:
    assert cleaned("spells", "discharge_date", [written]) == [DAY]


def test_days_that_do_not_exist_cannot_be_read() -> None:
    written = [
        "31/02/2025", "29/02/2025", "29/02/1900", "2025-02-30", "00/01/2025", "01/00/2025", "13/25/2024", "12/31/2024",
        "05/04/20255", "5", "9999", "453871", "2025", "04/2025", "5th of April", "tomorrow", "05/04", "05-04-2025-01",
        "20251305", "?", "-",
    ]  # fmt: skip
    assert cleaned("spells", "discharge_date", written) == [("unreadable_date", None)] * len(written)


def test_sept_is_september() -> None:
    assert cleaned("spells", "discharge_date", ["5 Sept 2025", "05-Sept-2025"]) == [dt.date(2025, 9, 5)] * 2


def test_a_number_of_days_is_read_as_a_spreadsheet_means_it_and_said() -> None:
    # 45,752 days after 30 December 1899: spreadsheets hold 1900 for a leap year.
    found = cleaned("spells", "discharge_date", ["45752", "45752.75", "17532", "73416"])
    said = ("date_as_day_number", DAY)
    assert found == [said, said, ("date_out_of_range", None), ("date_out_of_range", None)]
    assert cleaned("spells", "birth_date", ["14642", "1940"]) == [
        ("date_as_day_number", dt.date(1940, 2, 1)),
        ("unreadable_date", None),
    ]


def test_the_29th_of_february_is_there_in_leap_years() -> None:
    assert cleaned("spells", "discharge_date", ["29/02/2024", "29/02/2000", "29-Feb-24"]) == [
        dt.date(2024, 2, 29),
        dt.date(2000, 2, 29),
        dt.date(2024, 2, 29),
    ]


def test_the_day_comes_first_even_where_the_month_could() -> None:
    assert cleaned("spells", "discharge_date", ["03/04/2025"]) == [dt.date(2025, 4, 3)]


def test_a_two_digit_year_is_this_century_s_for_an_event_and_unreadable_for_a_birth() -> None:
    assert cleaned("spells", "discharge_date", ["05/04/26"]) == [dt.date(2026, 4, 5)]
    assert cleaned("spells", "birth_date", ["05/04/26", "5-Apr-26"]) == [("unreadable_date", None)] * 2


@pytest.mark.parametrize(
    "sentinel",
    ["1800-01-01", "01/01/1800", "1801-01-01", "01/01/1900", "1900-01-01 00:00:00", "30/12/1899", "1753-01-01",
     "9999-12-31", "31/12/9999", "99991231", "", " ", "NULL", "null", "(null)", "N/A", "#N/A", "NaN", "None", "\\N", "\u00a0",
     "<NULL>", "''"],
)  # fmt: skip
def test_what_stands_for_nothing_is_missing_and_no_fault(sentinel: str) -> None:
    assert cleaned("spells", "discharge_date", [sentinel]) == [None]
    assert cleaned("spells", "birth_date", [sentinel]) == [None]


def test_years_that_make_no_sense_are_out_of_range_and_not_unreadable() -> None:
    assert cleaned(
        "spells", "discharge_date", ["0026-04-05", "1947-12-31", "1948-01-01", "2100-12-31", "2101-01-01"]
    ) == [
        ("date_out_of_range", None),
        ("date_out_of_range", None),
        dt.date(1948, 1, 1),
        dt.date(2100, 12, 31),
        ("date_out_of_range", None),
    ]
    assert cleaned("spells", "birth_date", ["31/12/1894", "01/01/1895"]) == [
        ("date_out_of_range", None),
        dt.date(1895, 1, 1),
    ]


@settings(deadline=None)
@given(
    st.dates(dt.date(1948, 1, 1), dt.date(2100, 12, 31)),
    st.sampled_from(["%Y-%m-%d", "%d/%m/%Y", "%d-%b-%Y", "%Y%m%d", "%d %B %Y"]),
)
def test_every_day_is_read_as_itself(day: dt.date, form: str) -> None:
    assert cleaned("spells", "discharge_date", [day.strftime(form)]) == [day]


@examples(30, quick=12)
@given(st.lists(st.text(max_size=12), min_size=1, max_size=20))
def test_no_text_breaks_a_column_of_any_type(values: list[str]) -> None:
    for kind, column in (
        ("spells", "discharge_date"), ("spells", "nhs_number"), ("spells", "delay_reason"), ("spells", "sex"),
        ("care_events", "unit_cost"), ("contacts", "duration_minutes"), ("spells", "surname"),
    ):  # fmt: skip
        assert len(cleaned(kind, column, values)) == len(values)


class TestNumbers:
    @pytest.mark.parametrize(
        ("written", "pounds"),
        [
            ("£1,234.50", "1234.50"), ("1234.5", "1234.50"), ("£ 12", "12"), ("-£5", "-5"), ("£-5", "-5"), ("+5", "5"),
            ("5.", "5"), (".5", "0.50"), ("1,234,567.89", "1234567.89"), ("0", "0"), ("1 234", "1234"), ("007", "7"),
        ],
    )  # fmt: skip
    def test_pounds_are_read_with_their_signs(self, written: str, pounds: str) -> None:
        assert cleaned("care_events", "unit_cost", [written]) == [Decimal(pounds).quantize(Decimal("0.01"))]

    @pytest.mark.parametrize(
        "written",
        ["12,50", "1,2,3", "1,23.00", ",5", "1e3", "(5.00)", "five", "£", ".", "£12 pw", "5-", "inf", "1.2.3", "--5",
         "99999999999999999999", "12345678901234567.89", "9" * 400],
    )  # fmt: skip
    def test_what_is_no_number_is_unreadable_and_not_another_number(self, written: str) -> None:
        # 12,50 is a comma where a point was meant: 1250 would be a hundred times too much.
        assert cleaned("care_events", "unit_cost", [written, "1"]) == [("unreadable_number", None), Decimal("1.00")]

    def test_whole_numbers_lose_only_empty_decimals(self) -> None:
        assert cleaned("contacts", "duration_minutes", ["30", "30.0", "30.5", "half", "NULL"]) == [
            30,
            30,
            ("unreadable_number", None),
            ("unreadable_number", None),
            None,
        ]


class TestCodes:
    def test_leading_zeros_live(self) -> None:
        assert cleaned("spells", "spell_id", ["000123", "0"]) == ["000123", "0"]
        assert cleaned("spells", "council_code", ["0503"]) == ["0503"]

    def test_codes_of_organisations_are_in_capitals_and_trimmed(self) -> None:
        assert cleaned("spells", "provider_code", [" rn1 ", "'RN1", "Rn101"]) == ["RN1", "RN1", "RN101"]

    def test_a_code_that_lost_its_zero_is_found(self) -> None:
        assert cleaned("spells", "nhs_number_status", ["1", "01", "9", ""]) == [
            "01",
            "01",
            ("unknown_value", None),
            None,
        ]
        assert cleaned("spells", "administrative_category", ["1", "02"]) == ["01", "02"]

    def test_a_value_outside_a_whole_list_is_blanked_and_outside_a_part_of_one_kept(self) -> None:
        assert cleaned("spells", "discharge_pathway", ["Pathway 2", "p 1", "7"]) == [
            "P2",
            "P1",
            ("unknown_value", None),
        ]
        assert cleaned("spells", "sex", ["Female", "f", "W"]) == ["2", "2", ("unknown_value", "W")]

    def test_the_project_s_own_values_come_first(self) -> None:
        maps = {"Fit to go": "2025-04-05", "w": "2"}
        assert cleaned("spells", "sex", ["W", " w ", "M"], maps) == ["2", "2", "1"]
        assert cleaned("spells", "discharge_date", ["FIT  to go"], maps) == [DAY]

    def test_cells_of_typed_columns_are_read_as_their_text(self) -> None:
        assert cleaned("spells", "council_code", [503.0, None, 991.0]) == ["503", None, "991"]
        assert cleaned("spells", "spell_id", [1, 2]) == ["1", "2"]
        assert cleaned("care_events", "unit_cost", [1.5, 1234.0]) == [Decimal("1.50"), Decimal("1234.00")]
        assert cleaned("spells", "discharge_date", [dt.datetime(2025, 4, 5, 23, 59), None]) == [DAY, None]
        assert cleaned("spells", "discharge_date", [dt.date(2025, 4, 5), dt.date(1900, 1, 1)]) == [DAY, None]
        assert cleaned("spells", "nhs_number", [9990000018.0, 9990000018.5]) == [
            "9990000018",
            ("nhs_number_invalid", None),
        ]


class TestReasons:
    def test_all_labels_and_keys_are_known_as_published(self) -> None:
        reasons = standards.delay_reasons()
        assert cleaned("spells", "delay_reason", reasons["label"].to_list()) == reasons["delay_reason"].to_list()
        assert cleaned("spells", "delay_reason", reasons["delay_reason"].str.to_lowercase().to_list()) == (
            reasons["delay_reason"].to_list()
        )

    def test_spaces_dashes_and_case_do_not_matter(self) -> None:
        reasons = standards.delay_reasons()
        worn: Any = [
            "\u00a0" + label.replace(" ", " \u00a0").replace("-", "–").upper() + "\t" for label in reasons["label"]
        ]
        assert cleaned("delay_reasons", "delay_reason", worn) == reasons["delay_reason"].to_list()

    def test_an_unknown_reason_is_not_a_missing_one(self) -> None:
        assert cleaned("spells", "delay_reason", ["Awaiting a miracle", "", "N/A"]) == [
            ("unknown_value", "unrecognised"),
            None,
            None,
        ]


class TestClientLevelData:
    """Release 1 and Release 2 wording come out as one."""

    @pytest.mark.parametrize("column", sorted(set(standards.code_lists()["list"])))
    def test_every_code_and_every_other_spelling_is_understood(self, column: str) -> None:
        kind = next(name for name in ("care_events", "spells", "chc") if column in standards_columns(name))
        codes = standards.code_list(column)["code"].to_list()
        assert cleaned(kind, column, codes) == codes
        seen = standards.value_map(column)
        assert cleaned(kind, column, seen["value"].to_list()) == seen["canonical"].to_list()

    def test_release_1_wording_becomes_that_of_release_2(self) -> None:
        assert cleaned("care_events", "client_type", ["Carer", "Service User", "Carer known by association"]) == [
            "Unpaid carer",
            "Service user",
            "Unpaid carer known by association",
        ]


class TestContinuingHealthcare:
    """What decides a case is read as it is said, and what is not understood is reported: never passed over."""

    def test_other_words_are_read_and_unknown_ones_reported(self) -> None:
        assert cleaned("chc", "decision", ["Eligible", "ELIGIBLE FOR CHC", "Approved", "Refused", "not eligible"]) == [
            *["Eligible"] * 3,
            *["Not eligible"] * 2,
        ]
        assert cleaned("chc", "decision", ["Deferred", ""]) == [("unknown_value", "Deferred"), None]
        assert cleaned("chc", "checklist_outcome", ["Pos", "screened out", "Perhaps"]) == [
            "Positive",
            "Negative",
            ("unknown_value", "Perhaps"),
        ]
        assert cleaned("chc", "fast_track", ["yes", "TRUE", "no", "Maybe"]) == [
            "Y",
            "Y",
            "N",
            ("unknown_value", "Maybe"),
        ]


def standards_columns(kind: str) -> tuple[str, ...]:
    from costshift.extracts.kinds import KINDS

    return KINDS[kind].columns


@settings(deadline=None)
@given(
    st.lists(
        st.one_of(
            st.none(),
            st.sampled_from(["NULL", "n/a", "#N/A", "nan", "None", "\\N", "<null>", "(null)", "", "S12345", "nulls"]),
            st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=8),
            st.text(max_size=5),
        ),
        max_size=8,
    )
)
def test_trim_cells_are_read_as_any_others(cells: list[str | None]) -> None:
    column = pl.Series("spell_id", cells, dtype=pl.String)
    said = column.to_frame().select(text_of("spell_id", pl.String())).to_series()
    trim = all(33 <= ord(sign) <= 126 and sign not in "'\"" for cell in cells for sign in cell or "")
    assert _is_trim(column) == trim
    if trim:
        assert _without_missing(column).to_list() == said.to_list()


def test_many_short_cells_are_read_as_few() -> None:
    cells = [*(f"A{number}" for number in range(1_000)), "NULL", "n/a", "None", "x"]
    column = pl.Series("spell_id", cells)
    assert _without_missing(column).to_list() == [*cells[:1_000], None, None, None, "x"]


class TestNhsNumbers:
    @settings(deadline=None)
    @given(
        st.one_of(
            st.from_regex(r"999[0-9]{7}", fullmatch=True), st.text(string.digits, max_size=12), st.text(max_size=11)
        )
    )
    def test_valid_where_an_independent_check_says_so(self, text: str) -> None:
        try:
            digits = nhs.validate(text) if text.isascii() and text.isdigit() and len(text) == 10 else None
        except ValidationError:
            digits = None
        expected = digits is not None and len(set(text)) > 1
        assert pl.select(is_valid_nhs_number(pl.lit(text))).item() is expected

    @settings(deadline=None)
    @given(
        st.lists(
            st.one_of(
                st.none(),
                st.from_regex(r"[0-9]{10}", fullmatch=True),
                st.from_regex(r"[-+ 0-9.٠-٩]{9,11}", fullmatch=True),
                st.text(max_size=12),
            ),
            max_size=12,
        )
    )
    def test_ten_digits_are_those_that_a_look_at_each_sign_finds(self, texts: list[str | None]) -> None:
        expected = [text is not None and re.fullmatch("[0-9]{10}", text) is not None for text in texts]
        assert are_ten_digits(pl.Series(texts, dtype=pl.String)).to_list() == expected

    def test_odd_numbers_among_usual_ones_are_read_in_their_places(self) -> None:
        written = ["9990000018", None, "999 000 0018", "9990000019", "9990000018.0", "", "x", "9990000018"]
        valid, wrong = "9990000018", ("nhs_number_invalid", None)
        assert cleaned("spells", "nhs_number", written) == [valid, None, valid, wrong, valid, None, wrong, valid]

    @pytest.mark.parametrize("digit", string.digits)
    def test_one_digit_ten_times_is_refused(self, digit: str) -> None:
        assert pl.select(is_valid_nhs_number(pl.lit(digit * 10))).item() is False

    def test_spaces_dashes_and_a_spreadsheet_s_decimals_are_passed_over(self) -> None:
        written = [
            "999 000 0018",
            "999-000-0018",
            "9990000018.0",
            "'9990000018",
            "999\u00a0000\u00a00018",
            "9990000018.00",
        ]
        assert cleaned("spells", "nhs_number", written) == ["9990000018"] * len(written)

    def test_an_invalid_number_is_told_from_none(self) -> None:
        assert cleaned("spells", "nhs_number", ["9990000017", "999000018", "9.99E+09", "NULL", ""]) == [
            ("nhs_number_invalid", None),
            ("nhs_number_invalid", None),
            ("nhs_number_invalid", None),
            None,
            None,
        ]
