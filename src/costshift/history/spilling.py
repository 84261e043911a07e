"""Where polars puts rows that memory has no room for: beside the history, not in the machine's temporary folders.

They are personal data. What a process puts there goes with it; what a killed one left goes with the next that holds
the history.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

FOLDER = ".spilled"
_SETTING = "POLARS_OOC_SPILL_DIR"


def spill_beside(history: Path) -> None:
    """Have polars put what it spills beside the history, unless whoever runs this has named a place."""
    mine = os.environ.get(_SETTING, "")
    if mine and Path(mine).name != FOLDER:
        return
    os.environ[_SETTING] = str(history.resolve() / FOLDER)
    if "polars" in sys.modules:
        import polars as pl

        pl.Config.reload_env_vars()


def remove_what_was_spilled(history: Path) -> None:
    """Remove the folders of processes that have ended: polars calls each by its process."""
    for left in sorted((history / FOLDER).glob("*")):
        if not (left.name.isdecimal() and _runs(int(left.name))):
            shutil.rmtree(left, ignore_errors=True)


def _runs(process: int) -> bool:
    """Whether a process may still be there. On Windows a file that is open cannot be removed, which is enough."""
    if os.name == "nt":
        return process == os.getpid()
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
