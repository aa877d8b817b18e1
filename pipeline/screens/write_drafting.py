"""A draft under way, in a thread of its own: reruns, other pages and a closed tab do not disturb it, and what came is kept."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

from pipeline.desk import Desk
from pipeline.desk.writing import Drafted, Live
from pipeline.draft.author import Author
from pipeline.errors import Refusal

LOG = logging.getLogger(__name__)


class Drafting:
    """`done`, `refusal` and `broke` say what came of it once `is_over`."""

    def __init__(self, desk: Desk, brief_id: str, author: Author) -> None:
        self.desk, self.brief_id, self.author = desk, brief_id, author
        self.done: Sequence[Drafted] = ()
        self.refusal: Refusal | None = None
        self.broke = False
        self._bits: list[str] = []
        self._stop = threading.Event()
        self._over = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._run, name=f"draft {self.brief_id}", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()

    def wait(self, seconds: float) -> bool:
        return self._over.wait(seconds)

    @property
    def is_over(self) -> bool:
        return self._over.is_set()

    @property
    def is_stopping(self) -> bool:
        return self._stop.is_set()

    @property
    def text(self) -> str:
        return "".join(self._bits)

    def _run(self) -> None:
        try:
            self.done = self.desk.draft(self.brief_id, self.author, live=Live(self._bits.append, self._stop.is_set))
        except Refusal as refusal:
            self.refusal = refusal
        except Exception:  # nobody else would hear of it
            LOG.exception("drafting for brief %s", self.brief_id)
            self.broke = True
        finally:
            self._over.set()
