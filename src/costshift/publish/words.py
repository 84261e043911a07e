"""How a pack writes numbers, names, marks and its standing sentences, alike in page and workbook."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal

from costshift.extracts.rules import RULES
from costshift.publish import dates
from costshift.publish.content import Check, PackContent
from costshift.publish.headlines import NOT_COMPUTABLE, OTHERS_NAME, SUPPRESSED

PROVISIONAL, INCOMPLETE = "[p]", "[i]"
day_name, month_name, short_month = dates.day_name, dates.month_name, dates.short_month
#: The hyphen before a number that follows nothing, a space or a bracket: not the one of a range, a date or a name.
_NEGATIVE = re.compile(r"(?<![^\s(])-(?=£?\d)")

#: A policy and its date, up to the next.
_POLICY = re.compile(r"(?:^|(?<=; ))(\d{2})/(\d{2})/(\d{4}) (.*?)(?=; \d{2}/\d{2}/\d{4} |$)")

_LABELS = {
    "acute": "Acute",
    "mental_health": "Mental health",
    "icb": "ICB",
    "person": "The person",
    "not_recorded": "Not recorded",
    "unknown": "Not known",
    "nhs_number": "NHS number",
    "nhs_number_name": "NHS number and name (birth dates disagree)",
    "local_id": "Local identifier only",
    "person_key": "Pseudonymous key",
    "names": "Names, with birth date or postcode",
    "demographics": "Birth date, sex and postcode",
    "probabilistic": "Probabilistic",
    "not_permitted": "Not permitted to be linked",
    "not_linked": "Not linked to the other side",
    "gp_practice_code": "GP practice",
    "nhs": "NHS",
    "unlinked": "Linked to nothing else",
    "chc": "Continuing healthcare",
    "chc_loss": "Continuing healthcare loss",
    "chc_refusal": "Continuing healthcare refusal",
    "late_chc_decision": "Late continuing healthcare decision",
    "published_drd": "Published discharge ready date figures",
    "error": "Error: row set aside",
    "warning": "Warning: value blanked or kept",
    "information": "For information",
}


def whole(value: int) -> str:
    """1,234."""
    return f"{value:,}"


def decimal(value: float, places: int = 1) -> str:
    """12.3. What rounds to zero has no sign."""
    return f"{round(value, places) + 0.0:,.{places}f}"


def percent(value: float) -> str:
    """A share from 0 to 1 as 86.4%."""
    return f"{decimal(100 * value)}%"


def points(value: float) -> str:
    """A difference of shares in percentage points: 0.021 as 2.1."""
    return decimal(100 * value)


def pounds(value: Decimal, *, pence: bool = True) -> str:
    """-£1,234.56, or -£1,235. What rounds to nothing has no sign."""
    size = f"{abs(value):,.2f}" if pence else f"{abs(value):,.0f}"
    return f"{'-' if value < 0 and size.strip('0.') else ''}£{size}"


def policies(told: str) -> str:
    """Dated policies as the tables have them, 01/09/2023 and what was decided, their dates as people write them."""
    return _POLICY.sub(
        lambda own: f"{own[4]} ({day_name(dt.date(int(own[3]), int(own[2]), int(own[1])))})",
        told,
    )


def with_minus(text: str) -> str:
    """Text whose negative numbers have a minus sign, which stays with its number at the end of a line."""
    return _NEGATIVE.sub("\N{MINUS SIGN}", text)


def counted(number: int, one: str, many: str) -> str:
    """1 row, 2 rows."""
    return f"{number:,} {one if number == 1 else many}"


def label(key: str) -> str:
    """A key of the tables in words: mental_health is Mental health."""
    return _LABELS.get(key, key.replace("_", " ").capitalize() if key.islower() else key)


def partner_names(content: PackContent) -> dict[str, str]:
    """Partner id to name, from the table partners and, failing that, the project file."""
    names = {partner.id: partner.name for partner in content.project.partners}
    if "partners" in content.tables:
        names |= dict(content.tables["partners"].select("partner", "name").iter_rows())
    # The table explains the word; where it stands as a name it must be short.
    return names | {"unallocated": "Unallocated"} | OTHERS_NAME


def is_controlled(content: PackContent) -> bool:
    """Whether the tables went through disclosure control: nothing may then be summed over them."""
    return content.audience == "public" and content.project.disclosure.rule != "none"


def banner(content: PackContent) -> str:
    """Who the pack is for, and what was done to its figures."""
    if content.audience == "internal":
        return "Internal: uncontrolled figures — for the partners’ analysts, not for onward circulation"
    if is_controlled(content):
        return "Public: small numbers suppressed and rounded"
    return "Public folder, but uncontrolled: the project file switches disclosure control off"


def disclosure_notes(content: PackContent) -> list[str]:
    """What disclosure control did to this pack."""
    if not is_controlled(content):
        return ["No figure in this pack is suppressed or rounded for disclosure. Small numbers can identify people."]
    rule = content.project.disclosure
    return [
        f"Counts of people or hospital spells from 1 to {rule.threshold} are suppressed and shown as {SUPPRESSED}; "
        f"other counts are rounded to the nearest {rule.rounding}; zero is shown.",
        "Whatever rests on a suppressed count is suppressed with it. Shares, averages and costs are worked out from "
        "the rounded figures.",
        "Totals are rounded on their own, so that rounded figures may not add up.",
    ]


def marks(content: PackContent) -> list[tuple[str, str]]:
    """Every mark that may stand in place of a figure or beside it, and its meaning."""
    found = [(SUPPRESSED, "Suppressed, to protect people’s confidentiality.")] if is_controlled(content) else []
    return [
        *found,
        (NOT_COMPUTABLE, "Not computable from what was sent, or not applicable. It never means zero."),
        (
            PROVISIONAL,
            "Provisional: the provider sends no people who are still waiting, so its last two months are too low.",
        ),
        (
            INCOMPLETE,
            "Incomplete: too few discharge ready dates; left out of totals and costs.",
        ),
    ]


def governance(content: PackContent) -> list[tuple[str, str]]:
    """What the project file states about the use of the data; empty if it states nothing."""
    stated = content.project.governance
    months = stated.retention_months
    entries = [
        ("Purpose", stated.purpose or ""),
        ("Lawful basis", stated.lawful_basis or ""),
        ("Data controllers", ", ".join(stated.controllers)),
        ("Personal data kept for", counted(months, "month", "months") if months else ""),
    ]
    return [(term, text) for term, text in entries if text]


def governance_gap(content: PackContent) -> str:
    """A warning where purpose, lawful basis or controllers are not stated, else empty."""
    stated = content.project.governance
    missing = [
        name
        for name, given in (
            ("purpose", stated.purpose),
            ("lawful basis", stated.lawful_basis),
            ("data controllers", stated.controllers),
        )
        if not given
    ]
    if not missing:
        return ""
    return f"Governance is not fully stated. The project file names no {listed(missing, 'or')}."


def listed(words: list[str], joint: str = "and") -> str:
    """a, b and c."""
    return f"{', '.join(words[:-1])} {joint} {words[-1]}" if len(words) > 1 else "".join(words)


def rule_in_words(rule: str, key: str = "key") -> str:
    """A row of data_quality's ``rule``, after a colon with the sender's column, as a sentence; ``key``: in words."""
    name, _, column = rule.partition(":")
    known = RULES.get(name.strip())
    if known is None:
        return label(rule)
    words = _Blanks({"column": column.strip() or "A column", "found": "another number of", "key": key})
    # How many fields were found and expected differs from row to row.
    sentence = known.sentence.replace(
        "{found} fields where the header has {expected}", "more or fewer fields than the header"
    )
    text = sentence.format_map(words)
    return text if column else text[:1].upper() + text[1:]


class _Blanks(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "…"


#: Letters of a check's detail that page, paper and terminal show, and how long one may be that they show whole.
_DETAIL, _LONG_DETAIL = 1_000, 2_500


def detail(check: Check) -> str:
    """What a check found. Of a very long one the beginning, and where the whole stands."""
    told = check.detail
    if len(told) <= _LONG_DETAIL:
        return told
    head = told[:_DETAIL]
    # Between two things that it lists: "; " before ", ", as those hold commas.
    cut = max(head.rfind("; "), 0) or max(head.rfind(", "), 0) or head.rfind(" ")
    return f"{head[:cut]}; and so on. The whole of it stands in manifest.json, under checks."


def check_name(check: Check) -> str:
    """A check's name as words."""
    return check.name.replace("_", " ").capitalize().replace("Nhs ", "NHS ").replace(" nhs ", " NHS ")


