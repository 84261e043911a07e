import csv
import subprocess
import sys
from datetime import date
from importlib import resources
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costshift import standards
from costshift.standards import flow, payers

LABELS = Path(__file__).with_name("published-delay-reason-labels.csv")
DATA = sorted(
    (f for f in resources.files("costshift.standards").joinpath("data").iterdir() if f.name.endswith(".csv")),
    key=lambda f: f.name,
)
KEYS = {
    "delay_reason_spellings.csv": ["text"],
    "evidence_states.csv": ["state"],
    "ready_date_measures.csv": ["measure"],
    "care_settings.csv": ("service_type", "service_component"),
    "cost_frequencies.csv": ("begins_with",),
    "ethnic_groups.csv": ("ethnic_category",),
    "flow_codes.csv": ("measure", "column", "value"),
    "flow_windows.csv": ("window",),
    "paid_rates.csv": ("item",),
    "who_pays.csv": ("state", "payer"),
    "chart_false_alarms.csv": ("points",),
    "chart_measures.csv": ("measure",),
    "code_lengths.csv": ("column", "length"),
    "dummy_values.csv": ("column", "begins_with"),
    "plausible_limits.csv": ("limit",),
    "enabling_components.csv": ("service_component",),
    "activity_prices.csv": ("activity", "setting"),
    "assessment_outcomes.csv": ("column", "value"),
    "code_list_index.csv": ("list",),
    "code_lists.csv": ("list", "code"),
    "cohort_filter_sentences.csv": ("filter",),
    "cohort_filters.csv": ("filter", "column", "value"),
    "contacts_not_attended.csv": ("attended",),
    "decision_outcomes.csv": ("release", "event_outcome"),
    "delay_attributions.csv": ("value",),
    "delay_reasons.csv": ("delay_reason",),
    "event_outcome_ranks.csv": ("event_outcome",),
    "published_substitution.csv": ("study",),
    "support_reason_groups.csv": ("primary_support_reason",),
    "transfers.csv": ("column", "value"),
    "unit_costs.csv": ("item", "valid_from"),
    "unmapped_values.csv": ("column", "value"),
    "value_maps.csv": ("column", "value"),
}
AWKWARD = st.sampled_from([*"aZß İΣςĲǅ?-–—−/()[]:’'\u00a0\u2009\t\n\ufeff\ufffd", "  ", " - ", "Hospital process– "])


def rows(file):
    return list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))


def test_every_data_file_has_its_key_tested():
    assert {f.name for f in DATA} == set(KEYS)


@pytest.mark.parametrize("file", DATA, ids=lambda f: f.name)
def test_every_row_has_a_source_and_says_whether_it_is_verified(file):
    for row in rows(file):
        assert row["source"].strip()
        assert row["verified"] in {"yes", "no"}
        if "from memory" in row["source"]:
            assert row["verified"] == "no", row


@pytest.mark.parametrize("file", DATA, ids=lambda f: f.name)
def test_keys_are_unique_also_when_normalised(file):
    keys = [tuple(standards.normalise_text(row[c]) for c in KEYS[file.name]) for row in rows(file)]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("file", DATA, ids=lambda f: f.name)
def test_files_are_utf8_with_line_feeds_and_no_stray_spaces(file):
    raw = file.read_bytes()
    assert b"\r" not in raw and not raw.startswith(b"\xef\xbb\xbf") and raw.endswith(b"\n")
    for row in rows(file):
        assert all(value == value.strip() for value in row.values())


@pytest.mark.parametrize("table", [standards.delay_reasons, standards.delay_attributions])
def test_shares_are_whole_and_sum_to_100(table):
    shares = table().select(standards.SHARE_COLUMNS)
    assert set(shares.dtypes) == {pl.Int64}
    silent = table().filter(pl.sum_horizontal(standards.SHARE_COLUMNS) == 0)[:, 0].to_list()
    assert silent in ([], ["DTOC_O"])
    assert shares.sum_horizontal().to_list().count(100) == shares.height - len(silent)
    assert shares.min_horizontal().min() == 0


def in_force() -> pl.DataFrame:
    return standards.delay_reasons().filter(pl.col("list") == "sitrep_2024")


