"""Entry point of the command `staffelstab`."""

from __future__ import annotations

import logging
import sys

from handover.cli import cli
from handover.workplace import open_house
from pipeline.commands.frame import run_command


def main() -> None:
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    sys.exit(run_command(cli, open_house))


if __name__ == "__main__":
    main()
