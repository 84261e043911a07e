"""Spells, delay reasons and referrals as the three providers send them."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from costshift.sample import hospital, places, stories
from costshift.sample.arrays import NEVER, Bools, Ints, Rng, choose, dates, day_number, labels, take
from costshift.sample.people import People
from costshift.sample.records import FROM, TO, Extract, Writing, local_ids, person_columns
from costshift.sample.settings import SampleSettings

Table = dict[str, npt.NDArray[Any]]

LAYOUTS = ("cds", "sus", "canonical")
_CODES = ("RZ1", "RZ2", "RZ3")
_WRITING = (Writing(0.02, upper_surnames=True, upper_forenames=True), Writing(0.02), Writing(0.025))
_REASON_ON_SPELL = 0.6
_CHANGES_AFTER_DAYS = 8
_CHANGE_SHARE = 0.45
_BLANK_READY = (0.5, 0.32, 0.4)
_BLANK_READY_LONG = 0.04
_TFC = {
    hospital.EMERGENCY: (("300", "100", "110", "320", "340", "430", "301"), (40, 14, 11, 9, 9, 10, 7)),
    hospital.ELECTIVE: (("110", "100", "101", "120", "502", "320"), (35, 25, 15, 8, 9, 8)),
    hospital.DAY_CASE: (("130", "301", "100", "800", "330", "110"), (26, 26, 14, 14, 10, 10)),
    hospital.REGULAR: (("361", "800"), (85, 15)),
    hospital.MATERNITY: (("501",), (1,)),
    hospital.BIRTH: (("424",), (1,)),
}


@dataclass(frozen=True)
class HospitalExtracts:
    """The extracts of the providers, and what the truth needs to name their spells.

    `spell_ids` names each spell of `spells` (the spells of the period, in the order of the truth);
    `days` holds position in `spells`, first day, day after the last, state and side of each true run.
    `reasons` holds the recorded reasons: spell, start, stop, side, wrong.
    """

    extracts: list[Extract]
    spells: Table
    spell_ids: pl.Series
    days: tuple[Ints, Ints, Ints, Ints, Ints]
    reasons: Table
    by_ambulance: Ints


def make_hospital_extracts(
    settings: SampleSettings, people: People, everything: Table, streams: dict[str, Rng]
) -> HospitalExtracts:
    """The extracts of spells, delay reasons and referrals from the settled spells."""
    start, end = day_number(settings.first_day), day_number(settings.last_day)
    rng = streams["hospital_records"]
    spells = take(everything, (everything["end"] >= start) & (everything["admission"] <= end))
    order = np.lexsort((spells["person"], spells["admission"], spells["provider"]))
    spells = take(spells, order)
    count = len(order)
    days = stories.true_days(
        streams["reasons"],
        {**spells, "ready": np.minimum(spells["ready"], spells["end"])},
        np.full(count, end + 1, dtype=np.int64),
    )
    reasons = _recorded_reasons(settings, streams["reasons"], spells, days)
    provider = spells["provider"]
    identifier = _spell_ids(provider)
    emergency = (spells["kind"] == hospital.EMERGENCY) & ~spells["planted"].astype(np.bool_)
    by_ambulance = emergency & (spells["transfer"] != 2) & (rng.random(count) < 0.8)
    frame = _spell_columns(people, spells, identifier, by_ambulance, rng)
    frame = frame.with_columns(_reason_on_spell(reasons, count, streams["reasons"]))
    extracts: list[Extract] = []
    for number in range(len(_CODES)):
        extracts.append(_spells_extract(settings, people, number, frame=frame, spells=spells, rng=rng))
    extracts += _reason_extracts(spells, identifier, reasons)
    extracts += _referral_extracts(settings, people, spells, identifier, streams["routes"])
    return HospitalExtracts(extracts, spells, identifier, days, reasons, np.flatnonzero(by_ambulance))


def _spell_ids(provider: Ints) -> pl.Series:
    """Spell identifiers, running by admission within each provider."""
    first = np.asarray([1_040_001, 410_000_001, 20_001], dtype=np.int64)
    number = np.zeros(len(provider), dtype=np.int64)
    for each in range(3):
        rows = provider == each
        number[rows] = first[each] + np.arange(int(rows.sum()))
    prefix = labels(["S0", "", "CH0"], provider)
    return pl.select(pl.concat_str(prefix, pl.Series(number).cast(pl.String))).to_series()


def _spell_columns(people: People, spells: Table, identifier: pl.Series, by_ambulance: Bools, rng: Rng) -> pl.DataFrame:
    """The columns of a spell that do not depend on who sends it."""
    count = len(identifier)
    person, kind, provider = spells["person"], spells["kind"], spells["provider"]
    planted, received = spells["planted"].astype(np.bool_), spells["transfer"] == 2
    emergency = kind == hospital.EMERGENCY
    other = choose(rng, count, (45, 10, 22, 13, 10))
    method = np.where(by_ambulance, 0, 1 + other)
    method = np.where(planted, 1, method)
    method = np.where(received, np.where(provider == places.RZ3, 6, 7), method)
    planned = 8 + choose(rng, count, (50, 28, 22))
    method = np.where(emergency, method, planned)
    method = np.where(kind == hospital.MATERNITY, np.where(rng.random(count) < 0.93, 11, 12), method)
    method = np.where(kind == hospital.BIRTH, 13, method)
    methods = ["21", "22", "23", "24", "2A", "2D", "81", "2B", "11", "12", "13", "31", "32", "82"]
    in_home = people.care_home[person]
    nursing = rng.random(people.size)[person] < 0.4
    source = np.where(received, 1, np.where(in_home, np.where(nursing, 2, 3), 0))
    source = np.where(kind == hospital.BIRTH, 4, source)
    died, sent = spells["died"].astype(np.bool_), spells["transfer"] == 1
    destination = np.where(in_home, np.where(nursing, 2, 3), np.where(rng.random(count) < 0.008, 4, 0))
    placed = (spells["pathway"] == 3) | (spells["pathway"] == 2)
    destination = np.where(placed & ~in_home, np.where(rng.random(count) < 0.45, 2, 3), destination)
    hospice = (spells["story"] == stories.CHC) & (rng.random(count) < 0.3)
    destination = np.where(hospice, 5, destination)
    destination = np.where(sent, 1, np.where(died, 6, destination))
    left = (spells["story"] == stories.NONE) & emergency & (rng.random(count) < 0.018)
    delayed = spells["ready"] < spells["end"]
    long = spells["end"] - spells["admission"] >= 7
    blank = rng.random(count) < np.where(long, _BLANK_READY_LONG, np.asarray(_BLANK_READY)[provider])
    overnight = spells["end"] > spells["admission"]
    ready = np.where(delayed | (overnight & ~blank & ~died & ~sent), spells["ready"], NEVER)
    second_site = rng.random(people.size)[person] < 0.3
    private = np.isin(kind, (hospital.ELECTIVE, hospital.DAY_CASE)) & (rng.random(count) < 0.012)
    return pl.DataFrame(
        {
            "provider_code": labels(list(_CODES), provider),
            "spell_id": identifier,
            "site_code": labels(["RZ101", "RZ102", "RZ201", "RZ202", "RZ301", "RZ302"], provider * 2 + second_site),
            "council_code": people.text["council_code"].gather(pl.Series(person)),
            "icb_code": people.text["icb_code"].gather(pl.Series(person)),
            "admission_date": dates(spells["admission"]),
            "admission_method": labels(methods, method),
            "admission_source": labels(["19", "51", "55", "56", "79"], source),
            "patient_classification": labels(
                ["1", "2", "3", "4"],
                np.select(
                    [kind == hospital.DAY_CASE, kind == hospital.REGULAR],
                    [1, np.where(rng.random(count) < 0.9, 2, 3)],
                    0,
                ),
            ),
            "administrative_category": labels(["01", "02"], private.astype(np.int64)),
            "treatment_function_code": _specialties(kind, provider, rng),
            "discharge_ready_date": dates(ready),
            "discharge_date": dates(spells["end"]),
            "discharge_method": labels(["1", "2", "4"], np.where(died, 2, np.where(left, 1, 0)).astype(np.int64)),
            "discharge_destination": labels(["19", "51", "55", "56", "29", "88", "79"], destination),
            "discharge_pathway": labels(
                ["P0", "P1", "P2", "P3", None], np.where(spells["pathway"] < 0, 4, spells["pathway"])
            ),
        }
    )


def _specialties(kind: Ints, provider: Ints, rng: Rng) -> pl.Series:
    """Treatment function codes by kind of spell; the community hospital rehabilitates."""
    codes = sorted({code for group, _ in _TFC.values() for code in group} | {"314"})
    picked = np.zeros(len(kind), dtype=np.int64)
    for each, (group, weights) in _TFC.items():
        rows = np.flatnonzero(kind == each)
        picked[rows] = np.asarray([codes.index(code) for code in group])[choose(rng, len(rows), weights)]
    return labels(codes, np.where(provider == places.RZ3, codes.index("314"), picked))


def _spells_extract(
    settings: SampleSettings,
    people: People,
    number: int,
    *,
    frame: pl.DataFrame,
    spells: Table,
    rng: Rng,
) -> Extract:
    """The spells of one provider."""
    code = _CODES[number]
    rows = np.flatnonzero(spells["provider"] == number)
    mine = frame[rows]
    person = spells["person"][rows]
    prefix, width = (("RZ1-", 8), ("E", 7), ("NCH", 6))[number]
    ids = local_ids(rng, people.size, prefix, width, first=120_001)
    mine = mine.with_columns(
        local_patient_id=ids.gather(pl.Series(person)),
        **person_columns(settings, people, person, _WRITING[number], rng),
    ).with_columns(
        pl.Series(FROM, spells["admission"][rows]),
        pl.Series(TO, spells["end"][rows]),
        pl.Series("_person", person),
    )
    return Extract(
        kind="spells",
        submitter=code,
        partner=places.PROVIDERS[number].partner,
        stem=f"spells_{code.lower()}",
        # The community hospital is small: it may have a month with nobody.
        required=places.PROVIDERS[number].type == "acute",
        layout=LAYOUTS[number],
        frame=mine,
        reference="spell_id",
        open_blank=(
            "discharge_date",
            "discharge_method",
            "discharge_destination",
            "delay_reason",
        ),
    )


def _reason_table() -> pl.DataFrame:
    """The reasons that the hospitals record: partner type, pathway, label as published, weight."""
    chosen = pl.read_csv(
        resources.files("costshift.sample").joinpath("data", "reasons.csv").read_bytes(), infer_schema=False
    )
    published = pl.read_csv(
        resources.files("costshift.standards").joinpath("data", "delay_reasons.csv").read_bytes(),
        infer_schema=False,
    ).select("delay_reason", "label")
    return chosen.join(published, on="delay_reason", how="left", maintain_order="left").with_columns(
        pl.col("weight").cast(pl.Float64)
    )


def _recorded_reasons(
    settings: SampleSettings, rng: Rng, spells: Table, days: tuple[Ints, Ints, Ints, Ints, Ints]
) -> Table:
    """The reasons in the hospitals' own words: true to the side of the day but for the set disagreement."""
    spell, start, stop, _state, side = days
    sent = rng.random(len(spells["person"])) < settings.reasons_recorded
    keep = sent[spell]
    spell, start, stop, side = spell[keep], start[keep], stop[keep], side[keep]
    wrong = rng.random(len(spell)) < settings.recorded_disagreement
    # A ward that gets it wrong mostly looks elsewhere: first to the council, then to community beds.
    blame = np.asarray([0.30, 0.20, 0.34, 0.05, 0.11])
    step = np.broadcast_to(blame, (len(spell), 5)).copy()
    step[np.arange(len(spell)), side] = 0.0
    at_community = spells["provider"][spell] == places.RZ3
    # At the community provider its own process and the community service are the same partner.
    step[at_community & (side == stories.OWN), stories.COMMUNITY] = 0.0
    step[at_community & (side == stories.COMMUNITY), stories.OWN] = 0.0
    drawn = rng.random(len(spell)) * step.sum(axis=1)
    other = (drawn[:, None] >= np.cumsum(step, axis=1)).sum(axis=1)
    said = np.where(wrong, np.minimum(other, 4), side)
    changes = (stop - start >= _CHANGES_AFTER_DAYS) & (rng.random(len(spell)) < _CHANGE_SHARE)
    middle = start + np.floor((stop - start) * rng.uniform(0.3, 0.7, len(spell))).astype(np.int64)
    rows = np.concatenate([np.arange(len(spell)), np.flatnonzero(changes)])
    begun = np.concatenate([start, middle[changes]])
    ended = np.concatenate([np.where(changes, middle, stop), stop[changes]])
    order = np.lexsort((begun, spell[rows]))
    rows, begun, ended = rows[order], begun[order], ended[order]
    label = np.zeros(len(rows), dtype=np.int64)
    table = _reason_table()
    pathway = np.maximum(spells["pathway"][spell[rows]], 0)
    for number, name in enumerate(stories.SIDES):
        for path in range(4):
            here = np.flatnonzero((said[rows] == number) & (pathway == path))
            pool = table.with_row_index().filter(
                pl.col("partner_type") == name,
                pl.col("pathway").is_null() | (pl.col("pathway") == f"P{path}"),
            )
            picked = choose(rng, len(here), pool["weight"].to_numpy())
            label[here] = pool["index"].to_numpy().astype(np.int64)[picked]
    new = np.ones(len(rows), dtype=np.bool_)
    new[1:] = (spell[rows][1:] != spell[rows][:-1]) | (label[1:] != label[:-1])
    kept = np.flatnonzero(new)
    last = np.append(kept[1:], len(rows)) - 1
    return {
        "spell": spell[rows][kept],
        "start": begun[kept],
        "stop": ended[last] if len(kept) else ended[kept],
        "side": said[rows][kept],
        "label": label[kept],
    }