def test_there_are_37_reasons_in_groups_of_7_4_3_12_and_11():
    reasons = in_force()
    assert reasons.height == 37
    assert dict(reasons["group"].value_counts().iter_rows()) == {
        "Hospital process": 7,
        "Wellbeing concerns": 4,
        "Care transfer hub process": 3,
        "Interface process": 12,
        "Capacity": 11,
    }


def test_reason_pathways_are_those_that_the_label_names():
    named = dict(standards.delay_reasons().select("delay_reason", "pathway").iter_rows())
    pathways = set(standards.code_list("discharge_pathway")["code"])
    assert (named["CP1"], named["CP8"], named["CP9"], named["HP1"]) == ("P0", "P1 P3", "P1 P2 P3", None)
    assert {p for value in named.values() if value for p in value.split()} <= pathways


def test_hospital_process_reasons_belong_to_the_provider_of_the_bed():
    hospital = standards.delay_reasons().filter(pl.col("group") == "Hospital process")
    assert hospital["provider"].to_list() == [100] * 7


def test_attributions_are_proposals_and_say_so():
    assert set(in_force()["attribution_status"]) == {"proposed by costshift, not official"}


def test_older_lists_stand_beside_with_source_and_mark():
    older = standards.delay_reasons().filter(pl.col("list") != "sitrep_2024")
    assert dict(older["list"].value_counts().iter_rows()) == {"dtoc": 11, "acute_2020": 18, "community_2023": 6}
    assert set(older.filter(pl.col("list") == "dtoc")["verified"]) == {"yes"}
    assert set(older.filter(pl.col("list") != "dtoc")["verified"]) == {"no"}
    assert older["source"].null_count() == 0


def test_shares_of_the_old_reasons_are_englands_published_days():
    """A: NHS 1,402,363 + half of 372,813 of both = 1,588,769.5 of 2,619,969 days: 60.6 %, so 61 and 39."""
    row = standards.delay_reasons().row(by_predicate=pl.col("delay_reason") == "DTOC_A", named=True)
    assert (row["provider"], row["council"]) == (round(100 * (1_402_363 + 372_813 / 2) / 2_619_969), 39)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("A", "DTOC_A"),
        ("a) completion of assessment", "DTOC_A"),
        ("DII) AWAITING NURSING HOME PLACEMENT OR AVAILABILITY", "DTOC_DII"),
        ("D(i)", "DTOC_DI"),
        ("Awaiting further non-acute (incl. community and mental health) NHS care", "DTOC_C"),
        ("O", "DTOC_O"),
        ("Awaiting Diagnostic test", "AD4"),
        ("Awaiting outcome of decision for CHC funding", "CM3"),
    ],
)
def test_old_reasons_are_recognised_as_they_were_written(text, reason):
    lookup = dict(standards.delay_reason_lookup().iter_rows())
    assert lookup[standards.normalise_text(text)] == reason


def test_every_published_english_label_is_recognised():
    with LABELS.open(encoding="utf-8", newline="") as file:
        published = [row["published_label"] for row in csv.DictReader(file) if row["nation"] == "england"]
    frame = pl.DataFrame({"label": published}).with_columns(normalised=standards.normalise(pl.col("label")))
    found = frame.join(standards.delay_reason_lookup(), on="normalised", how="left")
    assert len(published) == 37
    assert found.filter(pl.col("delay_reason").is_null())["label"].to_list() == []
    assert set(found["delay_reason"]) == set(in_force()["delay_reason"])


def test_a_reason_is_recognised_by_its_key_too():
    lookup = dict(standards.delay_reason_lookup().iter_rows())
    assert lookup[standards.normalise_text(" hp1 ")] == "HP1"


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (
            "Interface\u00a0process – End of life?(Pathway 1 or 3)",
            "interface process-end of life(pathway 1 or 3)",
        ),
        ("Care transfer hub process– Awaiting", "care transfer hub process-awaiting"),
        ("Patient /family/ carer", "patient/family/carer"),
        ("NFA : Support  declined ", "nfa:support declined"),
        ("cared\u2011for", "cared-for"),
        ("the person’s needs", "the person's needs"),
        ("Homeless with no recourse to public funds?", "homeless with no recourse to public funds"),
        (" ? ", ""),
    ],
)
def test_normalise_text_gives_one_spelling(seen, expected):
    assert standards.normalise_text(seen) == expected


