"""Front ends in processes of their own: ours on a filled store, the smallest app, and somebody who is signed in."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from bench.rooms import Room
from handover.workplace import open_house
from pipeline.people.accounts import account_of
from pipeline.people.set_up import choose_password, make_set_up_link
from pipeline.people.sign_in import sign_in
from pipeline.screens.callers import session_cookie

MINIMAL = Path(__file__).with_name("minimal") / "app.py"
STARTS_WITHIN_SECONDS = 120
LOOKS_EVERY_SECONDS = 0.02
PASSWORD = "vier Pferde ziehen am selben Wagen"
# As in .streamlit/config.toml, which the smallest app does not read: it is to differ from ours by what it shows only.
SAME_SETTINGS = {
    "server.headless": "true",
    "server.fileWatcherType": "none",
    "runner.postScriptGC": "false",
    "browser.gatherUsageStats": "false",
    "client.toolbarMode": "minimal",
}


@contextmanager
def our_front_end(room: Room) -> Iterator[str]:
    """The address of `staffelstab serve` on this room's store."""
    settings = room.house.settings
    environment = {"STAFFELSTAB_STORE": str(settings.store), "STAFFELSTAB_KEYS": str(settings.keys)}
    port = free_port()
    command = [sys.executable, "-m", "handover.command", "serve", "--port", str(port), "--no-browser", "--no-worker"]
    with _running(command, environment, settings.store.parent, port) as address:
        yield address


@contextmanager
def minimal_front_end(folder: Path) -> Iterator[str]:
    port = free_port()
    options = {**SAME_SETTINGS, "server.address": "127.0.0.1", "server.port": str(port)}
    given = [f"--{name}={value}" for name, value in options.items()]
    with _running([sys.executable, "-m", "streamlit", "run", str(MINIMAL), *given], {}, folder, port) as address:
        yield address


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextmanager
def _running(command: list[str], environment: Mapping[str, str], folder: Path, port: int) -> Iterator[str]:
    """Runs in `folder`, so that no settings lie there. Its own process group: `serve` has children."""
    given = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), **environment}
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(command, cwd=folder, env=given, stdout=log, stderr=log, start_new_session=True)
    try:
        _wait_for(f"http://127.0.0.1:{port}/_stcore/health", server, folder / "server.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < end:
        if server.poll() is not None:
            break
        try:
            with urlopen(address, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(LOOKS_EVERY_SECONDS)
    raise RuntimeError(f"the front end did not start: {log.read_text()[-2000:]}")


def signed_in(room: Room) -> dict[str, str]:
    """The consultant's cookie, got as people get it: link, password, sign-in, at today's time."""
    house = open_house(room.house.settings)
    try:
        with house.store.tx() as t:
            account = account_of(t, room.consultant.email)
            assert account is not None
            token = make_set_up_link(t, account.id, house.now())
        choose_password(house.store, token, PASSWORD, house.now())
        value = sign_in(
            house.store,
            room.consultant.email,
            PASSWORD,
            address="127.0.0.1",
            browser="bench",
            now=house.now(),
            consultant=lambda _: True,
        )
    finally:
        house.store.close()
    return {session_cookie(secure=False): value}
