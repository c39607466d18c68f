"""The room on a disk that files leave free: it is for the database, which may be on the same one."""

import shutil
from pathlib import Path

SPARE = 256 * 1024 * 1024  # bytes


def has_room(folder: Path) -> bool:
    """Whether files may be written there."""
    return shutil.disk_usage(folder).free >= SPARE
