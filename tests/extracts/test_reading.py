"""A month's extracts, read: nothing is lost, everything put aside is explained, every message says what to do."""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costshift.errors import CostshiftError, ExtractError
from costshift.extracts.kinds import KINDS
from costshift.extracts.read_extract import ReadExtract
from costshift.extracts.reading import read_month
from costshift.extracts.rules import RULES
from extracts.desk import MONTH, SPELLS, csv_of, findings_of, project_with, read_all, read_one, spell

from examples import examples

MESSY = st.one_of(
    st.sampled_from(
        ["", " ", "NULL", "RN1", "S1", "S2", "01/03/2025", "31/02/2025", "2025-03-09", "1", '"', '""', '"a', 'b"', ",",
         "1800-01-01", "0", "9990000018", "9990000017", "CP7", "\u00a0", "Ünï", "\x00", "\r", "x" * 50, "=1+1", "#N/A"]
    ),
    st.text(max_size=6),
)  # fmt: skip


def ids(read: ReadExtract) -> list[str]:
    return sorted(read.accepted["spell_id"].to_list())


def reasons(read: ReadExtract) -> dict[int, str]:
    return dict(read.quarantine.select("source_row", "reasons").iter_rows())


def sums(read: ReadExtract) -> tuple[int, int, int]:
    assert len(read.inputs) == 1
    one = read.inputs[0]
    return one.rows_read, one.rows_accepted, one.rows_quarantined


class TestNothingIsLost:
    @examples(70, quick=25, in_a_folder=True)
    @given(
        rows=st.lists(st.lists(MESSY, max_size=9), max_size=12),
        encoding=st.sampled_from(["utf-8", "utf-16", "cp1252"]),
        end=st.sampled_from(["\n", "\r\n"]),
    )
    def test_rows_read_are_accepted_or_quarantined(
        self, tmp_path: Path, rows: list[list[str]], encoding: str, end: str
    ) -> None:
        """Random cells and random raggedness: sums that add up, or a message; never anything else."""
        good = ",".join(spell(0).values())
        text = end.join([",".join(SPELLS), good, *(",".join(row) for row in rows)])
        try:
            read = read_one(tmp_path, text.encode(encoding, errors="replace"))
        except CostshiftError as error:
            assert "spells.csv" in str(error)
            assert "add up" not in str(error)
            return
        total, kept, aside = sums(read)
        assert total == kept + aside
        assert (read.accepted.height, read.quarantine.height) == (kept, aside)
        assert read.quarantine["reasons"].null_count() == 0
        assert "" not in read.quarantine["reasons"]
        # Each row is in one of the two, once.
        seen = [*read.accepted["source_row"], *read.quarantine["source_row"]]
        assert len(seen) == len(set(seen))

    @examples(40, quick=15, in_a_folder=True)
    @given(content=st.binary(max_size=300))
    def test_any_bytes_are_read_or_refused(self, tmp_path: Path, content: bytes) -> None:
        try:
            read = read_one(tmp_path, b"provider_code,spell_id,admission_date\n" + content)
        except CostshiftError:
            return
        total, kept, aside = sums(read)
        assert total == kept + aside

    @examples(20, quick=8, in_a_folder=True)
    @given(seed=st.integers(0, 2**32), shuffle=st.integers(0, 2**32))
    def test_the_order_of_rows_decides_only_which_duplicate_is_first(
        self, tmp_path: Path, seed: int, shuffle: int
    ) -> None:
        chance = random.Random(seed)
        rows = [
            spell(chance.randrange(6), surname=chance.choice("AB"), admission_date=chance.choice(["1/3/2025", "?", ""]))
            for _ in range(chance.randrange(1, 14))
        ]
        one = read_one(tmp_path, csv_of(rows))
        random.Random(shuffle).shuffle(rows)
        other = read_one(tmp_path, csv_of(rows))
        content = [name for name in KINDS["spells"].columns if name not in ("source_file", "source_row")]
        assert one.accepted.select(content).sort(content).equals(other.accepted.select(content).sort(content))
        assert one.findings.equals(other.findings)
        assert sorted(reasons(one).values()) == sorted(reasons(other).values())


