"""Write the JSON Schema of the project file: ``python -m costshift.project_schema PATH``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from costshift.project import Project


def schema_text() -> str:
    """The JSON Schema, as it is published in docs/project-file.schema.json."""
    return json.dumps(Project.model_json_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(schema_text(), encoding="utf-8", newline="\n")
