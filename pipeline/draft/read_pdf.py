"""PDF: the text of each page, the page's number as its place."""

from __future__ import annotations

import io
import logging
import re
import time
from collections import Counter
from collections.abc import Sequence

from pipeline.draft.parts import Part
from pipeline.draft.read_text import Line, read_text
from pipeline.draft.trouble import Problem, Unusable

MOST_PAGES = 300
MOST_CONTENT_BYTES = 8 * 1024 * 1024
LONGEST_SECONDS = 30.0
SHORT_LINE = 0.72
LONGEST_HEAD = 60


def read_pdf(data: bytes) -> tuple[str, list[Part]]:
    import pypdf  # slow to load, and only PDF files need it

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it logs what it finds in broken files, text included
    try:
        pages = _page_texts(pypdf.PdfReader(io.BytesIO(data), strict=False))
    except Unusable:
        raise
    except (RecursionError, MemoryError) as deep:
        raise Unusable(Problem.BOMB) from deep
    except Exception as broken:  # pypdf raises whatever the broken file made it stumble over
        raise Unusable(Problem.DAMAGED) from broken
    parts = []
    for number, lines in enumerate(_without_running_heads(pages), 1):
        text = "\n".join(_with_gaps(lines))
        parts += [Part(part.kind, part.text, f"S. {number}", part.level if number == 1 else 2) for part in read_text(text)]
    return "", parts


def _page_texts(document: object) -> list[list[str]]:
    import pypdf  # loaded already

    assert isinstance(document, pypdf.PdfReader)  # noqa: S101 - for the type checker
    if document.is_encrypted and not document.decrypt(""):
        raise Unusable(Problem.LOCKED)
    if len(document.pages) > MOST_PAGES:
        raise Unusable(Problem.PAGES)
    end = time.monotonic() + LONGEST_SECONDS
    texts = []
    for page in document.pages:
        contents = page.get_contents()
        if contents is not None and len(contents.get_data()) > MOST_CONTENT_BYTES:
            raise Unusable(Problem.BOMB)
        texts.append([line.rstrip() for line in page.extract_text().split("\n")])
        if time.monotonic() > end:
            raise Unusable(Problem.BOMB)
    return texts


def _without_running_heads(pages: Sequence[list[str]]) -> list[list[str]]:
    """Without the lines at top and bottom that come back on most pages, whatever number they carry."""
    if len(pages) < 3:
        return list(pages)

    def sign(line: str) -> str:
        return re.sub(r"\d+", "0", line.strip())

    seen = Counter(
        name
        for page in pages
        for name in {sign(line) for line in [*page[:2], *page[-2:]] if 0 < len(line.strip()) <= LONGEST_HEAD}
    )
    running = {name for name, count in seen.items() if count * 2 > len(pages)}
    return [
        [line for place, line in enumerate(page) if not (sign(line) in running and (place < 2 or place >= len(page) - 2))]
        for page in pages
    ]


def _with_gaps(lines: Sequence[str]) -> list[str]:
    """Paragraphs parted by an empty line, as most PDF files only end them with a short line; likewise around headings."""
    filled = [Line(number, line) for number, line in enumerate(lines) if line.strip()]
    widest = max((len(line.text) for line in filled), default=0)
    parted: list[str] = []
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        parted.append(line)
        is_short = 0 < len(line) < SHORT_LINE * widest
        is_over = line.rstrip('“”")»')[-1:] in tuple(".!?:")
        is_like_heading = is_short and line[:1].isupper() and following[:1].isupper() and line[-1:].isalnum()
        if is_short and (is_over or is_like_heading):
            parted.append("")
    return parted