class TestDuplicatesAndConflicts:
    def test_of_equal_rows_the_first_counts(self, tmp_path: Path) -> None:
        # 9 March in two spellings is one content.
        read = read_one(tmp_path, csv_of([spell(1), spell(2), spell(1), spell(1, discharge_date="2025-03-09")]))
        assert read.accepted["source_row"].to_list() == [2, 3]
        assert reasons(read) == {
            4: "the row stands twice; the first counts",
            5: "the row stands twice; the first counts",
        }
        assert findings_of(read) == {("duplicate", ""): 2}

    def test_rows_of_one_key_with_different_content_are_all_put_aside(self, tmp_path: Path) -> None:
        read = read_one(tmp_path, csv_of([spell(1), spell(1), spell(1, surname="Jones"), spell(2)]))
        assert ids(read) == ["S2"]
        assert set(reasons(read)) == {2, 3, 4}
        assert reasons(read)[2] == "another row has the same provider_code and spell_id and a different content"

    def test_a_null_is_not_the_value_beside_it(self, tmp_path: Path) -> None:
        rows = [spell(1, discharge_ready_date="", discharge_date="09/03/2025"), spell(2), spell(2)]
        rows.append(spell(1, discharge_ready_date="09/03/2025", discharge_date=""))
        assert ids(read_one(tmp_path, csv_of(rows))) == ["S2"]

    def test_a_row_that_is_put_aside_for_itself_makes_no_conflict(self, tmp_path: Path) -> None:
        read = read_one(tmp_path, csv_of([spell(1), spell(1, admission_date="31/02/2025")]))
        assert ids(read) == ["S1"]

    def test_files_of_one_extract_are_seen_together(self, tmp_path: Path) -> None:
        (tmp_path / "b.csv").write_text(csv_of([spell(1), spell(2), spell(3, surname="Other")]))
        (tmp_path / "a.csv").write_text(csv_of([spell(1), spell(3)]))
        read = read_all(tmp_path, {"files": ["b.csv", "a.csv"]})[0]
        assert read.accepted.select("source_file", "spell_id").rows() == [("a.csv", "S1"), ("b.csv", "S2")]
        assert [(file.file, file.rows_read, file.rows_accepted) for file in read.inputs] == [
            ("a.csv", 2, 1),
            ("b.csv", 3, 1),
        ]

    def test_two_submitters_of_one_kind_are_seen_together(self, tmp_path: Path) -> None:
        (tmp_path / "n.csv").write_text(csv_of([spell(1), spell(2)]))
        (tmp_path / "s.csv").write_text(csv_of([spell(1), spell(2, surname="Other"), spell(4)]))
        north, south = read_all(tmp_path, {"files": "n.csv"}, {"files": "s.csv", "submitter": "south"})
        assert (ids(north), ids(south)) == (["S1"], ["S4"])
        assert findings_of(north) == {("key_conflict", ""): 1}
        assert findings_of(south) == {("duplicate", ""): 1, ("key_conflict", ""): 1}

    def test_the_order_of_the_entries_does_not_matter(self, tmp_path: Path) -> None:
        (tmp_path / "n.csv").write_text(csv_of([spell(1), spell(2)]))
        (tmp_path / "s.csv").write_text(csv_of([spell(1), spell(2, surname="Other"), spell(4)]))
        entries: list[dict[str, Any]] = [{"files": "n.csv"}, {"files": "s.csv", "submitter": "south"}]
        first, second = read_all(tmp_path, *entries), read_all(tmp_path, *reversed(entries))
        assert first[0].accepted.equals(second[1].accepted)
        assert first[1].quarantine.equals(second[0].quarantine)

    def test_dated_reasons_of_one_spell_are_no_conflict(self, tmp_path: Path) -> None:
        rows = [
            {"provider_code": "RN1", "spell_id": "S1", "from_date": f"0{day}/03/2025", "delay_reason": "CP7"}
            for day in (1, 2, 2)
        ]
        (tmp_path / "r.csv").write_text(csv_of(rows))
        read = read_all(tmp_path, {"kind": "delay_reasons", "files": "r.csv"})[0]
        assert (read.accepted.height, findings_of(read)) == (2, {("duplicate", ""): 1})