@given(st.lists(st.one_of(st.text(), st.lists(AWKWARD).map("".join)), max_size=20))
def test_normalise_and_normalise_text_agree(texts):
    frame = pl.DataFrame({"text": texts}, schema={"text": pl.String})
    assert frame.select(standards.normalise(pl.col("text")))["text"].to_list() == [
        standards.normalise_text(text) for text in texts
    ]


@given(st.one_of(st.text(), st.lists(AWKWARD).map("".join)))
def test_normalising_twice_changes_nothing(text):
    once = standards.normalise_text(text)
    assert standards.normalise_text(once) == once


def test_no_character_is_left_unfolded():
    changed = [c for c in map(chr, range(sys.maxunicode + 1)) if c.casefold() != c and not c.isspace()]
    assert [c for c in changed if standards.normalise_text(c) != c.casefold()] == []


def test_normalise_keeps_nulls():
    frame = pl.DataFrame({"text": [None, "A"]}, schema={"text": pl.String})
    assert frame.select(standards.normalise(pl.col("text")))["text"].to_list() == [None, "a"]


def test_canonical_attributions_are_the_known_ones_and_agree_on_shares():
    table = standards.delay_attributions()
    canonical = {"acute", "community", "mental_health", "icb", "council", "person", "nhs", "both"}
    assert set(table["canonical"]) == canonical
    assert canonical <= set(table["value"])
    assert table.select("canonical", *standards.SHARE_COLUMNS).unique().height == len(canonical)


@pytest.mark.parametrize(
    ("seen", "canonical"),
    [
        ("Social  Care", "council"),
        ("asc", "council"),
        ("NHS", "nhs"),
        ("BOTH", "both"),
        ("Self – Funder", "person"),
    ],
)
def test_usual_spellings_of_an_attribution_are_accepted(seen, canonical):
    table = standards.delay_attributions()
    known = {standards.normalise_text(v): c for v, c in table.select("value", "canonical").iter_rows()}
    assert known[standards.normalise_text(seen)] == canonical


def test_every_list_in_the_index_can_be_read_and_no_other():
    listed = rows(next(f for f in DATA if f.name == "code_lists.csv"))
    index = standards.code_lists()
    assert {row["list"] for row in listed} == set(index["list"]) - {"admission_source"}
    for name, complete in index.select("list", "complete").iter_rows():
        assert complete in {"yes", "no"}
        assert standards.code_list(name).columns == ["code", "label", "source", "verified"]
    assert standards.code_list("admission_source").is_empty()
    with pytest.raises(KeyError, match="no code list 'colour'"):
        standards.code_list("colour")


def test_mapped_values_lead_to_codes_of_the_list_and_never_to_another_code():
    for name in standards.code_lists()["list"]:
        codes = {standards.normalise_text(code): code for code in standards.code_list(name)["code"]}
        for value, canonical in standards.value_map(name).iter_rows():
            assert canonical in codes.values(), (name, value)
            assert codes.get(standards.normalise_text(value), canonical) == canonical, (name, value)


def test_every_value_map_belongs_to_a_list():
    mapped = {row["column"] for row in rows(next(f for f in DATA if f.name == "value_maps.csv"))}
    assert mapped <= set(standards.code_lists()["list"])
    assert standards.value_map("colour").is_empty()


@pytest.mark.parametrize(
    ("column", "seen", "canonical"),
    [
        ("sex", "Male", "1"),
        ("sex", "F", "2"),
        ("nhs_number_status", "1", "01"),
        ("discharge_pathway", "Pathway 2", "P2"),
        ("event_type", "Referral", "Request"),
        (
            "event_outcome",
            "NFA - 100% NHS funded care",
            "NFA: Referral to NHS services or NHS funded social care",
        ),
        ("ethnic_category", "White - Irish", "B"),
        ("service_component", "Home Support", "Home support or domiciliary care"),
        ("client_type", "Carer", "Unpaid carer"),
        ("cost_frequency", "Per week", "Weekly"),
    ],
)
def test_values_of_other_releases_and_spellings_are_mapped(column, seen, canonical):
    assert dict(standards.value_map(column).iter_rows())[seen] == canonical


