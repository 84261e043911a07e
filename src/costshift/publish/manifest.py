"""The manifest: what a pack was made of, so that anyone can make the same one again. It holds no clock time."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from costshift.publish.content import PackContent


def manifest(content: PackContent, folder: Path, exit_code: int) -> dict[str, Any]:
    """The manifest of a pack whose files lie in ``folder``."""
    return {
        "version": content.version,
        "place": content.project.place.name,
        "month": f"{content.month:%Y-%m}",
        "as_at": content.as_at.isoformat(),
        "known_at": content.known_at,
        "settings_hash": content.settings_hash,
        "settings": content.project.model_dump(mode="json"),
        "governance": content.project.governance.model_dump(mode="json"),
        "inputs": [{"month": f"{item.month:%Y-%m}", "load": item.load, **asdict(item.file)} for item in content.inputs],
        "checks": [asdict(check) for check in content.checks],
        "outputs": [
            {"file": path.relative_to(folder).as_posix(), "sha256": _sha256(path)}
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.name != "manifest.json"
        ],
        "exit_code": exit_code,
    }


def write_manifest(content: PackContent, folder: Path, exit_code: int) -> None:
    """Write ``manifest.json`` into the pack's folder, last, because it holds the hashes of the rest."""
    text = json.dumps(manifest(content, folder, exit_code), indent=2, ensure_ascii=False) + "\n"
    (folder / "manifest.json").write_text(text, encoding="utf-8", newline="\n")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
