"""Backups that somebody makes, and stands for by name. Those of a schedule need nobody."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pipeline.desk.people import Errands
from pipeline.desk.who import Action
from pipeline.store.backup import make_backup


class BackupVerbs(Errands):
    def back_up(self, to: Path) -> Mapping[str, object]:
        """The whole installation in one new file, read back. The copy does not know of its own making."""
        with self.look() as view:
            view.require(Action.BACKUP)
        made = make_backup(self.house.store, self.house.blobs, to, now=self.house.now())
        with self.act() as act:
            act.note("backup.make", self.ws, pieces=made["pieces"])
        return made