def test_cohort_filters_have_a_sentence_each_and_known_codes():
    sentences = standards.cohort_filters()
    values = standards.cohort_filter_values()
    assert list(sentences) == [
        "adult",
        "overnight",
        "not_maternity",
        "not_day_case",
        "nhs_funded",
        "not_died",
    ]
    assert all(sentence.endswith(".") for sentence in sentences.values())
    assert set(values["filter"]) == set(sentences) - {"adult", "overnight"}
    for table in (values, standards.transfer_values().filter(pl.col("column") != "admission_source")):
        for column, value in table.select("column", "value").iter_rows():
            if column != "treatment_function_code":
                assert value in set(standards.code_list(column)["code"]), (column, value)


def test_transfers_tell_of_both_ends_of_a_spell():
    columns = set(standards.transfer_values()["column"])
    assert columns == {"discharge_destination", "admission_method", "admission_source"}


def test_the_default_price_of_a_delayed_acute_bed_day_is_562_pounds():
    prices = standards.unit_costs()
    value = dict(prices.select("item", "value").cast({"value": pl.String}).iter_rows())
    assert prices.schema["value"] == pl.Decimal(18, 2)
    assert value["delayed_bed_day_acute"] == "562.00"
    assert value["delayed_bed_day_acute_kings_fund"] == "395.00"
    assert value["community_nursing_contact"] is None


def test_a_unit_cost_without_a_value_is_never_verified():
    prices = standards.unit_costs()
    assert set(prices.filter(pl.col("value").is_null())["verified"]) == {"no"}
    assert prices["value"].drop_nulls().min() > 0


def test_periods_of_a_price_do_not_overlap():
    for _, prices in standards.unit_costs().group_by("item"):
        periods = sorted(
            (date.fromisoformat(start or "0001-01-01"), date.fromisoformat(end or "9999-12-31"))
            for start, end in prices.select("valid_from", "valid_to").iter_rows()
        )
        assert all(start <= end for start, end in periods)
        assert all(earlier[1] < later[0] for earlier, later in pairwise(periods))


