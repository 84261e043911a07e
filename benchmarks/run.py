"""Time the stages of the monthly job as whole processes, on artificial places of growing size.

Prints, for each stage and size, the median and the range of several runs and the peak memory of the process.
"""

from __future__ import annotations

import argparse
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SIZES = (20_000, 60_000, 200_000)
RUNS = 3


def measured(command: list[str]) -> tuple[float, float]:
    """Seconds of wall time, and the process's peak memory in MB."""
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        if process.wait() not in (0, 1):
            raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    seconds = time.perf_counter() - started
    # ru_maxrss of the children is the largest so far: sizes therefore go upwards.
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def main() -> None:
    """Run the stages and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, nargs="*", default=SIZES)
    parser.add_argument("--runs", type=int, default=RUNS)
    options = parser.parse_args()
    costshift = [sys.executable, "-m", "costshift"]
    print(f"{platform.platform()}, Python {platform.python_version()}")
    print(f"{'people':>9}  {'stage':<8}  {'median s':>8}  {'range s':>13}  {'peak MB so far':>14}")
    for people in options.people:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name) / "place"
            subprocess.run([*costshift, "sample", str(folder), "--people", str(people), "--quiet"], check=True)
            shared = ["--project", str(folder / "costshift.toml"), "--month", "2025-03", "--quiet"]
            for stage in ("check", "run", "report"):
                runs = [measured([*costshift, stage, *shared]) for _ in range(options.runs)]
                times = [seconds for seconds, _ in runs]
                print(
                    f"{people:>9,}  {stage:<8}  {statistics.median(times):>8.2f}  "
                    f"{min(times):>5.2f} - {max(times):>5.2f}  {max(peak for _, peak in runs):>14,.0f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