def _reason_on_spell(reasons: Table, count: int, rng: Rng) -> pl.Series:
    """The last recorded reason of a part of the spells, as one column."""
    position = np.full(count, -1, dtype=np.int64)
    position[reasons["spell"]] = reasons["label"]
    shown = (position >= 0) & (rng.random(count) < _REASON_ON_SPELL)
    names = [*_reason_table()["label"].to_list(), None]
    return labels(names, np.where(shown, position, len(names) - 1)).alias("delay_reason")


def _reason_extracts(spells: Table, identifier: pl.Series, reasons: Table) -> list[Extract]:
    """The dated reasons of each provider. Only the second trust says when a reason ended."""
    extracts = []
    names = _reason_table()["label"].to_list()
    for number, code in enumerate(_CODES):
        rows = np.flatnonzero(spells["provider"][reasons["spell"]] == number)
        spell = reasons["spell"][rows]
        # The end of a reason is the day on which it no longer held: the next one's day, or the discharge.
        stop = reasons["stop"][rows] if number == places.RZ2 else np.full(len(rows), NEVER, dtype=np.int64)
        frame = pl.DataFrame(
            {
                "provider_code": pl.Series([code]).gather(pl.Series(np.zeros(len(rows), dtype=np.int64))),
                "spell_id": identifier.gather(pl.Series(spell)),
                "from_date": dates(reasons["start"][rows]),
                "to_date": dates(stop),
                "delay_reason": labels(names, reasons["label"][rows]),
                FROM: reasons["start"][rows],
                TO: spells["end"][spell],
                "_person": spells["person"][spell],
            }
        )
        extracts.append(
            Extract(
                kind="delay_reasons",
                submitter=code,
                partner=places.PROVIDERS[number].partner,
                stem=f"delay_reasons_{code.lower()}",
                required=False,
                layout=LAYOUTS[number],
                frame=frame,
                reference="spell_id",
            )
        )
    return extracts


