"""The text of a project file for what was found in a folder: the mapping, and a comment at each open point."""

from __future__ import annotations

import re
from collections.abc import Iterator

from costshift.errors import ExtractError
from costshift.extracts.recognising import FoundFile, FoundFolder
from costshift.project import is_reserved

#: Layouts that say more than the columns do, so that the project file names them.
_NAMED = ("hes", "cld_r1", "simple_assessments")


def project_text(found: FoundFolder) -> str:
    """``costshift.toml`` for the folder, ready to run; lines with «check» are guesses.

    Raises:
        ExtractError: no row of any file names an organisation.
    """
    partners = _partners(found)
    if not partners:
        raise ExtractError(
            f"No row of the files in {found.name} names an organisation: "
            + ", ".join(f"{file.path.name} has no value of {file.match.kind.organisation}" for file in found.files)
            + ". Ask the senders to fill it."
        )
    lines = [
        "# Written by `costshift init`. Lines that say «check» are guesses: look at them once.",
        "# Every setting is described in docs/project-file.md.",
        "",
        "[place]",
        f"name = {_quoted(found.name)}  # check: the place's name, as it is to stand in the pack",
        'nation = "england"',
        "",
        "# Printed in the manifest and the pack; a run without it says so.",
        "# [governance]",
        '# purpose = "Joint monitoring of delayed discharge"',
        '# lawful_basis = "..."',
        '# controllers = ["...", "..."]',
        "",
        "# One entry for each organisation code in the files. check: give each its name and type; where one",
        "# organisation has two codes (hospital data and council data often differ), put both into one entry.",
    ]
    for code, (partner, kind, why) in partners.items():
        lines += [
            "[[partners]]",
            f"id = {_quoted(partner)}",
            f"name = {_quoted(code)}  # check: its name",
            f"type = {_quoted(kind)}  # check: {why}",
            f"codes = [{_quoted(code)}]",
        ]
    for group in _grouped(found, partners):
        lines += ["", *_extract_lines(group, partners)]
    if found.unknown:
        lines += ["", "# Not recognised:"]
        lines += [f"#   {_comment(path.as_posix())}: {_comment(why)}" for path, why in found.unknown]
    return "\n".join(lines) + "\n"


def _partners(found: FoundFolder) -> dict[str, tuple[str, str, str]]:
    """code -> (partner id, type, why that type), in the order of type and code."""
    kinds: dict[str, tuple[str, str]] = {}
    for file in found.files:
        for code in file.codes.get("provider_code", []):
            if file.match.kind.name == "contacts":
                kinds[code] = ("community", "it sends community contacts")
            else:
                kinds.setdefault(code, ("acute", "acute, community or mental_health"))
        for code in file.codes.get("council_code", []):
            kinds.setdefault(code, ("council", "found as a council code"))
        for code in file.codes.get("icb_code", []):
            kinds.setdefault(code, ("icb", "found as an ICB code"))
    if any(_lacks_council(file) for file in found.files) and not any(kind == "council" for kind, _ in kinds.values()):
        kinds["COUNCIL"] = ("council", "a list of assessments does not say whose it is; put the council's code here")
    ids: dict[str, tuple[str, str, str]] = {}
    used: set[str] = set()
    order = ("acute", "community", "icb", "council")
    for code, (kind, why) in sorted(kinds.items(), key=lambda item: (order.index(item[1][0]), item[0])):
        partner = re.sub(r"[^a-z0-9]+", "-", code.lower()).strip("-") or "code"
        if is_reserved(partner):
            partner = f"organisation-{partner}"
        while partner in used:
            partner += "-2"
        used.add(partner)
        ids[code] = (partner, kind, why)
    return ids


