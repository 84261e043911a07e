"""SIGKILL at a hundred moments of `load` and `run`: what is left is the old state or the new one, and whole.

Half of the kills are aimed: the folders are watched, and the process dies as soon as a drawn number of new files has
appeared. A kill counts as one while something was being written if it left something unfinished behind: rows of a load
that is not listed, a pack that is half built or half swapped, or a file under a name that it does not keep.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest

from costshift.extracts.kinds import KINDS
from costshift.history.store import History

from places import KEY, costshift, every_file

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="SIGKILL is of POSIX")]

KILLS = 100
BATCHES = 4
MONTH = "2025-03"
HEADER = (
    "provider_code,spell_id,nhs_number,birth_date,admission_date,discharge_ready_date,discharge_date,discharge_pathway"
)
CARE_HEADER = "council_code,council_person_id,nhs_number,event_type,event_start_date,event_end_date,service_component"
PROJECT = """
[place]
name = "Anywhere"
[[partners]]
id = "hospital"
name = "Hospital"
type = "acute"
codes = ["RN1"]
[[partners]]
id = "council"
name = "Council"
type = "council"
codes = ["503"]
[[extracts]]
kind = "spells"
submitter = "hospital"
files = "in/spells.csv"
[[extracts]]
kind = "care_events"
submitter = "council"
files = "in/events.csv"
includes_open_events = false
"""


def send(place: Path, leaving: str, pathway: str) -> None:
    (place / "in").mkdir(exist_ok=True)
    spells = [
        f"RN1,S{n},9990000018,19{30 + n % 50}-01-01,2025-03-{1 + n % 9:02},2025-03-10,{leaving},{pathway}"
        for n in range(300)
    ]
    events = [
        f"503,P{n},9990000018,Service,2025-03-{1 + n % 28:02},{leaving},{'Reablement' if pathway == 'P1' else 'Home'}"
        for n in range(300)
    ]
    for name, header, rows in (("spells", HEADER, spells), ("events", CARE_HEADER, events)):
        text = "\n".join([header, *rows, "broken", "RN1,broken too"]) + "\n"
        (place / f"in/{name}.csv").write_text(text, encoding="utf-8")


@dataclass(frozen=True)
class State:
    """What counts in the history, and what is published."""

    rows: str
    packs: dict[str, bytes]


@dataclass(frozen=True)
class Scene:
    """A place with its first load published and corrected files waiting, and both states undisturbed."""

    before: Path
    old: State
    new: dict[str, State]
    seconds: dict[str, float]
    files: dict[str, int]


def words(place: Path, command: str) -> list[str]:
    return [command, "--project", str(place / "costshift.toml"), "--month", MONTH, "--quiet"]


def start(place: Path, command: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "costshift", *words(place, command)],
        env={**os.environ, "COSTSHIFT_KEY": KEY},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def counting_rows(place: Path) -> str:
    """A digest of every row that counts; the number of the load, which a load cut off makes higher, apart."""
    history = History(place / "history")
    digest = sha256()
    for name in ("spells", "care_events"):
        rows = history.current(KINDS[name])
        assert rows is not None
        text = rows.drop("load_id").sort(pl.all()).collect().write_csv()
        digest.update(text.encode())
    return digest.hexdigest()


def published(place: Path) -> dict[str, bytes]:
    """Every table of the packs and the restricted folders, by its path; pages and manifests name the load's number."""
    return {
        f"{root}/{name}": content
        for root in ("reports", "restricted")
        for name, content in every_file(place / root).items()
        if "/tables/" in name
    }


def state_of(place: Path) -> State:
    return State(counting_rows(place), published(place))


def files_in(place: Path) -> set[str]:
    found = set()
    for root in ("history", "reports", "restricted"):
        for folder, _, names in os.walk(place / root):
            found.update(os.path.join(folder, name) for name in names)  # noqa: PTH118 (called thousands of times)
    return found


def watch(place: Path, process: subprocess.Popen[bytes], wanted: int | None) -> int:
    """Wait until so many new files were seen, or the process ends; how many were seen, those that went again too."""
    known = files_in(place)
    seen: set[str] = set()
    while process.poll() is None and (wanted is None or len(seen) < wanted):
        seen |= files_in(place) - known
        time.sleep(0.0005)
    return len(seen)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    before = tmp_path_factory.mktemp("killed") / "before"
    before.mkdir()
    (before / "costshift.toml").write_text(PROJECT, encoding="utf-8")
    send(before, "2025-03-20", "P1")
    assert costshift(*words(before, "run")).code in (0, 1)
    old = state_of(before)
    send(before, "2025-03-28", "P2")
    new, seconds, files = {}, {}, {}
    for command in ("load", "run"):
        place = before.with_name(f"undisturbed-{command}")
        shutil.copytree(before, place)
        began = time.monotonic()
        process = start(place, command)
        files[command] = watch(place, process, None)
        assert process.wait() in (0, 1)
        seconds[command] = time.monotonic() - began
        new[command] = state_of(place)
        assert new[command].rows != old.rows
    assert new["run"].packs != old.packs == new["load"].packs
    return Scene(before, old, new, seconds, files)


