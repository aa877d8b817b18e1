"""The floors of the house: nothing imports upwards, and slow or dangerous packages stay in their rooms."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted([ROOT / "app.py", *(ROOT / "pipeline").rglob("*.py"), *(ROOT / "handover").rglob("*.py")])

FLOORS = [
    # from the cellar to the roof; a room may use its own floor and everything below
    {"pipeline.errors"},
    {"pipeline.records"},
    {
        "pipeline.door",
        "pipeline.tree",
        "pipeline.text",
        "pipeline.messages",
        "pipeline.clock",
        "pipeline.settings",
        "pipeline.net",
        "pipeline.images",
    },
    {"pipeline.store", "pipeline.draft", "pipeline.review", "pipeline.publish", "pipeline.people"},
    {"pipeline.desk"},
    {"pipeline.worker", "pipeline.doctor", "pipeline.demo"},
    {"handover"},
    {"pipeline.commands", "pipeline.cli", "pipeline.screens"},
    {"handover.command", "handover.cli", "handover.commands", "handover.screens"},
    {"app"},
]
ONLY_IN = {
    "streamlit": ("pipeline/screens", "handover/screens", "app.py"),
    "requests": ("pipeline/net.py",),
    "urllib3": ("pipeline/net.py",),
    "openai": ("pipeline/draft",),
    "tinydb": ("pipeline/store",),
    "sqlite3": ("pipeline/store", "pipeline/doctor.py"),
}


def imports(file: Path) -> Iterator[tuple[str, ast.stmt, bool]]:
    """(module, statement, is it inside a function) for each import; those for the type checker alone do not count."""
    tree = ast.parse(file.read_text("utf-8"))
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for inner in ast.walk(node)
    }
    inside = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            for name in node.names:
                yield name.name, node, id(node) in inside
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node, id(node) in inside


def module_of(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def floor_of(module: str) -> int | None:
    best = None
    for number, rooms in enumerate(FLOORS):
        for room in rooms:
            if (module == room or module.startswith(room + ".")) and (best is None or len(room) > best[0]):
                best = (len(room), number)
    return best[1] if best else None


@pytest.mark.parametrize("file", FILES, ids=module_of)
def test_nothing_imports_upwards(file: Path) -> None:
    here = floor_of(module_of(file))
    if module_of(file) in ("pipeline", "handover"):
        return
    assert here is not None, f"{module_of(file)} stands on no floor"
    for module, node, _ in imports(file):
        there = floor_of(module)
        assert there is None or there <= here, f"line {node.lineno}: {module} is upstairs"


@pytest.mark.parametrize("file", FILES, ids=module_of)
def test_packages_stay_in_their_rooms(file: Path) -> None:
    place = file.relative_to(ROOT).as_posix()
    for module, node, _ in imports(file):
        rooms = ONLY_IN.get(module.split(".")[0])
        assert rooms is None or place.startswith(rooms), f"line {node.lineno}: {module} belongs into {rooms}"


@pytest.mark.parametrize("file", FILES, ids=module_of)
def test_imports_inside_functions_are_slow_packages_and_say_so(file: Path) -> None:
    lines = file.read_text("utf-8").splitlines()
    for module, node, is_inside in imports(file):
        if is_inside:
            assert "#" in lines[node.lineno - 1] or lines[node.lineno - 2].lstrip().startswith("#"), (
                f"line {node.lineno}: {module}"
            )


def test_the_pipeline_knows_nothing_of_the_handover() -> None:
    for file in FILES:
        if file.is_relative_to(ROOT / "pipeline"):
            assert not [module for module, _, _ in imports(file) if module.split(".")[0] == "handover"], file


def test_requests_leave_through_one_door() -> None:
    """No other way to speak HTTP: neither urllib nor sockets outside the door, but for our own server."""
    for file in FILES:
        place = file.relative_to(ROOT).as_posix()
        for module, _, _ in imports(file):
            if module in ("urllib.request", "http.client", "socket", "httpx", "httpx2", "aiohttp"):
                assert place in (
                    "pipeline/net.py",
                    "pipeline/commands/serving.py",
                    "pipeline/screens/at_once.py",
                ) or place.startswith("pipeline/draft/model"), place
