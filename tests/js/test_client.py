"""The tests of the web client's pure parts, in JavaScript beside this file, each file as one test.

They need Node.js and nothing from npm. Without it they are skipped; under CI a skipped test is a failure.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
FILES = sorted(HERE.glob("*.test.mjs"))
OLDEST = (18, 19)
HINT = "Node.js 18.19 or newer is not installed. Debian, Ubuntu: apt install nodejs; macOS: brew install node"


@pytest.fixture(scope="module")
def node() -> str:
    """The Node.js of this machine."""
    found = shutil.which("node")
    if found is None or version(found) < OLDEST:
        pytest.skip(HINT)
    return found


def version(node: str) -> tuple[int, ...]:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True, timeout=30).stdout
    return tuple(int(part) for part in said.strip().removeprefix("v").split(".")[:2])


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name.removesuffix(".test.mjs"))
def test_the_web_client(node: str, file: Path) -> None:
    done = subprocess.run(
        [node, "--test", "--test-reporter=spec", file.relative_to(ROOT)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout
