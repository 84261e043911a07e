"""What senders are told: every rule has its own advice."""

from __future__ import annotations

from costshift.extracts.rules import RULES
from costshift.publish import findings
from costshift.publish.findings import Finding


def test_every_rule_has_advice_of_its_own() -> None:
    assert set(findings._ADVICE) == set(RULES)


def test_no_sentence_is_left_with_a_gap() -> None:
    for name, rule in RULES.items():
        item = Finding("spells", rule.severity, name, "Column of theirs" if "{column}" in rule.sentence else "", 1)
        assert "{" not in item.sentence
        assert item.advice


def test_what_is_hard_to_believe_stays_and_what_cannot_be_read_does_not() -> None:
    said = {
        rule: Finding("spells", "warning", rule, "X", 1).consequence for rule in ("age_implausible", "unreadable_date")
    }
    assert said["age_implausible"].endswith("stays as it is.")
    assert said["unreadable_date"].endswith("could not be used.")