def test_items_are_snake_case():
    items = standards.unit_costs()["item"]
    assert items.str.contains(r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$").all()


def test_importing_standards_does_not_import_polars():
    code = "import sys, costshift.standards; sys.exit('polars' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_event_outcome_has_its_own_rank():
    ranks = standards.event_outcome_ranks()
    assert set(ranks) == set(standards.code_list("event_outcome")["code"])
    assert sorted(ranks.values()) == [1, 2, *range(4, 18)]  # 3 is «Not mapped»


def test_every_event_outcome_of_both_releases_is_read_as_a_decision_or_as_none():
    read = standards.decision_outcomes()
    published = [*standards.code_list("event_outcome")["code"], *RELEASE_1["event_outcome"]]
    assert {standards.normalise_text(outcome) for outcome in published} == set(read)
    assert set(read.values()) == {"eligible", "not_eligible", "moved", "none", "silent"}


def test_every_support_reason_but_unknown_has_a_group():
    published = {standards.normalise_text(code) for code in standards.code_list("primary_support_reason")["code"]}
    assert published - set(standards.support_reason_groups()) == {"unknown"}


def test_the_items_of_activity_prices_are_prices():
    assert set(standards.activity_prices().values()) <= set(standards.unit_costs()["item"])


#: Release 1 values as the guidance, Interweave's codes and NHS Digital's transformations print them.
RELEASE_1 = {
    "client_type": ["Service User", "Carer", "Carer known by association"],
    "event_outcome": [
        "Progress to Reablement/ST-Max", "Progress to Assessment", "Progress to Re-assessment / Unplanned Review",
        "Progress to financial assessment", "Progress to Support Planning / Services", "No change in package",
        "Provision of service", "Progress to End of Life Care", "Admitted to hospital", "NFA - Moved to another LA",
        "NFA - 100% NHS funded care", "NFA - Self-funded client (Inc. 12wk disregard)",
        "NFA - Information & Advice / Signposting only", "NFA - Support declined", "NFA - Deceased",
        "Service ended as planned", "NFA - Support ended: Other reason", "NFA - No services offered: Other reason",
        "NFA- Other",
    ],
    "route_of_access": [
        "Planned Entry (Transition)", "Discharge from Hospital", "Diversion from Hospital Services",
        "Community / Other route", "Prison", "Self-Funder", "Discharge from Reablement", "Transfer from Other LA",
    ],
    "primary_support_reason": [
        "Physical Support: Access & mobility only", "Physical Support: Personal care support",
        "Sensory Support: Support for visual impairment", "Sensory Support: Support for hearing impairment",
        "Sensory Support: Support for dual impairment", "Support with Memory & Cognition",
        "Learning Disability Support", "Mental Health Support", "Social Support: Substance misuse support",
        "Social Support: Asylum seeker support", "Social Support: Support for Social Isolation/Other",
        "Social Support: Support to Carer",
    ],
    "accommodation_status": [
        "Tenant", "Tenant - private landlord",
        "Supported accommodation / supported lodgings / supported group home",
        "Acute / long-term healthcare residential facility or hospital",
    ],
    "assessment_type": ["Short Term Assessment", "Long Term Assessment", "Financial Assessment"],
    "service_type": [
        "Long Term Support: Nursing Care", "Long Term Support: Residential Care", "Long Term Support: Community",
        "Long Term Support: Prison", "Short Term Support: ST-Max", "Short Term Support: Ongoing Low Level",
        "Short Term Support: Other Short Term", "Carer Support: Direct to Carer",
        "Carer Support: Support involving the person cared-for",
    ],
    "service_component": [
        "Reablement", "Short Term Nursing Care", "Short Term Residential Care", "Long Term Nursing Care",
        "Long Term Residential Care", "Home Support", "Day Support", "Meals", "Transport", "Equipment",
        "Direct Payment", "Shared Lives", "Community Supported Living", "Professional Support",
        "Professional Support - Social Worker", "Learning/Education/Employment Support", "End of Life Care",
        "Emergency Support", "Other Short Term Support", "Other Long Term Support", "Carer Respite",
        "Carer Sitting Service", "Carer Universal Services", "Other Carer Support",
    ],
    "delivery_mechanism": [
        "Direct Payment", "CASSR Managed Personal Budget", "CASSR Commissioned Support", "Self-Funder Metering Only",
    ],
    "review_reason": [
        "Planned", "Unplanned - Hospital (Planned and unplanned episodes)", "Unplanned - Carer related",
        "Unplanned - Safeguarding concern", "Unplanned - Other Reason", "Unplanned - Provider Failure",
        "Unplanned - Change in Commissioning arrangements",
    ],
    "funding_status": [
        "Fully social care funded", "Joint client and social care funded", "Fully client funded", "Unknown",
    ],
}  # fmt: skip


@pytest.mark.parametrize("column", sorted(RELEASE_1))
def test_every_release_1_value_has_a_code_or_is_left_out_on_purpose(column):
    known = {standards.normalise_text(code) for code in standards.code_list(column)["code"]}
    known |= {standards.normalise_text(value) for value in standards.value_map(column)["value"]}
    left_out = set(standards.unmapped_values().filter(pl.col("column") == column)["value"])
    unknown = {value for value in RELEASE_1[column] if standards.normalise_text(value) not in known}
    assert unknown == left_out


def test_every_state_of_a_service_has_its_payers():
    rules = payers.who_pays()
    states = set(payers.care_settings()["state"]) - {"intermediate_care"} | {"client_funded", "continuing_healthcare"}
    states |= {"intermediate_care_first_six_weeks", "intermediate_care_after_six_weeks"}
    for state in states:
        of_person = rules.filter((pl.col("state") == state) & (pl.col("payer") == "person"))["pays"].to_list()
        assert of_person in (["contribution"], ["nothing"], ["all"]), state
    assert set(rules["pays"]) == {
        "all", "remainder", "contribution", "nothing", "funded_nursing_care", "agreed_share"
    }  # fmt: skip


def test_care_settings_are_of_published_services():
    table = payers.care_settings()
    assert set(table["service_type"]) == set(standards.code_list("service_type")["code"])
    assert set(table["service_component"].drop_nulls()) <= set(standards.code_list("service_component")["code"])


def test_every_price_that_activity_needs_has_a_row():
    items = set(standards.unit_costs()["item"])
    assert set(standards.activity_prices().values()) <= items
    assert payers.paid_rates() <= items


def test_codes_of_flow_are_of_their_lists():
    for measure in ("emergency", "elective", "to_care_home", "ascof_2d_readmission"):
        for column, codes in flow.flow_codes(measure).items():
            assert set(codes) <= set(standards.code_list(column)["code"]), measure
    with pytest.raises(KeyError):
        flow.flow_codes("nothing")
