"""Commands, tables, settings, rules and documents stay in step."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from costshift.cli import app
from costshift.extracts.kinds import KINDS
from costshift.extracts.rules import RULES
from costshift.project import Project
from costshift.project_schema import schema_text
from costshift.publish.catalogue import TABLES

from places import costshift

ROOT = Path(__file__).parents[2]
COMMANDS = [command.name for command in app.registered_commands]


def text_of(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_and_stands_in_the_readme(command: str) -> None:
    outcome = costshift(command, "-h")
    assert outcome.code == 0
    assert "Usage" in outcome.out
    assert f"costshift {command}" in text_of("README.md")


def test_the_version_is_printed() -> None:
    from costshift import __version__

    outcome = costshift("--version")
    assert (outcome.code, outcome.out) == (0, f"costshift {__version__}\n")


def test_the_history_commands_have_help_and_stand_in_their_page() -> None:
    for command in ("list", "show", "undo", "prune"):
        assert costshift("history", command, "-h").code == 0
        assert f"costshift history {command}" in text_of("docs/history.md")


def test_every_option_has_help() -> None:
    for command in COMMANDS:
        out = costshift(command, "--help").out
        for line in re.findall(r"^  (-\S.*)$", out, flags=re.M):
            assert len(line.split("  ")) > 1 or len(line) > 30, (command, line)


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_every_table_is_described_and_its_definition_is_there(table: object) -> None:
    from costshift.publish.catalogue import Table

    assert isinstance(table, Table)
    outcome = costshift("describe", table.name)
    assert outcome.code == 0
    for column in table.columns:
        assert column.name in outcome.out
    assert (ROOT / table.definition).is_file(), table.definition


def test_describe_as_json_lists_every_column() -> None:
    data = json.loads(costshift("describe", "--format", "json").out)
    assert {table["table"] for table in data["tables"]} == set(TABLES)


def test_describe_names_the_nearest_table() -> None:
    outcome = costshift("describe", "census_")
    assert outcome.code == 2 and "census" in outcome.err


def test_the_schema_of_the_project_file_is_the_published_one() -> None:
    assert text_of("docs/project-file.schema.json") == schema_text()


def test_every_setting_stands_in_its_page() -> None:
    page = text_of("docs/project-file.md")
    for section, field in Project.model_fields.items():
        assert f"[{section}]" in page or f"[[{section}]]" in page, section
        for model in _models(field.annotation):
            for key in model.model_fields:  # type: ignore[attr-defined]
                assert f"`{key}`" in page, (section, key)


def test_every_rule_and_every_kind_stands_in_its_page() -> None:
    quality, extracts = text_of("docs/data-quality.md"), text_of("docs/extracts.md")
    assert [rule for rule in RULES if f"`{rule}`" not in quality] == []
    for kind in KINDS.values():
        assert f"`{kind.name}`" in extracts
        assert [column for column in kind.columns if f"`{column}`" not in extracts] == []


def test_links_between_documents_lead_somewhere() -> None:
    for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
            if not target.startswith(("http", "mailto")):
                assert (path.parent / target).exists(), (path.name, target)


def test_help_is_about_as_fast_as_importing_typer() -> None:
    """A guard against heavy imports, not a timing: what must not be imported is not."""
    code = "import sys; sys.argv=['costshift','--help']\ntry:\n import costshift.cli; costshift.cli.main()\nexcept SystemExit: pass\n"
    code += "print([m for m in ('polars','pydantic','rich','deltalake','scipy','jinja2','numpy') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip().endswith("[]")


def _models(annotation: object) -> list[type]:
    from pydantic import BaseModel

    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in getattr(annotation, "__args__", ()) for model in _models(part)]
