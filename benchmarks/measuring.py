"""Whole processes measured: seconds by the clock and of all processors, and peak memory, within limits.

A process that takes too long or too much memory is ended and reported so, never left to hang the machine.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from pathlib import Path

GIGABYTE = 2**30
#: Seconds after which a thing is not measured again.
PATIENCE = 40.0
WRAPPER = Path(__file__).with_name("one_process.py")


@dataclass(frozen=True)
class Limits:
    """What one process may take."""

    seconds: float
    bytes: float


@dataclass(frozen=True)
class Run:
    """One process. ``peak``: bytes, 0 where the system does not tell. ``ended``: why it gave no figure; else empty."""

    seconds: float
    processor: float
    peak: float
    ended: str = ""


@dataclass
class Measured:
    """All runs of one thing."""

    name: str
    runs: list[Run] = field(default_factory=list)

    @property
    def ended(self) -> str:
        """Why there is no figure: of the run that was ended, or that no run was made."""
        return next((run.ended for run in self.runs if run.ended), "" if self.runs else "not run: out of time")

    @property
    def seconds(self) -> float:
        """The median."""
        return statistics.median(run.seconds for run in self.runs)

    @property
    def peak(self) -> float:
        """The largest."""
        return max(run.peak for run in self.runs)

    def cells(self) -> list[str]:
        """median, range, processor, peak: as words."""
        if self.ended:
            return [self.ended, "", "", ""]
        times = [run.seconds for run in self.runs]
        spread = f"{min(times):.2f} to {max(times):.2f}" if len(times) > 1 else "one run"
        processor = statistics.median(run.processor for run in self.runs)
        peak = f"{self.peak / GIGABYTE:.2f}" if self.peak else "not told"
        return [f"{self.seconds:.2f}", spread, f"{processor:.2f}" if processor else "not told", peak]


def total_memory() -> float:
    """Bytes of the machine; without an answer, 8 GB."""
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):
        return 8.0 * GIGABYTE


def measured(command: Sequence[str], limits: Limits, environment: Mapping[str, str] | None = None) -> Run:
    """Run a command to its end or its limits. Exit codes 0 and 1 are results; any other is a failure."""
    with tempfile.TemporaryDirectory(prefix="costshift-bench-") as name:
        report = Path(name) / "report.json"
        wrapper = [sys.executable, "-I", "-S", str(WRAPPER), str(limits.seconds), str(limits.bytes), str(report)]
        ran = subprocess.run(
            [*wrapper, *command],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
            env={**os.environ, **(environment or {})},
        )
        if not report.is_file():
            raise SystemExit(f"{' '.join(command)} could not be started: {_last_line(ran.stderr)}")
        found = json.loads(report.read_text(encoding="utf-8"))
    ended = found["ended"]
    if not ended and found["code"] not in (0, 1):
        ended = f"failed with {found['code']}: {_last_line(ran.stderr)}"
    return Run(found["seconds"], found["processor"], found["peak"], ended)


def _last_line(content: bytes) -> str:
    lines = content.decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:200] if lines else ""


class Session:
    """Measures until its time is up."""

    def __init__(self, limits: Limits, runs: int, budget: float) -> None:
        self.limits, self.runs = limits, runs
        self.ends = time.perf_counter() + budget

    @property
    def left(self) -> float:
        """Seconds left."""
        return self.ends - time.perf_counter()

    def take(
        self,
        name: str,
        command: Sequence[str],
        before: Callable[[], None] = lambda: None,
        environment: Mapping[str, str] | None = None,
        runs: int | None = None,
    ) -> Measured:
        """Measure a command several times, ``before`` ahead of each; fewer times where time is short."""
        result = Measured(name)
        for _ in range(runs or self.runs):
            longest = max((run.seconds for run in result.runs), default=0.0)
            # What takes long is steady: a second and a third time would only take the time of what comes after.
            if self.left <= longest or sum(run.seconds for run in result.runs) > PATIENCE:
                break
            before()
            limits = Limits(min(self.limits.seconds, max(self.left, 1.0)), self.limits.bytes)
            run = measured(command, limits, environment)
            result.runs.append(run)
            if run.ended:
                break
        print(f"  {name:<44} {'  '.join(result.cells())}", flush=True)
        return result


@cache
def machine() -> str:
    """The machine and the versions, in a sentence; how busy it was is told by the first call."""
    names = ("polars", "pyarrow", "deltalake", "duckdb", "pandas")
    versions = []
    for name in names:
        with contextlib.suppress(metadata.PackageNotFoundError):
            versions.append(f"{name} {metadata.version(name)}")
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    busy = "" if load < 0.7 else f" **The machine was busy with other work when this began (load {load:.1f}).**"
    own = f"costshift {metadata.version('costshift')}" if _installed("costshift") else "costshift"
    return (
        f"{own}{_commit()}, Python {platform.python_version()}, {', '.join(versions)}; {os.cpu_count()} cores, "
        f"{total_memory() / GIGABYTE:.0f} GB, {platform.system()} {platform.machine()}.{busy}"
    )


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _commit() -> str:
    try:
        found = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"],
            capture_output=True,
            text=True,
            check=True,
            cwd=Path(__file__).parent,
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return f" ({found.stdout.strip()})"
