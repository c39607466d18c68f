import shutil
import subprocess

import pytest

OLDEST = (18, 19)
HINT = "Node.js 18.19 or newer is not installed. Debian, Ubuntu: apt install nodejs; macOS: brew install node"


@pytest.fixture(scope="session")
def node() -> str:
    """The Node.js of this machine."""
    found = shutil.which("node")
    if found is None or version(found) < OLDEST:
        pytest.skip(HINT)
    return found


def version(node: str) -> tuple[int, ...]:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True, timeout=30).stdout
    return tuple(int(part) for part in said.strip().removeprefix("v").split(".")[:2])
