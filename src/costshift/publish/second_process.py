"""What runs in the second process (:mod:`costshift.publish.beside`): work comes in, answers go out, until the end.

Not for people: started by a report, it ends with it, whatever becomes of it, because its input ends.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from typing import Any

# Ctrl-C reaches both processes: the first says what there is to say.
signal.signal(signal.SIGINT, signal.SIG_IGN)

import pickle  # noqa: E402

from costshift import own_process  # noqa: E402

own_process.set_up()

from costshift.publish.files import get_ready  # noqa: E402


def main() -> None:
    """Do what comes, one after another."""
    work_in, answers = sys.stdin.buffer, sys.stdout.buffer
    # A library that prints must not end up in an answer.
    sys.stdout = sys.stderr
    get_ready()
    with suppress(EOFError, OSError):
        while True:
            work, given, named = pickle.load(work_in)
            answer: tuple[Any, BaseException | None]
            try:
                answer = (work(*given, **named), None)
            except Exception as error:
                answer = (None, error)
            pickle.dump(answer, answers, pickle.HIGHEST_PROTOCOL)
            answers.flush()


if __name__ == "__main__":
    main()
    # It has opened no file and has nothing to tidy up: the first process waits for its end.
    os._exit(0)
