"""The canonical columns of every extract kind, their types and the rules a row must meet to be kept.

A row that breaks a rule of its schema is quarantined; a fault in a column that the schema lets be empty
only blanks that column (see :mod:`costshift.extracts.cleaning`). No schema declares a primary key: keys
are checked apart, by hash, because that is five times cheaper in memory at England's size.
"""

from __future__ import annotations

import dataframely as dy
import polars as pl


class ExtractRow(dy.Schema):
    """Where a row came from. Row = the line of the file, or of the sheet, where the record starts."""

    source_file = dy.String(nullable=False)
    source_row = dy.Int64(nullable=False)


class PersonRow(ExtractRow):
    """The person fields that every person-level kind may carry."""

    nhs_number = dy.String(nullable=True)
    nhs_number_status = dy.String(nullable=True)
    person_key = dy.String(nullable=True)
    person_key_scheme = dy.String(nullable=True)
    birth_date = dy.Date(nullable=True)
    birth_month = dy.Date(nullable=True)
    sex = dy.String(nullable=True)
    postcode = dy.String(nullable=True)
    lsoa_code = dy.String(nullable=True)
    surname = dy.String(nullable=True)
    forename = dy.String(nullable=True)
    ethnic_category = dy.String(nullable=True)
    gp_practice_code = dy.String(nullable=True)
    death_date = dy.Date(nullable=True)


class Spells(PersonRow):
    """Grain: a hospital provider spell. Key: provider_code, spell_id. An open spell has no discharge date."""

    provider_code = dy.String(nullable=False)
    spell_id = dy.String(nullable=False)
    site_code = dy.String(nullable=True)
    local_patient_id = dy.String(nullable=True)
    council_code = dy.String(nullable=True)
    icb_code = dy.String(nullable=True)
    admission_date = dy.Date(nullable=False)
    admission_method = dy.String(nullable=True)
    admission_source = dy.String(nullable=True)
    patient_classification = dy.String(nullable=True)
    administrative_category = dy.String(nullable=True)
    treatment_function_code = dy.String(nullable=True)
    discharge_ready_date = dy.Date(nullable=True)
    discharge_date = dy.Date(nullable=True)
    discharge_method = dy.String(nullable=True)
    discharge_destination = dy.String(nullable=True)
    discharge_pathway = dy.String(nullable=True)
    delay_reason = dy.String(nullable=True)
    delay_attribution = dy.String(nullable=True)

    @dy.rule()
    def discharge_before_admission(cls) -> pl.Expr:
        """A spell cannot end before it starts."""
        return pl.col("discharge_date") >= pl.col("admission_date")


class DelayReasons(ExtractRow):
    """Grain: a spell's delay reason from a date. Key: provider_code, spell_id (all its rows together)."""

    provider_code = dy.String(nullable=False)
    spell_id = dy.String(nullable=False)
    from_date = dy.Date(nullable=False)
    to_date = dy.Date(nullable=True)
    delay_reason = dy.String(nullable=False)
    delay_attribution = dy.String(nullable=True)

    @dy.rule()
    def reason_ends_before_it_starts(cls) -> pl.Expr:
        """A reason cannot end before it starts."""
        return pl.col("to_date") >= pl.col("from_date")


class Referrals(PersonRow):
    """Grain: a referral from the hospital for onward support. Key: provider_code, spell_id, referral_id."""

    provider_code = dy.String(nullable=False)
    spell_id = dy.String(nullable=False)
    referral_id = dy.String(nullable=False)
    referred_date = dy.Date(nullable=False)
    referred_to = dy.String(nullable=True)
    pathway = dy.String(nullable=True)
    accepted_date = dy.Date(nullable=True)
    rejected_date = dy.Date(nullable=True)
    reason = dy.String(nullable=True)


