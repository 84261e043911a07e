"""Every rule that a row can break: its name, how grave it is, and what it says to the sender.

``error`` rules quarantine the row; ``warning`` rules blank the cell; ``information`` changes nothing.
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
    "unreadable_date": Rule("warning", "{column} is not a date that can be read (use dd/mm/yyyy or yyyy-mm-dd)"),
    "date_out_of_range": Rule("warning", "{column} lies outside the years that make sense"),
    "unreadable_number": Rule("warning", "{column} is not a number"),
    "unknown_value": Rule("warning", "{column} has a value that is not in the list known here"),
    "nhs_number_invalid": Rule("warning", "{column} is not a valid NHS number (ten digits, modulus 11)"),
    "born_after_event": Rule("warning", "{column} lies after the event"),
    "blank_rows": Rule("information", "the file has empty rows; they were passed over"),
}


def sentence(rule: str, **words: object) -> str:
    """The rule's sentence with the words filled in."""
    return RULES[rule].sentence.format(**words)
