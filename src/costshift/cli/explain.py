"""``costshift explain``: one person's, spell's or shift's figures down to the rows and rules behind them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from costshift.cli.options import (
    DEFAULT_PROJECT,
    AsAt,
    Format,
    FormatOption,
    LogFile,
    ProjectPath,
    month_of,
    open_project,
    session,
)

if TYPE_CHECKING:
    from costshift.people.explaining import PersonExplained
    from costshift.project import Project

NAME = "explain"
HELP = (
    "Explain a figure: one spell day by day, with the dates and the rule that decided each day; one amount of "
    "cost_shifts down to its source rows; or one person: which records were joined, by which pass, on what. What it "
    "prints is personal data: see to it who reads it."
)


def command(
    month: Annotated[
        str | None, typer.Option("--month", metavar="YYYY-MM", help="The month, for --spell and --shift.")
    ] = None,
    spell: Annotated[
        str | None,
        typer.Option("--spell", metavar="PROVIDER/SPELL", help="Provider code and spell id, as the extract has them."),
    ] = None,
    person: Annotated[
        str | None,
        typer.Option(
            "--person",
            metavar="PERSON_ID",
            help="The person with this id of the restricted tables; - reads an NHS number from standard input.",
        ),
    ] = None,
    shift: Annotated[
        str | None,
        typer.Option(
            "--shift",
            metavar="MONTH/DRIVER/PAYER/KIND",
            help="A row of cost_shifts; /NATURE/BASIS may follow. [default of --month: its own month]",
        ),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="PATH", help="Write it as a page to this file as well."),
    ] = None,
    as_at: AsAt = None,
    known_at: Annotated[
        int | None,
        typer.Option("--known-at", metavar="LOAD", help="The last load that counts. [default: the latest]"),
    ] = None,
    project: ProjectPath = DEFAULT_PROJECT,
    format: FormatOption = Format.text,
    log_file: LogFile = None,
) -> None:
    """Explain a spell or a person."""
    with session(NAME, format=format, log_file=log_file) as here:
        from costshift import explaining
        from costshift.errors import ProjectError
        from costshift.publish.story import story_data, story_page, story_text

        place, folder = open_project(project)
        if person is not None and spell is None:
            from costshift.people.explaining import person_data, person_text

            people = _people(place, folder, person, known_at, here.say)
            here.result("\n\n".join(map(person_text, people)), {"people": list(map(person_data, people))})
            return
        if shift is not None and spell is None and person is None:
            from costshift.ledger.shift_story import shift_data, shift_text

            wanted = month_of(month or shift.partition("/")[0], as_at, known_at)
            told, names = explaining.shift(place, folder, wanted, shift, here.say)
            here.result(shift_text(told, names), shift_data(told))
            return
        if spell is None or person is not None or shift is not None:
            raise ProjectError(
                "say what to explain, one of: --spell PROVIDER/SPELL with --month; --shift MONTH/DRIVER/PAYER/KIND; "
                "--person PERSON_ID (--person - reads an NHS number from standard input)."
            )
        if month is None:
            raise ProjectError("--spell needs --month YYYY-MM: the report that counts it.")
        wanted = month_of(month, as_at, known_at)
        story, names = explaining.spell(place, folder, wanted, spell, here.say)
        if html is not None:
            html.write_text(story_page(story, names, place.place.name), encoding="utf-8", newline="\n")
            if os.name == "posix":
                html.chmod(0o600)
        here.result(story_text(story, names), story_data(story))


def _people(
    place: Project, folder: Path, person: str, known_at: int | None, say: Callable[[str], None]
) -> list[PersonExplained]:
    """The person of an id, or those of the NHS number that is typed."""
    from costshift.errors import ProjectError
    from costshift.linked_people import people_of
    from costshift.people.explaining import explain_person, person_of_number
    from costshift.people.pseudonyms import find_key, pseudonyms

    plain = "".join(sign for sign in person if sign.isalnum())
    if plain.isdigit() and len(plain) == 10:
        raise ProjectError(
            "An NHS number does not belong on a command line, which other users and the shell's history can see. "
            "Give it on standard input: costshift explain --person - (then type it)."
        )
    number = sys.stdin.readline() if person == "-" else None
    say("Linking records to people")
    people = people_of(place, folder, known_at)
    ids = pseudonyms(people.seeds(), find_key(folder, os.environ))
    wanted = [person] if number is None else person_of_number(people, ids, number)
    return [explain_person(people, ids, one) for one in wanted]
