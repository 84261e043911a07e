"""What to doubt most."""

from __future__ import annotations

from costshift.publish import words
from costshift.publish.page.story.phrases import Said, rows_of_month
from costshift.publish.page.view import View
from costshift.publish.standing_out import named

#: Warnings that touch what a board reads, in its words: how many rows they touch stands in the internal pack alone.
_WARNINGS = {
    "every_activity_has_a_price": "some delayed bed days have no price and are in no cost",
    "every_service_has_a_cost": "some services have no unit cost and are in no cost of care",
    "pools_are_settled": "some months of a pool are not settled, as what fell on a partner is not known",
    "reporting_periods_are_filled": "some months of the councils’ records look too thin to test delays against",
    "headline_measures_are_steady": "a headline measure moved by more than usual, so that the sender is to be asked",
}


def what_to_doubt(view: View) -> list[Said]:
    """What touches all that was said."""
    content = view.content
    said: list[Said] = []
    left_out = sorted(
        {
            view.name(row["provider"])
            for row in rows_of_month(view, "discharges_by_provider")
            if row["provider"] is not None and not row["acceptable"]
        }
    )
    if left_out:
        said.append((f"{named(left_out)}: too few ready dates. Left out of every total, chart and cost above.", ""))
    late = [own for own in content.awaited if own.late]
    if late:
        senders = named(sorted({f"{words.label(own.kind)} of {view.name(own.submitter)}" for own in late}))
        said.append((f"Still awaited, an earlier file stands in: {senders}.", ""))
    told = {status: sum(own.status == status for own in content.checks) for status in ("fail", "warn")}
    if content.checks:
        need = "need" if told["fail"] > 1 else "needs"
        warn = "carry a warning" if told["warn"] > 1 else "carries a warning"
        said.append(
            (
                f"Of {words.counted(len(content.checks), 'check', 'checks')} of this run, {told['fail'] or 'none'} "
                f"{need} a person and {told['warn'] or 'none'} {warn}: the pack lists them.",
                "",
            )
        )
        raised = {own.name for own in content.checks if own.status == "warn"}
        touching = [text for name, text in _WARNINGS.items() if name in raised]
        if touching:
            said.append((f"Among them: {'; '.join(touching)}.", ""))
    if view.controlled:
        said.append(("Small numbers are suppressed and others rounded, so that figures may not add up.", ""))
    gap = words.governance_gap(content)
    return [*said, (gap, "")] if gap else said
