"""Where a database may lie: on a disk of this machine, in no folder that another program copies about."""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import StoreNeedsLocalDisk

SYNCHRONISED = (
    "onedrive",
    "dropbox",
    "icloud",
    "mobile documents",
    "google drive",
    "googledrive",
    "nextcloud",
    "owncloud",
)
NETWORK = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "afpfs", "fuse.sshfs", "9p")


def refuse_shared_disk(folder: Path) -> None:
    """Raises StoreNeedsLocalDisk for network shares (where the system tells) and folders of known synchronising programs."""
    path = folder.expanduser().resolve()
    for part in path.parts:
        if part.lower().startswith(SYNCHRONISED):
            raise StoreNeedsLocalDisk(folder=str(folder), why=part)
    if (kind := _file_system(path)) in NETWORK:
        raise StoreNeedsLocalDisk(folder=str(folder), why=kind)


def _file_system(path: Path) -> str:
    """Type of the file system by Linux' list of mounts; empty elsewhere."""
    try:
        mounts = Path("/proc/self/mounts").read_text("utf-8", "replace").splitlines()
    except OSError:
        return ""
    best, found = -1, ""
    for line in mounts:
        _, at, kind, *_ = line.split(" ")
        where = Path(at.replace("\\040", " "))
        if path.is_relative_to(where) and len(where.parts) > best:
            best, found = len(where.parts), kind
    return found
