"""A PostgreSQL server of the tests' own, started from what the machine has installed."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


def server_programs() -> Path | None:
    """The folder of the newest PostgreSQL that is installed, Debian's or on the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


def unprivileged() -> str | None:
    """Who the server runs as: itself, or, where that would be root, which the server refuses, somebody else."""
    if os.geteuid() != 0:
        return None
    known = {user.pw_name for user in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in known), None)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of an empty database, without a trailing slash or name: add ``/postgres``."""
    programs = server_programs()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed: apt-get install postgresql")
    if shutil.which("psql") is None:
        pytest.skip("psql is not installed: apt-get install postgresql-client")
    user = unprivileged()
    if os.geteuid() == 0 and user is None:
        pytest.skip("the server refuses root, and there is no other user to run it as")
    folder = Path(tempfile.mkdtemp(prefix="costshift-pg-"))
    run = {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []} if user else {}
    if user:
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
    data, log = folder / "data", folder / "log"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    try:
        subprocess.run(
            [programs / "initdb", "-D", data, "-U", "analyst", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"],
            check=True,
            capture_output=True,
            cwd=folder,
            **run,
        )
        options = f"-k {folder} -c listen_addresses=127.0.0.1 -p {port} -F"
        subprocess.run(
            [programs / "pg_ctl", "-D", data, "-w", "-l", log, "-o", options, "start"],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            **run,
        )
        yield f"postgresql://${{PGUSER}}@127.0.0.1:{port}"
        subprocess.run(
            [programs / "pg_ctl", "-D", data, "-m", "immediate", "stop"],
            check=False,
            capture_output=True,
            cwd=folder,
            **run,
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
