"""Texts in their channels' form. Many are converted in processes of their own, while this one reads and packs."""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from itertools import islice
from typing import NamedTuple, TypeVar

from pipeline.publish.channels import registry
from pipeline.publish.channels.port import Outlet, Place
from pipeline.records import Content

T = TypeVar("T")

MANY = 1_000
"""Below that, starting processes takes longer than they save."""
AT_ONCE = 16
AHEAD = 4
"""Batches that each process has before it: so many texts are in memory, not more."""
MOST_PROCESSES = 4


class Text(NamedTuple):
    """A text on its way to its channel's form. `outlet`: kind of outside system."""

    outlet: str
    content: Content
    place: Place


def rendered(
    items: Iterable[T], text_of: Callable[[T], Text], outlet: Callable[[str], Outlet], *, expected: int
) -> Iterator[tuple[T, str]]:
    """Each item with its HTML, in order. `expected`: about how many there are."""
    if expected < MANY or outlet is not registry.outlet:
        for item in items:
            yield item, _html(text_of(item), outlet)
        return
    processes = max(1, min(MOST_PROCESSES, os.cpu_count() or 1))
    way = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context(way)) as pool:
        try:
            yield from _in_order(pool, iter(items), text_of, processes * AHEAD)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _in_order(
    pool: ProcessPoolExecutor, items: Iterator[T], text_of: Callable[[T], Text], window: int
) -> Iterator[tuple[T, str]]:
    waiting: deque[tuple[Sequence[T], Sequence[Text], Future[list[str]] | None]] = deque()
    while True:
        while len(waiting) < window and (batch := list(islice(items, AT_ONCE))):
            texts = [text_of(item) for item in batch]
            waiting.append((batch, texts, _begun(pool, texts)))
        if not waiting:
            return
        items_of_it, texts_of_it, work = waiting.popleft()
        yield from zip(items_of_it, _done(work, texts_of_it), strict=True)


def _begun(pool: ProcessPoolExecutor, texts: list[Text]) -> Future[list[str]] | None:
    with suppress(BrokenProcessPool):
        return pool.submit(html_of_all, texts)
    return None


def _done(work: Future[list[str]] | None, texts: Sequence[Text]) -> list[str]:
    """What the processes cannot do, because the machine lets none start or ends them, is done here."""
    with suppress(BrokenProcessPool):
        if work is not None:
            return work.result()
    return html_of_all(texts)


def html_of_all(texts: Sequence[Text]) -> list[str]:
    """Runs in a process of its own."""
    return [_html(text, registry.outlet) for text in texts]


def _html(text: Text, outlet: Callable[[str], Outlet]) -> str:
    return outlet(text.outlet).render(text.content, text.place).preview.html
