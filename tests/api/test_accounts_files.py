"""What is made in DATA_DIR."""

import fcntl
import subprocess
import sys
from pathlib import Path

from lib import private_files

LOCK = "import fcntl, sys; fcntl.lockf(open(sys.argv[1], 'r+'), fcntl.LOCK_EX | fcntl.LOCK_NB)"


def test_making_sure_of_a_file_keeps_the_locks_that_this_process_has_on_it(tmp_path: Path):
    """They are what keeps another process from taking SQLite's log away."""
    path = tmp_path / "db.sqlite3"
    private_files.make_file(path)
    assert path.stat().st_mode & 0o777 == 0o600
    with path.open("r+") as held:
        fcntl.lockf(held, fcntl.LOCK_EX)
        private_files.make_file(path)
        other = subprocess.run([sys.executable, "-c", LOCK, path], capture_output=True, timeout=60)
        assert other.returncode != 0
