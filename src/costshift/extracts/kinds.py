"""The extract kinds: what each is called, its schema, its key, and the dates that say what it covers."""

from __future__ import annotations

from dataclasses import dataclass

import dataframely as dy

from costshift.extracts import schemas


@dataclass(frozen=True)
class Kind:
    """One extract kind of the blueprint.

    ``key`` identifies a record; ``grouped`` kinds replace all rows of a key together. ``covered_from`` and
    ``covered_to`` are the columns whose range says which dates a rolling extract covers. ``ends`` are the
    columns whose emptiness says «still going on»: one that cannot be read makes the row meaningless, because
    blanking it would open what has ended.
    """

    name: str
    schema: type[dy.Schema]
    key: tuple[str, ...]
    covered_from: str
    covered_to: str
    organisation: str
    local_id: str | None = None
    grouped: bool = False
    ends: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Canonical columns in their published order, without the two source columns."""
        return tuple(name for name in self.schema.columns() if not name.startswith("source_"))

    @property
    def required(self) -> tuple[str, ...]:
        """Canonical columns that every row must have."""
        columns = self.schema.columns()
        return tuple(name for name in self.columns if not columns[name].nullable)

    @property
    def has_person(self) -> bool:
        """Whether the rows carry person fields, and so take part in linkage."""
        return issubclass(self.schema, schemas.PersonRow)


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "spells",
            schemas.Spells,
            ("provider_code", "spell_id"),
            "admission_date",
            "discharge_date",
            "provider_code",
            "local_patient_id",
            ends=("discharge_date",),
        ),
        Kind(
            "delay_reasons",
            schemas.DelayReasons,
            ("provider_code", "spell_id"),
            "from_date",
            "from_date",
            "provider_code",
            grouped=True,
        ),
        Kind(
            "referrals",
            schemas.Referrals,
            ("provider_code", "spell_id", "referral_id"),
            "referred_date",
            "referred_date",
            "provider_code",
        ),
        Kind(
            "care_events",
            schemas.CareEvents,
            (),
            "event_start_date",
            "event_end_date",
            "council_code",
            "council_person_id",
            ends=("event_end_date",),
        ),
        Kind(
            "charges",
            schemas.Charges,
            ("council_code", "council_person_id", "start_date"),
            "start_date",
            "end_date",
            "council_code",
            ends=("end_date",),
        ),
        Kind(
            "contacts",
            schemas.Contacts,
            ("provider_code", "contact_id"),
            "contact_date",
            "contact_date",
            "provider_code",
        ),
        Kind(
            "attendances",
            schemas.Attendances,
            ("provider_code", "attendance_id"),
            "arrival_date",
            "arrival_date",
            "provider_code",
        ),
        Kind(
            "chc",
            schemas.ContinuingHealthcare,
            ("icb_code", "case_id"),
            "checklist_date",
            "package_end_date",
            "icb_code",
            ends=("package_end_date",),
        ),
        Kind(
            "occupied_beds",
            schemas.OccupiedBeds,
            ("provider_code", "month"),
            "month",
            "month",
            "provider_code",
        ),
        Kind(
            "published_drd",
            schemas.PublishedReadyDates,
            ("month", "data_source", "data_type", "organisation_code", "utla_code", "measure"),
            "month",
            "month",
            "organisation_code",
        ),
    )
}