def _grouped(found: FoundFolder, partners: dict[str, tuple[str, str, str]]) -> Iterator[list[FoundFile]]:
    """Files of one kind and submitter together: they are one entry."""
    groups: dict[tuple[str, str], list[FoundFile]] = {}
    for file in found.files:
        groups.setdefault((file.match.kind.name, _submitter(file, partners)), []).append(file)
    order = (
        "spells",
        "delay_reasons",
        "referrals",
        "care_events",
        "charges",
        "chc",
        "contacts",
        "attendances",
    )
    yield from (
        groups[key]
        for key in sorted(groups, key=lambda key: (order.index(key[0]) if key[0] in order else len(order), key[1]))
    )


def _submitter(file: FoundFile, partners: dict[str, tuple[str, str, str]]) -> str:
    codes = file.codes.get(file.match.kind.organisation, [])
    if codes:
        return partners[codes[0]][0]
    if _lacks_council(file):
        return partners[_first_council(partners)][0]
    return next(iter(partners.values()))[0]


def _lacks_council(file: FoundFile) -> bool:
    return "council_code" in file.match.kind.required and not file.codes.get("council_code")


def _first_council(partners: dict[str, tuple[str, str, str]]) -> str:
    return next((code for code, (_, kind, _) in partners.items() if kind == "council"), next(iter(partners)))


def _extract_lines(files: list[FoundFile], partners: dict[str, tuple[str, str, str]]) -> list[str]:
    first = files[0]
    kind = first.match.kind
    patterns = sorted({file.pattern for file in files})
    rows = sum(file.rows for file in files)
    lines = [f"# {len(files)} {'file' if len(files) == 1 else 'files'}, {rows:,} rows; layout {first.match.layout}"]
    for file in files:
        lines += [f"# check: {_comment(file.path.name)}: {_comment(guess)}" for guess in file.guesses]
        if file.others:
            lines.append(f"# check: {_comment(file.path.name)} could also be {' or '.join(file.others)}")
    codes = sorted({code for file in files for code in file.codes.get(kind.organisation, [])})
    lines += ["[[extracts]]", f"kind = {_quoted(kind.name)}"]
    several = (
        f"  # check: the sender; rows of {_comment(', '.join(codes[:8]))}{' …' if len(codes) > 8 else ''}"
        if len(codes) != 1
        else ""
    )
    lines.append(f"submitter = {_quoted(_submitter(first, partners))}{several}")
    shown = (
        _quoted(patterns[0]) if len(patterns) == 1 else "[" + ", ".join(_quoted(pattern) for pattern in patterns) + "]"
    )
    lines.append(f"files = {shown}")
    if first.match.layout in _NAMED:
        lines.append(f"layout = {_quoted(first.match.layout)}")
    same = all(file.match.columns == first.match.columns for file in files)
    rolling = any(file.rolling for file in files)
    span = first.spans
    why = f"dates from {span[0]:%d/%m/%Y} to {span[1]:%d/%m/%Y}" if span else "no dates seen"
    lines.append(f'scope = "{"rolling" if rolling else "month"}"  # check: {why}')
    lines.append(f"required = {str(kind.name in ('spells', 'care_events')).lower()}")
    if kind.name == "care_events":
        lines.append("includes_open_events = false  # check: Client Level Data has no open requests or assessments")
    if first.match.layout in _NAMED and _lacks_council(first) and "council_code" not in first.match.columns:
        lines += [
            "[extracts.constants]",
            f"council_code = {_quoted(_first_council(partners))}  # check: whose list it is",
        ]
    if not same:
        return [*lines, "# The files differ in their headers; each is matched on its own."]
    lines += ["[extracts.columns]"]
    lines += [f"{name} = {_quoted(header)}" for name, header in first.match.columns.items()]
    absent = [name for name in kind.columns if name not in first.match.columns]
    if absent:
        lines.append(f"# Not found, and left empty: {', '.join(absent)}")
    if first.unused:
        lines.append(f"# Headers not used: {_comment(', '.join(first.unused))}")
    return lines


def _quoted(text: str) -> str:
    """A TOML basic string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    escaped = "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in escaped)
    return f'"{escaped}"'


def _comment(text: str) -> str:
    """Text for a comment: on one line, without signs that TOML does not allow there."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
