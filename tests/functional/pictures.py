"""Pictures of the pages for the guides: `python -m tests.functional.pictures` writes docs/pictures/*.webp anew.

A demo is started on a free port in a folder of its own, and Debian's Chromium looks at it. A page that is not there is
skipped, and told. Pictures change with the day on which they are made: the demo's history ends now.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from PIL import Image

from api.demo import home

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "docs" / "pictures"
LARGEST = 150_000
"""Bytes of a picture."""
_BROWSER = "/usr/bin/chromium"
_ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
_READY_SECONDS = 600.0
_SIZE = {"width": 1280, "height": 800}
_QUALITIES = (84, 70, 55, 40)
_LANGUAGES = ("az", "en")
_NOT_THERE = 404


@dataclass(frozen=True)
class Shot:
    """A picture: its name, who looks, and where. `find` is the form of a link there to follow, `press` a button."""

    name: str
    login: str
    path: str
    find: str | None = None
    press: str | None = None


_PAPER = r"/papers/[0-9]{4}-D-[0-9]+$"
_CLERK = (
    Shot("queue", "karguzar1", "/queue"),
    Shot(
        "paper", "karguzar1", "/queue", find=_PAPER, press="form[action='/queue/open'] button[data-confirm]"
    ),
    Shot("petition", "karguzar1", "/queue?subject=environment"),
    Shot("intake", "karguzar1", "/intake"),
    Shot("decisions", "karguzar1", "/decisions"),
    Shot("judging", "karguzar2", "/samples/next", press=".empty form button"),
    Shot("notifications", "karguzar1", "/notifications"),
    Shot("keys", "karguzar1", "/help/keys"),
    Shot("department", "emekdas1", "/inbox"),
)
_SUPERVISOR = (
    Shot("overview", "nezaretci1", "/overview"),
    Shot("story", "nezaretci1", "/decisions", find=r"/decisions/[0-9]{4}-D-[0-9]+$"),
    Shot("quality", "nezaretci1", "/quality"),
    Shot("samples", "nezaretci1", "/samples"),
    Shot("sample", "nezaretci1", "/samples", find=r"/samples/1$"),
    Shot("policy", "nezaretci1", "/policy"),
    Shot("policy-change", "nezaretci2", "/policy/changes", find=r"/policy/changes/[0-9]+$"),
    Shot("models", "nezaretci1", "/models"),
    Shot("work", "nezaretci1", "/work"),
    Shot("audit", "nezaretci1", "/audit"),
    Shot("retention", "nezaretci1", "/retention/holds"),
    Shot("users", "admin", "/admin/users"),
    Shot("failed", "admin", "/admin/failed"),
    Shot("system", "admin", "/admin/system"),
)
SHOTS = tuple((shot, code) for shot in (*_CLERK, *_SUPERVISOR) for code in _LANGUAGES)
"""Pictures with their languages."""


def main() -> int:
    """Make all pictures; the exit status is 1 where some are missing."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only this command needs it

    OUT.mkdir(parents=True, exist_ok=True)
    missing = []
    with _demo() as (url, folder), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_BROWSER, args=list(_ARGUMENTS))
        readers = {login: _signed_in(browser, url, folder, login) for login in {s.login for s, _ in SHOTS}}
        for shot, code in sorted(SHOTS, key=lambda each: each[1]):
            page = readers[shot.login]
            _speak(page, code)
            if not _take(page, shot, OUT / f"{shot.name}.{code}.webp"):
                missing.append(f"{shot.name}.{code}")
        browser.close()
    for name in missing:
        sys.stderr.write(f"There is no page for {name} yet: it was skipped.\n")
    return 1 if missing else 0


@contextmanager
def _demo() -> Iterator[tuple[str, Path]]:
    """The address of a demo, and its folder."""
    root = Path(tempfile.mkdtemp(prefix="derkenar-pictures-"))
    root.chmod(0o711)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    environment = {k: v for k, v in os.environ.items() if k != "DATABASE_URL" and not k.startswith("TRIAGE_")}
    environment |= {"TRIAGE_HOME": str(root / "home"), "TRIAGE_PORT": str(port), "TRIAGE_PUBLIC_URL": url}
    process = subprocess.Popen([sys.executable, "-m", "api", "demo"], cwd=ROOT, env=environment)
    try:
        _wait(url, process)
        yield url, root / "home"
    finally:
        process.terminate()
        process.wait(60)
        shutil.rmtree(root, ignore_errors=True)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _READY_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=5):  # noqa: S310 - our own service
                return
        except OSError:
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError("The demo does not start: see what it said above.") from None
            time.sleep(0.5)


def _signed_in(browser: Any, url: str, folder: Path, login: str) -> Any:
    """A window of somebody who is signed in."""
    context = browser.new_context(base_url=url, viewport=_SIZE, color_scheme="light", reduced_motion="reduce")
    context.set_default_timeout(30_000)
    page, made = context.new_page(), home.read(folder)
    assert made is not None
    page.goto("/sign-in")
    page.fill("[name=login]", login)
    page.fill("[name=password]", made.password)
    page.press("[name=password]", "Enter")
    page.wait_for_load_state()
    if "/sign-in/code" in page.url:
        page.fill("[name=code]", home.code(folder, login, datetime.now(UTC))[0])
        page.press("[name=code]", "Enter")
        page.wait_for_load_state()
    assert "/sign-in" not in page.url, f"{login} cannot sign in"
    return page


def _speak(page: Any, code: str) -> None:
    """Let the pages be in a language."""
    if page.locator("html").get_attribute("lang") != code:
        page.click(f".foot button[name=language][value={code}]")


def _take(page: Any, shot: Shot, file: Path) -> bool:
    """Take a picture; whether there was a page to take one of."""
    answer = page.goto(shot.path, wait_until="networkidle")
    if answer.status != _NOT_THERE and shot.find is not None:
        answer = _follow(page, shot.find)
    if answer is None or answer.status == _NOT_THERE:
        file.unlink(missing_ok=True)
        return False
    if shot.press is not None and page.locator(shot.press).count():
        page.click(shot.press)
        page.wait_for_load_state("networkidle")
    file.write_bytes(_packed(page.screenshot()))
    return True


def _follow(page: Any, pattern: str) -> Any:
    """Go where the first link of this form leads, to one with a picture of its page where there is one."""
    links = page.eval_on_selector_all(
        "main a[href], main button[name=number]",
        "all => all.map(a => a.getAttribute('href') || `/papers/${a.value}`)",
    )
    found = list(dict.fromkeys(link for link in links if re.search(pattern, link)))
    answer = None
    for link in found[:6]:
        answer = page.goto(link, wait_until="networkidle")
        if page.locator("main img").count():
            return answer
    return page.goto(found[0], wait_until="networkidle") if found else answer


def _packed(png: bytes) -> bytes:
    """The picture as WebP that is small enough."""
    for quality in _QUALITIES:
        out = io.BytesIO()
        Image.open(io.BytesIO(png)).convert("RGB").save(out, "WEBP", quality=quality, method=6)
        if out.tell() < LARGEST:
            return out.getvalue()
    raise ValueError(f"A picture cannot be packed into {LARGEST} bytes.")


if __name__ == "__main__":
    sys.exit(main())