class TestFaults:
    def test_a_fault_where_a_cell_may_be_empty_blanks_it_and_is_counted(self, tmp_path: Path) -> None:
        read = read_one(
            tmp_path, csv_of([spell(1, discharge_ready_date="31/02/2025"), spell(2), spell(3, discharge_ready_date="")])
        )
        assert read.accepted["discharge_ready_date"].null_count() == 2
        assert findings_of(read) == {("unreadable_date", "discharge_ready_date"): 1}
        assert read.findings["severity"].to_list() == ["warning"]

    def test_a_fault_where_a_cell_must_be_given_puts_the_row_aside_under_its_own_name(self, tmp_path: Path) -> None:
        rows = [spell(1, admission_date="soon"), spell(2, admission_date=""), spell(3, admission_date="2150-01-01")]
        read = read_one(tmp_path, csv_of([*rows, spell(4)]))
        assert findings_of(read) == {
            ("unreadable_date", "admission_date"): 1,
            ("missing_required", "admission_date"): 1,
            ("date_out_of_range", "admission_date"): 1,
        }
        assert reasons(read)[3] == "admission_date is empty and must be given"

    @pytest.mark.parametrize("end", ["31/02/2025", "soon", "2150-01-01"])
    def test_an_end_that_cannot_be_read_is_not_an_open_spell(self, tmp_path: Path, end: str) -> None:
        read = read_one(tmp_path, csv_of([spell(1, discharge_date=end), spell(2, discharge_date="")]))
        assert (ids(read), read.quarantine["source_row"].to_list()) == (["S2"], [2])
        assert [column for _, column in findings_of(read)] == ["discharge_date"]

    def test_a_row_has_every_reason(self, tmp_path: Path) -> None:
        read = read_one(tmp_path, csv_of([spell(1, provider_code="", admission_date="soon"), spell(2)]))
        assert reasons(read)[2] == (
            "provider_code is empty and must be given; "
            "admission_date is not a date that can be read (use dd/mm/yyyy or yyyy-mm-dd)"
        )

    def test_a_discharge_before_the_admission_is_put_aside(self, tmp_path: Path) -> None:
        read = read_one(
            tmp_path,
            csv_of(
                [spell(1, discharge_date="28/02/2025"), spell(2, discharge_date="01/03/2025", discharge_ready_date="")]
            ),
        )
        assert (ids(read), findings_of(read)) == (["S2"], {("discharge_before_admission", ""): 1})

    def test_born_after_the_event_blanks_the_birth_date(self, tmp_path: Path) -> None:
        rows = [spell(1) | {"birth_date": "02/03/2025"}, spell(2) | {"birth_date": "01/03/2025"}]
        read = read_one(tmp_path, csv_of(rows))
        assert read.accepted["birth_date"].null_count() == 1
        assert findings_of(read) == {("born_after_event", "birth_date"): 1}

    def test_a_file_of_nothing_but_broken_rows_is_wholly_put_aside(self, tmp_path: Path) -> None:
        assert sums(read_one(tmp_path, ",".join(SPELLS) + "\nonly,two\none\n")) == (2, 0, 2)
        assert sums(read_one(tmp_path, csv_of([spell(1, provider_code="")]))) == (1, 0, 1)

    def test_every_reason_that_can_stand_in_a_quarantine_is_a_rule(self) -> None:
        for rule in RULES.values():
            words = rule.sentence.format(column="c", key="k", found=1, expected=2)
            assert "{" not in words


