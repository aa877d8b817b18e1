"""serve, demo: the web front end with its worker, and the sample client."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import webbrowser
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import click

from pipeline import errors
from pipeline.clock import Clock
from pipeline.commands.frame import Answer, Run, Verb
from pipeline.desk.house import House
from pipeline.messages import Say
from pipeline.people.accounts import people_of
from pipeline.people.set_up import make_set_up_link
from pipeline.records import Account
from pipeline.settings import Settings
from pipeline.worker import is_running

DEMO_FOLDER = Path("demo-data")
GRACE_SECONDS = 10


@click.command(cls=Verb)
@click.option("--port", default=8501, type=click.IntRange(1, 65535))
@click.option("--address", default="127.0.0.1", show_default=True)
@click.option("--no-browser", is_flag=True)
@click.option("--no-worker", is_flag=True)
@click.pass_obj
def serve(run: Run, port: int, address: str, no_browser: bool, no_worker: bool) -> Answer:
    """The web front end, and the worker beside it."""
    for line in first_links(run, port):
        click.echo(line, err=True)
    run.close()
    code = keep_running(port, address, absolute(run.settings), browser=not no_browser, worker=not no_worker)
    return Answer({"stopped": code == 0}, ok=code == 0)


def first_links(run: Run, port: int) -> list[str]:
    """A set-up link for each consultant while nobody can sign in yet: there are no built-in passwords."""
    house = run.new_house()
    lines = []
    with house.store.tx() as t:
        accounts = t.page(Account, limit=1_000)
        if any(account.password_hash for account in accounts):
            return []
        for account in accounts:
            if any(person.side == "consultant" for _, person in people_of(house.store, account.email)):
                token = make_set_up_link(t, account.id, house.now())
                base = run.settings.public_url or f"http://localhost:{port}"
                lines.append(run.say("cli.first_link", email=account.email, link=f"{base}/einrichten/{token}"))
    return lines or [run.say("cli.no_client")]


def keep_running(port: int, address: str, extra: Mapping[str, str], *, browser: bool, worker: bool) -> int:
    """The front end in this process and the worker as another; when one ends, both do."""
    from pipeline.screens.front import run_front  # streamlit takes half a second to load, and no other command needs it

    os.environ.update(extra)
    beside = subprocess.Popen([sys.executable, "-m", "handover.command", "worker"]) if worker else None
    over = threading.Event()
    helpers = [threading.Thread(target=_open_when_ready, args=(port, address, over), daemon=True)] if browser else []
    helpers += [threading.Thread(target=_end_with, args=(beside, over), daemon=True)] if beside else []
    for helper in helpers:
        helper.start()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # the server hands the signal on when it is done with its own part
    try:
        run_front(port, address)
    finally:
        over.set()
        if beside is not None:
            _end(beside)
    return 0


def _open_when_ready(port: int, address: str, over: threading.Event) -> None:
    shown = "localhost" if address in ("127.0.0.1", "0.0.0.0") else address  # noqa: S104
    url = f"http://{shown}:{port}"
    while not over.wait(0.3):
        if answers(f"{url}/_stcore/health"):
            webbrowser.open(url)
            return


def _end_with(worker: subprocess.Popen[bytes], over: threading.Event) -> None:
    """A front end without its worker would look well while nothing goes out: whoever keeps us running starts both anew."""
    worker.wait()
    if not over.is_set():
        signal.raise_signal(signal.SIGTERM)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


def absolute(settings: Settings) -> dict[str, str]:
    """The settings that name files, for processes that work in another folder."""
    names = {"STAFFELSTAB_STORE": str(settings.store.resolve())}
    if settings.keys and Path(settings.keys).exists():
        names["STAFFELSTAB_KEYS"] = str(Path(settings.keys).resolve())
    return names


def answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=2) as answer:  # noqa: S310  (our own address)
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


@click.command(cls=Verb)
@click.option("--once", is_flag=True, help="Run the main job once and print what it did, without a browser.")
@click.option("--port", default=8501, type=click.IntRange(1, 65535))
@click.option("--no-browser", is_flag=True)
@click.pass_obj
def demo(run: Run, once: bool, port: int, no_browser: bool) -> Answer:
    """Sample clients in a store of their own."""
    from pipeline.demo import build_demo, main_job  # the sample's texts and pictures are for this command only

    folder = DEMO_FOLDER.resolve()
    settings = replace(run.settings, store=folder)
    say = Say(run.settings.language or "de")

    def step(name: str, /, **facts: object) -> None:
        click.echo(say(name, **facts), err=True)

    if once or not folder.exists():
        clear(folder)

        def house_at(clock: Clock) -> House:
            return run.open_house(settings, clock, make=True)

        now = run.now()
        build_demo(house_at, now, say_step=step)
        if run.more_demo is not None:
            run.more_demo(house_at, now, say_step=step)
    if once:
        done = main_job(run.open_house(settings, make=True), say_step=step)
        lines = [f"{one['channel']:<16} {one['url']}" for one in done.published]
        return Answer({"store": folder, "pieces": done.pieces, "published": done.published}, lines=lines)
    extra = {**absolute(settings), "STAFFELSTAB_DEMO": "1"}
    code = keep_running(port, "127.0.0.1", extra, browser=not no_browser, worker=True)
    return Answer({"stopped": code == 0}, ok=code == 0)


MARK = ".staffelstab-demo"


def clear(folder: Path) -> None:
    """Remove an earlier sample, and nothing that is not one."""
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise errors.AlreadyThere(what="folder", name=str(folder))
    if is_running(folder):
        raise errors.WorkerIsRunning()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    (folder / MARK).touch()
