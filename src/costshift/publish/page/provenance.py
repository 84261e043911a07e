"""Where the pack comes from: the files received, the version, the settings."""

from __future__ import annotations

from costshift.publish import words
from costshift.publish.page.blocks import (
    MOST_ROWS,
    Grid,
    Head,
    Row,
    Section,
    Terms,
    Words,
    heads,
    left_out,
    names_row,
    number,
    text,
)
from costshift.publish.page.view import View


def files(view: View) -> Section:
    """Every file that counts, latest first."""
    ordered = sorted(
        view.content.inputs,
        key=lambda item: (-item.month.toordinal(), -item.load, item.file.extract, item.file.submitter, item.file.file),
    )
    return Section(
        "files",
        "Files received",
        [
            Words(
                "Every file behind this pack. Rows read are rows accepted and rows quarantined, which each run checks."
            ),
            Grid(
                "Files that count in this pack, latest first",
                [
                    Head("File"),
                    *heads("Extract", "Sent by", "Month", "SHA-256, first 12 digits"),
                    *heads("Rows read", "Rows accepted", "Rows quarantined", numbers=3),
                ],
                [
                    Row(
                        [
                            names_row(item.file.file),
                            text(words.label(item.file.extract)),
                            text(view.name(item.file.submitter)),
                            text(words.month_name(item.month)),
                            text(item.file.sha256[:12]),
                            number(item.file.rows_read),
                            number(item.file.rows_accepted),
                            number(item.file.rows_quarantined),
                        ]
                    )
                    for item in ordered[:MOST_ROWS]
                ],
                "The internal pack names the files: how many rows of a file were set aside can be a small number."
                if view.public
                else "No file is named.",
                left_out(len(ordered) - MOST_ROWS),
            ),
        ],
    )


def provenance(view: View) -> Section:
    """What made the pack, and from which state of the history."""
    content = view.content
    rules = content.project.rules
    agreement = f"Version {rules.version}" if rules.version else "None stated"
    signed = f", signed by {words.listed(rules.signatories)}" if rules.signatories else ""
    disclosure = content.project.disclosure
    applied = (
        f"Rule {disclosure.rule}, threshold {disclosure.threshold}, rounding {disclosure.rounding}"
        if view.controlled
        else "None applied"
    )
    return Section(
        "provenance",
        "Where this pack comes from",
        [
            Words("The same inputs, settings and version give the same pack, byte for byte."),
            Terms(
                [
                    ("Made by", (f"costshift {content.version}",)),
                    ("Month", (view.month_name,)),
                    ("Last day counted (as at)", (words.day_name(content.as_at),)),
                    ("Last load that counts (known at)", (str(content.known_at),)),
                    ("Settings hash", (content.settings_hash,)),
                    ("Partners’ agreement", (agreement + signed,)),
                    ("Attribution that the money follows", (words.label(content.project.delays.attribution_basis),)),
                    ("Disclosure control", (applied,)),
                ]
            ),
        ],
    )