class TestTheQuarantine:
    def test_it_keeps_raw_values_under_the_supplier_s_own_headers(self, tmp_path: Path) -> None:
        text = "Trust Code,Spell No,Admit Date,Remark,reasons\n RN1 ,007,31/02/2025,  £5\u00a0,x\nRN1,8,1/3/2025,,\n"
        read = read_one(tmp_path, text, layout="auto")
        assert read.quarantine.rows(named=True) == [
            {
                "source_file": "spells.csv",
                "source_row": 2,
                "reasons": "Admit Date is not a date that can be read (use dd/mm/yyyy or yyyy-mm-dd)",
                "Trust Code": " RN1 ",
                "Spell No": "007",
                "Admit Date": "31/02/2025",
                "Remark": "  £5\u00a0",
                "reasons (again)": "x",
                "malformed_row": None,
            }
        ]

    def test_a_malformed_row_is_kept_as_it_came(self, tmp_path: Path) -> None:
        read = read_one(tmp_path, csv_of([spell(1)]) + 'RN1,"S2, x",1\nRN1,"open\n')
        assert read.quarantine.select("source_row", "malformed_row").rows() == [(3, "RN1,S2, x,1"), (4, 'RN1,"open')]
        assert reasons(read) == {
            3: "the row has 3 fields where the header has 6",
            4: "the row has a quotation mark that is not closed where its field ends",
        }
        assert findings_of(read) == {("malformed_row", ""): 2}

    def test_a_swallowed_row_would_be_missed(self, tmp_path: Path) -> None:
        """The mark of row 2 is closed by that of row 3: without care one row of the right width would come out."""
        text = 'spell_id,surname,provider_code,admission_date\nS1,"open,RN1,1/3/2025\nS2,"Jones",RN1,1/3/2025\n'
        read = read_one(tmp_path, text)
        assert (ids(read), list(reasons(read))) == (["S2"], [2])

    def test_headers_without_a_name_and_twice_are_told_apart(self, tmp_path: Path) -> None:
        text = "provider_code,spell_id,admission_date,,Note,Note,source_row\nRN1,1,,a,b,c,d\n"
        read = read_one(tmp_path, text)
        assert read.quarantine.columns[3:] == [
            "provider_code", "spell_id", "admission_date", "column 4", "Note", "Note (again)", "source_row (again)",
            "malformed_row",
        ]  # fmt: skip
        assert read.quarantine.row(0)[6:] == ("a", "b", "c", "d", None)

    def test_each_file_s_own_header_is_named(self, tmp_path: Path) -> None:
        text = "provider_code,spell_id,{header},discharge_ready_date\nRN1,{id},soon,?\nRN1,{id}9,1/3/2025,?\n"
        (tmp_path / "a.csv").write_text(text.format(header="Admit Date", id=1))
        (tmp_path / "b.csv").write_text(text.format(header="Date of Admission", id=2))
        read = read_all(tmp_path, {"files": "?.csv", "layout": "auto"})[0]
        assert [words.split(" is ")[0] for words in read.quarantine["reasons"]] == ["Admit Date", "Date of Admission"]
        assert findings_of(read) == {
            ("unreadable_date", "Admit Date"): 1,
            ("unreadable_date", "Date of Admission"): 1,
            ("unreadable_date", "discharge_ready_date"): 2,
        }


class TestMapping:
    def test_the_project_s_columns_lead(self, tmp_path: Path) -> None:
        text = "provider_code,spell_id,admission_date,Arrived\nRN1,1,1/3/2025,2/3/2025\n"
        read = read_one(tmp_path, text, columns={"admission_date": "Arrived"})
        assert read.accepted["admission_date"].to_list()[0].day == 2

    def test_a_header_is_met_whatever_its_case_and_signs(self, tmp_path: Path) -> None:
        text = "PROVIDER CODE,Spell-ID,admission_date,[Arrived]\nRN1,1,1/3/2025,2/3/2025\n"
        read = read_one(tmp_path, text, columns={"admission_date": "arrived"})
        assert read.accepted["admission_date"].to_list()[0].day == 2

    def test_the_header_as_it_is_written_comes_before_one_that_is_like_it(self, tmp_path: Path) -> None:
        text = "provider_code,Ref #,Ref,admission_date\nRN1,right,wrong,1/3/2025\n"
        assert ids(read_one(tmp_path, text, columns={"spell_id": "Ref #"})) == ["right"]
        assert ids(read_one(tmp_path, text, columns={"spell_id": "Ref"})) == ["wrong"]
        # And without the exact one the first that is like it.
        assert ids(read_one(tmp_path, text, columns={"spell_id": "REF"})) == ["right"]

    def test_headers_of_signs_alone_are_not_taken_for_one_another(self, tmp_path: Path) -> None:
        text = "provider_code,名,号,admission_date\nRN1,right,wrong,1/3/2025\n"
        assert ids(read_one(tmp_path, text, columns={"spell_id": "名"})) == ["right"]
        with pytest.raises(ExtractError, match="there is no column '字'"):
            read_one(tmp_path, text, columns={"spell_id": "字"})

    def test_a_constant_stands_in_every_row_and_before_a_column(self, tmp_path: Path) -> None:
        text = "provider_code,spell_id,admission_date\nXXX,1,1/3/2025\n,2,1/3/2025\n"
        read = read_one(tmp_path, text, constants={"provider_code": "rn1", "discharge_date": "09/03/2025"})
        assert read.accepted["provider_code"].to_list() == ["RN1", "RN1"]
        assert read.accepted["discharge_date"].null_count() == 0

    def test_a_constant_that_cannot_be_read_is_a_finding(self, tmp_path: Path) -> None:
        read = read_one(tmp_path, csv_of([spell(1)]), constants={"birth_date": "31/02/1940"})
        assert findings_of(read) == {("unreadable_date", "birth_date"): 1}

    def test_values_are_replaced(self, tmp_path: Path) -> None:
        rows = [spell(1) | {"delay_reason": "Awaiting  POC"}, spell(2) | {"delay_reason": "CP7"}]
        read = read_one(tmp_path, csv_of(rows), values={"delay_reason": {"awaiting poc": "CP2"}})
        assert read.accepted["delay_reason"].to_list() == ["CP2", "CP7"]


