"""Published code lists, reasons, outcomes, pathways and prices: data files with sources, and their loader.

Nothing here is a constant in code: each value is a row of a CSV file in ``data/`` that names its source and
says whether it was verified there. Importing this package is cheap: polars is imported by the functions.
"""

from costshift.standards.formatted_text import formatted
from costshift.standards.looked_up_values import looked_up
from costshift.standards.normalised_text import normalise, normalise_text, normalised
from costshift.standards.plausible_age import implausibly_old
from costshift.standards.tables import (
    SHARE_COLUMNS,
    activity_prices,
    chart_false_alarms,
    chart_measures,
    code_lengths,
    code_list,
    code_lists,
    cohort_filter_values,
    cohort_filters,
    contacts_not_attended,
    decision_outcomes,
    delay_attributions,
    delay_reason_lookup,
    delay_reasons,
    dummy_values,
    event_outcome_ranks,
    plausible_limits,
    published_substitution,
    ready_date_measures,
    support_reason_groups,
    transfer_values,
    unit_costs,
    unmapped_values,
    value_map,
)

__all__ = [
    "SHARE_COLUMNS",
    "activity_prices",
    "chart_false_alarms",
    "chart_measures",
    "code_lengths",
    "code_list",
    "code_lists",
    "cohort_filter_values",
    "cohort_filters",
    "contacts_not_attended",
    "decision_outcomes",
    "delay_attributions",
    "delay_reason_lookup",
    "delay_reasons",
    "dummy_values",
    "event_outcome_ranks",
    "formatted",
    "implausibly_old",
    "looked_up",
    "normalise",
    "normalise_text",
    "normalised",
    "plausible_limits",
    "published_substitution",
    "ready_date_measures",
    "support_reason_groups",
    "transfer_values",
    "unit_costs",
    "unmapped_values",
    "value_map",
]
