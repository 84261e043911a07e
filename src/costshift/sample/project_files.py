"""The project file of the artificial place and a page that says that all of it is made up."""

from __future__ import annotations

from pathlib import Path

from costshift.sample import effects, places
from costshift.sample.records import Extract
from costshift.sample.settings import SampleSettings, months_later

#: The place's own prices.
UNIT_COSTS = "unit_costs.csv"
#: What its partners agreed to be judged by, councils and hospitals alike.
TARGETS = "targets.csv"
_AGREED = (("average_delay_days", 0.8), ("share_on_ready_date", 0.88))
_ORDER = (
    "spells",
    "delay_reasons",
    "care_events",
    "referrals",
    "charges",
    "contacts",
    "attendances",
    "chc",
)


def write_project_file(folder: Path, settings: SampleSettings, extracts: list[Extract]) -> None:
    """Write `costshift.toml`, ready to run."""
    lines = [
        "# The project file of an artificial place. Every organisation, person and figure is made up.",
        "",
        "[place]",
        'name = "Northshire and Eastmoor"',
        'nation = "england"',
        "",
        "# Printed in the manifest and in the pack.",
        "[governance]",
        'purpose = "Demonstration on artificial data"',
        'lawful_basis = "None needed: no row is about a real person"',
        'controllers = ["Northshire ICB", "Northshire Council", "Eastmoor Council"]',
        "retention_months = 36",
        "",
        "# Who takes part, with the codes by which the extracts name them.",
    ]
    for partner in (*places.PROVIDERS, places.ICB, *places.COUNCILS):
        codes = ", ".join(f'"{code}"' for code in partner.codes)
        lines += [
            "[[partners]]",
            f'id = "{partner.partner}"',
            f'name = "{partner.name}"',
            f'type = "{partner.type}"',
            f"codes = [{codes}]",
        ]
    lines += ["", "# What is sent, by whom and how often. The first two kinds are enough for the main job."]
    for extract in sorted(extracts, key=lambda each: (_ORDER.index(each.kind), each.submitter)):
        monthly = settings.feeding == "monthly"
        quarterly = monthly and extract.by_quarter
        lines += [
            "[[extracts]]",
            f'kind = "{extract.kind}"',
            f'submitter = "{extract.partner}"',
            f'files = "extracts/{{month}}/{extract.stem}.{settings.file_format}"',
            f'layout = "{extract.layout}"',
            f'scope = "{"month" if monthly and not quarterly else "rolling"}"',
            f'cadence = "{"quarterly" if quarterly else "monthly"}"',
        ]
        if not extract.required:
            lines.append("required = false")
        if extract.kind == "care_events":
            lines.append("includes_open_events = false    # requests and assessments appear once completed")
    lines += [
        "",
        "# Who arranges and pays for each discharge pathway. P0 needs nobody.",
        "[[pathways]]",
        'pathway = "P1"',
        "delivered_by = { northshire-council = 50, eastmoor-council = 50 }    # each for its own residents",
        "[[pathways]]",
        'pathway = "P2"',
        "delivered_by = { northshire-community = 100 }",
        "[[pathways]]",
        'pathway = "P3"',
        "delivered_by = { northshire-council = 50, eastmoor-council = 50 }",
        "",
        "# Prices of contacts, attendances and bed days that no published list gives; these are made up.",
        "[costs]",
        f'unit_costs = "{UNIT_COSTS}"',
        "",
        *_policies(settings),
        *_schemes(settings),
        "# What the partners agreed to be judged by: councils and hospitals by the same figures.",
        "[[targets]]",
        f'file = "{TARGETS}"',
        "",
        "[output]",
        'formats = ["html", "xlsx", "docx", "csv"]',
        "",
    ]
    (folder / "costshift.toml").write_text("\n".join(lines), encoding="utf-8", newline="\n")


