"""A sender's report: what was wrong with its files of the month, how many rows, and what to put right first.

For each sender a workbook and a text to send back. They hold counts, names of files and columns, and advice; no value
of any row and no key. Examples with values lie in the restricted folder alone.
"""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from costshift.extracts.kinds import KINDS
from costshift.extracts.read_extract import MOST_EXAMPLES
from costshift.extracts.rules import RULES
from costshift.history.store import Submission
from costshift.publish import words
from costshift.publish.content import PackContent
from costshift.publish.quality import DEPARTURES
from costshift.publish.quarantine import FOLDER as QUARANTINE
from costshift.publish.quarantine import VALUES
from costshift.publish.workbook import Field, Sheet, sheet_of, write_book

FOLDER = "findings"
#: What stands first in the workbook and in the text.
_MOST_FIRST = 10
_SEVERITIES = ("error", "warning", "information")
_CONSEQUENCES = {
    "error": "The row was set aside: it counts in nothing.",
    "warning": "The row counts; the value could not be used.",
    "information": "Nothing changed.",
}
#: Rules that blank the value, or keep it as one that is not known; other warnings leave it as it is.
_BLANKING = (
    "unreadable_date",
    "date_out_of_range",
    "unreadable_number",
    "unknown_value",
    "nhs_number_invalid",
    "born_after_event",
)
#: What to do, by rule, in words for the sender; of other rules by severity.
_ADVICE = {
    "malformed_row": "Put text fields in quotation marks, so that a separator inside a value does not end "
    "the field; or send Parquet or XLSX.",
    "missing_required": "Fill the column in every row. If it is the same in all rows, tell us the value.",
    "duplicate": "Send each record once. Look whether two exports were joined, or one file was sent twice.",
    "key_conflict": "Send one row for each record, the latest. All rows of such a key were set aside, as "
    "nobody can tell which is right.",
    "discharge_before_admission": "Correct the date that is wrong in the record system, and send the month again.",
    "reason_ends_before_it_starts": "Correct the date that is wrong, and send the month again.",
    "event_ends_before_it_starts": "Correct the date that is wrong, and send the period again.",
    "charge_ends_before_it_starts": "Correct the date that is wrong, and send the period again.",
    "unreadable_date": "Write dates as dd/mm/yyyy or yyyy-mm-dd, with the full year, and leave unknown ones empty.",
    "date_out_of_range": "Look for mistyped years, such as 3025 for 2025.",
    "unreadable_number": "Send plain numbers; leave unknown ones empty.",
    "unknown_value": "Use the values of the national list, or tell us what your own values mean. The partners' "
    "analysts have each value with its count and the nearest known one (restricted: quarantine/unknown_values_).",
    "nhs_number_invalid": "Look for lost leading zeros, for numbers of other countries, and for numbers typed by hand.",
    "born_after_event": "Correct the birth date.",
    "package_ends_before_it_starts": "Correct the date that is wrong, and send the period again.",
    "dates_reversed": "Look which of the two dates is wrong, and correct it.",
    "spell_put_aside": "Correct the spell's last episode, whose reasons stand beside it, and send the month again.",
    "event_after_death": "One of the two dates is wrong: correct it.",
    "date_far_in_future": "Look for mistyped years; leave the cell empty where a date is not known yet.",
    "age_implausible": "Correct the birth date; leave the cell empty where it is not known.",
    "stay_very_long": "Look whether the year is right, and whether the spell was closed in your system.",
    "ready_before_admission": "Correct the discharge ready date or the admission date. Until then the ready "
    "date counts as missing.",
    "ready_after_discharge": "Correct the discharge ready date or the discharge date. Until then the ready "
    "date counts as missing.",
    "overlapping_spells": "Look whether two records are of one stay, or an earlier spell was never closed.",
    "spell_length_differs": "Look whether an episode is missing from the file.",
    "negative_amount": "Tell us what the amount corrects, or leave it out.",
    "cost_implausible": "Look whether a yearly cost stands in a weekly column, or pence were sent for pounds.",
    "units_implausible": "Look whether the units are of a month or a year rather than of a week.",
    "cost_without_frequency": "Say for each cost what it is paid for: hour, day, week and so on.",
    "cost_without_units": "Send the planned units a week beside each cost that is paid by the hour, day or session.",
    "nhs_number_often_missing": "Trace the people in the Personal Demographics Service before you send, or tell us "
    "why so many have no number.",
    "nhs_number_missing": "Trace the people where you can; a few without a number are usual.",
    "dummy_value": "Send an empty cell where the value is not known.",
    "code_of_odd_length": "Look for lost leading zeros, for names in place of codes, and for two codes in one cell.",
    "date_after_month": "Nothing, where the file is made after the month's end; else look at the dates.",
    "date_as_day_number": "Nothing; if you can, mark the column as dates before you save the file.",
    "merged_episode": "Nothing needs to be done.",
    "event_withdrawn": "Nothing, if the event should not have been sent. Else send it again.",
    "event_superseded": "Nothing needs to be done.",
    "event_repeated": "Send each event once. Records of a service that differ in delivery or cost all count.",
    "ended_by_death": "End events on the date of death in the record system.",
    "ended_by_period": "Send a service that goes on in every file, and one that ended with its end.",
    "event_without_person": "Send the NHS number or your own identifier with every event.",
    "blank_rows": "Nothing needs to be done.",
}
_GENERAL = {
    "error": "Correct the records and send the month again.",
    "warning": "Correct the values, or tell us what they mean; then send the month again.",
    "information": "Nothing needs to be done.",
}


