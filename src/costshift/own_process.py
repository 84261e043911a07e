"""How a process of costshift is set up, whichever way it was started. Imports nothing that is slow to import."""

from __future__ import annotations

import gc
import os

#: For ``gc.set_threshold``. Nearly all that is made stays to the end of its stage: to look for cycles among it as often
#: as Python does by itself is a twentieth of a report.
SELDOM = (100_000, 50, 50)


def set_up() -> None:
    """Before polars and numpy are imported, which read what they find in the environment."""
    gc.set_threshold(*SELDOM)
    # Nothing here is large enough for several threads of linear algebra, which would wait at full speed.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Memory that polars has given back is kept for its next use for five seconds: it asked the system anew each time.
    os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:5000,muzzy_decay_ms:5000")


def leave() -> None:
    """At the end: what is left goes with the process, and need not be looked through for garbage once more."""
    gc.freeze()
