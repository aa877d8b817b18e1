"""What a person watches while the answer comes: the words of its texts, not its JSON."""

from __future__ import annotations

import json
import re

SHOWN = ("title", "text")
KEY = re.compile(r'"(\w+)"\s*:\s*$')


class LiveText:
    """Fed with bits of the answer, gives the readable bits back. Text that is no JSON passes as it is."""

    def __init__(self) -> None:
        self._before = ""
        self._inside = False
        self._shown = False
        self._escape = ""
        self._is_json: bool | None = None

    def feed(self, bit: str) -> str:
        if self._is_json is None:
            self._before += bit
            start = self._before.lstrip()
            if not start or ("```".startswith(start[:3]) and "{" not in start and len(start) < 12):
                return ""
            self._is_json = start.startswith(("{", "```"))
            bit, self._before = self._before, ""
        return "".join(map(self._character, bit)) if self._is_json else bit

    def _character(self, character: str) -> str:
        if self._escape:
            return self._escaped(character)
        if self._inside:
            if character == "\\":
                self._escape = "\\"
                return ""
            if character == '"':
                self._inside = False
                self._before = f'{self._before}"'[-80:]
                return "\n\n" if self._shown else ""
            self._before += character if len(self._before) < 200 else ""
            return character if self._shown else ""
        if character == '"':
            key = KEY.search(self._before)
            self._inside, self._shown = True, key is not None and key[1] in SHOWN
            self._before = '"'
            return ""
        self._before += character if not character.isspace() else ""
        self._before = self._before[-200:]
        return ""

    def _escaped(self, character: str) -> str:
        self._escape += character
        if self._escape.startswith("\\u") and len(self._escape) < 6:
            return ""
        try:
            plain = str(json.loads(f'"{self._escape}"'))
        except ValueError:
            plain = ""
        self._escape = ""
        return plain if self._shown and not "\ud800" <= plain <= "\udfff" else ""