@dataclass(frozen=True)
class Finding:
    """A rule that rows of one extract broke, in the sender's words."""

    extract: str
    severity: str
    rule: str
    column: str
    rows: int

    @property
    def sentence(self) -> str:
        """What was wrong."""
        key = " and ".join(name.replace("_", " ") for name in KINDS[self.extract].key) if self.extract in KINDS else ""
        text = words.rule_in_words(f"{self.rule}: {self.column}" if self.column else self.rule, key or "key")
        return text if text.endswith(".") else f"{text}."

    @property
    def consequence(self) -> str:
        """What it does to the row and the value."""
        if self.severity == "warning" and self.rule not in _BLANKING:
            return "The row counts, and the value stays as it is."
        return _CONSEQUENCES.get(self.severity, "")

    @property
    def advice(self) -> str:
        """What to do."""
        return _ADVICE.get(self.rule, _GENERAL.get(self.severity, _GENERAL["warning"]))


def findings_of(submissions: Sequence[Submission]) -> list[Finding]:
    """What one sender's submissions broke, first to put right first: errors, then the most rows."""
    found = [
        Finding(own.kind, row["severity"], row["rule"], row["column"] or "", int(row["rows"]))
        for own in submissions
        for row in own.findings.select("severity", "rule", "column", "rows")
        .group_by("severity", "rule", "column")
        .agg(pl.col("rows").sum())
        .iter_rows(named=True)
    ]
    return sorted(found, key=lambda own: (_place(own.severity), -own.rows, own.extract, own.rule, own.column))


def _place(severity: str) -> int:
    return _SEVERITIES.index(severity) if severity in _SEVERITIES else 1


def write_findings(content: PackContent, submissions: Sequence[Submission], folder: Path) -> None:
    """Write each sender's report of the month into a folder of the internal pack.

    Args:
        content: the internal pack's content.
        submissions: of each kind, submitter and month the one that counts; other months are passed over.
        folder: made here.
    """
    folder.mkdir()
    names = words.partner_names(content)
    for submitter, own in _by_sender(submissions, content.month).items():
        name, found = names.get(submitter, submitter), [*findings_of(own), *_departures(content, submitter)]
        text = _text(content, name, own, found)
        (folder / f"{submitter}.txt").write_text(text, encoding="utf-8", newline="\n")
        if "xlsx" in content.project.output.formats:
            _write_workbook(content, name, own, found, folder / f"{submitter}.xlsx")


def _departures(content: PackContent, submitter: str) -> list[Finding]:
    """What the rules for Client Level Data did to the records that the sender sent for the month."""
    rows = content.tables["data_quality"].filter(
        (pl.col("submitter") == submitter) & (pl.col("month") == content.month) & pl.col("rule").is_in(DEPARTURES)
    )
    return [
        Finding(row["extract"], row["severity"], row["rule"], "", int(row["rows"]))
        for row in rows.sort("rule").iter_rows(named=True)
    ]


def _by_sender(submissions: Sequence[Submission], month: dt.date) -> dict[str, list[Submission]]:
    senders: dict[str, list[Submission]] = {}
    for own in sorted(submissions, key=lambda item: (item.submitter, item.kind)):
        if own.month == month:
            senders.setdefault(own.submitter, []).append(own)
    return senders


# --- the text --------------------------------------------------------------------------------------------


