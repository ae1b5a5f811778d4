"""A service in a process of its own, Debian's Chromium, and axe-core; what is missing skips with its reason."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyotp
import pytest

from tests.functional.office import Office, office

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = next((p for p in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if Path(p).exists()), None)
AXE = "4.14.1"
_PRINTED = re.compile(r"user admin, password (\S+)")
_READY_SECONDS = 90.0
PASSWORD = "yeddi-qapi-bir-acar"  # noqa: S105 - of the users of these tests


@dataclass
class Site:
    """The running service, and what is known of its people: secrets of second factors by login."""

    url: str
    printed: str
    secrets: dict[str, str] = field(default_factory=dict)

    def code(self, login: str) -> str:
        """The present code of a user's app. A code counts once: waits for the next one."""
        time.sleep(30 - time.time() % 30 + 0.2)
        return pyotp.TOTP(self.secrets[login]).now()


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """The service on an empty home, without workers."""
    home = Path(tempfile.mkdtemp(prefix="derkenar-pages-"))
    home.chmod(0o711)
    port = _free_port()
    environment = {k: v for k, v in os.environ.items() if k != "DATABASE_URL" and not k.startswith("TRIAGE_")}
    environment |= {"TRIAGE_HOME": str(home / "home"), "TRIAGE_PORT": str(port), "OMP_NUM_THREADS": "1"}
    log = home / "log"
    with log.open("w") as told:
        command = [sys.executable, "-m", "api", "serve", "--workers", "0"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=told, stdout=told)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url, process, log)
        printed = _PRINTED.search(log.read_text(encoding="utf-8"))
        assert printed is not None
        yield Site(url, printed[1])
    finally:
        process.terminate()
        process.wait(60)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser."""
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed (pip)")
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def window(chromium: Any, site: Site) -> Iterator[Callable[..., Any]]:
    """Opens windows that know nothing of each other; none may meet an error of a script or of the policy."""
    contexts, wrong = [], []

    def open_window(**options: Any) -> Any:
        context = chromium.new_context(base_url=site.url, **options)
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on(
            "console",
            lambda told: wrong.append(told.text) if "Content Security Policy" in told.text else None,
        )
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture(scope="session")
def filled() -> Iterator[Office]:
    """An office with weeks of history, for all modules that work in it."""
    with office() as found:
        yield found


@pytest.fixture
def room(chromium: Any, filled: Office) -> Iterator[Callable[..., Any]]:
    """Opens windows of people of the office by their logins.

    None may meet an error of a script or of the policy, ask another place than the office, or have its page shift.
    """
    contexts, pages, wrong = [], [], []

    def open_window(login: str, **options: Any) -> Any:
        context = chromium.new_context(base_url=filled.url, reduced_motion="reduce", **options)
        context.set_default_timeout(20_000)
        context.add_cookies([{"name": "session", "value": filled.session(login), "url": filled.url}])
        context.add_init_script(_SHIFTS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(f"{page.url}: {error}"))
        page.on("console", lambda told: wrong.append(f"{page.url}: {told.text}") if _bad(told) else None)
        page.on(
            "request",
            lambda asked: None if asked.url.startswith((filled.url, "data:")) else wrong.append(asked.url),
        )
        pages.append((page, options.get("java_script_enabled", True)))
        return page

    yield open_window
    for page, scripts in pages:
        wrong += page.evaluate("sessionStorage.shifts?.split('\\n') ?? []") if scripts else []
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, from npm at test time, kept in the cache."""
    folder = ROOT / ".cache" / f"axe-core-{AXE}"
    script = folder / "package" / "axe.min.js"
    if not script.exists():
        if shutil.which("npm") is None:
            pytest.skip("npm is not installed: axe-core cannot be fetched")
        folder.mkdir(parents=True, exist_ok=True)
        packed = subprocess.run(
            ["npm", "pack", f"axe-core@{AXE}", "--silent"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if packed.returncode:
            pytest.skip(f"axe-core could not be fetched: {packed.stderr[-200:]}")
        with tarfile.open(folder / packed.stdout.split()[-1]) as archive:
            archive.extractall(folder, filter="data")
    return script.read_text(encoding="utf-8")


@pytest.fixture
def accessible(axe: str) -> Callable[[Any], None]:
    """Fails where axe-core finds anything on the page, in either theme, on a wide or a narrow screen."""

    def check(page: Any) -> None:
        for scheme, width in (("light", 1280), ("dark", 360)):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            page.set_viewport_size({"width": width, "height": 800})
            page.evaluate(axe)
            found = page.evaluate("axe.run().then((told) => told.violations)")
            told = [(v["id"], [n["html"][:120] for n in v["nodes"]][:3]) for v in found]
            assert told == [], f"{page.url} {scheme} {width}: {json.dumps(told, indent=1)}"
            wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wider <= 0, f"{page.url} is {wider} px wider than the screen of {width} px"

    return check


_SHIFTS = """
let resized = false;
addEventListener("resize", () => { resized = true; });
new PerformanceObserver((list) => {
  const found = list.getEntries().filter((each) => !resized && !each.hadRecentInput && each.value > 0.002);
  const told = found.map((each) => `${location.pathname} shifts by ${each.value.toFixed(3)}: `
    + each.sources.map((source) => source.node?.className || source.node?.nodeName).join(", "));
  if (told.length) sessionStorage.shifts = [sessionStorage.shifts, ...told].filter(Boolean).join("\\n");
}).observe({ type: "layout-shift", buffered: true });
"""
"""Notes what shifts on a page without anybody having done anything."""


def _bad(told: Any) -> bool:
    """Whether a line of the console is an error; that a form was refused (4xx) is none."""
    return told.type == "error" and "the server responded with a status of 4" not in told.text


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _READY_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=5):  # noqa: S310 - our own service
                return
        except OSError:
            assert process.poll() is None, log.read_text(encoding="utf-8")
            assert time.monotonic() < end, "the service does not get ready"
            time.sleep(0.2)
