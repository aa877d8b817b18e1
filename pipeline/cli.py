"""The command `staffelstab`, without what belongs to the handover (handover/command.py adds that)."""

from __future__ import annotations

import click

from pipeline.commands.channels import channel, pause, resume
from pipeline.commands.clients import client, delegate, init, person
from pipeline.commands.frame import Group
from pipeline.commands.pieces import brief, draft, piece, publication
from pipeline.commands.running import audit, backup, doctor, worker
from pipeline.commands.serving import demo, serve


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="staffelstab", prog_name="staffelstab")
def cli() -> None:
    """A content pipeline that a consultant starts and the client's team ends up owning."""


for command in (
    init, client, person, delegate, channel, pause, resume, brief, draft, piece, publication, worker, audit, backup, doctor,
    serve, demo,
):  # fmt: skip
    cli.add_command(command)