class TestMessages:
    """Each names the file or entry and what to do."""

    @pytest.mark.parametrize(
        ("text", "extract", "said"),
        [
            ("", {}, ["spells.csv", "is empty", "Ask the sender"]),
            (",".join(SPELLS), {}, ["spells.csv", "has a header and no rows", "Ask the sender"]),
            (",".join(SPELLS) + "\n\n,,,,,\n", {}, ["spells.csv", "has a header and no rows"]),
            ("spell_id,surname\n1,A\n", {}, ["spells.csv", "provider_code, admission_date", "spell_id, surname",
                                            "[extracts.columns]", "spells/north"]),
            (csv_of([spell(1)]).replace("surname", "spell_id"), {}, ["spells.csv", "'spell_id' stands twice", "Remove"]),
            (csv_of([spell(1)]), {"columns": {"surname": "Surnam"}}, ["spells.csv", "no column 'Surnam'",
                                                                     "Did you mean 'surname'"]),
            (csv_of([spell(1)]), {"columns": {"sur_name": "surname"}}, ["spells/north", "no canonical column sur_name",
                                                                       "Did you mean surname"]),
            (csv_of([spell(1)]), {"constants": {"providr_code": "RN1"}}, ["providr_code", "Did you mean provider_code"]),
            (csv_of([spell(1)]), {"values": {"sexx": {"a": "1"}}}, ["sexx", "Did you mean sex"]),
            (csv_of([spell(1)]), {"layout": "cdss"}, ["spells/north", "unknown layout 'cdss'", "did you mean 'cds'"]),
            (csv_of([spell(1)]), {"files": ""}, ["spells/north", "files = ''", "Give a path"]),
            (csv_of([spell(1)]), {"files": []}, ["spells/north"]),
            (csv_of([spell(1)]), {"kind": "published_drd"}, ["spells.csv", "month, data_type, measure", "[extracts.columns]"]),
            (csv_of([spell(1)]), {"files": "../other/{month}.csv"}, ["spells/north", f"../other/{MONTH}.csv",
                                                                    "required = false"]),
        ],
    )  # fmt: skip
    def test_it_says_where_and_what_to_do(
        self, tmp_path: Path, text: str, extract: dict[str, Any], said: list[str]
    ) -> None:
        with pytest.raises(ExtractError) as caught:
            read_one(tmp_path, text, **extract)
        for words in said:
            assert words in str(caught.value)

    def test_all_missing_extracts_are_listed(self, tmp_path: Path) -> None:
        with pytest.raises(ExtractError) as caught:
            read_all(tmp_path, {"files": "a.csv"}, {"files": "b.csv", "submitter": "south", "required": False})
        assert "a.csv" in str(caught.value)
        assert "b.csv" not in str(caught.value)

    def test_a_missing_optional_extract_is_passed_over_and_none_at_all_is_not(self, tmp_path: Path) -> None:
        optional = {"files": "b.csv", "submitter": "south", "required": False}
        with pytest.raises(ExtractError, match=r"b\.csv"):
            read_all(tmp_path, optional)
        (tmp_path / "spells.csv").write_text(csv_of([spell(1)]))
        assert [read.extract.label for read in read_all(tmp_path, {}, optional)] == ["spells/north"]

    def test_a_quarterly_extract_is_due_at_a_quarter_s_end(self, tmp_path: Path) -> None:
        (tmp_path / "spells.csv").write_text(csv_of([spell(1)]))
        quarterly = {"files": "b.csv", "submitter": "south", "cadence": "quarterly"}
        assert len(read_all(tmp_path, {}, quarterly, month="2025-02")) == 1
        with pytest.raises(ExtractError, match=r"b\.csv"):
            read_all(tmp_path, {}, quarterly, month="2025-03")

    def test_an_optional_extract_may_be_a_header_alone(self, tmp_path: Path) -> None:
        read = read_one(tmp_path, ",".join(SPELLS) + "\n", required=False)
        assert sums(read) == (0, 0, 0)

    def test_a_file_of_two_entries_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "spells.csv").write_text(csv_of([spell(1)]))
        with pytest.raises(ExtractError, match=r"spells\.csv is matched by two .* spells/north and spells/south"):
            read_all(tmp_path, {}, {"submitter": "south", "files": "sp*.csv"})

    def test_an_entry_that_is_not_there_is_refused_with_those_that_are(self, tmp_path: Path) -> None:
        with pytest.raises(ExtractError, match=r"no such .* There are: spells/north"):
            read_month(project_with(), tmp_path, MONTH, "spells/east")

    def test_other_formats_are_refused_by_their_ending(self, tmp_path: Path) -> None:
        (tmp_path / "spells.docx").write_bytes(b"PK")
        with pytest.raises(ExtractError, match=r"spells\.docx: files ending in \.docx are not read\. Save it as CSV"):
            read_all(tmp_path, {"files": "spells.docx"})

    def test_no_message_holds_a_value(self, tmp_path: Path) -> None:
        """Values could identify a person: reasons and findings name columns only."""
        rows = [spell(1, surname="Zyxwv", admission_date="Zyxwv"), spell(2, surname="Zyxwv"), spell(2, surname="Q")]
        read = read_one(tmp_path, csv_of(rows) + "Zyxwv\n")
        assert "Zyxwv" not in "".join(read.quarantine["reasons"]) + str(read.findings.to_dicts())


