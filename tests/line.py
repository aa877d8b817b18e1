"""The command line as a person or a script uses it: on a store of its own, in this process or as a real one."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from handover.cli import cli
from handover.workplace import open_house
from pipeline.commands.frame import run_command
from pipeline.store.sqlite import FILE

ROOT = Path(__file__).resolve().parent.parent
SANDER, MARIA, JONAS = "sander@beratung.example", "maria@mueller.example", "jonas@mueller.example"
TEXT = "Wer übergibt, übergibt auch das *Wissen*. Dieser Text zeigt, wie das gelingt."


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def data(self) -> dict[str, Any]:
        """The one JSON object that standard output has to be."""
        assert self.out.endswith("\n"), self
        assert self.out.count("\n") == 1, self.out
        found = json.loads(self.out)
        assert isinstance(found, dict), found
        return found

    @property
    def error(self) -> dict[str, Any]:
        assert set(self.data) == {"error"}, self
        error: dict[str, Any] = self.data["error"]
        assert set(error) == {"code", "message", "facts"}, error
        return error

    def __post_init__(self) -> None:
        assert "Traceback" not in self.err + self.out, self.err + self.out


@dataclass
class Line:
    """`environment` is all that a command sees of one."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.environment = {
            "STAFFELSTAB_STORE": str(self.store),
            "STAFFELSTAB_KEYS": str(self.folder / "keys"),
            "HOME": str(self.folder),
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            **self.environment,
        }

    @property
    def store(self) -> Path:
        return self.folder / "data"

    # -- running

    def run(self, *arguments: object, by: str = "", **settings: str) -> Ran:
        """In this process."""
        out, err = io.StringIO(), io.StringIO()
        with (
            patch.dict(os.environ, {**self.environment, **settings}, clear=True),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            contextlib.chdir(self.folder),
        ):
            code = run_command(cli, open_house, self._words(arguments, by))
        return Ran(code, out.getvalue(), err.getvalue())

    def process(self, *arguments: object, by: str = "", **given: Any) -> Ran:
        """In a process of its own; `given` goes to subprocess.run."""
        done = subprocess.run(
            [sys.executable, "-m", "handover.command", *self._words(arguments, by)],
            **{"cwd": self.folder, "env": self.environment, "capture_output": True, "text": True, "timeout": 60, **given},
        )
        return Ran(done.returncode, done.stdout or "", done.stderr or "")

    def as_nobody(self, *arguments: object) -> Ran:
        """In a process that may nothing but what everybody may. It turns into one after loading: root's Python is private."""
        if os.geteuid() != 0:
            pytest.skip("only root can run a process as somebody else")
        become = "import os, handover.command as it; os.setgroups([]); os.setgid(65534); os.setuid(65534); it.main()"
        done = subprocess.run(
            [sys.executable, "-c", become, *map(str, arguments)],
            cwd="/",
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    @staticmethod
    def _words(arguments: tuple[object, ...], by: str) -> list[str]:
        return [*map(str, arguments), *(["--as", by] if by else [])]

    def do(self, *arguments: object, by: str = "", **settings: str) -> dict[str, Any]:
        """It has to be done; its JSON."""
        ran = self.run(*arguments, "--json", by=by, **settings)
        assert ran.code == 0, ran
        return ran.data

    def refused(self, *arguments: object, by: str = "", **settings: str) -> dict[str, Any]:
        """It has to be refused, in words and with nothing changed; the error."""
        before = self.state()
        ran = self.run(*arguments, "--json", by=by, **settings)
        assert ran.code == 1, ran
        assert self.state() == before
        assert len(ran.error["message"]) > 20
        assert "{" not in ran.error["message"]
        return ran.error

    def state(self) -> Mapping[str, list[Any]]:
        """Every row of every table, the audit chain included."""
        file = self.store / FILE
        if not file.is_file():
            return {}
        with contextlib.closing(sqlite3.connect(file)) as db:
            tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            return {name: db.execute(f"SELECT * FROM {name} ORDER BY 1, 2").fetchall() for name in tables}

    # -- what people do, in short

    def file(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def a_piece(self, channel: str = "blog", title: str = "Übergabe ohne Lücken", body: str = TEXT, *more: object) -> str:
        made = self.do(
            "piece", "add", "--channel", channel, "--title", title, "--from", self.file("text.md", body), *more, by=JONAS
        )
        return str(made["piece"])

    def hash_of(self, piece: str) -> str:
        return str(self.do("piece", "show", piece)["hash"])

    def an_approved_piece(
        self, channel: str = "blog", title: str = "Übergabe ohne Lücken", body: str = TEXT, *more: object
    ) -> str:
        piece = self.a_piece(channel, title, body, *more)
        self.do("piece", "submit", piece, by=JONAS)
        self.do("piece", "decide", piece, "--hash", self.hash_of(piece), "--approve", by=SANDER)
        return piece

    def a_due_piece(self, channel: str = "blog", title: str = "Übergabe ohne Lücken", body: str = TEXT, *more: object) -> str:
        piece = self.an_approved_piece(channel, title, body, *more)
        self.do("piece", "publish", piece, by=SANDER)
        return piece

    def a_channel(self, slug: str, kind: str, secret: str = "", **settings: str) -> None:
        pairs = [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
        hidden = ["--secret-env", "A_SECRET"] if secret else []
        given = ("channel", "add", "--name", slug.title(), "--slug", slug, "--kind", kind, "--owner", MARIA, *pairs, *hidden)
        self.do(*given, A_SECRET=secret)
        self.do("channel", "agree", "--channel", slug, by=MARIA)


def a_line(folder: Path) -> Line:
    """Sander consults, Maria owns and approves, Jonas writes; `blog` is a folder of web pages, agreed on."""
    line = Line(folder)
    line.do("init")
    line.do("client", "add", "--name", "Müller & Söhne GmbH", "--slug", "mueller", "--consultant", f"Sander Vogt <{SANDER}>")
    line.do("person", "add", "--name", "Maria Lindqvist", "--email", MARIA, "--side", "team", "--roles", "owner,approver")
    line.do("person", "add", "--name", "Jonas Öztürk", "--email", JONAS, "--side", "team", "--roles", "editor")
    (folder / "web").mkdir()
    line.a_channel("blog", "site", folder=str(folder / "web"), base_url="https://www.mueller.example/blog")
    return line
