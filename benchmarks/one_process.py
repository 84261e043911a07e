"""Run one command within limits, and tell what it took: the wrapper that every measured process has.

It is small on purpose: on Linux a new process's peak memory starts at that of the one that made it.

    python one_process.py SECONDS BYTES REPORT COMMAND...

REPORT (JSON): seconds, processor, peak (bytes, 0 where the system does not tell), code, ended (why it was stopped, or
empty).
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time

EVERY = 0.05


def main() -> None:
    """Run the command and write the report; standard output and error go through."""
    seconds, most, report, command = float(sys.argv[1]), float(sys.argv[2]), sys.argv[3], sys.argv[4:]
    started = time.perf_counter()
    # A group of its own: whatever the command starts is ended with it.
    process = subprocess.Popen(command, start_new_session=os.name == "posix")
    over: list[str] = []
    stop = threading.Event()
    watch = threading.Thread(target=_watch, args=(process, seconds, most, started, over, stop), daemon=True)
    watch.start()
    try:
        processor, peak = _wait(process)
    except BaseException:
        _end(process)
        raise
    took = time.perf_counter() - started
    stop.set()
    found = {"seconds": took, "processor": processor, "peak": peak, "code": process.returncode, "ended": "".join(over)}
    with open(report, "w", encoding="utf-8") as file:  # noqa: PTH123 - pathlib would make the wrapper larger
        json.dump(found, file)


def _wait(process: subprocess.Popen[bytes]) -> tuple[float, float]:
    """Seconds of all processors and peak memory of the process and its own, where the system tells."""
    if not hasattr(os, "wait4"):
        process.wait()
        return 0.0, 0.0
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else 1024
    return used.ru_utime + used.ru_stime, float(used.ru_maxrss * unit)


def _watch(
    process: subprocess.Popen[bytes],
    seconds: float,
    most: float,
    started: float,
    over: list[str],
    stop: threading.Event,
) -> None:
    page = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
    while not stop.wait(EVERY):
        used = 0
        # Only Linux tells it here; elsewhere the time alone is the limit.
        with (
            contextlib.suppress(OSError, ValueError, IndexError),
            open(f"/proc/{process.pid}/statm", encoding="ascii") as file,  # noqa: PTH123
        ):
            used = int(file.read().split()[1]) * page
        if used > most:
            over.append(f"stopped at {most / 2**30:.1f} GB")
        elif time.perf_counter() - started > seconds:
            over.append(f"stopped after {seconds:.0f} s")
        if over:
            _end(process)
            return


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


if __name__ == "__main__":
    main()
