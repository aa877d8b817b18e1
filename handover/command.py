"""Entry point of the command `staffelstab`."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from handover.cli import cli
from handover.workplace import open_house
from pipeline.clock import Clock
from pipeline.commands.frame import run_command
from pipeline.desk.house import House

if TYPE_CHECKING:
    from pipeline.demo import SayStep


def main() -> None:
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    sys.exit(run_command(cli, open_house, more_demo=more_demo))


def more_demo(house_at: Callable[[Clock], House], now: datetime, *, say_step: SayStep) -> None:
    """The second sample client, beside the pipeline's own."""
    from handover.demo.history import build_handover_demo  # its texts and pictures are for the command `demo` only

    build_handover_demo(house_at, now, say_step=say_step)


if __name__ == "__main__":
    main()
