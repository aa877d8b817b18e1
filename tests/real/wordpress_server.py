"""A real WordPress on 127.0.0.1, without a database server: files from .ci/wordpress, PHP's own web server, SQLite.

Made once per run of the tests and put back to its first state between them.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from pipeline.net import Net, NetError

HERE = Path(__file__).parent
FILES = Path(os.environ.get("STAFFELSTAB_TEST_WORDPRESS") or HERE.parents[1] / ".wordpress")
LIMITS = ("post_max_size=32M", "upload_max_filesize=32M", "memory_limit=256M")
CONFIGURATION = """<?php
define( 'WP_HOME', 'http://{host}' );
define( 'WP_SITEURL', 'http://{host}' );
define( 'WP_ENVIRONMENT_TYPE', 'local' ); // application passwords without https
define( 'WP_HTTP_BLOCK_EXTERNAL', true );
define( 'DISABLE_WP_CRON', true );
define( 'AUTOMATIC_UPDATER_DISABLED', true );
define( 'WP_DEBUG', false );
foreach ( array( 'AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE' ) as $name ) {{
	define( "{{$name}}_KEY", "key-of-a-test-$name" );
	define( "{{$name}}_SALT", "salt-of-a-test-$name" );
}}
define( 'DB_NAME', 'wordpress' );
define( 'DB_USER', '' );
define( 'DB_PASSWORD', '' );
define( 'DB_HOST', '' );
define( 'DB_CHARSET', 'utf8mb4' );
define( 'DB_COLLATE', '' );
define( 'DB_DIR', __DIR__ . '/wp-content/database/' );
define( 'DB_FILE', '.ht.sqlite' );
$table_prefix = 'wp_';
if ( ! defined( 'ABSPATH' ) ) {{
	define( 'ABSPATH', __DIR__ . '/' );
}}
require_once ABSPATH . 'wp-settings.php';
"""


class WordPressServer:
    """`passwords`: login -> application password. sander is administrator, maria editor, jonas author, charlie contributor."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "site"
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._php: subprocess.Popen[bytes] | None = None
        self.passwords = self._install()
        self.start()

    # -- bring up, put back, take down

    def _install(self) -> dict[str, str]:
        shutil.copytree(FILES, self.folder)
        (self.folder / "wp-config.php").write_text(CONFIGURATION.format(host=f"127.0.0.1:{self.port}"), "utf-8")
        must_use = self.folder / "wp-content" / "mu-plugins"
        must_use.mkdir()
        shutil.copy(HERE / "wordpress" / "staffelstab-test.php", must_use)
        shutil.copy(HERE / "wordpress" / "router.php", self.folder)
        shutil.copy(HERE / "wordpress" / "install.php", self.folder)
        self.switches = must_use / "switches.json"
        done = subprocess.run(
            ["php", "install.php", f"127.0.0.1:{self.port}"], cwd=self.folder, capture_output=True, text=True, timeout=120
        )
        if done.returncode:
            raise RuntimeError(f"WordPress was not installed: {done.stdout[-2000:]} {done.stderr[-2000:]}")
        self.database = self.folder / "wp-content" / "database" / ".ht.sqlite"
        shutil.copy(self.database, self.database.with_suffix(".first"))
        passwords: dict[str, str] = json.loads(done.stdout.strip().splitlines()[-1])
        return passwords

    def start(self) -> None:
        if self._php is not None:
            return
        self._php = subprocess.Popen(
            ["php", *(f"-d{one}" for one in LIMITS), "-S", f"127.0.0.1:{self.port}", "-t", ".", "router.php"],
            cwd=self.folder,
            env={**os.environ, "PHP_CLI_SERVER_WORKERS": "4"},
            stdout=subprocess.DEVNULL,
            stderr=(self.folder.parent / "server.log").open("ab"),
            start_new_session=True,
        )
        _until(lambda: Net().send("GET", f"{self.url}/?rest_route=/").status == 200)

    def stop(self) -> None:
        """The workers are children of the first process and hold the port like it: the whole group ends."""
        if self._php is not None:
            os.killpg(self._php.pid, signal.SIGTERM)
            self._php.wait(timeout=20)
            self._php = None
            _until(self._port_is_closed)

    def _port_is_closed(self) -> bool:
        with socket.socket() as one:
            return one.connect_ex(("127.0.0.1", self.port)) != 0

    def reset(self) -> None:
        """As after the installation: no post, no image, no switch."""
        self.switch()
        fresh = self.database.with_suffix(".fresh")
        shutil.copy(self.database.with_suffix(".first"), fresh)
        for left in self.database.parent.glob(".ht.sqlite-*"):
            left.unlink()
        fresh.replace(self.database)
        shutil.rmtree(self.folder / "wp-content" / "uploads", ignore_errors=True)
        self.start()

    # -- what may be switched

    def switch(self, **switches: Any) -> None:
        """Exactly these switches are on from now on; see wordpress/staffelstab-test.php."""
        fresh = self.switches.with_suffix(".fresh")
        fresh.write_text(json.dumps(switches), "utf-8")
        fresh.replace(self.switches)

    @contextmanager
    def fault(self, kind: str, method: str = "", route: str = "") -> Iterator[None]:
        self.switch(fault={"kind": kind, "method": method, "route": route})
        yield
        self.switch()

    # -- looking at it as somebody who is there

    def ask(self, route: str, *, login: str = "", method: str = "GET", json: object = None, **params: str) -> Any:
        """One call of the interface, as a stranger or as `login`; the JSON it answers."""
        auth = (login, self.passwords[login]) if login else None
        answer = Net().send(method, f"{self.url}/", params={"rest_route": f"/wp/v2/{route}", **params}, auth=auth, json=json)
        return answer.json()

    def page(self, url: str) -> str:
        return Net().send("GET", url).text


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _until(is_so: Any, seconds: float = 60) -> None:
    ends = time.monotonic() + seconds
    while True:
        try:
            if is_so():
                return
        except NetError:
            pass
        if time.monotonic() > ends:
            raise TimeoutError("WordPress did not answer")
        time.sleep(0.02)


def _what_is_missing() -> str:
    if not (FILES / "wp-load.php").is_file():
        return "there is no WordPress to start: run .ci/wordpress (needs npm and unzip)"
    if shutil.which("php") is None:
        return "PHP is not installed: php-cli with sqlite3, gd, curl, xml, mbstring, intl and zip"
    have = subprocess.run(["php", "-m"], capture_output=True, text=True, timeout=30).stdout.lower().split()
    lacking = sorted({"pdo_sqlite", "gd", "curl", "xml", "mbstring", "intl", "zip"} - set(have))
    return f"PHP lacks {', '.join(lacking)}" if lacking else ""


@cache
def _started() -> WordPressServer:
    folder = Path(tempfile.mkdtemp(prefix="staffelstab-wordpress-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    server = WordPressServer(folder)
    atexit.register(server.stop)
    return server


def a_wordpress() -> WordPressServer:
    """The one WordPress of this test run, in its first state. Skips where none can be started; the build server fails."""
    missing = _what_is_missing()
    if missing and os.environ.get("STAFFELSTAB_TEST_ALL") == "1":
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)
    server = _started()
    server.reset()
    return server
