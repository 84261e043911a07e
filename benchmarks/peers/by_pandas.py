"""The core in pandas, as one would write it by hand, as one process; with ``--floor`` the columns are only read."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd

AS_AT = pd.Timestamp("2025-03-31")
DAY = pd.Timedelta(days=1)
SPELL_COLUMNS = [
    "provider_code", "spell_id", "council_code", "admission_date", "discharge_ready_date", "discharge_date",
    "admission_method", "admission_source", "patient_classification", "administrative_category",
    "treatment_function_code", "discharge_method", "discharge_destination", "discharge_pathway", "delay_reason",
    "delay_attribution",
]  # fmt: skip
EVENT_COLUMNS = [
    "council_code", "reporting_period_start", "reporting_period_end", "client_type", "event_id", "event_type",
    "event_start_date", "event_end_date", "event_outcome", "route_of_access", "assessment_type", "eligible_needs",
    "service_type", "service_component", "review_reason",
]  # fmt: skip


def read(folder: Path, kind: str, columns: list[str]) -> pd.DataFrame:
    """The columns of a kind; dates as times."""
    frame = pd.read_parquet(folder / kind, columns=columns)
    for name in columns:
        if name.endswith(("_date", "_month", "_start", "_end")):
            frame[name] = pd.to_datetime(frame[name])
    return frame


def agreement_of(folder: Path) -> pd.DataFrame:
    """The table attribution_agreement of what the folder holds."""
    identity = json.loads((folder / "size.json").read_text(encoding="utf-8"))["identity"]
    person, born = ("person_key", "birth_month") if identity == "key" else ("nhs_number", "birth_date")
    lookups = {path.stem: pd.read_csv(path, dtype=str) for path in (folder / "lookups").glob("*.csv")}
    partners = lookups["organisations"].set_index("code")
    spells = _dated(read(folder, "spells", [person, born, *SPELL_COLUMNS]), person, born, lookups, partners)
    months = _provider_months(spells)
    delayed = spells[spells["in_scope"] & ((spells["end_date"] - spells["ready_date"]) >= DAY)].reset_index(drop=True)
    delayed["delay"] = delayed.index
    delayed["pathway"] = delayed["discharge_pathway"].fillna("unknown")
    events = read(folder, "care_events", [person, *EVENT_COLUMNS])
    events = events[events["event_start_date"] <= AS_AT]
    events["council"] = events["council_code"].map(partners["partner"]).fillna(events["council_code"].str.lower())
    told = _told(delayed, events, person, lookups)
    pieces = _pieces(told)
    return _counted(pieces, months, lookups["recorded"], person)


def _dated(
    spells: pd.DataFrame, person: str, born: str, lookups: dict[str, pd.DataFrame], partners: pd.DataFrame
) -> pd.DataFrame:
    """Partners, stays, ends and scope of each spell."""
    spells = spells[spells["admission_date"] <= AS_AT].copy()
    spells.loc[spells["discharge_date"] > AS_AT, "discharge_date"] = pd.NaT
    code = spells["provider_code"]
    spells["provider"] = code.map(partners["partner"]).fillna(code.str.lower())
    kind = code.map(partners["type"])
    spells["setting"] = kind.where(kind.isin(["acute", "community", "mental_health"]), "unknown")
    spells["council"] = (
        spells["council_code"].map(partners["partner"]).fillna(spells["council_code"].str.lower()).fillna("unknown")
    )
    transfers = lookups["transfers"].groupby("column")["value"].agg(list)
    left_by = spells["discharge_destination"].isin(transfers["discharge_destination"])
    came_by = spells["admission_method"].isin(transfers["admission_method"]) | spells["admission_source"].isin(
        transfers["admission_source"]
    )
    spells["left_by"], spells["came_by"] = left_by, came_by
    spells = spells.sort_values([person, "admission_date", "discharge_date", "provider_code", "spell_id"])
    spells = spells.reset_index(drop=True)
    same = spells[person].eq(spells[person].shift())
    gap = (spells["admission_date"] - spells["discharge_date"].shift()).where(same)
    follows = (gap >= pd.Timedelta(0)) & (gap <= DAY)
    continues = follows & (spells["left_by"].shift(fill_value=False) | spells["came_by"])
    stay = (~continues).cumsum()
    spells["stay_start"] = spells.groupby(stay)["admission_date"].transform("first")
    discharged = spells["discharge_date"].notna()
    spells["ends_stay"] = ~continues.shift(-1, fill_value=False) & ~(spells["left_by"] & discharged)
    spells["end_date"] = spells["discharge_date"].fillna(AS_AT + DAY)
    spells["month"] = spells["discharge_date"].fillna(AS_AT).dt.to_period("M").dt.start_time
    ready = spells["discharge_ready_date"]
    invalid = (ready < spells["admission_date"]) | (ready > spells["discharge_date"])
    spells["ready_date"] = ready.where(~invalid & (ready <= AS_AT))
    end, birth = spells["end_date"].dt, spells[born].dt
    age = end.year - birth.year - ((end.month * 100 + end.day) < (birth.month * 100 + birth.day)).astype(int)
    spells["in_scope"] = ~((age < 18) | (spells["end_date"] - spells["admission_date"] < DAY))
    died = pd.Series(False, index=spells.index)
    for (name, column), own in lookups["cohort"].groupby(["filter", "column"]):
        told = spells[column].isin(own["value"])
        if name == "not_died":
            died |= told
        else:
            spells["in_scope"] &= ~told
    spells["in_cohort"] = spells["in_scope"] & ~(died & discharged)
    return spells


def _provider_months(spells: pd.DataFrame) -> pd.DataFrame:
    """Whether a provider's month can be counted, and is complete."""
    own = spells[spells["in_cohort"] & spells["discharge_date"].notna()]
    own = own.assign(
        has=own["ready_date"].notna(),
        long=own["ends_stay"] & ((own["end_date"] - own["stay_start"]).dt.days >= 7),
    )
    own["long_has"] = own["long"] & own["has"]
    months = own.groupby(["month", "provider"], as_index=False)[["has", "long", "long_has"]].sum()
    months["computable"] = months["has"] > 0
    with np.errstate(invalid="ignore", divide="ignore"):
        complete = (months["long"] == 0) | (months["long_has"] / months["long"] >= 0.8)
    months["acceptable"] = months["computable"] & complete
    return months[["month", "provider", "computable", "acceptable"]]


