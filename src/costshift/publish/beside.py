"""A second process, for what can be made while the report goes on: Python's lock lets one thread of a process work.

It is handed what a pack says and hands back bytes: it opens no file of the place, so that nothing of it is left where
a run is killed, and it ends with the first. Started early, it loads its libraries while the figures are worked out.
Where it does not pay, with few rows or one core, or where a machine allows no second process, the work is done in the
first.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
#: Rows of the history from which on the second process is worth its start.
ENOUGH_ROWS = 100_000
_SECOND = "costshift.publish.second_process"
#: How the second process is lost: it could not be started, was ended from outside, or ended within an answer.
_LOST = (OSError, EOFError, pickle.PickleError)


class Beside:
    """Does work beside this process, if there is enough of it.

    Args:
        rows: how many rows the history has.
    """

    def __init__(self, rows: int) -> None:
        self._second: subprocess.Popen[bytes] | None = None
        # One thread hands over and takes back: what was started first is done first.
        self._hands: ThreadPoolExecutor | None = None
        self._last: Future[Any] | None = None
        if rows < ENOUGH_ROWS or (os.cpu_count() or 1) < 2:
            return
        with suppress(OSError):
            self._second = subprocess.Popen(
                # -P: modules of the folder that a person works in are not taken for libraries.
                [sys.executable, "-P", "-m", _SECOND],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            self._hands = ThreadPoolExecutor(max_workers=1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._second is None or self._hands is None:
            return
        if error is not None:
            # Nobody waits for what it does.
            self._second.kill()
        self.no_more()
        self._hands.shutdown()
        for end in (self._second.stdin, self._second.stdout):
            with suppress(OSError):
                end.close()  # type: ignore[union-attr]
        self._second.wait()

    def no_more(self) -> None:
        """Let the second process end when it has done what was started."""
        if self._second is not None and self._hands is not None:
            self._hands.submit(self._second.stdin.close)  # type: ignore[union-attr]

    def start(self, work: Callable[P, T], *given: P.args, **named: P.kwargs) -> Callable[[], T]:
        """Have work done; what comes back gives its result, or raises what it raised.

        Work is done in the order in which it was started. What still waits behind other work when its result is asked
        for is done by whoever asks.

        Args:
            work: a function of a module, whose arguments and result can be sent to another process.
        """
        if self._hands is None:
            done = work(*given, **named)
            return lambda: done
        ahead, begun = self._last, self._hands.submit(self._handed_over, work, given, named)
        self._last = begun

        def result() -> T:
            if ahead is not None and not ahead.done() and begun.cancel():
                return work(*given, **named)
            try:
                answer, raised = begun.result()
            except _LOST:
                return work(*given, **named)
            if raised is not None:
                raise raised
            found: T = answer
            return found

        return result

    def _handed_over(self, *asked: Any) -> tuple[Any, BaseException | None]:
        """What the second process answers: a result, or what was raised."""
        second = self._second
        if second is None or second.stdin is None or second.stdout is None:
            raise EOFError
        pickle.dump(asked, second.stdin, pickle.HIGHEST_PROTOCOL)
        second.stdin.flush()
        answer: tuple[Any, BaseException | None] = pickle.load(second.stdout)
        return answer