@dataclass(frozen=True)
class Method:
    """One figure: what it means, and what it cannot say."""

    figure: str
    meaning: str
    limits: str


def methods(content: PackContent) -> list[Method]:
    """The methods in brief. The full definitions are the pages of docs/methods/."""
    delays = content.project.delays
    missing = (
        "A missing ready date counts as no delay, as the guidance allows it to be left empty"
        if delays.ready_date_missing == "no_delay"
        else "Discharges without a ready date are left out"
    )
    return [
        Method(
            "Length of delay",
            "Discharge date less discharge ready date, in days, for adults discharged in the month after at least "
            "one night. The average over all discharges counts those who left on the day as zero; the average of "
            "those delayed leaves them out.",
            f"{missing}. A date before the admission or after the discharge is treated as missing, and counted. A "
            f"provider with ready dates for fewer than {delays.ready_date_min_complete:.0%} of its stays of 7 nights "
            "or more is listed apart and left out of totals and costs; one with none is not computable, never zero.",
        ),
        Method(
            "Delayed bed days and delayed beds",
            "Nights of the calendar month spent in a bed after the ready date, by everyone, people still waiting "
            "included. Divided by the days in the month they are delayed beds, which can be compared between "
            "months.",
            "They are not the bed days lost by the month’s discharges, which are counted in the month of discharge. "
            "People who died while delayed stay in.",
        ),
        Method(
            "People delayed on the as-at date",
            "Different people who were ready to leave and still in a bed at the end of the as-at date, and of these "
            "those in hospital for 7, 14 and 21 nights or more.",
            "The lengths are nested: each includes the next, and they are never to be added. Nights are counted "
            "from the start of the stay, transfers included.",
        ),
        Method(
            "Recorded attribution",
            "To whom the hospital’s own record gives each delayed day: the recorded attribution where there is one, "
            "otherwise the recorded reason. Days with a shared reason are split.",
            "The sharing of England’s 37 delay reasons between partners is costshift’s proposal and not official. "
            "It is the hospital’s word alone: what both sides’ linked dates say stands beside it.",
        ),
        Method(
            "Average length of discharge delay, by council",
            "The Better Care Fund measure: bed days lost per acute discharge of the council’s residents, beside the "
            "agreed plan where there is one.",
            "It follows the council that the hospital recorded. Small councils vary much from month to month.",
        ),
        Method(
            "Cost shifts",
            "Delayed bed days valued at the average cost of a bed day, from the partner to which they are recorded "
            "to the provider whose beds they filled; and, in cash, what councils and people paid while a decision on "
            "continuing healthcare was late.",
            "Bed days valued at average cost, not a saving: no cash moved, and none would be released. Days in "
            "settings without a price are unpriced and in no cost, never costed at zero.",
        ),
        Method(
            "Positions",
            "What each partner absorbed for others, less what it passed to others. Every pound has a driver and a "
            "payer, so that the uncontrolled nets of all partners, unallocated included, sum to zero to the penny.",
            "Unallocated holds the days that nobody’s record explains and those of the person: they are in no "
            "partner’s position.",
        ),
        Method(
            "Cost of care",
            "Planned cost of each council’s services by the arithmetic of the Department of Health and Social Care, "
            "less what people are charged; continuing healthcare by its cases; funded nursing care at the rate of "
            "the year.",
            "Planned, not spent. The latest cost of a service stands for all its months. Without a council’s charges "
            "its net is not known, never the gross.",
        ),
        Method(
            "Indicators of flow",
            "How people come to hospital, how long they stay, where they go and whether they come back, by council; "
            "and where the money goes.",
            "Crude: nothing is adjusted for age or illness. A month is empty until the days that an indicator looks "
            "ahead have passed and are covered.",
        ),
        Method(
            "Gaps and overlaps",
            "Different people whom one side’s record leads to expect with the other, and who are not there; and people "
            "whom both visit.",
            "Support that no extract records is not seen: a gap in the records is not yet a gap in care.",
        ),
        Method(
            "Who is touched",
            "Of the people discharged in 12 months those delayed, and of those decided on those refused or who lost "
            "support, by age, sex, ethnic group and deprivation, with Wilson’s 95% interval.",
            "Crude rates. The interval holds chance, not missing records.",
        ),
        Method(
            "Control charts",
            "Each series stands with its mean and its natural limits: 2.66 mean moving ranges on each side. Outside a "
            "limit, seven in a row rising or falling, two of three near a limit, or seven on one side of the mean are "
            "more than chance explains. Partners are judged by the same rules and, where they agreed targets, alike.",
            "Signals also come by chance, and more easily where neighbouring months move together; a signal says that "
            "something changed, not what. Provisional months trigger nothing, and a missing month breaks the line. In "
            "the public pack limits are of the rounded figures that it shows.",
        ),
        Method(
            "Linkage",
            "Records are taken to be of one person by NHS number, then by birth date, sex, postcode and name. The "
            "share of one side’s records whose person is found on the other side is given by age and sex.",
            "A person who is not found may be unknown to the other side, or may not have been recognised.",
        ),
    ]
