"""The artificial place from its settings to its folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from costshift.sample import careers as c
from costshift.sample import community, continuing_healthcare, effects, hospital, routes, stories, truth
from costshift.sample.arrays import Rng, stack
from costshift.sample.council_records import CouncilInput, make_council_extracts
from costshift.sample.faults import with_faults
from costshift.sample.hospital_records import make_hospital_extracts
from costshift.sample.other_records import attendance_extracts, chc_extract, contacts_extract
from costshift.sample.people import People, make_people
from costshift.sample.project_files import write_project_file, write_readme, write_targets, write_unit_costs
from costshift.sample.records import Extract
from costshift.sample.settings import SampleSettings, SampleSummary
from costshift.sample.truth import TruthFolder
from costshift.sample.writing import write_extract

Table = dict[str, npt.NDArray[Any]]


def write_sample(folder: Path, settings: SampleSettings) -> SampleSummary:
    """Write an artificial place: extracts, project file, README and the truth.

    The same settings give the same bytes. Files of the same names are overwritten; nothing else in the
    folder is touched.

    Args:
        folder: where to; made if it is not there.
        settings: what the place is to be.

    Returns:
        The data rows of every extract file, and a few totals of the truth.
    """
    streams = settings.streams()
    folder.mkdir(parents=True, exist_ok=True)
    answers = TruthFolder(folder)
    people = make_people(settings, streams)
    answers.write("people", truth.people_table(people))

    careers = c.make_careers(settings, people, streams)
    considered = continuing_healthcare.choose_considered(people, careers.decided, streams["chc"])
    crises = effects.crises(people, careers.decisions, streams["crises"])
    spells = hospital.make_spells(settings, people, streams, *crises["admissions"])
    route = routes.settle(settings, people, spells, careers=careers, in_chc=considered, rng=streams["routes"])
    decisions = stack(careers.decisions, route.decisions)
    exposures = effects.exposures_of(settings, people, decisions)
    planted = effects.plant(settings, exposures, streams["effects"])
    spells, stays = _with_planted_stays(people, route.spells, planted, streams["effects"])
    cases, moved = continuing_healthcare.make_cases(settings, people, considered, spells, streams)
    cases, interim = continuing_healthcare.late_decisions(
        settings, people, cases, spells, careers.decided | considered, streams["chc_interim"]
    )
    after_chc, served = continuing_healthcare.council_packages(settings, people, moved, streams["chc"])

    answers.write("eligibility", truth.eligibility_table(settings, people, decisions))
    hospitals = make_hospital_extracts(settings, people, spells, streams)
    answers.write("spells", truth.spells_table(settings, hospitals))
    answers.write("delayed_days", truth.delayed_days_table(hospitals, people))
    answers.write("recorded_reasons", truth.recorded_table(hospitals, people))
    contacts = community.make_contacts(
        settings,
        people,
        spells,
        crisis=crises["contacts"],
        planted=planted,
        rng=streams["contacts"],
    )
    attendances = community.make_attendances(
        settings,
        people,
        hospitals.spells,
        by_ambulance=hospitals.by_ambulance,
        crisis=crises["attendances"],
        planted=planted,
        rng=streams["attendances"],
    )
    answers.write("effects", truth.effects_table(people, planted, contacts, attendances, stays))
    chc, cases = chc_extract(settings, people, cases, streams["chc"])
    weekly = np.zeros(len(moved["person"]))
    weekly[served] = after_chc["unit_cost"]
    answers.write("chc", truth.chc_table(people, cases, chc.frame["case_id"], moved, weekly))
    totals = {
        "people": people.size,
        "spells": len(hospitals.spells["person"]),
        "delayed_days": int((hospitals.days[2] - hospitals.days[1]).sum()),
        "lost_or_refused": len(exposures["person"]),
    }
    desk = _Desk(folder, settings, answers, streams["faults"])
    desk.send(hospitals.extracts)
    del hospitals, spells
    desk.send([contacts_extract(settings, people, contacts, streams["contacts"])])
    desk.send(attendance_extracts(settings, people, attendances, streams["attendances"]))
    desk.send([chc])
    done = CouncilInput(careers, route, after_chc, interim)
    sent = make_council_extracts(settings, people, done, streams)
    answers.write("services", truth.services_table(settings, sent))
    answers.write("charges", truth.charges_table(settings, sent))
    desk.send(sent)
    desk.close()
    truth.write_world(answers, settings)
    write_project_file(folder, settings, desk.sent)
    write_unit_costs(folder)
    write_targets(folder, settings)
    write_readme(folder, settings)
    return SampleSummary(dict(sorted(desk.rows.items())), totals)


def _with_planted_stays(people: People, spells: Table, planted: effects.Planted, rng: Rng) -> tuple[Table, Table]:
    """The spells with the planted admissions that fit, and exposure and nights of those."""
    asked = planted.admissions
    extra = hospital.short_emergencies(rng, people, asked["person"], asked["day"], asked["nights"])
    count = len(asked["person"])
    extra["outcome"] = np.full(count, stories.NO_DECISION, dtype=np.int64)
    extra["referred"] = np.zeros(count, dtype=np.bool_)
    extra["exposure"] = asked["exposure"]
    own = {**spells, "exposure": np.full(len(spells["person"]), -1, dtype=np.int64)}
    together, _dropped = hospital.with_planted(own, extra)
    there = together["planted"].astype(np.bool_)
    stays = {
        "exposure": together["exposure"][there],
        "nights": (together["end"] - together["admission"])[there],
    }
    return together, stays


class _Desk:
    """Puts faults into extracts, writes them, and notes whose each record is and what was spoilt."""

    def __init__(self, folder: Path, settings: SampleSettings, answers: TruthFolder, rng: Rng) -> None:
        self.folder, self.settings, self.rng = folder, settings, rng
        self.records = truth.GrowingTable(answers, "records")
        self.faults = truth.GrowingTable(answers, "faults")
        self.sent: list[Extract] = []
        self.rows: dict[str, int] = {}

    def send(self, extracts: list[Extract]) -> None:
        """Write extracts; their rows are let go one extract after another."""
        extracts.reverse()
        while extracts:
            extract = extracts.pop()
            self.records.add(truth.records_of(extract))
            faulty = with_faults(self.settings, extract, self.rng)
            self.sent.append(replace(extract, frame=extract.frame.clear()))
            for file in write_extract(self.folder, self.settings, extract, faulty):
                self.rows[file.path] = file.rows
                self.faults.add(truth.faults_of(extract, file.path, faulty.log, file.places))

    def close(self) -> None:
        """Finish the two tables of the truth."""
        self.records.close()
        self.faults.close()