class TestFiles:
    @pytest.mark.parametrize(
        "name", ["spells [final].csv", "a?b.csv", "it's £5 {x}.csv", "100%.csv", "back\\slash.csv"]
    )
    def test_a_file_may_have_any_name(self, tmp_path: Path, name: str) -> None:
        path = tmp_path / name
        path.write_text(csv_of([spell(1)]))
        assert read_all(tmp_path, {"files": name})[0].inputs[0].file == name

    def test_a_pattern_takes_the_month_s_files_in_order(self, tmp_path: Path) -> None:
        for month in ("2025-02", MONTH):
            (tmp_path / "in" / month / "deep").mkdir(parents=True)
            for number, name in enumerate(("b.csv", "a.CSV", "deep/c.csv")):
                (tmp_path / "in" / month / name).write_text(csv_of([spell(f"{month}{number}")]))
        read = read_all(tmp_path, {"files": ["in/{month}/**/*.[cC][sS][vV]", "in\\{month}\\b.csv"]})[0]
        assert [file.file for file in read.inputs] == [
            f"in/{MONTH}/{name}" for name in ("a.CSV", "b.csv", "deep/c.csv")
        ]

    @pytest.mark.skipif(sys.version_info >= (3, 13), reason="Python 3.13 takes ** inside a name for *")
    def test_a_pattern_that_python_does_not_know_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ExtractError, match=r"spells/north: files = 'sp\*\*\.csv' is not a pattern .* Give a path"):
            read_all(tmp_path, {"files": "sp**.csv"})

    def test_a_folder_of_that_name_is_no_file(self, tmp_path: Path) -> None:
        (tmp_path / "spells.csv").mkdir()
        with pytest.raises(ExtractError, match="nothing matches"):
            read_all(tmp_path)


