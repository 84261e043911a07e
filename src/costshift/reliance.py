"""What rests on each pass of the linkage: worked out again without the weaker ones."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from costshift.delays.bed_days import delayed_spells
from costshift.delays.evidence import evidence_of, linked_records, rules_of
from costshift.linked_days import LinkedDays
from costshift.month import Month
from costshift.people.reliance import WEAKER, linkage_passes, linkage_sensitivity
from costshift.project import Project
from costshift.statistics.streamed import streamed

#: What is asked of a delayed spell.
_DELAYED = ("load_id", "source_file", "source_row", "provider_code", "spell_id", "person", "delay_days")


def reliance(project: Project, days: LinkedDays, month: Month) -> dict[str, pl.DataFrame]:
    """What rests on each pass of the linkage, and what the linked dates evidence without the weaker ones."""
    people, dated = days.people, days.dated
    delayed = streamed(delayed_spells(dated.spells).select(_DELAYED))
    whole = {"nothing": days.evidence.periods}
    for name in WEAKER:
        if any(own == name for own, _ in people.stages):
            earlier = people.before(name)
            linked = {kind: earlier.linked(kind) for kind in earlier.rows}
            records = linked_records(linked, days.organisations, project, days.known, month.as_at)
            apart = replace(dated, spells=earlier.attach("spells", dated.spells.drop("person")))
            whole[name] = evidence_of(apart.spells, records, rules_of(project)).periods
    spell = ["provider_code", "spell_id"]
    return {
        "linkage_passes": linkage_passes(people, delayed),
        "linkage_sensitivity": linkage_sensitivity(
            {
                name: periods.lazy().collect().join(delayed.select(*spell, "person"), on=spell)
                for name, periods in whole.items()
            }
        ),
    }
