"""``costshift init``: recognise each file of a folder and write the project file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from costshift.cli.options import DEFAULT_PROJECT, Format, FormatOption, ProjectPath, Quiet, session

NAME = "init"
HELP = "Recognise each file in FOLDER by its header and write costshift.toml."


def command(
    folder: Annotated[Path, typer.Argument(metavar="[FOLDER]", help="The folder of the extracts.")] = Path(),
    force: Annotated[bool, typer.Option("--force", help="Overwrite a project file that is there.")] = False,
    project: ProjectPath = DEFAULT_PROJECT,
    format: FormatOption = Format.text,
    quiet: Quiet = False,
) -> None:
    """Write a project file for the extracts of a folder."""
    with session(NAME, quiet=quiet, format=format) as here:
        from costshift.errors import ProjectError
        from costshift.extracts.recognising import recognise_folder
        from costshift.project_file import project_text

        if project.exists() and not force:
            raise ProjectError(
                f"{project} is there already. Overwrite it with --force, or name another with --project PATH."
            )
        if not folder.is_dir():
            raise ProjectError(f"There is no folder {folder}. Name the folder that your extracts lie in.")
        here.say("Looking at the files")
        found = recognise_folder(folder, project.resolve().parent)
        project.write_text(project_text(found), encoding="utf-8", newline="\n")
        lines = [f"{file.path}: {file.match.kind.name} ({file.match.layout} layout)" for file in found.files]
        lines += [f"{path}: not recognised: {why}" for path, why in found.unknown]
        lines += ["", f"Wrote {project}. Look at the lines that say «check», then run:"]
        month = found.latest_month or "YYYY-MM"
        lines.append(
            f"  costshift run --month {month}" + ("" if project == DEFAULT_PROJECT else f" --project {project}")
        )
        here.result(
            "\n".join(lines),
            {
                "project": str(project),
                "files": [
                    {"file": str(f.path), "kind": f.match.kind.name, "layout": f.match.layout} for f in found.files
                ],
                "unknown": [{"file": str(path), "why": why} for path, why in found.unknown],
            },
        )
