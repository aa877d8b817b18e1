"""The stable part of the command line: every command with what it takes, what it needs, and the keys of its JSON.

More may be added. Nothing of this changes without an entry in CHANGELOG.md.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sheet:
    """takes   options, and a capital word for each argument
    keys    of the JSON, at least
    needs   the options without which it is wrong usage
    """

    takes: tuple[str, ...]
    keys: tuple[str, ...]
    needs: tuple[str, ...]


def _sheet(takes: str, keys: str, needs: str = "") -> Sheet:
    return Sheet(tuple(takes.split()), tuple(keys.split()), tuple(needs.split()))


COMMANDS = {
    "init": _sheet("", "store schema"),
    "client add": _sheet("--name --slug --language --timezone --consultant", "client", "--name --slug --consultant"),
    "client list": _sheet("", "clients"),
    "person add": _sheet("--name --email --side --roles", "person", "--name --email --side --roles"),
    "person deactivate": _sheet("EMAIL", "person voided"),
    "channel add": _sheet(
        "--name --slug --kind --owner --deputy --set --secret-env", "channel phase", "--name --slug --kind --owner"
    ),
    "channel agree": _sheet("--channel --until", "channel owner until", "--channel"),
    "channel check": _sheet("SLUG", "ok account problems"),
    "channel waive": _sheet("--channel --until --reason", "channel until", "--channel --until --reason"),
    "delegate": _sheet("--to --channel --start --until", "delegation", "--to --until"),
    "channel list": _sheet("", "channels"),
    "brief add": _sheet(
        "--title --channel --message --persona --goal --source --owner --due", "brief", "--title --channel --message"
    ),
    "draft": _sheet("--brief --author", "pieces", "--brief"),
    "piece add": _sheet(
        "--channel --title --from --slug --tag --image --alt", "piece revision hash stage", "--channel --title --from"
    ),
    "piece edit": _sheet("ID --from --title --image --alt", "revision hash stage"),
    "piece submit": _sheet("ID", "stage"),
    "piece take-back": _sheet("ID", "stage"),
    "piece withdraw": _sheet("ID --reason", "stage", "--reason"),
    "piece decide": _sheet(
        "ID --hash --approve --note --request-changes --reject --hold --release --emergency", "decision binding stage", "--hash"
    ),
    "piece schedule": _sheet("ID --at", "stage due", "--at"),
    "piece unschedule": _sheet("ID", "stage due"),
    "piece publish": _sheet("ID", "stage due"),
    "piece show": _sheet("ID", "stage channel hash revisions decisions gate publication"),
    "piece list": _sheet("--stage --channel --limit", "pieces total"),
    "worker": _sheet("--once", "confirmed failed attention waiting"),
    "publication resolve": _sheet("PIECE --there --send-again --drop", "state"),
    "pause": _sheet("--channel --all", "paused"),
    "resume": _sheet("--channel --all", "paused"),
    "audit list": _sheet("--piece", "entries"),
    "audit verify": _sheet("", "ok entries head"),
    "doctor": _sheet("", "ok checks"),
    "serve": _sheet("--port --no-browser --no-worker", ""),
    "demo": _sheet("--once --port", "pieces published"),
}
