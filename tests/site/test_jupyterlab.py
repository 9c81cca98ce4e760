"""`labkit start` as a learner meets it: JupyterLab in a real browser, on a copy of the labs."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parent.parent.parent
LABS = {
    path.name: next(path.glob("*.ipynb")).name for path in sorted((ROOT / "labs").iterdir()) if path.is_dir()
}
# What the labs show soon after their beginning, when the cloud has really run something.
SHOWS = {"00-orientation": "'price': 101.5", "03-first-function": "Good day, Acme Ltd"}
PATIENCE_MS = 60_000


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address that `labkit start` prints. It runs on a copy, as JupyterLab saves what it shows."""
    root = tmp_path_factory.mktemp("a course")
    for room in ("course", "labs"):
        shutil.copytree(ROOT / room, root / room)
    home = tmp_path_factory.mktemp("home")
    environment = {
        **os.environ,
        "HOME": str(home),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "CI": "true",
    }
    command = [sys.executable, "-m", "labkit", "start", "--no-self-check", "--course", str(root)]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            said = next((line for line in process.stdout if "http://" in line), "")
            found = re.search(r"http://localhost:\d+/lab\?token=\w+", said)
            assert found, "labkit start printed no address"
            yield found[0]
        finally:
            family = psutil.Process(process.pid).children(recursive=True)
            process.send_signal(signal.SIGTERM)
            process.stdout.read()
            process.wait(timeout=30)
    assert process.returncode == 0
    assert len(family) > 2
    _, left = psutil.wait_procs(family, timeout=30)
    assert left == [], "the server, its kernels, their clouds and functions end together"


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    opened = browser.new_page(viewport={"width": 1400, "height": 1000})
    elsewhere: list[str] = []
    opened.on("request", lambda request: elsewhere.append(request.url))
    yield opened
    opened.close()
    assert [url for url in elsewhere if not re.match(r"(https?|wss?)://localhost[:/]|data:|blob:", url)] == []


def open_notebook(page: Any, address: str, path: str) -> None:
    base, token = address.split("/lab?")
    page.goto(f"{base}/lab/tree/{path}?reset&{token}")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=PATIENCE_MS)
    page.wait_for_function(
        """() => document.querySelector('.jp-Notebook-ExecutionIndicator')?.dataset.status === 'idle'""",
        timeout=PATIENCE_MS,
    )


def run_next_cell(page: Any) -> None:
    """Shift+Enter, and wait until the kernel is done."""
    page.keyboard.press("Shift+Enter")
    page.wait_for_function(
        """() => ![...document.querySelectorAll('.jp-InputPrompt')].some(p => p.textContent.includes('*'))
              && document.querySelector('.jp-Notebook-ExecutionIndicator')?.dataset.status === 'idle'""",
        timeout=PATIENCE_MS,
    )


def test_no_prompt_and_no_news_at_the_start(page: Any, address: str) -> None:
    page.goto(address)
    page.wait_for_selector(".jp-DirListing-item", timeout=PATIENCE_MS)
    shown = page.locator(".jp-DirListing-itemText").all_inner_texts()
    assert [name for name in shown if name in LABS] == list(LABS)
    assert page.locator(".jp-Dialog").count() == 0
    assert page.locator(".Toastify__toast").count() == 0


@pytest.mark.parametrize("folder", list(SHOWS))
def test_a_lab_opens_and_its_first_cells_run(page: Any, address: str, folder: str) -> None:
    open_notebook(page, address, f"{folder}/{LABS[folder]}")
    page.locator(".jp-Notebook .jp-Cell").first.click()
    page.keyboard.press("Escape")
    shown = page.locator(".jp-OutputArea-output")
    for _ in range(20):
        run_next_cell(page)
        if any(SHOWS[folder] in text for text in shown.all_inner_texts()):
            break
    else:
        pytest.fail(f"no output with {SHOWS[folder]!r}, but {shown.all_inner_texts()}")
    page.keyboard.press("Control+s")