class CareEvents(PersonRow):
    """Grain: an adult social care event: request, assessment, service or review (Client Level Data)."""

    council_code = dy.String(nullable=False)
    council_person_id = dy.String(nullable=True)
    reporting_period_start = dy.Date(nullable=True)
    reporting_period_end = dy.Date(nullable=True)
    client_type = dy.String(nullable=True)
    primary_support_reason = dy.String(nullable=True)
    accommodation_status = dy.String(nullable=True)
    funding_status = dy.String(nullable=True)
    event_type = dy.String(nullable=False)
    event_id = dy.String(nullable=True)
    event_start_date = dy.Date(nullable=False)
    event_end_date = dy.Date(nullable=True)
    event_outcome = dy.String(nullable=True)
    route_of_access = dy.String(nullable=True)
    assessment_type = dy.String(nullable=True)
    eligible_needs = dy.String(nullable=True)
    need_band = dy.String(nullable=True)
    service_type = dy.String(nullable=True)
    service_component = dy.String(nullable=True)
    delivery_mechanism = dy.String(nullable=True)
    review_reason = dy.String(nullable=True)
    unit_cost = dy.Decimal(18, 2, nullable=True)
    cost_frequency = dy.String(nullable=True)
    planned_units_per_week = dy.Decimal(18, 2, nullable=True)

    @dy.rule()
    def event_ends_before_it_starts(cls) -> pl.Expr:
        """A care event cannot end before it starts."""
        return pl.col("event_end_date") >= pl.col("event_start_date")


class Charges(ExtractRow):
    """Grain: what a person pays towards their care. Key: council_code, council_person_id, start_date."""

    council_code = dy.String(nullable=False)
    council_person_id = dy.String(nullable=False)
    start_date = dy.Date(nullable=False)
    end_date = dy.Date(nullable=True)
    contribution_per_week = dy.Decimal(18, 2, nullable=False)

    @dy.rule()
    def charge_ends_before_it_starts(cls) -> pl.Expr:
        """A charge cannot end before it starts."""
        return pl.col("end_date") >= pl.col("start_date")


class Contacts(PersonRow):
    """Grain: a community health contact. Key: provider_code, contact_id."""

    provider_code = dy.String(nullable=False)
    contact_id = dy.String(nullable=False)
    referral_date = dy.Date(nullable=True)
    contact_date = dy.Date(nullable=False)
    team_type = dy.String(nullable=True)
    attended = dy.String(nullable=True)
    duration_minutes = dy.Int64(nullable=True)


class Attendances(PersonRow):
    """Grain: an emergency department attendance. Key: provider_code, attendance_id."""

    provider_code = dy.String(nullable=False)
    attendance_id = dy.String(nullable=False)
    arrival_date = dy.Date(nullable=False)
    department_type = dy.String(nullable=True)
    admitted = dy.String(nullable=True)


class ContinuingHealthcare(PersonRow):
    """Grain: a continuing healthcare case: checklist, decision, package. Key: icb_code, case_id."""

    icb_code = dy.String(nullable=False)
    case_id = dy.String(nullable=False)
    checklist_date = dy.Date(nullable=True)
    checklist_outcome = dy.String(nullable=True)
    decision_date = dy.Date(nullable=True)
    decision = dy.String(nullable=True)
    fast_track = dy.String(nullable=True)
    package_start_date = dy.Date(nullable=True)
    package_end_date = dy.Date(nullable=True)
    weekly_cost = dy.Decimal(18, 2, nullable=True)

    @dy.rule()
    def package_ends_before_it_starts(cls) -> pl.Expr:
        """A package cannot end before it starts."""
        return pl.col("package_end_date") >= pl.col("package_start_date")


class OccupiedBeds(ExtractRow):
    """Grain: beds occupied by provider and month. Key: provider_code, month."""

    provider_code = dy.String(nullable=False)
    month = dy.Date(nullable=False)
    occupied_beds = dy.Decimal(18, 2, nullable=False)


class PublishedReadyDates(ExtractRow):
    """Grain: a figure of NHS England's Discharge Ready Date file, as published.

    Key: month, data_type, organisation_code, utla_code, measure. ``value`` is empty where none was published.
    """

    month = dy.Date(nullable=False)
    data_source = dy.String(nullable=True)
    data_type = dy.String(nullable=False)
    utla_code = dy.String(nullable=True)
    utla_name = dy.String(nullable=True)
    region_name = dy.String(nullable=True)
    icb_name = dy.String(nullable=True)
    organisation_code = dy.String(nullable=True)
    organisation_name = dy.String(nullable=True)
    measure = dy.String(nullable=False)
    value = dy.Float64(nullable=True)