def _text(content: PackContent, name: str, own: Sequence[Submission], found: Sequence[Finding]) -> str:
    title = f"What we found in the files of {name}, {words.month_name(content.month)}"
    lines = [
        title,
        "=" * len(title),
        "",
        *_wrapped(f"To: {name}"),
        *_wrapped(f"From: {content.project.place.name}"),
        "",
    ]
    lines += [*_wrapped(_summary(own, found)), ""]
    serious = [item for item in found if item.severity != "information"]
    if serious:
        lines += ["What to put right first", "-----------------------", ""]
    for number, item in enumerate(serious, start=1):
        where = f", column {item.column}" if item.column else ""
        lines += _wrapped(
            f"{number}. {words.label(item.extract)}{where}: {words.counted(item.rows, 'row', 'rows')}", ""
        )
        for part in (item.sentence, item.consequence, f"What to do: {item.advice}"):
            lines += _wrapped(part[:1].upper() + part[1:], "   ")
        lines.append("")
    lines += ["Files", "-----", ""]
    for submission in own:
        for file in submission.inputs:
            lines += _wrapped(f"{file.file} ({words.label(submission.kind)})", "")
            lines += _wrapped(
                f"{file.rows_read:,} rows read = {file.rows_accepted:,} accepted + {file.rows_quarantined:,} set aside",
                "   ",
            )
    lines += ["", *_wrapped(_closing())]
    return "\n".join(lines) + "\n"


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        width=88,
        initial_indent=indent,
        subsequent_indent=indent if indent else "   " if text[:1].isdigit() else "",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _summary(own: Sequence[Submission], found: Sequence[Finding]) -> str:
    files = [file for submission in own for file in submission.inputs]
    read, aside = sum(file.rows_read for file in files), sum(file.rows_quarantined for file in files)
    errors, warnings = (sum(item.severity == severity for item in found) for severity in _SEVERITIES[:2])
    if not errors and not warnings:
        return f"We read {words.counted(read, 'row', 'rows')} and found nothing to put right. Thank you."
    return (
        f"We read {words.counted(read, 'row', 'rows')} and set {words.whole(aside)} aside. "
        f"{words.counted(errors, 'rule was', 'rules were')} broken by rows that were set aside, and "
        f"{words.counted(warnings, 'rule', 'rules')} by values that could not be used. They stand in the order in "
        "which they are worth putting right: rows that were set aside before values, the most rows first."
    )


def _closing() -> str:
    return (
        "This report holds counts only: no value of any row and no identifier. We can name the rows to a person who "
        "may see them. When the records are corrected, send the whole file again: its rows replace those that you sent."
    )


# --- the workbook ----------------------------------------------------------------------------------------


def _write_workbook(
    content: PackContent, name: str, own: Sequence[Submission], found: Sequence[Finding], path: Path
) -> None:
    month = words.month_name(content.month)
    title = f"What we found in the files of {name}, {month}"
    cover = sheet_of(
        "Cover",
        title,
        "Counts only: no value of any row and no identifier.",
        ("About", "This report"),
        [
            ("To", name),
            ("From", content.project.place.name),
            ("Month", month),
            ("In short", _summary(own, found)),
            ("Where to begin", "The sheet Put right first; All findings has every rule, Files every file."),
            ("What to do with it", _closing()),
            ("Made by", f"costshift {content.version}, from the loads to number {content.known_at}"),
        ],
    )
    serious = [item for item in found if item.severity != "information"]
    first = _findings_sheet(
        "Put right first",
        "What to put right first",
        f"The first {_MOST_FIRST}, errors before warnings, the most rows first.",
        serious[:_MOST_FIRST],
    )
    every = _findings_sheet(
        "All findings",
        "All findings",
        "Every rule that rows broke, in the order in which they are worth putting right.",
        found,
    )
    files = [(submission.kind, file) for submission in own for file in submission.inputs]
    received = _or_none(
        "Files",
        "Files received",
        "What became of the rows of each file: read = accepted + set aside.",
        [
            Field("File", [file.file for _, file in files]),
            Field("Extract", [words.label(kind) for kind, _ in files]),
            Field("Rows read", [file.rows_read for _, file in files], "#,##0"),
            Field("Rows accepted", [file.rows_accepted for _, file in files], "#,##0"),
            Field("Rows set aside", [file.rows_quarantined for _, file in files], "#,##0"),
        ],
    )
    properties = {
        "title": title,
        "author": f"costshift {content.version}",
        "company": content.project.place.name,
        "subject": "Counts only",
        # Of the report, not of the clock: the same content gives the same bytes.
        "created": dt.datetime.combine(content.as_at, dt.time()),
    }
    write_book(path, properties, cover, [first, every, received])


