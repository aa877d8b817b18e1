"""The command `staffelstab` whole: the pipeline's commands, and the group `handover`."""

from __future__ import annotations

import click

from handover.commands.exit import leave, protocol, runbook
from handover.commands.measuring import correct, policy, share, status
from handover.commands.pack import export, import_pack, reconnect, undo_move, verify_pack
from handover.commands.phases import accept, decline, propose, rehearse, step_back, take_back, take_over, waiting
from pipeline.cli import cli
from pipeline.commands.channels import channel
from pipeline.commands.frame import Group


@click.group(cls=Group)
def handover() -> None:
    """Vormachen, mitmachen, abgeben: who owns which channel, and what is still missing."""


__all__ = ["cli"]

for command in (
    status, propose, accept, decline, take_back, step_back, take_over, rehearse, waiting, share, policy, correct,
    export, verify_pack, import_pack, undo_move, leave, runbook, protocol,
):  # fmt: skip
    handover.add_command(command)
cli.add_command(handover)
channel.add_command(reconnect)