def _told(delayed: pd.DataFrame, events: pd.DataFrame, person: str, lookups: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Each delay with the council's dates: q, a and its decision, s, long-term support, and what is covered."""
    coverage = _coverage(events)
    client = events["client_type"].str.lower()
    events = events[
        ~client.str.startswith(("unpaid carer", "carer"), na=False)
        & ~events["assessment_type"].eq("Financial Assessment").fillna(False)
    ].copy()
    events["ends"] = events["event_end_date"].where(events["event_end_date"] <= AS_AT)
    events["starts"] = events["event_start_date"]
    met = delayed[["delay", person, "council", "stay_start", "end_date"]].merge(
        events.drop(columns=["event_start_date", "event_end_date", "council_code"]), on=[person, "council"]
    )
    kind, starts = met["event_type"], met["starts"]
    hospital = met["review_reason"].str.lower().str.contains("hospital", regex=False, na=False)
    tells = kind.isin(["Request", "Assessment"]) | (kind.eq("Review") & hospital)
    routed = kind.eq("Request") & met["route_of_access"].str.lower().eq("discharge from hospital").fillna(False)
    asks = (starts <= met["end_date"]) & (
        (tells & (starts >= met["stay_start"])) | (routed & (starts >= met["stay_start"] - 7 * DAY))
    )
    q = met[asks].groupby("delay")["starts"].min().rename("q")
    met = met.join(q, on="delay")
    asked = met[met["q"].notna()]
    done = asked[
        asked["event_type"].isin(["Assessment", "Review"])
        & (asked["starts"] >= asked["q"])
        & (asked["ends"] >= asked["q"])
        & (asked["ends"] <= asked["end_date"])
    ].copy()
    decisions = lookups["decisions"]
    maps = {name: own.set_index("value")["decision"] for name, own in decisions.groupby("column")}
    done["decision"] = (
        done["eligible_needs"].map(maps["eligible_needs"]).fillna(done["event_outcome"].map(maps["event_outcome"]))
    )
    done = done.sort_values(["delay", "ends", "starts", "event_id", "decision"]).drop_duplicates("delay")
    a = done.set_index("delay")[["ends", "decision"]].rename(columns={"ends": "a"})
    enabling = asked["service_component"].isin(lookups["enabling"]["service_component"])
    serves = asked["event_type"].eq("Service") & enabling & (asked["starts"] >= asked["q"])
    s = asked[serves & (asked["starts"] <= asked["end_date"] + 3 * DAY)].groupby("delay")["starts"].min().rename("s")
    long_term = met["service_type"].str.lower().str.startswith("long term", na=False)
    is_open = met["ends"].isna() | (met["ends"] >= met["stay_start"])
    open_at_admission = met[
        met["event_type"].eq("Service") & long_term & (met["starts"] <= met["stay_start"]) & is_open
    ]
    told = delayed.join(q, on="delay").join(a, on="delay").join(s, on="delay")
    told["long_term_open"] = told["delay"].isin(open_at_admission["delay"])
    covered = told[["delay", "council", "ready_date"]].merge(coverage, on="council")
    covered = covered[
        (covered["covers_from"] <= covered["ready_date"]) & (covered["ready_date"] <= covered["covers_to"])
    ]
    return told.join(covered.set_index("delay")[["covers_from", "covers_to"]], on="delay")


def _coverage(events: pd.DataFrame) -> pd.DataFrame:
    """Stretches without a gap that a council's extracts cover."""
    stated = events[["council", "reporting_period_start", "reporting_period_end"]].drop_duplicates()
    stated.columns = ["council", "starts", "ends"]
    stated = stated[stated["starts"] <= stated["ends"]].sort_values(["council", "starts", "ends"])
    reached = stated.groupby("council")["ends"].cummax().groupby(stated["council"]).shift()
    begins = ~(stated["starts"] <= reached + DAY)
    stretch = begins.groupby(stated["council"]).cumsum().rename("stretch")
    stretches = stated.groupby([stated["council"], stretch]).agg(
        covers_from=("starts", "min"), covers_to=("ends", "max")
    )
    stretches = stretches.reset_index("council")
    first = events.groupby("council")["event_start_date"].min().rename("covers_from").reset_index()
    unstated = first[~first["council"].isin(stretches["council"])].assign(covers_to=AS_AT)
    return pd.concat([stretches, unstated]).reset_index(drop=True)


def _pieces(told: pd.DataFrame) -> pd.DataFrame:
    """Each delay cut at its dates, with the state, the strength and the side of each piece."""
    dates = told.melt(id_vars="delay", value_vars=["ready_date", "q", "a", "s"], value_name="from_date")
    dates = dates[["delay", "from_date"]].dropna().drop_duplicates()
    pieces = dates.merge(told, on="delay")
    pieces = pieces[(pieces["from_date"] >= pieces["ready_date"]) & (pieces["from_date"] < pieces["end_date"])]
    pieces = pieces.sort_values(["delay", "from_date"]).reset_index(drop=True)
    pieces["until"] = pieces.groupby("delay")["from_date"].shift(-1).fillna(pieces["end_date"])
    day, q, a, s, end = (pieces[name] for name in ("from_date", "q", "a", "s", "end_date"))
    covered = (pieces["covers_from"] <= pieces["ready_date"]) & (pieces["covers_to"] >= end - DAY)
    rules = [
        (pieces["council"].eq("unknown") | ~covered, "untestable"),
        (~(pieces["covers_to"] >= end + 60 * DAY), "not_yet_testable"),
        (pieces["pathway"].eq("P2"), "awaiting_nhs_service"),
        (pieces["long_term_open"] & q.isna(), "existing_support"),
        (q.isna(), "no_care_record"),
        (day < q, "before_request"),
        (a.notna() & (day < a), "awaiting_assessment"),
        (a.isna() & s.isna() & ~pieces["pathway"].isin(["P1", "P2", "P3"]), "awaiting_assessment"),
        (a.notna() & pieces["decision"].eq("not_eligible").fillna(False), "assessed_not_eligible"),
        (a.notna() & pieces["decision"].eq("declined").fillna(False), "support_declined"),
        (a.notna() & pieces["decision"].eq("self_funded").fillna(False), "self_funded_arrangement"),
        (s.isna() | (day < s), "awaiting_service"),
    ]
    pieces["state"] = np.select(
        [np.asarray(rule, dtype=bool) for rule, _ in rules], [state for _, state in rules], "service_in_place"
    )
    state = pieces["state"]
    no_side = state.isin(["untestable", "not_yet_testable", "existing_support", "no_care_record"])
    firm = state.isin(["assessed_not_eligible", "support_declined", "self_funded_arrangement", "service_in_place"])
    firm |= state.eq("awaiting_assessment") & a.notna()
    firm |= state.eq("awaiting_service") & (s < end - DAY)
    pieces["strength"] = np.select([no_side, firm], ["none", "firm"], "presumptive")
    pieces["side"] = np.select(
        [
            no_side,
            state.isin(["support_declined", "self_funded_arrangement"]),
            state.isin(["awaiting_assessment", "awaiting_service"]),
        ],
        ["none", "person", "council"],
        "nhs",
    )
    return pieces


def _counted(pieces: pd.DataFrame, months: pd.DataFrame, recorded: pd.DataFrame, person: str) -> pd.DataFrame:
    """Days by month and all that the table keeps apart."""
    first = pieces["from_date"].dt.to_period("M")
    last = (pieces["until"] - DAY).dt.to_period("M")
    touched = (last.dt.year - first.dt.year) * 12 + last.dt.month - first.dt.month + 1
    rows = pieces.loc[pieces.index.repeat(touched)].copy()
    nth = rows.groupby(level=0).cumcount()
    rows["month"] = (first.loc[rows.index].reset_index(drop=True) + nth.to_numpy()).dt.start_time.to_numpy()
    following = (rows["month"].dt.to_period("M") + 1).dt.start_time
    until, begins = np.minimum(rows["until"], following), np.maximum(rows["from_date"], rows["month"])
    rows["delayed_bed_days"] = (until - begins).dt.days
    attributed = "attribution:" + rows["delay_attribution"]
    rows["rule"] = attributed.fillna("reason:" + rows["delay_reason"]).fillna("not_recorded")
    rows = rows.drop(columns="month_discharged", errors="ignore").merge(recorded, on=["rule", "setting"])
    awaiting = rows["state"].eq("awaiting_nhs_service")
    rows["evidenced_attribution"] = rows["side"].mask(
        rows["side"].eq("nhs"), rows["setting"].mask(awaiting, "community")
    )
    of_record = rows["recorded_attribution"]
    side = np.select(
        [of_record.isin(["council", "person"]), of_record.isin(["not_recorded", "unknown"])], [of_record, "none"], "nhs"
    )
    rows["agreement"] = np.select(
        [rows["side"].eq("none") | (side == "none"), rows["side"] == side, rows["strength"].eq("firm")],
        ["untestable", "agreed", "disputed"],
        "questioned",
    )
    rows["priced"] = rows["setting"].eq("acute")
    grain = ["month", "provider", "council", "recorded_attribution", "evidenced_attribution", "state", "strength"]
    table = (
        rows.groupby([*grain, "agreement"], as_index=False)
        .agg(delayed_bed_days=("delayed_bed_days", "sum"), priced=("priced", "all"), _people=(person, "nunique"))
        .merge(months, on=["month", "provider"], how="left")
    )
    table = table[table["computable"].astype("boolean").fillna(True)]
    counts = table["priced"] & table["acceptable"].astype("boolean").fillna(True)
    table["cost"] = (table["delayed_bed_days"] * 56_200).astype("Int64").where(counts.astype(bool))
    return table.sort_values(grain)[[*grain, "delayed_bed_days", "cost", "agreement", "_people"]]


def main() -> None:
    """Write the table, or read only."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--floor", action="store_true")
    options = parser.parse_args()
    if options.floor:
        for kind, columns in (("spells", SPELL_COLUMNS), ("care_events", EVENT_COLUMNS)):
            read(options.folder, kind, columns).count()
        return
    table = agreement_of(options.folder)
    table["month"] = table["month"].dt.date
    table.to_parquet(options.out, index=False)


if __name__ == "__main__":
    main()
