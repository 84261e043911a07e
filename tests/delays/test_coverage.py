"""What the councils' extracts cover: stated periods joined where they follow on one another, gaps kept."""

from __future__ import annotations

import datetime as dt

import polars as pl

from costshift.delays.evidence import linked_records
from costshift.history.store import Submission
from costshift.organisations import Organisations

from worlds import project

AS_AT = dt.date(2024, 12, 31)


def coverage(rows: list[tuple[str, str | None, str | None, str]]) -> list[tuple[str, dt.date, dt.date, bool]]:
    """council code, reporting period start and end, event start; of one load, E2's extract alone has open events."""
    events = events_of(rows).with_columns(submitter="council_code", load_id=pl.lit(1, dtype=pl.Int64))
    return covered(events, [sent(1, "E1", is_open=False), sent(1, "E2", is_open=True), sent(1, "E3", is_open=False)])


def sent(load: int, submitter: str, *, is_open: bool | None, month: str = "2024-12-01") -> Submission:
    return Submission(
        load_id=load, month=dt.date.fromisoformat(month), kind="care_events", submitter=submitter, scope="rolling",
        covers_from=None, covers_to=None, includes_open_events=is_open, fingerprint="", inputs=[], findings=pl.DataFrame(),
    )  # fmt: skip


def covered(events: pl.LazyFrame, submissions: list[Submission]) -> list[tuple[str, dt.date, dt.date, bool]]:
    own = project()
    records = linked_records({"care_events": events}, Organisations.of(own), own, submissions, AS_AT)
    return list(records.coverage.collect().iter_rows())


def events_of(rows: list[tuple[str, str | None, str | None, str]]) -> pl.LazyFrame:
    return pl.LazyFrame(
        [
            {
                "council_code": council,
                "reporting_period_start": None if start is None else dt.date.fromisoformat(start),
                "reporting_period_end": None if end is None else dt.date.fromisoformat(end),
                "event_start_date": dt.date.fromisoformat(event),
                "event_end_date": None,
            }
            for council, start, end, event in rows
        ],
        schema_overrides={
            "reporting_period_start": pl.Date,
            "reporting_period_end": pl.Date,
            "event_end_date": pl.Date,
        },
    )


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def test_quarters_that_follow_on_are_one_stretch_and_a_missing_one_is_a_gap() -> None:
    found = coverage(
        [
            ("E1", "2023-04-01", "2023-06-30", "2023-05-01"),
            ("E1", "2023-07-01", "2023-09-30", "2023-08-01"),
            ("E1", "2024-01-01", "2024-03-31", "2024-01-05"),
        ]
    )
    assert found == [
        ("north-council", day("2023-04-01"), day("2023-09-30"), False),
        ("north-council", day("2024-01-01"), day("2024-03-31"), False),
    ]


def test_rolling_periods_overlap_and_one_lies_inside_another() -> None:
    found = coverage(
        [
            ("E1", "2023-04-01", "2024-03-31", "2023-05-01"),
            ("E1", "2023-07-01", "2023-09-30", "2023-08-01"),
            ("E1", "2024-02-01", "2024-06-30", "2024-03-01"),
        ]
    )
    assert found == [("north-council", day("2023-04-01"), day("2024-06-30"), False)]


def test_a_council_that_states_nothing_is_covered_from_its_first_event() -> None:
    found = coverage(
        [
            ("E2", None, None, "2022-03-02"),
            ("E2", None, None, "2023-03-02"),
            ("E1", "2023-04-01", "2023-06-30", "2021-01-01"),
        ]
    )
    assert found == [
        ("north-council", day("2023-04-01"), day("2023-06-30"), False),
        ("south-council", day("2022-03-02"), AS_AT, True),
    ]


def test_each_council_s_extract_speaks_for_it_alone_whatever_the_order() -> None:
    """Of one load, as every month has one: the flag of the sender that came last was once that of all."""
    rows: list[tuple[str, str | None, str | None, str]] = [
        (council, "2024-01-01", "2024-12-31", "2024-02-01") for council in ("E1", "E2")
    ]
    assert [own[3] for own in coverage(rows)] == [False, True]
    events = events_of(rows).with_columns(submitter="council_code", load_id=pl.lit(1, dtype=pl.Int64))
    turned = covered(events, [sent(1, "E2", is_open=False), sent(1, "E1", is_open=True)])
    assert [own[3] for own in turned] == [True, False]


def test_the_last_extract_says_whether_a_stretch_includes_open_events() -> None:
    def flags(first: bool, second: bool, months: tuple[str, str] = ("2024-07-01", "2024-10-01")) -> list[bool]:
        rows = [("E1", "2024-04-01", "2024-06-30", "2024-05-01"), ("E1", "2024-07-01", "2024-09-30", "2024-08-01")]
        events = events_of(rows).with_columns(submitter=pl.lit("north"), load_id=pl.Series([1, 2]))
        pairs = zip((1, 2), (first, second), months, strict=True)
        return [own[3] for own in covered(events, [sent(n, "north", is_open=o, month=m) for n, o, m in pairs])]

    assert flags(first=True, second=False) == [False]
    assert flags(first=False, second=True) == [True]

    def resent(*said: tuple[int, str, str, bool | None]) -> list[bool]:
        """The same stated period by several loads: load, submitter, month of submission, what it says."""
        parts = [
            events_of([("E1", "2024-04-01", "2024-06-30", "2024-05-01")]).with_columns(
                submitter=pl.lit(submitter), load_id=pl.lit(load, dtype=pl.Int64)
            )
            for load, submitter, _, _ in said
        ]
        found = covered(pl.concat(parts), [sent(load, who, is_open=own, month=m) for load, who, m, own in said])
        return [own[3] for own in found]

    # The month counts before the load; what nobody said is no.
    assert resent((2, "north", "2024-07-01", True), (1, "north", "2024-08-01", False)) == [False]
    assert resent((1, "north", "2024-07-01", False), (2, "north", "2024-07-01", True)) == [True]
    assert resent((1, "north", "2024-07-01", None)) == [False]
    # Two senders of one council in one load: both have to.
    assert resent((1, "north", "2024-07-01", True), (1, "north, requests", "2024-07-01", False)) == [False]
    assert resent((1, "north", "2024-07-01", True), (1, "north, requests", "2024-07-01", True)) == [True]


def test_a_council_that_states_nothing_has_what_its_latest_extract_says() -> None:
    rows: list[tuple[str, str | None, str | None, str]] = [
        ("E1", None, None, "2022-03-02"),
        ("E1", None, None, "2023-03-02"),
    ]
    events = events_of(rows).with_columns(submitter=pl.lit("north"), load_id=pl.Series([1, 2]))
    months = ("2024-07-01", "2024-08-01")
    for said in ((True, False), (False, True)):
        own = [sent(n, "north", is_open=o, month=m) for n, o, m in zip((1, 2), said, months, strict=True)]
        assert covered(events, own) == [("north-council", day("2022-03-02"), AS_AT, said[1])]
