"""A real WordPress as workbench of the channel contract: tests/real/wordpress_server.py."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.contracts.channel_contract import Fault, Public
from tests.real.wordpress_server import WordPressServer, a_wordpress

PLAYED = {
    Fault.CUT: "cut",
    Fault.SIGNED_OUT: "signed_out",
    Fault.FORBIDDEN: "forbidden",
    Fault.BUSY: "busy",
    Fault.REFUSED: "refused",
}
EVERYDAY = {"plain_typography": True}
"""WordPress shows other quotation marks than it stores. The contract compares words; test_wordpress.py looks at the marks."""


class Workbench:
    account = "Jonas Müller"
    faults = frozenset({Fault.UNREACHABLE, *PLAYED})
    shows_html = True

    def __init__(self, site: WordPressServer) -> None:
        self.site = site
        self.settings = {"url": site.url, "user": "jonas"}
        self.secret = site.passwords["jonas"]
        site.switch(**EVERYDAY)

    def public(self) -> list[Public]:
        return [self._seen(post) for post in self.site.ask("posts", order="asc", orderby="id", per_page="100")]

    def _seen(self, post: dict[str, Any]) -> Public:
        body = post["content"]["rendered"]
        images = {*re.findall(r"\bwp-image-(\d+)", body), str(post["featured_media"])} - {"0"}
        return Public(str(post["id"]), html.unescape(post["title"]["rendered"]), body, len(images))

    def play(self, fault: Fault | None) -> None:
        if fault is Fault.UNREACHABLE:
            self.site.stop()
            return
        self.site.start()
        played = {"fault": {"kind": PLAYED[fault], "method": "", "route": ""}} if fault else {}
        self.site.switch(**EVERYDAY, **played)


@contextmanager
def open_workbench(folder: Path) -> Iterator[Workbench]:
    site = a_wordpress()
    yield Workbench(site)
    site.start()
