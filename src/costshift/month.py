"""Which report is wanted."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class Month:
    """A report's month, the last day counted, and the last load that counts (None: the latest)."""

    first: dt.date
    as_at: dt.date
    known_at: int | None = None