def killed(place: Path, command: str, scene: Scene, chance: random.Random) -> None:
    """Put the scene there, start the command and kill it at a drawn moment of its work."""
    wanted = chance.randrange(1, scene.files[command]) if chance.random() < 0.85 else None
    wait = chance.uniform(0.1, 1) * scene.seconds[command]
    late = chance.choice([0, 0, chance.uniform(0, 0.02)])
    while True:
        shutil.copytree(scene.before, place)
        process = start(place, command)
        if wanted is None:
            time.sleep(wait)
        else:
            watch(place, process, wanted)
            time.sleep(late)
        process.send_signal(signal.SIGKILL)
        if process.wait() == -signal.SIGKILL:
            return
        # It was done before the signal came: again, nearer to its start.
        shutil.rmtree(place)
        wanted, wait, late = wanted and max(1, wanted // 2), wait / 2, 0


def unfinished(place: Path) -> list[str]:
    """What a kill left that no whole command leaves."""
    left = [path.name for root in ("reports", "restricted") for path in (place / root).glob(".*.*")]
    left += [path.name for path in (place / "reports" / MONTH).glob(".complete")]
    history = History(place / "history")
    listed = set(history.actions()["load_id"])
    for name in KINDS:
        for path in (place / "history" / name).glob("load_id=*"):
            number = int(path.name.removeprefix("load_id="))
            if number not in listed and any(path.iterdir()):
                left.append(f"{name}/{path.name}")
    log_or_data = [path for path in (place / "history").rglob("*") if path.is_file() and "tmp" in path.name.lower()]
    return left + [path.name for path in log_or_data]


def whole_packs(place: Path) -> int:
    """Check that every pack under a name that readers see is what its manifest says; how many there are."""
    packs = [path for path in (place / "reports").iterdir() if not path.name.startswith(".")]
    for pack in packs:
        manifest = json.loads((pack / "manifest.json").read_text(encoding="utf-8"))
        said = {entry["file"]: entry["sha256"] for entry in manifest["outputs"]}
        there = {
            name: sha256(content).hexdigest()
            for name, content in every_file(pack).items()
            if name not in ("manifest.json", ".complete")
        }
        assert there == said, pack.name
    return len(packs)


def tables_of(state: State, pack: str) -> dict[str, bytes]:
    start = f"reports/{pack}/"
    return {name.removeprefix(start): content for name, content in state.packs.items() if name.startswith(start)}


def hold_whole(place: Path, scene: Scene, command: str) -> str:
    """Check the state right after the kill: the history opens and is old or new; so is each folder that is there."""
    rows = counting_rows(place)
    assert rows in (scene.old.rows, scene.new[command].rows)
    whole_packs(place)
    for root in (MONTH, "latest"):
        folder = place / "reports" / root
        there = {name: content for name, content in every_file(folder).items() if "/tables/" in name}
        if folder.exists():
            assert there in [tables_of(state, root) for state in (scene.old, scene.new[command])]
    return "old" if rows == scene.old.rows else "new"


@pytest.mark.parametrize("batch", range(BATCHES))
def test_a_killed_command_leaves_the_old_or_the_new_and_the_next_run_makes_it_whole(
    batch: int, scene: Scene, tmp_path: Path
) -> None:
    counts: Counter[str] = Counter()
    size = KILLS // BATCHES
    numbers = iter(range(batch * 3 * size, (batch + 1) * 3 * size))
    # More than the hundred where fewer than half of them fell while something was being written.
    while counts["kills"] < size or counts["while writing"] < size / 2:
        number = next(numbers, None)
        assert number is not None, f"too few kills fell while something was being written: {dict(counts)}"
        chance = random.Random(f"kill {number}")
        command = chance.choice(["load", "run", "run"])
        place = tmp_path / f"place{number}"
        killed(place, command, scene, chance)
        counts["kills"] += 1
        counts["while writing"] += bool(unfinished(place))
        counts[f"{command}: {hold_whole(place, scene, command)} rows"] += 1

        outcome = costshift(*words(place, "run"))
        assert outcome.code in (0, 1), (number, outcome.err)
        assert unfinished(place) == [], number
        now = state_of(place)
        assert now.rows == scene.new["run"].rows, number
        assert {name for name, content in now.packs.items() if scene.new["run"].packs.get(name) != content} == set()
        assert now.packs.keys() == scene.new["run"].packs.keys()
        assert whole_packs(place) == 2
        shutil.rmtree(place)
    print(f"batch {batch}: {dict(counts)}")
