"""The story of a spell as text for a terminal, as data, and as a page of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from costshift.delays.spell_story import Event, SpellStory, Stretch
from costshift.publish import words

_KINDS = {
    "spells": "Hospital",
    "referrals": "Referral",
    "care_events": "Council",
    "contacts": "Community",
    "attendances": "Emergency department",
    "chc": "Continuing healthcare",
}


def story_data(story: SpellStory) -> dict[str, Any]:
    """The story as JSON holds it."""
    return asdict(story)


def story_text(story: SpellStory, names: Mapping[str, str]) -> str:
    """The story in the terminal."""
    lines = [f"Spell {story.spell_id}, {_name(story.provider, names)} ({story.provider_code})", ""]
    lines += [f"  {term + ' ':.<28} {value}" for term, value in _facts(story, names)]
    if story.not_counted:
        lines += ["", f"  No delayed day is counted. {story.not_counted}"]
    if story.dates:
        lines += ["", "The dates that decide"]
        lines += [f"  {title:<22} {_day(day) or 'none':<12} {meaning}" for title, day, meaning in story.dates]
    if story.stretches:
        lines += ["", "Day by day"]
        for own in story.stretches:
            lines += [
                f"  {_days(own)}",
                f"      recorded: {_recorded(own)}. Reason: {own.reason}",
                f"      evidence: {_evidence(own)}",
                f"      why:      {own.why}",
                f"      so:       {_agreement(own)}",
            ]
    if story.note is not None:
        lines += ["", f"Note of the two sides: {_note(story.note)}"]
    lines += ["", "Every linked event around the stay"]
    lines += [
        f"  {_when(own):<26} {_KINDS[own.source]:<22} {own.organisation:<10} {own.what} ({words.label(own.link_pass)})"
        for own in story.events
    ]
    return "\n".join(lines)


def story_page(story: SpellStory, names: Mapping[str, str], place: str) -> str:
    """The story as one self-contained HTML file: no network, no script, everything in it escaped."""
    whole = sum(own.days for own in story.stretches)
    return _template().render(
        place=place,
        title=f"Spell {story.spell_id}, {_name(story.provider, names)}",
        facts=_facts(story, names),
        not_counted=story.not_counted,
        dates=[(title, _day(day) or "none", meaning) for title, day, meaning in story.dates],
        stretches=[
            {
                "when": _days(own),
                "share": 100 * own.days / whole,
                "days": own.days,
                "label": own.label,
                "why": own.why,
                "recorded": _recorded(own),
                "reason": own.reason,
                "evidence": _evidence(own),
                "agreement": _agreement(own),
                "tone": own.agreement[0][0],
            }
            for own in story.stretches
        ],
        note=None if story.note is None else _note(story.note),
        events=[
            (_when(own), _KINDS[own.source], own.organisation, own.what, words.label(own.link_pass))
            for own in story.events
        ],
    )


def _facts(story: SpellStory, names: Mapping[str, str]) -> list[tuple[str, str]]:
    end = "Still in hospital on" if story.is_open else "Left"
    day = story.end_date - dt.timedelta(days=1) if story.is_open else story.end_date
    return [
        ("Council", _name(story.council, names)),
        ("Pathway", story.pathway if story.pathway != "unknown" else "not recorded"),
        ("Admitted", _day(story.admission_date)),
        ("Discharge ready date", _day(story.ready_date) or "none that can be used"),
        (end, _day(day)),
        ("Delay", "not known" if story.delay_days is None else words.counted(story.delay_days, "day", "days")),
    ]


def _name(partner: str, names: Mapping[str, str]) -> str:
    return names.get(partner, words.label(partner))


def _days(own: Stretch) -> str:
    until = "" if own.first == own.last else f" to {_day(own.last)}"
    return f"{_day(own.first)}{until}: {words.counted(own.days, 'day', 'days')}"


def _when(own: Event) -> str:
    return _day(own.day) if own.until is None or own.until == own.day else f"{_day(own.day)} to {_day(own.until)}"


def _shares(parts: Sequence[tuple[str, int]]) -> str:
    if len(parts) == 1:
        return words.label(parts[0][0])
    return ", ".join(f"{words.label(name)} {share}%" for name, share in parts)


def _recorded(own: Stretch) -> str:
    return _shares(own.recorded)


def _evidence(own: Stretch) -> str:
    whom = "nobody" if own.evidenced == "none" else words.label(own.evidenced)
    return f"{own.label}; {whom}{f', {own.strength}' if own.strength else ''}"


def _agreement(own: Stretch) -> str:
    return _shares(own.agreement).lower()


def _note(note: Mapping[str, Any]) -> str:
    whom = f", days to {words.label(note['noted_attribution'])}" if note["noted_attribution"] else ""
    signed = " and ".join(name for name in (note["name_for_nhs"], note["name_for_council"]) if name) or "nobody"
    both = note["name_for_nhs"] and note["name_for_council"]
    counts = "" if both or note["outcome"] == "contested" else "; a name is missing, so that it changes nothing"
    reason = f" Reason: {note['reason']}" if note["reason"] else ""
    return f"{note['outcome']}{whom}, {_day(note['noted_on'])}, signed by {signed}{counts}.{reason}"


def _day(value: dt.date | None) -> str:
    return "" if value is None else f"{value.day:02d}/{value.month:02d}/{value.year}"


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("costshift.publish", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("spell.html.j2")
