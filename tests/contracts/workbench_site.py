"""A folder on this machine, read back as a browser would: from the page that everybody sees."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bs4 import BeautifulSoup

from tests.contracts.channel_contract import Fault, Public


class SiteWorkbench:
    secret = ""
    account = "https://kunde.example/blog"
    faults = frozenset({Fault.UNREACHABLE, Fault.REFUSED})
    shows_html = True

    def __init__(self, folder: Path) -> None:
        self.drive, self.aside = folder / "drive", folder / "aside"
        self.drive.mkdir()
        self.site = self.drive / "blog"
        self.settings = {"folder": str(self.site), "base_url": "https://kunde.example/blog/"}

    def public(self) -> list[Public]:
        """What the overview links to, and what lies there: a post is public only when both agree."""
        if not (self.site / "index.html").exists():
            assert not self.site.exists() or list(self.site.glob("*/index.*")) == []
            return []
        overview = BeautifulSoup((self.site / "index.html").read_text("utf-8"), "html.parser")
        slugs = [link["href"].strip("/") for link in overview.select(".posts h2 a")]
        assert sorted(slugs) == sorted(page.parent.name for page in self.site.glob("*/index.html"))
        return [self._page(slug) for slug in reversed(slugs)]

    def _page(self, slug: str) -> Public:
        text = (self.site / slug / "index.html").read_bytes().decode()
        body = text.split("<article>")[1].split("</article>")[0]
        page = BeautifulSoup(text, "html.parser")
        images = page.select("main img")
        assert all((self.site / slug / image["src"]).is_file() for image in images)
        return Public(slug, page.select_one("h1").get_text(), body, len(images))

    def play(self, fault: Fault | None) -> None:
        if self.aside.exists():
            self.drive.unlink(missing_ok=True)
            self.aside.rename(self.drive)
        if fault is not None:
            self.drive.rename(self.aside)  # the drive is gone
        if fault is Fault.REFUSED:
            self.drive.write_text("a file where a folder should be")


@contextmanager
def open_workbench(folder: Path) -> Iterator[SiteWorkbench]:
    yield SiteWorkbench(folder)
