"""Permissions in DATA_DIR: only the owner may read anything, so folders are 0700 and files 0600.

Other users of the machine must not read the messages, the backups or the key that signs everybody's tokens.
"""

import logging
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

logger = logging.getLogger(__name__)
FOLDER = 0o700
FILE = 0o600
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def make_folder(path: Path) -> None:
    """Make the folder and its missing parents. Raises `OSError`."""
    for missing in reversed([one for one in (path, *path.parents) if not one.exists()]):
        missing.mkdir(mode=FOLDER, exist_ok=True)


def make_file(path: str | Path) -> None:
    """Make an empty file, unless the path exists. Raises `OSError`.

    An existing file is not opened: closing it would drop the locks that this process has on it, and another process
    that then believes it is alone deletes SQLite's log (https://www.sqlite.org/howtocorrupt.html section 2.2).
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE))


def close_to_others(folder: Path, database: Path | None = None) -> list[Path]:
    """Remove the permissions of group and others from DATA_DIR, its entries and SQLite's files, which may be elsewhere.
    Returns the paths that had such permissions; each is logged.

    Of the uploads only the top folder is changed: nobody gets past it, and there may be millions of files.
    """
    wide = [path for path in _kept(folder, database) if _is_wide(path)]
    for path in wide:
        right = FOLDER if path.is_dir() else FILE
        before = stat.S_IMODE(path.stat().st_mode)
        try:
            path.chmod(right)
        except OSError as error:  # another user's, or a file system without rights
            logger.warning(
                "%s can be read by other users of this machine (%04o), and that can't be changed: %s",
                path,
                before,
                error.strerror,
            )
        else:
            logger.warning(
                "%s could be read by other users of this machine (%04o); now it is %04o", path, before, right
            )
    return wide


def _kept(folder: Path, database: Path | None) -> Iterator[Path]:
    yield folder
    yield from folder.iterdir()
    backups = folder / "backups"
    if backups.is_dir():
        yield from backups.iterdir()
    if database is not None and database.parent != folder:
        yield from database.parent.glob(f"{database.name}*")


def _is_wide(path: Path) -> bool:
    """Symbolic links are ignored: their target may be readable by everybody on purpose."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return False
    return not stat.S_ISLNK(mode) and bool(mode & OTHERS)
