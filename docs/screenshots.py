"""Makes the pictures of the README from the sample clients: `make screenshots`. Needs Chromium."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from handover.demo.history import build_handover_demo
from handover.workplace import open_house
from pipeline.clock import Clock, utc_now
from pipeline.commands.serving import answers
from pipeline.demo import build_demo
from pipeline.desk.house import House
from pipeline.settings import Settings

HERE = Path(__file__).resolve().parent
FIRST_CLIENT = {"heute": ("", "Heute"), "pruefen": ("pruefen", "Prüfen")}
SECOND_CLIENT = {"uebergabe": ("uebergabe", "Übergabe")}
SIZE = {"width": 1280, "height": 860}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def sample_server(folder: Path, build: Callable[[Callable[[Clock], House], datetime], object]) -> Iterator[str]:
    """The app on a freshly built sample client; its address."""

    def house_at(clock: Clock) -> House:
        return open_house(Settings(store=folder), clock)

    build(house_at, utc_now())
    url = f"http://127.0.0.1:{(port := free_port())}"
    environment = {**os.environ, "STAFFELSTAB_STORE": str(folder), "STAFFELSTAB_DEMO": "1"}
    command = [sys.executable, "-m", "streamlit", "run", str(HERE.parent / "app.py"), "--server.port", str(port)]
    process = subprocess.Popen(command, env=environment, cwd=HERE.parent, stdout=subprocess.DEVNULL)
    try:
        while not answers(f"{url}/_stcore/health"):
            if process.poll() is not None:
                raise SystemExit("the app did not start")
        yield url
    finally:
        process.terminate()
        process.wait(10)


def picture(page: Page, address: str, heading: str, file: Path) -> None:
    page.goto(address)
    expect(page.get_by_role("heading", name=heading, exact=True).first).to_be_visible(timeout=60_000)
    expect(page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]')).to_be_visible(timeout=60_000)
    page.evaluate("document.fonts.ready")
    page.screenshot(path=file)


def main() -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("Chromium is needed for the pictures.")
    (HERE / "bilder").mkdir(exist_ok=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        browser = stack.enter_context(sync_playwright()).chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_context(viewport=SIZE, color_scheme="light", locale="de-DE", timezone_id="Europe/Berlin").new_page()
        for build, pictures in ((build_demo, FIRST_CLIENT), (build_handover_demo, SECOND_CLIENT)):
            url = stack.enter_context(sample_server(folder / build.__name__, build))
            for name, (path, heading) in pictures.items():
                picture(page, f"{url}/{path}", heading, HERE / "bilder" / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