def _referral_extracts(
    settings: SampleSettings, people: People, spells: Table, identifier: pl.Series, rng: Rng
) -> list[Extract]:
    """The hospitals' own clock: one referral for onward support of a stay."""
    extracts = []
    last = day_number(settings.last_day)
    shown = spells["referred"].astype(np.bool_) & (spells["h"] <= np.minimum(spells["end"], last))
    council = np.isin(spells["story"], stories.COUNCIL_STORIES)
    fast = spells["story"] == stories.CHC
    nhs = np.isin(spells["story"], (stories.NHS_BED, stories.NHS_HOME))
    lost = spells["story"] == stories.LOST_REQUEST
    accepted = np.where(council, spells["q"], np.where(fast, spells["a"], spells["s"]))
    accepted = np.where(lost | (accepted > spells["end"]), NEVER, accepted)
    homes = np.asarray(people.council)[spells["person"]]
    partner = np.where(council, homes, np.where(fast, 4, 3))
    names = [*(each.name for each in places.COUNCILS), "Other council", "Northshire Community Health"]
    names.append("Northshire ICB")
    for number, code in enumerate(_CODES):
        rows = np.flatnonzero(shown & (spells["provider"] == number))
        person, count = spells["person"][rows], len(rows)
        sequence = pl.Series(np.arange(count) + 1).cast(pl.String).str.zfill(6)
        frame = pl.DataFrame(
            {
                "provider_code": pl.Series([code]).gather(pl.Series(np.zeros(count, dtype=np.int64))),
                "spell_id": identifier.gather(pl.Series(rows)),
                "referral_id": pl.select(pl.lit(f"REF{number + 1}") + sequence).to_series(),
                "referred_date": dates(spells["h"][rows]),
                "referred_to": labels(names, partner[rows]),
                "pathway": labels(
                    ["P0", "P1", "P2", "P3", None],
                    np.where(spells["pathway"][rows] < 0, 4, spells["pathway"][rows]),
                ),
                "accepted_date": dates(accepted[rows]),
                "reason": labels(
                    ["Support on discharge", "Rehabilitation", "Fast-track"],
                    np.where(nhs, 1, np.where(fast, 2, 0))[rows],
                ),
                **person_columns(settings, people, person, _WRITING[number], rng),
                FROM: spells["h"][rows],
                TO: np.minimum(np.maximum(accepted, spells["h"]), spells["end"])[rows],
                "_person": person,
            }
        )
        extracts.append(
            Extract(
                kind="referrals",
                submitter=code,
                partner=places.PROVIDERS[number].partner,
                stem=f"referrals_{code.lower()}",
                layout="canonical",
                frame=frame,
                reference="referral_id",
                required=False,
            )
        )
    return extracts
