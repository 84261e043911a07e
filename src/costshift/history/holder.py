"""Who holds the history: a note beside the lock, written by its holder, so that a second run can say who it is.

The note says nothing about whether the history is held: the lock does. A note that a killed process left behind is
read only when somebody else holds the lock and has not written a note yet, and then its process has ended.
"""

from __future__ import annotations

import datetime as dt
import getpass
import json
import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path

NAME = ".lock-holder"
#: Longest text of a note that is believed; whoever can write the file must not fill the screen.
_LONGEST = 80


@dataclass(frozen=True)
class Holder:
    """The process that holds a history, in words for people."""

    user: str
    machine: str
    process: int
    since: str

    @classmethod
    def here(cls) -> Holder:
        """This process, from now on."""
        try:
            user = getpass.getuser()
        except (OSError, KeyError, ImportError):
            user = "unknown"
        now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        return cls(user, platform.node() or "unknown", os.getpid(), now)

    def __str__(self) -> str:
        return f"user {self.user} on {self.machine}, process {self.process}, since {self.since}"


def sign(folder: Path) -> None:
    """Note that this process holds the history. Without the right to write the note it is held all the same."""
    note = folder / NAME
    fresh = note.with_name(f"{NAME}.new")
    try:
        fresh.write_text(json.dumps(asdict(Holder.here())), encoding="utf-8")
        fresh.replace(note)
    except OSError:
        fresh.unlink(missing_ok=True)


def sign_off(folder: Path) -> None:
    """Take the note away, before the lock is let go."""
    try:
        (folder / NAME).unlink(missing_ok=True)
    except OSError:
        return


def holder_of(folder: Path) -> Holder | None:
    """Who holds a history that is held; None where nobody can say."""
    try:
        said = json.loads((folder / NAME).read_text(encoding="utf-8"))
        holder = Holder(
            user=str(said["user"])[:_LONGEST],
            machine=str(said["machine"])[:_LONGEST],
            process=int(said["process"]),
            since=str(said["since"])[:_LONGEST],
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return None if _has_ended(holder) else holder


def _has_ended(holder: Holder) -> bool:
    """Whether the process is known to have ended. Of another machine, and on Windows, nothing is known."""
    if os.name != "posix" or holder.machine != platform.node() or holder.process <= 0:
        return False
    try:
        os.kill(holder.process, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
