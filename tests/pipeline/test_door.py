"""One at a time, over threads and processes, and free again when its holder is dead."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.door import Door

HOLD = """
import sys
from pathlib import Path
from pipeline.door import Door
door = Door(Path(sys.argv[1]))
print(door.enter(patience=5), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "lock"


def test_the_second_waits_until_the_first_has_left(file: Path) -> None:
    first, second = Door(file), Door(file)
    assert first.enter(patience=0)
    assert not second.enter(patience=0.01)
    first.leave()
    assert second.enter(patience=0)
    assert not first.enter(patience=0)
    second.close()
    assert first.enter(patience=0)
    first.close()


def test_a_killed_process_leaves_the_door_open(file: Path) -> None:
    root = Path(__file__).parents[2]
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(file)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline().strip() == "True"
    mine = Door(file)
    assert not mine.enter(patience=0.01)
    holder.kill()
    holder.communicate(timeout=30)
    assert mine.enter(patience=5)
    mine.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork there")
def test_a_forked_child_does_not_share_its_parents_turn(file: Path) -> None:
    door = Door(file)
    assert door.enter(patience=0)
    child = os.fork()
    if child == 0:
        os._exit(1 if door.enter(patience=0.01) else 0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    door.close()


def test_a_folder_that_cannot_hold_the_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Door(tmp_path / "nowhere" / "lock").enter(patience=0)
