"""Care events over several submissions, and the same rules once more in plain Python."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from typing import Any

import polars as pl
import pytest

from costshift import standards
from costshift.extracts.kinds import KINDS
from costshift.extracts.read_extract import FINDING_SCHEMA
from costshift.history.care_events import current_events, departures, fates
from costshift.history.store import Submission

KIND = KINDS["care_events"]
SCHEMA = {name: column.dtype for name, column in KIND.schema.columns().items()} | {
    "load_id": pl.Int64,
    "submission_month": pl.Date,
    "submitter": pl.String,
}
MARCH, JUNE, SEPTEMBER = dt.date(2025, 3, 1), dt.date(2025, 6, 1), dt.date(2025, 9, 1)
QUARTERS = {
    MARCH: (dt.date(2025, 1, 1), dt.date(2025, 3, 31)),
    JUNE: (dt.date(2025, 4, 1), dt.date(2025, 6, 30)),
    SEPTEMBER: (dt.date(2025, 7, 1), dt.date(2025, 9, 30)),
}
Row = dict[str, Any]


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def submission(load: int, month: dt.date, scope: str = "month", **values: Any) -> Submission:
    first, last = QUARTERS[month]
    return Submission(
        **{
            "load_id": load, "month": month, "kind": "care_events", "submitter": "council", "scope": scope,
            "covers_from": first, "covers_to": last, "includes_open_events": False, "fingerprint": "", "inputs": [],
            "findings": pl.DataFrame(schema=FINDING_SCHEMA),
        }
        | values
    )  # fmt: skip


def service(load: int, month: dt.date, start: str = "2025-02-01", end: str | None = None, **cells: Any) -> Row:
    return {
        "source_file": f"{month:%m}.csv", "source_row": 2, "council_code": "E1", "council_person_id": "P1",
        "event_type": "Service", "event_start_date": day(start), "event_end_date": day(end) if end else None,
        "service_type": "Long term support: Community", "service_component": "Day support",
        "load_id": load, "submission_month": month, "submitter": "council",
    } | cells  # fmt: skip


def frame(rows: list[Row]) -> pl.LazyFrame:
    return pl.DataFrame(rows, schema=SCHEMA).lazy()


def ends(rows: list[Row], *submissions: Submission) -> list[tuple[dt.date | None, str | None]]:
    found = current_events(frame(rows), submissions).sort("event_start_date", "event_end_date").collect()
    return list(found.select("event_end_date", "end_basis").iter_rows())


def counted(rows: list[Row], *submissions: Submission) -> dict[str, int]:
    found: Counter[str] = Counter()
    for _, _, rule, n in departures(fates(frame(rows), submissions)).iter_rows():
        found[rule] += n
    return found


class TestServices:
    def test_one_found_ended_later_ends_then(self) -> None:
        rows = [service(1, MARCH), service(2, JUNE, end="2025-05-10")]
        both = submission(1, MARCH), submission(2, JUNE)
        assert ends(rows, *both) == [(day("2025-05-10"), "sent")]
        assert counted(rows, *both) == {"event_superseded": 1}

    def test_one_left_open_and_not_heard_of_again_ends_with_its_period(self) -> None:
        rows = [service(1, MARCH), service(2, JUNE, start="2025-04-05")]
        both = submission(1, MARCH), submission(2, JUNE)
        assert ends(rows, *both) == [(day("2025-03-31"), "period_end"), (None, None)]
        assert counted(rows, *both) == {"ended_by_period": 1}

    def test_the_latest_file_s_open_services_stay_open(self) -> None:
        assert ends([service(1, MARCH)], submission(1, MARCH)) == [(None, None)]

    def test_a_later_file_without_any_service_says_nothing_of_services(self) -> None:
        rows = [service(1, MARCH), service(2, JUNE, "2025-04-05", "2025-04-06", event_type="Request")]
        assert (None, None) in ends(rows, submission(1, MARCH), submission(2, JUNE))

    def test_another_council_s_file_says_nothing_of_this_one_s(self) -> None:
        rows = [service(1, MARCH), service(2, JUNE, start="2025-04-05", submitter="other", council_code="E2")]
        assert ends(rows, submission(1, MARCH), submission(2, JUNE, submitter="other")).count((None, None)) == 2

    def test_a_rolling_file_without_it_ends_it_the_day_before_its_dates(self) -> None:
        rows = [service(1, MARCH, "2025-02-01"), service(1, MARCH, "2025-05-01"), service(2, JUNE, "2025-05-02")]
        both = submission(1, MARCH), submission(2, JUNE, "rolling")
        # The third is June's own; the second lies whole in June's dates and is no longer there: withdrawn.
        assert ends(rows, *both) == [(day("2025-03-31"), "period_end"), (None, None)]
        assert counted(rows, *both) == {"ended_by_period": 1, "event_withdrawn": 1}

    def test_two_deliveries_of_one_submission_both_count_and_the_later_submission_replaces_both(self) -> None:
        rows = [service(1, MARCH, unit_cost=cost, planned_units_per_week=1) for cost in (10, 20)]
        assert len(ends(rows, submission(1, MARCH))) == 2
        rows.append(service(2, JUNE, unit_cost=30))
        assert len(ends(rows, submission(1, MARCH), submission(2, JUNE))) == 1

    def test_an_open_record_counts_before_an_ended_one_of_the_same_submission(self) -> None:
        rows = [service(1, MARCH, end="2025-03-01"), service(1, MARCH), service(1, MARCH, end="2025-03-09")]
        assert ends(rows, submission(1, MARCH)) == [(None, None)]
        assert counted(rows, submission(1, MARCH)) == {"event_repeated": 2}


class TestOtherEvents:
    def test_requests_by_two_routes_are_two_and_references_do_not_matter(self) -> None:
        rows = [
            service(1, MARCH, end="2025-02-03", event_type="Request", route_of_access=route, event_id=reference)
            for route, reference in (("Prison", "a"), ("Prison", "b"), ("Discharge from Hospital", "c"))
        ]
        assert len(ends(rows, submission(1, MARCH))) == 2

    def test_the_outcome_that_stands_higher_counts(self) -> None:
        rows = [
            service(1, MARCH, end="2025-02-03", event_type="Request", event_outcome=outcome)
            for outcome in (None, "NFA: Other", "Progress to support planning or services", "NFA: Deceased")
        ]
        found = current_events(frame(rows), [submission(1, MARCH)]).collect()
        assert found["event_outcome"].to_list() == ["Progress to support planning or services"]

    def test_an_open_request_gives_way_to_what_is_known_of_it_later(self) -> None:
        rows = [service(1, MARCH, event_type="Request"), service(2, JUNE, end="2025-04-09", event_type="Request")]
        assert ends(rows, submission(1, MARCH), submission(2, JUNE)) == [(day("2025-04-09"), "sent")]

    def test_a_resubmitted_march_does_not_overwrite_june(self) -> None:
        rows = [service(2, MARCH, end="2025-03-30"), service(1, JUNE, end="2025-05-10")]
        assert ends(rows, submission(2, MARCH), submission(1, JUNE)) == [(day("2025-05-10"), "sent")]


class TestDeath:
    def test_it_ends_what_is_open_or_ends_later_and_nothing_else(self) -> None:
        died = day("2025-03-05")
        rows = [
            service(1, MARCH, "2025-02-01", None, death_date=died),
            service(1, MARCH, "2025-02-02", "2025-03-20", death_date=died),
            service(1, MARCH, "2025-02-03", "2025-03-04", death_date=died),
            service(1, MARCH, "2025-03-06", "2025-03-07", death_date=died),
        ]
        found = current_events(frame(rows), [submission(1, MARCH)]).sort("event_start_date").collect()
        assert found["end_basis"].to_list() == ["death", "death", "sent", "sent"]
        assert found["event_end_date"].to_list() == [died, died, day("2025-03-04"), day("2025-03-07")]
        assert counted(rows, submission(1, MARCH)) == {"ended_by_death": 2}


def test_records_without_any_person_are_one_only_if_all_is_the_same() -> None:
    rows = [service(1, MARCH, council_person_id=None, event_id=reference) for reference in ("a", "a", "b")]
    assert len(ends(rows, submission(1, MARCH))) == 2
    assert counted(rows, submission(1, MARCH)) == {"event_without_person": 2, "event_repeated": 1}


# --- the same once more, row by row ---


def recount(rows: list[Row], submissions: list[Submission]) -> Counter[tuple[Any, ...]]:
    """(contents, end, basis) of what counts, written from the rules and not from the program."""
    ranks = {(s.load_id, s.submitter): (s.month, s.load_id) for s in submissions}
    own = {(s.load_id, s.submitter): s for s in submissions}
    speak = {(r["load_id"], r["submitter"]) for r in rows if r["event_type"] == "Service"}
    records = []
    for row in rows:
        here = dict.fromkeys(SCHEMA) | row
        end, basis = here["event_end_date"], "sent" if here["event_end_date"] else None
        death = here["death_date"]
        if death and death >= here["event_start_date"] and (end is None or end > death):
            end, basis = death, "death"
        rank = ranks[here["load_id"], here["submitter"]]
        later = [s for s in submissions if s.submitter == here["submitter"] and (s.month, s.load_id) > rank]
        start, is_service = here["event_start_date"], here["event_type"] == "Service"
        withdrawn, day_before = False, []
        for s in later:
            if s.scope != "rolling" or s.covers_from is None or start > s.covers_to:
                continue
            if end is not None:
                withdrawn |= end >= s.covers_from
            elif not is_service:
                withdrawn = True
            elif (s.load_id, s.submitter) in speak:
                if start >= s.covers_from:
                    withdrawn = True
                else:
                    day_before.append(s.covers_from - dt.timedelta(days=1))
        if withdrawn:
            continue
        person = here["nhs_number"] or here["council_person_id"]
        if person is None:
            person = tuple(str(end if n == "event_end_date" else here[n]) for n in KIND.columns if "reporting" not in n)
        kept = {
            "Request": ("route_of_access",),
            "Assessment": ("assessment_type",),
            "Service": ("service_type", "service_component"),
            "Review": (),
        }[here["event_type"]]
        loose = (
            here["council_code"], person, here["client_type"], here["event_type"], start, *(here[n] for n in kept)
        )  # fmt: skip
        package = (here["unit_cost"], here["cost_frequency"]) if is_service else ()
        records.append((here, end, basis, rank, later, day_before, loose, package))
    best: dict[tuple[Any, ...], Any] = {}
    for here, end, basis, rank, later, day_before, loose, package in records:
        is_service = here["event_type"] == "Service"
        key = loose if is_service else (*loose, end)
        same = [other for other in records if other[6] == loose]
        if end is None and any(other[3] > rank for other in same):
            continue
        if any(other[3] > rank and (is_service or other[1] == end) for other in same):
            continue
        outcome = standards.event_outcome_ranks().get(here["event_outcome"], 99)
        content = [
            (value is None, str(value))
            for value in ((end if n == "event_end_date" else here[n]) for n in KIND.columns if "reporting" not in n)
        ]
        order = (end is not None, -(end.toordinal() if end else 0), outcome, content)
        slot = (key, rank, package)
        if slot not in best or order < best[slot][0]:
            best[slot] = (order, here, end, basis, later, day_before)
    result: Counter[tuple[Any, ...]] = Counter()
    for _, here, sent_end, sent_basis, later, day_before in best.values():
        end, basis = sent_end, sent_basis
        if here["event_type"] == "Service" and end is None:
            period = here["reporting_period_end"] or own[here["load_id"], here["submitter"]].covers_to
            unheard = any(
                s.scope != "rolling"
                and s.month > here["submission_month"]
                and (s.load_id, s.submitter) in speak
                and s.covers_to > period
                for s in later
            )
            if unheard or day_before:
                crop = min([period, *day_before])
                if crop < here["event_start_date"] and day_before:
                    crop = min(day_before)
                if crop >= here["event_start_date"]:
                    end, basis = crop, "period_end"
        result[here["event_type"], here["council_person_id"], here["event_start_date"], end, basis] += 1
    return result


def a_world(seed: int) -> tuple[list[Row], list[Submission]]:
    chance = random.Random(seed)
    submissions, rows = [], []
    months = [MARCH, JUNE, SEPTEMBER, chance.choice([MARCH, JUNE, SEPTEMBER])]
    loads = chance.sample(range(1, 9), 4)
    for load, month in zip(loads, months, strict=True):
        for name in ("council", "other"):
            first, last = QUARTERS[month]
            if chance.random() < 0.3:
                first -= dt.timedelta(days=180)
            submissions.append(
                submission(
                    load, month, chance.choice(["month", "rolling"]), submitter=name, covers_from=first, covers_to=last
                )
            )
            for number in range(chance.randint(1, 6)):
                start = chance.choice([day("2024-11-01"), day("2025-02-10"), day("2025-05-03"), day("2025-08-01")])
                end = chance.choice([None, None, start + dt.timedelta(days=chance.choice([0, 30, 100]))])
                rows.append(
                    service(load, month)
                    | {
                        "source_row": number, "submitter": name, "council_code": "E1" if name == "council" else "E2",
                        "council_person_id": chance.choice(["P1", "P1", "P2", None]),
                        "nhs_number": chance.choice([None, None, "9990000018"]),
                        "client_type": chance.choice(["Service user", "Service user", None]),
                        "event_type": chance.choice(["Service", "Service", "Request", "Assessment", "Review"]),
                        "event_start_date": start, "event_end_date": end,
                        "death_date": chance.choice([None, None, None, day("2025-03-05"), day("2024-01-01")]),
                        "event_outcome": chance.choice([None, "NFA: Other", "NFA: Deceased"]),
                        "route_of_access": chance.choice([None, "Prison"]),
                        "service_component": chance.choice(["Meals", "Reablement"]),
                        "unit_cost": chance.choice([None, None, 10]),
                        "reporting_period_end": chance.choice([None, last]),
                    }
                )  # fmt: skip
    return rows, submissions


@pytest.mark.parametrize("seed", range(60))
def test_a_recount_in_plain_python_agrees_and_order_does_not_matter(seed: int) -> None:
    rows, submissions = a_world(seed)
    found = current_events(frame(rows), submissions).collect()
    columns = ["event_type", "council_person_id", "event_start_date", "event_end_date", "end_basis"]
    assert Counter(found.select(columns).iter_rows()) == recount(rows, submissions)
    gone = departures(fates(frame(rows), submissions)).filter(
        pl.col("departure").is_in(["event_withdrawn", "event_superseded", "event_repeated"])
    )
    assert found.height + gone["rows"].sum() == len(rows)
    chance = random.Random(seed)
    chance.shuffle(rows)
    chance.shuffle(submissions)
    again = current_events(frame(rows), submissions).collect()
    order = ["submitter", "load_id", "source_file", "source_row"]
    assert again.sort(order).equals(found.sort(order))