def _moved(settings: SampleSettings) -> str:
    if not settings.tightening:
        return "No threshold moves."
    return (
        f"From {settings.eligibility_month:%B %Y} Eastmoor Council finds fewer people eligible; from\n"
        f"{settings.chc_month:%B %Y} the ICB finds fewer eligible for continuing healthcare."
    )


def _policies(settings: SampleSettings) -> list[str]:
    if not settings.tightening:
        return []
    return [
        "# Dated decisions: drawn on the charts, and break points of the baselines.",
        "[[policies]]",
        f"date = {settings.eligibility_month.isoformat()}",
        'partner = "eastmoor-council"',
        'kind = "eligibility_threshold"',
        'description = "Fewer people found eligible for council support"',
        "[[policies]]",
        f"date = {settings.chc_month.isoformat()}",
        'partner = "northshire-icb"',
        'kind = "chc_threshold"',
        'description = "Fewer people found eligible for continuing healthcare"',
        "",
    ]


def _schemes(settings: SampleSettings) -> list[str]:
    return [
        "# Joint schemes to be evaluated. This one changed nothing: no effect of it is planted.",
        "[[schemes]]",
        'name = "Home first"',
        f"start = {months_later(settings.first_day, settings.months * 2 // 3).isoformat()}",
        "monthly_cost = 85000",
        "partners = { northshire-icb = 50, northshire-council = 50 }",
        "",
    ]


def write_unit_costs(folder: Path) -> None:
    """Write the place's own prices: those by which the effects were planted."""
    items = (
        ("community_nursing_contact", effects.PRICES["contact"], "contact"),
        ("emergency_attendance", effects.PRICES["attendance"], "attendance"),
        ("bed_day_non_elective", effects.PRICES["bed_day"], "bed day"),
        ("bed_day_elective", effects.PRICES["bed_day"], "bed day"),
        ("bed_day_community", effects.PRICES["bed_day"], "bed day"),
    )
    lines = ["item,value,unit,price_year,source"]
    lines += [f"{item},{value:.2f},{unit},2024/25,Made up for the artificial place" for item, value, unit in items]
    (folder / UNIT_COSTS).write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def write_targets(folder: Path, settings: SampleSettings) -> None:
    """Write what the partners agreed for the last twelve months: the same for both councils and both hospitals."""
    acute = [own for own in places.PROVIDERS if own.type == "acute"]
    months = [months_later(settings.last_month, -back) for back in range(min(12, settings.months) - 1, -1, -1)]
    lines = ["measure,partner,month,value"]
    lines += [
        f"{measure},{partner.partner},{month.isoformat()},{value:g}"
        for measure, value in _AGREED
        for partner in (*places.COUNCILS, *acute)
        for month in months
    ]
    (folder / TARGETS).write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def write_readme(folder: Path, settings: SampleSettings) -> None:
    """Write `README.md`."""
    text = f"""# An artificial place

Nothing here is real: no person, no organisation, no figure. It was made by `costshift sample` for
demonstration, training and tests. The NHS numbers come from the range 999, which is never issued; the
postcodes use areas that do not exist; names were drawn at random.

- `extracts/` holds what two hospital trusts (RZ1, RZ2), a community provider (RZ3), an integrated care
  board (QZ1) and two councils (991, 992) send, {settings.first_day:%B %Y} to {settings.last_month:%B %Y}.
- `costshift.toml` is the project file: `costshift run --month {settings.last_month:%Y-%m}` works as it is.
- `{UNIT_COSTS}` holds prices that are made up, and by which the effects were planted.
- `{TARGETS}` holds what its partners agreed to be judged by, councils and hospitals alike.
- `truth/` holds what no real place has: the answers. No command reads it.

People: {settings.people:,}. Seed: {settings.seed}. Faults: each kind at a rate of about
{settings.fault_rate:g}. The recorded delay reasons disagree with the truth at a rate of
{settings.recorded_disagreement:g}.
{_moved(settings)}
"""
    (folder / "README.md").write_text(text, encoding="utf-8", newline="\n")
