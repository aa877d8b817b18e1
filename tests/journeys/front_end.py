"""The whole front end in a process of its own, and a browser in front of it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "build" / "screenshots"
STARTS_WITHIN_SECONDS = 90
KNOWN_404 = ("/_stcore/health", "/_stcore/host-config")
INLINE_SCRIPT_OF_STREAMLIT = "Executing inline script violates"


@contextmanager
def front_end(store: Path, keys: Path, **environment: str) -> Iterator[str]:
    """The address of a server on that store."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {"STAFFELSTAB_STORE": str(store), "STAFFELSTAB_KEYS": str(keys), **environment}
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.port", str(port)]
    log = (store.parent / "server.log").open("w")
    server = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **settings}, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/_stcore/health", server)
        yield address
    finally:
        server.terminate()
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        log.close()


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < end:
        assert server.poll() is None, "the front end ended at once"
        try:
            with urlopen(address, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.1)
    raise AssertionError("the front end did not start")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Skips the test where there is none; with STAFFELSTAB_TEST_ALL=1 that is a failure."""
    if shutil.which("chromium") is None:
        missing = "no chromium on this machine: apt-get install chromium, or leave out the tests marked `browser`"
        pytest.fail(missing) if os.environ.get("STAFFELSTAB_TEST_ALL") == "1" else pytest.skip(missing)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


class Watch:
    """What goes wrong behind a page: errors on the console, requests that leave this machine, exceptions of the script."""

    def __init__(self, page: Page) -> None:
        self.page, self.errors, self.foreign = page, [], []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._request)

    errors: list[str]
    foreign: list[str]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type != "error" or INLINE_SCRIPT_OF_STREAMLIT in message.text:
            return
        source = str(message.location.get("url", "")) if message.location else ""
        if "404" in message.text and source.endswith(KNOWN_404):
            return
        self.errors.append(f"{message.text} ({source})")

    def _request(self, request: Request) -> None:
        host = urlsplit(request.url).hostname
        if host not in (None, "127.0.0.1", "localhost") and not request.url.startswith(("data:", "blob:")):
            self.foreign.append(request.url)

    def assert_clean(self) -> None:
        assert self.page.locator('[data-testid="stException"]').count() == 0
        assert self.errors == []
        assert self.foreign == []


def settled(page: Page) -> None:
    """The script has run to its end and its elements are there."""
    page.locator("h1").first.wait_for(timeout=45_000)
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for(timeout=45_000)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    page.wait_for_load_state("networkidle")


def visitor(
    browser: Browser, *, width: int = 1280, height: int = 900, scheme: str = "light", language: str = "de"
) -> BrowserContext:
    return browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        locale="de-DE" if language == "de" else "en-GB",
        timezone_id="Europe/Berlin",
    )
