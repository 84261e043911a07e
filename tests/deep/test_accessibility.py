"""The published pack as assistive technology and office programs meet it.

The page by axe-core in the machine's Chromium, in light and dark, wide and at 320 pixels (400 per cent zoom); paper and
workbook opened by LibreOffice. `make test-all` installs what is needed; what is missing is skipped, and said.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from places import costshift

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
AXE = Path(os.environ.get("COSTSHIFT_AXE", ROOT / ".venv/axe"))
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
OFFICE = shutil.which("soffice") or shutil.which("libreoffice")


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a pack with its pictures; the place has targets and is large enough for charts in public."""
    place = tmp_path_factory.mktemp("accessible") / "place"
    assert costshift("sample", place, "--people", "6000", "--quiet").code == 0
    with (place / "costshift.toml").open("a", encoding="utf-8", newline="\n") as file:
        for partner in ("northshire-council", "northshire-hospitals"):
            file.write(
                f'\n[[targets]]\nmeasure = "delayed_beds"\npartner = "{partner}"\nmonth = 2025-03-01\nvalue = 1.5\n'
            )
    outcome = costshift("run", "--project", place / "costshift.toml", "--month", "2025-03", in_full=True)
    assert outcome.code in (0, 1), outcome.err
    return place / "reports/2025-03"


@pytest.mark.skipif(
    not (AXE / "node_modules/axe-core").is_dir() or CHROMIUM is None or shutil.which("node") is None,
    reason="axe-core, playwright-core, node or Chromium is not installed (make test-all installs them)",
)
@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("audience", ["public", "internal"])
def test_axe_finds_nothing_wrong_with_the_page(pack: Path, audience: str, scheme: str, width: int) -> None:
    page = pack / audience / "board-pack.html"
    done = subprocess.run(
        ["node", str(Path(__file__).with_name("axe.cjs")), str(page), scheme, str(width)],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
        env={**os.environ, "NODE_PATH": str(AXE / "node_modules"), "CHROMIUM": str(CHROMIUM)},
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["violations"] == []
    assert found["passes"] > 20
    # Nothing but tables and charts, each in a box of its own, is wider than the screen.
    assert found["wide"] <= 0


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed (make test-all installs it)")
@pytest.mark.parametrize("audience", ["public", "internal"])
@pytest.mark.parametrize("name", ["board-pack.docx", "board-pack.xlsx"])
def test_libreoffice_opens_paper_and_workbook(pack: Path, audience: str, name: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [
            *(str(OFFICE), f"-env:UserInstallation=file://{tmp_path}/profile", "--headless"),
            *("--convert-to", "pdf", "--outdir", str(tmp_path), str(pack / audience / name)),
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    written = tmp_path / f"{Path(name).stem}.pdf"
    assert written.is_file() and written.read_bytes().startswith(b"%PDF"), done.stderr
    assert written.stat().st_size > 50_000
