"""Every rule that a row can break: its name, how grave it is, and what it says to the sender.

``error`` rules quarantine the row; ``warning`` rules blank the cell, or, where a value is readable and yet
implausible, leave it as it is; ``information`` changes nothing.
``{column}`` is the supplier's own header.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Severity = Literal["error", "warning", "information"]


class Rule(NamedTuple):
    """One rule."""

    severity: Severity
    sentence: str


RULES: dict[str, Rule] = {
    "malformed_row": Rule("error", "the row has {found} fields where the header has {expected}"),
    "missing_required": Rule("error", "{column} is empty and must be given"),
    "duplicate": Rule("error", "the row stands twice; the first counts"),
    "key_conflict": Rule("error", "another row has the same {key} and a different content"),
    "discharge_before_admission": Rule("error", "the discharge lies before the admission"),
    "reason_ends_before_it_starts": Rule("error", "the delay reason ends before it starts"),
    "event_ends_before_it_starts": Rule("error", "the event ends before it starts"),
    "charge_ends_before_it_starts": Rule("error", "the charge ends before it starts"),
    "package_ends_before_it_starts": Rule("error", "the package ends before it starts"),
    "spell_put_aside": Rule("error", "the spell that the episode belongs to is put aside"),
    "unreadable_date": Rule("warning", "{column} is not a date that can be read (use dd/mm/yyyy or yyyy-mm-dd)"),
    "date_out_of_range": Rule("warning", "{column} lies outside the years that make sense"),
    "unreadable_number": Rule("warning", "{column} is not a number"),
    "unknown_value": Rule("warning", "{column} has a value that is not in the list known here"),
    "nhs_number_invalid": Rule("warning", "{column} is not a valid NHS number (ten digits, modulus 11)"),
    "born_after_event": Rule("warning", "{column} lies after the event"),
    "event_after_death": Rule("warning", "{column} lies before the event"),
    "date_far_in_future": Rule("warning", "{column} lies more than a year after the month of the submission"),
    "age_implausible": Rule("warning", "{column} makes the person 115 or older at the event"),
    "stay_very_long": Rule("warning", "the stay lasted more than five years since {column}"),
    "ready_before_admission": Rule("warning", "{column} lies before the admission"),
    "ready_after_discharge": Rule("warning", "{column} lies after the discharge"),
    "dates_reversed": Rule("warning", "{column} and the date that comes before or after it are the wrong way round"),
    "overlapping_spells": Rule("warning", "the person is in another spell of the same provider at the same time"),
    "spell_length_differs": Rule("warning", "the days of the spell are not those from admission to discharge"),
    "negative_amount": Rule("warning", "{column} is below zero"),
    "cost_implausible": Rule("warning", "{column} is over £20,000 a week or unit"),
    "units_implausible": Rule("warning", "{column} is more than fits into a week"),
    "cost_without_frequency": Rule("warning", "{column} is given without what it is paid for (week, hour …)"),
    "cost_without_units": Rule("warning", "{column} is given by the hour, day or session without the units a week"),
    "nhs_number_often_missing": Rule("warning", "{column} is empty or invalid in a tenth of the rows or more"),
    "dummy_value": Rule("warning", "{column} has a value that stands for an unknown one"),
    "code_of_odd_length": Rule("warning", "{column} has a code of a length that such codes do not have"),
    "nhs_number_missing": Rule("information", "{column} is empty or invalid"),
    "date_after_month": Rule("information", "{column} lies after the month of the submission"),
    "date_as_day_number": Rule(
        "information", "{column} has numbers of days, as a spreadsheet keeps dates; they were read as dates"
    ),
    "merged_episode": Rule("information", "the episode went into the spell that it is part of"),
    "event_withdrawn": Rule(
        "information", "a later file of the sender covers the event's dates and does not hold it: it no longer counts"
    ),
    "event_superseded": Rule("information", "a later file holds the event again: the later record counts"),
    "event_repeated": Rule("information", "the file holds the event more than once: one record of it counts"),
    "ended_by_death": Rule(
        "information", "the event is ended on the date of death, before its own end or for want of one"
    ),
    "ended_by_period": Rule(
        "information", "a later file says no more of the open service: it is ended with the period that it was last in"
    ),
    "event_without_person": Rule(
        "information", "the event names nobody: it counts, and only an equal record is taken for the same event"
    ),
    "blank_rows": Rule("information", "the file has empty rows; they were passed over"),
}


def sentence(rule: str, **words: object) -> str:
    """The rule's sentence with the words filled in."""
    return RULES[rule].sentence.format(**words)