def _findings_sheet(name: str, title: str, holds: str, found: Sequence[Finding]) -> Sheet:
    return _or_none(
        name,
        title,
        holds,
        [
            Field("Order", list(range(1, len(found) + 1)), "#,##0"),
            Field("Extract", [words.label(item.extract) for item in found]),
            Field("Column", [item.column or "The whole row" for item in found]),
            Field("Rows", [item.rows for item in found], "#,##0"),
            Field("What was found", [item.sentence[:1].upper() + item.sentence[1:] for item in found]),
            Field("What it does", [item.consequence for item in found]),
            Field("What to do", [item.advice for item in found]),
            Field("Severity", [item.severity for item in found]),
            Field("Rule", [item.rule for item in found]),
        ],
    )


def _or_none(name: str, title: str, holds: str, fields: Sequence[Field]) -> Sheet:
    """A sheet; without rows it says so in its first cell, as a real table has at least one row."""
    if fields[0].values:
        return Sheet(name, title, holds, fields)
    return sheet_of(name, title, holds, [own.header for own in fields], [["Nothing"] + ["None"] * (len(fields) - 1)])


# --- the examples ----------------------------------------------------------------------------------------


def write_examples(submissions: Sequence[Submission], month: dt.date, restricted: Path) -> None:
    """Write each sender's examples into a restricted folder that holds the month's quarantine: personal data.

    One row an example: file, row, column, value, rule, reason; at most 20 of a rule and column: of rows that were set
    aside, and of values that were blanked or are hard to believe, as they came.
    """
    for submitter, own in _by_sender(submissions, month).items():
        parts = [part for submission in own for part in _examples(submission, restricted / QUARANTINE)]
        if not any(part.height for part in parts):
            continue
        (restricted / FOLDER).mkdir(exist_ok=True)
        pl.concat(parts).write_csv(restricted / FOLDER / f"{submitter}.csv", line_terminator="\n", include_bom=True)


def _examples(submission: Submission, quarantine: Path) -> list[pl.DataFrame]:
    name = f"{submission.kind}_{submission.submitter}.csv"
    found = findings_of([submission])
    parts = [*_examples_set_aside(found, quarantine / name), *_examples_kept(found, quarantine / f"{VALUES}{name}")]
    return parts


def _examples_kept(found: Sequence[Finding], path: Path) -> list[pl.DataFrame]:
    """Values of rows that count."""
    if not path.is_file():
        return []
    rows = pl.read_csv(path, infer_schema=False, glob=False)
    return [
        rows.filter((pl.col("rule") == item.rule) & (pl.col("column") == item.column)).select(
            pl.col("source_file").alias("file"),
            pl.col("source_row").alias("row"),
            "column",
            pl.col("value").fill_null(""),
            "rule",
            pl.lit(item.sentence).alias("reason"),
        )
        for item in found
        if item.severity == "warning"
    ]


def _examples_set_aside(found: Sequence[Finding], path: Path) -> list[pl.DataFrame]:
    """Values of rows that do not count."""
    if not path.is_file():
        return []
    rows = pl.read_csv(path, infer_schema=False, glob=False)
    parts = []
    for item in found:
        if item.severity != "error":
            continue
        value = pl.col(item.column) if item.column in rows.columns else pl.lit("")
        told = pl.any_horizontal(pl.col("reasons").str.contains(needle, literal=True) for needle in _needles(item))
        parts.append(
            rows.filter(told)
            .head(MOST_EXAMPLES)
            .select(
                pl.col("source_file").alias("file"),
                pl.col("source_row").alias("row"),
                pl.lit(item.column).alias("column"),
                value.fill_null("").alias("value"),
                pl.lit(item.rule).alias("rule"),
                pl.lit(item.sentence).alias("reason"),
            )
        )
    return parts


def _needles(item: Finding) -> list[str]:
    """Texts of which one stands in the reasons of each row that broke the rule."""
    if item.rule == "malformed_row":
        return ["fields where the header has", "a quotation mark that is not closed"]
    known = RULES.get(item.rule)
    if known is None:
        return [item.rule]
    return [known.sentence.replace("{column}", item.column).partition("{")[0]]
