"""Which decision quarters are booked, against which year, and from when on they are not known."""

from __future__ import annotations

import numpy as np
import pytest

from costshift.eligibility.booked_quarters import (
    BookedQuarters,
    booked_quarters,
    first_month_without,
    not_booked,
    periods_like,
)
from costshift.eligibility.breaks import Break, comparisons_of
from costshift.eligibility.cases import REQUESTS, REVIEWS, council_cases, pending_since
from costshift.eligibility.decisions import council_decisions
from costshift.eligibility.effects import AFTER, LedgerEffect
from costshift.project import Policy
from eligibility_frames import AS_AT, NOTHING_OFFERED, SUPPORT, assessment, day, event, events, people

FIRST, LAST = day("1 Mar 2022"), day("31 Dec 2024")


def policy(when: str, description: str = "A decision") -> Policy:
    return Policy(date=day(when), partner="north", kind="eligibility_threshold", description=description)


def quarters(**given: object) -> BookedQuarters:
    own: dict[str, object] = {"cover": (FIRST, LAST), "as_at": LAST, "breaks": [], "thresholds": [], "pending": {}}
    return booked_quarters(**own | given)  # type: ignore[arg-type]


def test_every_quarter_after_the_first_year_is_booked_once_it_is_over() -> None:
    found = quarters()
    # March 2022 to February 2023 is the baseline: of the quarter in which it ends March 2023 alone comes after it.
    assert list(found.baselines)[:2] == [
        (day("1 Mar 2023"), day("31 Mar 2023")),
        (day("1 Apr 2023"), day("30 Jun 2023")),
    ]
    # 1 + 3 quarters of 2023 and 4 of 2024, whether the third year is whole or not (it ends with February 2025).
    assert len(found.baselines) == 8 and max(found.baselines) == (day("1 Oct 2024"), day("31 Dec 2024"))
    assert set(found.baselines.values()) == {(FIRST, day("28 Feb 2023"))}
    assert found.known(REQUESTS) == found.baselines and found.unknown_from(REQUESTS) is None


def test_a_dated_policy_moves_the_baseline_and_nothing_before_it_is_booked() -> None:
    found = quarters(thresholds=[policy("15 Apr 2024")])
    assert list(found.baselines) == [
        (day("1 Apr 2024"), day("30 Jun 2024")),
        (day("1 Jul 2024"), day("30 Sep 2024")),
        (day("1 Oct 2024"), day("31 Dec 2024")),
    ]
    assert set(found.baselines.values()) == {(day("1 Apr 2023"), day("31 Mar 2024"))}
    # Ten months lie before a policy of January 2023: no year, so that the first year stays the baseline.
    assert quarters(thresholds=[policy("9 Jan 2023")]).baselines == quarters().baselines


def test_the_order_of_the_policies_changes_nothing() -> None:
    # Descriptions and days of the month sort otherwise than dates do.
    two = [policy("9 Apr 2023", "second by name"), policy("1 Apr 2024", "first by name")]
    found = [quarters(thresholds=own) for own in (two, two[::-1])]
    assert found[0] == found[1]
    assert set(found[0].baselines.values()) == {(day("1 Apr 2022"), day("31 Mar 2023"))}
    words = [comparisons_of(FIRST, LAST, [], own) for own in (two, two[::-1])]
    assert words[0] == words[1]
    assert words[0][0].policy == "09/04/2023 second by name"


def test_a_break_ends_a_quarter_and_begins_a_year_that_is_compared_with_none() -> None:
    found = quarters(breaks=[Break(day("1 Aug 2023"), "recording change")])
    # July 2023 is what the break leaves of its quarter; August 2023 to July 2024 is the next baseline.
    assert list(found.baselines) == [
        (day("1 Mar 2023"), day("31 Mar 2023")),
        (day("1 Apr 2023"), day("30 Jun 2023")),
        (day("1 Jul 2023"), day("31 Jul 2023")),
        (day("1 Aug 2024"), day("30 Sep 2024")),
        (day("1 Oct 2024"), day("31 Dec 2024")),
    ]
    assert found.baselines[day("1 Aug 2024"), day("30 Sep 2024")] == (day("1 Aug 2023"), day("31 Jul 2024"))
    assert found.begun_again == ((day("1 Aug 2023"), day("31 Jul 2024")),)


def test_a_quarter_that_is_not_over_or_has_requests_pending_is_not_known() -> None:
    # The extract covers to November: of October to December a month is missing.
    found = quarters(cover=(FIRST, day("30 Nov 2024")))
    assert max(found.known(REVIEWS)) == (day("1 Jul 2024"), day("30 Sep 2024"))
    assert found.unknown_from(REVIEWS) == day("1 Oct 2024")
    # A request that ended on 20 September may still be followed: of requests, not of reviews.
    found = quarters(pending={REQUESTS: day("20 Sep 2024")})
    assert max(found.known(REQUESTS)) == (day("1 Apr 2024"), day("30 Jun 2024"))
    assert found.unknown_from(REQUESTS) == day("1 Jul 2024")
    assert found.unknown_from(REVIEWS) is None


@pytest.mark.parametrize(
    ("unknown", "month"),
    # Day 91 after 1 October is 31 December, after 1 July 30 September: one day does not hold a month back.
    [
        ("1 Oct 2024", "1 Jan 2025"),
        ("1 Jul 2024", "1 Oct 2024"),
        ("1 Jan 2023", "1 Apr 2023"),
        ("1 May 2024", "1 Aug 2024"),
    ],
)
def test_the_first_month_that_rests_on_what_is_not_known(unknown: str, month: str) -> None:
    assert first_month_without(day(unknown), AFTER[0]) == day(month)


def test_a_baseline_is_compared_in_periods_as_long_as_the_quarter() -> None:
    baseline = (FIRST, day("28 Feb 2023"))
    assert periods_like(baseline, (day("1 Apr 2023"), day("30 Jun 2023"))) == [
        (day("1 Mar 2022"), day("31 May 2022")),
        (day("1 Jun 2022"), day("31 Aug 2022")),
        (day("1 Sep 2022"), day("30 Nov 2022")),
        (day("1 Dec 2022"), day("28 Feb 2023")),
    ]
    months = periods_like(baseline, (day("1 Mar 2023"), day("31 Mar 2023")))
    assert len(months) == 12 and months[0] == (day("1 Mar 2022"), day("31 Mar 2022"))
    assert len(periods_like(baseline, (day("1 Aug 2024"), day("30 Sep 2024")))) == 6


def test_pending_requests_are_those_that_are_left_out_of_the_cases() -> None:
    progress = "Progress to assessment, review or reassessment"
    rows = [
        # Followed on 1 March; turned away; gone on with 180 days over on the last day; gone on lately (pending).
        event("Request", day("1 Feb 2025"), day("2 Feb 2025"), event_outcome=progress),
        assessment(day("20 Feb 2025"), day("1 Mar 2025"), SUPPORT),
        event("Request", day("5 Mar 2025"), day("5 Mar 2025"), event_outcome=NOTHING_OFFERED, person=2),
        event("Request", day("2 Oct 2024"), day("9 Oct 2024"), event_outcome=progress, person=3),
        event("Request", day("3 Oct 2024"), day("10 Nov 2024"), event_outcome=progress, person=4),
        event("Request", day("1 Nov 2024"), day("8 Nov 2024"), event_outcome=progress, person=5),
    ]
    own, described = events(rows), people(1, 2, 3, 4, 5)
    decided = council_decisions(own, described)
    # 2 October and 180 days are 31 March 2025, the as-at date; 3 October and 180 days are not over.
    assert pending_since(own, decided, AS_AT) == {"north": day("8 Nov 2024")}
    assert set(council_cases(own, decided, described, AS_AT)["person"]) == {1, 2, 3}


def test_what_is_not_booked_is_told() -> None:
    def effect(exposure: str) -> LedgerEffect:
        return LedgerEffect(exposure, "north", ("trust",), np.zeros(1), np.zeros((1, 1)), 60, 60)

    effects = [effect("refused"), effect("lost")]
    assert not_booked(effects, {"north": quarters()}, LAST) == []
    (note,) = not_booked(effects, {"north": quarters(pending={REQUESTS: day("20 Jun 2024")})}, LAST)
    assert note.startswith("north, refused: ") and "requests are pending" in note and note.endswith("07/2024 on.")
    notes = not_booked(effects, {"north": quarters(cover=(FIRST, day("31 Aug 2024")))}, LAST)
    assert len(notes) == 2 and all("covers to 31/08/2024" in own and "10/2024" in own for own in notes)
    # Not over, but nobody has lived a day of a window after it yet: nothing is missing.
    assert not_booked(effects, {"north": quarters(cover=(FIRST, day("30 Nov 2024")))}, LAST) == []
    short = quarters(cover=(day("1 Feb 2024"), LAST))
    assert "no decisions follow a whole baseline year" in not_booked(effects[:1], {"north": short}, LAST)[0]
    broken = quarters(breaks=[Break(day("1 Aug 2023"), "recording change")])
    assert "01/08/2023 to 31/07/2024" in not_booked(effects[:1], {"north": broken}, LAST)[0]
