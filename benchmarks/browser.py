"""The Chromium of this machine, driven by a program: for the web client's budgets and pictures."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from benchmarks.processes import ROOT, Missing, program
from benchmarks.servers import Bench

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--hide-scrollbars"]
HINT = "Chromium is not installed. Debian: apt install chromium; macOS: brew install --cask chromium"


@contextmanager
def chromium(**environment: str) -> Iterator[Browser]:
    """A browser without a window, with more of its environment. Raises Missing."""
    for name in NAMES:
        try:
            path = program(name)
        except Missing:
            continue
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=path, args=ARGUMENTS, env={**os.environ, **environment}
            )
            try:
                yield browser
            finally:
                browser.close()
        return
    raise Missing(HINT)


def collect_static(bench: Bench) -> None:
    """The pages' files, hashed and compressed as in production; nothing to do where none has changed."""
    environment = {**os.environ, "DATA_DIR": str(bench.folder / "static"), "DATABASE_URL": "", "DEBUG": "off"}
    command = [sys.executable, str(ROOT / "scripts" / "prepare.py")]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise Missing(f"The static files can't be collected: {done.stderr.strip()[-500:]}")