class TestParquet:
    def read(self, folder: Path, frame: pl.DataFrame) -> ReadExtract:
        frame.write_parquet(folder / "spells.parquet")
        return read_all(folder, {"files": "spells.parquet"})[0]

    def test_it_gives_what_text_gives(self, tmp_path: Path) -> None:
        rows = [spell(1), spell(2, discharge_date=""), spell(3, admission_date="soon")]
        text = read_one(tmp_path, csv_of(rows))
        parquet = self.read(tmp_path, pl.DataFrame(rows))
        content = KINDS["spells"].columns
        assert parquet.accepted.select(content).equals(text.accepted.select(content))
        assert parquet.findings.equals(text.findings)
        assert parquet.quarantine["source_row"].to_list() == [3]

    def test_dates_and_times_stay_what_they_are(self, tmp_path: Path) -> None:
        texts = pl.DataFrame([spell(1)])
        typed = texts.with_columns(
            pl.col("admission_date").str.to_date("%d/%m/%Y"), pl.col("discharge_date").str.to_datetime("%d/%m/%Y")
        )
        (tmp_path / "b.csv").write_text(csv_of([spell(2)]))
        typed.write_parquet(tmp_path / "a.parquet")
        read = read_all(tmp_path, {"files": ["a.parquet", "b.csv"]})[0]
        assert read.accepted["admission_date"].n_unique() == read.accepted["discharge_date"].n_unique() == 1

    def test_text_that_an_old_writer_left_as_bytes_is_text(self, tmp_path: Path) -> None:
        frame = pl.DataFrame([spell(1)]).with_columns(pl.col("surname", "spell_id").cast(pl.Binary))
        assert self.read(tmp_path, frame).accepted["surname"].to_list() == ["Smith"]

    @pytest.mark.parametrize("odd", [[[1, 2]], [{"a": 1}]])
    def test_a_column_of_lists_is_refused_by_name(self, tmp_path: Path, odd: list[Any]) -> None:
        frame = pl.DataFrame([spell(1, provider_code="")]).with_columns(pl.Series("odd", odd))
        with pytest.raises(ExtractError, match=r"spells\.parquet: the column 'odd' holds"):
            self.read(tmp_path, frame)

    @pytest.mark.parametrize("content", [b"", b"PAR1", b"a,b\n1,2\n"])
    def test_a_file_that_is_none_is_refused(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "spells.parquet").write_bytes(content)
        with pytest.raises(ExtractError, match=r"spells\.parquet cannot be read as Parquet"):
            read_all(tmp_path, {"files": "spells.parquet"})

    def test_no_rows_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ExtractError, match="has a header and no rows"):
            self.read(tmp_path, pl.DataFrame([spell(1)]).clear())

    def test_a_file_damaged_on_the_way_is_read_or_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "spells.parquet"
        pl.DataFrame([spell(number) for number in range(30)]).write_parquet(path)
        whole = path.read_bytes()
        chance = random.Random(5)
        for _ in range(60):
            broken = bytearray(whole)
            for _ in range(chance.randrange(1, 6)):
                broken[chance.randrange(len(broken))] = chance.randrange(256)
            path.write_bytes(broken)
            try:
                read = read_all(tmp_path, {"files": "spells.parquet"})[0]
            except ExtractError as error:
                assert "spells.parquet" in str(error)
            else:
                total, kept, aside = sums(read)
                assert total == kept + aside

    def test_a_panic_of_the_library_is_an_answer_like_any_other(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def panic(*_: object) -> None:
            raise pl.exceptions.PanicException("called `Result::unwrap()`")

        monkeypatch.setattr("pyarrow.parquet.ParquetFile", panic)
        with pytest.raises(ExtractError, match=r"spells\.parquet cannot be read as Parquet"):
            self.read(tmp_path, pl.DataFrame([spell(1)]))
