"""The project file: what it cannot say is told with its place, what was found and the nearest known word."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costshift.errors import ProjectError
from costshift.project import Project, load_project

BASE = """
[place]
name = "Northshire"
[[partners]]
id = "hospitals"
name = "Hospitals"
type = "acute"
codes = ["RXX"]
[[partners]]
id = "council"
name = "Council"
type = "council"
codes = ["E1"]
[[extracts]]
kind = "spells"
submitter = "hospitals"
files = "spells.csv"
"""


def load(folder: Path, text: str | bytes) -> Project:
    path = folder / "costshift.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return load_project(path)


def test_the_least_that_is_needed(tmp_path: Path) -> None:
    project = load(tmp_path, BASE)
    assert (project.extracts[0].label, project.output.folder, project.disclosure.threshold) == (
        "spells/hospitals",
        "reports",
        7,
    )


def test_an_editor_s_mark_and_windows_line_ends_do_not_matter(tmp_path: Path) -> None:
    text = BASE.replace("\n", "\r\n").encode("utf-8-sig")
    assert load(tmp_path, text).settings_hash() == load(tmp_path, BASE).settings_hash()


def test_the_hash_is_that_of_the_settings_and_not_of_their_spelling(tmp_path: Path) -> None:
    first = load(tmp_path, BASE + '[delays]\nsettle_days = 60\n[history]\nfolder = "history"\n')
    assert first.settings_hash() == load(tmp_path, "# a word\n" + BASE).settings_hash()
    assert first.settings_hash() != load(tmp_path, BASE + "[delays]\nsettle_days = 61\n").settings_hash()


#: A pool of delays and a kind of care of its own.
POOL = "[[pools]]\nname = '{0}'\nrule = 'fixed_share'\ncovers = ['delay', '{0}_care']\npartners = {{ council = 100 }}\n"


def test_pools_that_share_no_pound_stand_beside_each_other(tmp_path: Path) -> None:
    # Of one kind each; and of one kind where one of the two moves nothing.
    for own in (POOL.replace("'delay', ", ""), POOL):
        second = own.format("day") if own != POOL else own.format("day").replace("fixed_share", "own_risk")
        assert len(load(tmp_path, BASE + own.format("home") + second).pools) == 2


@pytest.mark.parametrize(
    ("added", "said"),
    [
        ("[outputs]\n", ["outputs: unknown key", "did you mean 'output'"]),
        ("[output]\nfoldr = 'x'\n", ["[output], foldr: unknown key", "did you mean 'folder'", "restricted_folder"]),
        ("[[extracts]]\nkind = 'chc'\nsubmiter = 'council'\nfiles = 'x'\n", ["[[extracts]] number 2 (kind = chc), submiter",
                                                                       "did you mean 'submitter'"]),
        ("[delays]\nsettle_day = 1\n", ["[delays], settle_day", "did you mean 'settle_days'"]),
        ("[connections.warehouse]\nurl = 'x'\npasword = 'y'\n", ["connections", "pasword", "unknown key", "url"]),
        ("[[extracts]]\nkind = 'chc'\nsubmitter = 'concil'\nfiles = 'x'\n", ["chc/concil", "'concil' is not a declared partner",
                                                                       "did you mean 'council'", "[[partners]]"]),
        ("[[extracts]]\nkind = 'chc'\nsubmitter = 'person'\nfiles = 'x'\n", ["'person' is not a declared partner"]),
        ("[[policies]]\ndate = 2025-01-01\npartner = 'person'\nkind = 'chc_threshold'\ndescription = 'x'\n",
         ["'person' is not a declared partner"]),
        ("[[policies]]\ndate = 2025-01-01\npartner = 'icb'\nkind = 'chc_threshold'\ndescription = 'x'\n", ["[[policies]]", "'icb'"]),
        ("[[targets]]\nmeasure = 'm'\npartner = 'icb'\nmonth = 2025-04-01\nvalue = 1\n", ["[[targets]]", "'icb'"]),
        ("[[pathways]]\npathway = 'P2'\ndelivered_by = { icb = 100 }\n", ["[[pathways]] P2, delivered_by", "'icb'"]),
        ("[[partners]]\nid = 'council'\nname = 'x'\ntype = 'icb'\n", ["id = 'council' stands twice"]),
        (2 * "[[schemes]]\nname = 'Home first'\nstart = 2024-04-01\nmonthly_cost = 1\npartners = { council = 100 }\n", ["[[schemes]] name = 'Home first' stands twice"]),
        (2 * "[[pools]]\nname = 'Beds'\nrule = 'own_risk'\npartners = { council = 100 }\n", ["[[pools]] name = 'Beds' stands twice"]),
        (POOL.format("home") + POOL.format("day"),
         ["[[pools]] home and day: both cover delay of council", "shared twice", "one pool"]),
        ("[[partners]]\nid = 'person'\nname = 'x'\ntype = 'icb'\n", ["'person' is reserved"]),
        ("[[partners]]\nid = 'unknown-acute'\nname = 'x'\ntype = 'icb'\n", ["'unknown-acute' is reserved"]),
        ("[[partners]]\nid = 'unallocated'\nname = 'x'\ntype = 'icb'\n", ["'unallocated' is reserved"]),
        ("[[partners]]\nid = 'The ICB'\nname = 'x'\ntype = 'icb'\n", ["[[partners]] number 3 (id = The ICB), id"]),
        ("[[partners]]\nid = 'icb'\nname = 'x'\ntype = 'clinic'\n", ["type", "'acute'", "found 'clinic'"]),
        ("[[partners]]\nid = 'icb'\nname = 'x'\ntype = 'icb'\ncodes = [' rxx ']\n", ["' rxx '", "both hospitals and icb"]),
        ("[[partners]]\nid = 'icb'\nname = 'x'\ntype = 'icb'\ncodes = [503]\n", ["codes", "found 503"]),
        ("[output]\nrestricted_folder = 'reports'\n", ["restricted_folder", "lies inside"]),
        ("[output]\nrestricted_folder = 'reports/private'\n", ["restricted_folder", "choose a folder beside it"]),
        ("[output]\nfolder = 'out/packs'\nrestricted_folder = './out/packs/2025/x'\n", ["lies inside"]),
        ("[[funding]]\nservice_component = 'Reablement'\nshares = { hospitals = 50, council = 40 }\n",
         ["[[funding]] Reablement", "sum to 90, not to 100"]),
        ("[[funding]]\nservice_component = 'Meals'\nshares = { }\n", ["sum to 0, not to 100"]),
        ("[[funding]]\nservice_component = 'Meals'\nshares = { council = 150, hospitals = -50 }\n", ["funding", "150"]),
        ("[[pools]]\nname = 'BCF'\npartners = { council = 50, hospitals = 50 }\nrule = 'capped'\n", ["[[pools]] BCF", "monthly_budget"]),
        ("[[funding]]\nservice_component = 'Meals'\nshares = { council = 100 }\n[[funding]]\nservice_component = 'meals'\nshares = { hospitals = 100 }\n", ["[[funding]] meals", "two entries"]),
        ("[costs]\nprice_year = '2025/26'\n", ["costs", "`index`"]),
        ("[[pools]]\nname = 'BCF'\npartners = { council = 33.3, hospitals = 66.6 }\nrule = 'capped'\n", ["[[pools]] BCF", "99.9"]),
        ("[[schemes]]\nname = 'Home'\nstart = 2025-04-01\nmonthly_cost = 1\npartners = { council = 99 }\n", ["[[schemes]] Home"]),
        ("[[pools]]\nname = 'BCF'\npartners = { council = nan, hospitals = 50 }\nrule = 'capped'\n", ["council", "nan"]),
        ("[[extracts]]\nkind = 'spells'\nsubmitter = 'hospitals'\nfiles = 'x'\n", ["two entries for spells/hospitals", "a list"]),
        ("[[extracts]]\nkind = 'chc'\nsubmitter = 'council'\n", ["[[extracts]] number 2", "give either `files`"]),
        ("[[extracts]]\nkind = 'chc'\nsubmitter = 'council'\nconnection = 'w'\nquery = 'q'\n", ["connection 'w' is not in"]),
        ("[[extracts]]\nkind = 'chc'\nsubmitter = 'council'\nconnection = 'w'\n", ["needs `query`"]),
        ("[[extracts]]\nkind = 'spels'\nsubmitter = 'council'\nfiles = 'x'\n", ["kind", "found 'spels'"]),
        ("[[extracts]]\nkind = 'chc'\nsubmitter = 'council'\nfiles = 5\n", ["files", "found 5"]),
        ("[disclosure]\nthreshold = 0\n", ["[disclosure], threshold", "greater than or equal to 1", "found 0"]),
        ("[delays]\nready_date_min_complete = 80\n", ["ready_date_min_complete", "found 80"]),
        ("[[targets]]\nmeasure = 'm'\n", ["[[targets]] number 1", "or `file`"]),
        ("delays = 5\n[x]\n", ["x: unknown key"]),
        ("[place]\n", ["costshift.toml is not valid TOML"]),
        ("[history]\nfolder = \"C:\\data\\history\"\n", ["not valid TOML", "line 19", "single quotes"]),
        ("[history\n", ["not valid TOML", "line 18"]),
        ("[[policies]]\ndate = 2025-02-30\n", ["not valid TOML"]),
    ],
)  # fmt: skip
def test_what_it_cannot_say(tmp_path: Path, added: str, said: list[str]) -> None:
    with pytest.raises(ProjectError) as caught:
        load(tmp_path, BASE + added)
    for words in ("costshift.toml", *said):
        assert words in str(caught.value)


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ProjectError) as caught:
        load(tmp_path, BASE + "[output]\nfoldr = 'x'\n[delays]\nsettle_days = -1\n")
    assert "foldr" in str(caught.value)
    assert "settle_days" in str(caught.value)


@pytest.mark.parametrize("section", ["place", "partners", "extracts"])
def test_a_needed_section_that_is_missing_is_named(tmp_path: Path, section: str) -> None:
    lines = BASE.replace(f"[[{section}]]", "[x]", 1) if section != "place" else BASE.replace("[place]", "[x]")
    lines = lines.replace('[[partners]]\nid = "council"\nname = "Council"\ntype = "council"\ncodes = ["E1"]\n', "")
    with pytest.raises(ProjectError, match=f"{section}: missing; it must be given"):
        load(tmp_path, lines)


def test_an_empty_file_lacks_all_three(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"(?s)place: missing.*partners: missing.*extracts: missing"):
        load(tmp_path, "")


def test_a_missing_file_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"There is no project file .*costshift init FOLDER.*--project PATH"):
        load_project(tmp_path / "costshift.toml")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="cannot be read"):
        load_project(tmp_path)


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
def test_another_encoding_says_where_and_what_to_do(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(ProjectError, match=r"not UTF-8 text \(byte \d+\)\. Save it as UTF-8"):
        load(tmp_path, BASE.replace("Northshire", "Zoëshire").encode(encoding))


@given(st.binary(max_size=80))
def test_any_bytes_load_or_are_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    try:
        load(tmp_path_factory.mktemp("p"), BASE.encode() + content)
    except ProjectError as error:
        assert "costshift.toml" in str(error)


@pytest.mark.parametrize("text", ["retention_months = 1" + "0" * 5000, "x = " + "[" * 5000 + "]" * 5000])
def test_numbers_and_brackets_without_end_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ProjectError, match=r"costshift\.toml"):
        load(tmp_path, BASE + "[governance]\n" + text + "\n")
